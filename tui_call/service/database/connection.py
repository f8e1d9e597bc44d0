"""The database: opened and migrated, read beside one writer."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from alembic import command
from alembic.config import Config
from alembic.util.exc import CommandError
from sqlalchemy import Connection, Executable, Row
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from tui_call.service.database.backend import Backend
from tui_call.service.database.postgresql import PostgreSQL
from tui_call.service.database.sqlite import SQLite
from tui_call.service.faults import DatabaseUnusable
from tui_call.tasks import Tasks

_T = TypeVar("_T")
_Work = Callable[[AsyncConnection], Awaitable[Any]]
_Waiting = tuple[_Work, "asyncio.Future[Any]"]

MIGRATIONS = Path(__file__).parent / "migrations"
MOST_WAITING_CHANGES = 1024

log = logging.getLogger(__name__)


class Database:
    """The store of one service, or of several that share it.

    Changes wait in a queue for the one task that carries them out: no two of this process ever
    conflict, SQLite's file is never seen locked, and a client that goes away in the middle does not
    take its transaction along.
    """

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._changes: asyncio.Queue[_Waiting | None] = asyncio.Queue(MOST_WAITING_CHANGES)
        self._writer = asyncio.create_task(self._write_all())  # noqa: TID251 - waited for in `close`
        self._reading = Tasks()

    @classmethod
    async def open(cls, where: Path | str) -> "Database":
        """Open a store and bring its tables up to date.

        Args:
            where: file of SQLite, made where there is none; or URL of PostgreSQL.

        Raises:
            DatabaseUnusable: no database, damaged, made by a newer version, not writable, or not
                to be reached.
        """
        backend = SQLite(where) if isinstance(where, Path) else PostgreSQL(where)
        try:
            await _bring_up(backend)
        except BaseException:
            await backend.close()
            raise
        return cls(backend)

    @property
    def name(self) -> str:
        """Of the file or database."""
        return self._backend.name

    async def read(self, query: Callable[[AsyncConnection], Awaitable[_T]]) -> _T:
        """Return what a query gives; all of it is of one moment.

        Raises:
            DatabaseUnusable: the database cannot be read.
        """
        # A connection whose user is cancelled is torn down by its driver's thread at any later
        # time, even after the event loop has ended; so a query, once begun, is always finished.
        return await self._reading.finish(self._read(query))

    async def read_one(
        self, statement: Executable, parameters: Mapping[str, object]
    ) -> Sequence[Row[Any]]:
        """Return the rows of one statement, at less cost than `read`.

        Raises:
            DatabaseUnusable: the database cannot be read.
        """
        try:
            return await self._backend.read_one(statement, parameters)
        except SQLAlchemyError as error:
            raise self._backend.fault(error) from error

    async def _read(self, query: Callable[[AsyncConnection], Awaitable[_T]]) -> _T:
        try:
            async with self._backend.reading.connect() as connection:
                return await query(connection)
        except SQLAlchemyError as error:
            raise self._backend.fault(error) from error

    async def write(self, change: Callable[[AsyncConnection], Awaitable[_T]]) -> _T:
        """Carry out a change in one transaction; it is undone if it raises.

        The outcome is as if no other change ran meanwhile, in this process or another. For that it
        may be carried out again, so it has no effect beside the transaction.

        Raises:
            DatabaseUnusable: the database cannot be written.
        """
        done: asyncio.Future[_T] = asyncio.get_running_loop().create_future()
        await self._changes.put((change, done))
        return await done

    async def close(self) -> None:
        """Carry out the changes that wait, then close the store."""
        await self._changes.put(None)
        await self._writer
        await self._reading.wait()
        await self._backend.close()

    async def _write_all(self) -> None:
        while (item := await self._changes.get()) is not None:
            change, done = item
            try:
                result = await self._carry_out(change)
            except SQLAlchemyError as error:
                log.error("change failed", {"reason": self._backend.log_reason(error)})
                _settle(done, self._backend.fault(error))
                if self._backend.is_away(error):
                    self._give_up_waiting()
            except Exception as error:
                _settle(done, error)
            else:
                if not done.cancelled():
                    done.set_result(result)

    async def _carry_out(self, change: _Work) -> Any:
        for pause in self._backend.pauses:
            try:
                return await self._attempt(change)
            except SQLAlchemyError as error:
                if not self._backend.passes(error):
                    raise
            await asyncio.sleep(random.uniform(0, pause))  # noqa: S311 - spreads, guards nothing
        return await self._attempt(change)

    async def _attempt(self, change: _Work) -> Any:
        async with self._backend.writing.begin() as connection:
            return await change(connection)

    def _give_up_waiting(self) -> None:
        """Answer all that wait, as each would take as long to find that nothing can be reached."""
        waiting = [self._changes.get_nowait() for _ in range(self._changes.qsize())]
        for item in waiting:
            if item is None:
                self._changes.put_nowait(None)
            else:
                _settle(item[1], DatabaseUnusable("away"))


def _settle(done: "asyncio.Future[Any]", error: Exception) -> None:
    if not done.cancelled():
        done.set_exception(error)


async def _bring_up(backend: Backend) -> None:
    """Carry out the migrations that are due, all or none, one process at a time."""
    try:
        async with backend.engine.begin() as connection:
            await backend.lock(connection)
            await connection.run_sync(_migrate)
    except CommandError as error:
        raise DatabaseUnusable("newer", file=backend.name) from error
    except SQLAlchemyError as error:
        raise backend.unusable(error) from error


def _migrate(connection: Connection) -> None:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    command.upgrade(config, "head")
