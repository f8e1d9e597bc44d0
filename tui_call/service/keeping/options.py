"""For how long, and how much, a service keeps of standard calls."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class KeepingOptions:
    """Both.

    Attributes:
        keep_days: days after its end in which a recording or transcript is deleted, 0 for never;
            the calling policies of those in the call shorten it.
        most_gib: with so many GiB nothing more is begun.
    """

    keep_days: int = 90
    most_gib: int = 20
