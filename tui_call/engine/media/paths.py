"""The paths of one call: one at first, two while it goes over from one to the next."""

import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from tui_call.config.ice_server import IceServer
from tui_call.errors import TuiCallError
from tui_call.tasks import OnFailure, Tasks, attempt, log_failure
from tui_call.transport.connection_state import ConnectionState, NoAddress
from tui_call.transport.impairment import Impairment

if TYPE_CHECKING:
    from tui_call.transport.peer_connection import PeerConnection

_News = TypeVar("_News", bytes, ConnectionState)

log = logging.getLogger(__name__)

CLOSING_SECONDS = 2.0
"""A relay that died is told of the end for a minute; nobody waits so long."""


@dataclass(frozen=True, slots=True)
class Network:
    """How paths are made."""

    ice_servers: tuple[IceServer, ...] = ()
    relay_only: bool = False
    impairment: Impairment | None = None


class Paths:
    """Peer connections by their number in the call; each carries the same sealed packets.

    Args:
        network: tells how they are made now: a call may outlive credentials for relays.
        on_packet: is given the path's number and each packet that came in on it.
        on_described: is given the number and the description that `offer` or `answer` made.
        on_failed: is told the number of a path that cannot be made, or that the transport gave up.
        on_connected: is told the number of one that carries packets from now on.
        on_failure: takes what nobody foresaw.

    Attributes:
        without_relay: a path came to nothing since it had to go through a relay, and none answered.
    """

    def __init__(
        self,
        network: Callable[[], Network],
        on_packet: Callable[[int, bytes], None],
        on_described: Callable[[int, str], None],
        on_failed: Callable[[int], None],
        on_connected: Callable[[int], None] = lambda _: None,
        on_failure: OnFailure = log_failure,
    ) -> None:
        self._network = network
        self._on_packet = on_packet
        self._on_described = on_described
        self._on_failed = on_failed
        self._on_connected = on_connected
        self._open: dict[int, PeerConnection] = {}
        self._made_for: dict[int, Network] = {}
        self._ahead: set[int] = set()  # those that look for addresses before the answer
        self._tasks = Tasks(on_failure)
        self._filtered_before = 0
        self.without_relay = False

    @property
    def datagrams_filtered(self) -> int:
        """Datagrams dropped at the doors of all paths that there were."""
        return self._filtered_before + sum(at.datagrams_filtered for at in self._open.values())

    @property
    def tell_addresses(self) -> bool:
        """Whether one of them may have told the peer an address of this computer."""
        return not all(network.relay_only for network in self._made_for.values())

    @property
    def closed(self) -> bool:
        """Whether there is none, and none that closes yet."""
        return not self._open and not self._tasks.running

    def kind(self, number: int) -> str:
        """Return how packets travel on a path, "" before they do."""
        path = self._open.get(number)
        return path.path if path else ""

    def gather(self, number: int) -> None:
        """Look for addresses ahead of time, anew if that was done before.

        Where there are none nothing is said: by the answer there may be some.
        """
        self.close(number)
        path = self._made(number)
        self._ahead.add(number)
        self._tasks.spawn(self._gathered(number, path))

    def offer(self, number: int) -> None:
        """Make a path anew and describe it."""
        self.close(number)
        path = self._made(number)
        self._prepare(number, path, path.create_offer())

    def answer(self, number: int, offer: str) -> None:
        """Take an offer, connect and describe the own end; each time with addresses of now.

        What was looked for ahead serves, unless paths are made in another way by now.
        """
        if number not in self._ahead or self._made_for[number] != self._network():
            self.close(number)
        self._ahead.discard(number)
        path = self._made(number)
        self._prepare(number, path, path.create_answer(offer))

    def connect(self, number: int, answer: str) -> None:
        """Connect with the answer to the own offer."""
        path = self._made(number)
        self._prepare(number, path, path.accept_answer(answer))

    def send(self, packet: bytes) -> None:
        """Send a sealed packet on every path that is connected."""
        for path in self._open.values():
            path.send(packet)

    def close(self, number: int) -> None:
        """Take a path out, if it is there, and let it close."""
        self._ahead.discard(number)
        self._made_for.pop(number, None)
        path = self._open.pop(number, None)
        if path is not None:
            self._filtered_before += path.datagrams_filtered
            self._tasks.spawn(path.close())

    def shut(self) -> None:
        """Let every path close; what is being prepared comes to nothing."""
        for number in list(self._open):
            self.close(number)

    async def close_all(self) -> None:
        """Close every path, and wait for that; what lasts goes on."""
        self.shut()
        await self._tasks.wait(CLOSING_SECONDS)

    def _made(self, number: int) -> "PeerConnection":
        if number not in self._open:
            from tui_call.transport.peer_connection import PeerConnection

            network = self._made_for[number] = self._network()
            self._open[number] = PeerConnection(
                ice_servers=network.ice_servers,
                relay_only=network.relay_only,
                on_packet=partial(self._tell, "packet", self._on_packet, number),
                on_state=partial(self._tell, "state of a path", self._changed, number),
                impairment=network.impairment,
            )
        return self._open[number]

    def _tell(
        self, what: str, take: Callable[[int, _News], None], number: int, news: _News
    ) -> None:
        """Hand on what a connection tells, which is not its fault where that fails."""
        attempt(self._tasks.on_failure, what, take, number, news)

    async def _gathered(self, number: int, path: "PeerConnection") -> None:
        try:
            await path.gather()
        except TuiCallError as error:
            log.info("no address ahead of time", {"error": type(error).__name__})
            if self._open.get(number) is path and number in self._ahead:
                self.close(number)

    def _prepare(
        self, number: int, path: "PeerConnection", preparing: Coroutine[Any, Any, str | None]
    ) -> None:
        self._tasks.spawn(self._prepared(number, path, preparing))

    async def _prepared(
        self, number: int, path: "PeerConnection", preparing: Coroutine[Any, Any, str | None]
    ) -> None:
        """Tell of the description, or the failure, unless another path has the number by now."""
        try:
            sdp = await preparing
        except TuiCallError as error:
            log.warning("no path", {"error": type(error).__name__})
            self.without_relay = isinstance(error, NoAddress) and self._network().relay_only
            if self._open.get(number) is path:
                self._on_failed(number)
            return
        if sdp is not None and self._open.get(number) is path:
            self._on_described(number, sdp)

    def _changed(self, number: int, state: ConnectionState) -> None:
        if number not in self._open:
            return
        if state is ConnectionState.FAILED:
            self._on_failed(number)
        elif state is ConnectionState.CONNECTED:
            self._on_connected(number)
