"""A change of the organisation while its transaction is open, and how it is written and found.

Everything that one change needs of the database is here: rows, the epoch, the audit with the rows
before and after, invites, and what goes with a person who is removed.
"""

import difflib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import msgspec
from sqlalchemy import ColumnElement, and_, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tui_call.permissions.book import Book
from tui_call.service.database import audit, invites, tables
from tui_call.service.database.audit import AuditEntry, AuditRow
from tui_call.service.database.books import read_book
from tui_call.service.database.connection import Database
from tui_call.service.database.epoch import advance_epoch
from tui_call.service.database.records import (
    BY_TABLE,
    STORED,
    AccountRecord,
    DeviceRecord,
    Record,
    as_row,
    key_of,
    of_json,
)
from tui_call.service.database.rows import ChangedRecord, ChangeRows, paced, pieces
from tui_call.signaling.operations import Row
from tui_call.signaling.policies import Epoch

_T = TypeVar("_T")

INVITES = tables.invites.name
_ADDRESSES = 5000  # read at once
# What is looked through for a name that is nobody's: as a slip of the pen leaves it.
_ABOUT = 3
_MOST_SIMILAR = 300
# What is audited without rows, and by itself stands in the way of undoing what came before.
_BY_THEMSELVES = ("account.rename", "device.enrol", "device.revoke")


@dataclass(frozen=True, slots=True)
class NewInvite:
    """An invite to be written: SHA-256 of its code, and when it expires in Unix seconds."""

    account: str
    code_sha256: bytes
    expires: int

    def shown(self, now: int) -> Row:
        """Return what the audit keeps of it."""
        return {"created": now, "expires": self.expires}


@dataclass(frozen=True, slots=True)
class KeptRow:
    """A row of an earlier change as the audit keeps it.

    Attributes:
        before, after: the record.
        invite: what is known of one that the change made, in place of a record.
    """

    table: str
    key: str
    before: Record | None = None
    after: Record | None = None
    invite: Row | None = None


