"""Two people who call each other, over a service that loses, repeats and reorders.

Each call is a `World` of real machines; what an engine does about the two of them, it does by
`tui_call.calls.rivals`, and so do the two people here.
"""

from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.calls.two_devices import PIN_OF_ADA, PIN_OF_BOB, Device, Weather, World
from tests.e2ee.machines import ADA, BOB, WALL
from tests.support.virtual_time import VirtualTime
from tui_call.calls.acknowledged import Envelope
from tui_call.calls.events import PersonAnswers, PersonHangsUp
from tui_call.calls.rivals import (
    CallOn,
    Invited,
    OnInvite,
    OnProof,
    has_forgotten,
    on_invite,
    on_proof,
)
from tui_call.calls.states import State
from tui_call.e2ee.credentials import LocalIdentity
from tui_call.e2ee.messages import encode_abort
from tui_call.reasons import EndReason

LOW, HIGH = b"\x10" * 16, b"\x90" * 16
AGREED = (State.CONNECTING, State.SECURE)


@dataclass
class Person:
    """One end of both calls: the own one, and the other's.

    Attributes:
        own: the call that is placed here.
        other: the one that is placed there.
        placed: the own call was begun.
        taken: the other's call is the one that this person has.
        waiting: the other's call was to be given up for the own one.
    """

    own: "CrossingWorld"
    other: "CrossingWorld"
    placed: bool = False
    taken: bool = False
    waiting: bool = False
    forgot: bool = False
    begun: int = 0
    order_of_own: int = 0
    order_of_other: int = 0
    answered: list[str] = field(default_factory=list)

    def place(self) -> None:
        """Call, unless there is a call already."""
        if not self.placed and self.on is None:
            self.placed = True
            self.order_of_own = self.begun = self.begun + 1
            self.own.caller.start()

    @property
    def on(self) -> CallOn | None:
        own = self.own.caller
        if self.taken and self.other.callee.ended is None:
            return self.fact(self.other, self.other.callee, outgoing=False)
        if self.placed and own.ended is None:
            return self.fact(self.own, own, outgoing=True)
        return None

    def fact(self, world: "CrossingWorld", device: Device, *, outgoing: bool) -> CallOn:
        agreed = device.state in AGREED
        there = agreed or not outgoing or bool(device.referee.rang)
        return CallOn(
            call_id=world.call_id,
            account=device.peer.account_id,
            outgoing=outgoing,
            agreed=agreed,
            identity_key=device.machine.peer.identity_key if device.machine.peer else b"",
            pinned_before=True,
            devices=frozenset({device.peer.device_id} if there else ()),
            path_lost=False,
            order=self.order_of_own if outgoing else self.order_of_other,
        )

    def invited(self) -> OnInvite:
        """Decide about the other's invite."""
        caller = self.other.caller.own
        invited = Invited(self.other.call_id, caller.account_id, caller.device_id)
        self.forgot = has_forgotten(self.on, invited)
        verdict = on_invite(self.on, invited)
        self.order_of_other = self.begun = self.begun + 1
        if verdict is OnInvite.END_BOTH:
            self.own.caller.hang_up(EndReason.HANDSHAKE_FAILED)
        return verdict

    def proven(self) -> None:
        """Decide about the other's call, which rings."""
        callee = self.other.callee
        peer = callee.machine.peer
        assert peer is not None
        invited = Invited(
            self.other.call_id, peer.account_id, peer.device_id, peer.identity_key,
            pinned_before=True, forgot=self.forgot, order=self.order_of_other,
        )  # fmt: skip
        verdict = on_proof(self.on, invited) if self.on else OnProof.RING
        self.answered.append(verdict.name)
        self.waiting = verdict is OnProof.WAIT
        match verdict:
            case OnProof.BESIDE | OnProof.BUSY:
                callee.hang_up(EndReason.BUSY)
            case OnProof.WAIT:
                pass
            case OnProof.RING | OnProof.ANSWER:
                if self.placed and self.own.caller.ended is None:
                    self.own.caller.handle(PersonHangsUp(EndReason.TAKEN))
                self.taken = True
                if verdict is OnProof.ANSWER:
                    callee.handle(PersonAnswers())

    def look_around(self) -> None:
        """Do after each step what an engine does after each effect."""
        if len(self.other.devices) < 2 or self.other.callee.state is not State.RINGING:
            return
        fresh = not self.answered
        again = self.waiting and self.own.caller.ended is not None
        if fresh or again:
            self.proven()


