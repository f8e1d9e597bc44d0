"""Two devices in one call, in virtual time: real machines, real keys, a service that misbehaves.

`World` carries messages between a caller's and a callee's device through a service that loses,
repeats, delays and reorders them by a seeded chance. In a `Device` the product's runner owns the
call, over paths and a postbox of the world. A `Referee` watches every step of each machine.
"""

import math
import random
from collections.abc import Callable
from dataclasses import dataclass

from tests.calls.device import ANSWER as ANSWER
from tests.calls.device import BAD_DESCRIPTION as BAD_DESCRIPTION
from tests.calls.device import CONNECTING_SECONDS, Device, WatchedCall
from tests.calls.device import FRAME_SECONDS as FRAME_SECONDS
from tests.calls.device import OFFER as OFFER
from tests.e2ee import handshake_reference as reference
from tests.e2ee.machines import ADA, BOB, WALL
from tests.support.virtual_time import VirtualTime
from tui_call.calls.acknowledged import Envelope
from tui_call.calls.effects import Ended
from tui_call.calls.events import AddressesChanged, PersonAnswers, Undeliverable
from tui_call.calls.introduction import KnownPeer
from tui_call.calls.rules import CallRules
from tui_call.calls.states import CALLEE_STATES, CALLER_STATES, State
from tui_call.e2ee.credentials import LocalIdentity
from tui_call.e2ee.entropy import system_encapsulate
from tui_call.e2ee.handshake import CalleeHandshake, CallerHandshake, refuse
from tui_call.e2ee.messages import MessageType, RefusalReason, peek

LOGIN_SECONDS = 0.1
"""From new addresses until the service is reached from there."""

PIN_OF_ADA = KnownPeer(ADA.credential.identity_key, ADA.credential.epoch)
PIN_OF_BOB = KnownPeer(BOB.credential.identity_key, BOB.credential.epoch)


