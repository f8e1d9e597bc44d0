"""Standard calls, saved before anybody is told, and the slots at which they are parked.

A call is changed by compare and set: on its fence, which says who runs it, and on its sequence. Of
two who change it from the same moment on, one is told that it has moved on. A slot is a row while
it is taken; so of two who take one, or who take a call away from it, one does.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Row, Select, bindparam, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tui_call.reasons import EndReason
from tui_call.service.database import audit, tables
from tui_call.service.database import kept as kept_index
from tui_call.service.database.audit import AuditEntry
from tui_call.service.database.connection import Database
from tui_call.service.database.kept import KeptChange

_calls, _slots = tables.standard_calls, tables.park_slots


@dataclass(frozen=True, slots=True)
class StoredCall:
    """A row.

    Attributes:
        call: id.
        home: names the service that runs it.
        fence: grows when a service takes it over.
        sequence: grows with each change.
        state: all of the call, JSON.
    """

    call: str
    home: str
    fence: int
    sequence: int
    state: str


@dataclass(frozen=True, slots=True)
class TakenSlot:
    """A slot with the call at it, and who parked it there."""

    slot: int
    call: str
    account: str


@dataclass(frozen=True, slots=True)
class CallChange:
    """What becomes of a row.

    Attributes:
        before: as it was read, None for a new call.
        after: as it is to be, None where the call is over.
        frees: the slot that it stood at and leaves.
        takes: the slot that it is parked at.
    """

    before: StoredCall | None
    after: StoredCall | None
    frees: TakenSlot | None = None
    takes: TakenSlot | None = None


class _MovedOn(Exception):
    pass


class StandardCalls:
    """Reads and changes calls and slots."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def take_over(self, home: str) -> list[StoredCall]:
        """Return the calls of a service that begins again; nobody else can change them from now."""

        async def change(connection: AsyncConnection) -> list[StoredCall]:
            await connection.execute(
                update(_calls).where(_calls.c.home == home).values(fence=_calls.c.fence + 1)
            )
            rows = await connection.execute(select(_calls).where(_calls.c.home == home))
            return [_of_row(row) for row in rows]

        return await self._database.write(change)

    async def end_abandoned(self, home: str, now: int, away: int) -> None:
        """Let the calls of services that did not come back be over, and their slots be free.

        Args:
            home: names this service, which goes on with its own calls however late.
            now: Unix seconds.
            away: likewise; what the audit has nothing later of than this is over.
        """

        async def change(connection: AsyncConnection) -> None:
            for call in (await connection.scalars(_ABANDONED, {"home": home, "away": away})).all():
                await connection.execute(delete(_slots).where(_slots.c.call == call))
                await connection.execute(delete(_calls).where(_calls.c.call == call))
                over = AuditEntry(audit.BY_SERVICE, "call.end", call, EndReason.CONNECTION_LOST)
                await audit.record(connection, now, over)

        await self._database.write(change)

    async def find(self, call: str) -> StoredCall | None:
        """Return a call as it is now."""
        rows = await self._database.read_one(_FIND, {"call": call})
        return _of_row(rows[0]) if rows else None

    async def placed(self, call: str) -> list[frozenset[str]]:
        """Return who placed calls of an id, each with whom, as the audit has it."""
        rows = await self._database.read_one(_PLACED, {"call": call})
        return [frozenset((row.actor, *row.detail.split())) for row in rows]

    async def taken_slots(self) -> list[TakenSlot]:
        """Return the slots at which calls are parked, by number."""
        rows = await self._database.read_one(_TAKEN, {})
        return [TakenSlot(row.slot, row.call, row.account) for row in rows]

    async def save(
        self,
        changes: Sequence[CallChange],
        entries: Sequence[AuditEntry],
        now: int,
        kept: Sequence[KeptChange] = (),
    ) -> bool:
        """Carry changes out, all or none, with what the audit keeps of them.

        Args:
            changes: of different calls.
            entries: who did what.
            now: Unix seconds.
            kept: what follows for the index of what is kept of them.

        Returns:
            False where one of the calls has moved on since it was read, or a slot is not as the
            change takes it to be; then nothing was done.
        """

        async def change(connection: AsyncConnection) -> None:
            for one in changes:
                await _carry_out(connection, one)
            for entry in entries:
                await audit.record(connection, now, entry)
            await kept_index.carry_out(connection, kept)

        try:
            await self._database.write(change)
        except _MovedOn:
            return False
        return True


_LAST_SAID = (
    select(func.max(tables.audit.c.time))
    .where(tables.audit.c.subject == _calls.c.call)
    .scalar_subquery()
)
_ABANDONED = select(_calls.c.call).where(
    _calls.c.home != bindparam("home"), bindparam("away") >= _LAST_SAID
)
_FIND: Select[*tuple[object, ...]] = select(_calls).where(_calls.c.call == bindparam("call"))
_PLACED = select(tables.audit.c.actor, tables.audit.c.detail).where(
    tables.audit.c.subject == bindparam("call"), tables.audit.c.action == "call.place"
)
_TAKEN = select(_slots).order_by(_slots.c.slot)


def _of_row(row: Row[*tuple[object, ...]]) -> StoredCall:
    return StoredCall(row.call, row.home, row.fence, row.sequence, row.state)


async def _carry_out(connection: AsyncConnection, change: CallChange) -> None:
    """Change one row and its slot; raises `_MovedOn`."""
    if change.frees is not None:
        await _free(connection, change.frees)
    if change.before is None:
        assert change.after is not None
        await _add(connection, change.after)
    else:
        await _compare_and_set(connection, change.before, change.after)
    if change.takes is not None:
        await _take(connection, change.takes)


async def _add(connection: AsyncConnection, call: StoredCall) -> None:
    known = await connection.scalar(select(_calls.c.call).where(_calls.c.call == call.call))
    if known is not None:
        raise _MovedOn
    await connection.execute(
        insert(_calls).values(
            call=call.call,
            home=call.home,
            fence=call.fence,
            sequence=call.sequence,
            state=call.state,
        )
    )


async def _compare_and_set(
    connection: AsyncConnection, before: StoredCall, after: StoredCall | None
) -> None:
    unchanged = (
        _calls.c.call == before.call,
        _calls.c.home == before.home,
        _calls.c.fence == before.fence,
        _calls.c.sequence == before.sequence,
    )
    if after is None:
        done = await connection.execute(delete(_calls).where(*unchanged))
    else:
        done = await connection.execute(
            update(_calls).where(*unchanged).values(sequence=after.sequence, state=after.state)
        )
    if done.rowcount != 1:
        raise _MovedOn


async def _take(connection: AsyncConnection, slot: TakenSlot) -> None:
    taken = await connection.scalar(select(_slots.c.call).where(_slots.c.slot == slot.slot))
    if taken is not None:
        raise _MovedOn
    await connection.execute(
        insert(_slots).values(slot=slot.slot, call=slot.call, account=slot.account)
    )


async def _free(connection: AsyncConnection, slot: TakenSlot) -> None:
    freed = await connection.execute(
        delete(_slots).where(_slots.c.slot == slot.slot, _slots.c.call == slot.call)
    )
    if freed.rowcount != 1:
        raise _MovedOn
