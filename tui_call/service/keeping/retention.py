"""What is kept goes when its time is over; and what a kill left half done is done.

At the start and once a day. First the audit row with the mark that hides it, then the files, then
the rows: broken off anywhere, the next sweep goes on with it.
"""

import asyncio
import logging
from collections.abc import Callable

from tui_call.errors import LocalFault
from tui_call.service.database import StandardCalls
from tui_call.service.database.audit import BY_SERVICE, AuditEntry
from tui_call.service.database.kept_index import Disposable, KeptIndex
from tui_call.service.keeping.access import DAY, kept_until
from tui_call.service.keeping.files import KeptFiles, KeptOnDisk
from tui_call.service.keeping.options import KeepingOptions
from tui_call.signaling.tap_messages import LEAST_TO_BEGIN
from tui_call.tasks import Tasks

SWEEP_EACH = float(DAY)
AWAY_DAYS = 30
"""Days after its time until something is forgotten that another computer has not deleted, and after
its beginning until it is over though that computer has not ended it; likewise after what a call was
audited for last."""
LOOKED_EACH = 1.0
"""Seconds for which it is remembered how much is kept: nothing is written faster than that."""
_GIB = 2**30

log = logging.getLogger(__name__)


class Retention:
    """Sweeps, and says where there is no room for more."""

    def __init__(
        self,
        calls: StandardCalls,
        index: KeptIndex,
        files: KeptFiles,
        options: KeepingOptions,
        home: str,
        wall_clock: Callable[[], float],
        clock: Callable[[], float],
    ) -> None:
        """Prepare.

        Args:
            calls: which there are; those of a computer that is away for long are over.
            index: knows what there is.
            files: are removed.
            options: how long, how much.
            home: names this service.
            wall_clock: Unix seconds.
            clock: monotonic seconds.
        """
        self._calls = calls
        self._index = index
        self._files = files
        self._options = options
        self._home = home
        self._wall_clock = wall_clock
        self._clock = clock
        self._looking = asyncio.Lock()
        self._seen: tuple[float, KeptOnDisk] | None = None
        self._sweeping = Tasks()

    async def open(self) -> None:
        """Sweep now, and once a day from now on.

        Raises:
            DatabaseUnusable: the store cannot be used.
        """
        await self.sweep()
        self._sweeping.spawn(self._each_day())

    async def close(self) -> None:
        """Sweep no more."""
        self._sweeping.cancel()
        await self._sweeping.wait()

    async def why_full(self) -> str:
        """Return why nothing more may be begun, the code of a sentence; "" where it may.

        However often that is asked, all files are looked at once a second.
        """
        async with self._looking:
            if self._seen is None or self._clock() - self._seen[0] >= LOOKED_EACH:
                self._seen = self._clock(), await asyncio.to_thread(self._files.look)
            _, found = self._seen
        if found.size >= self._options.most_gib * _GIB:
            return "N_KEPT_FULL"
        return "N_DISK" if found.free < LEAST_TO_BEGIN else ""

    async def sweep(self) -> None:
        """Delete what is due, and finish what was broken off.

        Raises:
            DatabaseUnusable: the store cannot be used.
        """
        now, away = self._now(), self._now() - AWAY_DAYS * DAY
        await self._calls.end_abandoned(self._home, now, away)
        await self._index.end_abandoned(self._home, now, away)
        # Known first: what begins and ends between the two has its files.
        known, found = await self._index.all(), await asyncio.to_thread(self._files.look)
        await self._bring_home(found, known)
        for one in known:
            # A disk that is not there now is no reason to forget what is on it.
            if (one.home == self._home and found.there) or one.id in found.ids:
                await self._look_after(one, there=one.id in found.ids)
            elif one.home != self._home and self._is_long_over(one):
                await self._forget_away(one)
        await self._delete_strangers(found, {one.id for one in known})

    async def _each_day(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_EACH)
            try:
                await self.sweep()
            except LocalFault as fault:
                log.error("sweep failed", {"fault": type(fault).__name__})

    async def _bring_home(self, found: KeptOnDisk, known: list[Disposable]) -> None:
        """Take over what lies here, as after a move to another computer or a new name of this."""
        moved = [one.id for one in known if one.home != self._home and one.id in found.ids]
        if moved:
            await self._index.bring_home(moved, self._home)

    async def _look_after(self, one: Disposable, *, there: bool) -> None:
        if one.removed is None:
            why = self._why_due(one, there=there)
            if not why:
                return
            entry = AuditEntry(BY_SERVICE, f"{one.kind}.delete", one.id, why)
            await self._index.mark_removed(entry, self._now())
        if await self._remove(one.id):
            await self._index.forget(one.id)

    def _is_long_over(self, one: Disposable) -> bool:
        """Tell whether the computer that has something had its time to delete it, and more."""
        until = kept_until(one.ended, self._options.keep_days, 0)
        return bool(until) and until + AWAY_DAYS * DAY <= self._now()

    async def _forget_away(self, one: Disposable) -> None:
        """Take something from the list; files that come back after all are older than may be."""
        why = "its time is over, its computer away"
        entry = AuditEntry(BY_SERVICE, f"{one.kind}.delete", one.id, why)
        await self._index.mark_removed(entry, self._now())
        await self._index.forget(one.id)

    def _why_due(self, one: Disposable, *, there: bool) -> str:
        """Return why something has to go, for the audit; "" where it stays."""
        until = kept_until(one.ended, self._options.keep_days, one.keep_days)
        if until and until <= self._now():
            return "its time is over"
        return "" if there or one.ended is None else "its files are gone"

    async def _delete_strangers(self, found: KeptOnDisk, known: set[str]) -> None:
        """Delete what no row tells of, as after a restored backup, when it is as old as may be."""
        days = self._options.keep_days
        for kept, changed in found.ids.items():
            if kept in known or not days or changed + days * DAY > self._now():
                continue
            why = "it was in no list; its time is over"
            entry = AuditEntry(BY_SERVICE, "kept.delete", kept, why)
            await self._index.note(entry, self._now())
            await self._remove(kept)

    async def _remove(self, kept: str) -> bool:
        try:
            await asyncio.to_thread(self._files.remove, kept)
        except OSError as error:
            log.error("not deleted", {"reason": error.strerror})
            return False
        return True

    def _now(self) -> int:
        return int(self._wall_clock())
