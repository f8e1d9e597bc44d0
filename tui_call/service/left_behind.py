"""What lies in a state directory before a start: of nobody, of this service, or half of one.

A first start makes the database first and the certificate second, so a certificate without a
database is never what a first start left behind: something was lost. Beginning anew there would
void every membership without a word.
"""

from pathlib import Path

from tui_call.service.certificate import FILE as CERTIFICATE_FILE
from tui_call.service.faults import DatabaseUnusable, StateUnusable
from tui_call.signaling.service_file import (
    LOCAL_INVITE_FILE,
    SERVICE_FILE,
    NoServiceHere,
    read_running_service,
)


def is_first_start(directory: Path, database: Path | None, configured: Path | None) -> bool:
    """Return whether nothing here belongs to a service yet.

    Args:
        directory: where the service keeps its state.
        database: its file, None where it is kept elsewhere.
        configured: the certificate of the settings, None for an own one.

    Raises:
        DatabaseUnusable: the database is missing or empty, and other files of a service are here.
    """
    own = [] if configured else [CERTIFICATE_FILE]
    left = (*own, SERVICE_FILE, LOCAL_INVITE_FILE)
    found = [name for name in left if (directory / name).exists()]
    if database is not None and found and _is_empty(database):
        raise lost(database.name, " and ".join(found))
    return not found


def lost(database: str, beside: str) -> DatabaseUnusable:
    """Return the fault of a database that is not there although other files say that it was."""
    return DatabaseUnusable("lost", file=database, beside=beside)


def _is_empty(file: Path) -> bool:
    try:
        return not file.stat().st_size
    except OSError:
        return True


def refuse_another(directory: Path, organisation: str) -> None:
    """Refuse a state directory in which another organisation's service ran last.

    Raises:
        StateUnusable: a service that was killed has left word of another organisation.
    """
    try:
        before = read_running_service(directory)
    except NoServiceHere:
        return
    if before.organisation != organisation:
        raise StateUnusable("two", path=directory)
