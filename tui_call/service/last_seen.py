"""When people were here last and with which version, noted at once and written in batches.

A write for each login would cost more than the login, and hold up changes that matter.
"""

import asyncio
import logging
from collections.abc import Callable

from tui_call.errors import LocalFault
from tui_call.foreign_text import clean
from tui_call.service.database import Accounts, Seen
from tui_call.tasks import Tasks

WRITTEN_EVERY = 30.0
"""Seconds."""
LONGEST_VERSION = 64

log = logging.getLogger(__name__)


class LastSeen:
    """Keeps what is to be written."""

    def __init__(self, accounts: Accounts, wall_clock: Callable[[], float]) -> None:
        self._accounts = accounts
        self._wall_clock = wall_clock
        self._noted: dict[str, Seen] = {}
        self._writing = Tasks()
        self._writing.spawn(self._write_now_and_then())

    def note(self, account: str, client: str) -> None:
        """Take note that somebody is here, or was until now.

        Args:
            account: whose device it is.
            client: the version that it said it was.
        """
        version = clean(client, LONGEST_VERSION)
        self._noted[account] = Seen(account, int(self._wall_clock()), version)

    async def write(self) -> None:
        """Write what was noted; where that fails it stays noted."""
        noted = list(self._noted.values())
        try:
            await self._accounts.seen(noted)
        except LocalFault as fault:
            log.error("last seen not written", {"fault": type(fault).__name__})
            return
        for seen in noted:
            if self._noted[seen.account] is seen:
                del self._noted[seen.account]

    async def close(self) -> None:
        """Write the rest."""
        self._writing.cancel()
        await self._writing.wait()
        await self.write()

    async def _write_now_and_then(self) -> None:
        while True:
            await asyncio.sleep(WRITTEN_EVERY)
            await self.write()
