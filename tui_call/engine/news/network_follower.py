"""Following this computer into another network, with the service and the calls."""

import logging

from tui_call.engine.calls.call_watch import CallWatch
from tui_call.engine.media.path_settings import PathSettings
from tui_call.engine.own_clock import OwnClock
from tui_call.engine.service.membership import ServiceMembership
from tui_call.engine.service.network_watch import NetworkWatch

log = logging.getLogger(__name__)


class NetworkFollower:
    """Looks whether addresses are others, may be told no more, or nothing ran for a while."""

    def __init__(
        self,
        watch: NetworkWatch,
        path_settings: PathSettings,
        clock: OwnClock,
        membership: ServiceMembership,
        call_watch: CallWatch,
    ) -> None:
        self._watch = watch
        self._path_settings = path_settings
        self._clock = clock
        self._membership = membership
        self._call_watch = call_watch
        self._was_relay_only = False

    def look_around(self) -> None:
        """Ten times a second in a call, else once."""
        self._follow_relay_only()
        self._follow_standstill()
        if self._watch.changed():
            connected = self._watch.picture.connected
            log.info("another network", {"connected": connected})
            self._membership.network_changed()
            self._call_watch.addresses_changed(connected=connected)

    def _follow_standstill(self) -> None:
        """Look for service and peers after a time in which nothing ran here."""
        stood = self._clock.stood_still()
        if stood:
            log.info("stood still", {"seconds": round(stood)})
            self._membership.doubt()
            self._call_watch.woke(stood)

    def _follow_relay_only(self) -> None:
        """Take calls off paths that tell an address of this computer, once none may be told."""
        before, self._was_relay_only = self._was_relay_only, self._path_settings.relay_only
        if self._was_relay_only and not before:
            self._call_watch.hide_addresses()
