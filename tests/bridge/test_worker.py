"""A bridge worker as a process: real sockets, light members, services that come and go."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.bridge_rooms import TONES_OF_TESTS
from tests.support.bridge_worker import LightMember, ServiceEnd, WorkerAlone, room_of
from tests.support.connections import until
from tui_call.bridge.tap_stream import TapStream
from tui_call.bridge.worker import Worker, WorkerPlace
from tui_call.bridge_packet import HOP, MUTED, TONES
from tui_call.control import platform
from tui_call.control.companion import ALONE_SECONDS
from tui_call.signaling.bridge_messages import (
    CloseLeg,
    CloseRoom,
    DescribeLeg,
    PlayTone,
    RoomMember,
    SetRoom,
)

pytestmark = pytest.mark.e2e


@pytest.fixture
async def worker(tmp_path: Path) -> AsyncIterator[WorkerAlone]:
    async with WorkerAlone(tmp_path) as alone:
        yield alone


async def all_say_until_heard(members: list[LightMember], heard: dict[int, set[int]]) -> None:
    """Let all speak until each member hears just those that it is to hear."""
    for member in members:
        member.got.clear()

    def all_heard() -> bool:
        for member in members:
            member.say()
        return {one.number: set(one.got) - {HOP} for one in members} == heard

    await until(all_heard)


async def test_three_hear_each_other_and_nobody_oneself(worker: WorkerAlone) -> None:
    members = await worker.meet(3)
    await all_say_until_heard(members, {1: {2, 3}, 2: {1, 3}, 3: {1, 2}})
    frames = [packet.frame for packet in members[0].got[2]]
    assert sorted(frames) == frames
    assert len(set(frames)) == len(frames)
    assert {packet.again for packet in members[0].got[2]} == {0}


async def test_a_leg_that_claims_to_be_another_is_heard_as_itself(worker: WorkerAlone) -> None:
    one, two, three = await worker.meet(3)
    for source in (0, 2, 3, 77, 254):
        one.say(source=source)
    await until(lambda: len(two.got[1]) == len(three.got[1]) == 5)
    assert two.heard() == three.heard() == {1}
    assert set(one.got) <= {HOP}


async def test_of_eight_three_are_heard_and_one_who_is_louder(
    worker: WorkerAlone,
) -> None:
    members = await worker.meet(8)
    for member in members[:3]:
        member.say(30)
    listener = members[7]
    await until(lambda: {1, 2, 3} <= set(listener.got))
    for _ in range(10):
        for member in members[3:7]:
            member.say(30)
    members[6].say(10)
    await until(lambda: 7 in listener.got)
    assert set(listener.got) - {HOP} == {1, 2, 3, 7}
    assert len(listener.got[7]) == 1, "as loud as the others it was not heard"


async def test_what_a_leg_sends_beyond_its_measure_is_heard_by_nobody(worker: WorkerAlone) -> None:
    one, two, three = await worker.meet(3)
    began = asyncio.get_running_loop().time()
    for _ in range(100):
        for _ in range(100):
            one.say(level=0)
        await asyncio.sleep(0)
    two.say(level=40)
    await until(lambda: 2 in three.got)
    lasted = asyncio.get_running_loop().time() - began
    assert 1 <= len(three.got[1]) <= 60 + 60 * lasted + 1


async def test_rubbish_is_heard_by_nobody_and_ends_nothing(worker: WorkerAlone) -> None:
    one, two, _ = members = await worker.meet(3)
    for rubbish in (b"", b"1", bytes(6), bytes((0, 0, 0, 0, 1, 200, 0)), b"\xff" * 1200):
        one.connection.send(rubbish)
    one.send(HOP, MUTED, b"\x00")
    await all_say_until_heard(members, {1: {2, 3}, 2: {1, 3}, 3: {1, 2}})
    assert all(len(packet.frame) > 100 for packet in two.got[1])


async def test_bad_offers_are_answered_and_bad_lines_end_only_their_stream(
    worker: WorkerAlone,
) -> None:
    members = await worker.meet(2)
    worker.service.say(SetRoom("another", 1, (RoomMember(1, ("another",)),)))
    described = await worker.service.describe("another", "another", "v=0")
    assert (described.answer, described.fault) == ("", "BadDescription")
    other = await worker.connect()
    for line in (b"rubbish\n", b'{"type": "set_room"}\n', b'"' + b"a" * 100_000 + b'"\n'):
        other = await worker.connect()
        other.writer.write(line)
        await until(lambda: other.over)  # noqa: B023 - it is waited for here
    await all_say_until_heard(members, {1: {2}, 2: {1}})
    assert worker.process.returncode is None


async def test_who_waits_hears_music_and_tones_are_played(worker: WorkerAlone) -> None:
    one, two, three = members = await worker.meet(3)
    worker.service.say(room_of(members, hears={3: "music"}, silent={3}))
    await until(lambda: len(three.got[TONES]) >= 25)
    numbers = [int.from_bytes(packet.frame[:4]) for packet in three.got[TONES]]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    await all_say_until_heard([one, two], {1: {2}, 2: {1}})
    worker.service.say(PlayTone("room", 1, "join"))
    await until(lambda: len(one.got[TONES]) == len(two.got[TONES]) == 9)
    assert {1, 2} & set(three.got) == set()


async def test_legs_are_closed_one_by_one_and_with_their_room(worker: WorkerAlone) -> None:
    members = await worker.meet(3)
    worker.service.say(CloseLeg("room", 1, members[0].leg))
    await until(lambda: worker.service.state(members[0].leg) == "closed")
    await until(lambda: not members[0].connected)
    worker.service.say(CloseRoom("room", 1))
    await until(lambda: all(worker.service.state(one.leg) == "closed" for one in members))


async def test_another_service_takes_over_by_a_higher_fence(worker: WorkerAlone) -> None:
    members = await worker.meet(3)
    second = await worker.connect()
    assert second.hello.worker == worker.service.hello.worker
    await until(lambda: second.rooms == {"room": 1})
    await until(lambda: all(second.state(one.leg) == "connected" for one in members))
    second.say(room_of(members[:2], fence=2))
    assert (await second.describe("another", "leg", "v=0")).fault, "the order has arrived"
    await all_say_until_heard(members, {1: {2}, 2: {1}, 3: set()})
    worker.service.say(room_of(members, fence=1), CloseRoom("room", 1))
    worker.service.say(CloseLeg("room", 1, members[0].leg))
    described = await worker.service.describe("another", "leg", "v=0")
    assert described.fault, "what was said before has arrived"
    await all_say_until_heard(members, {1: {2}, 2: {1}, 3: set()})


async def test_a_service_that_comes_is_told_of_all_rooms_however_many(
    worker: WorkerAlone,
) -> None:
    rooms = {f"{number:064x}": number + 1 for number in range(3000)}
    worker.service.say(*(SetRoom(room, fence, ()) for room, fence in rooms.items()))
    assert (await worker.service.describe("another", "leg", "v=0")).fault, "the orders have arrived"
    second = await worker.connect()
    await until(lambda: second.rooms == rooms)


async def test_who_left_while_there_was_no_service_is_told_to_the_next_one(
    worker: WorkerAlone,
) -> None:
    members = await worker.meet(3)
    await worker.service.close()
    await members[2].connection.close()
    second = await worker.connect()
    await until(lambda: second.state(members[2].leg) == "closed")
    second.say(room_of(members[:2], fence=2))
    assert (await second.describe("another", "leg", "v=0")).fault, "the order has arrived"
    third = await worker.connect()
    assert (await third.describe("another", "leg", "v=0")).fault, "it was greeted"
    assert third.state(members[1].leg) == "connected"
    assert third.state(members[2].leg) == "", "it stands nowhere any more"


async def test_sound_goes_on_while_a_killed_service_is_started_anew(worker: WorkerAlone) -> None:
    members = await worker.meet(3)
    program = (
        "import asyncio, sys; from pathlib import Path; from tui_call.control import platform\n"
        "async def stay():\n"
        "    reader, _ = await platform.connect(Path(sys.argv[1]))\n"
        "    print((await reader.readline()).decode(), flush=True)\n"
        "    await reader.read()\n"
        "asyncio.run(stay())"
    )
    killed = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", program, str(worker.socket)), stdout=asyncio.subprocess.PIPE
    )
    assert killed.stdout is not None
    assert b"worker_hello" in await killed.stdout.readline()
    await worker.service.close()
    killed.send_signal(signal.SIGKILL)
    await killed.wait()
    await all_say_until_heard(members, {1: {2, 3}, 2: {1, 3}, 3: {1, 2}})
    second = await worker.connect()
    await until(lambda: second.rooms == {"room": 1})
    second.say(room_of(members[:2], fence=7))
    assert (await second.describe("another", "leg", "v=0")).fault, "the order has arrived"
    await all_say_until_heard(members, {1: {2}, 2: {1}, 3: set()})


async def test_a_second_worker_ends_and_takes_nothing_from_the_first(worker: WorkerAlone) -> None:
    command = (sys.executable, "-m", "tui_call.bridge", "--socket", str(worker.socket))
    second = await asyncio.create_subprocess_exec(*command)
    assert await second.wait() == 0
    await worker.meet(2)


async def test_what_a_worker_writes_down_names_no_leg_and_no_address(worker: WorkerAlone) -> None:
    await worker.meet(2, room="a room of theirs")
    other = await worker.connect()
    other.writer.write(b"rubbish\n")
    await until(lambda: other.over)
    written = worker.log.read_text()
    assert "bridge worker listens" in written
    assert "theirs" not in written
    assert "127.0.0.1" not in written


async def test_at_its_end_devices_are_told_and_nothing_is_left(worker: WorkerAlone) -> None:
    members = await worker.meet(2)
    worker.process.send_signal(signal.SIGTERM)
    assert await worker.process.wait() == 0
    await until(lambda: not any(member.connected for member in members))
    assert worker.service.over
    assert not worker.socket.exists()


async def test_a_worker_without_a_service_lives_for_half_a_minute(tmp_path: Path) -> None:
    now = 1000.0
    socket = tmp_path / "bridge" / "bridge.sock"
    tap = TapStream(socket.with_name("frames.sock"))
    worker = Worker(WorkerPlace(0, ("127.0.0.1",)), lambda: TONES_OF_TESTS, tap, lambda: now)
    platform.make_private_directory(socket.parent)
    server = await platform.listen(socket, worker.services.serve)
    runs = asyncio.create_task(worker.run(asyncio.Event()))
    service = await ServiceEnd.connect(socket)
    service.say(SetRoom("room", 1, ()))
    now += 10 * ALONE_SECONDS
    assert not worker.services.unneeded
    await service.close()
    await until(lambda: not worker.services.any)
    now += ALONE_SECONDS - 0.1
    assert not worker.services.unneeded
    service = await ServiceEnd.connect(socket)
    service.say(CloseRoom("room", 2))
    now += ALONE_SECONDS
    assert not worker.services.unneeded
    await service.close()
    await until(lambda: not worker.services.any)
    assert not runs.done()
    now += ALONE_SECONDS - 0.1
    other = await ServiceEnd.connect(socket)
    await other.close()
    await until(lambda: not worker.services.any)
    now += 0.1  # who says nothing to it, as a service of another version, keeps it for nothing
    await until(runs.done)
    server.close()


async def test_a_leg_that_stands_in_no_room_of_the_order_is_made_for_nobody(
    worker: WorkerAlone,
) -> None:
    """Also where it was closed before its offer was read: nobody would ever close it."""
    members = await worker.meet(2)
    late = LightMember(3)
    worker.members.append(late)
    offer = await late.connection.create_offer()
    worker.service.say(
        room_of([*members, late]),
        DescribeLeg("room", 1, late.leg, offer),
        room_of(members),
        CloseLeg("room", 1, late.leg),
    )
    described = await worker.service.describe("room", members[0].leg + "x", offer)
    assert (described.answer, described.fault) == ("", "NoSuchLeg")
    answers = [one for one in worker.service.heard if getattr(one, "leg", "") == late.leg]
    assert [getattr(one, "answer", None) for one in answers] == [""]
    worker.service.say(DescribeLeg("elsewhere", 1, members[1].leg, offer))
    await all_say_until_heard(members, {1: {2}, 2: {1}})
