"""What the service is asked and told again when its time has come."""

from tui_call.engine.devices.own_devices import OwnDevices
from tui_call.engine.news.rights_news import RightsNews
from tui_call.engine.service.link_state import LinkState
from tui_call.engine.service.membership import ServiceMembership
from tui_call.engine.service.own_presence import OwnPresence
from tui_call.engine.service.relays import ServiceRelays
from tui_call.engine.service.watched_people import WatchedPeople
from tui_call.tasks import Tasks


class ServiceUpkeep:
    """Keeps relays, policies, people, own devices and the own presence from going stale."""

    def __init__(
        self,
        membership: ServiceMembership,
        relays: ServiceRelays,
        rights: RightsNews,
        presence: OwnPresence,
        watched: WatchedPeople,
        own_devices: OwnDevices,
        tasks: Tasks,
    ) -> None:
        self._membership = membership
        self._relays = relays
        self._rights = rights
        self._presence = presence
        self._watched = watched
        self._own_devices = own_devices
        self._tasks = tasks

    def look_around(self, now: float) -> None:
        """Once a second: ask and tell what is due; `now` is monotonic seconds."""
        if self._membership.link is not None and self._relays.due(now):
            self._tasks.spawn(self._relays.ask(self._membership))
        if self._rights.due(now):
            self._tasks.spawn(self._rights.ask())
        self._presence.look_around()
        link = self._membership.link
        if link is not None and link.state is LinkState.ONLINE:  # else a login begins both
            self._begin_again(now)

    def _begin_again(self, now: float) -> None:
        if self._watched.due(now):
            self._tasks.spawn(self._watched.begin())
        if self._own_devices.due(now):
            self._tasks.spawn(self._own_devices.welcomed())
