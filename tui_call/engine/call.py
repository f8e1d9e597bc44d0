"""The owner of one call: carries out what the call machine asks for, and feeds it what happens."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Protocol, assert_never

import structlog

from tui_call.calls.events import (
    AcceptAnswer,
    DescriptionReady,
    Effect,
    Ended,
    Event,
    FrameAuthenticated,
    KeyChanged,
    LeaveAsked,
    LeaveOver,
    LeaveRefused,
    MayLeave,
    MessageArrived,
    MicrophoneSilent,
    NoteArrived,
    PathLost,
    PeerEndsInMedia,
    PeerHeld,
    PeerHoldsInMedia,
    PeerMuted,
    PeerProven,
    PersonRefusesToLeave,
    PrepareAnswer,
    PrepareOffer,
    SendInMedia,
    SendMessage,
    StartMedia,
    StartRinging,
    StateChanged,
    TimePassed,
    TransportFailed,
)
from tui_call.calls.one_to_one import OneToOneCall
from tui_call.calls.path_monitor import FRAME_SECONDS, PathDead, PathEvent, PathMonitor
from tui_call.calls.states import State
from tui_call.e2ee.handshake import PeerIdentity
from tui_call.e2ee.media import MediaFrame
from tui_call.e2ee.payload import End, Feedback, Hold
from tui_call.engine.media import Media
from tui_call.errors import TuiCallError
from tui_call.transport.impairment import Impairment
from tui_call.transport.peer_connection import ConnectionState, IceServer, PeerConnection

log = structlog.get_logger()

LAST_FRAMES_SECONDS = 0.15
"""How long the path stays open after the end, for the five frames that say so."""

MOST_LATE_FRAMES = 50
"""How much longer, in frames, where a busy computer has not sent the five by then."""


@dataclass(frozen=True, slots=True)
class Network:
    """How paths are made."""

    ice_servers: tuple[IceServer, ...] = ()
    relay_only: bool = False
    impairment: Impairment | None = None


class CallListener(Protocol):
    """What the engine does when something happens in a call."""

    def send_message(self, call: "ActiveCall", payload: bytes, *, repeat: bool) -> None:
        """Send signaling bytes to the other device of the call."""
        ...

    def peer_proven(self, call: "ActiveCall", peer: PeerIdentity) -> None:
        """Remember the verified identity."""
        ...

    def key_changed(self, call: "ActiveCall", peer: PeerIdentity) -> None:
        """Warn of an account that came with another key."""
        ...

    def rings(self, call: "ActiveCall") -> None:
        """Ring here, or play the ringing tone."""
        ...

    def media_starts(self, call: "ActiveCall") -> None:
        """Connect the audio thread with the call's media."""
        ...

    def peer_said(self, call: "ActiveCall", code: str) -> None:
        """Tell that the peer muted or holds, by the code of its sentence."""
        ...

    def leave_refused(self, call: "ActiveCall", capability: str) -> None:
        """Tell that the peer asked to leave E2EE and that the call stays; nothing is cleaned."""
        ...

    def microphone_silent(self, call: "ActiveCall") -> None:
        """Send silence, or the microphone again, as `figures.silent` says."""
        ...

    def note_arrived(self, call: "ActiveCall", text: str) -> None:
        """Show a note, cleaned."""
        ...

    def path_changed(self, call: "ActiveCall", event: PathEvent) -> None:
        """Show how the path does."""
        ...

    def loss_reported(self, call: "ActiveCall", share: float) -> None:
        """Prepare the encoder for the share of frames that the peer says is lost, 0 to 1."""
        ...

    def call_changed(self, call: "ActiveCall") -> None:
        """Show the call's new state."""
        ...

    def call_ended(self, call: "ActiveCall", end: Ended) -> None:
        """Let go of the sound, and write the call down."""
        ...


@dataclass(slots=True)
class CallFigures:
    """When things happened, in monotonic seconds, and what was said about the peer.

    Attributes:
        rang: the other device has said that it rings.
    """

    began: float
    asked: float
    secure: float | None = None
    rang: bool = False
    muted: bool = False
    on_hold: bool = False
    peer_muted: bool = False
    peer_on_hold: bool = False
    silent: bool = False


