"""What failed in a way that nobody foresaw: its place in the log, a sentence for the person."""

import time
from collections.abc import Callable
from typing import TypeVar

from tui_call.engine.notices import Notices
from tui_call.sentences import sentence
from tui_call.tasks import OnFailure, log_failure

_Key = TypeVar("_Key")

AGAIN_AFTER = 60.0
"""Seconds in which the same is neither written nor told again: sound may fail each 20 ms."""


class Failures:
    """Takes failures of the parts that a person would miss."""

    def __init__(self, notices: Notices, now: Callable[[], float] = time.monotonic) -> None:
        self._notices = notices
        self._now = now
        self._written: dict[tuple[str, str], float] = {}
        self._told: dict[str, float] = {}

    def of(self, code: str) -> OnFailure:
        """Return what takes the failures of a part, and tells of them by the code of a sentence."""

        def take(work: str, error: BaseException) -> None:
            if self._is_due(self._written, (work, type(error).__name__)):
                log_failure(work, error)
            if self._is_due(self._told, code):
                self._notices.add(sentence(code))

        return take

    def _is_due(self, done: dict[_Key, float], key: _Key) -> bool:
        now = self._now()
        if now - done.get(key, -AGAIN_AFTER) < AGAIN_AFTER:
            return False
        done[key] = now
        return True
