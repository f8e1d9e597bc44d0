"""Leaving E2EE whatever people press, peers say and the service holds back."""

from collections import deque

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.calls.leaving_side import Side
from tui_call.calls.effects import Effect, LeaveAsked, MayLeave, MicrophoneSilent
from tui_call.calls.events import (
    PersonAgreesToLeave,
    PersonAsksToLeave,
    PersonRefusesToLeave,
    PersonTakesLeaveBack,
)
from tui_call.calls.leaving import ASK_SECONDS, LeaveMessage, LeavingStage
from tui_call.e2ee.control_messages import ControlMessage, LeaveAsk, LeaveNo, LeaveYes

NONCES = st.sampled_from([bytes([number]) * 16 for number in range(4)])
ROOMS = st.sampled_from(["room 7", "room 8"])
CAPABILITIES = st.sampled_from(["add", "record"])
MESSAGES = st.one_of(
    st.builds(LeaveAsk, NONCES, CAPABILITIES, st.just("all")),
    st.builds(LeaveYes, NONCES, ROOMS),
    st.builds(LeaveNo, NONCES),
)
DECISIONS = st.one_of(
    st.builds(PersonAsksToLeave, NONCES, CAPABILITIES, st.just("all")),
    st.builds(PersonTakesLeaveBack),
    st.builds(PersonAgreesToLeave, NONCES, ROOMS),
    st.builds(PersonRefusesToLeave, NONCES),
)


class AnyPeer(RuleBasedStateMachine):
    """One honest side, a person who presses anything, and a peer who says anything."""

    @initialize(is_caller=st.booleans(), allowed=st.sampled_from([True, True, True, False]))
    def begins(self, is_caller: bool, allowed: bool) -> None:
        self.side = Side(is_caller=is_caller, allowed=allowed)
        self.allowed = allowed
        self.confirmed: set[tuple[bytes, str]] = set()  # by the person here
        self.shown: dict[bytes, str] = {}
        self.yes: set[tuple[bytes, str]] = set()  # by the peer
        self.agreed_to: set[str] = set()  # by the person here
        self.left: list[MayLeave] = []
        self.silent = False

    def _see(self, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case MicrophoneSilent(on):
                    assert self.silent != on
                    self.silent = on
                case LeaveAsked(nonce, capability):
                    assert nonce not in self.shown
                    self.shown[nonce] = capability
                case MayLeave():
                    self.left.append(effect)
                case _:
                    pass

    @rule(decision=DECISIONS)
    def the_person_decides(self, decision: object) -> None:
        if isinstance(decision, PersonAsksToLeave):
            self.confirmed.add((decision.nonce, decision.capability))
        if isinstance(decision, PersonAgreesToLeave) and decision.nonce in self.shown:
            self.confirmed.add((decision.nonce, self.shown[decision.nonce]))
            self.agreed_to.add(decision.room)
        self._see(self.side.does(decision))

    @rule(message=MESSAGES)
    def the_peer_speaks(self, message: LeaveMessage) -> None:
        if isinstance(message, LeaveYes):
            self.yes.add((message.nonce, message.room))
        self._see(self.side.hears(message))

    @rule(seconds=st.sampled_from([0.1, 5.0, 11.0, 31.0]))
    def time_passes(self, seconds: float) -> None:
        self._see(self.side.waits(seconds))

    @invariant()
    def leaving_takes_both(self) -> None:
        if not getattr(self, "left", None):
            return
        (left,) = self.left
        assert self.allowed
        assert self.silent
        confirmed = {nonce for nonce, capability in self.confirmed if capability == left.capability}
        assert confirmed & {nonce for nonce, room in self.yes if room == left.room}
        assert left.room == "room 7" or left.room in self.agreed_to

    @invariant()
    def silence_lasts_as_long_as_a_question(self) -> None:
        if hasattr(self, "side"):
            assert self.silent == (self.side.leaving.stage is not LeavingStage.NONE)


class TwoHonest(RuleBasedStateMachine):
    """Two honest sides and a service that lets messages wait; the channel keeps their order."""

    @initialize()
    def begins(self) -> None:
        self.sides = (Side(is_caller=True), Side(is_caller=False))
        self.carried = (0, 0)
        self.left: tuple[list[MayLeave], list[MayLeave]] = ([], [])
        self.questions: tuple[dict[bytes, str], dict[bytes, str]] = ({}, {})
        self.agreed: tuple[set[str], set[str]] = (set(), set())
        self.waiting: tuple[deque[ControlMessage], deque[ControlMessage]] = (deque(), deque())
        self.fresh = 0

    def _see(self, at: int, effects: list[Effect]) -> None:
        side = self.sides[at]
        self.waiting[at].extend(side.said)
        side.said.clear()
        for effect in effects:
            if isinstance(effect, MayLeave):
                self.left[at].append(effect)
            if isinstance(effect, LeaveAsked):
                self.questions[at][effect.nonce] = effect.capability

    @rule(at=st.integers(0, 1), capability=CAPABILITIES)
    def a_person_asks(self, at: int, capability: str) -> None:
        self.fresh += 1
        nonce = self.fresh.to_bytes(16, "big")
        self.agreed[at].add(capability)
        self._see(at, self.sides[at].does(PersonAsksToLeave(nonce, capability, "all")))

    @rule(at=st.integers(0, 1), yes=st.sampled_from([True, True, False]))
    def a_person_answers(self, at: int, yes: bool) -> None:
        for nonce, capability in self.questions[at].items():
            if yes:
                self.agreed[at].add(capability)
                event: object = PersonAgreesToLeave(nonce, "room 7")
            else:
                event = PersonRefusesToLeave(nonce)
            self._see(at, self.sides[at].does(event))

    @rule(at=st.integers(0, 1))
    def a_person_takes_it_back(self, at: int) -> None:
        self._see(at, self.sides[at].does(PersonTakesLeaveBack()))

    @rule(at=st.integers(0, 1), count=st.integers(1, 3))
    def messages_arrive(self, at: int, count: int) -> None:
        for _ in range(min(count, len(self.waiting[at]))):
            message = self.waiting[at].popleft()
            assert isinstance(message, LeaveMessage)
            self._see(1 - at, self.sides[1 - at].hears(message))

    @rule(seconds=st.sampled_from([0.1, 5.0, 11.0, 31.0]))
    def time_passes(self, seconds: float) -> None:
        for at in (0, 1):
            self._see(at, self.sides[at].waits(seconds))

    @invariant()
    def nobody_leaves_for_what_the_other_did_not_agree_to(self) -> None:
        if not hasattr(self, "left"):
            return
        left = [one for ones in self.left for one in ones]
        assert len({(one.capability, one.room) for one in left}) <= 1
        for one in left:
            assert all(one.capability in agreed for agreed in self.agreed)

    def teardown(self) -> None:
        """Let everything arrive: nobody is left waiting, with a silent microphone."""
        if not hasattr(self, "sides"):
            return
        for _ in range(4):
            for at in (0, 1):
                self.messages_arrive(at, 100)
        self.time_passes(ASK_SECONDS)
        stages = {side.leaving.stage for side in self.sides}
        assert stages <= {LeavingStage.NONE, LeavingStage.LEFT}


AnyPeer.TestCase.settings = settings(max_examples=150, stateful_step_count=25, deadline=None)
TwoHonest.TestCase.settings = settings(max_examples=150, stateful_step_count=25, deadline=None)
TestAnyPeer = AnyPeer.TestCase
TestTwoHonest = TwoHonest.TestCase