class CrossingWorld(World):
    """One of the two calls; its callee may have reason not to answer the invite."""

    callee_person: Person

    def __init__(
        self,
        caller: LocalIdentity,
        callee: LocalIdentity,
        call_id: bytes,
        seed: int,
        loss: float,
        time: VirtualTime,
    ) -> None:
        pins = (PIN_OF_BOB, PIN_OF_ADA) if caller is ADA else (PIN_OF_ADA, PIN_OF_BOB)
        weather = Weather(loss=loss, duplication=loss, delay=(0.01, 1.0 if loss else 0.05))
        super().__init__(
            seed,
            weather=weather,
            caller_knows=pins[0],
            callee_knows=pins[1],
            caller=caller,
            callee=callee,
            call_id=call_id,
            time=time,
        )

    def _invited(self, envelope: Envelope) -> None:
        verdict = self.callee_person.invited()
        if verdict is OnInvite.ANSWER:
            super()._invited(envelope)
            return
        self._by_chance(lambda: self.caller.acknowledged(envelope))
        if verdict is OnInvite.END_BOTH:
            abort = encode_abort(self.call_id, 2)
            self._by_chance(lambda: self.inject(self.caller, abort))


class Crossing:
    """Both calls and both people, in one time."""

    def __init__(self, ids: tuple[bytes, bytes], *, seed: int = 0, loss: float = 0.0) -> None:
        self.time = VirtualTime(WALL)
        ours = CrossingWorld(ADA, BOB, ids[0], seed, loss, self.time)
        theirs = CrossingWorld(BOB, ADA, ids[1], seed + 1, loss, self.time)
        self.worlds = (ours, theirs)
        self.ada, self.ben = Person(ours, theirs), Person(theirs, ours)
        ours.callee_person, theirs.callee_person = self.ben, self.ada

    def run(self, seconds: float) -> None:
        self.time.run_until(self._look_around, seconds)

    def _look_around(self) -> bool:
        self.ada.look_around()
        self.ben.look_around()
        return False

    @property
    def talking(self) -> list[bytes]:
        """The calls that are secure at both ends."""
        return [
            world.call_id
            for world in self.worlds
            if {device.state for device in world.devices} == {State.SECURE}
        ]


@pytest.mark.parametrize("ids", [(LOW, HIGH), (HIGH, LOW)])
@pytest.mark.parametrize("gap", [0.0, 0.02, 0.1, 0.3])
def test_who_call_each_other_at_once_are_joined_in_the_lower_call(
    ids: tuple[bytes, bytes], gap: float
) -> None:
    crossing = Crossing(ids)
    crossing.ada.place()
    crossing.run(gap)
    crossing.ben.place()
    crossing.run(10)

    if crossing.ben.placed:
        assert crossing.talking == [LOW]
        others = [world for world in crossing.worlds if world.call_id == HIGH]
        assert all(device.ended for world in others for device in world.devices)
    else:
        assert crossing.ben.answered == ["RING"]


def test_under_one_id_both_end() -> None:
    crossing = Crossing((LOW, LOW))
    crossing.ada.place()
    crossing.ben.place()
    crossing.run(10)

    ends = [world.caller.ended for world in crossing.worlds]
    assert [end.reason for end in ends if end] == [EndReason.HANDSHAKE_FAILED] * 2


@settings(max_examples=60, deadline=None)
@given(
    ids=st.sampled_from([(LOW, HIGH), (HIGH, LOW)]),
    gap=st.floats(0, 4),
    seed=st.integers(0, 2**16),
    loss=st.sampled_from([0.0, 0.3]),
)
def test_over_any_service_they_are_joined_or_one_rings(
    ids: tuple[bytes, bytes], gap: float, seed: int, loss: float
) -> None:
    crossing = Crossing(ids, seed=seed, loss=loss)
    crossing.ada.place()
    crossing.run(gap)
    crossing.ben.place()
    crossing.run(30)

    people = (crossing.ada, crossing.ben)
    rings = [one for one in people if one.taken and one.other.callee.state is State.RINGING]
    assert len(crossing.talking) + len(rings) == 1
    assert not any("BUSY" in one.answered for one in people)
    kept = crossing.talking or [rings[0].other.call_id]
    for world in crossing.worlds:
        if world.call_id not in kept and world.callee_person is not None:
            began = world.caller.sent != []
            assert not began or world.caller.ended is not None
