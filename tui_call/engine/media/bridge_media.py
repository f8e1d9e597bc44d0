"""The sound of one standard call, between the audio thread and the legs to the bridge.

Nothing is sealed here: a leg is DTLS-SRTP, and the bridge can hear. Frame numbers, jitter buffers
and what is known of the way live above the legs, so that a call may change its leg. All methods
run in the event loop.
"""

from collections.abc import Callable, Mapping, Sequence

from tui_call.bridge_packet import (
    HOP,
    MUTED,
    BridgePacket,
    MalformedPacket,
    encode_packet,
    parse_packet,
)
from tui_call.calls.path_monitor import PathEvent, PathMonitor
from tui_call.engine.media.adaptation import Adaptation
from tui_call.engine.media.packing import Packing
from tui_call.payload import (
    MOST_SOUND,
    NUMBER_BYTES,
    Audio,
    Block,
    Copy,
    MalformedPayload,
    block_bytes,
    encode_payload,
    parse_payload,
)
from tui_call.voice.coding import Coding
from tui_call.voice.redundancy import Sending
from tui_call.voice.sound import FRAME_SECONDS

FEEDBACK_SECONDS = 0.5
"""As often as in an E2EE call."""

BEAT_SECONDS = 0.1
"""How long nothing may be sent before a beat is."""

PAUSE_SECONDS = 0.2
"""Without a frame, after which the next one does not follow the one before."""

_WHOSE = 1  # the bridge puts in the number of who sent it


