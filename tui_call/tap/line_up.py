"""One person's packets in a row, one for each 20 ms of a recording: no input or output, no clock.

Theory of operation. A slot is 20 ms of the recording. Frames come late, twice and out of order, but
their sender numbers them by its own clock; so a frame's slot is its number and where that numbering
stands (`_Numbering`), and not when it came. Where a numbering stands is said by those of its frames
that came quickest: nobody's frame arrives before it was spoken. That is looked at again for every
slot, as late as the slot is asked for, so that a first frame that was held up moves nothing.

- The clocks of sender and recording drift apart: by 20 ms in 200 s where one is wrong by 100 ppm.
  Once a numbering stands more than one slot from where it should, it moves by whole slots, which
  leaves a frame out, or a slot silent; where a frame is missing anyway it moves sooner.
- A frame whose number is far from what its arrival says is of another numbering: of another device,
  of one that began anew, or of none. It is believed where three say the same.
- Who leaves and comes back, or goes on with another device, has another source and with it another
  numbering in the same line; of two that have the same slot the newer one's packet is taken.
- Silence is b"": mute, loss, hold and absence are the same here.

However many frames come, and whatever their numbers, a line holds two seconds of them at most.
"""

from math import inf

from tui_call.tap.keeping import MemberFrame
from tui_call.voice.sound import FRAME_SECONDS

WAIT_SECONDS = 1.0
"""For so long a slot waits for packets that come late, unless told otherwise."""

MOST_HELD = 128
"""Packets of one numbering, and as many copies."""

_MOST_NUMBERINGS = 2
_BELIEVED = 3
_MOST_EARLY = 25
"""Slots by which a frame may come sooner than the quickest before it: the path became shorter."""
_MOST_LATE = 100
"""Slots by which it may come later."""
_WINDOW = 250
"""Slots; the quickest is that of this window and the one before it, five to ten seconds."""
_FAR = 1.0
"""Slots from where a numbering should stand at which it moves, in any case."""
_OFF = 0.6
"""And where that costs nothing."""


class Line:
    """The packets of one person.

    Attributes:
        slot: the next one that `pop` gives, from 0.

    Args:
        begun: when slot 0 begins, monotonic seconds.
        wait: for how many seconds a slot waits for what comes late.
        slot: to begin with.
    """

    def __init__(self, begun: float, wait: float = WAIT_SECONDS, slot: int = 0) -> None:
        self.slot = slot
        self._begun = begun
        self._wait = wait
        self._numberings: list[_Numbering] = []  # the newest first
        self._strange: _Numbering | None = None

    @property
    def due(self) -> float:
        """When the next slot has waited for long enough, monotonic seconds."""
        return self._begun + (self.slot + 1) * FRAME_SECONDS + self._wait

    def take(self, frame: MemberFrame) -> None:
        """Take a frame, in any order."""
        place = (frame.arrival - self._begun) / FRAME_SECONDS
        numbering = self._numbering_of(frame.member.source, frame.number, place)
        numbering.take(frame, place)

    def pop(self) -> bytes:
        """Return the packet of the next slot, b"" for silence; ask when it is `due`."""
        packet = b""
        for numbering in reversed(self._numberings):
            packet = numbering.pop(self.slot) or packet
        self.slot += 1
        return packet

    def _numbering_of(self, source: int, number: int, place: float) -> "_Numbering":
        known = False
        for numbering in self._numberings:
            if numbering.source == source:
                known = True
                if numbering.fits(number, place):
                    return numbering
        if not known:
            return self._go_on_with(_Numbering(source))
        strange = self._strange
        if strange is None or strange.source != source or not strange.fits(number, place):
            strange = self._strange = _Numbering(source)
        elif strange.taken + 1 >= _BELIEVED:
            self._strange = None
            return self._go_on_with(strange)
        return strange

    def _go_on_with(self, numbering: "_Numbering") -> "_Numbering":
        self._numberings.insert(0, numbering)
        del self._numberings[_MOST_NUMBERINGS:]
        return numbering


class _Numbering:
    """Frames that one sender counted in a row, and where they stand.

    A place is an arrival in slots, with fractions. Number `n` has the slot `n + self._stands`.

    Attributes:
        source: the sender's number in the room.
        taken: frames so far.
    """

    def __init__(self, source: int) -> None:
        self.source = source
        self.taken = 0
        self._held: dict[int, bytes] = {}
        self._copies: dict[int, bytes] = {}
        self._next = 0  # numbers below it are over
        self._stands: int | None = None
        self._quickest = self._quickest_before = inf
        self._window_ends = -inf

    def fits(self, number: int, place: float) -> bool:
        """Tell whether a frame that came at a place can be one of these."""
        return -_MOST_EARLY <= place - number - self._should_stand <= _MOST_LATE

    def take(self, frame: MemberFrame, place: float) -> None:
        """Take a frame and the copies in it; what was copied counts where nothing else comes."""
        self.taken += 1
        self._note(place - frame.number, place)
        self._hold(self._held, frame.number, frame.packet)
        for earlier, packet in frame.copies:
            self._hold(self._copies, frame.number - earlier, packet)

    def pop(self, slot: int) -> bytes:
        """Return the packet of a slot, b"" where there is none; slots are asked for in order."""
        number = slot - self._stand(slot)
        if number > self._next:  # it moved, or begins
            for packets in (self._held, self._copies):
                for over in [held for held in packets if held < number]:
                    del packets[over]
        self._next = max(self._next, number + 1)
        copied = self._copies.pop(number, b"")
        return self._held.pop(number, copied)

    @property
    def _should_stand(self) -> float:
        return min(self._quickest, self._quickest_before)

    def _note(self, transit: float, place: float) -> None:
        if place >= self._window_ends:
            old = place >= self._window_ends + _WINDOW
            self._quickest_before = inf if old else self._quickest
            self._quickest = inf
            self._window_ends = place + _WINDOW
        self._quickest = min(self._quickest, transit)

    def _hold(self, packets: dict[int, bytes], number: int, packet: bytes) -> None:
        if packet and number >= self._next and len(packets) < MOST_HELD:
            packets.setdefault(number, packet)

    def _stand(self, slot: int) -> int:
        """Return where it stands from this slot on."""
        should = self._should_stand
        stands = round(should) if self._stands is None else self._stands
        off = abs(should - stands)
        missing = slot - stands not in self._held and slot - stands not in self._copies
        if off > _FAR or (off > _OFF and missing):
            stands = round(should)
        self._stands = stands
        return stands
