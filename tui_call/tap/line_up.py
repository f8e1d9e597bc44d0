"""One person's packets in a row, one for each 20 ms of a recording: no input or output, no clock.

The bridge says in which slot a frame stands, gives each slot of a member one sound, and passes on
to people only what comes to its slot in time: see `bridge.timeline`. So here a frame is put where
it stands. Who leaves and comes back, or goes on with another device, is another member in the same
line; of two that have the same slot the newer one's packet is taken. Silence is b"": mute, loss,
hold and absence are the same here.
"""

from tui_call.tap.keeping import MemberFrame


class Line:
    """The packets of one person.

    Attributes:
        slot: the next one that `pop` gives.

    Args:
        slot: to begin with, 20 ms each of the monotonic clock from its beginning.
    """

    def __init__(self, slot: int) -> None:
        self.slot = slot
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
        for earlier, packet in frame.copies:
            if frame.slot - earlier >= self.slot:
                self._copies.setdefault(frame.slot - earlier, packet)

    def pop(self) -> bytes:
        """Return the packet of the next slot, b"" for silence."""
        copied = self._copies.pop(self.slot, b"")
        packet = self._own.pop(self.slot, copied)
        self.slot += 1
        return packet
