"""Asks STUN and TURN servers how this device can be reached, all at once and in bounded time.

aioice asks one server of each kind, waits for it for five seconds, and stops there. Here all are
asked at once and the first relay is taken, so that of a relay by UDP and one by TLS the one that
the network lets through is used. aioice's own functions do the asking.

Private name used: `Connection._protocols`.
"""
# pyright: reportPrivateUsage=false

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from ipaddress import ip_address
from typing import Any

from aioice import Candidate, Connection
from aioice.ice import StunProtocol, relayed_candidate, server_reflexive_candidate

from tui_call.config.ice_server import IceServer, Way

GRACE_SECONDS = 0.05
"""How long others are waited for once a server of each kind has answered."""

_Found = tuple[Candidate, StunProtocol | None]


class IceServers:
    """The servers of one connection.

    Attributes:
        relays: how the relay that was taken is reached, by its protocol; one at most.
    """

    def __init__(self, servers: Sequence[IceServer], *, relay_only: bool) -> None:
        self.relays: dict[StunProtocol, Way] = {}
        self._servers = tuple(servers)
        self._relay_only = relay_only

    async def ask(
        self,
        connection: Connection,
        component: int,
        hosts: Sequence[StunProtocol],
        patience: Callable[[], Coroutine[Any, Any, None]],
    ) -> list[Candidate]:
        """Return what servers tell of, until each kind has answered or the patience is over.

        Args:
            connection: gets the protocols of relays.
            component: of the connection.
            hosts: its sockets, whose outer addresses are asked for.
            patience: returns when nobody waits for servers any longer.
        """
        asked = self._questions(connection, component, hosts)
        if not asked:
            return []
        over = asyncio.create_task(patience())  # noqa: TID251 - gathered here
        try:
            await _until_answered(asked, over)
        finally:
            over.cancel()
            for task in asked:
                task.cancel()
            await asyncio.gather(over, *asked, return_exceptions=True)
        return self._taken(connection, asked)

    def _questions(
        self, connection: Connection, component: int, hosts: Sequence[StunProtocol]
    ) -> dict[asyncio.Task[_Found], IceServer]:
        asked: dict[asyncio.Task[_Found], IceServer] = {}
        for server in self._servers:
            if server.relays:
                relay = self._relay(connection, component, server)
                asked[asyncio.create_task(relay)] = server  # noqa: TID251 - gathered above
            elif not self._relay_only:
                for host in hosts:
                    if ip_address(host.local_candidate.host).version == 4:
                        outer = server_reflexive_candidate(host, (server.host, server.port))
                        asked[asyncio.create_task(outer)] = server  # noqa: TID251 - as above
        return asked

    def _relay(
        self, connection: Connection, component: int, server: IceServer
    ) -> Coroutine[Any, Any, _Found]:
        return relayed_candidate(
            component=component,
            hide_related_address=self._relay_only,
            protocol_factory=lambda: StunProtocol(connection),
            turn_server=(server.host, server.port),
            turn_username=server.username,
            turn_password=server.credential,
            turn_ssl=server.way == "TLS",
            turn_transport="udp" if server.way == "UDP" else "tcp",
        )

    def _taken(
        self, connection: Connection, asked: dict[asyncio.Task[_Found], IceServer]
    ) -> list[Candidate]:
        """Return outer addresses and one relay; the others are given back."""
        candidates: list[Candidate] = []
        for task, server in asked.items():
            if task.cancelled() or task.exception() is not None:
                continue
            candidate, protocol = task.result()
            if protocol is not None:
                if self.relays:
                    protocol.transport.close()
                    continue
                connection._protocols.append(protocol)  # noqa: SLF001
                self.relays[protocol] = server.way
            candidates.append(candidate)
        return candidates


async def _until_answered(
    asked: dict[asyncio.Task[_Found], IceServer], over: "asyncio.Task[None]"
) -> None:
    """Wait until a server of each kind has answered and the others had their grace."""
    kinds = {server.relays for server in asked.values()}
    waiting: set[asyncio.Task[Any]] = {over, *asked}
    while len(waiting) > 1 and not over.done():
        answered = {asked[task].relays for task in asked if _succeeded(task)}
        if answered == kinds:
            await asyncio.wait(waiting - {over}, timeout=GRACE_SECONDS)
            return
        _, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)


def _succeeded(task: "asyncio.Task[_Found]") -> bool:
    return task.done() and not task.cancelled() and task.exception() is None
