"""What bridge and tap say while the store is away: carried out once it is back."""

import asyncio
from collections.abc import Awaitable, Callable

from tui_call.standard_calls.events import (
    KeepingFailed,
    LegReported,
    PartIsOpen,
    TapChanged,
    WorkerChanged,
)
from tui_call.tasks import Tasks

ToldOnce = LegReported | WorkerChanged | TapChanged | PartIsOpen | KeepingFailed
"""What is said once, and never again."""

AWAY_SECONDS = 2.0
"""Between two tries where the store could not be changed."""

_OVER_WITH: dict[type, tuple[type, ...]] = {
    WorkerChanged: (LegReported,),
    TapChanged: (PartIsOpen, KeepingFailed),
}

_Key = tuple[str, str]


class UnsavedReports:
    """Keeps the last report of each leg, part and process until it is saved, in order."""

    def __init__(
        self,
        report: Callable[[str, ToldOnce], Awaitable[bool]],
        saved: Callable[[str], None],
    ) -> None:
        """Prepare.

        Args:
            report: carries out what is told of a call; False where that could not be saved.
            saved: told the call of which something that waited is saved.
        """
        self._report = report
        self._saved = saved
        self._waiting: dict[_Key, ToldOnce] = {}
        self._tasks = Tasks()

    async def take(self, call: str, report: ToldOnce) -> bool:
        """Carry it out now, or behind what waits; tell whether it is done."""
        if not self._waits(call) and await self._report(call, report):
            if self._waits(call):  # what failed just before it
                self._forget_what_is_over(call, report)
                self._saved(call)
            return True
        self._forget_what_is_over(call, report)
        if not self._waiting:
            self._tasks.spawn(self._go_on())
        self._waiting[call, _subject(report)] = report
        return False

    def say_unrecorded(self, call: str) -> bool:
        """Tell whether one says that what was recorded of a call is not any more."""
        said = (report for key, report in self._waiting.items() if key[0] == call)
        return any(isinstance(report, TapChanged | KeepingFailed) for report in said)

    async def close(self) -> None:
        """Try no more."""
        self._tasks.cancel()
        await self._tasks.wait()

    def _waits(self, call: str) -> bool:
        return any(key[0] == call for key in self._waiting)

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
                    self._saved(key[0])
            if stuck:
                await asyncio.sleep(AWAY_SECONDS)


def _subject(report: ToldOnce) -> str:
    """Return what a report is about, of which only the last one counts."""
    match report:
        case LegReported(leg=leg):
            return f"leg {leg}"
        case PartIsOpen(kept=kept) | KeepingFailed(kept=kept):
            return f"kept {kept}"
        case _:
            return type(report).__name__
