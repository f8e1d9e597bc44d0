"""What the draft changes, before it is published."""

from collections.abc import Iterable
from typing import ClassVar

from textual.content import Content
from textual.widget import Widget

from tui_call.sentences import sentence
from tui_call.signaling.administration_answers import (
    ChangeOutcome,
    NotDone,
)
from tui_call.signaling.administration_rows import IssuedLink
from tui_call.tui import lines
from tui_call.tui.difference import Manner, difference, granted_groups
from tui_call.tui.keymap import bindings
from tui_call.tui.screens.admin.session import AdminSession, why_not
from tui_call.tui.screens.base import BaseScreen
from tui_call.tui.screens.invite import InviteScreen
from tui_call.tui.widgets.painted import TextBlock
from tui_call.tui.widgets.rows import Row, Rows


class PublishScreen(BaseScreen):
    """The difference that the draft makes; one key publishes it as it is shown.

    Args:
        session: the draft, and the way to the service.
    """

    where = "publish"
    name_shown = "Publish"
    BINDINGS: ClassVar = [*bindings("publish")]

    def __init__(self, session: AdminSession) -> None:
        super().__init__()
        self._session = session
        self._said: list[str] = [sentence("T_DRAFT_TRIED").text]
        self._shown = False

    def body(self) -> Iterable[Widget]:
        """The difference, line by line."""
        title = self._session.draft.label
        yield TextBlock(lambda width: [lines.rule(width, title)])
        yield Rows(id="difference")

    def on_mount(self) -> None:
        """Ask what would be changed now."""
        super().on_mount()
        self._ask()

    def repaint(self) -> None:
        """Lay the difference out for the width of now."""
        if self.is_mounted:
            rows = [row for said in self._said for row in lines.wrapped(said, self.row_cells, "")]
            self.query_one(Rows).fill([Row(str(at), line) for at, line in enumerate(rows)])
        super().repaint()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Publish nothing that was not shown, and no draft that changes nothing."""
        if action == "publish":
            return self._shown and self._session.may_change
        return super().check_action(action, parameters)

    def _ask(self) -> None:
        self._shown = False
        self.run_worker(self._show_difference, exclusive=True)

    async def _show_difference(self) -> None:
        draft = self._session.draft
        answer = await self._session.would(draft)
        if isinstance(answer, ChangeOutcome):
            manner = Manner(what_if=True, whole=True, asked=granted_groups(draft.operations))
            self._session.show(draft.would(answer))
            self._said, self._shown = difference(answer, manner), answer.differs
        elif isinstance(answer, NotDone):
            self._said = [problem.text for problem in answer.problems]
        self.repaint()
        self.refresh_bindings()

    def action_publish(self) -> None:
        """Carry out what is shown."""
        self._shown = False
        self.refresh_bindings()
        self.run_worker(self._publish, exclusive=True)

    async def _publish(self) -> None:
        answer = await self._session.answer(self._session.draft.publishing)
        if isinstance(answer, ChangeOutcome):
            self._session.empty()
            self.dismiss(None)
            self._tell(answer)
        elif isinstance(answer, NotDone):
            # What changed meanwhile makes another difference, which is shown before it counts.
            self.explain(why_not(answer))
            self._ask()

    def _tell(self, outcome: ChangeOutcome) -> None:
        done = sentence("T_PUBLISHED", n=outcome.change)
        self.store.call_later(self.store.explain, done)
        for issued in reversed(outcome.links):
            self.store.push_screen(LinkScreen(issued))

    def action_back(self) -> None:
        """Back, and nothing is published."""
        if not self.close_strip():
            self.dismiss(None)


class LinkScreen(InviteScreen):
    """The link with which somebody enrols a device, shown once.

    Args:
        issued: the link, and whose.
    """

    def __init__(self, issued: IssuedLink) -> None:
        super().__init__(issued.link, issued.expires)
        self._account = issued.account

    def before(self, until: str) -> list[Content]:
        """Say for whom it is, and that nobody can show it again."""
        said = sentence("T_LINK_FOR", who=self._account, until=until)
        return [lines.line(" ", lines.text(said.text))]