class ActiveCall:
    """One call with one device, from the first message to the last frame."""

    def __init__(
        self,
        machine: OneToOneCall,
        call_id: bytes,
        account: str,
        device: bytes,
        network: Network,
        listener: CallListener,
        feed: Callable[[Event], None] | None = None,
    ) -> None:
        """Own a machine that has begun.

        Args:
            machine: of this call with this device.
            call_id: 16 bytes.
            account: whose device it is.
            device: 16 bytes.
            network: how paths are made.
            listener: is told what happens.
            feed: takes every event where the machine is a leg among others, and gives `do` what
                comes of it.
        """
        now = time.monotonic()
        self.machine = machine
        self.id = call_id
        self.account = account
        self.device = device
        self.media: Media | None = None
        self.figures = CallFigures(began=now, asked=now)
        self._network = network
        self._listener = listener
        self._feed = feed
        self._path: PeerConnection | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._closing: asyncio.Task[None] | None = None

    @property
    def state(self) -> State:
        """Where the call stands."""
        return self.machine.state

    @property
    def over(self) -> bool:
        """Whether nothing more has to be said about it."""
        return self.state is State.ENDED and self.machine.next_deadline() is None

    @property
    def path(self) -> str:
        """How packets travel, "" before they do."""
        return self._path.path if self._path else ""

    @property
    def datagrams_filtered(self) -> int:
        """Datagrams dropped at the door."""
        return self._path.datagrams_filtered if self._path else 0

    @property
    def setup_ms(self) -> float:
        """From the command to call, or to answer, to the first authentic frame; 0 before."""
        if self.figures.secure is None:
            return 0.0
        return (self.figures.secure - self.figures.asked) * 1000

    def start(self) -> None:
        """Send the first message."""
        self.do(self.machine.start(time.monotonic()))

    def message(self, payload: bytes) -> None:
        """Take signaling bytes from the other device."""
        self.handle(MessageArrived(payload, time.time()))

    def handle(self, event: Event) -> None:
        """Feed the machine and do what it asks for."""
        if self._feed is not None:
            self._feed(event)
        else:
            self.do(self.machine.handle(event, time.monotonic()))

    def frame(self, opus: bytes) -> None:
        """Seal a frame of the microphone and send it."""
        if self.media is not None and self._path is not None:
            self._path.send(self.media.seal(opus))

    async def last_frames(self) -> None:
        """Return when the frames that say the end are out, or cannot be."""
        await asyncio.sleep(LAST_FRAMES_SECONDS)
        for _ in range(MOST_LATE_FRAMES):
            if self.media is None or not self.media.saying:
                return
            await asyncio.sleep(FRAME_SECONDS)

    async def close(self) -> None:
        """Close the path and forget the rest."""
        if self._timer is not None:
            self._timer.cancel()
        for task in self._tasks - {self._closing}:
            task.cancel()
        if self._closing is not None:
            await asyncio.wait([self._closing])
        await self._close_path()

    # Effects

    def do(self, effects: list[Effect]) -> None:
        """Carry out what the machine asks for, in order, and mind its next deadline."""
        for effect in effects:
            self._carry_out(effect)
        self._set_timer()

    def _carry_out(self, effect: Effect) -> None:  # noqa: C901 - an arm each
        match effect:
            case SendMessage(payload, repeat):
                self._listener.send_message(self, payload, repeat=repeat)
            case PrepareOffer() | PrepareAnswer() | AcceptAnswer() | StartMedia() | SendInMedia():
                self._transport(effect)
            case PeerProven(peer):
                self._listener.peer_proven(self, peer)
            case KeyChanged(peer):
                self._listener.key_changed(self, peer)
            case StartRinging():
                self._ring()
            case PeerMuted(on) if on != self.figures.peer_muted:
                self.figures.peer_muted = on
                self._listener.peer_said(self, "G_PEER_MUTED" if on else "G_PEER_OPEN")
            case PeerHeld(on) if on != self.figures.peer_on_hold:
                self.figures.peer_on_hold = on
                self._listener.peer_said(self, "G_HELD" if on else "G_RESUMED")
            case PeerMuted() | PeerHeld():
                pass  # told twice: it travels on two ways
            case NoteArrived(text):
                self._listener.note_arrived(self, text)
            case LeaveAsked() | LeaveRefused() | LeaveOver() | MayLeave() | MicrophoneSilent():
                self._leave(effect)
            case StateChanged(state):
                self._moved(state)
            case Ended():
                self._closing = self._spawn(self._close_later())
                self._listener.call_ended(self, effect)
            case _:
                assert_never(effect)

    def _transport(
        self, effect: PrepareOffer | PrepareAnswer | AcceptAnswer | StartMedia | SendInMedia
    ) -> None:
        match effect:
            case PrepareOffer():
                self._spawn(self._describe(self._open_path().create_offer()))
            case PrepareAnswer(offer):
                self._spawn(self._describe(self._open_path().create_answer(offer)))
            case AcceptAnswer(answer):
                self._spawn(self._connect(self._open_path().accept_answer(answer)))
            case StartMedia(session):
                monitor = PathMonitor(time.monotonic())
                self.media = Media(session, monitor, self._authentic, self._path_event)
                self._listener.media_starts(self)
            case SendInMedia():
                self._say_in_media(effect)

    def _leave(
        self, effect: LeaveAsked | LeaveRefused | LeaveOver | MayLeave | MicrophoneSilent
    ) -> None:
        """Keep the call E2EE: there is no bridge, so nobody is asked and nobody leaves."""
        match effect:
            case MicrophoneSilent(on):
                self.figures.silent = on
                self._listener.microphone_silent(self)
            case LeaveRefused(capability):
                self._listener.leave_refused(self, capability)
            case LeaveAsked(nonce, capability):
                self._listener.leave_refused(self, capability)
                # Effects of the call are under way: the answer comes after them.
                loop = asyncio.get_running_loop()
                loop.call_soon(self.handle, PersonRefusesToLeave(nonce))
            case LeaveOver() | MayLeave():
                log.info("leaving", effect=type(effect).__name__)

    def _ring(self) -> None:
        if not self.machine.is_caller:
            # Addresses are looked for while it rings; nothing of them is sent before the answer.
            self._spawn(self._connect(self._open_path().gather()))
        self._listener.rings(self)

    def _say_in_media(self, said: SendInMedia) -> None:
        if self.media is None:
            return
        if said.end:
            self.media.say(End(said.code))
        elif said.hold is not None:
            self.media.say(Hold(said.hold))

    def _moved(self, state: State) -> None:
        if state is State.ANSWERING:
            self.figures.asked = time.monotonic()
        if state is State.SECURE:
            self.figures.secure = time.monotonic()
        self._listener.call_changed(self)

    async def _close_later(self) -> None:
        await self.last_frames()
        await self._close_path()

    async def _close_path(self) -> None:
        path, self._path = self._path, None
        if path is not None:
            await path.close()

    # The path

    def _open_path(self) -> PeerConnection:
        if self._path is None:
            self._path = PeerConnection(
                ice_servers=self._network.ice_servers,
                relay_only=self._network.relay_only,
                on_packet=self._packet,
                on_state=self._path_state,
                impairment=self._network.impairment,
            )
        return self._path

    def _packet(self, packet: bytes) -> None:
        if self.media is not None:
            self.media.open(packet, time.monotonic())

    def _path_state(self, state: ConnectionState) -> None:
        if state is ConnectionState.FAILED and self.state is State.CONNECTING:
            self.handle(TransportFailed())

    async def _describe(self, preparing: Coroutine[Any, Any, str]) -> None:
        try:
            sdp = await preparing
        except TuiCallError as error:
            log.warning("no description", error=type(error).__name__)
            self.handle(TransportFailed())
        else:
            self.handle(DescriptionReady(sdp))

    async def _connect(self, connecting: Coroutine[Any, Any, None]) -> None:
        try:
            await connecting
        except TuiCallError as error:
            log.warning("no path", error=type(error).__name__)
            self.handle(TransportFailed())

    def _authentic(self, frame: MediaFrame) -> None:
        if self.state is State.CONNECTING:
            self.handle(FrameAuthenticated())
        for block in frame.blocks:
            match block:
                case End(code):
                    self.handle(PeerEndsInMedia(code))
                case Hold(on):
                    self.handle(PeerHoldsInMedia(on))
                case Feedback():
                    self._take_feedback(block)
                case _:
                    continue

    def _take_feedback(self, feedback: Feedback) -> None:
        if self.machine.session is not None:
            self.machine.session.control.acknowledge(feedback.control_ack)
            self._listener.loss_reported(self, feedback.loss_permille / 1000)
            self._set_timer()

    def _path_event(self, event: PathEvent) -> None:
        self._listener.path_changed(self, event)

    # Time

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        deadline = self.next_deadline()
        if deadline is not None:
            delay = max(0.0, deadline - time.monotonic())
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(delay, self._time_passed)

    def next_deadline(self) -> float | None:
        """Return the monotonic time at which something has to be done, None if never."""
        return self.machine.next_deadline()

    def _time_passed(self) -> None:
        self.handle(TimePassed())

    def look_at_path(self, now: float) -> None:
        """Judge the path by the time alone; ends the call whose path is dead."""
        if self.media is None or self.state is not State.SECURE:
            return
        for event in self.media.monitor.time_passed(now):
            self._listener.path_changed(self, event)
            if isinstance(event, PathDead):
                self.handle(PathLost())

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
