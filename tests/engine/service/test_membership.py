"""The personal service of a machine: started when it is away, one at a time, and why it is not."""

import asyncio
import subprocess
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast

import msgspec
import pytest

from tests.engine.guests import until
from tui_call.config.paths import ProfilePaths
from tui_call.control import launch
from tui_call.engine.service import membership
from tui_call.engine.service.link_state import LinkState
from tui_call.engine.service.membership import PersonalServiceAway, ServiceMembership
from tui_call.identifiers import AccountId
from tui_call.profile.identity import Identity
from tui_call.profile.profile import Membership
from tui_call.service.faults import ServiceAlreadyRunning
from tui_call.signaling.invite import InviteLink
from tui_call.signaling.service_file import LOCAL_INVITE_FILE, SERVICE_FILE, RunningService
from tui_call.tasks import Tasks

IDENTITY = Identity.create(lambda length: bytes(range(length)))
NOBODY_LISTENS = Membership("127.0.0.1", 9, bytes(32), "home", AccountId("ada@home"), "Ada")

INVITE = InviteLink("127.0.0.1", 9, "code", bytes(32))
RUNNING = RunningService("127.0.0.1", 9, "00" * 32, "home", 1)


class Process:
    """A service that runs until it is told that it has ended."""

    pid = 0

    def __init__(self, *, ended: bool = False) -> None:
        self.ended = ended

    def poll(self) -> int | None:
        return 1 if self.ended else None


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Process]:
    """Every service that was started; it runs, and never listens."""
    started: list[Process] = []

    def start() -> "subprocess.Popen[bytes]":
        started.append(Process())
        return cast("subprocess.Popen[bytes]", started[-1])

    monkeypatch.setattr(launch, "start_personal_service", start)
    monkeypatch.setattr(membership, "LOOK_INTERVAL", 0.01)
    monkeypatch.setattr(membership, "RESTART_INTERVAL", 0.05)
    return started


@pytest.fixture
def states() -> list[LinkState]:
    """What the link told."""
    return []


@pytest.fixture
async def belonging(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    started: list[Process],
    states: list[LinkState],
) -> AsyncIterator[ServiceMembership]:
    monkeypatch.setenv("TUI_CALL_HOME", str(tmp_path))
    paths = ProfilePaths()
    paths.service_state_directory.mkdir(parents=True)
    belonging = ServiceMembership(paths, time.monotonic, Tasks())
    belonging.listen(lambda _: None, states.append)
    yield belonging
    await belonging.disconnect()


