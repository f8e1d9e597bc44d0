"""People of a service who ask in standard calls by raw messages, with a bridge that is a double."""

import asyncio
import contextlib
import secrets
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from tests.support.bridge_double import BridgeDouble
from tests.support.broken_audit import MEND_AUDIT, break_audit
from tests.support.members import Clock, Member, Town
from tests.support.members import town as run_town
from tests.support.tap_double import TapDouble
from tui_call.service.standard_calls.options import BridgeOptions
from tui_call.signaling.administration import Change, encode
from tui_call.signaling.administration_answers import ChangeOutcome, answer_of
from tui_call.signaling.call_acts import Act, AnswerAct, DescribeAct, PlaceAct
from tui_call.signaling.invite import parse_invite
from tui_call.signaling.messages import (
    ActAnswered,
    ActInCall,
    Administer,
    Administered,
    InviteCreated,
    LinkDevice,
)
from tui_call.signaling.operations import Operation
from tui_call.signaling.standard_calls import CallChanged, LegDescribed


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
        return await self.sees_when(
            call, lambda told: all(getattr(told, name) == how[name] for name in how)
        )

    async def sees_when(self, call: str, holds: Callable[[CallChanged], bool]) -> CallChanged:
        """Wait until a call is told for which something holds."""
        while True:
            for told in self._not_looked_at():
                if told.call == call and holds(told):
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
        return await self.sees_when(
            call, lambda told: tuple(member.state for member in told.members) == states
        )


@dataclass
class CallTown:
    """A service with a bridge.

    Attributes:
        town: the service.
        bridge: its worker.
        tap: its tap.
        people: who has come, the administrator first.
    """

    town: Town
    bridge: BridgeDouble
    tap: TapDouble
    people: list[Caller] = field(default_factory=list)

    async def caller(self, user: str) -> Caller:
        self.people.append(Caller(await self.town.enrol(user)))
        return self.people[-1]

    async def callers(self, *users: str) -> list[Caller]:
        return [await self.caller(user) for user in users]

    async def second_device(self, caller: Caller) -> Caller:
        created = await caller.member.client.ask(LinkDevice, InviteCreated)
        return Caller(await self.town.enrol("x", code=parse_invite(created.link).code))

    async def comes_back(self, caller: Caller) -> Caller:
        """Log in anew with a device that is not connected any more."""
        return Caller(await self.town.log_in(caller.member.identity), caller.instance)

    async def talk(self, *people: Caller) -> str:
        """Let the first one call the others, and wait until all have sound."""
        first, *others = people
        call = await first.places(*others)
        for other in others:
            await other.answers(call)
        for one in people:
            await one.has_sound(call)
        await first.sees_states(call, *["talking"] * len(people))
        return call

    async def administers(self, *operations: Operation) -> None:
        """Have the administrator change something."""
        body = encode(Change(operations=operations))
        answer = await self.people[0].member.client.ask(
            lambda number: Administer(number, body), Administered
        )
        assert isinstance(answer_of(msgspec.json.decode(answer.body)), ChangeOutcome), answer.body

    def audit(self) -> list[tuple[str, str, str]]:
        """Return who did what in calls: actor, action, detail."""
        with contextlib.closing(sqlite3.connect(self.town.directory / "service.db")) as connection:
            rows = connection.execute("SELECT actor, action, detail FROM audit ORDER BY id")
            return [row for row in rows if row[1].startswith("call.")]


def fill_the_space(calls: CallTown) -> Path:
    """Have as much kept as may be; return the file that does it, which takes no room."""
    calls.town.clock.now += 1  # how much was kept before is remembered for so long
    place = calls.town.directory / "recordings" / new_id()
    place.mkdir(parents=True)
    file = place / "mix-1.opus"
    with file.open("wb") as content:
        content.truncate(20 * 2**30)
    return file


async def break_the_audit(calls: CallTown, only: str = "") -> None:
    """Let nothing be added to the audit, or no row of one action."""
    await change_the_store(calls, break_audit(only))


async def mend_the_audit(calls: CallTown) -> None:
    await change_the_store(calls, MEND_AUDIT)


async def change_the_store(calls: CallTown, statement: str) -> None:
    """Change it in a thread: the service, which may be writing, needs the loop to be done."""

    def change() -> None:
        with contextlib.closing(sqlite3.connect(calls.town.directory / "service.db")) as store:
            store.execute(statement)
            store.commit()

    await asyncio.to_thread(change)


@asynccontextmanager
async def call_town(
    directory: Path,
    clock: Clock | None = None,
    bridge: BridgeDouble | None = None,
    tap: TapDouble | None = None,
    slots: int = 29,
    **options: object,
) -> AsyncIterator[CallTown]:
    """Run one."""
    bridge, tap = bridge or BridgeDouble(), tap or TapDouble()
    how = BridgeOptions(slots=slots, worker=bridge, tap=tap)
    async with run_town(directory, clock, bridge=how, **options) as running:
        yield CallTown(running, bridge, tap)
