"""The paths of one call: one at first, two while it goes over from one to the next."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from tui_call.transport.impairment import Impairment
from tui_call.transport.peer_connection import ConnectionState, IceServer, PeerConnection


@dataclass(frozen=True, slots=True)
class Network:
    """How paths are made."""

    ice_servers: tuple[IceServer, ...] = ()
    relay_only: bool = False
    impairment: Impairment | None = None


class Paths:
    """Peer connections by their number in the call; each carries the same sealed packets.

    Args:
        network: how they are made.
        on_packet: is given the path's number and each packet that came in on it.
        on_failed: is told the number of a path that the transport gave up.
    """

    def __init__(
        self,
        network: Network,
        on_packet: Callable[[int, bytes], None],
        on_failed: Callable[[int], None],
    ) -> None:
        self._network = network
        self._on_packet = on_packet
        self._on_failed = on_failed
        self._open: dict[int, PeerConnection] = {}
        self._filtered_before = 0

    @property
    def datagrams_filtered(self) -> int:
        """Datagrams dropped at the doors of all paths that there were."""
        return self._filtered_before + sum(at.datagrams_filtered for at in self._open.values())

    def kind(self, number: int) -> str:
        """Return how packets travel on a path, "" before they do."""
        path = self._open.get(number)
        return path.path if path else ""

    def open(self, number: int) -> PeerConnection:
        """Return a path, made if it is not there."""
        if number not in self._open:
            self._open[number] = PeerConnection(
                ice_servers=self._network.ice_servers,
                relay_only=self._network.relay_only,
                on_packet=partial(self._on_packet, number),
                on_state=partial(self._changed, number),
                impairment=self._network.impairment,
            )
        return self._open[number]

    def send(self, packet: bytes) -> None:
        """Send a sealed packet on every path that is connected."""
        for path in self._open.values():
            path.send(packet)

    async def close(self, number: int) -> None:
        """Close a path, if it is there."""
        path = self._open.pop(number, None)
        if path is not None:
            self._filtered_before += path.datagrams_filtered
            await path.close()

    async def close_all(self) -> None:
        """Close every path."""
        for number in list(self._open):
            await self.close(number)

    def _changed(self, number: int, state: ConnectionState) -> None:
        if state is ConnectionState.FAILED:
            self._on_failed(number)
