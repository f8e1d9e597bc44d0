"""The engine's log: JSON lines in the state directory, no secrets, names or addresses."""

import logging
import logging.handlers
from pathlib import Path

import structlog

LOG_BYTES = 1_000_000
LOG_FILES = 3


def log_to(path: Path) -> None:
    """Send the log of this process to a file that rotates at 1 MB, three files at most."""
    handler = logging.handlers.RotatingFileHandler(
        path, maxBytes=LOG_BYTES, backupCount=LOG_FILES - 1, encoding="utf-8", delay=True
    )
    handler.setFormatter(logging.Formatter("%(message)s"))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    # Libraries write addresses and descriptions at lower levels; their faults are enough.
    for name in ("aiortc", "aioice", "aiohttp", "asyncio"):
        logging.getLogger(name).setLevel(logging.ERROR)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
