"""Admin: five lists of the organisation, of which one is shown, and the draft below."""

import asyncio
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, ClassVar

from textual.content import Content
from textual.widget import Widget

from tui_call.control.views import Snapshot
from tui_call.sentences import sentence, text_of
from tui_call.signaling.administration import Explain
from tui_call.signaling.administration_answers import Explained
from tui_call.signaling.administration_rows import (
    ChangeRow,
    DeviceRow,
    GroupRow,
    PersonRow,
    PolicyRow,
)
from tui_call.signaling.operations import NewPolicy
from tui_call.tui import lines, moments
from tui_call.tui.keymap import bindings
from tui_call.tui.screens.admin.change import ChangeScreen
from tui_call.tui.screens.admin.draft_lines import draft_lines
from tui_call.tui.screens.admin.explained import ExplainedScreen
from tui_call.tui.screens.admin.group import GroupScreen
from tui_call.tui.screens.admin.making import (
    ask_group,
    ask_person,
    ask_policy,
    ask_to_revoke,
    ask_two,
)
from tui_call.tui.screens.admin.person import PersonScreen
from tui_call.tui.screens.admin.policy import PolicyScreen, drafted_policy
from tui_call.tui.screens.admin.publish import PublishScreen
from tui_call.tui.screens.admin.session import AdminSession
from tui_call.tui.screens.admin.tab_line import TabLine
from tui_call.tui.screens.admin.tabs import TABS, Listed, Tab
from tui_call.tui.screens.admin.wording import counted
from tui_call.tui.screens.listing import ListingScreen
from tui_call.tui.store import administers
from tui_call.tui.widgets.painted import TextBlock
from tui_call.tui.widgets.rows import Rows

_TYPING = 0.15
"""Seconds without another letter after which is asked for what is looked for."""
_ROWS_AHEAD = 20
_FACT_CELLS = 12
_READER = sentence("A_READER")
_NOTHING: Listed[Any] = Listed({})


