"""How frames are sent, by what the other end sees of them; and what it is told in turn.

The other end is the peer's device in an E2EE call, and the bridge in a standard one.
"""

from collections.abc import Callable, Sequence

from tui_call.calls.path_monitor import PathMonitor
from tui_call.engine.media.packing import RoundTrip
from tui_call.payload import Block, Feedback, Report
from tui_call.voice.coding import Coding
from tui_call.voice.redundancy import RedundancyControl, Sending


class Adaptation:
    """Follows the reports of the other end, and makes those for it. Times: monotonic seconds.

    Attributes:
        round_trip: as measured last, seconds; None before.
    """

    def __init__(self, monitor: PathMonitor, on_coding: Callable[[Coding], None]) -> None:
        """Begin without copies.

        Args:
            monitor: knows what arrives here.
            on_coding: told how the encoder should go on, when that changes.
        """
        self.round_trip: float | None = None
        self._monitor = monitor
        self._on_coding = on_coding
        self._control = RedundancyControl()
        self._trips = RoundTrip()

    @property
    def sending(self) -> Sending:
        """How frames are sent now."""
        return self._control.sending

    def path_changed(self) -> None:
        """Take it that frames travel another way; what went before says nothing of it."""
        self._trips.forget()
        self._control.path_changed()

    def sent(self, number: int, now: float) -> None:
        """Take note of what was sent."""
        self._trips.sent(number, now)

    def arrived(self, number: int, now: float) -> None:
        """Take note of what came, and is authentic."""
        self._trips.arrived(number, now)

    def told(self, blocks: Sequence[Block], now: float) -> None:
        """Follow what the other end sees; an earlier version of it says nothing but the loss."""
        feedback = next((block for block in blocks if isinstance(block, Feedback)), None)
        if feedback is None:
            return
        report = next((block for block in blocks if isinstance(block, Report)), None)
        before = self.sending.coding
        trip = None if report is None else self._trips.measured(report, now)
        self.round_trip = trip if trip is not None else self.round_trip
        burst = 0.0 if report is None else report.burst_tenths / 10
        sending = self._control.report(feedback.loss_permille / 1000, burst, trip, now)
        if sending.coding != before:
            self._on_coding(sending.coding)

    def to_tell(self, control_ack: int, now: float) -> list[Block]:
        """Return what the other end is told; `control_ack` is the CTL number expected next."""
        figures = self._monitor.figures
        feedback = Feedback(
            loss_permille=round(figures.loss * 1000),
            jitter_ms=round(figures.jitter_ms),
            round_trip_ms=round((self.round_trip or 0.0) * 1000),
            control_ack=control_ack,
        )
        report = self._trips.report(round(figures.burst * 10), now)
        return [feedback, report] if report is not None else [feedback]
