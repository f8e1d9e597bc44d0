"""The organisation at one moment, read for questions.

Lists come in pages: of people, groups and devices in the order of their keys, of changes the newest
first.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from typing import Any, TypeVar

import msgspec
from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tui_call.permissions.book import Book
from tui_call.service.database import tables
from tui_call.service.database.books import read_book
from tui_call.service.database.changing import nearest
from tui_call.service.database.connection import Database
from tui_call.service.database.epoch import read_epoch
from tui_call.service.database.records import Record
from tui_call.signaling.policies import Epoch

_T = TypeVar("_T")
Found = Sequence[Row[Any]]

_PIECE = 1000
_accounts, _devices, _groups = tables.accounts, tables.devices, tables.groups
_places, _settings = tables.memberships, tables.account_settings
_log, _rows = tables.audit, tables.audit_rows
_NAMED = (tables.groups, tables.policies)


class _Named(msgspec.Struct, frozen=True):
    name: str


class Moment:
    """What there is, as of one moment; the book is read once where it is asked for."""

    def __init__(self, connection: AsyncConnection, organisation: str) -> None:
        self._connection = connection
        self._organisation = organisation
        self._book: Book | None = None

    def address(self, given: str) -> str:
        """Return the address of somebody who may be given by its user part alone."""
        return given if "@" in given or not given else f"{given}@{self._organisation}"

    async def epoch(self) -> Epoch:
        """Return the epoch."""
        return await read_epoch(self._connection)

    async def book(self) -> Book:
        """Return policies, grants and memberships."""
        if self._book is None:
            self._book = await read_book(self._connection)
        return self._book

    async def nearest(self, kind: type[Record], name: str) -> str:
        """Return the name, or address, that is most like one, "" where none is."""
        return await nearest(self._connection, kind, name)

    # People, groups and devices

    async def people(self, text: str, group: str, after: str, most: int) -> tuple[Found, int]:
        """Return accounts with how many devices they have, and how many accounts there are.

        Args:
            text: what name or address holds.
            group: name of the group that they are in, "" for any.
            after: the address behind which to begin.
            most: how many.
        """
        which = [
            tables.of_people,
            _accounts.c.search_text.contains(text.casefold(), autoescape=True),
        ]
        if group:
            members = select(_places.c.account).join(_groups).where(_groups.c.name == group)
            which.append(_accounts.c.id.in_(members))
        query = select(_accounts, _count_of_devices()).where(*which)
        return await self._page(query, _accounts.c.id, after, most)

    async def person(self, account: str) -> Row[Any] | None:
        """Return an account with its setting and how many devices it has."""
        query = (
            select(_accounts, _settings.c.e2ee_calls, _count_of_devices())
            .join(_settings)
            .where(_accounts.c.id == account)
        )
        return (await self._connection.execute(query)).one_or_none()

    async def everybody(self) -> AsyncIterator[Row[Any]]:
        """Give address, client, last seen and setting of each person, by address."""
        of_account = (_accounts.c.id, _accounts.c.client_version, _accounts.c.last_seen)
        query = (
            select(*of_account, _settings.c.e2ee_calls)
            .join(_settings)
            .where(tables.of_people)
            .order_by(_accounts.c.id)
            .limit(_PIECE)
        )
        after = ""
        while found := await self._all(query.where(_accounts.c.id > after)):
            for row in found:
                yield row
            after = found[-1].id

    async def groups(self, text: str, after: str, most: int) -> tuple[Found, int]:
        """Return groups behind a name, with how many are in them, and how many there are."""
        query = select(_groups, _count_of_people()).where(
            func.lower(_groups.c.name).contains(text.lower(), autoescape=True)
        )
        return await self._page(query, _groups.c.name, after, most)

    async def group_exists(self, name: str) -> bool:
        """Tell whether there is a group of a name."""
        query = select(_groups.c.id).where(_groups.c.name == name)
        return await self._connection.scalar(query) is not None

    async def devices(self, account: str, after: tuple[str, str], most: int) -> tuple[Found, int]:
        """Return devices of one account, or of all for "", behind an account and device."""
        which = _devices.c.account == account if account else _devices.c.id != ""
        behind = or_(
            _devices.c.account > after[0],
            and_(_devices.c.account == after[0], _devices.c.id > after[1]),
        )
        query = select(_devices).where(which)
        page = query.where(behind).order_by(_devices.c.account, _devices.c.id).limit(most)
        return await self._all(page), await self._count(query)

    # Changes

    async def changes(
        self, *, actor: str, subject: str, since: int, before: int, most: int
    ) -> Found:
        """Return changes, each with how many rows it has.

        Args:
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
            query = query.where(await self._concerns(subject))
        if before:
            query = query.where(_log.c.id < before)
        return await self._all(query.order_by(_log.c.id.desc()).limit(most))

    async def change(self, number: int) -> Row[Any] | None:
        """Return one change."""
        query = select(_log, _count_of_rows()).where(_log.c.id == number)
        return (await self._connection.execute(query)).one_or_none()

    async def rows_of(self, change: int, known: int, most: int) -> Found:
        """Return rows of a change behind those that are known."""
        which = (_rows.c.change == change, _rows.c.number >= known)
        return await self._all(select(_rows).where(*which).order_by(_rows.c.number).limit(most))

    async def names(self, ids: Iterable[str]) -> dict[str, str]:
        """Return the names of groups and policies by id, also of those that were removed."""
        wanted, found = set(ids), dict[str, str]()
        for table in _NAMED:
            query = select(table.c.id, table.c.name).where(table.c.id.in_(wanted))
            found.update({row.id: row.name for row in await self._all(query)})
        removed = await self._all(
            select(_rows.c.key, _rows.c.before)
            .where(
                _rows.c.key.in_(wanted - set(found)),
                _rows.c.table_name.in_([table.name for table in _NAMED]),
                _rows.c.after.is_(None),
            )
            .order_by(_rows.c.change)
        )
        named = {row.key: msgspec.json.decode(row.before, type=_Named).name for row in removed}
        return {**found, **named}

    async def _concerns(self, subject: str) -> ColumnElement[bool]:
        keys = [subject]
        for table in _NAMED:
            named = select(table.c.id).where(table.c.name == subject)
            keys += await self._connection.scalars(named)
        touched = select(_rows.c.change).where(
            or_(_rows.c.key.in_(keys), _rows.c.key.endswith(f"/{subject}", autoescape=True))
        )
        return or_(_log.c.subject == subject, _log.c.id.in_(touched))

    async def _page(
        self, query: Select[*tuple[Any, ...]], key: ColumnElement[str], after: str, most: int
    ) -> tuple[Found, int]:
        found = await self._all(query.where(key > after).order_by(key).limit(most))
        return found, await self._count(query)

    async def _all(self, query: Select[*tuple[Any, ...]]) -> Found:
        return (await self._connection.execute(query)).all()

    async def _count(self, query: Select[*tuple[Any, ...]]) -> int:
        count = select(func.count()).select_from(query.subquery())
        return await self._connection.scalar(count) or 0


def _count_of_devices() -> ColumnElement[int]:
    mine = _devices.c.account == _accounts.c.id, _devices.c.revoked.is_(None)
    return (
        select(func.count()).select_from(_devices).where(*mine).scalar_subquery().label("devices")
    )


def _count_of_people() -> ColumnElement[int]:
    mine = _places.c.group_id == _groups.c.id
    return select(func.count()).select_from(_places).where(mine).scalar_subquery().label("people")


def _count_of_rows() -> ColumnElement[int]:
    mine = _rows.c.change == _log.c.id
    return select(func.count()).select_from(_rows).where(mine).scalar_subquery().label("rows")


class Moments:
    """Reads the organisation."""

    def __init__(self, database: Database, organisation: str) -> None:
        """Read from a database; the organisation is what stands in addresses behind the @."""
        self._database = database
        self._organisation = organisation

    async def read(self, answer: Callable[[Moment], Awaitable[_T]]) -> _T:
        """Return what a question gives, all of it of one moment.

        Raises:
            DatabaseUnusable: the store cannot be read now.
        """
        return await self._database.read(
            lambda connection: answer(Moment(connection, self._organisation))
        )