class SeededEntropy:
    """Randomness of a handshake that is the same in each run, but for the encapsulation."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed).randbytes
        self.encapsulate = system_encapsulate


@dataclass
class Weather:
    """How the service treats messages.

    Attributes:
        loss: share of messages that do not arrive.
        duplication: share of messages that arrive twice.
        delay: shortest and longest way, in seconds; what comes of it overtakes.
        loses: tells of a payload whether the service withholds it, whatever the chance.
    """

    loss: float = 0.0
    duplication: float = 0.0
    delay: tuple[float, float] = (0.02, 0.02)
    loses: Callable[[bytes], bool] | None = None


class World:
    """Two devices, the service between them, the path beside it, and the time."""

    make_device = Device

    def __init__(
        self,
        seed: int = 0,
        *,
        weather: Weather | None = None,
        caller_knows: KnownPeer | None = PIN_OF_BOB,
        callee_knows: KnownPeer | None = PIN_OF_ADA,
        caller: LocalIdentity = ADA,
        callee: LocalIdentity = BOB,
        refuses: RefusalReason | None = None,
        leg: int = reference.LEG,
        caller_rules: CallRules | None = None,
        callee_rules: CallRules | None = None,
        call_id: bytes = reference.CALL_ID,
        time: VirtualTime | None = None,
    ) -> None:
        self.time = time or VirtualTime(WALL)
        self.weather = weather or Weather()
        self.path_works = True
        self.working_paths = {0}
        self.one_way = False
        self.carries: Callable[[Device, int], bool] = lambda sender, path: True  # noqa: ARG005
        self.callee_online = True
        self.carried: list[bytes] = []
        self._chance = random.Random(seed)
        self._path_open_at = math.inf
        self._identities = caller, callee
        self._callee_knows = callee_knows
        self._refuses = refuses
        self._callee_rules = callee_rules or CallRules()
        self._seed = seed
        self.call_id = call_id
        machine = WatchedCall(self._handshake(leg), caller_knows, caller_rules or CallRules())
        self.caller = self.make_device(self, machine, caller, callee)
        self._callee: Device | None = None

    def _handshake(self, leg: int) -> CallerHandshake:
        caller, callee = self._identities
        return CallerHandshake(
            caller,
            to_account=callee.credential.account_id,
            to_device=callee.credential.device_id,
            call_id=self.call_id,
            leg=leg,
            entropy=SeededEntropy(self._seed),
        )

    @property
    def callee(self) -> Device:
        """The callee's device; it knows of the call once M1 arrived."""
        assert self._callee is not None
        return self._callee

    @property
    def devices(self) -> list[Device]:
        return [self.caller] if self._callee is None else [self.caller, self._callee]

    # The service

    def carry(self, sender: Device, envelope: Envelope) -> None:
        self.carried.append(envelope.payload)
        if not sender.networks:
            return
        if sender is self.caller and not self.callee_online:
            self.after(0.02, lambda: sender.handle(Undeliverable()))
        elif self.weather.loses is None or not self.weather.loses(envelope.payload):
            self._by_chance(lambda: self._deliver(sender, envelope))

    def acknowledge(self, receiver: Device, envelope: Envelope) -> None:
        for sender in self.devices:
            if sender is not receiver:
                self._by_chance(lambda sender=sender: sender.acknowledged(envelope))

    def inject(self, receiver: Device, payload: bytes) -> None:
        """Let a payload arrive now that nobody sent, or that was sent before."""
        receiver.takes(payload)

    def _by_chance(self, deliver: Callable[[], None]) -> None:
        copies = 1 + (self._chance.random() < self.weather.duplication)
        for _ in range(copies):
            if self._chance.random() >= self.weather.loss:
                self.after(self._chance.uniform(*self.weather.delay), deliver)

    def _deliver(self, sender: Device, envelope: Envelope) -> None:
        if any(not device.networks for device in self.devices if device is not sender):
            return
        if sender is not self.caller:
            self.caller.arrived(envelope)
        elif self._callee is not None:
            self._callee.arrived(envelope)
        elif peek(envelope.payload).type is MessageType.M1:
            self._invited(envelope)
        else:
            self._by_chance(lambda: sender.acknowledged(envelope))

    def _invited(self, envelope: Envelope) -> None:
        caller, callee = self._identities
        if self._refuses is not None:
            refusal = refuse(callee, envelope.payload, self._refuses)
            self.after(0.02, lambda: self.inject(self.caller, refusal))
            return
        handshake = CalleeHandshake.respond(callee, envelope.payload, SeededEntropy(self._seed + 1))
        machine = WatchedCall(handshake, self._callee_knows, self._callee_rules)
        self._callee = self.make_device(self, machine, callee, caller)
        self.acknowledge(self._callee, envelope)
        self._callee.start()

    # The path

    def open_path(self) -> None:
        self._path_open_at = self.now + CONNECTING_SECONDS

    def open_further_path(self, path: int) -> None:
        """Connect a further path at both ends, after the time that this takes."""

        def connected() -> None:
            if all(device.reaches(path) for device in self.devices):
                self.working_paths.add(path)
                for device in self.devices:
                    device.paths.add(path)

        self.after(CONNECTING_SECONDS, connected)

    def carry_frame(self, sender: Device, packet: bytes, path: int) -> None:
        works = self.path_works and not (self.one_way and sender is self.callee)
        works = works and self.carries(sender, path)
        if works and path in self.working_paths and self.now >= self._path_open_at:
            receiver = self.callee if sender is self.caller else self.caller
            if sender.reaches(path) and receiver.reaches(path):
                # A frame comes a little later on a path that began later.
                self.after(0.02 + 0.001 * path, lambda: receiver.frame_arrived(packet, path))

    def move(self, device: Device, *networks: str, notices: bool = True) -> None:
        """Put a device into other networks; it may notice, and then finds the service again."""
        device.networks = networks
        if not notices:
            return
        device.handle(AddressesChanged())
        if networks:
            self.after(LOGIN_SECONDS, device.service_back)

    # Time

    @property
    def now(self) -> float:
        return self.time.now()

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        self.time.after(seconds, action)

    def run(self, seconds: float) -> None:
        """Let so much time pass, with everything that happens in it."""
        self.time.run(seconds)

    def run_until(self, reached: Callable[[], bool], seconds: float = 100.0) -> bool:
        """Let time pass until something holds, at most so many seconds; tell whether it does."""
        return self.time.run_until(reached, seconds)

    # Usual courses

    def until_callee(self, state: State) -> "World":
        assert self.run_until(lambda: self._callee is not None and self.callee.state is state)
        return self

    def until_caller(self, state: State) -> "World":
        assert self.run_until(lambda: self.caller.state is state)
        return self

    def ring(self) -> "World":
        """Call, until it rings at the callee and the caller knows."""
        self.caller.start()
        self.until_callee(State.RINGING)
        assert self.run_until(lambda: self.caller.referee.rang == 1)
        return self

    def talk(self) -> "World":
        """Call and answer, until both are secure."""
        self.ring()
        self.callee.handle(PersonAnswers())
        assert self.run_until(lambda: all(d.state is State.SECURE for d in self.devices))
        return self

    def settle(self) -> tuple[Ended, Ended]:
        """Let time pass until nothing happens any more; both calls are over by then."""
        assert self.run_until(lambda: all(d.next_deadline() == math.inf for d in self.devices), 200)
        assert self.caller.ended is not None
        assert self.callee.ended is not None
        return self.caller.ended, self.callee.ended


# States in which a side may find itself while a call is on.
BOTH = (State.CONNECTING, State.SECURE)
CALLER_MOMENTS = (*CALLER_STATES, *BOTH)
CALLEE_MOMENTS = (*CALLEE_STATES, *BOTH)


def reach(side: str, state: State, world: World | None = None) -> World:
    """Return a call in which one side is in a state, by the shortest honest course."""
    world = world or World()
    world.caller.start()
    if side == "caller" and state in CALLER_STATES:
        return world.until_caller(state)
    world.run_until(lambda: len(world.devices) == 2)
    if state is State.WAIT_OFFER:
        return world.until_callee(state)
    world.until_callee(State.RINGING)
    if state is State.RINGING:
        return world
    world.callee.handle(PersonAnswers())
    return world.until_caller(state) if side == "caller" else world.until_callee(state)


def of_type(*types: MessageType) -> Callable[[bytes], bool]:
    """Return what tells whether a payload is of one of the types, for `Weather.loses`."""
    return lambda payload: peek(payload).type in types


EVERYTHING = of_type(*MessageType)
