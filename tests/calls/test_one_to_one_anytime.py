"""Calls over a service that loses, repeats and reorders, with people who press keys at any time.

The referee of `two_devices` watches every step; here stands what must hold of both ends together.
"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
)

from tests.calls.two_devices import PIN_OF_ADA, PIN_OF_BOB, Device, Weather, World
from tests.e2ee import handshake_reference as reference
from tests.e2ee.machines import BOB, FALSE_BOB, flipped, local
from tui_call.calls.effects import KeyChanged, LeaveAsked
from tui_call.calls.events import (
    CodesCompared,
    HoldChanged,
    MuteChanged,
    NoteWritten,
    PersonAgreesToLeave,
    PersonAnswers,
    PersonAsksToLeave,
    PersonHangsUp,
    PersonTakesLeaveBack,
    TransportFailed,
    Undeliverable,
)
from tui_call.calls.rules import CallRules
from tui_call.calls.states import State
from tui_call.e2ee.messages import MessageType, encode_abort, peek
from tui_call.reasons import EndReason

LOSSY = Weather(loss=0.3, duplication=0.3, delay=(0.01, 1.0))


def same_keys(world: World) -> bool:
    """Tell whether both ends hold the keys of one session, each the other's."""
    caller, callee = world.caller.machine, world.callee.machine
    if caller.keys is None or callee.keys is None:
        return False
    return caller.code == callee.code and caller.keys == callee.keys[::-1]


@pytest.mark.parametrize("seed", range(40))
def test_a_service_that_loses_and_reorders_makes_calls_slower_and_no_different(seed: int) -> None:
    world = World(seed, weather=LOSSY)
    world.caller.start()
    world.until_callee(State.RINGING)
    world.run(seed % 5)
    world.callee.handle(PersonAnswers())
    assert world.run_until(lambda: {d.state for d in world.devices} == {State.SECURE}, 20)
    assert same_keys(world)
    for number in range(5):
        world.caller.handle(NoteWritten(str(number)))
    assert world.run_until(lambda: len(world.callee.notes) == 5)

    assert world.callee.notes == ["0", "1", "2", "3", "4"]


@pytest.mark.parametrize("seed", range(40))
def test_whoever_hangs_up_whenever_both_end_once(seed: int) -> None:
    world = World(seed, weather=LOSSY)
    world.caller.start()
    world.run(seed / 20)
    if len(world.devices) == 2:
        world.callee.handle(PersonAnswers())
    world.run(seed / 40)
    leaver = world.devices[seed % len(world.devices)]
    leaver.hang_up()
    world.run(120)

    assert all(device.ended is not None for device in world.devices)


DEVICES = st.sampled_from(["caller", "callee"])
REASONS = st.sampled_from(
    [
        EndReason.HUNG_UP,
        EndReason.DECLINED,
        EndReason.BUSY,
        EndReason.DO_NOT_DISTURB,
        EndReason.CODES_DIFFER,
        EndReason.ENGINE_STOPPED,
    ]
)


