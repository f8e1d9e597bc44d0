"""The log of a process: kept for as long as a test wants it, and how it ends."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tui_call.logs import OWN, log_to

_LAST_LINES = 20


@contextmanager
def logging_to(path: Path) -> Iterator[None]:
    """Log to a file as a process does, beside what the test runner keeps."""
    loggers = [logging.getLogger(), logging.getLogger(OWN)]
    levels = [logger.level for logger in loggers]
    others = loggers[0].handlers
    log_to(path)
    (own,) = loggers[0].handlers
    loggers[0].handlers = [*others, own]  # those of the test runner come and go
    try:
        yield
    finally:
        loggers[0].removeHandler(own)
        own.close()
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


@contextmanager
def logged_events() -> Iterator[list[dict[str, object]]]:
    """Yield what this process's own parts log meanwhile: each event, with its fields."""
    events: list[dict[str, object]] = []

    class Listing(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            fields: Mapping[str, object]
            fields = record.args if isinstance(record.args, Mapping) else {}
            events.append({"event": record.msg, **fields})

    own, listing = logging.getLogger(OWN), Listing()
    own.addHandler(listing)
    try:
        yield events
    finally:
        own.removeHandler(listing)


def ends_of_logs(*folders: Path) -> str:
    """Return the last lines of each log in some folders, and of what was printed as an error."""
    files = [file for one in folders for kind in ("*.log", "*.err") for file in one.glob(kind)]
    ends = [file.read_text(errors="replace").splitlines()[-_LAST_LINES:] for file in files]
    return "\n".join(
        f"{file.name}: {line}" for file, end in zip(files, ends, strict=True) for line in end
    )
