"""Ends calls that must be recorded and are not, within five seconds, whatever the store does."""

import asyncio
import logging

from tui_call.errors import LocalFault
from tui_call.service.database.audit import AuditTrial
from tui_call.service.standard_calls.door import CallDoor
from tui_call.service.standard_calls.exchange import CallExchange
from tui_call.service.standard_calls.policy_changes import PolicyChanges
from tui_call.tasks import Tasks

LOOK_SECONDS = 0.5
"""Between two tries."""
PATIENCE = 3.0
"""Seconds for which each try may fail."""
TRY_WITHIN = 3.5
"""Seconds that one may take."""
OVER_AFTER = 4.5
"""Seconds from the last try that succeeded to the end of the calls, however long others take."""
NEAR_SECONDS = 0.05
"""Between two looks at the time, while a call must be recorded."""
SAVED_WITHIN = 0.25
"""Seconds for the end of a call to be saved in time, as its deadline is followed."""

log = logging.getLogger(__name__)


class AuditWatch:
    """Tries the audit and looks at the time while a call must be recorded; saves what it ended."""

    def __init__(
        self, exchange: CallExchange, changes: PolicyChanges, door: CallDoor, trial: AuditTrial
    ) -> None:
        """Prepare.

        Args:
            exchange: runs the calls.
            changes: knows in which calls policies are not followed yet.
            door: knows for whom a rule holds.
            trial: writes.
        """
        self._exchange = exchange
        self._changes = changes
        self._door = door
        self._trial = trial
        self._writable = asyncio.Event()
        self._tasks = Tasks()

    def open(self) -> None:
        """Begin."""
        self._tasks.spawn(self._watch_audit())
        self._tasks.spawn(self._watch_time())
        self._tasks.spawn(self._save_ends())

    async def close(self) -> None:
        """Watch no more."""
        self._tasks.cancel()
        await self._tasks.wait()

    async def _watch_audit(self) -> None:
        clock = asyncio.get_running_loop().time
        written = clock()
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            began, calls = clock(), self._by_rule()
            if not calls:
                written = began
            if not (calls or self._exchange.calls.unsaved_ends):
                continue
            left = written + OVER_AFTER - began
            if await self._is_written(max(min(TRY_WITHIN, left), SAVED_WITHIN)):
                written = clock()
                self._writable.set()
            elif clock() - written >= PATIENCE:
                await self._end(calls)

    async def _watch_time(self) -> None:
        """End what is recorded too late, whether store, tap or a rule is waited for."""
        clock, late = asyncio.get_running_loop().time, dict[str, float]()
        while True:
            near = self._by_rule() or self._changes.unfollowed
            await asyncio.sleep(NEAR_SECONDS if near else LOOK_SECONDS)
            now = clock()
            late = {call: late.get(call, now) for call in self._exchange.overdue()}
            overdue = [call for call, since in late.items() if since <= now - SAVED_WITHIN]
            await self._end([*overdue, *self._not_recorded_yet(now - PATIENCE)])

    def _by_rule(self) -> list[str]:
        return [known.call.id for known in self._exchange.calls if known.call.by_rule]

    def _not_recorded_yet(self, since: float) -> list[str]:
        """Return the calls into which a rule came so long ago, and could not be followed."""
        late = [call for call, at in self._changes.unfollowed.items() if at <= since]
        known = [one.call for one in map(self._exchange.calls.here, late) if one is not None]
        return [
            call.id
            for call in known
            if not call.by_rule and self._door.is_kept_by_rule(one.account for one in call.inside)
        ]

    async def _is_written(self, within: float) -> bool:
        try:
            async with asyncio.timeout(within):
                await self._trial.write()
        except (LocalFault, TimeoutError):
            return False
        return True

    async def _end(self, calls: list[str]) -> None:
        if calls:
            log.error("calls cannot be recorded", {"calls": len(calls)})
        for call in calls:
            try:
                await self._exchange.end_unrecorded(call)
            except Exception as error:  # of one call, which lets no other go on unrecorded
                self._tasks.on_failure("end_unrecorded", error)

    async def _save_ends(self) -> None:
        """Save ends whenever the audit could be written; however long that takes, it is watched."""
        while True:
            await self._writable.wait()
            self._writable.clear()
            for call in tuple(self._exchange.calls.unsaved_ends):
                try:
                    await self._exchange.save_end(call)
                except LocalFault as fault:
                    log.error("end is not saved", {"fault": type(fault).__name__})
                except Exception as error:
                    self._tasks.on_failure("save_end", error)