class AnyCall(RuleBasedStateMachine):
    """A call in which anything happens at any time."""

    @initialize(
        seed=st.integers(0, 2**16),
        moment=st.sampled_from(["invite", "ringing", "talking", "talking"]),
        keys=st.sampled_from(["known", "known", "first call", "first call", "changed"]),
        gathers_in=st.sampled_from([0.0, 0.2, 3.0]),
        rules=st.builds(CallRules, st.sampled_from([False, False, True]), st.booleans()),
    )
    def begins(
        self, seed: int, moment: str, keys: str, gathers_in: float, rules: CallRules
    ) -> None:
        """Let a call get so far undisturbed; with a changed key it gets nowhere."""
        pins = (None, None) if keys == "first call" else (PIN_OF_BOB, PIN_OF_ADA)
        callee = local(FALSE_BOB) if keys == "changed" else BOB
        world = self.world = World(
            seed,
            caller_knows=pins[0],
            callee_knows=pins[1],
            callee=callee,
            caller_rules=rules,
            callee_rules=CallRules(may_leave=True),
        )
        self.rules, self.agreed, self.nonces = rules, set[str](), 0
        world.caller.gathers_in = gathers_in
        match "invite" if keys == "changed" else moment:
            case "ringing":
                world.ring()
            case "talking":
                world.talk()
            case _:
                world.caller.start()

    def device(self, side: str) -> Device:
        """Return a side's device; the caller's while no invite has reached the callee's."""
        return self.world.devices[-1] if side == "callee" else self.world.caller

    # Time and weather

    @rule(seconds=st.sampled_from([0.01, 0.05, 0.1, 0.5, 1.0, 2.5]))
    def a_moment_passes(self, seconds: float) -> None:
        self.world.run(seconds)

    @rule(seconds=st.sampled_from([4.9, 7.0, 19.9, 45.0]))
    def much_time_passes(self, seconds: float) -> None:
        self.world.run(seconds)

    @rule(
        loss=st.sampled_from([0.0, 0.0, 0.3, 0.8, 1.0]),
        duplication=st.sampled_from([0.0, 0.5]),
        longest=st.sampled_from([0.02, 0.5, 3.0]),
    )
    def the_weather_changes(self, loss: float, duplication: float, longest: float) -> None:
        self.world.weather = Weather(loss, duplication, (0.01, longest))

    @rule(works=st.booleans(), one_way=st.booleans())
    def the_path_changes(self, works: bool, one_way: bool) -> None:
        self.world.path_works, self.world.one_way = works, one_way

    # People

    @rule()
    def person_answers(self) -> None:
        self.device("callee").handle(PersonAnswers())

    @rule(side=DEVICES, reason=REASONS, patience=st.integers(0, 4))
    def person_hangs_up(self, side: str, reason: EndReason, patience: int) -> None:
        """Hang up now and then; calls that are over are all alike."""
        if patience == 0:
            self.device(side).handle(PersonHangsUp(reason))

    @rule(side=DEVICES, on=st.booleans())
    def person_mutes_and_holds(self, side: str, on: bool) -> None:
        self.device(side).handle(MuteChanged(on))
        self.device(side).handle(HoldChanged(not on))

    @rule(side=DEVICES, text=st.text(max_size=500))
    def person_writes(self, side: str, text: str) -> None:
        text = text.encode("utf-8", "ignore").decode()
        self.device(side).handle(NoteWritten(text))

    @rule(side=DEVICES, on=st.booleans())
    def person_compares(self, side: str, on: bool) -> None:
        self.device(side).handle(CodesCompared(on))

    @rule(side=DEVICES)
    def person_asks_to_leave(self, side: str) -> None:
        self.nonces += 1
        self.agreed.add(side)
        nonce = self.nonces.to_bytes(16, "big")
        self.device(side).handle(PersonAsksToLeave(nonce, "add", "the bridge"))

    @rule(side=DEVICES)
    def person_agrees_to_leave(self, side: str) -> None:
        asked = [one for one in self.device(side).effects if isinstance(one, LeaveAsked)]
        for one in asked[-1:]:
            self.agreed.add(side)
            self.device(side).handle(PersonAgreesToLeave(one.nonce, "room 7"))

    @rule(side=DEVICES)
    def person_takes_it_back(self, side: str) -> None:
        self.device(side).handle(PersonTakesLeaveBack())

    @rule(side=DEVICES)
    def the_transport_fails(self, side: str) -> None:
        device = self.device(side)
        if device.machine.state in (State.ANSWERING, State.CONNECTING):
            device.handle(TransportFailed())

    # The service lies

    @rule(side=DEVICES, choice=st.integers(0, 10**6))
    def something_is_replayed(self, side: str, choice: int) -> None:
        carried = self.world.carried
        self.world.inject(self.device(side), carried[choice % len(carried)])

    @rule(side=DEVICES, choice=st.integers(0, 10**6), position=st.integers(0, 10**6))
    def something_is_altered(self, side: str, choice: int, position: int) -> None:
        """Alter a message; not M2 and M3, which a service can use to end the leg at once."""
        payload = self.world.carried[choice % len(self.world.carried)]
        if peek(payload).type not in (MessageType.M2, MessageType.M3):
            self.world.inject(self.device(side), flipped(payload, position % len(payload)))

    @rule(side=DEVICES)
    def the_service_says_offline(self, side: str) -> None:
        if self.device(side).machine.state is not State.WAIT_RESPOND:
            self.device(side).handle(Undeliverable())

    @rule(side=DEVICES)
    def an_abort_is_forged(self, side: str) -> None:
        """Forge an ABORT, too late; an earlier one ends the leg."""
        if self.device(side).machine.session is not None:
            self.world.inject(self.device(side), encode_abort(reference.CALL_ID, reference.LEG))

    # What holds

    @invariant()
    def keys_are_the_same_or_not_yet(self) -> None:
        world = self.world
        if len(world.devices) == 2 and all(d.machine.session for d in world.devices):
            assert same_keys(world)

    @invariant()
    def nothing_rings_or_connects_for_a_changed_key(self) -> None:
        for device in self.world.devices:
            if device.saw(KeyChanged):
                assert device.machine.session is None
                assert device.referee.rang == 0
                assert device.ended is not None

    @invariant()
    def notes_are_those_that_were_written_in_order(self) -> None:
        for writer, reader in (("caller", "callee"), ("callee", "caller")):
            if len(self.world.devices) == 2:
                written = self.device(writer).notes_written
                assert self.device(reader).notes == written[: len(self.device(reader).notes)]

    @invariant()
    def nobody_leaves_e2ee_unless_both_agreed(self) -> None:
        if any(device.referee.left for device in self.world.devices):
            assert self.rules.may_leave
            assert self.agreed == {"caller", "callee"}

    def teardown(self) -> None:
        """Bring fair weather, and let it come to rest: both are over, or both talk."""
        if not hasattr(self, "world"):
            return
        world = self.world
        world.weather, world.path_works, world.one_way = Weather(), True, False
        world.run(130)
        states = {device.machine.state for device in world.devices}
        assert states in ({State.ENDED}, {State.SECURE})
        if states == {State.SECURE}:
            assert same_keys(world)


AnyCall.TestCase.settings = settings(
    max_examples=60,
    stateful_step_count=25,
    deadline=None,
)
TestAnyCall = AnyCall.TestCase


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_arbitrary_bytes_do_nothing(data: st.DataObject) -> None:
    world = World().ring()
    header = peek(world.caller.sent[0]).encode()
    before = [len(device.sent) for device in world.devices]
    for _ in range(5):
        payload = data.draw(st.binary(max_size=400))
        framed = data.draw(st.sampled_from([payload, header[:1] + payload, header + payload]))
        for device in world.devices:
            world.inject(device, framed)

    assert [len(device.sent) for device in world.devices] == before
    assert (world.caller.state, world.callee.state) == (State.WAIT_ANSWER, State.RINGING)
