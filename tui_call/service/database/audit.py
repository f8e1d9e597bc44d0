"""Audit rows: who did what, written in the transaction of the change itself."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice

import msgspec
from sqlalchemy import delete, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from tui_call.service.database import tables
from tui_call.service.database.connection import Database

BY_SERVICE = ""
_LONGEST_ACTION = 32
_LONGEST_SUBJECT = 64
_LONGEST_DETAIL = 256
_TRIAL = 0
"""Number of a row that never stays; others are counted from 1."""
_PIECE = 400  # rows of a statement; others of the loop have a turn between two

Fields = Mapping[str, str | int | bool | None]


@dataclass(frozen=True, slots=True)
class AuditRow:
    """A row that a change wrote.

    Attributes:
        table: whose row it is.
        key: names it in the table, at most 160 characters.
        before, after: its fields; None where there was or is none.
    """

    table: str
    key: str
    before: Fields | None
    after: Fields | None


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who did what; what is too long is cut.

    Attributes:
        actor: account, or `BY_SERVICE`.
        action: for example "policy.change".
        subject: account, device, policy, call or recording that it was done to.
        detail: what changed, never a secret.
        device: of the actor.
        address: where that device was, an IP address.
    """

    actor: str
    action: str
    subject: str = ""
    detail: str = ""
    device: str = ""
    address: str = ""


async def record(
    connection: AsyncConnection, now: int, entry: AuditEntry, rows: Iterable[AuditRow] = ()
) -> int:
    """Add what was done to the audit.

    Args:
        connection: in the transaction of the change.
        now: Unix seconds.
        entry: says it.
        rows: what was written, in order.

    Returns:
        The number of the change.
    """
    added = await connection.execute(
        insert(tables.audit)
        .values(
            time=now,
            actor=entry.actor,
            action=entry.action[:_LONGEST_ACTION],
            subject=entry.subject[:_LONGEST_SUBJECT],
            detail=entry.detail[:_LONGEST_DETAIL],
            device=entry.device,
            address=entry.address,
        )
        .returning(tables.audit.c.id)
    )
    change: int = added.scalar_one()
    await record_rows(connection, change, rows)
    return change


async def record_rows(connection: AsyncConnection, change: int, rows: Iterable[AuditRow]) -> None:
    """Add the rows that a change wrote, in order, to a change that has none yet."""
    numbered = enumerate(rows)
    while piece := [
        {
            "change": change,
            "number": number,
            "table_name": row.table,
            "key": row.key,
            "before": _json(row.before),
            "after": _json(row.after),
        }
        for number, row in islice(numbered, _PIECE)
    ]:
        await connection.execute(insert(tables.audit_rows), piece)


class AuditTrial:
    """Finds out whether the audit can be written."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def write(self) -> None:
        """Write a row, and take it away in the same transaction: nobody ever reads it.

        It has a number of its own, so that no other number is missing in the audit for it.

        Raises:
            DatabaseUnusable: it cannot be written.
        """

        async def change(connection: AsyncConnection) -> None:
            row = {"actor": BY_SERVICE, "action": "trial", "subject": "", "detail": ""}
            await connection.execute(insert(tables.audit).values(id=_TRIAL, time=0, **row))
            await connection.execute(delete(tables.audit).where(tables.audit.c.id == _TRIAL))

        await self._database.write(change)


def _json(fields: Fields | None) -> str | None:
    return None if fields is None else msgspec.json.encode(fields).decode()
