"""What the bridge itself says, as source 0: who came or left, that it is kept, music in a wait.

All who wait hear the same music at the same moment. Frames are numbered by the clock, so that the
number grows for whoever hears one tone after another.
"""

import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import assert_never

from tui_call.bridge_packet import LEVEL_UNKNOWN, TONES, encode_behind_hop
from tui_call.payload import NUMBER_BYTES, Audio, block_bytes, encode_payload
from tui_call.signaling.bridge_messages import ToneName

FRAME_SECONDS = 0.02
MOST_BEHIND = 5
"""Frames that are made up for where nothing ran for a while; older ones are left out."""


@dataclass(frozen=True, slots=True)
class Tones:
    """Packets of Opus, 20 ms each.

    Attributes:
        join: played to all when somebody comes.
        leave: played to all when somebody goes.
        kept: played before anything is kept of what is said.
        music: played again and again.
    """

    join: tuple[bytes, ...]
    leave: tuple[bytes, ...]
    kept: tuple[bytes, ...]
    music: tuple[bytes, ...]

    def by_name(self, name: ToneName) -> tuple[bytes, ...]:
        """Return what is played once."""
        match name:
            case "join":
                return self.join
            case "leave":
                return self.leave
            case "kept":
                return self.kept
            case _:
                assert_never(name)


NO_TONES = Tones((), (), (), ())


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


class Playing:
    """Tones that are played to rooms, and to single members; each place has one after another.

    A place is the id of a room and the number of a member, 0 for all.
    """

    def __init__(self) -> None:
        self._waiting = defaultdict[tuple[str, int], dict[ToneName, Iterator[bytes] | None]](dict)

    def begin(self, place: tuple[str, int], tone: ToneName) -> None:
        """Play a tone after what is played there, unless it is among that."""
        self._waiting[place].setdefault(tone, None)

    def forget(self, room: str) -> None:
        """Play nothing in a room any more."""
        for place in [place for place in self._waiting if place[0] == room]:
            del self._waiting[place]

    def due(self, tones: Tones) -> dict[tuple[str, int], bytes]:
        """Return the next packet of each place where something is played.

        What was ordered before they were made waits for them: nobody is kept without a tone.
        """
        if tones is NO_TONES:
            return {}
        places = list(self._waiting)
        return {place: opus for place in places if (opus := self._next(place, tones))}

    def _next(self, place: tuple[str, int], tones: Tones) -> bytes | None:
        waiting = self._waiting[place]
        while waiting:
            tone, frames = next(iter(waiting.items()))
            frames = waiting[tone] = iter(tones.by_name(tone)) if frames is None else frames
            opus = next(frames, None)
            if opus is not None:
                return opus
            del waiting[tone]
        del self._waiting[place]
        return None


def tone_packet(number: int, opus: bytes) -> bytes:
    """Return a frame of a tone, as `with_hop` takes it."""
    blocks = (Audio(opus),)
    frame = encode_payload(number % 2**32, blocks, NUMBER_BYTES + block_bytes(blocks) + 1)
    return encode_behind_hop(TONES, LEVEL_UNKNOWN, 0, frame)
