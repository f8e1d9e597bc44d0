"""What differs between the databases in which a service can keep its store."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from sqlalchemy import Executable, Row
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from tui_call.service.faults import DatabaseUnusable


class Backend(ABC):
    """A database, and what has to be known of it.

    Args:
        name: of the file or database.
        engine: connections as they are.
        reading: for transactions that only read, each of one moment.
        writing: for changes. However many there are at once and from wherever, the outcome is that
            of one after another, or some fail.
    """

    pauses: ClassVar[tuple[float, ...]] = ()
    """Upper bounds of the seconds before each further try of a change that `passes`."""

    def __init__(
        self, name: str, engine: AsyncEngine, reading: AsyncEngine, writing: AsyncEngine
    ) -> None:
        self.name = name
        self.engine = engine
        self.reading = reading
        self.writing = writing

    async def close(self) -> None:
        """Let go of all connections."""
        await self.engine.dispose()

    @abstractmethod
    async def read_one(
        self, statement: Executable, parameters: Mapping[str, object]
    ) -> Sequence[Row[Any]]:
        """Return the rows of one statement, which needs no transaction to be of one moment."""

    @abstractmethod
    async def lock(self, connection: AsyncConnection) -> None:
        """Keep other processes from changing the tables until the transaction ends."""

    @abstractmethod
    def passes(self, error: SQLAlchemyError) -> bool:
        """Return whether a change that failed so may go well when it is carried out again."""

    @abstractmethod
    def is_away(self, error: SQLAlchemyError) -> bool:
        """Return whether the database could not be reached, or changed in time."""

    @abstractmethod
    def unusable(self, error: SQLAlchemyError) -> DatabaseUnusable:
        """Return what to say to whoever starts the service, with what to do."""

    @abstractmethod
    def fault(self, error: SQLAlchemyError) -> DatabaseUnusable:
        """Return what to say of an error in a service that runs."""

    @abstractmethod
    def log_reason(self, error: SQLAlchemyError) -> str:
        """Return an error for the log, without secrets, names or addresses."""
