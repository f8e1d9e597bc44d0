"""Six people who do anything at any time, in two calls; the referee looks at every step."""

import inspect
from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.standard_calls.exchange import Exchange, X, Y
from tests.standard_calls.keeping import opened
from tui_call.standard_calls import events
from tui_call.standard_calls.keeping import Word
from tui_call.standard_calls.rooms import rooms_of
from tui_call.standard_calls.state import next_deadline

PEOPLE = ("ada", "bob", "cleo", "dan", "eve", "fay")
PERSON = st.sampled_from(PEOPLE)
ALLOWS, ASKS, REFUSES = (Word(word) for word in ("allow", "ask", "refuse"))
BY_RULE = Word("refuse", by_rule=True)
WORD = st.sampled_from([ALLOWS, ALLOWS, ASKS, ASKS, REFUSES, BY_RULE])
EARLY = ("placed", "agreed", "one of several")
LATE = (
    "talking", "talking", "passed on", "rings back", "asks", "speaks apart", "parked",
    "handed over",
)  # fmt: skip
KEPT = ("", "recording", "recording", "recording and transcript")
GROUP = st.sampled_from(["", "", "desk"])
CALL = st.sampled_from([X, X, X, Y])
PICK = st.integers(0, 5)
"""Somebody of those who may do such a thing; now and then anybody."""


