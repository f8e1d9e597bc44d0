"""The organisation at one moment, read for questions."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from typing import Any, TypeVar

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tui_call.permissions.book import Book
from tui_call.service.database import directory_pages, history, tables
from tui_call.service.database.books import read_book
from tui_call.service.database.changing import nearest
from tui_call.service.database.connection import Database
from tui_call.service.database.directory_pages import Found
from tui_call.service.database.epoch import read_epoch
from tui_call.service.database.records import Record
from tui_call.signaling.administration import Epoch

_T = TypeVar("_T")
_PIECE = 1000


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

    async def people(self, text: str, group: str, after: str, most: int) -> tuple[Found, int]:
        """Return accounts as `directory_pages.people`."""
        return await directory_pages.people(self._connection, text, group, after, most)

    async def person(self, account: str) -> Row[Any] | None:
        """Return an account with its setting and how many devices it has."""
        return await directory_pages.person(self._connection, account)

    async def everybody(self) -> AsyncIterator[Row[Any]]:
        """Give address, client, last seen and setting of each person, by address."""
        after = ""
        while found := await directory_pages.everybody(self._connection, after, _PIECE):
            for row in found:
                yield row
            after = found[-1].id

    async def groups(self, text: str, after: str, most: int) -> tuple[Found, int]:
        """Return groups as `directory_pages.groups`."""
        return await directory_pages.groups(self._connection, text, after, most)

    async def devices(self, account: str, after: tuple[str, str], most: int) -> tuple[Found, int]:
        """Return devices as `directory_pages.devices`."""
        return await directory_pages.devices(self._connection, account, after, most)

    async def group_exists(self, name: str) -> bool:
        """Tell whether there is a group of a name."""
        query = select(tables.groups.c.id).where(tables.groups.c.name == name)
        return await self._connection.scalar(query) is not None

    async def changes(
        self, *, actor: str, subject: str, since: int, before: int, most: int
    ) -> Found:
        """Return changes as `history.changes`."""
        return await history.changes(
            self._connection, actor=actor, subject=subject, since=since, before=before, most=most
        )

    async def change(self, number: int) -> Row[Any] | None:
        """Return one change."""
        return await history.change(self._connection, number)

    async def rows_of(self, change: int, known: int, most: int) -> Sequence[Row[Any]]:
        """Return rows of a change behind those that are known."""
        return await history.rows(self._connection, change, known, most)

    async def names(self, ids: Iterable[str]) -> dict[str, str]:
        """Return the names of groups and policies by id, also of those that were removed."""
        return await history.names(self._connection, ids)


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
