"""One leg between a device and the bridge: what was sent and came on it, and what it takes.

Each hop counts its own packets, so its loss is its own. Both ends say twice a second what came
(source `HOP`, a frame with `Feedback` and `Report`), and something ten times a second in any case,
so that the other end knows that the way is there. By what a device says the bridge sends it packets
again, one to three frames later, and on a narrow path fewer of them, then fewer speakers at once.
"""

from tui_call.bridge.turns import Turns
from tui_call.bridge_packet import HOP, MUTED, encode_behind_hop, with_hop
from tui_call.loss_window import LossWindow
from tui_call.payload import (
    NUMBER_BYTES,
    Block,
    Feedback,
    MalformedPayload,
    Report,
    block_bytes,
    encode_payload,
    parse_payload,
)
from tui_call.voice.path_follower import PathFollower

BEAT_SECONDS = 0.1
_LOOKED_EVERY = 0.02
FEEDBACK_SECONDS = 0.5
FARTHEST_REPETITION = 3
"""Frames by which a repetition comes late at most."""

_REPETITIONS = ((), (2,), (1, 3), (1, 2, 3))
"""By how many frames late, for no, one, two and three of them."""

_RISES = (0.02, 0.07, 0.15)
"""Loss from which one, two, three repetitions serve best: they cost no bits of the sound itself.

PESQ at 10 %: once 3.58, twice 3.99; at 20 %: twice 3.49, three times 3.84.
"""
_FALLS = (0.004, 0.05, 0.12)

_BY_ROOM: tuple[tuple[int, int | None], ...] = ((0, 1), (0, 2), (1, None), (3, None))
"""How many repetitions and speakers at most, from the narrowest path to the widest."""

_TRIPS_KEPT = 512
_MOST_TRIP_SECONDS = 60.0


class Hop:
    """Both directions of one leg.

    Attributes:
        leg: its id.
        repetitions: by how many frames late each frame is sent again.

    Args:
        leg: its id.
        now: monotonic seconds.
    """

    def __init__(self, leg: str, now: float) -> None:
        self.leg = leg
        self.repetitions: tuple[int, ...] = ()
        self._few: Turns | None = None
        self._path = PathFollower(_RISES, _FALLS, len(_BY_ROOM) - 1)
        self._arrived = LossWindow()
        self._arrived_at = now
        self._sent = 0
        self._sent_at = [-1.0] * _TRIPS_KEPT
        self._last_sent = self._fed_back = now
        self._round_trip = 0.0

    def stamped(self, rest: bytes, now: float) -> bytes:
        """Return the next packet of this hop, of what `encode_behind_hop` gave."""
        hop = self._sent
        self._sent = hop + 1
        self._sent_at[hop % _TRIPS_KEPT] = self._last_sent = now
        return with_hop(hop, rest)

    def takes(self, source: int, level: int, now: float) -> bool:
        """Tell whether the path has room for a packet of somebody."""
        return self._few is None or self._few.takes(source, level, now)

    def arrived(self, hop: int, now: float) -> None:
        """Take note of a packet by its number."""
        self._arrived.take(hop)
        if hop == self._arrived.newest:
            self._arrived_at = now

    def hear(self, frame: bytes, now: float) -> None:
        """Take what the device says of the way to it; rubbish says nothing."""
        try:
            _, blocks = parse_payload(frame)
        except MalformedPayload:
            return
        feedback = next((block for block in blocks if isinstance(block, Feedback)), None)
        if feedback is None:
            return
        report = next((block for block in blocks if isinstance(block, Report)), None)
        trip = None if report is None else self._measured(report, now)
        burst = 0.0 if report is None else report.burst_tenths / 10
        if self._path.report(feedback.loss_permille / 1000, burst, trip, now) is not None:
            self._choose()
        self._round_trip = trip if trip is not None else self._round_trip

    def due(self, now: float) -> bytes | None:
        """Return what is to be said now: feedback twice a second, a beat where all is quiet."""
        if now - self._fed_back >= FEEDBACK_SECONDS and self._arrived.newest is not None:
            self._fed_back = now
            return self._said(self._seen(self._arrived.newest, now), now)
        if now - self._last_sent > BEAT_SECONDS - _LOOKED_EVERY / 2:
            return self._said((), now)
        return None

    def _choose(self) -> None:
        most, speakers = _BY_ROOM[self._path.room]
        self.repetitions = _REPETITIONS[min(self._path.copies, most)]
        if (self._few and self._few.places) != speakers:
            self._few = None if speakers is None else Turns(speakers)

    def _measured(self, report: Report, now: float) -> float | None:
        """Return the round trip in seconds, None where the report says nothing of it."""
        if not self._sent - _TRIPS_KEPT <= report.newest < self._sent:
            return None
        trip = now - self._sent_at[report.newest % _TRIPS_KEPT] - report.held_ms / 1000
        return trip if 0 <= trip <= _MOST_TRIP_SECONDS else None

    def _seen(self, newest: int, now: float) -> tuple[Block, ...]:
        window = self._arrived
        return (
            Feedback(round(window.loss() * 1000), 0, round(self._round_trip * 1000), 0),
            Report(newest, round((now - self._arrived_at) * 1000), round(window.burst * 10)),
        )

    def _said(self, blocks: tuple[Block, ...], now: float) -> bytes:
        frame = encode_payload(self._sent % 2**32, blocks, NUMBER_BYTES + block_bytes(blocks) + 1)
        return self.stamped(encode_behind_hop(HOP, MUTED, 0, frame), now)
