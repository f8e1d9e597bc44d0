"""The sealed sound of one call, between the audio thread and the path.

Keys, frame numbers, the replay window and the jitter buffer live here, above the path, so that a
call may change its path. All methods run in the event loop.
"""

from collections import deque
from collections.abc import Callable

from tui_call.calls.path_monitor import PathEvent, PathMonitor
from tui_call.e2ee.handshake import Session
from tui_call.e2ee.media import DropCause, MediaFrame, MediaOpener, MediaSealer
from tui_call.engine.media.adaptation import Adaptation
from tui_call.engine.media.packing import Packing
from tui_call.payload import Audio, Block, Copy, End, Hold
from tui_call.voice.coding import Coding
from tui_call.voice.redundancy import Sending

SAID_IN_FRAMES = 5
"""END and HOLD travel in so many frames, since each may be lost (docs/protocol.md, "Media")."""

FRAMES_PER_FEEDBACK = 25

IDLE_SECONDS = 5.0
"""A sender that was idle for longer needs fresh keys (docs/protocol.md, "Fresh keys")."""


class Media:
    """Seals what the microphone gives, opens what arrives, and keeps the figures."""

    def __init__(
        self,
        session: Session,
        monitor: PathMonitor,
        on_frame: Callable[[int, MediaFrame | None], None],
        on_path_event: Callable[[PathEvent], None],
        on_coding: Callable[[Coding], None],
    ) -> None:
        """Begin with the keys of generation 0.

        Args:
            session: the agreed keys.
            monitor: told of every authentic frame.
            on_frame: called with the path's number for every authentic frame, after its sound
                was queued; with None for one that came before, for that proves its path too.
            on_path_event: told what the monitor says of a frame.
            on_coding: told how the encoder should go on, when that changes.
        """
        from tui_call.voice.opus import silent_packet
        from tui_call.voice.playout import Playout

        self.playout: Playout = Playout()
        self.monitor = monitor
        self.frames_sent = 0
        self.generation = 0
        self.packet_sizes: set[int] = set()
        self._session = session
        self._silence = silent_packet
        self._on_frame = on_frame
        self._on_path_event = on_path_event
        self._sealer = MediaSealer(session.send_key)
        self._opener = MediaOpener()
        self._opener.install(0, session.receive_key)
        session.forget_media_keys()
        self._adaptation = Adaptation(monitor, on_coding)
        self._packing = Packing()
        self._saying: deque[Block] = deque()
        self._sealed_at: tuple[float, float] | None = None
        self._replayed = 0
        self._waits_for_keys = False

    @property
    def foreign_dropped(self) -> int:
        """Packets that no key of this call opened."""
        dropped = self._opener.dropped
        return sum(dropped.values()) - self.replayed_dropped

    @property
    def replayed_dropped(self) -> int:
        """Packets that came a second time."""
        return self._opener.dropped.get(DropCause.REPLAYED, 0)

    @property
    def sending(self) -> Sending:
        """How frames are sent now."""
        return self._adaptation.sending

    @property
    def round_trip(self) -> float | None:
        """As measured last, seconds; None before."""
        return self._adaptation.round_trip

    @property
    def coding(self) -> Coding:
        """How the encoder should work."""
        return self.sending.coding

    @property
    def saying(self) -> bool:
        """Whether a block still has frames to travel in."""
        return bool(self._saying)

    def say(self, block: Hold | End) -> None:
        """Put a block into the next five frames."""
        self._saying = deque([block] * SAID_IN_FRAMES)

    @property
    def waits_for_keys(self) -> bool:
        """Whether nothing may be sealed before fresh keys are agreed."""
        return self._waits_for_keys

    def receive_under(self, generation: int, key: bytes) -> None:
        """Open frames of a further generation too."""
        self._opener.install(generation, key)

    def send_under(self, generation: int, key: bytes) -> None:
        """Seal under a further generation from the next frame on."""
        self.generation = generation
        self._sealer = MediaSealer(key, generation, self._sealer.profile)
        self._waits_for_keys = False

    def path_changed(self) -> None:
        """Take it that frames travel another way, for a path was taken, or left for good.

        While there are two, a frame comes on the quicker one, and says nothing of the other.
        """
        self._adaptation.path_changed()

    def seal(self, opus: bytes | None, now: float, wall: float) -> bytes | None:
        """Return the packet of the next frame, None where nothing may be sealed now.

        A computer that was suspended may be a copy of itself, woken twice: after
        `IDLE_SECONDS` without a frame by either clock, the old key seals nothing more.

        Args:
            opus: 20 ms of sound, None for silence of the size of all others.
            now: monotonic seconds, which may stand still in suspension.
            wall: Unix seconds, which may be set.
        """
        before, self._sealed_at = self._sealed_at, (now, wall)
        if before is not None and max(now - before[0], wall - before[1]) >= IDLE_SECONDS:
            self._waits_for_keys = True
        if self._waits_for_keys:
            self._packing.forget()
            return None
        said = self._said(now)
        sound = self._silence(self.coding) if opus is None else opus
        blocks, self._sealer.profile = self._packing.pack(sound, said, self.sending)
        packet = self._sealer.seal(self.frames_sent, blocks)
        self._adaptation.sent(self.frames_sent, now)
        self.frames_sent += 1
        self.packet_sizes.add(len(packet))
        return packet

    def open(self, packet: bytes, path: int, now: float, ran: float) -> None:
        """Take a packet from the path; what is not authentic is counted and forgotten.

        Args:
            packet: as it came.
            path: on which it came.
            now: monotonic seconds.
            ran: the same without the times in which nothing ran here, for the path's monitor.
        """
        frame = self._opener.open(packet, now)
        if frame is None:
            replayed, self._replayed = self._replayed, self.replayed_dropped
            if self._replayed > replayed:
                self._on_frame(path, None)
            return
        self._adaptation.arrived(frame.number, now)
        for event in self.monitor.frame(frame.number, ran):
            self._on_path_event(event)
        for block in frame.blocks:
            self._play(frame.number, block, now)
        self._adaptation.told(frame.blocks, now)
        self._on_frame(path, frame)

    def _play(self, number: int, block: Block, now: float) -> None:
        match block:
            case Audio(opus):
                self.playout.insert(number, opus, now)
            case Copy(offset, opus):
                self.playout.insert_copy(number - offset, offset, opus, now)
            case _:
                return

    def _said(self, now: float) -> list[Block]:
        """Return what this frame says beside its sound."""
        if self._saying:
            return [self._saying.popleft()]
        if self.frames_sent % FRAMES_PER_FEEDBACK:
            return []
        return self._adaptation.to_tell(self._session.control.next_expected, now)
