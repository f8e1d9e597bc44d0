"""The organisation's encryption policy, as administrators change it from their settings."""

from collections.abc import Callable

from tui_call.service.database import Organisations
from tui_call.service.policies import Policies
from tui_call.service.session import ClientSession
from tui_call.signaling.messages import ChangePolicy, Done


class OrganisationPolicy:
    """Changes the policy; who is concerned, `Policies` tells."""

    def __init__(
        self, organisations: Organisations, policies: Policies, wall_clock: Callable[[], float]
    ) -> None:
        self._organisations = organisations
        self._policies = policies
        self._wall_clock = wall_clock

    async def change(self, administrator: ClientSession, change: ChangePolicy) -> None:
        """Change what is given of it."""
        await self._organisations.change_policy(
            administrator.account,
            int(self._wall_clock()),
            e2ee_calls=change.e2ee_calls,
            require_compared=change.require_compared,
            relay_only=change.relay_only,
        )
        await self._policies.look()
        administrator.put(Done(change.request))
