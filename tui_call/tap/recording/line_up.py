"""One person's packets in a row, one for each 20 ms of a recording: no input or output, no clock.

The bridge says in which slot a frame stands, gives each slot of a member one sound, and passes on
to people only what comes to its slot in time: see `bridge.timeline`. So here a frame is put where
it stands. Who leaves and comes back, or goes on with another device, is another member in the same
line; of two that have the same slot the newer one's packet is taken. Silence is b"": mute, loss,
hold and absence are the same here.

Where no packet was there in time, those who listen take what the one behind it says of it (in-band
FEC). So that one is told as well: who says something in no other way is heard with it.
"""

from tui_call.payload import OLDEST_COPY
from tui_call.tap.interfaces import MemberFrame
from tui_call.voice.sound import FRAME_SECONDS

WAITED_FOR = OLDEST_COPY + 2
"""Slots for which those who listen wait for a frame or a copy of it before they take FEC."""


class Line:
    """The packets of one person.

    Attributes:
        slot: the next one that `pop` gives.
        behind: the packet of that one, where of the slot that `pop` gave last nothing was there in
            time; else b"".

    Args:
        slot: to begin with, 20 ms each of the monotonic clock from its beginning.
    """

    def __init__(self, slot: int) -> None:
        self.slot = slot
        self.behind = b""
        self._in_time = set[int]()
        self._own: dict[int, bytes] = {}
        self._copies: dict[int, bytes] = {}

    @property
    def held(self) -> int:
        """How many packets wait for their slots."""
        return len(self._own) + len(self._copies)

    def take(self, frame: MemberFrame) -> None:
        """Take a frame and the copies in it; what was copied counts where nothing else comes."""
        if frame.packet and frame.slot >= self.slot:
            self._own[frame.slot] = frame.packet
            self._note(frame.slot, frame.arrival)
        for earlier, packet in frame.copies:
            slot = frame.slot - earlier
            if slot >= self.slot:
                self._copies.setdefault(slot, packet)
                self._note(slot, frame.arrival)

    def pop(self) -> bytes:
        """Return the packet of the next slot, b"" for silence."""
        copied = self._copies.pop(self.slot, b"")
        packet, in_time = self._own.pop(self.slot, copied), self.slot in self._in_time
        self._in_time.discard(self.slot)
        self.slot += 1
        behind = self._own.get(self.slot) or self._copies.get(self.slot, b"")
        self.behind = b"" if in_time else behind
        return packet

    def _note(self, slot: int, arrival: float) -> None:
        if arrival / FRAME_SECONDS - slot <= WAITED_FOR:
            self._in_time.add(slot)
