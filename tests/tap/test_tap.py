"""A tap as a process: real sockets and files, services and workers that come and go."""

import asyncio
import itertools
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec import structs

from tests.support.connections import until
from tests.support.kept_sound import KEPT, Talker, decoded, heard, part
from tests.support.tap_process import TapAlone, TapEnd, said_by
from tui_call.control import platform
from tui_call.control.companion import ALONE_SECONDS
from tui_call.signaling.liveness import Alive, LivenessCheck
from tui_call.signaling.tap_messages import (
    AcknowledgePart,
    CloseTap,
    PartClosed,
    PartOpened,
    SetTap,
    SpeechState,
    TapMember,
    TappedRooms,
)
from tui_call.tap.interfaces import SpeechSettings
from tui_call.tap.parts import PartNews
from tui_call.tap.recording.recorder import Recorder
from tui_call.tap.server import Tap
from tui_call.tap.speech.speech import RecognisedSpeech

pytestmark = pytest.mark.e2e

MEMBERS = (TapMember(1, 1, kept=True), TapMember(2, 2, kept=True))
RECORDED = SetTap("room", 1, MEMBERS, part())
SECONDS = 1.6


@pytest.fixture
async def tap(tmp_path: Path) -> AsyncIterator[TapAlone]:
    async with TapAlone(tmp_path) as alone:
        yield alone


async def recorded(tap: TapAlone, order: SetTap = RECORDED) -> None:
    """Have two people recorded while they speak for a while."""
    tap.service.say(order)
    await tap.service.first(PartOpened)
    worker = await tap.worker()
    begun = time.monotonic()
    for person in (1, 2):
        worker.send(*said_by(Talker(person, begun=begun), order.room, 0, SECONDS))
    worker.send(*said_by(Talker(3, begun=begun), order.room, 0, SECONDS))
    worker.close()
    await until(lambda: time.monotonic() >= begun + SECONDS)


async def test_what_members_say_is_in_the_files_and_of_who_is_not_named_nothing(
    tap: TapAlone,
) -> None:
    await recorded(tap)
    tap.service.say(CloseTap("room", 1))
    closed = await tap.service.first(PartClosed)
    assert closed.why == ""
    assert [file.name for file in closed.files] == [
        "mix-1.opus", "track-1-1.opus", "track-2-1.opus",
    ]  # fmt: skip
    mix, one, two = (decoded(tap.kept / KEPT / file.name) for file in closed.files)
    assert {1, 2} in heard(mix)
    assert set().union(*heard(mix)) <= {0, 1, 2}
    assert set().union(*heard(one)) <= {0, 1}
    assert set().union(*heard(two)) <= {0, 2}


async def test_a_service_that_comes_is_told_of_all_rooms_however_many(tap: TapAlone) -> None:
    rooms = {f"{number:064x}": number + 1 for number in range(3000)}
    tap.service.say(*(SetTap(room, fence) for room, fence in rooms.items()), LivenessCheck())
    await tap.service.first(Alive)
    second = await tap.connect()
    second.say(LivenessCheck())
    await second.first(Alive)
    told = [line.rooms for line in second.lines(TappedRooms)]
    assert dict(itertools.chain.from_iterable(told)) == rooms


async def test_a_tap_that_reads_says_that_it_is_there(tap: TapAlone) -> None:
    tap.service.say(LivenessCheck())
    await until(lambda: Alive() in tap.service.heard)


async def test_a_closed_part_is_said_to_each_service_until_it_is_acknowledged(
    tap: TapAlone,
) -> None:
    tap.service.say(RECORDED)
    await tap.service.first(PartOpened)
    second = await tap.connect()
    assert await second.first(PartOpened) == PartOpened(KEPT, 1)
    tap.service.say(CloseTap("room", 1))
    closed = await tap.service.first(PartClosed)
    third = await tap.connect()
    assert await third.first(PartClosed) == closed
    third.say(AcknowledgePart(KEPT, 1))
    await until(lambda: not list((tap.kept / KEPT).glob("part-*")))
    fourth = await tap.connect()
    await until(lambda: [line for line in fourth.heard if isinstance(line, SpeechState)])
    assert fourth.lines(PartClosed) == []


async def test_what_a_killed_tap_wrote_is_closed_by_the_next_and_the_call_goes_on_in_a_second_part(
    tmp_path: Path,
) -> None:
    async with TapAlone(tmp_path) as killed:
        await recorded(killed)
        killed.process.send_signal(signal.SIGKILL)
        await killed.process.wait()
    async with TapAlone(tmp_path) as tap:
        closed = await tap.service.first(PartClosed)
        assert (closed.kept, closed.part, closed.why) == (KEPT, 1, "N_KEPT_CUT")
        assert closed.seconds > SECONDS - 1
        tap.service.say(structs.replace(RECORDED, recording=part(2)))
        opened = await tap.service.first(PartOpened)
        assert (opened.kept, opened.part) == (KEPT, 2)
        assert tap.service.lines(PartClosed) == [closed]
        assert (tap.kept / KEPT / "mix-2.opus").exists()
    assert {1, 2} in heard(decoded(tap.kept / KEPT / "mix-1.opus"))


