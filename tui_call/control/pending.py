"""What somebody has not taken yet: the newest of each thing, however long that takes."""

from collections.abc import Callable

from tui_call.control.deltas import AnyDelta, Delta, Key
from tui_call.control.lines import Caption, Meters, SnapshotMessage, Statistics
from tui_call.control.views import Snapshot

MOST_PENDING = 8192
"""More than there are people and past calls: beyond it the whole snapshot is shorter to tell."""

MOST_CAPTIONS = 256
"""Utterances: more than four people say in a minute without a pause."""

Update = AnyDelta | SnapshotMessage | Meters | Statistics | Caption


class Pending:
    """Updates that wait to be taken, each in place of an older one of the same thing.

    Args:
        whole: returns the snapshot, which is told where there are too many.
    """

    def __init__(self, whole: Callable[[], Snapshot]) -> None:
        self._whole = whole
        self._too_many = False
        self._updates: dict[Key, Update] = {}

    def __len__(self) -> int:
        return len(self._updates) + self._too_many

    def put(self, update: Update) -> None:
        """Keep an update; it comes after all that were put before."""
        key = _key(update)
        self._updates.pop(key, None)
        if len(self._updates) >= MOST_PENDING:
            self._too_many = True
            self._updates.clear()
        if not self._too_many:
            self._updates[key] = update

    def take(self) -> list[Update]:
        """Return what waits, in order, and keep nothing."""
        updates = self._updates.values()
        taken: list[Update] = [SnapshotMessage(self._whole())] if self._too_many else [*updates]
        self.clear()
        return taken

    def clear(self) -> None:
        """Keep nothing."""
        self._updates, self._too_many = {}, False


class PendingCaptions:
    """What is said and waits to be taken: the newest of each utterance, the oldest of them first.

    Where there are too many, guesses go before what is final.
    """

    def __init__(self) -> None:
        self._captions: dict[tuple[str, int], Caption] = {}

    def __len__(self) -> int:
        return len(self._captions)

    def put(self, caption: Caption) -> None:
        """Keep a caption in place of an earlier one of its utterance."""
        key = caption.call, caption.utterance
        before = self._captions.get(key)
        if before is not None and before.revision > caption.revision:
            return
        self._captions[key] = caption
        if len(self._captions) > MOST_CAPTIONS:
            guesses = (key for key, one in self._captions.items() if not one.final)
            del self._captions[next(guesses, next(iter(self._captions)))]

    def take(self) -> list[Caption]:
        """Return what waits, and keep nothing."""
        taken, self._captions = list(self._captions.values()), {}
        return taken


def _key(update: Update) -> Key:
    match update:
        case Delta():
            return update.key
        case Statistics():
            return "statistics", update.call
        case _:
            return (type(update).__name__,)
