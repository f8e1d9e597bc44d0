"""The database file: opened and migrated, read beside one writer."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import structlog
from alembic import command
from alembic.config import Config
from alembic.util.exc import CommandError
from sqlalchemy import URL, Connection, event
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from tui_call.service.database import checking
from tui_call.service.faults import DatabaseUnusable
from tui_call.tasks import Tasks

_T = TypeVar("_T")
_Work = Callable[[AsyncConnection], Awaitable[Any]]

MIGRATIONS = Path(__file__).parent / "migrations"
MOST_WAITING_CHANGES = 1024
_PRAGMAS = ("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON")

log = structlog.get_logger()


class Database:
    """One SQLite file.

    SQLite takes one writer at a time: changes wait in a queue for the one task that carries them
    out, so that no client ever sees a locked database, and a client that goes away in the middle
    does not take its transaction along.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._changes: asyncio.Queue[tuple[_Work, asyncio.Future[Any]] | None] = asyncio.Queue(
            MOST_WAITING_CHANGES
        )
        self._writer = asyncio.create_task(self._write_all())  # noqa: TID251 - waited for in `close`
        self._reading = Tasks()

    @classmethod
    async def open(cls, path: Path) -> "Database":
        """Open or create the file and bring its tables up to date.

        Raises:
            DatabaseUnusable: no database, damaged, made by a newer version, or not writable.
        """
        checking.check(path)
        engine = _engine(path)
        try:
            async with engine.begin() as connection:
                await connection.run_sync(_migrate)
        except CommandError as error:
            await engine.dispose()
            raise DatabaseUnusable("newer", file=path.name) from error
        except SQLAlchemyError as error:
            await engine.dispose()
            raise checking.unusable(path, _cause(error)) from error
        return cls(engine)

    async def read(self, query: Callable[[AsyncConnection], Awaitable[_T]]) -> _T:
        """Return what a query gives.

        Raises:
            DatabaseUnusable: the file cannot be read.
        """
        # A connection whose user is cancelled is torn down by its driver's thread at any later
        # time, even after the event loop has ended; so a query, once begun, is always finished.
        return await self._reading.finish(self._read(query))

    async def _read(self, query: Callable[[AsyncConnection], Awaitable[_T]]) -> _T:
        try:
            async with self._engine.connect() as connection:
                return await query(connection)
        except SQLAlchemyError as error:
            raise DatabaseUnusable from error

    async def write(self, change: Callable[[AsyncConnection], Awaitable[_T]]) -> _T:
        """Carry out a change in one transaction; it is undone if it raises.

        Raises:
            DatabaseUnusable: the file cannot be written.
        """
        done: asyncio.Future[_T] = asyncio.get_running_loop().create_future()
        await self._changes.put((change, done))
        return await done

    async def close(self) -> None:
        """Carry out the changes that wait, then close the file."""
        await self._changes.put(None)
        await self._writer
        await self._reading.wait()
        await self._engine.dispose()

    async def _write_all(self) -> None:
        while (item := await self._changes.get()) is not None:
            change, done = item
            try:
                async with self._engine.begin() as connection:
                    result = await change(connection)
            except SQLAlchemyError as error:
                log.error("change failed", reason=_reason(error))
                _settle(done, DatabaseUnusable())
            except Exception as error:
                _settle(done, error)
            else:
                if not done.cancelled():
                    done.set_result(result)


def _settle(done: "asyncio.Future[Any]", error: Exception) -> None:
    if not done.cancelled():
        done.set_exception(error)


def _engine(path: Path) -> AsyncEngine:
    # A path is no URL: a "?", "%" or "#" in it would name another file.
    url = URL.create("sqlite+aiosqlite", database=str(path))
    # hide_parameters: what people are called must not get into a log by way of an error.
    engine = create_async_engine(url, hide_parameters=True, pool_size=4, max_overflow=0)

    @event.listens_for(engine.sync_engine, "connect")
    def set_up(connection: Any, _record: object) -> None:
        # The driver would begin transactions late and not for DDL; `begin` below is explicit.
        connection.isolation_level = None
        cursor = connection.cursor()
        with contextlib.closing(cursor):
            for pragma in _PRAGMAS:
                cursor.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    return engine


def _migrate(connection: Connection) -> None:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    command.upgrade(config, "head")


def _reason(error: SQLAlchemyError) -> str:
    return str(error.orig) if isinstance(error, DBAPIError) else type(error).__name__


def _cause(error: SQLAlchemyError) -> BaseException:
    orig = error.orig if isinstance(error, DBAPIError) else None
    return orig or error
