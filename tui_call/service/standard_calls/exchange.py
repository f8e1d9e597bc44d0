"""Carries out what happens to calls: one event after the other, saved before anybody is told."""

import asyncio
import logging
from collections.abc import Callable, Iterable
from dataclasses import replace

from tui_call.errors import LocalFault
from tui_call.reasons import EndReason
from tui_call.service.database import TakenSlot
from tui_call.service.database.audit import BY_SERVICE, AuditEntry
from tui_call.service.database.kept import KeptChange
from tui_call.service.faults import Unavailable
from tui_call.service.standard_calls.call_book import FIRST_FENCE, MOST_CALLS, CallBook, KnownCall
from tui_call.service.standard_calls.consequences import CallConsequences
from tui_call.service.standard_calls.kept_changes import (
    KEPT_ACTIONS,
    KeptHere,
    audit_entries,
    index_changes,
)
from tui_call.service.standard_calls.options import BridgeOptions
from tui_call.service.standard_calls.unsaved_reports import (
    AWAY_SECONDS,
    ToldOnce,
    UnsavedReports,
)
from tui_call.standard_calls.effects import Effect, Step
from tui_call.standard_calls.events import (
    Agrees,
    Answers,
    CannotBeRecorded,
    DeadlineReached,
    Event,
    Merges,
    Parks,
    Places,
    Records,
    Report,
    TapChanged,
    Transcribes,
)
from tui_call.standard_calls.kept_course import stopped_by
from tui_call.standard_calls.machine import handle
from tui_call.standard_calls.merging import cross
from tui_call.standard_calls.rules import ActRefusal
from tui_call.standard_calls.state import StandardCall, next_deadline
from tui_call.tasks import Tasks

log = logging.getLogger(__name__)

KeepDays = Callable[[Iterable[str]], int]
"""Tells the fewest days for which what is kept of these accounts may be, 0 for ever."""

TRIES = 5
"""How often a change is made again from what another service made of the call meanwhile."""
STOP_WITHIN = 3.0
"""Seconds for the end of what is kept to be saved, until who stopped it is told that it is not."""
LOOK_SECONDS, LEAST_LOOK_SECONDS = 0.2, 0.01
"""Between looks at deadlines, while there is one: at most, and where one is near."""


