"""One device in a call, in virtual time: the product's runner, over paths that a world makes."""

import math
from typing import TYPE_CHECKING

from tests.calls.referee import Referee
from tests.e2ee.machines import SDP
from tests.support.virtual_time import Due
from tui_call.calls.acknowledged import Envelope, Outbox
from tui_call.calls.effects import Effect, Ended, NoteArrived, SendUnder, StartMedia, StateChanged
from tui_call.calls.events import Event, NoteWritten, PersonHangsUp, ServiceBack
from tui_call.calls.forked_call import CallEvent
from tui_call.calls.introduction import KnownPeer
from tui_call.calls.one_to_one import OneToOneCall
from tui_call.calls.rules import CallRules
from tui_call.calls.states import State
from tui_call.e2ee.credentials import LocalIdentity
from tui_call.e2ee.handshake import CalleeHandshake, CallerHandshake, Session
from tui_call.e2ee.media import MediaFrame
from tui_call.e2ee.messages import MessageType, peek
from tui_call.engine.calls.leg import Leg
from tui_call.engine.calls.reports import LegAddress, Report
from tui_call.engine.calls.runner import CallRunner
from tui_call.engine.calls.surroundings import OnDescribed, OnFailed, OnPacket, Surroundings
from tui_call.reasons import EndReason

if TYPE_CHECKING:
    from tests.calls.two_devices import World

OFFER = SDP
ANSWER = SDP.replace("setup:actpass", "setup:active")
BAD_DESCRIPTION = SDP.replace("m=audio", "m=video")

FRAME_SECONDS = 0.2  # longer than in a real call, for the speed of the tests
CONNECTING_SECONDS = 0.3


class WatchedCall(OneToOneCall):
    """A call machine under the eye of a referee.

    Attributes:
        effects: all that it ever wanted.
        code: what people would compare, once it is agreed.
        keys: base keys of media in generation 0, to send and to receive; the call gives them up.
    """

    def __init__(
        self,
        handshake: CallerHandshake | CalleeHandshake,
        known: KnownPeer | None,
        rules: CallRules,
    ) -> None:
        super().__init__(handshake, known, rules)
        self.referee = Referee(self)
        self.effects: list[Effect] = []
        self.code: bytes | None = None
        self.keys: tuple[bytes, bytes] | None = None

    def handle(self, event: Event, now: float) -> list[Effect]:
        effects = super().handle(event, now)
        if self.session is not None and self.keys is None:
            self.code = self.session.security_code_secret
            self.keys = self.session.send_key, self.session.receive_key
        self.effects += effects
        self.referee.watch(effects, now)
        return effects


class VirtualPaths:
    """The paths of one device, as its world lets them be; implements `CallPaths`."""

    without_relay = False
    datagrams_filtered = 0
    tell_addresses = True

    def __init__(
        self, device: "Device", on_packet: OnPacket, on_described: OnDescribed, on_failed: OnFailed
    ) -> None:
        self._device = device
        self.on_packet = on_packet
        self._on_described = on_described
        self._on_failed = on_failed

    def kind(self, number: int) -> str:
        return "direct/UDP" if number in self._device.paths else ""

    def gather(self, number: int) -> None: ...

    def offer(self, number: int) -> None:
        device = self._device
        device.world.after(device.gathers_in, lambda: self._gathered(number))

    def answer(self, number: int, offer: str) -> None:
        self._device.offer_taken = offer
        self.offer(number)

    def connect(self, number: int, answer: str) -> None:
        if number:
            self._device.world.open_further_path(number)
        else:
            self._device.answer_taken = answer
            self._device.world.open_path()

    def send(self, packet: bytes) -> None:
        for path in sorted(self._device.paths):
            self._device.world.carry_frame(self._device, packet, path)

    def close(self, number: int) -> None:
        self._device.paths.discard(number)

    @property
    def closed(self) -> bool:
        return not self._device.paths

    def shut(self) -> None:
        self._device.paths.clear()

    async def close_all(self) -> None:
        self.shut()

    def _gathered(self, number: int) -> None:
        device = self._device
        if number and device.networks:
            device.made_from[number] = device.networks[0]
        if device.description is None or (number and device.path_fails):
            self._on_failed(number)
        else:
            self._on_described(number, device.description)


