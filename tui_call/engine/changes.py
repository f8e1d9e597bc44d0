"""What changed, written down and shown once for everything that happens at a moment.

A service can report hundreds of changes at once; each alone would cost a file and a list of
everybody.
"""

import asyncio
from collections.abc import Callable, Mapping

import structlog

from tui_call.control.server import ControlServer
from tui_call.control.views import Part
from tui_call.engine.account.keeping import Keeper

log = structlog.get_logger()


class Changes:
    """Collects what is to be saved and shown.

    Args:
        keeper: writes the profile.
        server: shows parts of the snapshot.
        makers: returns what makes each part.
    """

    def __init__(
        self,
        keeper: Keeper,
        server: ControlServer,
        makers: Callable[[], Mapping[Part, Callable[[], object]]],
    ) -> None:
        self._keeper = keeper
        self._server = server
        self._makers = makers
        self._stale: dict[Part, None] = {}
        self._unsaved = False

    def save(self) -> None:
        """Keep what changed in the profile; something is shown as well."""
        self._unsaved = True

    def show(self, *parts: Part) -> None:
        """Show parts of the snapshot."""
        if not self._stale:
            asyncio.get_running_loop().call_soon(self._settle)
        self._stale.update(dict.fromkeys(parts))

    async def settled(self) -> None:
        """Show it now, and return when it is written down or that failed."""
        self._settle()
        await self._keeper.written()

    def _settle(self) -> None:
        stale, self._stale = self._stale, {}
        if self._unsaved:
            self._unsaved = False
            self._keeper.save()
        makers = self._makers()
        for part in stale:
            try:
                self._server.publish(part, makers[part]())
            except Exception as error:
                # One part that cannot be shown must not keep the others from the screen.
                log.error("part not shown", part=part, error=type(error).__name__)
