"""The service's log: JSON lines in its state directory; no names, addresses, codes or payloads."""

import json
import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path

import structlog

FILE = "service.log"
FILE_BYTES = 1_000_000
FILES = 3


LOGGER = "tui_call.service"


class _OwnLinesOnly(logging.Formatter):
    """Formats own lines; of a library's line only the template, for it may fill in an address."""

    def format(self, record: logging.LogRecord) -> str:
        if record.name == LOGGER:
            return record.getMessage()
        return json.dumps({"library": record.name, "event": str(record.msg)[:200]})


def log_to(state_directory: Path) -> None:
    """Send this process's log to a file that rotates at 1 MB, three files at most."""
    handler = RotatingFileHandler(
        state_directory / FILE,
        maxBytes=FILE_BYTES,
        backupCount=FILES - 1,
        encoding="utf-8",
        delay=True,
    )
    handler.setFormatter(_OwnLinesOnly())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger(LOGGER).setLevel(logging.INFO)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=lambda *_: logging.getLogger(LOGGER),
    )
