"""What the calls of an engine have in common: the time, the way out, and who watches."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

from tui_call.e2ee.media import MediaFrame
from tui_call.engine.calls.clock import Clock
from tui_call.engine.calls.reports import CallObserver, LegAddress
from tui_call.engine.media.libraries import CallLibraries
from tui_call.tasks import OnFailure, log_failure

OnPacket = Callable[[int, bytes], None]
OnDescribed = Callable[[int, str], None]
OnFailed = Callable[[int], None]


class CallPaths(Protocol):
    """The paths of one leg, by their number in the call."""

    @property
    def without_relay(self) -> bool:
        """Whether a path came to nothing since it needed a relay, and none answered."""
        ...

    @property
    def datagrams_filtered(self) -> int:
        """Datagrams dropped at the doors of all paths that there were."""
        ...

    @property
    def tell_addresses(self) -> bool:
        """Whether one of them may have told the peer an address of this computer."""
        ...

    def kind(self, number: int) -> str:
        """Return how packets travel on a path, "" before they do."""
        ...

    def gather(self, number: int) -> None:
        """Look for addresses ahead of time."""
        ...

    def offer(self, number: int) -> None:
        """Make a path anew and describe it."""
        ...

    def answer(self, number: int, offer: str) -> None:
        """Take an offer, connect, and describe the own end."""
        ...

    def connect(self, number: int, answer: str) -> None:
        """Connect with the answer to the own offer."""
        ...

    @property
    def closed(self) -> bool:
        """Whether there is none, and none that closes yet."""
        ...

    def send(self, packet: bytes) -> None:
        """Send a sealed packet on every path that is connected."""
        ...

    def close(self, number: int) -> None:
        """Take a path out, if it is there, and let it close."""
        ...

    def shut(self) -> None:
        """Let every path close; what is being prepared comes to nothing."""
        ...

    async def close_all(self) -> None:
        """Close every path, and wait for that."""
        ...


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Everything that a call needs beside its core.

    Attributes:
        clock: tells the time and wakes calls.
        make_paths: makes the paths of a leg; they tell of packets, descriptions and failures by
            the number of the path.
        send: sends a message to the device of a leg, and repeats it if told to.
        observer: watches.
        on_frame: is given each authentic frame of a leg, where somebody passes it on.
        libraries: what a call needs before it takes what its peer says; at hand, where it is not
            said otherwise.
        on_failure: takes what nobody foresaw in one of them; the call goes on where it can.
    """

    clock: Clock
    make_paths: Callable[[LegAddress, OnPacket, OnDescribed, OnFailed], CallPaths]
    send: Callable[[LegAddress, bytes, bool], None]
    observer: CallObserver
    on_frame: Callable[[LegAddress, MediaFrame], None] | None = None
    libraries: CallLibraries = field(default_factory=partial(CallLibraries, loaded=True))
    on_failure: OnFailure = log_failure
