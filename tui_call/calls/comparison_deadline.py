"""The time in which a call has to be compared, where that is required.

It runs from the first authentic frame and stops for as long as people say that the code, or the
fingerprint in person, is the same. Taking that back lets it run on from where it began.
"""

COMPARE_SECONDS = 120.0


class ComparisonDeadline:
    """Whether, and until when, the code of one call has to be compared.

    Args:
        required: it has to be.
    """

    def __init__(self, required: bool) -> None:
        self._required = required
        self._compared = False
        self._ends: float | None = None

    def secured(self, now: float) -> None:
        """Begin: people can speak from now on."""
        self._ends = now + COMPARE_SECONDS

    def compared(self, on: bool) -> bool:
        """Note that people say that it is the same, or take that back; tell whether it is news."""
        news, self._compared = on is not self._compared, on
        return news

    def next_deadline(self) -> float | None:
        """Return when the call is over unless it is compared, None where it need not be."""
        return self._ends if self._required and not self._compared else None

    def passed(self, now: float) -> bool:
        """Tell whether the call has to end now."""
        ends = self.next_deadline()
        return ends is not None and now >= ends
