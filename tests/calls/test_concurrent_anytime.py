"""Several calls: whatever happens in whatever order."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tests.calls.several_calls import (
    ADA,
    BOB,
    CLEO,
    DAN,
    LAPTOP,
    PHONE,
    agreed,
    invited,
    number,
    over,
    own,
)
from tui_call.calls.concurrent import MOST_ON, MOST_WAITING, SETTLES_AFTER, ConcurrentCalls
from tui_call.calls.concurrent_events import (
    AnswerCall,
    AnswerWanted,
    Attendance,
    CallerProven,
    CallMoved,
    CallPlaced,
    DeclineWanted,
    Effect,
    EndCall,
    EndWanted,
    Event,
    HoldCall,
    HoldWanted,
    OrderRefused,
    SwapWanted,
)


class AnyOrder(RuleBasedStateMachine):
    """Does anything at any time, and lets calls end as the engine would."""

    def __init__(self) -> None:
        super().__init__()
        self.calls = ConcurrentCalls()
        self.begun = 0
        self.alive: set[bytes] = set()
        self.held: dict[bytes, bool] = {}
        self.again: set[bytes] = set()  # of people with whom there was a call already
        self.now = 0.0

    def take(self, event: Event) -> None:
        before = (self.calls.ids, self.calls.heard)
        try:
            effects = self.calls.handle(event, self.now)
        except OrderRefused:
            assert (self.calls.ids, self.calls.heard) == before
            return
        for effect in effects:
            self.carry_out(effect, event)

    def carry_out(self, effect: Effect, event: Event) -> None:
        match effect:
            case EndCall(call_id):
                self.alive.discard(call_id)
                self.take(over(call_id, spoke=False))
            case HoldCall(call_id, on):
                by_swap = isinstance(event, SwapWanted | HoldWanted)
                assert on or by_swap, "nobody resumes by themselves what a person held"
                self.held[call_id] = on
            case AnswerCall(call_id):
                assert call_id in self.calls.ids
            case _:
                pass

    def some_call(self, choice: int) -> bytes:
        return number(choice % (self.begun + 2))

    @rule(account=st.sampled_from((ADA, BOB, CLEO)))
    def place(self, account: str) -> None:
        self.begun += 1
        self.alive.add(number(self.begun))
        self.take(CallPlaced(number(self.begun), account))

    @rule(
        account=st.sampled_from((ADA, BOB, CLEO, DAN)),
        device=st.sampled_from((LAPTOP, PHONE)),
        attendance=st.sampled_from(Attendance),
        crosses=st.booleans(),
        late=st.booleans(),
    )
    def come(
        self, account: str, device: bytes, attendance: Attendance, crosses: bool, late: bool
    ) -> None:
        self.begun += 1
        call_id = number(self.begun) if late else bytes([255]) + number(self.begun)[1:]
        self.alive.add(call_id)
        on, before = {call.id for call in self.calls.on}, set(self.calls.ids)
        rivals = [
            own(one, account) if crosses and one in on else agreed(one, account)
            for one in self.calls.with_account(account)
        ]
        self.take(CallerProven(invited(call_id, account, device), tuple(rivals), attendance))
        if (before - set(self.calls.ids)) & (on | self.again):
            self.again.add(call_id)

    @rule(choice=st.none() | st.integers(0, 20), end=st.booleans())
    def answer(self, choice: int | None, end: bool) -> None:
        self.take(AnswerWanted(None if choice is None else self.some_call(choice), end))

    @rule(choice=st.none() | st.integers(0, 20), order=st.sampled_from((DeclineWanted, EndWanted)))
    def end(self, choice: int | None, order: type[DeclineWanted | EndWanted]) -> None:
        self.take(order(None if choice is None else self.some_call(choice)))

    @rule(choice=st.none() | st.integers(0, 20))
    def swap(self, choice: int | None) -> None:
        self.take(SwapWanted(None if choice is None else self.some_call(choice)))

    @rule(choice=st.none() | st.integers(0, 20), on=st.sampled_from((None, False, True)))
    def hold(self, choice: int | None, on: bool | None) -> None:
        self.take(HoldWanted(None if choice is None else self.some_call(choice), on))

    @rule(choice=st.integers(0, 20), spoke=st.booleans())
    def ends(self, choice: int, spoke: bool) -> None:
        self.alive.discard(self.some_call(choice))
        self.take(over(self.some_call(choice), spoke=spoke))

    @rule(choice=st.integers(0, 20), account=st.sampled_from((ADA, BOB, CLEO)))
    def moves(self, choice: int, account: str) -> None:
        if self.calls.on:
            moved = self.calls.on[choice % len(self.calls.on)].id
            self.begun += 1
            self.alive ^= {moved, number(self.begun)}
            self.held[number(self.begun)] = self.held.pop(moved, False)
            self.take(CallMoved(moved, number(self.begun), account))

    @rule()
    def time_passes(self) -> None:
        self.now += SETTLES_AFTER

    @invariant()
    def at_most_one_is_heard_and_all_others_are_held(self) -> None:
        assert all(call.held for call in self.calls.on[1:])
        assert self.calls.heard in (None, self.calls.front)
        assert all(call.held == self.held.get(call.id, False) for call in self.calls.on)

    @invariant()
    def what_is_over_is_nowhere_and_nothing_is_twice(self) -> None:
        ids = self.calls.ids
        assert set(ids) <= self.alive
        assert len(set(ids)) == len(ids)
        assert len(self.calls.on) <= MOST_ON
        assert len(set(self.calls.waiting) - self.again) <= MOST_WAITING


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(max_examples=100, stateful_step_count=30, deadline=None)
