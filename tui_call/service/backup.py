"""A backup of a service in one file, made while it runs, and put back while it does not.

It is the store, copied by SQLite's own call, and in a table beside its tables what makes the
service the one that its members know: its certificate with the key, its port and where invites
lead. Whoever has the file can pose as the service, so only this user may read it.
"""

import contextlib
import os
import shutil
import sqlite3
import time
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

from tui_call.errors import RefusedInput
from tui_call.service.certificate import FILE as CERTIFICATE_FILE
from tui_call.service.database import Database, Organisations, checking
from tui_call.service.database.examining import StoreFacts, examine, opened
from tui_call.service.faults import DatabaseUnusable, NotBegun, StateUnusable
from tui_call.service.place import PORT_FILE, PUBLIC_HOST_FILE
from tui_call.service.private_files import write_private
from tui_call.service.sole_use import sole_use
from tui_call.service.store_place import StorePlace
from tui_call.signaling.service_file import LOCAL_INVITE_FILE, ORGANISATION_FILE, SERVICE_FILE

KEPT_FILES = (CERTIFICATE_FILE, PORT_FILE, PUBLIC_HOST_FILE, ORGANISATION_FILE)
_BESIDE = ("", "-wal", "-shm")
"""What SQLite keeps of one store, the file itself first: https://www.sqlite.org/tempfiles.html"""


class BackupThere(RefusedInput):
    """There is a file of that name already."""


class NoBackup(RefusedInput):
    """That file is not a backup of a service."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What was put back.

    Attributes:
        facts: what is in it.
        made: when the backup was made, Unix seconds.
        aside: where the store of before is now, None where there was none.
    """

    facts: StoreFacts
    made: int
    aside: Path | None


def back_up(place: StorePlace, to: Path, *, replace: bool = False) -> StoreFacts:
    """Write a backup; the service may run.

    Args:
        place: of the service.
        to: the new file, with mode 0600.
        replace: take the place of a file that is there, once the new one is whole.

    Raises:
        StoreElsewhere: the store is in PostgreSQL.
        BackupThere: there is a file of that name.
        NotBegun: no service has its store there.
        DatabaseUnusable: the store is damaged or cannot be read, or there is no room.
        StateUnusable: the file cannot be written.
    """
    store, directory = place.file, place.directory
    if to.exists() and not replace:
        raise BackupThere(file=to)
    if not store.exists():
        raise NotBegun(path=directory)
    beside = to.with_name(f".{to.name}.new")
    with _written(beside):
        _copy(store, beside)
        facts = _whole(store, beside)
        if not facts.organisation:
            raise NotBegun(path=directory)
        _add_files(directory, beside)
        _put_in_place(beside, to)
    return facts


async def restore(place: StorePlace, file: Path) -> Restored:
    """Put a backup in the place of a service's store, which is kept beside it.

    Until the new store is in its place under its name, none is there: what is cut off between is
    found at the next start, and restored again.

    Raises:
        StoreElsewhere: the store is in PostgreSQL.
        ServiceAlreadyRunning: a service has that directory.
        NoBackup: the file is none, or damaged.
        DatabaseUnusable: it was made by a newer version, or there is no room.
        StateUnusable: the directory cannot be written.
    """
    store, directory = place.file, place.directory
    if not file.is_file():
        raise NoBackup(file=file)
    with sole_use(directory):
        beside = store.with_name(f".{store.name}.new")
        with _written(beside):
            shutil.copyfile(file, beside)
            made, files, facts = _taken_apart(file, beside)
            await _brought_up(beside, made)
            _join_journal(beside)
            for name in (SERVICE_FILE, LOCAL_INVITE_FILE):  # of the service that was
                (directory / name).unlink(missing_ok=True)
            for name, content in files.items():
                _put_back(directory / name, content)
            aside = _set_aside(store)
            _put_in_place(beside, store)
        return Restored(facts, made, aside)


