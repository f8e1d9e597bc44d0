"""The encryption policy that applies to everybody, as administrators change it."""

from collections.abc import Callable

from tui_call.service.bus.bus import Bus
from tui_call.service.database import Organisation, Organisations
from tui_call.service.session import ClientSession
from tui_call.signaling.messages import ChangePolicy, Done, Policy, PolicyChanged


class OrganisationPolicy:
    """Keeps the policy and tells everybody of another one."""

    def __init__(
        self,
        organisation: Organisation,
        organisations: Organisations,
        bus: Bus,
        wall_clock: Callable[[], float],
    ) -> None:
        self._policy = organisation.policy
        self._organisations = organisations
        self._bus = bus
        self._wall_clock = wall_clock

    def policy(self) -> Policy:
        """Return the encryption policy that applies to everybody here."""
        return self._policy

    async def change(self, administrator: ClientSession, change: ChangePolicy) -> None:
        """Change what is given of it."""
        before = self._policy
        self._policy = await self._organisations.change_policy(
            administrator.account,
            int(self._wall_clock()),
            e2ee_calls=change.e2ee_calls,
            require_compared=change.require_compared,
            relay_only=change.relay_only,
        )
        if self._policy != before:
            self._bus.publish(None, PolicyChanged(self._policy))
        administrator.put(Done(change.request))
