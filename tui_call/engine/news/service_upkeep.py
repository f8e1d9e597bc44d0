"""What the service is asked and told again when its time has come."""

from tui_call.engine.news.rights_news import RightsNews
from tui_call.engine.service.membership import ServiceMembership
from tui_call.engine.service.own_presence import OwnPresence
from tui_call.engine.service.relays import ServiceRelays
from tui_call.tasks import Tasks


class ServiceUpkeep:
    """Keeps relays, policies and the own presence from going stale."""

    def __init__(
        self,
        membership: ServiceMembership,
        relays: ServiceRelays,
        rights: RightsNews,
        presence: OwnPresence,
        tasks: Tasks,
    ) -> None:
        self._membership = membership
        self._relays = relays
        self._rights = rights
        self._presence = presence
        self._tasks = tasks

    def look_around(self, now: float) -> None:
        """Once a second: ask and tell what is due; `now` is monotonic seconds."""
        if self._membership.link is not None and self._relays.due(now):
            self._tasks.spawn(self._relays.ask(self._membership))
        if self._rights.due(now):
            self._tasks.spawn(self._rights.ask())
        self._presence.look_around()