class BridgeMedia:
    """Packs what the microphone gives, opens what arrives, and keeps the figures.

    Attributes:
        playout: what is heard, of all sources.
        monitor: of the way from the bridge.
        frames_sent: of sound.
        packet_sizes: of all that was sent.
        foreign_dropped: packets that could not be read.
    """

    def __init__(
        self,
        monitor: PathMonitor,
        on_path_event: Callable[[PathEvent], None],
        on_coding: Callable[[Coding], None],
    ) -> None:
        """Begin before the first leg.

        Args:
            monitor: told of every packet.
            on_path_event: told what the monitor says of a packet.
            on_coding: told how the encoder should go on, when that changes.
        """
        from tui_call.voice.mixer import Mixer
        from tui_call.voice.opus import silent_packet

        self.playout: Mixer = Mixer()
        self.monitor = monitor
        self.frames_sent = 0
        self.packet_sizes: set[int] = set()
        self.foreign_dropped = 0
        self._silence = silent_packet
        self._on_path_event = on_path_event
        self._adaptation = Adaptation(monitor, on_coding)
        self._packing = Packing()
        self._number, self._framed_at = -1, float("inf")
        self._hop = 0
        self._sent_at = self._told_at = float("-inf")
        self._path = -1
        self._newest_told = -1
        self._gaps = _Gaps()

    @property
    def replayed_dropped(self) -> int:
        """Frames that came a second time: on another leg, or once more against loss."""
        return self.playout.statistics().duplicates

    @property
    def round_trip(self) -> float | None:
        """To the bridge and back, seconds; None before it was measured."""
        return self._adaptation.round_trip

    @property
    def sending(self) -> Sending:
        """How frames are sent now."""
        return self._adaptation.sending

    @property
    def coding(self) -> Coding:
        """How the encoder should work."""
        return self.sending.coding

    def voices(self) -> Mapping[int, float]:
        """Return the level of each member who is heard now, dBFS, by its number in the call."""
        return self.playout.voices()

    def seal(self, opus: bytes | None, level: float | None, now: float) -> bytes:
        """Return the packet of the next frame, the same for all legs.

        Args:
            opus: 20 ms of sound, None for silence of the size of all others.
            level: of the microphone, dBFS; None where it is muted.
            now: monotonic seconds.
        """
        self._count(now)
        sound = self._silence(self.coding) if opus is None else opus
        blocks, _ = self._packing.pack(sound, (), self.sending)
        loudness = MUTED if opus is None or level is None else _minus_dbov(level)
        return self._packet(_WHOSE, loudness, self._number, blocks, now)

    def beat(self, now: float) -> bytes | None:
        """Return what the bridge is told now beside sound, None for nothing; ask every 20 ms.

        That is what arrives here, twice a second; and that this end lives, where nothing else was
        sent for a tenth of a second.
        """
        blocks: list[Block] = []
        if now - self._told_at >= FEEDBACK_SECONDS:
            self._told_at = now
            blocks = self._adaptation.to_tell(0, now)
        elif now - self._sent_at < BEAT_SECONDS:
            return None
        return self._packet(HOP, MUTED, self._hop, blocks, now)

    def open(self, packet: bytes, path: int, now: float, ran: float) -> None:
        """Take a packet from the bridge; what cannot be read is counted and forgotten.

        Args:
            packet: as it came.
            path: number of the leg on which it came; a later leg has a higher one.
            now: monotonic seconds.
            ran: the same without the times in which nothing ran here, for the path's monitor.
        """
        try:
            head = parse_packet(packet)
            number, blocks = parse_payload(head.frame)
        except (MalformedPacket, MalformedPayload):
            self.foreign_dropped += 1
            return
        if path > self._path:
            self._go_over(path)
        newest = path == self._path
        if newest:
            self._gaps.came(head.hop)
            self._adaptation.arrived(head.hop, now)
        on_time = head.source != HOP and not head.again
        spoken = (head.source, number) if on_time else None
        for event in self.monitor.packet(head.hop if newest else None, spoken, ran):
            self._on_path_event(event)
        if head.source != HOP:
            self._play(head, number, blocks, now)
        elif newest and head.hop > self._newest_told:
            self._newest_told = head.hop
            self._adaptation.told(blocks, now)

    def _go_over(self, path: int) -> None:
        """Judge loss and round trip by another leg, which counts from its own beginning."""
        self._path = path
        self._newest_told = -1
        self._gaps = _Gaps()
        self.monitor.count_anew()
        self._adaptation.path_changed()

    def _play(self, head: BridgePacket, number: int, blocks: Sequence[Block], now: float) -> None:
        absent = 0 if head.again else self._gaps.absent_before(head.source, number)
        for block in blocks[:MOST_SOUND]:
            match block:
                case Audio(opus) if head.again:
                    self.playout.insert_copy(head.source, number, head.again, opus, now)
                case Audio(opus):
                    self.playout.insert(head.source, number, opus, now, absent)
                case Copy(offset, opus):
                    self.playout.insert_copy(head.source, number - offset, offset, opus, now)
                case _:
                    continue

    def _count(self, now: float) -> None:
        """Go on to the next frame's number, after a pause to that of its time.

        So listeners find it where the way and the clock here let them expect it.
        """
        pause = now - self._framed_at
        if pause >= PAUSE_SECONDS:
            self._number += round(pause / FRAME_SECONDS) - 1
            self._packing.forget()
        self._number += 1
        self._framed_at = now
        self.frames_sent += 1

    def _packet(
        self, source: int, level: int, number: int, blocks: Sequence[Block], now: float
    ) -> bytes:
        frame = encode_payload(number, blocks, NUMBER_BYTES + block_bytes(blocks) + 1)
        packet = encode_packet(BridgePacket(self._hop, source, level, 0, frame))
        self._adaptation.sent(self._hop, now)
        self._hop += 1
        self._sent_at = now
        self.packet_sizes.add(len(packet))
        return packet


class _Gaps:
    """Which frames of a source were never sent on a leg, told from what was lost on it.

    Frames that were sent and lost lack as packets, too. So where fewer packets lack than frames of
    one source do, that source was not forwarded for a while.
    """

    def __init__(self) -> None:
        self._first: int | None = None
        self._highest = self._count = 0
        self._last: dict[int, tuple[int, int]] = {}  # by source: frame, and what lacked then

    def came(self, hop: int) -> None:
        """Take note of a packet of the leg."""
        if self._first is None:
            self._first = self._highest = hop
        self._highest = max(self._highest, hop)
        self._count += 1

    def absent_before(self, source: int, number: int) -> int:
        """Return how many frames right before that of a source were not sent, and note it."""
        lacking = self._highest - (self._first or 0) + 1 - self._count
        frame, lacked = self._last.get(source, (number, lacking))
        if number < frame:
            return 0
        self._last[source] = number, lacking
        missing = max(0, number - frame - 1)
        return missing if lacking - lacked < missing else 0


def _minus_dbov(level: float) -> int:
    """Return the level of a packet, as RFC 6464 has it; 127 is left to who is muted."""
    return min(MUTED - 1, max(0, round(-level)))