class Device:
    """One end: the product's runner of the call, and the person and the service beside it.

    Attributes:
        gathers_in: seconds until addresses are gathered.
        description: what gathering gives; None: the transport fails.
        networks: those that it is in; paths are made from the first one, and live with it.
        notes_written: those that the machine took.
        sent: payloads, by type, in order.
        reports: what the runner told.
        whole: the end of the call as a whole.
    """

    def __init__(
        self, world: "World", machine: WatchedCall, own: LocalIdentity, peer: LocalIdentity
    ) -> None:
        self.world = world
        self.machine = machine
        self.referee = machine.referee
        self.own, self.peer = own.credential, peer.credential
        self.gathers_in = 0.2
        self.description: str | None = OFFER if machine.is_caller else ANSWER
        self.networks: tuple[str, ...] = ("cable",)
        self.made_from: dict[int, str] = {0: "cable"}
        self.first_state = machine.state
        self.sent: list[bytes] = []
        self.notes_written: list[str] = []
        self.offer_taken: str | None = None
        self.answer_taken: str | None = None
        self.outbox = Outbox()
        self.session: Session | None = None
        self.paths = {0}
        self.path_fails = False
        self.heard: set[int] = set()
        self.reports: list[Report] = []
        self.whole: list[Ended] = []
        self._repeating: Due | None = None
        self.runner = self._make_runner()

    def _make_runner(self) -> CallRunner:
        around = Surroundings(
            self.world.time,
            self.make_paths,
            self.send,
            self,
            self.hears,
            on_failure=self.failed,
        )
        cores: dict[bytes, OneToOneCall] = {self.peer.device_id: self.machine}
        return CallRunner(self.world.call_id, self.peer.account_id, cores, around)

    @property
    def leg(self) -> Leg:
        leg = self.runner.leg_with(self.peer.account_id, self.peer.device_id)
        assert leg is not None
        return leg

    @property
    def ended(self) -> Ended | None:
        return self.referee.end

    @property
    def state(self) -> State:
        return self.machine.state

    @property
    def states(self) -> list[State]:
        moved = [effect.state for effect in self.effects if isinstance(effect, StateChanged)]
        return [self.first_state, *moved]

    @property
    def effects(self) -> list[Effect]:
        return self.machine.effects

    @property
    def notes(self) -> list[str]:
        return [effect.text for effect in self.effects if isinstance(effect, NoteArrived)]

    @property
    def codes(self) -> set[bytes]:
        """The secrets of which a code was made."""
        return {self.machine.code} if self.session and self.machine.code else set()

    @property
    def send_key_generation(self) -> int:
        under = [effect.generation for effect in self.effects if isinstance(effect, SendUnder)]
        return max(under, default=0)

    def saw(self, kind: type[Effect]) -> list[Effect]:
        return [effect for effect in self.effects if isinstance(effect, kind)]

    def sent_of(self, message_type: MessageType) -> list[bytes]:
        return [payload for payload in self.sent if peek(payload).type is message_type]

    def start(self) -> None:
        self.runner.begin()

    def handle(self, event: CallEvent) -> list[Effect]:
        """Let an event happen; return what the machine wants, with what followed at once."""
        if isinstance(event, NoteWritten) and self.state is State.SECURE:
            self.notes_written.append(event.text)
        before = len(self.effects)
        self.post(event)
        return self.effects[before:]

    def post(self, event: CallEvent) -> None:
        self.runner.post(event)

    def hang_up(self, reason: EndReason = EndReason.HUNG_UP) -> None:
        self.handle(PersonHangsUp(reason))

    def arrived(self, envelope: Envelope) -> None:
        self.world.acknowledge(self, envelope)
        self.takes(envelope.payload)

    def takes(self, payload: bytes) -> None:
        """Take signaling bytes, whoever sent them."""
        self.runner.message(self.leg, payload)

    def reaches(self, path: int) -> bool:
        """Whether the network that a path was made from is still there."""
        return self.made_from.get(path) in self.networks

    def service_back(self) -> None:
        """Do what an engine does when it is logged in again."""
        self.handle(ServiceBack())

    def acknowledged(self, envelope: Envelope) -> None:
        self.outbox.acknowledged(
            envelope.call, envelope.sequence, envelope.account, envelope.device
        )
        self._mind_outbox()

    def next_deadline(self) -> float:
        """Return when the machine or the outbox has something to do, infinity if never."""
        deadlines = (self.machine.next_deadline(), self.outbox.next_deadline())
        return min((at for at in deadlines if at is not None), default=math.inf)

    # What the runner needs

    def failed(self, work: str, error: BaseException) -> None:
        """Let a test fail where the runner would go on."""
        del work
        raise error

    def make_paths(
        self, leg: LegAddress, on_packet: OnPacket, on_described: OnDescribed, on_failed: OnFailed
    ) -> VirtualPaths:
        assert leg.device == self.peer.device_id
        self._on_packet = on_packet
        return VirtualPaths(self, on_packet, on_described, on_failed)

    def send(self, leg: LegAddress, payload: bytes, repeat: bool) -> None:
        self.sent.append(payload)
        envelope = self.outbox.number(leg.call_id, leg.account, leg.device, payload)
        if repeat:
            self.outbox.keep(envelope, self.world.now)
        self.world.carry(self, envelope)
        self._mind_outbox()

    def leg_reports(self, leg: LegAddress, report: Report) -> None:
        assert leg.device == self.peer.device_id
        self.reports.append(report)
        if isinstance(report, StartMedia):
            self.session = report.session
            self.world.time.after(0, self._speak)

    def call_ended(self, call_id: bytes, end: Ended) -> None:
        assert call_id == self.world.call_id
        self.whole.append(end)

    # Messages that are repeated

    def _mind_outbox(self) -> None:
        if self._repeating is not None:
            self._repeating.cancel()
            self._repeating = None
        if self.state is State.ENDED and self.machine.next_deadline() is None:
            self.outbox.forget(self.world.call_id)
        deadline = self.outbox.next_deadline()
        if deadline is not None:
            self._repeating = self.world.time.call_at(deadline, self._repeat)

    def _repeat(self) -> None:
        for envelope in self.outbox.due(self.world.now):
            self.world.carry(self, envelope)
        self._mind_outbox()

    # Sound

    def _speak(self) -> None:
        """Send the next frame, until the last one is out."""
        if self.leg.media is not None:
            self.leg.frame(b"opus")
            self.world.time.after(FRAME_SECONDS, self._speak)

    def frame_arrived(self, packet: bytes, path: int) -> None:
        self._on_packet(path, packet)

    def hears(self, leg: LegAddress, frame: MediaFrame) -> None:
        assert leg.device == self.peer.device_id
        assert frame.number not in self.heard
        self.heard.add(frame.number)
