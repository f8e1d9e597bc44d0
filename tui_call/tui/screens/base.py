"""What all screens share: first line, reason line, hints, and following the snapshot."""

from collections.abc import Iterable
from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widget import Widget
from textual.widgets import Input

from tui_call.control.views import CallView, SentenceView, Snapshot
from tui_call.sentences import Remedy
from tui_call.tui import keymap, lines, several
from tui_call.tui.keymap import Key
from tui_call.tui.screens.focus import KeepsFocus
from tui_call.tui.store import Store, store_of
from tui_call.tui.widgets.hints import Hints
from tui_call.tui.widgets.other_calls import OtherCalls
from tui_call.tui.widgets.painted import Painted, TextBlock
from tui_call.tui.widgets.strip import Reason, ReasonStrip
from tui_call.tui.widgets.top_bar import TopBar

_TALK = "talk.talk"
_WIDEST = 140
"""Cells of the widest screen, as style.tcss has it; a wider window has margins."""
_MARGINS = 4


class BaseScreen(KeepsFocus[None]):
    """A screen of the application.

    Attributes:
        where: its place in the table of keys.
        name_shown: what the first line calls it.
        shows_end: a call that is over is looked at here.
        rooms: whether its hints name the other screens.
        nav: id of the key that leads here, to mark it among those.
        hint_order: places whose keys are hinted at, `where` alone if empty.
    """

    where: ClassVar[str] = ""
    name_shown: ClassVar[str] = ""
    shows_end: ClassVar[bool] = False
    rooms: ClassVar[bool] = False
    nav: ClassVar[str] = ""
    hint_order: ClassVar[tuple[str, ...]] = ()
    AUTO_FOCUS = "Rows"

    def __init__(self) -> None:
        super().__init__()
        self.labels: dict[str, str] = {}
        self.unhinted: set[str] = set()
        self._working: dict[str, str] = {}
        self._reasons: frozenset[SentenceView] = frozenset()

    @property
    def store(self) -> Store:
        """The application's state."""
        return store_of(self)

    @property
    def call(self) -> CallView | None:
        """The call on this engine."""
        return self.store.snapshot.front if self.store.snapshot else None

    @property
    def row_cells(self) -> int:
        """How many cells a row of a list has."""
        return max(20, min(self.size.width, _WIDEST) - _MARGINS)

    @property
    def call_id(self) -> str:
        """The id of the call that is shown, "" without one."""
        return self.call.id if self.call else ""

    def compose(self) -> ComposeResult:
        """First line, body, reason line, rule, hints."""
        other_call = partial(self.key_of, "talk.waiting")
        yield TopBar(self.name_shown, other_call, shows_end=self.shows_end)
        yield OtherCalls(other_call)
        yield from self.body()
        with Vertical(id="foot"):
            yield ReasonStrip()
            yield TextBlock(lambda width: [lines.rule(width)], id="hints-rule")
            yield Hints(self.hint_order or (self.where,), self.rooms, self.nav)

    def body(self) -> Iterable[Widget]:
        """Return what stands between first line and reason line."""
        return ()

    def on_mount(self) -> None:
        """Follow the engine's state from now on."""
        self.strip.say(None)
        for source in ("snapshot", "link", "pulse", "unpublished"):
            self.watch(self.store, source, self._follow, init=False)
        self._follow()

    def on_resize(self) -> None:
        """Lay the rows out anew."""
        super().on_resize()
        self._follow()

    def on_screen_resume(self) -> None:
        """Show what changed while another screen was on top."""
        self._follow()

    def on_screen_suspend(self) -> None:
        """Close what the reason line said of a key; news stay until they are closed."""
        reason, snapshot = self.strip.reason, self.store.snapshot
        news = [notice.sentence for notice in snapshot.notices] if snapshot else []
        if reason is not None and reason.sentence not in news:
            self.close_strip()

    def _follow(self) -> None:
        """Show the state of now, if any of it is seen; `on_screen_resume` catches up."""
        if self not in self.store.screen_stack:
            return
        self._working = {}
        for key, active in self.active_bindings.items():
            if active.binding.id:
                self._working.setdefault(active.binding.id, keymap.shown(key))
        self.labels |= several.words(self.store.snapshot)
        self._let_go_of_what_was()
        if self.is_current and self.store.snapshot is not None:
            self.show(self.store.snapshot)
        self._hint_at_talking()
        self.repaint()
        self.refresh_bindings()

    def _hint_at_talking(self) -> None:
        """Name the key that opens the microphone where it is closed, or opened by that key."""
        closed = self.call is not None and self.call.microphone == "muted"
        self.unhinted = self.unhinted - {_TALK} | set(() if closed or self.store.talks else [_TALK])

    def _let_go_of_what_was(self) -> None:
        """Close the reason line where what it said was off or on hold is so no more."""
        views = self.call.capabilities if self.call is not None else ()
        reasons = frozenset(view.reason for view in views if view.reason is not None)
        said = self.strip.reason.sentence if self.strip.reason is not None else None
        if said is not None and (
            said in self._reasons - reasons or several.is_held_no_more(said, self.store.snapshot)
        ):
            self.close_strip()
        self._reasons = reasons

    @property
    def is_on_top(self) -> bool:
        """Whether it may be closed: what is closed is whatever lies on top, a question say."""
        return self.store.screen is self

    def show(self, snapshot: Snapshot) -> None:
        """Bring the rows up to date; the rest is painted from the snapshot."""

    def repaint(self) -> None:
        """Paint all that is painted from the snapshot."""
        for painted in self.query(Painted):
            painted.renew()

    def label(self, key: Key) -> str:
        """Return what hints call a key; screens change some with their state."""
        return self.labels.get(key.id, key.label)

    # Reason line

    @property
    def strip(self) -> ReasonStrip:
        """The reason line."""
        return self.query_one(ReasonStrip)

    def explain(self, sentence: SentenceView, decided_by: SentenceView | None = None) -> None:
        """Open the reason line."""
        self.strip.why_key = self.key_of(f"{self.where}.why")
        self.strip.close_key = self.key_of(f"{self.where}.back", "esc")
        self.strip.say(Reason(sentence, decided_by), self._usable(sentence.remedies))
        self.refresh_bindings()

    def tell_who_decided(self) -> bool:
        """Add who decided to the open reason line; False if there is none to add."""
        reason = self.strip.reason
        if reason is None or reason.decided_by is None:
            return False
        self.strip.say(Reason(reason.sentence, reason.decided_by, who_shown=True))
        return True

    def close_strip(self) -> bool:
        """Close the reason line; False if it was closed already."""
        if not self.is_mounted:
            return False  # a call's screen just comes up, and has no row yet
        was_open = self.strip.reason is not None
        self.strip.say(None)
        return was_open

    def key_of(self, id_: str, default: str = "") -> str:
        """Return the key that works for a binding here, as it is written on the screen."""
        return self._working.get(id_, default)

    def _usable(self, remedies: Iterable[Remedy]) -> list[tuple[str, str]]:
        """Return key and name of those remedies that work on this screen.

        Who decided has a key of its own in the reason line.
        """
        usable: list[tuple[str, str]] = []
        for remedy in remedies:
            doing = keymap.doing(remedy.action, self.where)
            here = next((key for one in doing if (key := self.key_of(one))), "")
            if here and not remedy.action.endswith(".why"):
                usable.append((here, remedy.label))
        return usable

    # Keys

    @property
    def in_field(self) -> bool:
        """Whether a text field has the focus."""
        return isinstance(self.focused, Input)
