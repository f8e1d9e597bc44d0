"""A service with one or more standard calls, in virtual time, and a referee of every step.

People are named by a word; the device of "ada" is "ada-1", unless a test names another one.
"""

from typing import Any, TypeVar

import msgspec

from tests.standard_calls.keeping_referee import KeepingReferee
from tui_call.standard_calls import events
from tui_call.standard_calls.effects import (
    Effect,
    EndLeg,
    LeaveWord,
    Ring,
    Step,
    Tell,
    TellOver,
)
from tui_call.standard_calls.events import Act, DeadlineReached, Event, WorkerChanged
from tui_call.standard_calls.hearing import waits
from tui_call.standard_calls.machine import handle
from tui_call.standard_calls.rooms import rooms_of
from tui_call.standard_calls.stages import CALL_WAYS, MEMBER_WAYS, CallStage, MemberStage
from tui_call.standard_calls.state import Happening, Member, StandardCall, next_deadline

X, Y = "0" * 31 + "1", "0" * 7 + "1" + "0" * 24
SLOT = 71
T = TypeVar("T")


def instance_of(device: str) -> str:
    return device.encode().hex().rjust(32, "0")[:32]


class Exchange:
    """Calls by their ids, and all that was told of them.

    Attributes:
        now: Unix seconds.
        calls: as they were saved last.
        effects: of the last step.
        all_effects: of all steps.
        refused: why the last act was not done.
    """

    def __init__(self) -> None:
        self.now = 1_000_000.0
        self.calls: dict[str, StandardCall] = {}
        self.effects: list[Effect] = []
        self.all_effects: list[Effect] = []
        self.refused = ""
        self._acts = 0
        self._kept = KeepingReferee()
        self._last_number_use: dict[tuple[str, int], tuple[str, float]] = {}

    # What people do

    def act(self, kind: type[Act], who: str, call: str = X, **fields: Any) -> str:
        """Let somebody ask for something; return why it was refused, "" where it was done."""
        self._acts += 1
        device = fields.pop("device", f"{who}-1")
        act_id = fields.pop("act_id", f"{self._acts:032x}")
        if kind in (events.Places, events.Answers, events.Retrieves):
            fields.setdefault("instance", instance_of(device + call))
        if kind is events.Places:
            fields["call"] = call
        if kind is events.Retrieves:
            parked = self.calls[call].parked
            fields.setdefault("by", parked.by if parked else "")
            fields.setdefault("group", parked.group if parked else "")
        return self.take(kind(account=who, device=device, act_id=act_id, **fields), call)

    def take(self, event: Event, call: str = X) -> str:
        """Let something happen to a call, and judge what becomes of it."""
        before = self.calls.get(call)
        step = handle(before, event, self.now)
        _judge(before, event, step, self.now)
        self._judge_numbers(step.call)
        self._kept.judge(before, event, step, self.now)
        if step.call is not None:
            self.calls[call] = step.call
        if step.other is not None:
            self.calls[step.other.id] = step.other
        self.effects = [*step.effects, *step.other_effects]
        self.all_effects += self.effects
        self.refused = step.refused
        return step.refused

    def place(self, who: str, *to: str, call: str = X, **fields: Any) -> str:
        return self.act(events.Places, who, call, to=to, **fields)

    def answer(self, who: str, call: str = X, **fields: Any) -> str:
        return self.act(events.Answers, who, call, **fields)

    def hang_up(self, who: str, call: str = X, **fields: Any) -> str:
        return self.act(events.HangsUp, who, call, **fields)

    def connect(self, who: str, call: str = X, leg: str = "") -> None:
        """Make a leg for somebody who is in the call, and let it bring sound."""
        leg = leg or f"leg-of-{who}-in-{call}"
        for member in self.calls[call].of_account(who):
            if member.is_in and not member.connected:
                fields = {"device": member.device, "instance": member.instance, "leg": leg}
                assert self.act(events.OffersLeg, who, call, **fields) == ""
                self.leg(leg, "connected", call)

    def leg(self, leg: str, state: Any, call: str = X) -> None:
        self.take(events.LegReported(leg, state), call)

    def talk(self, who: str, *to: str, call: str = X) -> "Exchange":
        """Let a call come so far that everybody talks."""
        assert self.place(who, *to, call=call, worker="w1") == ""
        for one in to:
            assert self.answer(one, call) == ""
        for one in (who, *to):
            self.connect(one, call)
        return self

    # Time

    def passes(self, seconds: float) -> None:
        """Let time pass; each deadline is met on the moment."""
        until = self.now + seconds
        while True:
            due = [
                (at, call.id)
                for call in self.calls.values()
                if (at := next_deadline(call)) is not None and at <= until
            ]
            if not due:
                break
            at, call = min(due)
            self.now = max(self.now, at)
            self.take(DeadlineReached(), call)
        self.now = until

    # What can be seen

    @property
    def call(self) -> StandardCall:
        return self.calls[X]

    def states(self, call: str = X) -> dict[str, str]:
        """Return how far everybody is, by account; "!" after one who is on side 1."""
        return {m.account: m.state + "!" * m.side for m in self.calls[call].members}

    def member(self, who: str, call: str = X) -> Member:
        [member] = self.calls[call].of_account(who)
        return member

    def rings(self, call: str = X) -> list[str]:
        return [m.account for m in self.calls[call].members if m.state == "ringing"]

    def news(self, call: str = X) -> list[Happening]:
        return list(self.calls[call].news)

    def saw(self, kind: type[T]) -> list[T]:
        """Return the effects of a kind in the last step."""
        return [effect for effect in self.effects if isinstance(effect, kind)]

    def told_over(self) -> dict[str, tuple[str, str]]:
        """Return whom the last step told that it is over: why, and by whom."""
        return {effect.account: (effect.why, effect.by) for effect in self.saw(TellOver)}

    def words(self) -> list[tuple[str, str]]:
        """Return all missed calls that were kept: for whom, and of whom."""
        return [(e.account, e.caller) for e in self.all_effects if isinstance(e, LeaveWord)]

    def hears(self, call: str = X) -> dict[str, str]:
        """Return whom each one hears, as "bob+cleo", or "music", or "" for nobody."""
        seen = self.calls[call]
        names = {member.number: member.account for member in seen.members}
        heard: dict[str, str] = {}
        for room in rooms_of(seen):
            speakers = sorted(names[seat.source] for seat in room.seats if seat.speaks)
            for seat in room.seats:
                own = names[seat.source]
                others = "+".join(one for one in speakers if one != own)
                heard[own] = {"room": others, "music": "music", "nothing": ""}[seat.hears]
        return heard

    def _judge_numbers(self, call: StandardCall | None) -> None:
        """A number goes to another instance at the earliest 10 s after the one before."""
        for member in () if call is None else call.inside:
            key = (call.id if call else "", member.number)
            instance, at = self._last_number_use.get(key, (member.instance, 0.0))
            assert instance == member.instance or self.now - at >= 10
            self._last_number_use[key] = (member.instance, self.now)