class OpenChange:
    """A change whose transaction is open.

    Attributes:
        rows: what the organisation consists of.
        epoch: of the store once this change is done.
    """

    def __init__(self, connection: AsyncConnection, epoch: Epoch) -> None:
        self.rows = ChangeRows(connection)
        self.epoch = epoch
        self._connection = connection

    @property
    def epoch_before(self) -> Epoch:
        """Of the store as the change found it."""
        return Epoch(self.epoch.timeline, self.epoch.number - 1)

    async def book(self) -> Book:
        """Return policies, grants and memberships as they are written now."""
        return await read_book(self._connection)

    async def write(
        self,
        changed: Sequence[ChangedRecord],
        new: Sequence[NewInvite],
        withdrawn: Sequence[tuple[str, Row]],
        entry: AuditEntry,
        now: int,
    ) -> int:
        """Write rows and invites with their audit; return the number of the change.

        Args:
            changed: rows before and after.
            new: invites.
            withdrawn: invites that were withdrawn already, each with its account.
            entry: for the audit.
            now: Unix seconds.
        """
        gone = [one.record for one in changed if one.after is None]
        await self._forget(
            [one.id for one in gone if isinstance(one, AccountRecord)],
            [one.id for one in gone if isinstance(one, DeviceRecord)],
        )
        await self.rows.write(list(changed))
        number = await audit.record(self._connection, now, entry)
        kept = [_audit_row(one) async for one in paced(changed)]
        for invite in new:
            await invites.add(
                self._connection,
                invite.code_sha256,
                invite.expires,
                now,
                by=entry.actor or None,
                account=invite.account,
                made_with=entry.device,
            )
            kept.append(AuditRow(INVITES, invite.account, None, invite.shown(now)))
        kept += [AuditRow(INVITES, account, invite, None) for account, invite in withdrawn]
        await audit.record_rows(self._connection, number, kept)
        return number

    async def withdraw_invite(self, change: int, account: str) -> bool:
        """Delete the invite that a change made for somebody; False where it is used or gone."""
        made = select(tables.audit.c.time).where(tables.audit.c.id == change).scalar_subquery()
        withdrawn = await self._connection.execute(
            delete(tables.invites).where(
                tables.invites.c.account == account,
                tables.invites.c.created == made,
                tables.invites.c.used.is_(None),
            )
        )
        return bool(withdrawn.rowcount)

    async def addresses(self) -> list[str]:
        """Return everybody's address."""
        column, found = tables.accounts.c.id, [""]
        while piece := (
            await self._connection.scalars(
                select(column).where(column > found[-1]).order_by(column).limit(_ADDRESSES)
            )
        ).all():
            found += piece
        return found[1:]

    async def own_accounts(self) -> frozenset[str]:
        """Return the addresses of the accounts that the service itself starts."""
        own = select(tables.accounts.c.id).where(~tables.of_people)
        return frozenset(await self._connection.scalars(own))

    async def latest_actor(self) -> str:
        """Return who made the latest change that has rows, "" for the service itself."""
        latest = select(func.max(tables.audit_rows.c.change)).scalar_subquery()
        return (
            await self._connection.scalar(
                select(tables.audit.c.actor).where(tables.audit.c.id == latest)
            )
            or ""
        )

    async def rows_of(self, change: int) -> list[KeptRow] | None:
        """Return the rows of an earlier change, None where there is no such change."""
        known = select(tables.audit.c.id).where(tables.audit.c.id == change)
        if await self._connection.scalar(known) is None:
            return None
        columns = tables.audit_rows.c
        found = await self._connection.execute(
            select(columns.table_name, columns.key, columns.before, columns.after)
            .where(columns.change == change)
            .order_by(columns.number)
        )
        return [_kept_row(*row) async for row in paced(found)]

    async def later(self, change: int, table: str, key: str) -> int | None:
        """Return the first change after one that touched a row, None where none did."""
        rows, log = tables.audit_rows.c, tables.audit.c
        touched: ColumnElement[bool] = log.id.in_(
            select(rows.change).where(
                rows.change > change, rows.table_name == table, rows.key == key
            )
        )
        by_itself = and_(log.action.in_(_BY_THEMSELVES), or_(log.subject == key, log.actor == key))
        return await self._connection.scalar(
            select(func.min(log.id)).where(log.id > change, or_(touched, by_itself))
        )

    async def nearest(self, kind: type[Record], name: str) -> str:
        """Return the name, or address, that is most like one, "" where none is."""
        return await nearest(self._connection, kind, name)

    async def _forget(self, accounts: list[str], devices: list[str]) -> None:
        """Remove what refers to people and devices who are about to go, and is of no change."""
        missed, known = tables.missed_calls.c, tables.invites.c
        for piece in pieces(accounts):
            for statement in (
                delete(tables.missed_calls).where(
                    or_(missed.to_account.in_(piece), missed.from_account.in_(piece))
                ),
                delete(tables.invites).where(
                    or_(
                        known.account.in_(piece),
                        and_(known.created_by.in_(piece), known.used.is_(None)),
                    )
                ),
                update(tables.invites).where(known.created_by.in_(piece)).values(created_by=None),
            ):
                await self._connection.execute(statement)
        for piece in pieces(devices):
            await self._connection.execute(
                update(tables.invites).where(known.used_by.in_(piece)).values(used_by=None)
            )


async def nearest(connection: AsyncConnection, kind: type[Record], name: str) -> str:
    """Return the name, or address, that is most like one, "" where none is."""
    table = STORED[kind].table
    column: ColumnElement[str] = table.c.id if kind is AccountRecord else table.c.name
    length = len(name)
    similar = await connection.scalars(
        select(column)
        .where(
            or_(
                column.startswith(name[:1], autoescape=True),
                column.startswith(name[1:2], autoescape=True),
                func.substr(column, 2, 2) == name[1:3],
            ),
            func.length(column).between(length - _ABOUT, length + _ABOUT),
        )
        .limit(_MOST_SIMILAR)
    )
    return next(iter(difflib.get_close_matches(name, similar.all(), n=1)), "")


class ChangeStore:
    """Where changes of the organisation are carried out."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def carry_out(self, work: Callable[[OpenChange], Awaitable[_T]]) -> _T:
        """Do work in one transaction, which is undone where it raises.

        The work may be done again where another change came in between, so it leaves nothing
        outside.

        Raises:
            DatabaseUnusable: the store cannot be used now.
        """

        async def change(connection: AsyncConnection) -> _T:
            return await work(OpenChange(connection, await advance_epoch(connection)))

        return await self._database.write(change)


def _audit_row(changed: ChangedRecord) -> AuditRow:
    record = changed.record
    return AuditRow(
        STORED[type(record)].table.name,
        "/".join(key_of(record)),
        as_row(changed.before) if changed.before else None,
        as_row(changed.after) if changed.after else None,
    )


def _kept_row(table: str, key: str, before: str | None, after: str | None) -> KeptRow:
    if table not in BY_TABLE:
        return KeptRow(table, key, invite=None if after is None else msgspec.json.decode(after))
    return KeptRow(table, key, of_json(table, before), of_json(table, after))