class AnyStandardCalls(RuleBasedStateMachine):
    """Calls in which anything happens at any time."""

    @initialize(
        people=st.integers(1, 3),
        moment=st.sampled_from([*EARLY, *LATE]),
        kept=st.sampled_from(KEPT),
    )
    def begins(self, people: int, moment: str, kept: str) -> None:
        """Let a call come so far undisturbed, beside one of two people that one of it is in."""
        world = self.world = Exchange()
        others = PEOPLE[1 : people + 1]
        if moment in EARLY:
            ring, first_takes = moment != "agreed", moment == "one of several"
            world.place("ada", *others, ring=ring, first_takes=first_takes)
        else:
            world.talk("ada", *others)
            self.keep(kept, others)
        match moment:
            case "passed on" | "rings back":
                world.act(events.Transfers, "ada", to="fay")
            case "asks" | "speaks apart":
                world.act(events.Consults, "ada", to="fay")
            case "parked":
                world.act(events.Parks, "ada", slot=71)
            case "handed over":
                world.act(events.HandsOver, "ada", to_device="ada-2")
        if moment == "rings back":
            world.act(events.Declines, "fay")
        if moment == "speaks apart":
            world.answer("fay")
            world.connect("fay")
        world.talk("bob", "eve", call=Y)
        self.legs = 0

    def keep(self, kept: str, others: tuple[str, ...]) -> None:
        """Let something be kept of the call, to which all have agreed but the last."""
        for one in others[:-1]:
            self.world.act(events.Agrees, one, on=True)
        if "recording" in kept:
            self.world.act(events.Records, "ada", on=True)
        if "transcript" in kept:
            self.world.act(events.Transcribes, "ada", on=True)
        opened(self.world)
        self.world.passes(1)

    def act(self, kind: Any, pick: int, call: str = X, **fields: Any) -> str:
        """Let somebody who is in a call ask for something, or with 5 anybody."""
        inside = self.world.calls[call].inside
        if pick == 5 or not inside:
            return self.world.act(kind, PEOPLE[pick], call, **fields)
        member = inside[pick % len(inside)]
        return self.world.act(kind, member.account, call, device=member.device, **fields)

    def come(self, kind: Any, pick: int, call: str, **fields: Any) -> str:
        """Let somebody who is asked to come say something, or with 5 anybody."""
        asked = self.world.calls[call].asked
        if pick == 5 or not asked:
            return self.world.act(kind, PEOPLE[pick], call, **fields)
        member = asked[pick % len(asked)]
        device = member.device or f"{member.account}-1"
        return self.world.act(kind, member.account, call, device=device, **fields)

    # People

    @rule(pick=PICK, call=CALL, instance=st.integers(0, 3), word=WORD)
    def answers(self, pick: int, call: str, instance: int, word: Word) -> None:
        fields = {} if instance else {"instance": f"{pick}".rjust(32, "0")}
        self.come(events.Answers, pick, call, word=word, **fields)

    @rule(pick=PICK, call=CALL, why=st.sampled_from(["R_DECLINED", "R_BUSY"]))
    def declines(self, pick: int, call: str, why: str) -> None:
        self.come(events.Declines, pick, call, why=why)

    @rule(pick=PICK, call=CALL, patience=st.integers(0, 2))
    def hangs_up(self, pick: int, call: str, patience: int) -> None:
        if patience == 0:
            self.act(events.HangsUp, pick, call)

    @rule(pick=PICK, call=CALL, on=st.booleans())
    def holds_and_mutes(self, pick: int, call: str, on: bool) -> None:
        self.act(events.Holds, pick, call, on=on)
        self.act(events.Mutes, pick, call, on=not on)

    @rule(pick=PICK, call=CALL, people=st.lists(PERSON, min_size=1, max_size=2))
    def adds(self, pick: int, call: str, people: list[str]) -> None:
        self.act(events.Adds, pick, call, people=tuple(people))

    @rule(pick=PICK, call=CALL, to=PERSON)
    def passes_on(self, pick: int, call: str, to: str) -> None:
        self.act(events.Transfers, pick, call, to=to)

    @rule(pick=PICK, call=CALL, to=PERSON)
    def asks_first(self, pick: int, call: str, to: str) -> None:
        self.act(events.Consults, pick, call, to=to)

    @rule(pick=PICK, call=CALL, joins=st.booleans())
    def ends_asking(self, pick: int, call: str, joins: bool) -> None:
        self.act(events.JoinsConsulted if joins else events.CancelsConsult, pick, call)

    @rule(pick=PICK, call=CALL, slot=st.sampled_from([0, 71, 71]), group=GROUP)
    def parks(self, pick: int, call: str, slot: int, group: str) -> None:
        self.act(events.Parks, pick, call, slot=slot, group=group)

    @rule(who=PERSON, call=CALL, group=GROUP, late=st.integers(0, 3))
    def retrieves(self, who: str, call: str, group: str, late: int) -> None:
        """Take what is parked, now and then as it was judged when it was parked otherwise."""
        judged = {"by": who, "group": group} if late == 0 else {}
        self.world.act(events.Retrieves, who, call, slot=71, **judged)

    @rule(patience=st.integers(0, 2))
    def merges(self, patience: int) -> None:
        """Let bob do so, who is in both calls at first."""
        if patience == 0:
            self.world.act(events.Merges, "bob", other=self.world.calls[Y])

    @rule(pick=PICK, call=CALL)
    def hands_over(self, pick: int, call: str) -> None:
        inside = self.world.calls[call].inside
        for member in inside[pick : pick + 1]:
            other = 3 - int(member.device[-1])
            self.act(events.HandsOver, pick, call, to_device=f"{member.account}-{other}")

    # What is kept

    @rule(pick=PICK, call=CALL, on=st.booleans(), records=st.booleans())
    def keeps_or_stops(self, pick: int, call: str, on: bool, records: bool) -> None:
        self.act(events.Records if records else events.Transcribes, pick, call, on=on)

    @rule(pick=PICK, call=CALL, on=st.booleans())
    def agrees_or_refuses(self, pick: int, call: str, on: bool) -> None:
        self.act(events.Agrees, pick, call, on=on)

    @rule(pick=PICK, call=CALL, on=st.booleans())
    def shows_captions(self, pick: int, call: str, on: bool) -> None:
        self.act(events.ShowsCaptions, pick, call, on=on)

    @rule(call=CALL, late=st.integers(0, 3))
    def a_part_is_open(self, call: str, late: int) -> None:
        """Report it of all that is ordered, now and then of a part before."""
        for _, keeping in self.world.calls[call].kept:
            part = keeping.part - (late == 0)
            self.world.take(events.PartIsOpen(keeping.id, part), call)

    @rule(call=CALL, tap=st.sampled_from(["t1", "t1", "t2", ""]))
    def the_tap_changes(self, call: str, tap: str) -> None:
        self.world.take(events.TapChanged(tap), call)

    @rule(call=CALL, patience=st.integers(0, 2))
    def it_cannot_be_kept(self, call: str, patience: int) -> None:
        for _, keeping in self.world.calls[call].kept if patience == 0 else ():
            self.world.take(events.KeepingFailed(keeping.id, "N_DISK"), call)

    @rule(who=PERSON, call=CALL, what=st.sampled_from(["recording", "transcript", "captions"]))
    def a_policy_forbids(self, who: str, call: str, what: Any) -> None:
        self.world.take(events.KeepingForbidden(who, what), call)

    @rule(pick=PICK, call=CALL, word=WORD, captioned=st.booleans())
    def a_policy_or_setting_changes(
        self, pick: int, call: str, word: Word, captioned: bool
    ) -> None:
        for member in self.world.calls[call].inside[pick : pick + 1]:
            now = replace(word, captioned=captioned)
            self.world.take(events.WordChanged(member.account, member.device, now), call)

    # Bridge and service

    @rule(call=CALL)
    def all_make_a_leg(self, call: str) -> None:
        for member in self.world.calls[call].inside:
            self.legs += 1
            fields = {"device": member.device, "instance": member.instance}
            leg = f"leg {self.legs}"
            self.world.act(events.OffersLeg, member.account, call, leg=leg, **fields)

    @rule(call=CALL, state=st.sampled_from(["connected", "connected", "silent", "closed"]))
    def the_newest_legs_change(self, call: str, state: str) -> None:
        for member in self.world.calls[call].inside:
            for leg in member.legs[-1:]:
                self.world.leg(leg.id, state, call)

    @rule(call=CALL, worker=st.sampled_from(["", "w1", "w2"]))
    def the_worker_changes(self, call: str, worker: str) -> None:
        self.world.take(events.WorkerChanged(worker), call)

    @rule(who=PERSON, call=CALL, gone=st.sampled_from(["", "", "offline", "device", "account"]))
    def somebody_is_gone(self, who: str, call: str, gone: str) -> None:
        match gone:
            case "offline":
                self.world.take(events.Unreachable(who), call)
            case "device":
                self.world.take(events.DeviceGone(who, f"{who}-2"), call)
            case "account":
                self.world.take(events.AccountGone(who), call)

    # Time

    @rule(seconds=st.sampled_from([0.0, 0.2, 5.0, 29.0, 31.0, 61.0, 125.0]))
    def time_passes(self, seconds: float) -> None:
        self.world.passes(seconds)

    @rule(seconds=st.sampled_from([0.5, 45.0, 200.0]), call=CALL)
    def the_service_was_away(self, seconds: float, call: str) -> None:
        self.world.now += seconds
        self.world.take(events.DeadlineReached(), call)

    # What holds

    @invariant()
    def a_leg_is_in_one_room(self) -> None:
        legs = [
            leg
            for call in self.world.calls.values()
            for room in rooms_of(call)
            for seat in room.seats
            for leg in seat.legs
        ]
        assert len(set(legs)) == len(legs)

    def teardown(self) -> None:
        """Let nobody do anything: each call is over, or goes on between people who have sound."""
        if not hasattr(self, "world"):
            return
        self.world.passes(1000)
        for call in (X, Y):
            seen = self.world.calls[call]
            assert next_deadline(seen) is None
            assert (seen.transfer, seen.parked, seen.asked) == (None, None, ()) or consults(seen)
            assert seen.over or {member.state for member in seen.members} == {"talking"}
            assert seen.over or len(seen.members) > 1