def _judge(before: StandardCall | None, event: Event, step: Step, now: float) -> None:
    """Check what holds of every step."""
    after = step.call
    if step.refused or after is before:
        assert after is before
        assert step.effects == ()
        return
    assert after is not None
    assert after.sequence == (before.sequence if before else 0) + 1
    _judge_call(after)
    _judge_ways(before, after)
    _judge_told(before, step)
    _judge_legs(before, event, step)
    if isinstance(event, events.Retrieves):
        parked = before.parked if before is not None else None
        assert parked is not None
        assert (parked.slot, parked.by, parked.group) == (event.slot, event.by, event.group)
    if isinstance(event, DeadlineReached):
        at = next_deadline(after)
        assert at is None or at > now
    if isinstance(event, Act) and event.done is not None:
        again = handle(after, event, now)
        assert (again.call, again.effects) == (after, ())
        assert again.refused == ("N_UNKNOWN_CALL" if after.over else "")
    if step.other is not None:
        _judge_call(step.other)


def _judge_ways(before: StandardCall | None, after: StandardCall) -> None:
    """Nobody and no call goes a way that is not in the tables."""
    if before is None:
        return
    old, new = call_stage(before), call_stage(after)
    assert new in (old, CallStage.OVER, *CALL_WAYS[old])
    now = {member.number: member_stage(member) for member in after.members}
    for member in before.members:
        stage = member_stage(member)
        assert now.get(member.number, MemberStage.GONE) in (stage, *MEMBER_WAYS[stage])


def call_stage(call: StandardCall) -> CallStage:
    if call.over:
        return CallStage.OVER
    if call.parked is not None:
        return CallStage.PARK_RINGS if call.parked.rings else CallStage.PARKED
    if call.transfer is None:
        return CallStage.ON
    if call.transfer.asks_first:
        return CallStage.ASKS_FIRST
    return CallStage.RINGS_BACK if call.transfer.rings_back else CallStage.PASSED_ON


