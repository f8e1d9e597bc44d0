"""Two devices in one call, in virtual time: real machines, real keys, a service that misbehaves.

`World` carries messages between a caller's and a callee's device through a service that loses,
repeats, delays and reorders them by a seeded chance. A `Device` does what an engine does around the
machine: it numbers and repeats messages, gathers addresses, seals and opens frames. A `Referee`
watches every step of each machine.
"""

import heapq
import math
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from tests.calls.referee import Referee
from tests.e2ee import handshake_reference as reference
from tests.e2ee.machines import ADA, BOB, SDP, WALL
from tui_call.calls.acknowledged import Envelope, Outbox
from tui_call.calls.events import (
    AcceptAnswer,
    DescriptionReady,
    Effect,
    Ended,
    Event,
    FrameAuthenticated,
    MessageArrived,
    NoteArrived,
    NoteWritten,
    PathLost,
    PeerEndsInMedia,
    PeerHoldsInMedia,
    PersonAnswers,
    PersonHangsUp,
    PrepareAnswer,
    PrepareOffer,
    SendInMedia,
    SendMessage,
    StartMedia,
    StateChanged,
    TimePassed,
    TransportFailed,
    Undeliverable,
)
from tui_call.calls.one_to_one import CallRules, KnownPeer, OneToOneCall
from tui_call.calls.states import CALLEE_STATES, CALLER_STATES, State
from tui_call.e2ee.credentials import LocalIdentity
from tui_call.e2ee.entropy import system_encapsulate
from tui_call.e2ee.handshake import CalleeHandshake, CallerHandshake, Session, refuse
from tui_call.e2ee.media import MediaOpener, MediaSealer
from tui_call.e2ee.messages import MessageType, RefusalReason, peek
from tui_call.e2ee.payload import Audio, Block, End, Hold
from tui_call.reasons import EndReason

OFFER = SDP
ANSWER = SDP.replace("setup:actpass", "setup:active")
BAD_DESCRIPTION = SDP.replace("m=audio", "m=video")

FRAME_SECONDS = 0.25  # longer than in a real call, for the speed of the tests
SAID_IN_FRAMES = 5
SILENCE_THAT_ENDS = 30.0
CONNECTING_SECONDS = 0.3

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


