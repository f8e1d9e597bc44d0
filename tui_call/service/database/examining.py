"""What is in a store and whether its pages are whole, found without changing anything."""

import contextlib
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from tui_call.service.database import checking, tables
from tui_call.service.database.postgresql import PostgreSQL

MOST_FAULTS = 20
_WITHIN = 5.0


@dataclass(frozen=True, slots=True)
class StoreFacts:
    """What was found.

    Attributes:
        organisation: its id, "" where there is none.
        name: of the organisation.
        people: how many.
        faults: of its pages, in SQLite's words, the first `MOST_FAULTS`.
    """

    organisation: str
    name: str
    people: int
    faults: tuple[str, ...]


def opened(path: Path) -> contextlib.closing[sqlite3.Connection]:
    """Return a connection to a file that is there, whose text may be damaged; closed in the end.

    Raises:
        sqlite3.Error: it cannot be opened.
    """
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw", timeout=_WITHIN, uri=True, isolation_level=None
    )
    connection.text_factory = checking.damaged_text
    return contextlib.closing(connection)


def examine(path: Path) -> StoreFacts:
    """Look at a file of SQLite, also while a service has it.

    Raises:
        DatabaseUnusable: it is not there, no database, or held by another program.
    """
    try:
        with opened(path) as store:
            found = [fault for (fault,) in store.execute(f"PRAGMA quick_check({MOST_FAULTS})")]
            faults = tuple(fault for fault in found if fault != "ok")
            try:
                organisation, name = _organisation(store)
                people = _people(store) if organisation else 0
            except sqlite3.Error:
                if not faults:
                    raise
                return StoreFacts("", "", 0, faults)
            return StoreFacts(organisation, name, people, faults)
    except sqlite3.Error as error:
        raise checking.unusable(path, error) from error


async def examine_postgresql(url: str) -> StoreFacts:
    """Look at a store in PostgreSQL, which looks after its pages itself.

    Raises:
        DatabaseUnusable: it is away, or holds no store.
    """
    backend = PostgreSQL(url)
    organisation, accounts = tables.organisation, tables.accounts
    people = select(func.count()).select_from(accounts).where(tables.of_people)
    try:
        async with backend.reading.connect() as connection:
            row = (await connection.execute(select(organisation))).one_or_none()
            count = await connection.scalar(people)
    except SQLAlchemyError as error:
        raise backend.unusable(error) from error
    finally:
        await backend.close()
    return StoreFacts(row.id if row else "", row.name if row else "", count or 0, ())


def organisation_in(path: Path) -> str | None:
    """Return the id of a file's organisation, "" without one, None where the file has no tables.

    Raises:
        DatabaseUnusable: it is no database, or cannot be read.
    """
    if not path.exists():
        return None
    try:
        with opened(path) as store:
            (number,) = store.execute("SELECT count(*) FROM sqlite_master").fetchone()
            return _organisation(store)[0] if number else None
    except sqlite3.Error as error:
        raise checking.unusable(path, error) from error


def _organisation(store: sqlite3.Connection) -> tuple[str, str]:
    named = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'organisation'"
    (there,) = store.execute(named).fetchone()
    row = store.execute("SELECT id, name FROM organisation").fetchone() if there else None
    return row or ("", "")


def _people(store: sqlite3.Connection) -> int:
    (count,) = store.execute("SELECT count(*) FROM accounts WHERE NOT on_demand").fetchone()
    return int(count)
