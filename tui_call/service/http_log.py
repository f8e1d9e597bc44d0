"""What the HTTP server may write into the log: strangers must not push anything else out of it."""

import logging
from collections.abc import Callable

from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.log import server_logger

from tui_call.service.limits import LOGGED, TokenBuckets

_OF_STRANGERS = (HttpProcessingError, ConnectionError)
"""What is no HTTP, and that somebody is gone: that says nothing of the service."""


class HttpLog(logging.Filter):
    """Lets errors of the service through, of each class so many as others may cause lines."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Prepare.

        Args:
            clock: monotonic seconds.
        """
        super().__init__()
        self._lines = TokenBuckets(LOGGED, clock)

    def open(self) -> None:
        """Judge what the server writes from now on."""
        server_logger.addFilter(self)

    def close(self) -> None:
        """Judge no more."""
        server_logger.removeFilter(self)

    def filter(self, record: logging.LogRecord) -> bool:
        """Tell whether a line may be written."""
        error = record.exc_info[1] if record.exc_info else None
        return not isinstance(error, _OF_STRANGERS) and self._lines.take(type(error).__name__)