def _copy(source: Path, to: Path) -> None:
    try:
        with opened(source) as store, contextlib.closing(sqlite3.connect(to)) as copy:
            store.backup(copy)
    except sqlite3.Error as error:
        raise checking.unusable(source, error) from error


def _whole(source: Path, copy: Path) -> StoreFacts:
    """Return what is in a copy, which has no fault."""
    facts = examine(copy)
    if facts.faults:
        raise checking.unusable(source, sqlite3.DatabaseError(facts.faults[0]))
    return facts


def _add_files(directory: Path, copy: Path) -> None:
    files = [(name, directory / name) for name in KEPT_FILES if (directory / name).exists()]
    _join_journal(copy)
    try:
        with opened(copy) as store:
            store.execute("CREATE TABLE backup_files (name TEXT PRIMARY KEY, content BLOB)")
            store.execute("CREATE TABLE backup_made (time INTEGER)")
            store.execute("INSERT INTO backup_made VALUES (?)", [int(time.time())])
            rows = [(name, path.read_bytes()) for name, path in files]
            store.executemany("INSERT INTO backup_files VALUES (?, ?)", rows)
    except sqlite3.Error as error:
        raise checking.unusable(copy, error) from error


def _taken_apart(file: Path, copy: Path) -> tuple[int, dict[str, bytes], StoreFacts]:
    """Leave the store alone in a copy; return when it was made, its files, and what is in it."""
    try:
        facts = examine(copy)
        with opened(copy) as store:
            (made,) = store.execute("SELECT time FROM backup_made").fetchone()
            found = dict(store.execute("SELECT name, content FROM backup_files").fetchall())
            store.execute("DROP TABLE backup_files")
            store.execute("DROP TABLE backup_made")
    except (sqlite3.Error, DatabaseUnusable) as error:
        raise NoBackup(file=file) from error
    if facts.faults or not facts.organisation:
        raise NoBackup(file=file)
    return made, {name: found[name] for name in KEPT_FILES if name in found}, facts


async def _brought_up(path: Path, made: int) -> None:
    """Bring a store up to date, and note in it that it was put back."""
    store = await Database.open(path)
    try:
        await Organisations(store).put_back(made, int(time.time()))
    finally:
        await store.close()


def _join_journal(path: Path) -> None:
    """Have a store in one file, without the journal that is beside it while it is used."""
    try:
        with opened(path) as store:
            store.execute("PRAGMA journal_mode = DELETE").fetchone()
    except sqlite3.Error as error:
        raise checking.unusable(path, error) from error


@contextlib.contextmanager
def _written(path: Path) -> Generator[None]:
    """Have a new private file under a name for a while; what is still there at the end goes."""
    leftovers = [path.with_name(f"{path.name}{ending}") for ending in _BESIDE]
    try:
        for leftover in leftovers:
            leftover.unlink(missing_ok=True)
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        yield
    except OSError as error:
        raise StateUnusable("not written", path=path.parent, reason=error.strerror) from error
    finally:
        with contextlib.suppress(OSError):
            for leftover in leftovers:
                leftover.unlink(missing_ok=True)


def _put_in_place(new: Path, path: Path) -> None:
    """Give a file its name, so that a power cut leaves all of it there or nothing."""
    with new.open("rb+") as written:
        os.fsync(written.fileno())
    new.replace(path)


def _put_back(path: Path, content: bytes) -> None:
    if path.exists() and path.read_bytes() != content:
        path.rename(_free_name(path))
    write_private(path, content)


def _set_aside(path: Path) -> Path | None:
    """Rename a store with its journal, the store first: a journal is never left to another one."""
    aside = _free_name(path)
    for ending in _BESIDE:
        part = path.with_name(f"{path.name}{ending}")
        if part.exists():
            part.rename(aside.with_name(f"{aside.name}{ending}"))
    return aside if aside.exists() else None


def _free_name(path: Path) -> Path:
    number = 1
    while (aside := path.with_name(f"{path.name}.replaced-{number}")).exists():
        number += 1
    return aside
