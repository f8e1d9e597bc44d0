"""What lies in a state directory before a start: of nobody, of this service, or half of one.

A first start makes the database first and the certificate second, so a certificate without a
database is never what a first start left behind: something was lost. Beginning anew there would
void every membership without a word.
"""

import contextlib
from pathlib import Path

from tui_call.service.certificate import FILE as CERTIFICATE_FILE
from tui_call.service.database.examining import organisation_in
from tui_call.service.faults import DatabaseUnusable, NotBegun, StateUnusable
from tui_call.signaling.service_file import (
    LOCAL_INVITE_FILE,
    ORGANISATION_FILE,
    SERVICE_FILE,
    NoServiceHere,
    read_running_service,
)

_MOST_NAMED = 2


def is_first_start(
    directory: Path, database: Path | None, configured: Path | None, *, begins: bool
) -> bool:
    """Return whether nothing here belongs to a service yet.

    Args:
        directory: where the service keeps its state.
        database: its file, None where it is kept elsewhere.
        configured: the certificate of the settings, None for an own one.
        begins: where there is none, a service begins.

    Raises:
        NotBegun: there is none, and none begins.
        DatabaseUnusable: the database is missing or empty, and other files of a service are here;
            or it is the empty file that one gets by copying it while a service runs.
    """
    own = [] if configured else [CERTIFICATE_FILE]
    left = (*own, SERVICE_FILE, ORGANISATION_FILE, LOCAL_INVITE_FILE)
    found = [name for name in left if (directory / name).exists()]
    stored = None if database is None else organisation_in(database)
    if database is None or stored:
        return not found
    if found:
        raise lost(database.name, " and ".join(found[:_MOST_NAMED]))
    if not begins:
        if stored is None and database.exists() and database.stat().st_size:
            raise DatabaseUnusable("copied", file=database.name)
        raise NotBegun(path=directory)
    return True


def lost(database: str, beside: str) -> DatabaseUnusable:
    """Return the fault of a database that is not there although other files say that it was."""
    return DatabaseUnusable("lost", file=database, beside=beside)


def refuse_another(directory: Path, organisation: str) -> None:
    """Refuse a state directory that is another organisation's.

    Raises:
        StateUnusable: the service that began here, or was killed here, is another one's.
    """
    with contextlib.suppress(NoServiceHere):
        if read_running_service(directory).organisation != organisation:
            raise StateUnusable("two", path=directory)
    with contextlib.suppress(FileNotFoundError):
        if (directory / ORGANISATION_FILE).read_text(encoding="utf-8") != organisation:
            raise StateUnusable("two", path=directory)
