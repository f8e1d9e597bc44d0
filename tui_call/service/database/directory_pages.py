"""Pages of people, groups and devices for administrators, in the order of their keys."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tui_call.service.database import tables

Found = Sequence[Any]
_accounts, _devices, _groups = tables.accounts, tables.devices, tables.groups
_places, _settings = tables.memberships, tables.account_settings


async def people(
    connection: AsyncConnection, text: str, group: str, after: str, most: int
) -> tuple[Found, int]:
    """Return accounts behind an address, with how many devices they have, and how many there are.

    Args:
        connection: to read with.
        text: what name or address holds.
        group: name of the group that they are in, "" for any.
        after: the address.
        most: how many.
    """
    which = [
        _accounts.c.on_demand.is_(False),
        _accounts.c.search_text.contains(text.casefold(), autoescape=True),
    ]
    if group:
        members = select(_places.c.account).join(_groups).where(_groups.c.name == group)
        which.append(_accounts.c.id.in_(members))
    query = select(_accounts, _count_of_devices()).where(*which)
    return await _page(connection, query, _accounts.c.id, after, most)


async def person(connection: AsyncConnection, account: str) -> Row[Any] | None:
    """Return an account with its setting and how many devices it has."""
    query = (
        select(_accounts, _settings.c.e2ee_calls, _count_of_devices())
        .join(_settings)
        .where(_accounts.c.id == account)
    )
    return (await connection.execute(query)).one_or_none()


async def everybody(connection: AsyncConnection, after: str, most: int) -> Found:
    """Return address, client, last seen and setting of people behind an address."""
    query = (
        select(
            _accounts.c.id,
            _accounts.c.client_version,
            _accounts.c.last_seen,
            _settings.c.e2ee_calls,
        )
        .join(_settings)
        .where(_accounts.c.on_demand.is_(False), _accounts.c.id > after)
        .order_by(_accounts.c.id)
        .limit(most)
    )
    return (await connection.execute(query)).all()


async def groups(
    connection: AsyncConnection, text: str, after: str, most: int
) -> tuple[Found, int]:
    """Return groups behind a name, with how many people are in them, and how many there are."""
    members = (
        select(func.count())
        .select_from(_places)
        .where(_places.c.group_id == _groups.c.id)
        .scalar_subquery()
        .label("people")
    )
    query = select(_groups, members).where(
        func.lower(_groups.c.name).contains(text.lower(), autoescape=True)
    )
    return await _page(connection, query, _groups.c.name, after, most)


async def devices(
    connection: AsyncConnection, account: str, after: tuple[str, str], most: int
) -> tuple[Found, int]:
    """Return devices of one account, or of all for "", behind an account and device."""
    which = _devices.c.account == account if account else _devices.c.id != ""
    behind = or_(
        _devices.c.account > after[0],
        and_(_devices.c.account == after[0], _devices.c.id > after[1]),
    )
    query = select(_devices).where(which)
    found = await connection.execute(
        query.where(behind).order_by(_devices.c.account, _devices.c.id).limit(most)
    )
    return found.all(), await _count(connection, query)


def _count_of_devices() -> ColumnElement[int]:
    return (
        select(func.count())
        .select_from(_devices)
        .where(_devices.c.account == _accounts.c.id, _devices.c.revoked.is_(None))
        .scalar_subquery()
        .label("devices")
    )


async def _page(
    connection: AsyncConnection, query: Select[Any], key: ColumnElement[str], after: str, most: int
) -> tuple[Found, int]:
    found = await connection.execute(query.where(key > after).order_by(key).limit(most))
    return found.all(), await _count(connection, query)


async def _count(connection: AsyncConnection, query: Select[Any]) -> int:
    return await connection.scalar(select(func.count()).select_from(query.subquery())) or 0
