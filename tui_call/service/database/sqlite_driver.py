"""SQLite for SQLAlchemy's asyncio, with as few changes between threads as can be.

With `aiosqlite`, which the dialect brings, a query of one statement goes to a thread and back
eight times: to begin, for the statement, for its rows, to end. That takes 0.40 ms of processor, and
0.24 here; in a service that is busy each way there and back waits for the interpreter's lock. Here
the beginning goes with the first statement, the rows come with it, and nobody waits for the end of
what only read.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Self, TypeVar

_T = TypeVar("_T")


class Connection:
    """A connection with a thread of its own, as far as the dialect uses one.

    Attributes:
        isolation_level: None: transactions begin where they are told to.
    """

    isolation_level: str | None = None

    def __init__(self, thread: ThreadPoolExecutor, connection: sqlite3.Connection) -> None:
        self._thread = thread
        self._connection: sqlite3.Connection | None = connection
        self._begins = False

    @classmethod
    async def open(cls, path: Path) -> Self:
        """Open a file."""
        thread = ThreadPoolExecutor(1, "sqlite")

        def connect() -> sqlite3.Connection:
            return sqlite3.connect(path, isolation_level=None)

        return cls(thread, await asyncio.get_running_loop().run_in_executor(thread, connect))

    def cursor(self) -> "Cursor":
        """Return a cursor."""
        return Cursor(self)

    async def do(self, work: Callable[[sqlite3.Connection], _T]) -> _T:
        """Return what a function gives that has the connection, in its thread."""
        connection, begins = self._connection, self._begins
        if connection is None:
            raise ValueError("connection closed")
        self._begins = False

        def begin_and_work() -> _T:
            if begins:
                connection.execute("BEGIN")
            return work(connection)

        return await asyncio.get_running_loop().run_in_executor(self._thread, begin_and_work)

    def begin(self) -> None:
        """Begin a transaction, which locks nothing yet, together with what is done next."""
        self._begins = True

    async def create_function(self, *arguments: Any, **options: Any) -> None:
        """Add a function to SQL."""
        await self.do(lambda connection: connection.create_function(*arguments, **options))

    async def commit(self) -> None:
        """Keep what was done."""
        if self._begins:
            self._begins = False  # it was nothing
        else:
            await self.do(sqlite3.Connection.commit)

    async def rollback(self) -> None:
        """Undo what was done, before anything else is."""
        if self._begins:
            self._begins = False
        elif self._connection is not None and self._connection.in_transaction:
            self._thread.submit(self._connection.rollback)

    async def close(self) -> None:
        """Let go of file and thread."""
        self._begins = False
        await self.do(sqlite3.Connection.close)
        self._connection = None
        self._thread.shutdown(wait=False)

    def stop(self) -> None:
        """Let go of them without waiting."""
        if self._connection is not None:
            self._thread.submit(self._connection.close)
            self._connection = None
            self._thread.shutdown(wait=False)


class Cursor:
    """One statement after another, and all rows of the latest."""

    def __init__(self, connection: Connection) -> None:
        self.description: Sequence[Any] | None = None
        self.rowcount = -1
        self.lastrowid: int | None = None
        self.arraysize = 1
        self._connection = connection
        self._rows: list[Any] = []

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, statement: str, parameters: Sequence[Any] = ()) -> Self:
        """Carry out a statement, and take its rows."""
        if statement == "BEGIN":
            self._connection.begin()
        else:
            await self._connection.do(
                lambda connection: self._take(connection.execute(statement, parameters))
            )
        return self

    async def executemany(self, statement: str, parameters: Sequence[Any]) -> Self:
        """Carry out a statement for each of some parameters."""
        await self._connection.do(
            lambda connection: self._take(connection.executemany(statement, parameters))
        )
        return self

    async def fetchall(self) -> list[Any]:
        """Return the rows."""
        return self._rows

    async def fetchmany(self, size: int) -> list[Any]:
        """Return some of the rows, where a result is taken in parts."""
        some, self._rows = self._rows[:size], self._rows[size:]
        return some

    async def close(self) -> None:
        """Do nothing: no statement is under way."""

    def _take(self, cursor: sqlite3.Cursor) -> None:
        self._rows = cursor.fetchall()
        self.description, self.rowcount = cursor.description, cursor.rowcount
        self.lastrowid = cursor.lastrowid
        cursor.close()
