"""How paths are made now: settings, the service's relays, and what the policy leaves of them."""

import time

from tui_call.config.ice_server import parse_ice_server
from tui_call.engine.account.configuration import Configuration
from tui_call.engine.account.rights import Rights
from tui_call.engine.media.paths import Network
from tui_call.engine.service.relays import ServiceRelays
from tui_call.transport.impairment import Impairment


class PathSettings:
    """What the paths of all calls have in common."""

    def __init__(
        self,
        configuration: Configuration,
        rights: Rights,
        relays: ServiceRelays,
        impairment: Impairment | None,
    ) -> None:
        self._configuration = configuration
        self._rights = rights
        self._relays = relays
        self._impairment = impairment

    @property
    def relay_only(self) -> bool:
        """Whether peers must not learn an address of this computer."""
        policy = self._rights.policy
        return self._configuration.current.network.relay_only or bool(policy and policy.relay_only)

    def network(self) -> Network:
        """Return how the next path is made."""
        wanted = self._configuration.current.network
        servers = tuple(map(parse_ice_server, wanted.ice_servers))
        if wanted.service_relays:
            servers += self._relays.servers(time.monotonic())
        return Network(servers, self.relay_only, self._impairment)
