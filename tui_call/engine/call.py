"""The owner of one call: carries out what the call machine asks for, and feeds it what happens."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import assert_never

import structlog

from tui_call.calls.effects import (
    AcceptAnswer,
    AcceptPathAnswer,
    ClosePath,
    Effect,
    Ended,
    KeyChanged,
    LeaveAsked,
    LeaveOver,
    LeaveRefused,
    MayLeave,
    MicrophoneSilent,
    NoteArrived,
    PathTaken,
    PeerCompared,
    PeerHeld,
    PeerMuted,
    PeerProven,
    PrepareAnswer,
    PrepareOffer,
    PreparePathAnswer,
    PreparePathOffer,
    ReceiveUnder,
    SendInMedia,
    SendMessage,
    SendUnder,
    StartMedia,
    StartRinging,
    StateChanged,
)
from tui_call.calls.events import (
    AddressesChanged,
    DescriptionReady,
    Event,
    FrameAuthenticated,
    MessageArrived,
    NewPathWanted,
    PathDescribed,
    PathFailed,
    PathLost,
    PeerEndsInMedia,
    PeerHoldsInMedia,
    PersonRefusesToLeave,
    SenderIdle,
    ServiceBack,
    TimePassed,
    TransportFailed,
)
from tui_call.calls.one_to_one import OneToOneCall
from tui_call.calls.path_monitor import (
    FRAME_SECONDS,
    PathDead,
    PathEvent,
    PathMonitor,
    PathSuspect,
)
from tui_call.calls.states import State
from tui_call.e2ee.media import MediaFrame
from tui_call.e2ee.payload import End, Feedback, Hold
from tui_call.engine.call_listener import CallListener
from tui_call.engine.media import Media
from tui_call.engine.paths import Network, Paths, PathWatch
from tui_call.voice.opus import Coding

log = structlog.get_logger()

LAST_FRAMES_SECONDS = 0.15
"""How long the path stays open after the end, for the five frames that say so."""

MOST_LATE_FRAMES = 50
"""How much longer, in frames, where a busy computer has not sent the five by then."""


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
    peer_compared: bool = False
    silent: bool = False


class ActiveCall:
    """One call with one device, from the first message to the last frame."""

    def __init__(
        self,
        machine: OneToOneCall,
        call_id: bytes,
        account: str,
        device: bytes,
        network: Callable[[], Network],
        clock: Callable[[], float],
        listener: CallListener,
        feed: Callable[[Event], None] | None = None,
    ) -> None:
        """Own a machine that has begun.

        Args:
            machine: of this call with this device.
            call_id: 16 bytes.
            account: whose device it is.
            device: 16 bytes.
            network: tells how paths are made now.
            clock: seconds in which this process ran, which never fall.
            listener: is told what happens.
            feed: takes every event where the machine is a leg among others, and gives `do` what
                comes of it.
        """
        self.clock = clock
        now = clock()
        self.machine = machine
        self.id = call_id
        self.account = account
        self.device = device
        self.media: Media | None = None
        self.figures = CallFigures(began=now, asked=now)
        self._listener = listener
        self._feed = feed
        self._paths = Paths(network, self._packet, self._described, self._failed)
        self.path_number = self.path_changes = 0
        self._frames_of = (0, 0)
        self._timer: asyncio.TimerHandle | None = None
        self._watch: PathWatch | None = None
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
        return self._paths.kind(self.path_number)

    @property
    def without_relay(self) -> bool:
        """Whether there is no path since it has to go through a relay, and none answers."""
        return self._paths.without_relay

    @property
    def datagrams_filtered(self) -> int:
        """Datagrams dropped at the door."""
        return self._paths.datagrams_filtered

    @property
    def setup_ms(self) -> float:
        """From the command to call, or to answer, to the first authentic frame; 0 before."""
        if self.figures.secure is None:
            return 0.0
        return (self.figures.secure - self.figures.asked) * 1000

    def start(self) -> None:
        """Send the first message."""
        self.do(self.machine.start(self.clock()))

    def message(self, payload: bytes) -> None:
        """Take signaling bytes from the other device."""
        self.handle(MessageArrived(payload, time.time()))

    def find_new_path(self) -> None:
        """Look for another path, and go over to it once it is proven."""
        self.handle(NewPathWanted())

    def service_back(self) -> None:
        """Send again what the peer has not acknowledged: the service was away."""
        if self.machine.session is not None:
            self.machine.session.control.hurry(self.clock())
        self.handle(ServiceBack())

    def addresses_changed(self) -> None:
        """Go over to a path from the addresses of now; those not told yet are looked for anew."""
        if self.state is State.RINGING:
            self._paths.gather(0)
        self.handle(AddressesChanged())

    def hide_addresses(self) -> None:
        """Leave paths that tell this computer's addresses, for one through a relay."""
        if self._paths.tell_addresses:
            self.addresses_changed()

    def handle(self, event: Event) -> None:
        """Feed the machine and do what it asks for."""
        if self._feed is not None:
            self._feed(event)
        else:
            self.do(self.machine.handle(event, self.clock()))

    def frame(self, opus: bytes) -> None:
        """Seal a frame of the microphone and send it."""
        if self.media is None:
            return
        packet = self.media.seal(opus, time.monotonic(), time.time())
        if packet is None:
            self.handle(SenderIdle())
        else:
            self._paths.send(packet)

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
        if self._watch is not None:
            self._watch.stop()
        if self._closing is not None:
            await asyncio.wait([self._closing])
        await self._paths.close_all()

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
            case PreparePathOffer() | PreparePathAnswer() | AcceptPathAnswer() | ClosePath():
                self._further_path(effect)
            case PathTaken(path):
                self.path_number = path
                self.path_changes += 1
                self._way_changed()
                self._listener.tell(self, "G_NEW_PATH")
            case ReceiveUnder(generation, key):
                assert self.media is not None
                self.media.receive_under(generation, key)
            case SendUnder(generation, key):
                assert self.media is not None
                self.media.send_under(generation, key)
            case PeerProven(peer):
                self._listener.peer_proven(self, peer)
            case KeyChanged(peer):
                self._listener.key_changed(self, peer)
            case StartRinging():
                self._ring()
            case PeerMuted(on) if on != self.figures.peer_muted:
                self.figures.peer_muted = on
                self._listener.tell(self, "G_PEER_MUTED" if on else "G_PEER_OPEN")
            case PeerHeld(on) if on != self.figures.peer_on_hold:
                self.figures.peer_on_hold = on
                self._listener.tell(self, "G_HELD" if on else "G_RESUMED")
            case PeerCompared(on) if on != self.figures.peer_compared:
                self.figures.peer_compared = on
                self._listener.tell(self, "G_PEER_COMPARED" if on else "G_PEER_UNCOMPARED")
            case PeerMuted() | PeerHeld() | PeerCompared():
                pass  # told twice: it travels on two ways
            case NoteArrived(text):
                self._listener.note_arrived(self, text)
            case LeaveAsked() | LeaveRefused() | LeaveOver() | MayLeave() | MicrophoneSilent():
                self._leave(effect)
            case StateChanged(state):
                self._moved(state)
            case Ended():
                self._closing = asyncio.create_task(self._close_later())
                self._listener.call_ended(self, effect)
            case _:
                assert_never(effect)

    def _transport(
        self, effect: PrepareOffer | PrepareAnswer | AcceptAnswer | StartMedia | SendInMedia
    ) -> None:
        match effect:
            case PrepareOffer():
                self._paths.offer(0)
            case PrepareAnswer(offer):
                self._paths.answer(0, offer)
            case AcceptAnswer(answer):
                self._paths.connect(0, answer)
            case StartMedia(session):
                monitor = PathMonitor(self.clock())
                self.media = Media(
                    session, monitor, self._authentic, self._path_event, self._coding_changed
                )
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

    def _further_path(
        self, effect: PreparePathOffer | PreparePathAnswer | AcceptPathAnswer | ClosePath
    ) -> None:
        match effect:
            case PreparePathOffer(path):
                self._paths.offer(path)
            case PreparePathAnswer(path, offer):
                self._paths.answer(path, offer)
            case AcceptPathAnswer(path, answer):
                self._paths.connect(path, answer)
            case ClosePath(path):
                self._paths.close(path)
                self._way_changed()

    def _way_changed(self) -> None:
        if self.media is not None:
            self.media.path_changed()

    def _ring(self) -> None:
        if not self.machine.is_caller:
            # Addresses are looked for while it rings; nothing of them is sent before the answer.
            self._paths.gather(0)
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
            self.figures.asked = self.clock()
        if state is State.SECURE:
            self.figures.secure = self.clock()
            assert self.media is not None
            self._watch = PathWatch(self.media.monitor, self.clock, self._path_event)
        elif self._watch is not None:
            self._watch.stop()
        self._listener.call_changed(self)

    async def _close_later(self) -> None:
        """Close the path once the last frames are out, and forget the keys of the sound."""
        await self.last_frames()
        self.media = None
        await self._paths.close_all()

    # The path

    def _packet(self, path: int, packet: bytes) -> None:
        if self.media is not None:
            self.media.open(packet, path, time.monotonic(), self.clock())

    def _failed(self, path: int) -> None:
        """Tell the machine; a path that worked and fails later is only silent."""
        if path:
            self.handle(PathFailed(path))
        elif self.state is not State.SECURE:
            self.handle(TransportFailed())

    def _described(self, path: int, sdp: str) -> None:
        self.handle(PathDescribed(path, sdp) if path else DescriptionReady(sdp))

    def _authentic(self, path: int, frame: MediaFrame | None) -> None:
        """Take an authentic frame, None for the copy of one that another path brought before."""
        seen = (path, frame.generation if frame else self._frames_of[1])
        if self.state is State.CONNECTING or seen != self._frames_of:
            self._frames_of = seen
            self.handle(FrameAuthenticated(*seen))
        if frame is None:
            return
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
            self.machine.session.control.acknowledge(feedback.control_ack, self.clock())
            self._set_timer()

    def _coding_changed(self, coding: Coding) -> None:
        self._listener.coding_changed(self, coding)

    def _path_event(self, event: PathEvent) -> None:
        self._listener.path_changed(self, event)
        if isinstance(event, PathSuspect):
            self.handle(NewPathWanted())
        elif isinstance(event, PathDead):
            self.handle(PathLost())

    # Time

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        deadline = self.next_deadline()
        if deadline is not None:
            delay = max(0.0, deadline - self.clock())
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(delay, self._time_passed)

    def next_deadline(self) -> float | None:
        """Return the monotonic time at which something has to be done, None if never."""
        return self.machine.next_deadline()

    def _time_passed(self) -> None:
        self.handle(TimePassed())
