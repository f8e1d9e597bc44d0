"""What goes on beside everything else in an engine, and fails in a way that nobody foresaw."""

import asyncio
import gc
import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest

from tests.support.logs import logging_to
from tests.support.one_process import Resident, Village, a_call, until
from tui_call.calls import course
from tui_call.config.paths import ProfilePaths
from tui_call.control.actions import Answer, Call, HangUp
from tui_call.engine.calls.call_reports import CallReports
from tui_call.engine.calls.clock import SystemClock
from tui_call.engine.calls.leg import Leg
from tui_call.engine.calls.leg_media import LegMedia
from tui_call.engine.failures import AGAIN_AFTER, Failures
from tui_call.profile.profile import ProfileLocked
from tui_call.tasks import Tasks
from tui_call.transport.peer_connection import PeerConnection

PRIVATE = "ada@home-3fk2"


async def fail() -> None:
    raise ValueError(PRIVATE)


@pytest.fixture
def no_collector() -> Iterator[None]:
    """As in a call: the collector finds no task that failed."""
    gc.disable()
    yield
    gc.enable()


def lines(log: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []


def failed(log: str) -> list[dict[str, Any]]:
    return [line for line in map(json.loads, log.splitlines()) if line["event"] == "work failed"]


@pytest.mark.usefixtures("no_collector")
async def test_what_nobody_foresaw_leaves_a_line_that_says_where(tmp_path: Path) -> None:
    log = tmp_path / "some.log"
    kept = []
    with logging_to(log):
        kept.append(Tasks().spawn(fail()))
        await until(lambda: lines(log))
    [line] = lines(log)
    assert (line["work"], line["error"]) == ("fail", "ValueError")
    assert line["traceback"][-1].startswith("engine/test_tasks.py:")
    assert PRIVATE not in log.read_text()


@pytest.mark.usefixtures("no_collector")
async def test_what_is_finished_for_somebody_who_is_gone_fails_no_less_seen(tmp_path: Path) -> None:
    log, tasks, go_on = tmp_path / "some.log", Tasks(), asyncio.Event()

    async def fail_later() -> None:
        await go_on.wait()
        await fail()

    with logging_to(log):
        waiting = asyncio.create_task(tasks.finish(fail_later()))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert lines(log) == []
        go_on.set()
        await until(lambda: lines(log))
        with pytest.raises(ValueError, match=PRIVATE):
            await tasks.finish(fail())
    assert [line["work"] for line in lines(log)] == ["fail_later"]  # the other one was told


@pytest.mark.usefixtures("no_collector")
async def test_a_part_of_a_call_that_fails_is_written_down_and_said_to_the_person(
    here: Village, ada: Resident, ben: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ben.engine.sound, "open", fail)
    await ada.order(Call(ben.account))
    await until(lambda: ben.phase == "ringing")
    await ben.order(Answer())
    await until(lambda: "G_CALL_FAILED" in ben.notices)
    await ada.order(HangUp())
    assert "G_CALL_FAILED" not in ada.notices
    assert "engine/test_tasks.py:" in str(failed(here.log)[0]["traceback"])


async def fail_to_answer(*_: object) -> str:
    raise ValueError(PRIVATE)


def fail_to_take(*_: object) -> None:
    raise ValueError(PRIVATE)


@pytest.mark.parametrize(
    ("part", "does", "fails"),
    [
        (PeerConnection, "create_answer", fail_to_answer),
        (LegMedia, "open", fail_to_take),
        (CallReports, "leg_reports", fail_to_take),
        (Leg, "_start_media", fail_to_take),
    ],
    ids=lambda given: given if isinstance(given, str) else "",
)
async def test_what_fails_in_a_call_is_said_to_the_person(
    here: Village,
    ada: Resident,
    ben: Resident,
    monkeypatch: pytest.MonkeyPatch,
    part: type,
    does: str,
    fails: Callable[..., object],
) -> None:
    await ada.order(Call(ben.account))
    await until(lambda: ben.phase == "ringing")
    monkeypatch.setattr(part, does, fails)
    await ben.order(Answer())
    await until(lambda: "G_CALL_FAILED" in {*ada.notices, *ben.notices})
    assert "engine/test_tasks.py:" in str(failed(here.log)[0]["traceback"])
    assert PRIVATE not in here.log
    await ada.order(HangUp())
    await until(lambda: not ada.engine.calls.busy)


async def test_a_call_of_whose_end_nobody_took_note_is_in_nobody_s_way(
    ada: Resident, ben: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(course, "LINGER", 0.5)
    async with a_call(ada, ben):
        with monkeypatch.context() as patch:
            patch.setattr(CallReports, "call_ended", fail_to_take)
            await ada.order(HangUp())
            for person in (ada, ben):
                await until(lambda one=person: not one.engine.calls.records)
    for person in (ada, ben):
        assert person.phase == "ended"
        assert [past.end_reason.code for past in person.snapshot.history] == ["G_ENDED"]
    async with a_call(ben, ada):
        await ada.hears_more()


async def test_what_fails_in_its_time_is_told_to_who_takes_failures() -> None:
    told: list[tuple[str, BaseException]] = []
    clock = SystemClock(lambda: 0.0, lambda work, error: told.append((work, error)))
    clock.call_at(0.0, fail_to_take)
    clock.call_at(0.0, partial(fail_to_take, "again"))
    await until(lambda: len(told) == 2)
    assert [(work, type(error)) for work, error in told] == [
        ("fail_to_take", ValueError), ("timer", ValueError),
    ]  # fmt: skip


async def test_sound_that_fails_at_each_frame_is_told_of_once_a_minute(
    here: Village, ada: Resident, ben: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    frames = 0

    def fail_again(_packet: bytes) -> None:
        nonlocal frames
        frames += 1
        raise ValueError(PRIVATE)

    async with a_call(ada, ben):
        await until(lambda: ada.engine.sound._sink)
        monkeypatch.setattr(ada.engine.sound, "_sink", fail_again)
        await until(lambda: frames > 10)
        assert ada.notices == ["G_SOUND_FAILED"]
        assert len(failed(here.log)) == 1


async def test_what_fails_each_second_keeps_nothing_else_from_being_done(
    ada: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail_again() -> None:
        raise ValueError(PRIVATE)

    monkeypatch.setattr(ada.engine.call_watch, "look_around", fail_again)
    settings = ProfilePaths(ada.snapshot.me.profile).client_files.user
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text('[engine]\nanswer = "everything"\n')
    await until(lambda: ada.engine.configuration.current.engine.answer == "everything")


async def test_what_fails_again_after_a_minute_is_told_again(ada: Resident) -> None:
    now = 1000.0
    take = Failures(ada.engine.notices, lambda: now).of("G_FAILED")
    take("work", ValueError())
    take("work", ValueError())
    now += AGAIN_AFTER
    take("work", ValueError())
    assert ada.notices == ["G_FAILED"] * 2


async def test_an_engine_that_cannot_end_a_call_is_silent_and_closes_all_else(
    ada: Resident, ben: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ada.order(Call(ben.account))
    await until(lambda: ben.phase == "ringing")
    await ben.order(Answer())
    await until(lambda: ben.phase == "active")
    with monkeypatch.context() as patch:
        patch.setattr(ben.engine.call_watch._manager, "end", Mock(side_effect=KeyError))
        with pytest.raises(KeyError):
            await ben.engine.close()
    assert ben.engine.sound.meters() is None
    with pytest.raises(ProfileLocked):
        assert ben.engine.profile.identity