def consults(call: Any) -> bool:
    """Tell whether two speak apart, which they may do as long as they like."""
    return call.transfer is not None and call.transfer.asks_first and not call.asked


AnyStandardCalls.TestCase.settings = settings(
    max_examples=40, stateful_step_count=30, deadline=None
)
TestAnyStandardCalls = AnyStandardCalls.TestCase

DRAWN: dict[str, Callable[[Random], object]] = {
    "pick": lambda random: random.randrange(6),
    "call": lambda random: random.choice([X, X, X, Y]),
    "instance": lambda random: random.randrange(4),
    "why": lambda random: random.choice(["R_DECLINED", "R_BUSY"]),
    "patience": lambda random: random.randrange(3),
    "on": lambda random: random.random() < 0.5,
    "joins": lambda random: random.random() < 0.8,
    "people": lambda random: random.sample(PEOPLE, random.choice([1, 1, 2])),
    "who": lambda random: random.choice(PEOPLE),
    "to": lambda random: random.choice(PEOPLE),
    "group": lambda random: random.choice(["", "", "desk"]),
    "slot": lambda random: random.choice([0, 71, 71, 71]),
    "state": lambda random: random.choice(["connected"] * 4 + ["silent", "closed"]),
    "word": lambda random: random.choice([ALLOWS, ALLOWS, ASKS, REFUSES, BY_RULE]),
    "captioned": lambda random: random.random() < 0.5,
    "records": lambda random: random.random() < 0.6,
    "late": lambda random: random.randrange(4),
    "tap": lambda random: random.choice(["t1", "t1", "t2", ""]),
    "what": lambda random: random.choice(["recording", "transcript", "captions"]),
    "worker": lambda random: random.choice(["", "w1", "w2"]),
    "gone": lambda random: random.choice(["", "", "offline", "device", "account"]),
    "seconds": lambda random: random.choice([0.0, 0.2, 0.2, 5.0, 5.0, 29.0, 31.0, 61.0, 125.0]),
}


@pytest.mark.parametrize("seed", range(80))
def test_whatever_people_do_in_a_long_call(seed: int) -> None:
    """The same machine on longer ways, which shrinking tools seldom take."""
    random, machine = Random(seed), AnyStandardCalls()
    begin = {
        "people": random.randint(1, 3),
        "moment": random.choice([*EARLY, *LATE, *LATE]),
        "kept": random.choice(KEPT),
    }
    AnyStandardCalls.begins(machine, **begin)
    rules = [one.function for one in machine.rules]
    for _ in range(60):
        rule_of_step = random.choice(rules)
        names = list(inspect.signature(rule_of_step).parameters)[1:]
        rule_of_step(machine, **{name: DRAWN[name](random) for name in names})
        machine.a_leg_is_in_one_room()
    machine.teardown()
