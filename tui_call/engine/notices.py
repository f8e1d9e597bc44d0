"""What happened outside the current call, told to whoever looks at a screen."""

import time
from collections.abc import Iterable

from tui_call.control.views import EventView, SentenceView
from tui_call.engine.changes import Changes

MOST_NOTICES = 100


class Notices:
    """The last ones of them, the oldest first."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes
        self._kept: list[EventView] = []

    @property
    def all(self) -> tuple[EventView, ...]:
        """What a screen shows."""
        return tuple(self._kept)

    def add(self, sentence: SentenceView) -> None:
        """Tell something."""
        number = self._kept[-1].number + 1 if self._kept else 1
        self._kept.append(EventView(time.time(), sentence, number))
        del self._kept[:-MOST_NOTICES]
        self._changes.show("notices")

    def replace(self, label: str, sentences: Iterable[SentenceView]) -> None:
        """Tell what holds now in place of everything that was told with a label."""
        kept = [notice for notice in self._kept if notice.sentence.label != label]
        if len(kept) < len(self._kept):
            self._kept = kept
            self._changes.show("notices")
        for sentence in sentences:
            self.add(sentence)
