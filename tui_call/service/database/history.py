"""Reading the audit: changes, the newest first, and the rows of one of them."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Row, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tui_call.service.database import tables

_log, _rows = tables.audit, tables.audit_rows
_NAMED = (tables.groups, tables.policies)


class _Named(msgspec.Struct, frozen=True):
    name: str


def _count_of_rows() -> ColumnElement[int]:
    return (
        select(func.count())
        .select_from(_rows)
        .where(_rows.c.change == _log.c.id)
        .scalar_subquery()
        .label("rows")
    )


async def changes(
    connection: AsyncConnection, *, actor: str, subject: str, since: int, before: int, most: int
) -> Sequence[Row[Any]]:
    """Return changes, the newest first, each with how many rows it has.

    Args:
        connection: to read with.
        actor: who made them, "" for anybody.
        subject: account, device, group or policy that they were done to, "" for any.
        since: Unix seconds.
        before: number of a change, 0 for the newest.
        most: how many.
    """
    query = select(_log, _count_of_rows()).where(_log.c.time >= since)
    if actor:
        query = query.where(_log.c.actor == actor)
    if subject:
        query = query.where(await _concerns(connection, subject))
    if before:
        query = query.where(_log.c.id < before)
    return (await connection.execute(query.order_by(_log.c.id.desc()).limit(most))).all()


async def change(connection: AsyncConnection, number: int) -> Row[Any] | None:
    """Return one change."""
    query = select(_log, _count_of_rows()).where(_log.c.id == number)
    return (await connection.execute(query)).one_or_none()


async def rows(
    connection: AsyncConnection, number: int, known: int, most: int
) -> Sequence[Row[Any]]:
    """Return rows of a change behind those that are known."""
    query = (
        select(_rows)
        .where(_rows.c.change == number, _rows.c.number >= known)
        .order_by(_rows.c.number)
        .limit(most)
    )
    return (await connection.execute(query)).all()


async def names(connection: AsyncConnection, ids: Iterable[str]) -> dict[str, str]:
    """Return the names of groups and policies by id, also of those that were removed."""
    wanted, found = set(ids), dict[str, str]()
    for table in _NAMED:
        query = select(table.c.id, table.c.name).where(table.c.id.in_(wanted))
        found.update({row.id: row.name for row in await connection.execute(query)})
    removed = await connection.execute(
        select(_rows.c.key, _rows.c.before)
        .where(
            _rows.c.key.in_(wanted - set(found)),
            _rows.c.table_name.in_([table.name for table in _NAMED]),
            _rows.c.after.is_(None),
        )
        .order_by(_rows.c.change)
    )
    found.update({row.key: msgspec.json.decode(row.before, type=_Named).name for row in removed})
    return found


async def _concerns(connection: AsyncConnection, subject: str) -> ColumnElement[bool]:
    keys = [subject]
    for table in _NAMED:
        keys += await connection.scalars(select(table.c.id).where(table.c.name == subject))
    touched = select(_rows.c.change).where(
        or_(_rows.c.key.in_(keys), _rows.c.key.endswith(f"/{subject}", autoescape=True))
    )
    return or_(_log.c.subject == subject, _log.c.id.in_(touched))
