"""Which service is in charge of a room: the one with the highest fence."""

from collections.abc import Container, Iterable, Iterator
from itertools import islice

MOST_FENCES = 4096
"""Rooms whose fence is remembered; of those that are over the oldest is forgotten first."""

ROOMS_A_LINE = 500
"""Rooms with their fences in a line, of which no room's name takes more than 64 characters."""


class Fences:
    """The highest fence that was seen of each room; a lower one is of a service out of charge."""

    def __init__(self) -> None:
        self._seen: dict[str, int] = {}

    def __getitem__(self, room: str) -> int:
        return self._seen[room]

    def in_charge(self, room: str, fence: int, there: Container[str]) -> bool:
        """Tell whether an order for a room is of a service in charge; from then on no lower one.

        Args:
            room: id.
            fence: of the order.
            there: the rooms that there are, whose fences are not forgotten.
        """
        if fence < self._seen.get(room, fence):
            return False
        self._seen.pop(room, None)
        self._seen[room] = fence
        if len(self._seen) > MOST_FENCES:
            over = next((room for room in self._seen if room not in there), None)
            if over is not None:
                del self._seen[over]
        return True


def in_lines(
    fences: Iterable[tuple[str, int]],
) -> Iterator[tuple[tuple[str, int], ...]]:
    """Yield rooms with their fences in so many as a line holds."""
    left = iter(fences)
    while some := tuple(islice(left, ROOMS_A_LINE)):
        yield some