async def test_a_service_that_does_not_come_up_is_started_one_at_a_time(
    belonging: ServiceMembership, started: list[Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    await belonging.connect(NOBODY_LISTENS, IDENTITY)
    link = belonging.link
    assert link is not None
    looks = 0
    retry_now = link.retry_now

    def counted() -> None:
        nonlocal looks
        looks += 1
        retry_now()

    monkeypatch.setattr(link, "retry_now", counted)
    await until(lambda: looks >= 20)
    assert belonging.personal
    assert link.state is LinkState.AWAY
    assert len(started) == 1
    started[0].ended = True
    await until(lambda: len(started) == 2)
    before = looks
    await until(lambda: looks >= before + 20)
    assert len(started) == 2


async def test_why_a_service_that_was_there_does_not_come_back_is_kept_and_told(
    belonging: ServiceMembership, started: list[Process], states: list[LinkState]
) -> None:
    await belonging.connect(NOBODY_LISTENS, IDENTITY)
    await until(lambda: len(started) == 1)
    assert belonging.start_fault is None
    log = ProfilePaths().service_state_directory / "service.err"
    log.write_text("tui-call: service.db cannot be written (disk is full): make room.\n")
    started[0].ended = True
    await until(lambda: belonging.start_fault is not None)
    assert str(belonging.start_fault) == (
        "Your personal service did not start: "
        "service.db cannot be written (disk is full): make room."
    )
    await until(lambda: states == [LinkState.CONNECTING, LinkState.AWAY, LinkState.AWAY])
    await until(lambda: len(started) == 2)
    started[1].ended = True
    await until(lambda: len(started) == 3)
    assert len(states) == 3  # told once


async def test_why_it_does_not_come_back_is_told_where_other_engines_start_it_meanwhile(
    belonging: ServiceMembership, started: list[Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = 0

    def why() -> str:
        nonlocal asked
        asked += 1
        return "Port 7 is taken." if asked == 1 else ""

    monkeypatch.setattr(launch, "why_no_personal_service", why)
    await belonging.connect(NOBODY_LISTENS, IDENTITY)
    await until(lambda: len(started) == 1)
    started[0].ended = True
    await until(lambda: belonging.start_fault is not None)
    assert asked > 1
    assert str(belonging.start_fault) == "Your personal service did not start: Port 7 is taken."


async def test_a_service_is_started_once_the_disk_has_room_for_what_it_says(
    belonging: ServiceMembership, started: list[Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    start, full = launch.start_personal_service, True

    def start_with_room() -> "subprocess.Popen[bytes]":
        if full:
            raise launch.ProcessFailed("log", path="service.err", reason="No space left on device")
        return start()

    monkeypatch.setattr(launch, "start_personal_service", start_with_room)
    await belonging.connect(NOBODY_LISTENS, IDENTITY)
    await until(lambda: belonging.start_fault is not None)
    assert "did not start: service.err cannot be written: No space" in str(belonging.start_fault)
    full = False
    await until(lambda: len(started) == 1)


async def test_a_service_of_somebody_else_is_not_started(
    belonging: ServiceMembership, started: list[Process]
) -> None:
    elsewhere = Membership("127.0.0.2", 9, bytes(32), "home", AccountId("ada@home"), "Ada")
    await belonging.connect(elsewhere, IDENTITY)
    link = belonging.link
    assert link is not None
    await until(lambda: link.state is LinkState.AWAY)
    assert not belonging.personal
    assert started == []


async def test_a_personal_service_that_cannot_start_says_why(
    belonging: ServiceMembership, started: list[Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(membership, "PERSONAL_WITHIN", 0.2)
    directory = ProfilePaths().service_state_directory
    with pytest.raises(PersonalServiceAway, match=f"Its log says why, in {directory}"):
        await belonging.enrol("", "Ada", IDENTITY)
    errors = directory / "service.err"
    errors.write_text("warning\ntui-call: Port 7 is taken\x1b[31m by another program.\n\n")
    with pytest.raises(PersonalServiceAway) as away:
        await belonging.enrol("", "Ada", IDENTITY)
    assert str(away.value) == (
        "Your personal service did not start: Port 7 is taken[31m by another program."
    )
    assert len(started) == 2


async def test_a_service_that_another_profile_is_starting_is_waited_for(
    belonging: ServiceMembership, started: list[Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = ProfilePaths().service_state_directory
    runs = ServiceAlreadyRunning(path=directory)
    (directory / "service.err").write_text(f"tui-call: {runs}\n")
    monkeypatch.setattr(membership, "FAILED_WITHIN", 0.0)
    invite = asyncio.create_task(belonging.personal_invite())
    await until(lambda: len(started) == 1)
    started[0].ended = True
    (directory / SERVICE_FILE).write_bytes(msgspec.json.encode(RUNNING))
    (directory / LOCAL_INVITE_FILE).write_text(INVITE.link)
    assert await invite == INVITE


async def test_a_service_that_runs_and_does_not_answer_is_not_to_be_stopped(
    belonging: ServiceMembership, started: list[Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = ProfilePaths().service_state_directory
    runs = ServiceAlreadyRunning(path=directory)
    (directory / "service.err").write_text(f"tui-call: {runs}\n")
    monkeypatch.setattr(membership, "PERSONAL_WITHIN", 0.2)
    with pytest.raises(PersonalServiceAway, match="runs already, and does not answer yet"):
        await belonging.enrol("", "Ada", IDENTITY)
    assert len(started) == 1


async def test_a_service_that_failed_is_not_waited_for_as_one_that_starts(
    belonging: ServiceMembership, started: list[Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    errors = ProfilePaths().service_state_directory / "service.err"
    errors.write_text("tui-call: Port 7 is taken.\n")
    monkeypatch.setattr(membership, "FAILED_WITHIN", 0.0)
    invite = asyncio.create_task(belonging.personal_invite())
    await until(lambda: len(started) == 1)
    started[0].ended = True
    with pytest.raises(PersonalServiceAway, match="Port 7 is taken"):
        await invite
