"""What is tried with changed bytes."""

from collections.abc import Callable
from dataclasses import dataclass

KEY = bytes(range(32))


class NotOfThePeer(Exception):
    """A datagram is dropped."""


@dataclass(frozen=True)
class Target:
    """A parser.

    Attributes:
        seeds: what it takes.
        parse: takes bytes that came from elsewhere.
        refuses: the faults by which it refuses.
        costly: it takes a millisecond and not microseconds.
        exact: it is authenticated as a whole, so it takes the seeds and nothing else.
    """

    name: str
    seeds: tuple[bytes, ...]
    parse: Callable[[bytes], object]
    refuses: tuple[type[Exception], ...] = ()
    costly: bool = False
    exact: bool = False
