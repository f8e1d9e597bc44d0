"""A real service with a real bridge worker, and light members who ask by raw messages and speak.

What devices hear of each other is read off what comes on their legs.
"""

import os
import signal
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.bridge_worker import SPEECH, LightMember
from tests.support.callers import Caller, new_id
from tests.support.connections import until
from tests.support.members import Town, town
from tests.support.udp_forwarder import UdpForwarder
from tui_call.bridge_packet import HOP, TONES
from tui_call.service.local_process import LocalProcess
from tui_call.service.standard_calls.options import BridgeOptions
from tui_call.service.standard_calls.processes import FRAMES, RECORDINGS
from tui_call.signaling.call_acts import AnswerAct, DescribeAct, HangUpAct, PlaceAct
from tui_call.signaling.standard_calls import CallChanged, LegDescribed

SETTLED_ROUNDS = 20
"""Two milliseconds each; a leg that speaks too much is passed on more often than that."""


@dataclass
class Speaker:
    """Somebody with a device in a call.

    Attributes:
        caller: asks.
        number: in the call.
        leg: the newest one.
    """

    caller: Caller
    number: int = 0
    leg: LightMember | None = None

    async def has_sound(
        self, call: str, closing: AsyncExitStack, network: UdpForwarder | None = None
    ) -> None:
        """Make a leg, which may go through a network."""
        leg = new_id()
        made = LightMember(self.number, leg=leg)
        closing.push_async_callback(made.connection.close)
        offer = await made.connection.create_offer()
        if network is not None:
            closing.push_async_callback(network.close)
            offer = await network.offer(offer)
        await self.caller.does(DescribeAct(self.caller.instance, leg, offer), call)
        described = await self.caller.member.client.hear(LegDescribed)
        answer = described.answer if network is None else await network.answer(described.answer)
        await made.connection.accept_answer(answer)
        await until(lambda: made.connected)
        self.leg = made

    async def hangs_up(self, call: str) -> None:
        """Leave, and be without a leg."""
        await self.caller.does(HangUpAct(), call)
        self.leg = None


async def who_hears_whom(
    people: Sequence[Speaker], wanted: dict[int, set[int]], levels: Mapping[int, int] = {}
) -> None:
    """Let all speak until each hears just those that it is to hear, and goes on to.

    What was said before the bridge knew better may still come once.

    Args:
        people: all.
        wanted: who is to be heard by each.
        levels: -dBov of those who do not speak as loud as the others.
    """
    legs = [person.leg for person in people if person.leg is not None]
    rounds = 0
    for leg in legs:
        leg.got.clear()

    def heard() -> bool:
        nonlocal rounds
        for leg in legs:
            leg.say(levels.get(leg.number, SPEECH))
        now = {leg.number: set(leg.got) - {HOP, TONES} for leg in legs}
        rounds = rounds + 1 if now == wanted else 0
        if any(now[number] - wanted.get(number, set()) for number in now):
            for leg in legs:
                leg.got.clear()
        return rounds == SETTLED_ROUNDS

    await until(heard)


def all_but_oneself(people: Sequence[Speaker]) -> dict[int, set[int]]:
    every = {person.number for person in people}
    return {number: every - {number} for number in every}


class Killable(LocalProcess):
    """A process as a service starts it, which a test can kill, and ends with the test."""

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)


class Bridge(Killable):
    """The worker."""

    def __init__(self, state_directory: Path) -> None:
        super().__init__("bridge", state_directory, lambda: ("--address", "127.0.0.1"))


class Recorder(Killable):
    """The tap; it takes frames where the worker looks for it unless it is told otherwise."""

    def __init__(self, state_directory: Path) -> None:
        recordings, frames = state_directory / RECORDINGS, state_directory / f"{FRAMES}.sock"
        where = ("--directory", str(recordings), "--frames", str(frames))
        super().__init__("tap", state_directory, lambda: where)


@asynccontextmanager
async def bridged_town(
    directory: Path, bridge: Bridge, tap: Recorder | None = None
) -> AsyncIterator[Town]:
    async with town(directory, bridge=BridgeOptions(worker=bridge, tap=tap)) as running:
        yield running


def has_worker(told: CallChanged) -> bool:
    return told.worker != ""


async def people_of(running: Town, count: int) -> list[Speaker]:
    """Let so many people come."""
    return [Speaker(Caller(await running.enrol(f"user{number}"))) for number in range(count)]


def numbered(people: Sequence[Speaker], told: CallChanged) -> None:
    """Let people know their numbers in a call."""
    numbers = {member.account: member.number for member in told.members}
    for person in people:
        person.number = numbers[person.caller.account]


async def talk(running: Town, count: int, closing: AsyncExitStack) -> tuple[list[Speaker], str]:
    """Let so many people call each other, and wait until all hear all others."""
    people, call = await meet(running, count, closing)
    await people[0].caller.sees_states(call, *["talking"] * count)
    await who_hears_whom(people, all_but_oneself(people))
    return people, call


async def meet(running: Town, count: int, closing: AsyncExitStack) -> tuple[list[Speaker], str]:
    """Let so many people call each other, and wait until all have sound."""
    first, *others = people = await people_of(running, count)
    call = new_id()
    accounts = tuple(other.caller.account for other in others)
    await first.caller.does(PlaceAct(accounts, first.caller.instance), call)
    for other in others:
        await other.caller.does(AnswerAct(other.caller.instance), call)
    told = await first.caller.sees_when(
        call, lambda told: [member.state for member in told.members].count("joining") == count
    )
    numbered(people, told)
    for person in people:
        await person.has_sound(call, closing)
    return people, call
