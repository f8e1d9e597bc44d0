"""What follows once the service has let this device in."""

from tui_call.engine.account.own_account import OwnAccount
from tui_call.engine.calls.call_watch import CallWatch
from tui_call.engine.changes import Changes
from tui_call.engine.devices.own_devices import OwnDevices
from tui_call.engine.news.rights_news import RightsNews
from tui_call.engine.service.membership import ServiceMembership
from tui_call.engine.service.own_presence import OwnPresence
from tui_call.engine.service.relays import ServiceRelays
from tui_call.engine.service.watched_people import WatchedPeople
from tui_call.signaling.messages import Welcome
from tui_call.tasks import Tasks


class LoginNews:
    """Learns what the service knows of the person, and has everything told and asked anew."""

    def __init__(
        self,
        account: OwnAccount,
        membership: ServiceMembership,
        rights: RightsNews,
        presence: OwnPresence,
        watched: WatchedPeople,
        own_devices: OwnDevices,
        relays: ServiceRelays,
        call_watch: CallWatch,
        changes: Changes,
        tasks: Tasks,
    ) -> None:
        self._account = account
        self._membership = membership
        self._rights = rights
        self._presence = presence
        self._watched = watched
        self._own_devices = own_devices
        self._relays = relays
        self._call_watch = call_watch
        self._changes = changes
        self._tasks = tasks

    def welcomed(self, message: Welcome) -> None:
        """Take what the service says to a device that has logged in."""
        if self._account.is_own(message.account):
            self._account.called(message.name)
            self._account.knows_service_by(self._membership.pins)
        self._call_watch.service_back()
        self._rights.welcomed(message)
        self._changes.show("me", "service")
        self._tasks.spawn(self._watched.begin())
        self._tasks.spawn(self._own_devices.welcomed())
        self._tasks.spawn(self._relays.ask(self._membership))
        self._presence.tell_anew()
