"""What is kept of a person in a recording, slot by slot, of the frames that a bridge passes on."""

from collections.abc import Iterable

from tui_call.signaling.tap_messages import TapMember
from tui_call.tap.intake import Intake, Wanted
from tui_call.tap.recording.line_up import Line
from tui_call.tap.recording.recording_files import WAIT_SECONDS
from tui_call.tap_frame import TapFrame
from tui_call.voice.sound import FRAME_SECONDS

ROOM = "room"


class KeptRow:
    """The packets of one person, who may have several sources.

    Attributes:
        packets: of the slots that are over, b"" for silence.

    Args:
        begun: when the recording begins, monotonic seconds.
        sources: of the person.
        wait: seconds for which a slot waits for late ones.
    """

    def __init__(
        self, begun: float, sources: Iterable[int] = (1,), wait: float = WAIT_SECONDS
    ) -> None:
        self.packets: list[bytes] = []
        self.first = round(begun / FRAME_SECONDS)
        self._begun, self._wait = begun, wait
        self._line = Line(self.first)
        self._intake = Intake()
        wanted = {
            source: Wanted(TapMember(source, 1, kept=True), begun - 1, self._line.take)
            for source in sources
        }
        self._intake.want(ROOM, wanted, begun - 1)

    @property
    def held(self) -> int:
        """How many packets wait."""
        return self._line.held

    def take(self, frame: TapFrame) -> None:
        """Take a frame, once the slots have been written that waited for long enough by then."""
        self.write_until(frame.arrival)
        self._intake.take(frame)

    def write_until(self, now: float) -> None:
        """Write what has waited for long enough."""
        self.write(int((now - self._wait - self._begun) / FRAME_SECONDS))

    def write(self, slots: int) -> list[bytes]:
        """Write so many slots in all, and return their packets."""
        while len(self.packets) < slots:
            self.packets.append(self._line.pop())
        return self.packets
