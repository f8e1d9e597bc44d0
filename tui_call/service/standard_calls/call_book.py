"""The calls of this service as the store has them, and how a next value of one is saved.

Those that this service runs are at hand; one that another service runs is read anew each time.
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import msgspec

from tui_call.service.database import CallChange, StandardCalls, StoredCall, TakenSlot
from tui_call.service.database.audit import AuditEntry
from tui_call.service.database.kept import KeptChange
from tui_call.standard_calls.effects import Step
from tui_call.standard_calls.events import Places
from tui_call.standard_calls.state import ActDone, StandardCall

FIRST_FENCE = 1
MOST_CALLS = 8
"""Of one account at a time; what rings beyond finds it busy."""

_decoder = msgspec.json.Decoder(StandardCall)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class KnownCall:
    """A call, and the row in which it was found."""

    row: StoredCall
    call: StandardCall


class CallBook:
    """Finds and saves calls.

    Attributes:
        home: names this service in the store.
        unsaved_ends: calls that are over for everybody here, and since when (Unix seconds), while
            the store does not have that yet.
    """

    def __init__(self, stored: StandardCalls, home: str) -> None:
        """Keep calls in the store; `home` names this service there, also when it starts anew."""
        self.home = home
        self.unsaved_ends: dict[str, float] = {}
        self._stored = stored
        self._here: dict[str, KnownCall] = {}

    def __iter__(self) -> Iterator[KnownCall]:
        return iter(tuple(self._here.values()))

    def __len__(self) -> int:
        return len(self._here)

    async def take_over(self, now: int) -> None:
        """Go on with the calls that this service left behind.

        Raises:
            DatabaseUnusable: the store cannot be changed.
        """
        for row in await self._stored.take_over(self.home):
            try:
                self._here[row.call] = KnownCall(row, _decoder.decode(row.state))
            except msgspec.DecodeError:
                log.error("call of another version is given up")
                taken = await self._stored.taken_slots()
                slot = next((one for one in taken if one.call == row.call), None)
                await self._stored.save([CallChange(row, None, frees=slot)], (), now)

    def __contains__(self, call: object) -> bool:
        return call in self._here

    def here(self, call: str) -> KnownCall | None:
        """Return a call that is at hand."""
        return self._here.get(call)

    def runs_here(self, known: KnownCall) -> bool:
        """Tell whether this service runs a call, and orders its rooms."""
        return known.row.home == self.home

    def of_account(self, account: str) -> list[StandardCall]:
        """Return the calls here in which somebody is, or is asked to come."""
        return [known.call for known in self._here.values() if account in known.call.accounts]

    def occupying(self, account: str) -> int:
        """Return how many of them somebody is in, or hears ring.

        Where one is only expected nothing rings, so there is nobody to say no to it.
        """
        members = (call.of_account(account) for call in self.of_account(account))
        return sum(any(one.is_in or one.state == "ringing" for one in of) for of in members)

    def of_leg(self, leg: str) -> StandardCall | None:
        """Return the call here of which a leg is."""
        for known in self._here.values():
            if any(leg == one.id for member in known.call.members for one in member.legs):
                return known.call
        return None

    def done_before(self, account: str, act_id: str) -> StandardCall | None:
        """Return the call here in which somebody asked for the very same act, and it was done."""
        done = ActDone(account, act_id)
        return next((known.call for known in self._here.values() if done in known.call.acts), None)

    def end_unsaved(self, call: str, at: float) -> None:
        """Let a call be over for everybody here before the store has that."""
        self._here.pop(call, None)
        self.unsaved_ends[call] = at

    async def find(self, call: str) -> KnownCall | None:
        """Return a call as it was saved last; None for one that is over."""
        if call in self.unsaved_ends:
            return None
        return self._here.get(call) or await self.stored(call)

    def go_on_with(self, call: KnownCall) -> bool:
        """Have a call at hand as it was found in the store; tell whether it runs here."""
        if self.runs_here(call):
            self._here[call.call.id] = call
        return self.runs_here(call)

    async def stored(self, call: str) -> KnownCall | None:
        """Return a call as the store has it."""
        row = await self._stored.find(call)
        return None if row is None else KnownCall(row, _decoder.decode(row.state))

    async def was_another(self, places: Places) -> bool:
        """Tell whether a new call would have the id of another one, which is over.

        An E2EE call gives its id each time its two people are about to leave it, which they may
        take back: then nothing rings.
        """
        people = frozenset((places.account, *places.to))
        placed = await self._stored.placed(places.call)
        others = any(places.ring or people != before for before in placed)
        return others and await self.find(places.call) is None

    async def taken_slots(self) -> list[TakenSlot]:
        """Return the slots at which calls are parked, by number."""
        return await self._stored.taken_slots()

    async def save(
        self,
        call: KnownCall | None,
        other: KnownCall | None,
        step: Step,
        entries: Sequence[AuditEntry],
        kept: Sequence[KeptChange],
        now: int,
    ) -> bool:
        """Save what an event made of a call and, in a merge, of another one.

        Args:
            call: as it was, None for a new one.
            other: the other one of a merge, as it was.
            step: what was made of them.
            entries: what the audit keeps of it.
            kept: what follows for the index of what is kept.
            now: Unix seconds.

        Returns:
            False where one of them is otherwise by now, or a slot is; it was not saved, and is
            found as it is by the next `find`.
        """
        assert step.call is not None
        pairs = [(call, step.call)]
        if step.other is not None:
            pairs.append((other, step.other))
        changes = [self._change(before, after) for before, after in pairs]
        saved = await self._stored.save(changes, entries, now, kept)
        for (_, after), change in zip(pairs, changes, strict=True):
            self._here.pop(after.id, None)
            if not saved:
                continue
            if change.after is None:
                self.unsaved_ends.pop(after.id, None)
            elif change.after.home == self.home and after.id not in self.unsaved_ends:
                self._here[after.id] = KnownCall(change.after, after)
        return saved

    def _change(self, before: KnownCall | None, after: StandardCall) -> CallChange:
        state = msgspec.json.encode(after).decode()
        if before is None:
            row = StoredCall(after.id, self.home, FIRST_FENCE, after.sequence, state)
            return CallChange(None, row)
        row = replace(before.row, sequence=after.sequence, state=state)
        stood, stands = _slot(before.call), _slot(after)
        return CallChange(
            before.row,
            None if after.over else row,
            stood if stood != stands else None,
            stands if stood != stands else None,
        )


def _slot(call: StandardCall) -> TakenSlot | None:
    return TakenSlot(call.parked.slot, call.id, call.parked.by) if call.parked else None