class Device:
    """One end: the machine, and the engine's work around it.

    Attributes:
        gathers_in: seconds until addresses are gathered.
        description: what gathering gives; None: the transport fails.
        ended: how the call ended for the person here.
        notes: those shown.
        notes_written: those that the machine took.
        sent: payloads, by type, in order.
    """

    def __init__(
        self, world: "World", machine: OneToOneCall, own: LocalIdentity, peer: LocalIdentity
    ) -> None:
        self.world = world
        self.machine = machine
        self.referee = Referee(machine)
        self.own, self.peer = own.credential, peer.credential
        self.gathers_in = 0.2
        self.description: str | None = OFFER if machine.is_caller else ANSWER
        self.effects: list[Effect] = []
        self.states = [machine.state]
        self.sent: list[bytes] = []
        self.notes_written: list[str] = []
        self.offer_taken: str | None = None
        self.answer_taken: str | None = None
        self.outbox = Outbox()
        self.session: Session | None = None
        self._sealer: MediaSealer | None = None
        self._opener = MediaOpener()
        self._frames = 0
        self._saying: deque[Block] = deque()
        self._heard_at = math.inf
        self._next_frame = math.inf

    @property
    def ended(self) -> Ended | None:
        return self.referee.end

    @property
    def state(self) -> State:
        return self.machine.state

    @property
    def notes(self) -> list[str]:
        return [effect.text for effect in self.effects if isinstance(effect, NoteArrived)]

    def saw(self, kind: type[Effect]) -> list[Effect]:
        return [effect for effect in self.effects if isinstance(effect, kind)]

    def sent_of(self, message_type: MessageType) -> list[bytes]:
        return [payload for payload in self.sent if peek(payload).type is message_type]

    def start(self) -> None:
        self._do(self.machine.start(self.world.now))

    def handle(self, event: Event) -> list[Effect]:
        if isinstance(event, NoteWritten) and self.state is State.SECURE:
            self.notes_written.append(event.text)
        effects = self.machine.handle(event, self.world.now)
        self._do(effects)
        return effects

    def hang_up(self, reason: EndReason = EndReason.HUNG_UP) -> None:
        self.handle(PersonHangsUp(reason))

    def arrived(self, envelope: Envelope) -> None:
        self.world.acknowledge(self, envelope)
        self.handle(MessageArrived(envelope.payload, WALL + self.world.now))

    def acknowledged(self, envelope: Envelope) -> None:
        self.outbox.acknowledged(
            envelope.call, envelope.sequence, envelope.account, envelope.device
        )

    # Time

    def next_deadline(self) -> float:
        lost_at = self._heard_at + SILENCE_THAT_ENDS if self.state is State.SECURE else None
        deadlines = (
            self.machine.next_deadline(), self.outbox.next_deadline(), self._next_frame, lost_at
        )  # fmt: skip
        return min(at for at in deadlines if at is not None)

    def time_passed(self) -> None:
        now = self.world.now
        for envelope in self.outbox.due(now):
            self.world.carry(self, envelope)
        deadline = self.machine.next_deadline()
        if deadline is not None and deadline <= now:
            self.handle(TimePassed())
            later = self.machine.next_deadline()
            assert later is None or later > now
        if self.state is State.SECURE and now >= self._heard_at + SILENCE_THAT_ENDS:
            self.handle(PathLost())
        if self._next_frame <= now:
            self._send_frame()
        if self.state is State.ENDED and self.machine.next_deadline() is None:
            self.outbox.forget(self.world.call_id)

    # Effects

    def _do(self, effects: list[Effect]) -> None:
        self.effects += effects
        self.referee.watch(effects, self.world.now)
        for effect in effects:
            match effect:
                case SendMessage(payload, repeat):
                    self._send(payload, repeat=repeat)
                case StateChanged(state):
                    self.states.append(state)
                case PrepareOffer():
                    self.world.after(self.gathers_in, self._gathered)
                case PrepareAnswer(offer):
                    self.offer_taken = offer
                    self.world.after(self.gathers_in, self._gathered)
                case AcceptAnswer(answer):
                    self.answer_taken = answer
                    self.world.open_path()
                case StartMedia(session):
                    self._start_media(session)
                case SendInMedia(end, hold, code):
                    block = End(code) if end else Hold(bool(hold))
                    self._saying = deque([block] * SAID_IN_FRAMES)
                case _:
                    pass

    def _send(self, payload: bytes, *, repeat: bool) -> None:
        self.sent.append(payload)
        envelope = self.outbox.number(
            self.world.call_id, self.peer.account_id, self.peer.device_id, payload
        )
        if repeat:
            self.outbox.keep(envelope, self.world.now)
        self.world.carry(self, envelope)

    def _gathered(self) -> None:
        sdp = self.description
        self.handle(TransportFailed() if sdp is None else DescriptionReady(sdp))

    # Media

    def _start_media(self, session: Session) -> None:
        self.session = session
        self._sealer = MediaSealer(session.send_key)
        self._opener.install(0, session.receive_key)
        self._heard_at = self._next_frame = self.world.now

    def _send_frame(self) -> None:
        """Send the next frame; after the end, only the few that say so."""
        assert self._sealer is not None
        if self.state is State.ENDED and not self._saying:
            self._next_frame = math.inf
            return
        said = [self._saying.popleft()] if self._saying else []
        packet = self._sealer.seal(self._frames, [Audio(b"opus"), *said])
        self._frames += 1
        self._next_frame = self.world.now + FRAME_SECONDS
        self.world.carry_frame(self, packet)

    def frame_arrived(self, packet: bytes) -> None:
        frame = self._opener.open(packet, self.world.now)
        if frame is None:
            return
        self._heard_at = self.world.now
        self.handle(FrameAuthenticated())
        for block in frame.blocks:
            match block:
                case End(code):
                    self.handle(PeerEndsInMedia(code))
                case Hold(on):
                    self.handle(PeerHoldsInMedia(on))
                case _:
                    pass


