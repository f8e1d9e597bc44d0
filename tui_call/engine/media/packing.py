"""What goes into a frame beside its own sound, and the round trip that the other end tells."""

from collections import deque
from collections.abc import Sequence

from tui_call.e2ee.media import SizeProfile
from tui_call.payload import OLDEST_COPY, Audio, Block, Copy, Feedback, Report, block_bytes
from tui_call.voice.redundancy import Sending

_MOST_SAID = block_bytes([Feedback(0, 0, 0, 0), Report(0, 0, 0)])
_BY_SIZE = sorted(SizeProfile)
_TRIPS_KEPT = 512
_MOST_TRIP_SECONDS = 60.0


class Packing:
    """Adds copies of earlier frames, and chooses the packet's size by the way of sending alone."""

    def __init__(self) -> None:
        self._earlier: deque[bytes] = deque(maxlen=OLDEST_COPY)
        self._sending: Sending | None = None
        self._usual = SizeProfile.SPEECH

    def pack(
        self, opus: bytes, said: Sequence[Block], sending: Sending
    ) -> tuple[list[Block], SizeProfile]:
        """Return the blocks of a frame and the size of its packet.

        The encoder follows a change of sending some frames later: until then a frame takes a
        larger packet, and copies that do not fit stay away.

        Args:
            opus: the frame's sound.
            said: feedback, or what else the frame has to say.
            sending: how frames are sent now.
        """
        blocks: list[Block] = [Audio(opus), *said]
        profile = self._profile(sending)
        if len(opus) > sending.coding.packet_bytes:
            profile = max(profile, _smallest(block_bytes(blocks)))
        for offset in sending.copies:
            if offset <= len(self._earlier):
                copy = Copy(offset, self._earlier[-offset])
                if block_bytes([*blocks, copy]) <= profile.capacity:
                    blocks.append(copy)
        self._earlier.append(opus)
        return blocks, profile

    def _profile(self, sending: Sending) -> SizeProfile:
        """Return the size with room for all that a frame can say; sending rarely changes."""
        if sending is not self._sending:
            self._sending, self._usual = sending, _smallest(_needed(sending))
        return self._usual

    def forget(self) -> None:
        """Copy none of the frames so far: their time is over."""
        self._earlier.clear()


class RoundTrip:
    """Measures the round trip by the frames themselves.

    That is from when one was sealed to when the peer said that it had come, less the time for
    which the peer waited before saying so.
    """

    def __init__(self) -> None:
        self._sealed: dict[int, float] = {}
        self._newest: tuple[int, float] | None = None

    def sent(self, number: int, now: float) -> None:
        """Take note of an own frame that was sealed."""
        self._sealed[number] = now
        self._sealed.pop(number - _TRIPS_KEPT, None)

    def forget(self) -> None:
        """Measure nothing by the frames that came and went so far."""
        self._sealed.clear()
        self._newest = None

    def arrived(self, number: int, now: float) -> None:
        """Take note of an authentic frame of the peer."""
        if self._newest is None or number > self._newest[0]:
            self._newest = number, now

    def report(self, burst_tenths: int, now: float) -> Report | None:
        """Return what the peer needs to measure, None before anything came from it."""
        if self._newest is None:
            return None
        number, arrived = self._newest
        return Report(number, round((now - arrived) * 1000), burst_tenths)

    def measured(self, report: Report, now: float) -> float | None:
        """Return the round trip in seconds, None where the peer's report says nothing of it."""
        sealed = self._sealed.get(report.newest)
        if sealed is None:
            return None
        trip = now - sealed - report.held_ms / 1000
        return trip if 0 <= trip <= _MOST_TRIP_SECONDS else None


def _needed(sending: Sending) -> int:
    sound = bytes(sending.coding.packet_bytes)
    copies = [Copy(offset, sound) for offset in sending.copies]
    return block_bytes([Audio(sound), *copies]) + _MOST_SAID


def _smallest(needed: int) -> SizeProfile:
    return next(profile for profile in _BY_SIZE if profile.capacity >= needed)
