"""An administrator's session: the draft, and the way to the service for all screens of Admin."""

from functools import partial
from typing import TypeVar

import msgspec

from tui_call.control.actions import Administer
from tui_call.control.views import SentenceView
from tui_call.sentences import sentence
from tui_call.signaling.administration import (
    MoreOfOutcome,
    Request,
    encode,
)
from tui_call.signaling.administration_answers import (
    Answer,
    ChangeOutcome,
    NotDone,
    answer_of,
)
from tui_call.signaling.messages import MalformedMessage
from tui_call.signaling.operations import Operation
from tui_call.tui.screens.admin.draft import Draft
from tui_call.tui.screens.base import BaseScreen
from tui_call.tui.store import Refusal, Store

_Answer = TypeVar("_Answer", bound=Answer)
_MOST_MORE = 10
_READER = sentence("A_READER")
_ALONE = sentence("T_DRAFT_ALONE")
_NOT_UNDERSTOOD = sentence("A_UNEXPECTED")


class AdminSession:
    """Asks the service, and keeps what is not published yet.

    Args:
        store: the application's state.

    Attributes:
        draft: what is not published yet.
        published: how often something was published here, for lists that are older than that.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self.draft = Draft()
        self.published = 0

    @property
    def may_change(self) -> bool:
        """Whether the person here is an administrator, who may do more than read."""
        snapshot = self._store.snapshot
        return snapshot is not None and snapshot.me.role == "admin"

    async def answer(self, request: Request) -> Answer | None:
        """Ask something; None where it did not get there, which is explained."""
        told = await self._store.ask(Administer(encode(request)))
        if isinstance(told, Refusal):
            self._store.explain(told.sentence)
            return None
        try:
            return answer_of(told.get("body"))
        except MalformedMessage:
            self._store.explain(_NOT_UNDERSTOOD)
            return None

    async def ask(self, request: Request, kind: type[_Answer]) -> _Answer | None:
        """Ask something that has one kind of answer; another one is explained."""
        answer = await self.answer(request)
        if isinstance(answer, kind):
            return answer
        if isinstance(answer, NotDone):
            self._store.explain(why_not(answer))
        elif answer is not None:
            self._store.explain(_NOT_UNDERSTOOD)
        return None

    async def would(self, draft: Draft) -> ChangeOutcome | NotDone | None:
        """Ask what a draft would do, with all whom it concerns unless they are very many."""
        told = await self.answer(draft.what_if)
        if not isinstance(told, ChangeOutcome):
            return told if isinstance(told, NotDone) else None
        rows, effects = list(told.rows), list(told.effects)
        for _ in range(_MOST_MORE):
            if len(rows) >= told.all_rows and len(effects) >= told.all_effects:
                break
            more = await self.ask(
                MoreOfOutcome(rows=len(rows), effects=len(effects)), ChangeOutcome
            )
            if more is None:
                break
            rows += more.rows
            effects += more.effects
        return msgspec.structs.replace(told, rows=tuple(rows), effects=tuple(effects))

    # Draft

    def add(self, operation: Operation) -> None:
        """Put an operation into the draft, unless the service would refuse it."""
        if not self.may_change:
            self._store.explain(_READER)
        elif not self.draft.takes(operation):
            self._store.explain(_ALONE)
        else:
            self._put(self.draft.with_operation(operation))

    def undo(self) -> None:
        """Take the newest operation out of the draft."""
        self._put(self.draft.without_last())

    def forget(self) -> None:
        """Have no draft any more."""
        self._put(Draft())

    def empty(self) -> None:
        """Have no draft any more, since it was published."""
        self.published += 1
        self.forget()

    def show(self, draft: Draft) -> None:
        """Let all screens show the draft so."""
        self.draft = draft
        self._store.unpublished = draft.label
        for screen in self._store.screen_stack:
            if isinstance(screen, BaseScreen):
                screen.repaint()
        self._store.screen.refresh_bindings()

    def _put(self, draft: Draft) -> None:
        self.show(draft)
        self._store.run_worker(partial(self._try, draft), group="draft", exclusive=True)

    async def _try(self, draft: Draft) -> None:
        """Ask what the draft would do; what would be refused leaves it at once."""
        if not draft.operations:
            return
        answer = await self.would(draft)
        if self.draft is not draft:
            return
        if isinstance(answer, ChangeOutcome):
            self.show(draft.would(answer))
        elif isinstance(answer, NotDone):
            self._store.explain(why_not(answer))
            if answer.why in ("input", "not_allowed"):
                self._put(draft.without_last())


def why_not(answer: NotDone) -> SentenceView:
    """Return the first reason why nothing was done, and how many more there are."""
    if not answer.problems:
        return _NOT_UNDERSTOOD
    first, more = answer.problems[0], max(answer.all_problems, len(answer.problems)) - 1
    why = sentence("A_MORE_FAULTS", n=more).text if more else ""
    return SentenceView(first.code, "", first.text, why=why)
