"""A store in one SQLite file: read by many, written by one at a time."""

import asyncio
import contextlib
import sqlite3
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Executable, Row, create_engine, event
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from tui_call.service.database import checking
from tui_call.service.database.backend import Backend
from tui_call.service.faults import DatabaseUnusable

_CONNECTIONS = 4
_PRAGMAS = (
    "journal_mode = WAL",
    "synchronous = NORMAL",
    "foreign_keys = ON",
    "busy_timeout = 5000",  # ms, for another program that writes
)
_BEGIN = "begin"


class SQLite(Backend):
    """The file at a path, made where there is none.

    Raises:
        DatabaseUnusable: no database, damaged, or not writable.
    """

    def __init__(self, path: Path) -> None:
        checking.check(path)
        self._path = path
        # hide_parameters: what people are called must not get into a log by way of an error.
        engine = create_async_engine(
            _url("sqlite+aiosqlite", path),
            hide_parameters=True,
            pool_size=_CONNECTIONS,
            max_overflow=0,
        )
        event.listen(engine.sync_engine, "connect", _set_up)
        event.listen(engine.sync_engine, "begin", _begin)
        # What reads and then writes would fail where another has written between the two.
        writing = engine.execution_options(**{_BEGIN: "BEGIN IMMEDIATE"})
        super().__init__(path.name, writing, engine, writing)
        # 0.06 ms of processor, and 0.35 by way of the asynchronous engine; a login reads twice.
        self._single = create_engine(_url("sqlite", path), hide_parameters=True)
        event.listen(self._single, "connect", _set_up)
        self._thread = ThreadPoolExecutor(1, "sqlite")

    async def close(self) -> None:
        """Let go of all connections, each in its thread."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._single.dispose)
        self._thread.shutdown(wait=False)
        await super().close()

    async def read_one(
        self, statement: Executable, parameters: Mapping[str, object]
    ) -> Sequence[Row[Any]]:
        """Return the rows of one statement."""

        def rows() -> Sequence[Row[Any]]:
            with self._single.connect() as connection:
                return connection.execute(statement, parameters).all()

        return await asyncio.get_running_loop().run_in_executor(self._thread, rows)

    async def lock(self, connection: AsyncConnection) -> None:
        """Do nothing more: a transaction that writes has the file's lock."""

    def passes(self, error: SQLAlchemyError) -> bool:  # noqa: ARG002 - none does
        """Return False: whoever writes has waited for its turn before it began."""
        return False

    def is_away(self, error: SQLAlchemyError) -> bool:  # noqa: ARG002 - as above
        """Return False: a file is there or broken."""
        return False

    def unusable(self, error: SQLAlchemyError) -> DatabaseUnusable:
        """Return what to do about the file."""
        return checking.unusable(self._path, _cause(error))

    def fault(self, error: SQLAlchemyError) -> DatabaseUnusable:
        """Return what to do where the reason lies outside the program."""
        cause = _cause(error)
        if isinstance(cause, sqlite3.Error) and checking.is_outside(cause):
            return checking.unusable(self._path, cause)
        return DatabaseUnusable()

    def log_reason(self, error: SQLAlchemyError) -> str:
        """Return what SQLite said, which names no values."""
        return str(error.orig) if isinstance(error, DBAPIError) else type(error).__name__


def _cause(error: SQLAlchemyError) -> BaseException:
    orig = error.orig if isinstance(error, DBAPIError) else None
    return orig or error


def _url(driver: str, path: Path) -> URL:
    # A path is no URL: a "?", "%" or "#" in it would name another file.
    return URL.create(driver, database=str(path))


def _set_up(connection: Any, _record: object) -> None:
    # The driver would begin transactions late and not for DDL; `_begin` is explicit.
    connection.isolation_level = None
    cursor = connection.cursor()
    with contextlib.closing(cursor):
        for pragma in _PRAGMAS:
            cursor.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get(_BEGIN, "BEGIN"))