class AdminScreen(ListingScreen):
    """Lists that the service is asked for, a page at a time."""

    where = "admin"
    name_shown = "Admin"
    nav = "app.admin"
    finds = TABS[0].finds
    BINDINGS: ClassVar = [*bindings("admin")]

    def __init__(self) -> None:
        super().__init__()
        self._place = 0
        self._pages: dict[str, Listed[Any]] = {}
        self._asked = False
        self._awaited = ""
        self._left = True
        self._published = 0

    def body(self) -> Iterable[Widget]:
        """Lists, search, rows, details of the chosen one and the draft."""
        yield TabLine([tab.name for tab in TABS], lambda: self._place)
        yield self.find
        yield Rows(id="admin")
        yield TextBlock(self._details, id="details")

    def on_mount(self) -> None:
        """Have a session; who may not read any more keeps nothing of it."""
        self.session = AdminSession(self.store)
        self._account = self.store.snapshot.me.account if self.store.snapshot else ""
        super().on_mount()
        self.watch(self.store, "snapshot", self._forget, init=False)

    def _forget(self) -> None:
        """Keep the draft while the engine is away, and nothing for another account or a member."""
        snapshot = self.store.snapshot
        if snapshot is None:
            return
        if snapshot.me.role == "member" or snapshot.me.account != self._account:
            self._account = snapshot.me.account
            self._pages.clear()
            self.session.forget()

    def on_screen_suspend(self) -> None:
        """Remember whether something was opened here, or another screen was gone to."""
        super().on_screen_suspend()
        self._left = self not in self.store.screen_stack

    def on_screen_resume(self) -> None:
        """Ask anew when one comes back, as others change things too, and after publishing."""
        super().on_screen_resume()
        if not administers(self.store.snapshot):
            return
        if self._left or self._published != self.session.published:
            self._published = self.session.published
            self._load()

    @property
    def tab(self) -> Tab[Any, Any]:
        """The list that is shown."""
        return TABS[self._place]

    @property
    def page(self) -> Listed[Any]:
        """What is known of it."""
        return self._pages.get(self.tab.name, _NOTHING)

    @property
    def chosen(self) -> object:
        """What the row under the cursor is about."""
        row = self.query_one(Rows).chosen
        return row.about if row else None

    def counts(self) -> str:
        """Return how many rows there are."""
        number = self.page.all or len(self.page.rows)
        return counted(number, self.tab.one, self.tab.many)

    # Rows

    def show(self, snapshot: Snapshot) -> None:  # noqa: ARG002
        """Fill the list."""
        things = {**self._drafted(), **self.page.rows}
        header = self.tab.header(self.row_cells)
        self.query_one(Rows).fill_with(things, self._drawn, self._empty(), header)

    def repaint(self) -> None:
        """Paint, with what the draft adds to the list."""
        if self.is_mounted and self.store.snapshot is not None:
            self.show(self.store.snapshot)
        super().repaint()

    def _drawn(self, row: object) -> Content:
        return self.tab.drawn(row, self._when, self.row_cells)

    def _when(self, at: float) -> str:
        return moments.when(at, self.store.clocks.wall(), self.store.clocks.zone)

    def _drafted(self) -> Mapping[str, object]:
        """Return the policies that are only in the draft."""
        if self.tab.name != "policies":
            return {}
        names = [one.name for one in self.session.draft.operations if isinstance(one, NewPolicy)]
        return {name: drafted_policy(self.session, name) for name in names}

    def _empty(self) -> list[str]:
        if not self._asked:
            return ["", text_of("T_ADMIN_ASKING")]
        if self.find.words:
            return ["", text_of("T_ADMIN_NONE_SO", key=self.key_of("admin.back", "esc"))]
        return ["", text_of("T_ADMIN_NONE")]

    def _details(self, width: int) -> list[Content]:
        drafted = draft_lines(self.session.draft, width)
        row = self.query_one(Rows).chosen
        if row is None or row.about is None:
            return drafted
        facts = [lines.rule(width, row.key)]
        for name, said in self.tab.facts(row.about, self._when):
            label = (f" {name:<{_FACT_CELLS}}", lines.SOFT)
            facts.append(lines.line(label, lines.text(said)).truncate(width, ellipsis=True))
        return [*facts, *drafted]

    # Asking

    def _load(self, after: str = "", pause: float = 0) -> None:
        self._awaited = after
        self.run_worker(partial(self._ask, after, pause), group="list", exclusive=True)

    async def _ask(self, after: str, pause: float) -> None:
        if pause:
            await asyncio.sleep(pause)
        tab, text = self.tab, self.find.field.value.strip()
        answer = await self.session.ask(tab.request(text, after), tab.kind)
        self._awaited = ""
        if answer is None:
            return
        page = tab.page(answer)
        known: Mapping[str, Any] = self.page.rows if after else {}
        self._pages[tab.name] = Listed({**known, **page.rows}, page.next, page.all)
        self._asked = True
        self._follow()

    def on_input_changed(self) -> None:
        """Ask for what is found so far, once no letter comes for a moment."""
        self._load(pause=_TYPING)

    def on_rows_moved(self) -> None:
        """Show the details of another row; ask for more before the end is reached."""
        super().on_rows_moved()
        rows, page = self.query_one(Rows), self.page
        awaited = page.next in ("", self._awaited)
        if not awaited and rows.cursor >= len(page.rows) - _ROWS_AHEAD:
            self._load(page.next)

    # Lists

    def action_next(self) -> None:
        """Show the list to the right."""
        self._turn((self._place + 1) % len(TABS))

    def action_previous(self) -> None:
        """Show the list to the left."""
        self._turn((self._place - 1) % len(TABS))

    def on_tab_line_clicked(self, message: TabLine.Clicked) -> None:
        """Show the list that was clicked."""
        self._turn(message.place)

    def _turn(self, place: int) -> None:
        self._place = place
        self.find.field.placeholder = f"find: {self.tab.finds}"
        with self.find.field.prevent(self.find.field.Changed):
            self.find.clear()
        self._follow()
        self.query_one(Rows).action_first()
        self._load()

    # Keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer changes to those who may make them."""
        match action:
            case "new" | "publish" | "undo" if not (self.is_mounted and self.session.may_change):
                return False
            case "new":
                return self.tab.name in ("policies", "people", "groups")
            case "publish" | "undo":
                return bool(self.session.draft.operations)
            case "open":
                return self.is_mounted and self.chosen is not None
            case _:
                return super().check_action(action, parameters)

    def action_open(self) -> None:
        """Open the chosen row."""
        match self.chosen:
            case PolicyRow(name):
                self._open_policy(name)
            case PersonRow(account):
                self.store.push_screen(PersonScreen(self.session, account))
            case GroupRow(name):
                self.store.push_screen(GroupScreen(self.session, name))
            case ChangeRow(number):
                self.store.push_screen(ChangeScreen(self.session, number))
            case DeviceRow() as device if self.session.may_change:
                ask_to_revoke(self.store, self.session, device)
            case DeviceRow():
                self.explain(_READER)
            case _:
                pass

    def _open_policy(self, name: str) -> None:
        self.store.push_screen(PolicyScreen(self.session, name))

    def action_new(self) -> None:
        """Put something new into the draft."""
        match self.tab.name:
            case "policies":
                ask_policy(self.store, self.session, self._open_policy)
            case "people":
                ask_person(self.store, self.session)
            case _:
                ask_group(self.store, self.session)

    def action_try_call(self) -> None:
        """Ask who calls whom, and say what the call would be."""
        chosen = self.chosen
        first = chosen.account if isinstance(chosen, PersonRow) else ""
        ask_two(self.store, first, self._try_call)

    def _try_call(self, account: str, other: str) -> None:
        asking = partial(self._explain_call, account, other)
        self.run_worker(asking, group="explain", exclusive=True)

    async def _explain_call(self, account: str, other: str) -> None:
        told = await self.session.ask(Explain(account=account, other=other), Explained)
        if told is not None:
            self.store.push_screen(ExplainedScreen(told))

    def action_publish(self) -> None:
        """Show what the draft changes."""
        self.store.push_screen(PublishScreen(self.session))

    def action_undo(self) -> None:
        """Take the newest change out of the draft."""
        self.session.undo()

    action_main = action_open
