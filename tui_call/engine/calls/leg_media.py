"""The sound of one leg as its core sees it: frames out and in, and whether the path still lives."""

from collections.abc import Callable

from tui_call.calls.effects import SendInMedia
from tui_call.calls.events import (
    ControlAcknowledged,
    Event,
    FrameAuthenticated,
    NewPathWanted,
    PathLost,
    PeerEndsInMedia,
    PeerHoldsInMedia,
    SenderIdle,
)
from tui_call.calls.path_monitor import PathDead, PathEvent, PathMonitor, PathSuspect
from tui_call.e2ee.handshake import Session
from tui_call.e2ee.media import MediaFrame
from tui_call.engine.calls.clock import Clock
from tui_call.engine.calls.path_watch import PathWatch
from tui_call.engine.calls.reports import CodingChanged
from tui_call.engine.media.media import Media
from tui_call.payload import Block, End, Feedback, Hold


class LegMedia:
    """Sealed frames between the sound and the path, and what they tell the core.

    Attributes:
        media: keys, numbers and playout.
    """

    def __init__(
        self,
        session: Session,
        clock: Clock,
        post: Callable[[Event], None],
        report: Callable[[PathEvent | CodingChanged], None],
        on_frame: Callable[[MediaFrame], None] | None,
    ) -> None:
        """Begin with the keys of generation 0.

        Args:
            session: the agreed keys.
            clock: of the call.
            post: takes what the frames tell the core.
            report: is told how the path does, and how frames should be encoded.
            on_frame: is given each authentic frame, where somebody passes it on.
        """
        self._clock = clock
        self._post = post
        self._report = report
        self._on_frame = on_frame
        self._seen: tuple[int, int] | None = None
        self._watch: PathWatch | None = None
        self.media = Media(
            session,
            PathMonitor(clock.now()),
            self._authentic,
            self._path_event,
            lambda coding: report(CodingChanged(coding)),
        )

    def seal(self, opus: bytes | None) -> bytes | None:
        """Return the packet of a frame, None for silence; None where nothing may be sealed."""
        packet = self.media.seal(opus, self._clock.monotonic(), self._clock.wall())
        if packet is None:
            self._post(SenderIdle())
        return packet

    def open(self, path: int, packet: bytes) -> None:
        """Take a packet of a path."""
        self.media.open(packet, path, self._clock.monotonic(), self._clock.now())

    def say(self, said: SendInMedia) -> None:
        """Say it also in the next frames."""
        if said.end:
            self.media.say(End(said.code))
        elif said.hold is not None:
            self.media.say(Hold(said.hold))

    def watch(self) -> None:
        """Tell from now on when frames stay away."""
        self._watch = PathWatch(self.media.monitor, self._path_event, self._clock)

    def stop_watching(self) -> None:
        """Let frames stay away: the call is over."""
        if self._watch is not None:
            self._watch.stop()

    def _authentic(self, path: int, frame: MediaFrame | None) -> None:
        """Take an authentic frame, None for the copy of one that another path brought before."""
        generation = frame.generation if frame else self._seen[1] if self._seen else 0
        if (path, generation) != self._seen:
            self._seen = (path, generation)
            self._post(FrameAuthenticated(path, generation))
        if frame is None:
            return
        if self._on_frame is not None:
            self._on_frame(frame)
        for block in frame.blocks:
            self._take(block)

    def _take(self, block: Block) -> None:
        match block:
            case End(code):
                self._post(PeerEndsInMedia(code))
            case Hold(on):
                self._post(PeerHoldsInMedia(on))
            case Feedback():
                self._post(ControlAcknowledged(block.control_ack))
            case _:
                return

    def _path_event(self, event: PathEvent) -> None:
        self._report(event)
        if isinstance(event, PathSuspect):
            self._post(NewPathWanted())
        elif isinstance(event, PathDead):
            self._post(PathLost())
