"""A store in PostgreSQL, that several processes may share.

Nothing here lasts beyond a transaction (no prepared statements, LISTEN or locks of a session), so
that a pooler may stand between. Changes are SERIALIZABLE: PostgreSQL ends one of two that could not
have been made one after another, and that one is made again.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import URL, Connection, Executable, Row, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from tui_call.service.database.backend import Backend
from tui_call.service.faults import DatabaseUnusable
from tui_call.tasks import Tasks

SCHEME = "postgresql+psycopg"

MOST_CONNECTIONS = 8
_WAIT_FOR_CONNECTION = 5.0
LOCK_MILLISECONDS = 5000
"""For which a change waits for what another session holds, as for SQLite's file; all that follow
wait for it meanwhile."""
_CONNECT: dict[str, object] = {
    "prepare_threshold": None,
    "connect_timeout": 5,  # s
    # A network that swallows everything is noticed in 15 s, not in hours.
    "keepalives_idle": 5,  # s
    "keepalives_interval": 5,  # s
    "keepalives_count": 2,
    "tcp_user_timeout": 15_000,  # ms
    "application_name": "tui-call",
}
_MIGRATION_LOCK = 0x7475695F63616C6C  # "tui_call"
# https://www.postgresql.org/docs/15/errcodes-appendix.html
_PASSING = frozenset(
    {
        "40001",  # serialization_failure
        "40P01",  # deadlock_detected
        "23505",  # unique_violation: how two insertions of the same key may conflict too
    }
)
_LOCK_NOT_AVAILABLE = "55P03"
_HERE = frozenset({"", "localhost", "127.0.0.1", "::1"})
_CONNECTION_EXCEPTION = "08"
_GOING_DOWN = "57P"


class PostgreSQL(Backend):
    """The database that a URL names, which has to be there.

    Raises:
        DatabaseUnusable: no such URL, or its driver is not installed.
    """

    pauses = tuple(min(0.005 * 2**attempt, 0.4) for attempt in range(12))

    def __init__(self, url: str) -> None:
        try:
            # hide_parameters: what people are called must not get into a log by way of an error.
            engine = create_async_engine(
                _parsed(url),
                hide_parameters=True,
                pool_size=MOST_CONNECTIONS,
                max_overflow=0,
                pool_timeout=_WAIT_FOR_CONNECTION,
                pool_pre_ping=True,
                use_native_hstore=False,
                connect_args=_CONNECT,
            )
        except ImportError as error:
            raise DatabaseUnusable("driver") from error
        reading = engine.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )
        self._reading = Tasks()
        self._single = engine.execution_options(isolation_level="AUTOCOMMIT")
        writing = engine.execution_options(isolation_level="SERIALIZABLE")
        event.listen(writing.sync_engine, "begin", _bound_waiting)
        super().__init__(engine.url.database or "postgres", engine, reading, writing)

    async def read_one(
        self, statement: Executable, parameters: Mapping[str, object]
    ) -> Sequence[Row[Any]]:
        """Return the rows of one statement."""

        async def read() -> Sequence[Row[Any]]:
            async with self._single.connect() as connection:
                return (await connection.execute(statement, parameters)).all()

        # A connection whose user gives up is lost to the pool, and making another one costs more.
        return await self._reading.finish(read())

    async def close(self) -> None:
        """Let go of all connections when what is read has come."""
        await self._reading.wait()
        await super().close()

    async def lock(self, connection: AsyncConnection) -> None:
        """Wait for the lock of migrations, which ends with the transaction."""
        await connection.execute(
            text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _MIGRATION_LOCK}
        )

    def passes(self, error: SQLAlchemyError) -> bool:
        """Return whether it conflicted with another change."""
        return _state(error) in _PASSING

    def is_away(self, error: SQLAlchemyError) -> bool:
        """Return whether there is no connection, or no more, or a lock that nobody lets go."""
        state = _state(error)
        return (
            isinstance(error, PoolTimeout)
            or state == _LOCK_NOT_AVAILABLE
            or (isinstance(error, OperationalError) and not state)
            or state.startswith((_CONNECTION_EXCEPTION, _GOING_DOWN))
            or (isinstance(error, DBAPIError) and error.connection_invalidated)
        )

    def unusable(self, error: SQLAlchemyError) -> DatabaseUnusable:
        """Return the reason in PostgreSQL's words."""
        cause = error.orig if isinstance(error, DBAPIError) else error
        reason = (str(cause) or type(cause).__name__).splitlines()[0]
        return DatabaseUnusable("away at start", reason=reason)

    def fault(self, error: SQLAlchemyError) -> DatabaseUnusable:
        """Tell whether it is away."""
        return DatabaseUnusable("away" if self.is_away(error) else "")

    def log_reason(self, error: SQLAlchemyError) -> str:
        """Return the kind of error: PostgreSQL's own words name hosts, users and values."""
        cause = error.orig if isinstance(error, DBAPIError) else error
        return f"{type(cause).__name__} {_state(error)}".strip()


def _bound_waiting(connection: Connection) -> None:
    connection.exec_driver_sql(f"SET LOCAL lock_timeout = {LOCK_MILLISECONDS}")


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise DatabaseUnusable("url") from error
    if parsed.drivername not in (SCHEME, "postgresql"):
        raise DatabaseUnusable("url")
    return _guarded(parsed.set(drivername=SCHEME))


def _guarded(url: URL) -> URL:
    """Have the server of another computer prove its name, unless the URL says otherwise."""
    host = url.host or url.query.get("host") or ""
    if "sslmode" in url.query or str(host) in _HERE or str(host).startswith("/"):
        return url
    return url.update_query_dict({"sslrootcert": "system", **url.query, "sslmode": "verify-full"})


def _state(error: SQLAlchemyError) -> str:
    """Return the SQLSTATE of an error, "" where it has none."""
    return getattr(error.orig if isinstance(error, DBAPIError) else None, "sqlstate", None) or ""
