"""What bridge, tap and people say while the store is away: saved once it is back.

What a call keeps and who is heard in it go by that at once.
"""

import asyncio
import math
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace

from tui_call.standard_calls.events import (
    KeepingFailed,
    KeepingForbidden,
    KeepingRefused,
    KeepingStopped,
    LegReported,
    PartIsOpen,
    TapChanged,
    WorkerChanged,
)
from tui_call.standard_calls.keeping import RULE_SECONDS
from tui_call.standard_calls.kept_course import KeepingEnded, without
from tui_call.standard_calls.state import StandardCall
from tui_call.tasks import Tasks

ToldOnce = LegReported | WorkerChanged | TapChanged | PartIsOpen | KeepingFailed | KeepingEnded
"""What is said once, and never again."""

AWAY_SECONDS = 2.0
"""Between two tries where the store could not be changed."""

_OVER_WITH: dict[type, tuple[type, ...]] = {
    WorkerChanged: (LegReported,),
    TapChanged: (PartIsOpen, KeepingFailed),
}

Save = Callable[[], Awaitable[bool]]
_Key = tuple[str, str]


class UnsavedReports:
    """Keeps the last report of each leg, part and process until it is saved, in order."""

    def __init__(
        self,
        report: Callable[[str, ToldOnce], Awaitable[bool]],
        changed: Callable[[str], None],
        wall_clock: Callable[[], float],
    ) -> None:
        """Prepare.

        Args:
            report: carries out what is told of a call; False where that could not be saved.
            changed: told the call that is kept or heard otherwise now than it is saved, or again
                as it is.
            wall_clock: Unix seconds.
        """
        self._report = report
        self._changed = changed
        self._wall_clock = wall_clock
        self._waiting: dict[_Key, ToldOnce] = {}
        self._trying = Counter[tuple[str, ToldOnce]]()
        self._unrecorded: dict[str, float] = {}
        self._goes_on = False
        self._tasks = Tasks()

    async def take(self, call: StandardCall, report: ToldOnce, save: Save | None = None) -> bool:
        """Carry it out now, or behind what waits; tell whether it is done.

        Args:
            call: as it is saved.
            report: what is told of it.
            save: carries it out the first time, as somebody asked for it; False as in `report`.
        """
        self._trying[call.id, report] += 1
        self._note(call, report)
        try:
            save = save or (lambda: self._report(call.id, report))
            done = not self._waits(call.id) and await save()
            if not done:
                self._wait(call.id, report)
            elif self._waits(call.id):  # what failed just before it
                self._forget_what_is_over(call.id, report)
        finally:
            self._trying -= Counter([(call.id, report)])
        self._settle(call.id)
        return done

    def as_kept(self, call: StandardCall) -> StandardCall:
        """Return a call without what has been ended of what is kept of it."""
        for one in self._said_of(call.id):
            call = without(call, one) if isinstance(one, KeepingEnded) else call
        return call

    def is_recorded(self, call: StandardCall) -> bool:
        """Tell whether nothing is said here that keeps a call from being recorded."""
        return call.id not in self._unrecorded

    def recorded_by(self, call: StandardCall) -> float:
        """Return when a call has to be recorded at the latest by rule; never where it is."""
        until = call.recording.until if call.recording is not None else None
        since = self._unrecorded.get(call.id, math.inf)
        return min(math.inf if until is None else until, since + RULE_SECONDS)

    async def close(self) -> None:
        """Try no more."""
        self._tasks.cancel()
        await self._tasks.wait()

    def _note(self, call: StandardCall, report: ToldOnce) -> None:
        """Have it hold before it is saved, which may take as long as the store likes."""
        now = self._wall_clock()
        match report:
            case TapChanged(tap, since) if tap != call.tap:
                since = now if since is None else since
                self._unrecorded[call.id] = min(since, self._unrecorded.get(call.id, since))
            case KeepingFailed(kept) if call.recording is not None and kept == call.recording.id:
                self._unrecorded.setdefault(call.id, now)
            case KeepingStopped() | KeepingRefused() | KeepingForbidden():
                pass
            case _:
                return
        self._changed(call.id)

    def _settle(self, call: str) -> None:
        """Go by the call as it is saved again, once nothing is told of it otherwise."""
        if not self._said_of(call):
            self._unrecorded.pop(call, None)
            self._changed(call)

    def _said_of(self, call: str) -> list[ToldOnce]:
        waiting = [one for key, one in self._waiting.items() if key[0] == call]
        return waiting + [one for of, one in self._trying if of == call]

    def _waits(self, call: str) -> bool:
        return any(key[0] == call for key in self._waiting)

    def _wait(self, call: str, report: ToldOnce) -> None:
        before = self._waiting.get((call, _subject(report)))
        if isinstance(before, TapChanged) and isinstance(report, TapChanged):
            report = replace(report, since=before.since)
        self._forget_what_is_over(call, report)
        self._waiting[call, _subject(report)] = report
        if not self._goes_on:
            self._goes_on = True
            self._tasks.spawn(self._go_on())

    def _forget_what_is_over(self, call: str, report: ToldOnce) -> None:
        """Forget what the report says otherwise, and what was said of a process that is gone."""
        gone = _OVER_WITH.get(type(report), ())
        self._waiting = {
            key: one
            for key, one in self._waiting.items()
            if key != (call, _subject(report)) and not (key[0] == call and isinstance(one, gone))
        }

    async def _go_on(self) -> None:
        """Try again until nothing waits; where one of a call cannot be saved its others wait."""
        await asyncio.sleep(AWAY_SECONDS)
        while self._waiting:
            stuck = set[str]()
            for key, report in tuple(self._waiting.items()):
                if key[0] in stuck:
                    continue
                if not await self._report(key[0], report):
                    stuck.add(key[0])
                elif self._waiting.get(key) is report:
                    del self._waiting[key]
                    self._settle(key[0])
            if stuck:
                await asyncio.sleep(AWAY_SECONDS)
        self._goes_on = False


def _subject(report: ToldOnce) -> str:
    """Return what a report is about, of which only the last one counts."""
    match report:
        case LegReported(leg=leg):
            return f"leg {leg}"
        case PartIsOpen(kept=kept) | KeepingFailed(kept=kept):
            return f"kept {kept}"
        case KeepingStopped(kept=kept):
            return f"end of {kept}"
        case KeepingRefused(account):
            return f"word of {account}"
        case KeepingForbidden(account, what):
            return f"{what} of {account}"
        case _:
            return type(report).__name__