class CallExchange:
    """Runs the calls of this service."""

    def __init__(
        self,
        calls: CallBook,
        consequences: CallConsequences,
        options: BridgeOptions,
        keep_days: KeepDays,
        wall_clock: Callable[[], float],
    ) -> None:
        """Prepare.

        Args:
            calls: finds and saves them.
            consequences: tells the bridge worker, the tap, and people.
            options: which slots there are.
            keep_days: for how long what is kept of people may be.
            wall_clock: Unix seconds.
        """
        self.calls = calls
        self._consequences = consequences
        self._options = options
        self._keep_days = keep_days
        self._wall_clock = wall_clock
        self._turn = asyncio.Lock()
        self._placing = asyncio.Lock()
        self._changed = asyncio.Event()
        self._tasks = Tasks()
        self._unsaved = UnsavedReports(self.report, self._set, wall_clock)
        consequences.go_by(self._unsaved)

    async def open(self) -> None:
        """Go on with the calls of before, and follow their deadlines.

        Raises:
            DatabaseUnusable: the store cannot be changed.
        """
        await self.calls.take_over(int(self._wall_clock()))
        for known in self.calls:
            self._consequences.set(known.call, known.row.fence)
        self._tasks.spawn(self._follow_deadlines())

    async def close(self) -> None:
        """Leave the calls as they are."""
        await self._unsaved.close()
        self._tasks.cancel()
        await self._tasks.wait()

    async def place(self, event: Places, entry: AuditEntry | None) -> Step:
        """Begin a call; where the person called calls here just now, answer that call instead.

        Returns:
            What came of it, for the call that goes on.
        """
        async with self._placing:  # of two that are placed at once, the second sees the first
            if self.calls.occupying(event.account) >= MOST_CALLS:
                return Step(None, refused=EndReason.TOO_MANY_CALLS)
            if await self.calls.was_another(event):
                return Step(None, refused=ActRefusal.UNKNOWN_CALL)
            placed = handle(None, event, self._wall_clock()).call
            assert placed is not None
            for call in self.calls.of_account(event.account):
                if cross(call, placed):
                    answer = Answers(
                        account=event.account,
                        device=event.device,
                        act_id=event.act_id,
                        instance=event.instance,
                        word=event.word,
                        came_with=event.came_with,
                    )
                    step = await self.take(call.id, answer)
                    if not step.refused:
                        return step
            return await self.take(event.call, event, entry)

    async def take(
        self, call: str, event: Event, entry: AuditEntry | None = None, *, other: str = ""
    ) -> Step:
        """Carry out what happens to a call.

        Args:
            call: its id.
            event: what happens.
            entry: what the audit keeps of it, where it is done.
            other: the call that is merged into it.

        Returns:
            What came of it.

        Raises:
            DatabaseUnusable: it cannot be saved; nothing was done.
            Unavailable: others change it again and again meanwhile.
        """
        return await self._tasks.finish(self._take(call, event, entry, other))

    async def report(self, call: str, report: Report) -> bool:
        """Carry out what nobody asked for; tell whether it could be saved.

        What nobody foresaw in one call does not keep who reports from looking after all others.
        """
        try:
            await self.take(call, report)
        except (LocalFault, Unavailable) as fault:
            log.error(
                "not carried out", {"report": type(report).__name__, "fault": type(fault).__name__}
            )
            return False
        except Exception as error:
            self._tasks.on_failure(type(report).__name__, error)
            return False
        return True

    async def insist(self, call: str, report: ToldOnce) -> None:
        """Carry out what is said once; what cannot be saved now is as soon as it can.

        Where it says that what must be recorded is not, nobody is heard meanwhile; and what it
        ends of what is kept is kept no more.
        """
        known = self.calls.here(call)
        if known is not None:
            await self._unsaved.take(known.call, report)

    async def stop(
        self, call: str, event: Records | Transcribes | Agrees, entry: AuditEntry | None
    ) -> Step | None:
        """Keep nothing more of what, or who, somebody says, even where that is saved later alone.

        Returns:
            What came of it, None where it is saved and told later.

        Raises:
            DatabaseUnusable, Unavailable: as in `take`, where nothing is to be stopped.
        """
        return await self._tasks.finish(self._stop(call, event, entry))

    async def _stop(
        self, call: str, event: Records | Transcribes | Agrees, entry: AuditEntry | None
    ) -> Step | None:
        steps = list[Step]()

        async def save() -> bool:
            try:
                async with asyncio.timeout(STOP_WITHIN):
                    steps.append(await self.take(call, event, entry))
            except (LocalFault, Unavailable, TimeoutError) as fault:
                log.error("end is not saved", {"fault": type(fault).__name__})
                return False
            return True

        known = self.calls.here(call)
        stopped = stopped_by(known.call, event) if known is not None else None
        if known is None or stopped is None:
            return await self.take(call, event, entry)
        await self._unsaved.take(known.call, stopped, save)
        return steps[0] if steps else None

    def _set(self, call: str) -> None:
        known = self.calls.here(call)
        if known is not None:
            self._consequences.set(known.call, known.row.fence)

    def overdue(self) -> list[str]:
        """Return the calls that had to be recorded again by now, or over."""
        now, by_rule = self._wall_clock(), [one.call for one in self.calls if one.call.by_rule]
        return [call.id for call in by_rule if self._unsaved.recorded_by(call) <= now]

    async def end_unrecorded(self, call: str) -> None:
        """End a call that must be recorded where not even that can be saved: it is so later.

        Nobody waits here for what is being saved, which may take as long as the store likes.
        """
        known = self.calls.here(call)
        if known is not None:
            now = self._wall_clock()
            self.calls.end_unsaved(call, now)
            step = handle(known.call, CannotBeRecorded(), now)
            await self._carry_out(step, known, None)

    async def save_end(self, call: str) -> None:
        """Save the end of a call that has ended unsaved, as of then."""
        await self._tasks.finish(self._save_end(call))

    async def _save_end(self, call: str) -> None:
        async with self._turn:
            at, known = self.calls.unsaved_ends.get(call), await self.calls.stored(call)
            if at is None or known is None:  # its end was being saved when it ended here
                self.calls.unsaved_ends.pop(call, None)
                return
            step = handle(known.call, CannotBeRecorded(), at)
            await self._save(known, None, step, None, int(at))

    async def saved(self) -> CallBook:
        """Return the calls once what is being saved is: until then they are without it."""
        async with self._turn:
            return self.calls

    async def tell(self, call: str) -> None:
        """Tell a call that is at hand as it is now."""
        known = self.calls.here(call)
        if known is not None:
            await self._consequences.tell(known.call)

    async def _take(self, call: str, event: Event, entry: AuditEntry | None, other: str) -> Step:
        lost: KnownCall | None = None
        async with self._turn:
            for _ in range(TRIES):
                known = await self.calls.find(call)
                merged = await self.calls.find(other) if other else None
                event = await self._completed(event, merged)
                before, now = known.call if known else None, self._wall_clock()
                step = self._for_the_tap(handle(before, event, now), now)
                if step.call == before:
                    await self._catch_up(lost, known)
                    return step
                if await self._save(known, merged, step, entry, int(now)):
                    await self._carry_out(step, known, merged)
                    return step
                lost = known
        raise Unavailable

    async def _catch_up(self, lost: KnownCall | None, found: KnownCall | None) -> None:
        """Go on as the store has a call that was otherwise: saved elsewhere, or the answer lost."""
        if lost is not None and found is None:
            self._consequences.is_over(lost.call, lost.row.fence)
        elif lost is not None and found is not None and self.calls.go_on_with(found):
            self._consequences.set(found.call, found.row.fence)
            await self._consequences.tell(found.call)

    def _for_the_tap(self, step: Step, now: float) -> Step:
        """Return a step after which what is kept is opened in the tap that is there."""
        tap = self._consequences.taps.tap
        if step.call is None or not step.call.kept or step.call.tap or not tap:
            return step
        named = handle(step.call, TapChanged(tap), now)
        return replace(step, call=named.call, effects=(*step.effects, *named.effects))

    async def _save(
        self,
        known: KnownCall | None,
        merged: KnownCall | None,
        step: Step,
        entry: AuditEntry | None,
        now: int,
    ) -> bool:
        """Save a step with what audit and index have of it, in one transaction."""
        entries, kept = list[AuditEntry](), list[KeptChange]()
        for before, after in ((known, step.call), (merged, step.other)):
            if after is None:
                continue
            was = before.call if before is not None else None
            fence = before.row.fence if before is not None else FIRST_FENCE
            days = self._keep_days(member.account for member in after.inside)
            entries += audit_entries(was, after, entry)
            kept += index_changes(was, after, KeptHere(self.calls.home, fence, days, now))
        entries = [*_entries(step, entry), *entries]
        return await self.calls.save(known, merged, step, entries, kept, now)

    async def _completed(self, event: Event, merged: KnownCall | None) -> Event:
        """Return an event with what only the store knows: slots, the other call.

        What is said of that and not saved comes along, as it is over then.
        """
        match event:
            case Merges():
                other = self._unsaved.as_kept(merged.call) if merged is not None else None
                return replace(event, other=other)
            case Parks():
                taken = await self.calls.taken_slots()
                own = sum(one.account == event.account for one in taken)
                return replace(event, slot=self._free_slot(taken), parked=own)
            case _:
                return event

    def _free_slot(self, taken: Iterable[TakenSlot]) -> int:
        first, numbers = self._options.first_slot, {one.slot for one in taken}
        slots = range(first, first + self._options.slots)
        return next((slot for slot in slots if slot not in numbers), 0)

    async def _carry_out(
        self, step: Step, before: KnownCall | None, merged: KnownCall | None
    ) -> None:
        await self._tell(step.call, before, step.effects)
        # The legs of the other call are in their new room by now, and stay.
        await self._tell(step.other, merged, step.other_effects)
        self._changed.set()

    async def _tell(
        self, call: StandardCall | None, before: KnownCall | None, effects: Iterable[Effect]
    ) -> None:
        """Tell what became of a call, unless it was over meanwhile."""
        if call is None or (call.id in self.calls.unsaved_ends and not call.over):
            return
        fence = before.row.fence if before is not None else FIRST_FENCE
        runs_here = before is None or self.calls.runs_here(before)
        await self._consequences.carry_out(call, fence, effects, runs_here=runs_here)

    async def _follow_deadlines(self) -> None:
        while True:
            deadlines = self._deadlines()
            if not deadlines:
                self._changed.clear()
                await self._changed.wait()
                continue
            due = [call for call, deadline in deadlines if deadline <= self._wall_clock()]
            saved = [await self.report(call, DeadlineReached()) for call in due]
            await asyncio.sleep(self._until_next_look() if all(saved) else AWAY_SECONDS)

    def _until_next_look(self) -> float:
        """Return for how many seconds no deadline has to be looked for."""
        now = self._wall_clock()
        until = min((deadline - now for _, deadline in self._deadlines()), default=LOOK_SECONDS)
        return min(LOOK_SECONDS, max(until, LEAST_LOOK_SECONDS))

    def _deadlines(self) -> list[tuple[str, float]]:
        found = ((known.call.id, next_deadline(known.call)) for known in self.calls)
        return [(call, deadline) for call, deadline in found if deadline is not None]


def _entries(step: Step, entry: AuditEntry | None) -> Iterable[AuditEntry]:
    """Yield what the audit keeps: what somebody did, and that a call is over."""
    if entry is not None and step.call is not None:
        entry = replace(entry, detail=_detail(step.call) or entry.detail)
    # What began or ended of what is kept is written by what became of it, whoever asked.
    if entry is not None and entry.action not in KEPT_ACTIONS:
        yield entry
    for call in (step.call, step.other):
        if call is not None and call.over:
            yield AuditEntry(call.over_by or BY_SERVICE, "call.end", call.id, call.over)


def _detail(call: StandardCall) -> str:
    """Return what is known of an act once it is done: at which slot, to whom it was passed on."""
    if call.parked is not None:
        return f"slot {call.parked.slot}"
    return next((one.whom for one in call.news if one.what == "transferred"), "")
