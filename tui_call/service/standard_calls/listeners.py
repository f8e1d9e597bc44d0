"""Since when who hears the others of a call: what was said before is not for their eyes either."""

import time
from collections.abc import Callable
from math import inf

from tui_call.standard_calls.kept_rooms import takes_part
from tui_call.standard_calls.state import StandardCall


class Listeners:
    """Follows the calls of this service.

    Args:
        clock: monotonic seconds, as the tap has them.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._since: dict[str, dict[str, float]] = {}

    def set(self, call: StandardCall) -> None:
        """Take a call as it is now."""
        now, before = self._clock(), self._since.pop(call.id, {})
        hear = (member.account for member in call.inside if takes_part(call, member))
        if found := {account: before.get(account, now) for account in hear}:
            self._since[call.id] = found

    def since(self, call: str, account: str) -> float:
        """Return since when somebody hears what is said in a call; infinity where they do not."""
        return self._since.get(call, {}).get(account, inf)
