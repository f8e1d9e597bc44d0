"""Whether the person here is free, as the service is told."""

import time
from collections.abc import Callable

from tui_call.control.views import Presence
from tui_call.engine.changes import Changes
from tui_call.engine.service.membership import ServiceMembership
from tui_call.signaling.messages import SetPresence


class OwnPresence:
    """What the person chose, and what follows from calls.

    Attributes:
        chosen: what the person said of it.
        until: Unix seconds at which they are free again, 0 where they said none.
    """

    def __init__(
        self, has_call: Callable[[], bool], membership: ServiceMembership, changes: Changes
    ) -> None:
        self.chosen: Presence = "free"
        self.until = 0.0
        self._has_call = has_call
        self._membership = membership
        self._changes = changes
        self._told = ""

    def choose(self, presence: Presence, until: float = 0.0) -> None:
        """Take what the person says, and tell it; up to Unix seconds `until` if that is not 0."""
        self.chosen, self.until = presence, until
        self.tell()
        self._changes.show("me")

    def look_around(self) -> None:
        """Once a second: be free again when that time has come."""
        if self.until and time.time() >= self.until:
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
