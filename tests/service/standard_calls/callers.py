"""People of a service who ask in standard calls by raw messages, with a bridge that is a double."""

import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.service.members import Clock, Member, Town
from tests.service.members import town as run_town
from tests.support.bridge_double import BridgeDouble
from tui_call.service.standard_calls.options import BridgeOptions
from tui_call.signaling.messages import ActAnswered, ActInCall
from tui_call.signaling.standard_calls import (
    Act,
    AnswerAct,
    CallChanged,
    DescribeAct,
    LegDescribed,
    PlaceAct,
)


def new_id() -> str:
    return secrets.token_hex(16)


@dataclass
class Caller:
    """Somebody at one device."""

    member: Member
    instance: str = field(default_factory=new_id)
    _looked_at: int = 0

    @property
    def account(self) -> str:
        return self.member.account

    async def ask(self, act: Act, call: str = "", act_id: str = "") -> ActAnswered:
        """Ask for an act and return the answer."""
        number = act_id or new_id()
        return await self.member.client.ask(
            lambda request: ActInCall(request, number, act, call), ActAnswered
        )

    async def does(self, act: Act, call: str = "") -> str:
        """Ask for an act that has to be done; return the call."""
        answer = await self.ask(act, call)
        assert answer.refused == "", answer
        return answer.call

    async def refused(self, act: Act, call: str = "") -> str:
        """Ask for an act that must not be done; return why not."""
        answer = await self.ask(act, call)
        assert answer.refused
        return answer.refused

    async def places(self, *to: "Caller", call: str = "", **how: object) -> str:
        """Call somebody."""
        people = tuple(one.account for one in to)
        return await self.does(PlaceAct(people, self.instance, **how), call or new_id())  # type: ignore[arg-type]

    async def answers(self, call: str) -> None:
        await self.does(AnswerAct(self.instance), call)

    async def has_sound(self, call: str) -> str:
        """Make a leg, and return its id."""
        leg = new_id()
        await self.does(DescribeAct(self.instance, leg, "offer"), call)
        described = await self.member.client.hear(LegDescribed)
        assert (described.call, described.leg, described.answer) == (call, leg, "answer to offer")
        return leg

    async def sees(self, call: str, **how: object) -> CallChanged:
        """Wait until a call is told in which something holds, by name of a field."""
        while True:
            for told in self._not_looked_at():
                if told.call == call and all(getattr(told, name) == how[name] for name in how):
                    return told
            await self.member.client.hear(CallChanged)

    def _not_looked_at(self) -> Iterator[CallChanged]:
        heard = self.member.client.heard
        while self._looked_at < len(heard):
            message = heard[self._looked_at]
            self._looked_at += 1
            if isinstance(message, CallChanged):
                yield message

    async def sees_states(self, call: str, *states: str) -> CallChanged:
        """Wait until the members of a call are in these states."""
        while True:
            told = await self.sees(call)
            if tuple(member.state for member in told.members) == states:
                return told


@dataclass
class CallTown:
    """A service with a bridge.

    Attributes:
        town: the service.
        bridge: its worker.
    """

    town: Town
    bridge: BridgeDouble

    async def caller(self, user: str) -> Caller:
        return Caller(await self.town.enrol(user))


@asynccontextmanager
async def call_town(
    directory: Path,
    clock: Clock | None = None,
    bridge: BridgeDouble | None = None,
    **options: object,
) -> AsyncIterator[CallTown]:
    """Run one."""
    bridge = bridge or BridgeDouble()
    how = BridgeOptions(worker=bridge)
    async with run_town(directory, clock, bridge=how, **options) as running:
        yield CallTown(running, bridge)
