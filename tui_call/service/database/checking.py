"""Whether a database file can be used, looked at before anything relies on it, and why not."""

import contextlib
import sqlite3
from pathlib import Path

from tui_call.service.faults import DatabaseUnusable

_PRIMARY_CODE = 0xFF
# https://www.sqlite.org/rescode.html
_NOT_WRITABLE = frozenset(
    {
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
    }
)
_HELD = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})


def check(path: Path) -> None:
    """Refuse a file that is no database, has damaged pages, or cannot be written.

    It is done while no thread of the asynchronous driver has the file: a connection that fails as
    it is opened is left to such a thread, which may outlive the loop. What is written is undone.

    Raises:
        DatabaseUnusable: with what to do about it.
    """
    try:
        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.text_factory = damaged_text
            (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
            if found != "ok":
                raise sqlite3.DatabaseError(found)
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("CREATE TABLE written_on_trial (never)")
            connection.execute("ROLLBACK")
    except sqlite3.Error as error:
        raise unusable(path, error) from error


def damaged_text(raw: bytes) -> str:
    """Return text of a file that may be damaged: what SQLite says of it quotes it."""
    return raw.decode(errors="replace")


def is_outside(error: sqlite3.Error) -> bool:
    """Return whether what is in the way is outside the file: no room, no right, another program."""
    return _code(error) in _HELD | _NOT_WRITABLE


def unusable(path: Path, error: BaseException) -> DatabaseUnusable:
    """Return the fault for an error of SQLite, or of what stands on it, with what to do."""
    code = _code(error)
    reason = (str(error) or type(error).__name__).splitlines()[0]
    if code in _HELD:
        return DatabaseUnusable("held", file=path.name, reason=reason)
    if code in _NOT_WRITABLE:
        return DatabaseUnusable("not written", file=path.name, reason=reason)
    return DatabaseUnusable("broken", file=path.name, reason=reason)


def _code(error: BaseException) -> int:
    code: int = getattr(error, "sqlite_errorcode", 0)
    return code & _PRIMARY_CODE
