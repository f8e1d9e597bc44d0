"""A call to several devices of one person, in virtual time: a `World` a leg, one caller over all.

The caller's devices of the worlds are the legs of one `PlacedCall`; what happens to one of them is
judged by it, as the engine does it. Each leg has its own service, and so its own weather.
"""

from collections.abc import Callable, Sequence

from tests.calls.two_devices import PIN_OF_ADA, PIN_OF_BOB, Device, Weather, World
from tests.e2ee import handshake_reference as reference
from tests.e2ee.machines import ADA, local
from tui_call.calls.effects import Effect, Ended
from tui_call.calls.events import Event, PersonAnswers, PersonHangsUp
from tui_call.calls.one_to_one import CallRules, KnownPeer
from tui_call.calls.placed_call import LegEffect, PlacedCall, PlacedEffect
from tui_call.calls.states import State
from tui_call.e2ee.credentials import LocalIdentity
from tui_call.e2ee.messages import RefusalReason
from tui_call.reasons import EndReason


def device_of_bob(number: int, *, epoch: int = 7, identity_seed: bytes = b"") -> LocalIdentity:
    """Return one of Bob's devices: the same identity key, its own device key, unless told."""
    person = reference.Person(
        reference.BOB.account,
        bytes([0xB0 + number] * 16),
        identity_seed or reference.BOB.identity_seed,
        bytes([0xD0 + number] * 32),
    )
    return local(person, person.credential(epoch=epoch))


class CallerLeg(Device):
    """The caller's end of one leg: its machine is fed through the call."""

    world: "LegWorld"

    def start(self) -> None:
        raise AssertionError("the call is started as a whole")

    def handle(self, event: Event) -> list[Effect]:
        return self.world.devices_of_call.feed(self.world.number, event)

    def carry_out(self, effects: list[Effect]) -> None:
        self._do(effects)


class LegWorld(World):
    """One leg: the caller, one device of the person called, and the service between them."""

    def __init__(
        self,
        whole: "SeveralDevices",
        number: int,
        callee: LocalIdentity,
        *,
        seed: int,
        weather: Weather,
        caller_knows: KnownPeer | None,
        refuses: RefusalReason | None,
        rules: CallRules,
    ) -> None:
        super().__init__(
            seed + number,
            weather=weather,
            caller_knows=caller_knows,
            callee_knows=PIN_OF_ADA,
            callee=callee,
            refuses=refuses,
            leg=number,
            caller_rules=rules,
        )
        self.devices_of_call = whole
        self.number = number
        self.caller = CallerLeg(self, self.caller.machine, ADA, callee)


class SeveralDevices:
    """One call with its legs.

    Attributes:
        worlds: one a leg.
        ended: how the call ended for the caller, None while it is on.
        rang: how often the caller's ringing tone began.
    """

    def __init__(
        self,
        callees: Sequence[LocalIdentity],
        *,
        seed: int = 0,
        weather: Sequence[Weather] = (),
        refusals: Sequence[RefusalReason | None] = (),
        caller_knows: KnownPeer | None = PIN_OF_BOB,
        rules: CallRules | None = None,
    ) -> None:
        self.worlds = [
            LegWorld(
                self,
                number,
                callee,
                seed=10 * seed,
                weather=weather[number] if weather else Weather(),
                caller_knows=caller_knows,
                rules=rules or CallRules(),
                refuses=refusals[number] if refusals else None,
            )
            for number, callee in enumerate(callees)
        ]
        self.placed = PlacedCall({world.number: world.caller.machine for world in self.worlds})
        self.ended: Ended | None = None
        self.now = 0.0

    @property
    def rang(self) -> int:
        return sum(world.caller.referee.rang for world in self.worlds)

    def start(self) -> "SeveralDevices":
        self._do(self.placed.start(self.now))
        return self

    def feed(self, number: int, event: Event) -> list[Effect]:
        return self._do(self.placed.handle(number, event, self.now))

    def hang_up(self, reason: EndReason = EndReason.HUNG_UP) -> None:
        self.feed(self.placed.foremost, PersonHangsUp(reason))

    def _do(self, effects: list[PlacedEffect]) -> list[Effect]:
        """Carry out what each leg wants, together, as its referee expects."""
        of_legs: dict[int, list[Effect]] = {}
        ended = [effect for effect in effects if isinstance(effect, Ended)]
        for effect in effects:
            if isinstance(effect, LegEffect):
                of_legs.setdefault(effect.leg, []).append(effect.effect)
        if ended:
            assert self.ended is None
            [self.ended] = ended
        for number, own in of_legs.items():
            caller = self.worlds[number].caller
            assert isinstance(caller, CallerLeg)
            caller.carry_out(own)
        return [effect for own in of_legs.values() for effect in own]

    # Time

    def run(self, seconds: float) -> None:
        self.run_until(lambda: False, seconds)

    def run_until(self, reached: Callable[[], bool], seconds: float = 100.0) -> bool:
        end = self.now + seconds
        while not reached():
            at = min(world.next_event() for world in self.worlds)
            self._move_to(min(max(at, self.now), end))
            if at > end:
                return False
            for world in self.worlds:
                world.step()
        return True

    def _move_to(self, now: float) -> None:
        self.now = now
        for world in self.worlds:
            world.now = now

    # Usual courses

    def ring(self) -> "SeveralDevices":
        """Call until it rings at every device."""
        self.start()
        assert self.run_until(lambda: all(is_at(world, State.RINGING) for world in self.worlds))
        assert self.run_until(lambda: self.rang == 1)
        return self

    def answer(self, number: int) -> None:
        self.worlds[number].callee.handle(PersonAnswers())

    def talk(self, number: int) -> "SeveralDevices":
        """Answer on one device, until both ends are secure."""
        self.answer(number)
        world = self.worlds[number]
        assert self.run_until(lambda: {d.state for d in world.devices} == {State.SECURE}, 20)
        return self


def is_at(world: World, state: State) -> bool:
    """Tell whether the device that is called stands at a state; it may not know of the call."""
    return len(world.devices) == 2 and world.callee.state is state
