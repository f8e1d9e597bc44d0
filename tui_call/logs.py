"""The log of a process: JSON lines in a file that rotates; no secrets, names or addresses.

What any part of a process logs passes one formatter. Own lines are an event that stands in the
source, and a mapping of numbers and names of classes. An error is written as its class and the
lines that it came through, without its text, which may hold what people sent or whom they called.
A line of a library (asyncio prints sockets with their addresses) is written as the place in its
source that says it.
"""

import json
import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType

OWN = "tui_call"
FILE_BYTES = 1_000_000
FILES = 3
MOST_PLACES = 8


def log_to(path: Path) -> None:
    """Send this process's log to a file that rotates at 1 MB, three files at most.

    Own lines are kept from INFO, those of libraries from WARNING.
    """
    handler = RotatingFileHandler(
        path, maxBytes=FILE_BYTES, backupCount=FILES - 1, encoding="utf-8", delay=True
    )
    handler.setFormatter(_JsonLines())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger(OWN).setLevel(logging.INFO)


class _JsonLines(logging.Formatter):
    """Writes what a line may say."""

    def format(self, record: logging.LogRecord) -> str:
        """Say of an error what and where it is, of a library where it says something."""
        error = record.exc_info[1] if record.exc_info else None
        line = {
            **(_event(record) if record.name.partition(".")[0] == OWN else _place(record)),
            **(_error(error) if error else {}),
            "level": record.levelname.lower(),
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(),
        }
        return json.dumps(line, default=repr)


def _event(record: logging.LogRecord) -> dict[str, object]:
    """Return an own event and its fields: the one mapping after it (`logging.LogRecord.args`)."""
    fields: Mapping[str, object] = record.args if isinstance(record.args, Mapping) else {}
    return {"event": record.msg, **fields}


def _place(record: logging.LogRecord) -> dict[str, object]:
    return {"library": record.name, "at": f"{record.module}.py:{record.lineno}"}


def _error(error: BaseException) -> dict[str, object]:
    errno = {"errno": error.errno} if isinstance(error, OSError) else {}
    return {"error": type(error).__name__, **errno, "traceback": _places(error.__traceback__)}


def _places(trace: TracebackType | None) -> list[str]:
    """Return file and line of the innermost frames of a traceback, the innermost last."""
    found: list[str] = []
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        found.append(f"{Path(file).parent.name}/{Path(file).name}:{trace.tb_lineno}")
        trace = trace.tb_next
    return found[-MOST_PLACES:]