class World:
    """Two devices, the service between them, the path beside it, and the time."""

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
    ) -> None:
        self.now = 0.0
        self.weather = weather or Weather()
        self.path_works = True
        self.one_way = False
        self.callee_online = True
        self.carried: list[bytes] = []
        self._chance = random.Random(seed)
        self._later: list[tuple[float, int, Callable[[], None]]] = []
        self._scheduled = 0
        self._path_open_at = math.inf
        self._identities = caller, callee
        self._callee_knows = callee_knows
        self._refuses = refuses
        self._callee_rules = callee_rules or CallRules()
        self._seed = seed
        self.call_id = call_id
        handshake = CallerHandshake(
            caller,
            to_account=callee.credential.account_id,
            to_device=callee.credential.device_id,
            call_id=call_id,
            leg=leg,
            entropy=SeededEntropy(seed),
        )
        machine = OneToOneCall(handshake, caller_knows, caller_rules or CallRules())
        self.caller = Device(self, machine, caller, callee)
        self._callee: Device | None = None

    @property
    def callee(self) -> Device:
        """The callee's device; it knows of the call once M1 arrived."""
        assert self._callee is not None
        return self._callee

    @property
    def devices(self) -> list[Device]:
        return [self.caller] if self._callee is None else [self.caller, self._callee]

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        self._scheduled += 1
        heapq.heappush(self._later, (self.now + seconds, self._scheduled, action))

    # The service

    def carry(self, sender: Device, envelope: Envelope) -> None:
        self.carried.append(envelope.payload)
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
        receiver.handle(MessageArrived(payload, WALL + self.now))

    def _by_chance(self, deliver: Callable[[], None]) -> None:
        copies = 1 + (self._chance.random() < self.weather.duplication)
        for _ in range(copies):
            if self._chance.random() >= self.weather.loss:
                self.after(self._chance.uniform(*self.weather.delay), deliver)

    def _deliver(self, sender: Device, envelope: Envelope) -> None:
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
        machine = OneToOneCall(handshake, self._callee_knows, self._callee_rules)
        self._callee = Device(self, machine, callee, caller)
        self.acknowledge(self._callee, envelope)
        self._callee.start()

    # The path

    def open_path(self) -> None:
        self._path_open_at = self.now + CONNECTING_SECONDS

    def carry_frame(self, sender: Device, packet: bytes) -> None:
        works = self.path_works and not (self.one_way and sender is self.callee)
        if works and self.now >= self._path_open_at:
            receiver = self.callee if sender is self.caller else self.caller
            self.after(0.02, lambda: receiver.frame_arrived(packet))

    # Time

    def run(self, seconds: float) -> None:
        """Let so much time pass, with everything that happens in it."""
        self.run_until(lambda: False, seconds)

    def run_until(self, reached: Callable[[], bool], seconds: float = 100.0) -> bool:
        """Let time pass until something holds, at most so many seconds; tell whether it does."""
        end = self.now + seconds
        while not reached():
            at = min([device.next_deadline() for device in self.devices])
            first = self._later[0][0] if self._later else math.inf
            if min(at, first) > end:
                self.now = end
                return False
            self.now = max(self.now, min(at, first))
            if first <= at:
                heapq.heappop(self._later)[2]()
            else:
                for device in self.devices:
                    device.time_passed()
        return True

    def next_event(self) -> float:
        """Return when something happens next, for worlds that share one time."""
        first = self._later[0][0] if self._later else math.inf
        return min([first, *(device.next_deadline() for device in self.devices)])

    def step(self) -> None:
        """Let what is due now happen."""
        while self.next_event() <= self.now:
            self.run_until(lambda: False, 0.0)

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
