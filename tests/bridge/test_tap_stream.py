"""The frames of a tapped room, from members by a real worker to whoever listens as the tap."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from msgspec import structs

from tests.support.bridge_worker import LightMember, ServiceEnd, WorkerAlone, room_of
from tests.support.companion import frames_socket
from tests.support.connections import DEADLINE, until
from tui_call.bridge.tap_stream import MOST_UNSENT, TapStream
from tui_call.bridge_packet import HOP
from tui_call.control import platform
from tui_call.signaling.bridge_messages import UNREACHED_SECONDS, TapReached
from tui_call.tap_frame import MOST_FRAME, TapFrame, TapFrames
from tui_call.voice.sound import FRAME_SECONDS

pytestmark = pytest.mark.e2e

LONG_SOUND = bytes(230)
FRAME = TapFrame("room", 1, 0.0, 0, bytes(MOST_FRAME))


@pytest.fixture
async def worker(tmp_path: Path) -> AsyncIterator[WorkerAlone]:
    async with WorkerAlone(tmp_path) as alone:
        yield alone


@contextlib.asynccontextmanager
async def a_tap(path: Path, *, reads: bool = True) -> AsyncIterator[list[TapFrame]]:
    """Have a tap; gives what came."""
    came: list[TapFrame] = []
    writers: list[asyncio.StreamWriter] = []

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        if not reads:
            writer.transport.pause_reading()
        frames = TapFrames()
        while data := await reader.read(65_536):
            came.extend(frames.feed(data))

    platform.make_private_directory(path.parent)
    server = await platform.listen(path, accept)
    try:
        yield came
    finally:
        server.close()
        path.unlink(missing_ok=True)
        for writer in writers:
            writer.close()


async def call_of(worker: WorkerAlone, count: int) -> list[LightMember]:
    """Have a tapped room."""
    members = await worker.meet(count)
    worker.service.say(structs.replace(room_of(members), tapped=True))
    return members


async def say_until(members: list[LightMember], condition: Callable[[], object]) -> None:
    """Let members say a frame each at the pace of calls until something holds."""
    async with asyncio.timeout(DEADLINE):
        while not condition():
            for member in members:
                member.say(20 + 5 * member.number)
            await asyncio.sleep(FRAME_SECONDS)


async def all_say(members: list[LightMember], frames: int) -> None:
    """Let all say frames at the pace of calls, and wait until each has heard all of the others."""
    first = {member.number: member.said for member in members}
    clock = asyncio.get_running_loop().time
    due = clock()
    for _ in range(frames):
        for member in members:
            member.say(sound=LONG_SOUND)
        due += FRAME_SECONDS
        await asyncio.sleep(due - clock())

    def heard(member: LightMember) -> dict[int, int]:
        numbers = {
            source: [int.from_bytes(packet.frame[:4]) for packet in packets]
            for source, packets in member.got.items()
            if source != HOP
        }
        return {source: sum(n >= first[source] for n in ns) for source, ns in numbers.items()}

    for member in members:
        others = {other.number: frames for other in members if other is not member}
        await until(lambda: heard(member) == others)  # noqa: B023 - it is waited for here


async def test_a_tap_gets_every_frame_also_of_those_whom_nobody_hears(worker: WorkerAlone) -> None:
    async with a_tap(worker.frames) as came:
        members = await call_of(worker, 6)

        await say_until(members, lambda: {frame.source for frame in came} == {1, 2, 3, 4, 5, 6})
        assert {frame.room for frame in came} == {"room"}
        members[5].say(127, b"nothing is said here")
        await until(lambda: any(b"nothing is said here" in one.frame for one in came))
        assert {one.source for one in came if b"nothing is said here" in one.frame} == {6}
        worker.service.say(room_of(members))
        described = await worker.service.describe("another", "leg", "v=0")
        assert described.fault, "the order has arrived"
        before = len(came)
        await until(lambda: not members[0].say() and len(members[1].got[1]) > before)
        assert len(came) == before


async def test_a_tap_that_reads_nothing_costs_no_frame_of_the_call(worker: WorkerAlone) -> None:
    async with a_tap(worker.frames, reads=False) as came:
        members = await call_of(worker, 4)
        await all_say(members, 500)
        worker.process.terminate()
        assert await worker.process.wait() == 0
    assert came == []
    ended = next(line for line in worker.log.read_text().splitlines() if "worker ends" in line)
    assert json.loads(ended)["untapped"] > 0


def told(service: ServiceEnd) -> list[bool]:
    """Return what was said of whether the tap is reached."""
    return [line.reached for line in service.heard if isinstance(line, TapReached)]


async def test_a_tap_that_is_not_reached_is_told_to_every_service_and_when_it_is_again(
    worker: WorkerAlone,
) -> None:
    members = await call_of(worker, 2)
    await until(lambda: told(worker.service) == [False])
    other = await worker.connect()
    await until(lambda: told(other) == [False])
    async with a_tap(worker.frames) as came:
        await until(lambda: told(worker.service) == told(other) == [False, True])
        await say_until(members[:1], lambda: came)
    await until(lambda: told(other) == [False, True, False])
    worker.service.say(room_of(members))
    await until(lambda: told(other) == [False, True, False, True])


async def test_a_tap_that_goes_for_a_moment_is_not_told(worker: WorkerAlone) -> None:
    async with a_tap(worker.frames) as came:
        members = await call_of(worker, 2)
        await say_until(members[:1], lambda: came)
    async with a_tap(worker.frames) as came:
        await say_until(members[:1], lambda: came)
    async with a_tap(worker.frames) as came:
        await say_until(members[:1], lambda: came)
        assert told(worker.service) == []


async def test_what_must_be_recorded_is_not_heard_before_it_reaches_the_tap(
    worker: WorkerAlone,
) -> None:
    members = await worker.meet(2)
    order = structs.replace(room_of(members), tapped=True, only_tapped=True)
    worker.service.say(order)
    await until(lambda: told(worker.service) == [False])
    members[0].say()
    async with a_tap(worker.frames) as came:
        await say_until(members[:1], lambda: members[1].got[1])
        first = int.from_bytes(members[1].got[1][0].frame[:4])
        assert first > 0
        await until(lambda: [f for f in came if int.from_bytes(f.frame[:4]) == first])


async def test_frames_that_are_lost_now_and_then_are_told_and_a_short_loss_is_not(
    tmp_path: Path,
) -> None:
    lost = replace(FRAME, frame=bytes(MOST_FRAME + 1))
    async with a_tap(frames_socket(tmp_path)):
        stream = TapStream(frames_socket(tmp_path))
        stream.open()
        stream.want(True)
        await until(lambda: stream.send(FRAME))
        now = 1000.0
        assert stream.reached(now)
        for _ in range(2):
            assert not stream.send(replace(lost, arrival=now))
            now += 0.2
            assert stream.reached(now)
        now += 1.0
        assert stream.reached(now), "that is over"
        began = now
        while now < began + 2.0:
            assert not stream.send(replace(lost, arrival=now))
            assert stream.send(FRAME)
            assert stream.reached(now) == (now < began + UNREACHED_SECONDS)
            now += 0.25
        now += 0.3
        assert stream.reached(now)
        stream.close()


async def test_a_tap_that_goes_costs_no_frame_and_the_next_one_gets_them(
    worker: WorkerAlone,
) -> None:
    async with a_tap(worker.frames) as came:
        members = await call_of(worker, 3)
        await say_until(members[:1], lambda: came)
    await all_say(members, 25)
    async with a_tap(worker.frames) as came:
        await say_until(members[:1], lambda: came)


async def test_more_than_is_unsent_for_a_tap_is_dropped_and_counted(tmp_path: Path) -> None:
    path = frames_socket(tmp_path)
    async with a_tap(path, reads=False):
        stream = TapStream(path)
        stream.open()
        stream.send(FRAME)
        assert stream.dropped == 1, "before it is connected"
        stream.want(True)

        def connected() -> bool:
            before = stream.dropped
            stream.send(FRAME)
            return stream.dropped == before

        await until(connected)
        dropped, sent = stream.dropped, 0
        while stream.dropped == dropped:
            stream.send(FRAME)
            sent += 1
            assert sent * MOST_FRAME < MOST_UNSENT + 8 * 1_048_576, "it heaps up"
        assert stream.unsent <= MOST_UNSENT + 2 * MOST_FRAME
        stream.close()
