"""What lies before the administrator of one connection: a draft, and the latest outcome in full."""

import asyncio
from collections.abc import Sequence

from tui_call.service.changes import WholeOutcome
from tui_call.service.operations.work import refused
from tui_call.service.questions.pages import ROOM, fitting, size
from tui_call.signaling.administration import (
    MOST_DRAFT,
    Change,
    ExtendDraft,
)
from tui_call.signaling.administration_answers import ChangeOutcome
from tui_call.signaling.operations import Operation

MOST_DRAFT_BYTES = 32 * 1024 * 1024
"""Of the bodies that a draft came in."""


class AdministratorDesk:
    """The draft and the latest outcome of a connection; they go with it.

    Attributes:
        turn: requests are answered one after the other.
        waiting: how many are not yet.
    """

    __slots__ = ("_bytes", "_draft", "_latest", "_operations", "turn", "waiting")

    def __init__(self) -> None:
        self._draft = ""
        self._operations = list[Operation]()
        self._bytes = 0
        self._latest: WholeOutcome | None = None
        self.turn = asyncio.Lock()
        self.waiting = 0

    def extend(self, part: ExtendDraft, length: int) -> int:
        """Add a part of so many bytes to the draft; return how many operations it has.

        Raises:
            ChangeRefused: it would have too many. It is gone then.
        """
        if part.draft != self._draft:
            self._clear()
            self._draft = part.draft
        self._latest = None
        self._operations += part.operations
        self._bytes += length
        if len(self._operations) > MOST_DRAFT or self._bytes > MOST_DRAFT_BYTES:
            self._clear()
            raise refused("A_DRAFT_FULL", n=MOST_DRAFT)
        return len(self._operations)

    def drafted(self, change: Change) -> Sequence[Operation]:
        """Return the operations of the draft that a change names.

        Raises:
            ChangeRefused: there is no such draft here.
        """
        if not change.draft:
            return ()
        if change.draft != self._draft:
            raise refused("A_NO_DRAFT")
        return tuple(self._operations)

    def take(self, change: Change, outcome: WholeOutcome) -> ChangeOutcome:
        """Keep an outcome, and return its first page; a change spends its draft."""
        if not change.what_if and change.draft:
            self._clear()
        self._latest = outcome
        return self._page(outcome, 0, 0, first=True)

    def more(self, rows: int, effects: int) -> ChangeOutcome:
        """Return what comes behind so many rows and effects of the latest outcome.

        Raises:
            ChangeRefused: there is none.
        """
        if self._latest is None:
            raise refused("A_NO_OUTCOME")
        return self._page(self._latest, max(0, rows), max(0, effects), first=False)

    def _clear(self) -> None:
        self._draft, self._operations, self._bytes = "", list[Operation](), 0

    def _page(self, whole: WholeOutcome, rows: int, effects: int, *, first: bool) -> ChangeOutcome:
        """Return as much of an outcome as fits a frame."""
        links = tuple(whole.links) if first else ()
        room = ROOM - size(links) - sum(len(note.encode()) + 8 for note in whole.notes)
        kept = fitting(whole.kept, room // 8) if first else ()
        room -= size(kept)
        shown_effects = fitting(whole.effects[effects:], room // 2)
        shown_rows = fitting(whole.rows[rows:], room - size(shown_effects))
        return ChangeOutcome(
            change=whole.change,
            epoch=whole.epoch,
            rows=shown_rows,
            all_rows=len(whole.rows),
            effects=shown_effects,
            all_effects=len(whole.effects),
            kept=kept,
            all_kept=len(whole.kept),
            moved_down=whole.moved_down,
            links=links,
            notes=tuple(whole.notes),
        )
