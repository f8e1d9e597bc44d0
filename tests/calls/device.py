"""One device in a call, in virtual time: the machine, and the engine's work around it."""

import math
from collections import deque
from typing import TYPE_CHECKING

from tests.calls.referee import Referee
from tests.e2ee.machines import SDP, WALL
from tui_call.calls.acknowledged import Envelope, Outbox
from tui_call.calls.effects import (
    AcceptAnswer,
    AcceptPathAnswer,
    ClosePath,
    Effect,
    Ended,
    NoteArrived,
    PrepareAnswer,
    PrepareOffer,
    PreparePathAnswer,
    PreparePathOffer,
    ReceiveUnder,
    SendInMedia,
    SendMessage,
    SendUnder,
    StartMedia,
    StateChanged,
)
from tui_call.calls.events import (
    DescriptionReady,
    Event,
    FrameAuthenticated,
    MessageArrived,
    NewPathWanted,
    NoteWritten,
    PathDescribed,
    PathFailed,
    PathLost,
    PeerEndsInMedia,
    PeerHoldsInMedia,
    PersonHangsUp,
    ServiceBack,
    TimePassed,
    TransportFailed,
)
from tui_call.calls.one_to_one import OneToOneCall
from tui_call.calls.path_monitor import PathDead, PathEvent, PathMonitor, PathSuspect
from tui_call.calls.states import State
from tui_call.e2ee.credentials import LocalIdentity
from tui_call.e2ee.handshake import Session
from tui_call.e2ee.media import DropCause, MediaOpener, MediaSealer
from tui_call.e2ee.messages import MessageType, peek
from tui_call.e2ee.payload import Audio, Block, End, Hold
from tui_call.reasons import EndReason

if TYPE_CHECKING:
    from tests.calls.two_devices import World

OFFER = SDP
ANSWER = SDP.replace("setup:actpass", "setup:active")
BAD_DESCRIPTION = SDP.replace("m=audio", "m=video")

FRAME_SECONDS = 0.25  # longer than in a real call, for the speed of the tests
SAID_IN_FRAMES = 5
CONNECTING_SECONDS = 0.3


class Device:
    """One end: the machine, and the engine's work around it.

    Attributes:
        gathers_in: seconds until addresses are gathered.
        description: what gathering gives; None: the transport fails.
        networks: those that it is in; paths are made from the first one, and live with it.
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
        self.networks: tuple[str, ...] = ("cable",)
        self._made_from: dict[int, str] = {0: "cable"}
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
        self._monitor: PathMonitor | None = None
        self._next_frame = math.inf
        self.paths = {0}
        self.path_fails = False
        self.heard: set[int] = set()
        self.send_key_generation = 0
        self.codes: set[bytes] = set()

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

    def reaches(self, path: int) -> bool:
        """Whether the network that a path was made from is still there."""
        return self._made_from.get(path) in self.networks

    def service_back(self) -> None:
        """Do what an engine does when it is logged in again."""
        if self.session is not None:
            self.session.control.hurry(self.world.now)
        self.handle(ServiceBack())

    def acknowledged(self, envelope: Envelope) -> None:
        self.outbox.acknowledged(
            envelope.call, envelope.sequence, envelope.account, envelope.device
        )

    # Time

    def next_deadline(self) -> float:
        deadlines = (
            self.machine.next_deadline(), self.outbox.next_deadline(), self._next_frame,
            self._monitor.next_deadline() if self._watches else None,
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
        if self._watches:
            self._path_events(self._monitor.time_passed(now))
        if self._next_frame <= now:
            self._send_frame()
        if self.state is State.ENDED and self.machine.next_deadline() is None:
            self.outbox.forget(self.world.call_id)

    @property
    def _watches(self) -> bool:
        return self.state is State.SECURE

    def _path_events(self, events: list[PathEvent]) -> None:
        for event in events:
            match event:
                case PathSuspect():
                    self.handle(NewPathWanted())
                case PathDead():
                    self.handle(PathLost())
                case _:
                    pass

    # Effects

    def _do(self, effects: list[Effect]) -> None:  # noqa: C901 - an arm each
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
                case ReceiveUnder(generation, key):
                    self._opener.install(generation, key)
                case SendUnder(generation, key):
                    self._sealer = MediaSealer(key, generation)
                    self.send_key_generation = generation
                case PreparePathOffer(path) | PreparePathAnswer(path):
                    self.world.after(self.gathers_in, lambda path=path: self._path_described(path))
                case AcceptPathAnswer(path):
                    self.world.open_further_path(path)
                case ClosePath(path):
                    self.paths.discard(path)
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

    def _path_described(self, path: int) -> None:
        if self.networks:
            self._made_from[path] = self.networks[0]
        if self.path_fails or self.description is None:
            self.handle(PathFailed(path))
        else:
            self.handle(PathDescribed(path, self.description))

    # Media

    def _start_media(self, session: Session) -> None:
        self.session = session
        self.codes.add(session.security_code_secret)
        self._sealer = MediaSealer(session.send_key)
        self._opener.install(0, session.receive_key)
        self._monitor = PathMonitor(self.world.now)
        self._next_frame = self.world.now

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
        for path in sorted(self.paths):
            self.world.carry_frame(self, packet, path)

    def frame_arrived(self, packet: bytes, path: int) -> None:
        copies = self._opener.dropped.get(DropCause.REPLAYED, 0)
        frame = self._opener.open(packet, self.world.now)
        if frame is None:
            if self._opener.dropped.get(DropCause.REPLAYED, 0) > copies:
                self.handle(FrameAuthenticated(path, self.referee.receives_under))
            return
        assert frame.number not in self.heard
        self.heard.add(frame.number)
        assert self._monitor is not None
        self._path_events(self._monitor.frame(frame.number, self.world.now))
        self.handle(FrameAuthenticated(path, frame.generation))
        for block in frame.blocks:
            match block:
                case End(code):
                    self.handle(PeerEndsInMedia(code))
                case Hold(on):
                    self.handle(PeerHoldsInMedia(on))
                case _:
                    pass
