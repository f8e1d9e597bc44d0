"""The STUN and TURN servers that the service names, with credentials that hold for a while.

They are asked for at each login and again when half of their time is over, so that a call that is
set up, or goes over to another path, never has to wait for them.
"""

import logging
import math
import time

from tui_call.config.ice_server import IceServer, InvalidIceServer, parse_ice_server
from tui_call.engine.service.faults import ServiceFault
from tui_call.engine.service.membership import ServiceMembership
from tui_call.engine.service.second_try import AGAIN_SECONDS
from tui_call.signaling.messages import AskForRelays, Relays

log = logging.getLogger(__name__)


class ServiceRelays:
    """What the service of the membership said last."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Know nothing: another service has other ones."""
        self._servers: tuple[IceServer, ...] = ()
        self._holds_until = -math.inf
        self._ask_at = math.inf

    def servers(self, now: float) -> tuple[IceServer, ...]:
        """Return the servers whose credentials hold at a monotonic time."""
        return self._servers if now < self._holds_until else ()

    def due(self, now: float) -> bool:
        """Return whether it is time to ask again."""
        return now >= self._ask_at

    async def ask(self, membership: ServiceMembership) -> None:
        """Ask the service; where it does not answer, what it said before is used on."""
        self._ask_at = math.inf  # not twice at a time
        answer = None
        try:
            answer = await membership.request(AskForRelays)
        except ServiceFault as fault:
            log.info("no relays", {"error": type(fault).__name__})
        now = time.monotonic()
        self._ask_at = now + AGAIN_SECONDS
        if isinstance(answer, Relays):
            self._servers = tuple(_readable(answer))
            self._holds_until = now + answer.seconds
            self._ask_at = now + answer.seconds / 2


def _readable(answer: Relays) -> list[IceServer]:
    """Return the servers of an answer; what is none is left out."""
    servers: list[IceServer] = []
    for text in answer.servers:
        try:
            server = parse_ice_server(text)
        except InvalidIceServer:
            log.warning("relay of the service not used")
            continue
        if server.relays:
            credentials = (answer.username, answer.credential)
            server = IceServer(server.host, server.port, True, server.way, *credentials)
        servers.append(server)
    return servers