def member_stage(member: Member) -> MemberStage:
    if not member.is_in and member.state == "joining":
        return MemberStage.EXPECTED
    return MemberStage(member.state)


def _judge_call(call: StandardCall) -> None:
    assert msgspec.json.decode(msgspec.json.encode(call), type=StandardCall) == call
    numbers = [member.number for member in call.members]
    assert len(set(numbers)) == len(numbers)
    assert all(1 <= number <= 254 for number in numbers)
    assert len(call.accounts) <= 16
    for account in call.accounts:
        members = list(call.of_account(account))
        assert len(members) - sum(m.why_rings == "hand_over" for m in members) == 1
    instances = [member.instance for member in call.inside]
    assert len(set(instances)) == len(instances)
    if call.over:
        assert (call.members, call.transfer, call.parked, rooms_of(call)) == ((), None, None, ())
        assert next_deadline(call) is None
        return
    assert call.inside
    for member in call.members:
        assert (member.until is None) == (member.state == "talking")
        waits_for_rule = call.by_rule and member.state == "joining"
        assert waits_for_rule or (member.state == "talking") == member.connected
        assert member.is_in or member.state in ("ringing", "joining")
    _judge_moving(call)
    _judge_rooms(call)


def _judge_moving(call: StandardCall) -> None:
    transfer, parked = call.transfer, call.parked
    sides = {member.account for member in call.members if member.side}
    if transfer is None:
        assert sides == set()
    elif transfer.asks_first:
        assert sides == {transfer.by, transfer.to}
        assert any(member.side == 0 for member in call.inside)
        assert any(member.is_in for member in call.of_account(transfer.by))
    else:
        rings = transfer.by if transfer.rings_back else transfer.to
        assert sides == set()
        assert all(not member.is_in for member in call.of_account(rings))
        assert any(call.of_account(rings))
    if parked is not None:
        assert transfer is None
        assert parked.rings == any(m.why_rings == "park_back" for m in call.members)
        assert [m for m in call.asked if m.why_rings not in ("park_back", "hand_over")] == []


def _judge_rooms(call: StandardCall) -> None:
    seats = [seat for room in rooms_of(call) for seat in room.seats]
    assert sorted(seat.source for seat in seats) == sorted(m.number for m in call.inside)
    by_number = {member.number: member for member in call.members}
    for seat in seats:
        member = by_number[seat.source]
        if call.parked is not None or member.on_hold:
            assert not seat.speaks
            assert seat.hears != "room"
        assert (seat.hears == "music") <= waits(call, member)
    for room in rooms_of(call):
        members = [(by_number[seat.source], seat) for seat in room.seats]
        assert len({member.side for member, _ in members}) == 1
        # nobody hears oneself, by another device either
        own = [m.account for m, seat in members if seat.speaks or seat.hears == "room"]
        assert len(set(own)) == len(own)


def _judge_told(before: StandardCall | None, step: Step) -> None:
    """Who is no longer in it is told so once, and nobody else; the rest is told the call."""
    after = step.call
    assert after is not None
    accounts = set(after.accounts)
    gone = set(before.accounts if before else ()) - accounts
    over = [e for e in step.effects if isinstance(e, TellOver)]
    assert gone <= {effect.account for effect in over}
    assert all(effect.account not in accounts or effect.device for effect in over)
    assert len({(effect.account, effect.device) for effect in over}) == len(over)
    tells = [effect for effect in step.effects if isinstance(effect, Tell)]
    assert len(tells) <= 1
    if before is None or (accounts and set(before.accounts) != accounts):
        assert tells
    if step.other is not None:
        return
    old = {(m.account, m.number) for m in (before.members if before else ())}
    new = [m for m in after.asked if (m.account, m.number) not in old]
    asked = {m.account for m in new if m.state == "ringing"}
    rang = {effect.account for effect in step.effects if isinstance(effect, Ring)}
    assert asked == rang


def _judge_legs(before: StandardCall | None, event: Event, step: Step) -> None:
    """Every leg that is no longer in a call is closed, and no other one."""
    after = step.call
    assert after is not None
    if before is None or isinstance(event, WorkerChanged) or step.other is not None:
        return
    was = {leg.id for member in before.members for leg in member.legs}
    stays = {leg.id for member in after.members for leg in member.legs}
    ended = {effect.leg for effect in step.effects if isinstance(effect, EndLeg)}
    reported = {event.leg} if isinstance(event, events.LegReported) else set[str]()
    assert was - stays - reported <= ended
    assert ended & stays == set()
