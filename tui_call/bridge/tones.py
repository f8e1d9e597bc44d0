"""What the bridge itself says, as source 0: somebody came, somebody left, music for who waits.

All who wait hear the same music at the same moment. Frames are numbered by the clock, so that the
number grows for whoever hears one tone after another.
"""

import math
from dataclasses import dataclass

from tui_call.bridge_packet import LEVEL_UNKNOWN, TONES, encode_behind_hop
from tui_call.payload import NUMBER_BYTES, Audio, block_bytes, encode_payload

FRAME_SECONDS = 0.02
MOST_BEHIND = 5
"""Frames that are made up for where nothing ran for a while; older ones are left out."""


@dataclass(frozen=True, slots=True)
class Tones:
    """Packets of Opus, 20 ms each.

    Attributes:
        join: played to all when somebody comes.
        leave: played to all when somebody goes.
        music: played again and again.
    """

    join: tuple[bytes, ...]
    leave: tuple[bytes, ...]
    music: tuple[bytes, ...]


NO_TONES = Tones((), (), ())


class ToneClock:
    """Says which frames are due.

    Args:
        now: monotonic seconds.
    """

    def __init__(self, now: float) -> None:
        self._last = self._number(now)

    def due(self, now: float) -> range:
        """Return the numbers of the frames that are due and were not yet."""
        newest = self._number(now)
        first = max(self._last + 1, newest + 1 - MOST_BEHIND)
        self._last = max(self._last, newest)
        return range(first, newest + 1)

    @staticmethod
    def _number(now: float) -> int:
        return math.floor(now / FRAME_SECONDS)


def tone_packet(number: int, opus: bytes) -> bytes:
    """Return a frame of a tone, as `with_hop` takes it."""
    blocks = (Audio(opus),)
    frame = encode_payload(number % 2**32, blocks, NUMBER_BYTES + block_bytes(blocks) + 1)
    return encode_behind_hop(TONES, LEVEL_UNKNOWN, 0, frame)
