"""The log of a process: JSON lines in a file that rotates; no secrets, names or addresses.

What any part of a process logs passes one processor. Own lines are an event that stands in the
source, with numbers and names of classes. An error is written as its class and the lines that it
came through, without its text, which may hold what people sent or whom they called. A line of a
library (asyncio prints sockets with their addresses) is written as the place in its source that
says it.
"""

import logging
import sys
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType

import structlog
from structlog.stdlib import ProcessorFormatter
from structlog.typing import EventDict, ExcInfo

OWN = "tui_call"
FILE_BYTES = 1_000_000
FILES = 3
MOST_PLACES = 8

_STAMPED = (
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)


def log_to(path: Path) -> None:
    """Send this process's log to a file that rotates at 1 MB, three files at most.

    Own lines are kept from INFO, those of libraries from WARNING.
    """
    handler = RotatingFileHandler(
        path, maxBytes=FILE_BYTES, backupCount=FILES - 1, encoding="utf-8", delay=True
    )
    handler.setFormatter(
        ProcessorFormatter(
            processors=[_without_words, structlog.processors.JSONRenderer()],
            foreign_pre_chain=_STAMPED,
            use_get_message=False,
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger(OWN).setLevel(logging.INFO)
    structlog.configure(
        processors=[*_STAMPED, ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
    )


def _without_words(_logger: object, _method: str, line: EventDict) -> EventDict:
    """Replace errors by what and where they are, and what libraries say by where they say it."""
    record: logging.LogRecord = line.pop("_record")
    given: ExcInfo | BaseException | bool | None = line.pop("exc_info", None)
    if not line.pop("_from_structlog"):
        at = f"{record.module}.py:{record.lineno}"
        line = {"library": record.name, "at": at, **_stamps(line)}
    line.pop("stack_info", None)
    error = sys.exc_info()[1] if given is True else given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        line["error"] = type(error).__name__
        if isinstance(error, OSError):
            line["errno"] = error.errno
        line["traceback"] = _places(error.__traceback__)
    return line


def _stamps(line: EventDict) -> EventDict:
    return {"level": line["level"], "timestamp": line["timestamp"]}


def _places(trace: TracebackType | None) -> list[str]:
    """Return file and line of the innermost frames of a traceback, the innermost last."""
    found: list[str] = []
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        found.append(f"{Path(file).parent.name}/{Path(file).name}:{trace.tb_lineno}")
        trace = trace.tb_next
    return found[-MOST_PLACES:]
