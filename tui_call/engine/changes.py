"""What changed, shown once for everything that happens at a moment.

A service can report hundreds of changes at once; each alone would cost a list of everybody.
"""

import asyncio
from collections.abc import Callable

import structlog

from tui_call.control.views import Part

log = structlog.get_logger()


class Changes:
    """Collects what is to be shown; who knows of a change needs to know nobody who shows it."""

    def __init__(self) -> None:
        self._stale: dict[Part, None] = {}
        self._show: Callable[[Part], None] | None = None

    def listen(self, show: Callable[[Part], None]) -> None:
        """Have `show` show each part that changed; until then nobody sees any."""
        self._show = show

    def show(self, *parts: Part) -> None:
        """Show parts of the snapshot, once for all that happens now."""
        if not self._stale:
            asyncio.get_running_loop().call_soon(self.settle)
        self._stale.update(dict.fromkeys(parts))

    def settle(self) -> None:
        """Show it now."""
        stale, self._stale = self._stale, {}
        if self._show is None:
            return
        for part in stale:
            try:
                self._show(part)
            except Exception:
                # One part that cannot be shown must not keep the others from the screen.
                log.exception("part not shown", part=part)
