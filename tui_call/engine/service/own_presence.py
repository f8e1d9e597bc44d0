"""Whether the person here is free, as the service is told."""

import time
from collections.abc import Callable

from tui_call.control.views import Presence
from tui_call.engine.account.own_account import OwnAccount
from tui_call.engine.service.membership import ServiceMembership
from tui_call.signaling.messages import SetPresence


class OwnPresence:
    """What the person chose, which outlives the engine, and what follows from calls."""

    def __init__(
        self, has_call: Callable[[], bool], account: OwnAccount, membership: ServiceMembership
    ) -> None:
        self._has_call = has_call
        self._account = account
        self._membership = membership
        self._told = ""

    @property
    def chosen(self) -> Presence:
        """What the person said of it, as long as it holds."""
        joined = self._account.joined
        return "free" if joined is None or self._over else joined.presence

    @property
    def until(self) -> float:
        """Unix seconds at which the person is free again, 0 where they said none."""
        joined = self._account.joined
        return 0.0 if joined is None or self._over else joined.presence_until

    def choose(self, presence: Presence, until: float = 0.0) -> None:
        """Take what the person says, and tell it; see `OwnAccount.choose_presence`."""
        self._account.choose_presence(presence, until)
        self.tell()

    def look_around(self) -> None:
        """Once a second: be free again when that time has come."""
        if self._over:
            self.choose("free")

    def tell(self) -> None:
        """Tell the service, if it is anything new."""
        presence = self.chosen
        if self._has_call() and presence == "free":
            presence = "busy"
        # Told once: a repetition would tell the service when people mute, hold or compare.
        if presence != self._told and self._membership.send(SetPresence(presence)):
            self._told = presence

    def tell_anew(self) -> None:
        """Tell it again: a new connection knows nothing of it."""
        self._told = ""
        self.tell()

    @property
    def _over(self) -> bool:
        joined = self._account.joined
        return joined is not None and 0 < joined.presence_until <= time.time()