async def test_told_to_end_it_closes_all_files_in_good_order(tap: TapAlone) -> None:
    await recorded(tap)
    tap.process.send_signal(signal.SIGTERM)
    assert await tap.process.wait() == 0
    closed = await tap.service.first(PartClosed)
    assert closed.why == ""
    assert closed.seconds >= SECONDS - 0.1
    assert not tap.socket.exists()
    assert not tap.frames.exists()


async def test_rubbish_ends_only_the_stream_on_which_it_came(tap: TapAlone) -> None:
    for line in (b"rubbish\n", b'{"type": "set_tap"}\n', b'"' + b"a" * 100_000 + b'"\n'):
        other = await tap.connect()
        other.writer.write(line)
        await until(lambda: other.over)  # noqa: B023 - it is waited for here
    worker = await tap.worker()
    worker.writer.write(b"\xff\xff rubbish")
    worker.close()
    await recorded(tap)
    assert tap.process.returncode is None


async def test_a_tap_that_stands_for_a_moment_keeps_what_was_said_meanwhile_until_it_was_refused(
    tap: TapAlone,
) -> None:
    """Frames and the refusal lie in its sockets when it goes on, and it reads what it likes first.

    It writes no silence for what it has not read.
    """
    begun = time.monotonic()
    tap.service.say(structs.replace(RECORDED, at=begun))
    await tap.service.first(PartOpened)
    worker = await tap.worker()
    ada, ben = (Talker(person, begun=begun) for person in (1, 2))
    for one in (ada, ben):
        worker.send(*said_by(one, "room", 0, 0.4))
    await until(lambda: time.monotonic() >= begun + 0.4)
    tap.process.send_signal(signal.SIGSTOP)
    for one in (ada, ben):
        worker.send(*said_by(one, "room", 0.4, 1.6))
    await until(lambda: time.monotonic() >= begun + 1.6)
    refused = (structs.replace(MEMBERS[0], kept=False), MEMBERS[1])
    tap.service.say(structs.replace(RECORDED, members=refused, at=begun + 1.0))
    tap.process.send_signal(signal.SIGCONT)
    tap.service.say(CloseTap("room", 1, at=begun + 1.6))
    worker.close()
    closed = await tap.service.first(PartClosed)
    _, one, two = (heard(decoded(tap.kept / KEPT / file.name)) for file in closed.files)
    assert (one[1:5], one[6:]) == ([{1}] * 4, [set()] * len(one[6:]))
    assert two[1:7] == [{2}] * 6


async def test_a_second_tap_ends_and_takes_nothing_from_the_first(tap: TapAlone) -> None:
    second = TapAlone(tap.kept.parent)
    command = await asyncio.create_subprocess_exec(*second.command)
    assert await command.wait() == 0
    await recorded(tap)


async def test_what_a_tap_writes_down_names_no_room_and_nobody(tap: TapAlone) -> None:
    await recorded(tap, structs.replace(RECORDED, room="a room of theirs"))
    other = await tap.connect()
    other.writer.write(b"rubbish\n")
    await until(lambda: other.over)
    tap.process.terminate()
    await tap.process.wait()
    written = tap.log.read_text()
    assert "tap listens" in written
    assert '"dropped": 80' in written
    assert "theirs" not in written
    assert KEPT not in written


async def test_a_tap_without_a_service_closes_its_files_and_ends_after_half_a_minute(
    tmp_path: Path,
) -> None:
    now = time.monotonic()
    tap = Tap(Recorder, tmp_path / "kept", RecognisedSpeech, SpeechSettings(), lambda: now)
    platform.make_private_directory(tmp_path / "kept")
    socket = tmp_path / "tap.sock"
    server = await platform.listen(socket, tap.services.serve)
    runs = asyncio.create_task(tap.run(asyncio.Event()))
    service = TapEnd(await platform.connect(socket))
    service.say(RECORDED)
    await service.first(PartOpened)
    now += 10 * ALONE_SECONDS
    assert not tap.services.unneeded
    await service.close()
    await until(lambda: not tap.services.any)
    now += ALONE_SECONDS - 0.1
    assert not tap.services.unneeded
    now += 0.1
    await until(runs.done)
    runs.result()
    server.close()
    another = PartNews(lambda _: None)
    Recorder(tmp_path / "kept", another.take).close_left_behind()
    await until(lambda: [*another.to_say()])
    (closed,) = another.to_say()
    assert isinstance(closed, PartClosed)
    assert closed.why == "", "it was closed, and waits to be acknowledged"
