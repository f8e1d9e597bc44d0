"""aioice as a call needs it: bounded in time, usable without a network, open about its path.

aioice gathers addresses of every interface and leaves loopback out, so that two programs on a
computer without a network could not call each other. Servers are asked by `IceServers`.

A check that the peer's NAT did not let in yet is repeated by aioice half a second later, even when
the peer's own check, which comes meanwhile, shows that the way is open now. Here such a check is
sent again at once (RFC 8445, section 7.3.1.4).

Each authentic check from a further address is a candidate to aioice, also a copy that somebody on
the way sends from elsewhere, and each begins further checks: here there are so many and no more,
and none of them takes the place of a path that was chosen.

Private names used: `RTCIceTransport._connection`, `Connection._nominated`, `Connection._protocols`
and `Connection._check_list`. Replaced: `Connection.get_component_candidates(component, addresses,
timeout)`, `Connection.check_incoming(message, addr, protocol)`, `Connection.check_complete(pair)`
and `Connection.connect()`.
"""
# pyright: reportPrivateUsage=false

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from aioice import Candidate, Connection
from aioice.ice import CandidatePair, StunProtocol
from aioice.stun import Message
from aiortc import RTCIceTransport

from tui_call.config.ice_server import IceServer
from tui_call.transport.addresses import worthwhile_addresses
from tui_call.transport.ice_servers import IceServers

SERVERS_SECONDS = 0.6
"""How long servers are waited for where there are other addresses and somebody waits: enough for
TLS and an allocation at 100 ms of round trip, and no more, for one that is away costs it all."""

GATHERING_SECONDS = 3
"""The same where nobody waits yet, or where there is nothing but a relay."""

MOST_PAIRS = 100
"""Of an own socket and an address that the peer's checks came from; a whole check list has no more
(RFC 8445, section 6.1.2.5)."""

_COMPONENT = 1


class IceAgent:
    """Stands between aiortc and aioice from before the addresses are gathered.

    Attributes:
        connection: aioice's part of the transport.
        on_sockets: is called when sockets were opened, own ones or those of a relay.
    """

    def __init__(
        self, transport: RTCIceTransport, servers: Sequence[IceServer], *, relay_only: bool
    ) -> None:
        self._relay_only = relay_only
        self._servers = IceServers(servers, relay_only=relay_only)
        self._awaited = asyncio.Event()
        self.connection: Connection = transport._connection  # noqa: SLF001
        self.on_sockets: Callable[[], None] = lambda: None
        self._gather_hosts = self.connection.get_component_candidates
        setattr(self.connection, "get_component_candidates", self._gather)  # noqa: B010
        self._check_incoming = self.connection.check_incoming
        setattr(self.connection, "check_incoming", self._checked_by_peer)  # noqa: B010
        self._complete_check = self.connection.check_complete
        setattr(self.connection, "check_complete", self._check_complete)  # noqa: B010
        self._admitted: set[tuple[StunProtocol, tuple[str, int]]] = set()
        self._sent_again: set[CandidatePair] = set()
        self._connect_any = self.connection.connect
        setattr(self.connection, "connect", self._connect)  # noqa: B010
        self._checking = asyncio.Lock()

    @property
    def path(self) -> str:
        """How packets travel, for example "direct/UDP" or "relay/TCP"; "" before they do.

        The protocol is that of the own way to the relay; the other side's relay is reached by UDP.
        """
        pair = self.connection._nominated.get(_COMPONENT)  # noqa: SLF001
        if pair is None:
            return ""
        if pair.local_candidate.type == "relay":
            return f"relay/{self._servers.relays[pair.protocol]}"
        return "relay/UDP" if pair.remote_candidate.type == "relay" else "direct/UDP"

    def await_addresses(self) -> None:
        """Say that somebody waits for the addresses: servers that do not answer are left."""
        self._awaited.set()

    def peer_is_at(self, protocol: StunProtocol, addr: tuple[Any, ...]) -> bool:
        """Tell whether an authentic check or answer to one came to a socket from an address.

        Args:
            protocol: the own socket, or the own relay.
            addr: as the socket, or the relay, names it: a host, a port, and perhaps more.
        """
        return (protocol, addr[:2]) in self._admitted

    async def ended(self) -> None:
        """Wait until connectivity checks have ended, which they do 20 ms after aiortc's close.

        Where one succeeded just before it, aioice goes on to ask for consent, and is closed again.
        """
        async with self._checking:
            await self.connection.close()

    async def _connect(self) -> None:
        async with self._checking:
            await self._connect_any()

    def _checked_by_peer(
        self, message: Message, addr: tuple[str, int], protocol: StunProtocol
    ) -> None:
        """Take an authentic check; send the own one of the same pair again, once, if it is out."""
        known = self.peer_is_at(protocol, addr) or self._was_named(addr)
        if len(self._admitted) >= MOST_PAIRS and not known:
            return
        self._admitted.add((protocol, addr))
        out = [
            pair
            for pair in self.connection._check_list  # noqa: SLF001
            if pair.state is CandidatePair.State.IN_PROGRESS
            and (pair.protocol, pair.remote_addr) == (protocol, addr)
        ]
        self._check_incoming(message, addr, protocol)
        for pair in set(out) - self._sent_again:
            self._sent_again.add(pair)
            if pair.task is not None:
                pair.task.cancel()
                pair.task = None
            self.connection.check_state(pair, CandidatePair.State.WAITING)
            self.connection.check_start_task(pair)

    def _was_named(self, addr: tuple[str, int]) -> bool:
        """Tell whether the peer's description has an address, which no copy from elsewhere has."""
        candidates = self.connection.remote_candidates
        named = (candidate for candidate in candidates if candidate.type != "prflx")
        return any((candidate.host, candidate.port) == addr for candidate in named)

    def _check_complete(self, pair: CandidatePair) -> None:
        """Take the end of an own check, at which its answer was authentic if it succeeded."""
        if pair.state is CandidatePair.State.SUCCEEDED:
            self._admitted.add((pair.protocol, pair.remote_addr))
            # Whoever passes copies of checks on succeeds, too, and would be the path from then on.
            chosen = self.connection._nominated.get(_COMPONENT)  # noqa: SLF001
            if chosen not in (None, pair) and not self._was_named(pair.remote_addr):
                pair.nominated = False
        self._complete_check(pair)

    async def _gather(self, component: int, addresses: list[str]) -> list[Candidate]:
        chosen = [] if self._relay_only else worthwhile_addresses(addresses)
        found = await self._gather_hosts(component, chosen)
        self.on_sockets()
        hosts = list(self.connection._protocols)  # noqa: SLF001
        began = asyncio.get_running_loop().time()

        async def patience() -> None:
            if not found:
                await asyncio.sleep(GATHERING_SECONDS)
                return
            try:
                async with asyncio.timeout_at(began + GATHERING_SECONDS):
                    await self._awaited.wait()
            except TimeoutError:
                return
            waited = asyncio.get_running_loop().time() - began
            await asyncio.sleep(max(0.0, SERVERS_SECONDS - waited))

        found += await self._servers.ask(self.connection, component, hosts, patience)
        self.on_sockets()
        return found
