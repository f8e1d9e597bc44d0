"""A call by a real worker, kept by a real tap that is killed while it records."""

import asyncio
import contextlib
import signal
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from functools import partial
from pathlib import Path

import pytest
from msgspec import structs

from tests.support.bridge_worker import SPEECH, LightMember, WorkerAlone, room_of, send_evenly
from tests.support.connections import until
from tests.support.kept_sound import KEPT, TONES, decoded, encoded, heard, part, tone
from tests.support.tap_process import TapAlone
from tui_call.bridge_packet import HOP, parse_packet
from tui_call.signaling.tap_messages import CloseTap, PartClosed, PartOpened, SetTap, TapMember

pytestmark = pytest.mark.e2e

MEMBERS = tuple(TapMember(source, source, kept=source != 3) for source in (1, 2, 3))
IN_STEP = 2 * 75
"""Frames in a row: who is moved loses one of 75."""


@contextlib.asynccontextmanager
async def speaking(members: Sequence[LightMember]) -> AsyncIterator[None]:
    """Let each say its own tone."""
    tasks = [
        asyncio.create_task(send_evenly(one, SPEECH, encoded(tone(TONES[one.number], 1.0))))
        for one in members
    ]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def until_longer(tap: TapAlone, name: str, more: int = 12_000) -> None:
    """Wait until a file has grown by a second or two of sound."""
    path = tap.kept / KEPT / name
    await until(path.exists)
    before = path.stat().st_size
    await until(lambda: path.stat().st_size > before + more)


def since(numbers: set[int]) -> int:
    """Return the first of the newest frames of which none is missing."""
    return max(set(range(max(numbers, default=0))) - numbers, default=-1) + 1


async def until_in_step(heard_of: Sequence[set[int]]) -> None:
    """Wait until nobody is moved any more: who began with a frame held up pays with frames."""
    await until(lambda: all(max(it, default=0) - since(it) > IN_STEP for it in heard_of))


def note(frames: defaultdict[int, set[int]], data: bytes) -> None:
    """Note the number of a frame, by whose it is."""
    packet = parse_packet(data)
    frames[packet.source].add(int.from_bytes(packet.frame[:4]))


async def test_a_killed_tap_costs_its_part_a_second_and_the_call_nothing(tmp_path: Path) -> None:
    async with WorkerAlone(tmp_path) as worker:
        members = await worker.meet(3)
        worker.service.say(structs.replace(room_of(members), tapped=True))
        came = {one.number: defaultdict[int, set[int]](set) for one in members}
        for one in members:
            one.take = partial(note, came[one.number])
        async with speaking(members):
            async with TapAlone(tmp_path) as killed:
                killed.service.say(SetTap("room", 1, MEMBERS, part()))
                await killed.service.first(PartOpened)
                await until_longer(killed, "track-2-1.opus")
                heard_of = [it[one] for it in came.values() for one in it.keys() - {HOP}]
                assert len(heard_of) == len(members) * (len(members) - 1)
                await until_in_step(heard_of)
                before = [since(it) for it in heard_of]
                killed.process.send_signal(signal.SIGKILL)
                await killed.process.wait()
            async with TapAlone(tmp_path) as tap:
                cut = await tap.service.first(PartClosed)
                tap.service.say(SetTap("room", 1, MEMBERS, part(2)))
                await until_longer(tap, "track-2-2.opus")
                tap.service.say(CloseTap("room", 1))
                await until(lambda: len(tap.service.lines(PartClosed)) == 2)
    for listener, frames in came.items():
        assert frames.keys() - {HOP} == {1, 2, 3} - {listener}
    assert [since(it) for it in heard_of] == before, "none is missing"
    assert (cut.part, cut.why) == (1, "N_KEPT_CUT")
    _, whole = tap.service.lines(PartClosed)
    assert (whole.part, whole.why) == (2, "")
    for number in (1, 2):
        in_mix = set().union(*heard(decoded(tap.kept / KEPT / f"mix-{number}.opus")))
        assert {1, 2} <= in_mix <= {0, 1, 2}, "and nothing of who is not kept"
        for person in (1, 2):
            track = decoded(tap.kept / KEPT / f"track-{person}-{number}.opus")
            assert person in set().union(*heard(track)) <= {0, person}
    assert not list((tap.kept / KEPT).glob("track-3-*"))
