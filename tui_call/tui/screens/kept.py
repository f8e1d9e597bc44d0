"""Recordings and transcripts: what there is, for how long, and what one may do with it."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import ClassVar

import msgspec
from textual.content import Content
from textual.widget import Widget

from tui_call.control.actions import Action, DeleteKept, ExportKept, ListKept
from tui_call.control.lines import Result
from tui_call.control.views import Snapshot
from tui_call.sentences import sentence, text_of
from tui_call.signaling.kept import ListedKept, exported_names
from tui_call.tui import lines, moments
from tui_call.tui.keymap import bindings
from tui_call.tui.screens.base import BaseScreen
from tui_call.tui.screens.dialogs import Choice, Choose, TypeLine
from tui_call.tui.store import Refusal
from tui_call.tui.widgets.painted import TextBlock
from tui_call.tui.widgets.rows import Row, Rows

_MIB = 1 << 20
_STATE_STYLES = {"running": "bold $key", "cut_short": lines.WARN, "away": lines.WARN}
_LOOK_AGAIN = 3.0
_ROOMY, _WIDE = 72, 100


class KeptScreen(BaseScreen):
    """A row each, the newest first; the chosen one is told below."""

    where = "kept"
    name_shown = "Recordings"
    BINDINGS: ClassVar = [*bindings("kept")]

    def __init__(self) -> None:
        super().__init__()
        self._kept: list[ListedKept] = []
        self._more = False
        self._asks = False
        self._told = False
        self._being_kept: frozenset[str] = frozenset()

    def body(self) -> Iterable[Widget]:
        """List, details of the chosen one."""
        yield Rows(id="kept-list")
        yield TextBlock(self._details, id="details")

    def on_mount(self) -> None:
        """Ask what there is."""
        super().on_mount()
        self.set_interval(_LOOK_AGAIN, self._look_again)
        self._ask()

    def _ask(self, before: int = 0) -> None:
        """Ask for the newest, or for more: those before a moment in Unix seconds."""
        self._asks = True
        self.run_worker(self._asked(before), group="kept", exclusive=True)

    async def _asked(self, before: int) -> None:
        answer = await self.store.ask(ListKept(before=before))
        self._asks, self._told = False, True
        if isinstance(answer, Refusal):
            self.explain(answer.sentence)
        else:
            found = msgspec.convert(answer.get("kept", ()), list[ListedKept])
            self._take(found, more=bool(answer.get("more")), before=before)
        self._follow()

    def _take(self, found: list[ListedKept], *, more: bool, before: int) -> None:
        """Put what was listed in the place of what was known of it."""
        known = {one.id for one in found}
        others = [one for one in self._kept if one.id not in known]
        if before:
            self._kept, self._more = [*others, *found], more
            return
        older = [one for one in others if more and found and one.began <= found[-1].began]
        self._kept, self._more = [*found, *older], self._more if older else more

    def _look_again(self) -> None:
        """Ask anew while something is being kept, or closed."""
        if self.is_current and not self._asks and any(one.state == "running" for one in self._kept):
            self._ask()

    def show(self, snapshot: Snapshot) -> None:
        """List them; ask anew where something begins or is over. The cursor stays where it is."""
        of_calls = (view for call in snapshot.calls for view in (call.recording, call.transcript))
        being_kept = frozenset(view.id for view in of_calls if view is not None)
        if self._told and being_kept != self._being_kept:
            self._ask()
        self._being_kept = being_kept
        rows = [Row(one.id, self._cells(one), about=one) for one in self._kept]
        header = self._columns("when", "what", "how long", "with", "by", "kept until", "").plain
        self.query_one(Rows).fill(rows, self._empty(), header)

    def _empty(self) -> Sequence[str]:
        if not self._told:
            return ["", text_of("T_KEPT_LOOKING")]
        said = f"{text_of('T_KEPT_EMPTY', '1')} {text_of('T_KEPT_EMPTY', '2')}"
        return ["", *(row.plain for row in lines.wrapped(said, min(self.row_cells, 80), ""))]

    def _columns(self, *cells: str | tuple[str, str]) -> Content:
        room = self.row_cells
        by = 18 if room > _WIDE else 0
        widths = [16, 11, 9, room - 58 - by, by, 12, 10]
        if room <= _ROOMY:
            widths = [16, 11, 0, room - 37, 0, 0, 10]
        parts: list[Content] = []
        for cell, width in zip(cells, widths, strict=True):
            words, style = cell if isinstance(cell, tuple) else (cell, "")
            parts += [lines.column(words, width - 1, style), Content(" " if width else "")]
        return Content().join(parts)

    def _cells(self, one: ListedKept) -> Content:
        clock, state = self.store.clocks, one.shown_state
        return self._columns(
            moments.when(one.began, clock.wall(), clock.zone),
            (text_of("T_KEPT_KIND", one.kind), lines.SOFT),
            moments.short_duration(self._seconds(one)),
            self._with(one),
            _by(one),
            (self._until(one), lines.SOFT),
            (text_of("T_KEPT_SHORT", state), _STATE_STYLES.get(state, lines.SOFT)),
        )

    def _seconds(self, one: ListedKept) -> float:
        return one.lasted(self.store.clocks.wall())

    def _with(self, one: ListedKept) -> str:
        """Return who was in the call, without the person here while there is anybody else."""
        own = self.store.snapshot.me.account if self.store.snapshot else ""
        others = [person for person in one.people if person.account != own]
        return ", ".join(person.name or person.account for person in others or one.people)

    def _until(self, one: ListedKept) -> str:
        clock = self.store.clocks
        if not one.kept_until:
            return text_of("T_KEPT_ALWAYS" if one.ended else "T_KEPT_LATER")
        return moments.day(one.kept_until, clock.wall(), clock.zone)

    @property
    def chosen(self) -> ListedKept | None:
        """The one under the cursor."""
        row = self.query_one(Rows).chosen
        return row.about if row and isinstance(row.about, ListedKept) else None

    def _details(self, width: int) -> list[Content]:
        one, clock = self.chosen, self.store.clocks
        if one is None:
            return []
        day = moments.day(one.began, clock.wall(), clock.zone)
        kind = text_of("T_KEPT_KIND", one.kind).capitalize()
        title = f"{kind}, {day} {moments.clock(one.began, clock.zone)}"
        by = text_of("T_KEPT_BY", "" if one.by else "by rule", who=_by(one))
        said = [
            f"{by} {text_of('T_KEPT_STATE', one.shown_state)}",
            text_of("T_KEPT_WITH", names=self._with(one)),
            text_of("T_KEPT_UNTIL", day=self._until(one)),
        ]
        length = text_of("T_KEPT_LENGTH", length=moments.short_duration(self._seconds(one)))
        said.append(f"{length} {_files(one)}".rstrip())
        facts = [lines.line(" ", lines.text(row)) for row in said]
        rows = [lines.noted_rule(width, title, one.id[:8]), *facts]
        return [row.truncate(width, ellipsis=True) for row in rows]

    def on_rows_moved(self) -> None:
        """Show the details of another row; at the last one ask for more."""
        rows = self.query_one(Rows)
        if self._more and not self._asks and rows.cursor == len(self._kept) - 1:
            self._ask(self._kept[-1].began)
        self.repaint()
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer what may be done with the chosen one."""
        one = self.chosen if self.is_mounted else None
        match action:
            case "details":
                return one is not None
            case "export":
                return one is not None and one.may_export
            case "delete":
                return one is not None and one.may_delete
            case _:
                return super().check_action(action, parameters)

    # Keys

    def action_details(self) -> None:
        """Show or hide the details, which a low window shows only when asked."""
        shown = self.query_one("#details").display
        self.set_class(shown, "-no-details")
        self.set_class(not shown, "-details")
        self._follow()

    def action_export(self) -> None:
        """Ask for a folder, and fetch the files into it."""
        one = self.chosen
        if one is None:
            return

        def typed(folder: str | None) -> None:
            if folder:
                self._export(one, str(Path(folder).expanduser()))

        title, about, home = text_of("T_EXPORT_ASK"), [text_of("T_EXPORT_ABOUT")], str(Path.home())
        self.store.push_screen(TypeLine(title, about, home, objection=_not_a_folder), typed)

    def _export(self, one: ListedKept, folder: str) -> None:
        def fetched(result: Result) -> None:
            exported = len(result.get("files", ()))
            self.store.explain(sentence("T_EXPORTED", n=exported, folder=folder))

        self.explain(sentence("T_EXPORTING", n=len(exported_names(one))))
        self._act(ExportKept(one.id, folder), fetched)

    def action_delete(self) -> None:
        """Ask whether it shall be deleted."""
        one = self.chosen
        if one is None:
            return
        choices = (
            Choice("keep", text_of("T_DELETE_HOW", "keep"), text_of("T_NOTHING_CHANGES")),
            Choice("delete", text_of("T_DELETE_HOW", "delete"), text_of("T_DELETE_ABOUT")),
        )

        def answered(answer: str | None) -> None:
            if answer == "delete":
                self._act(DeleteKept(one.id), lambda _: self._ask())

        title = text_of("T_DELETE_ASK", one.kind)
        self.store.push_screen(Choose(title, [self._with(one)], choices), answered)

    def _act(self, action: Action, then: Callable[[Result], None]) -> None:
        """Do something with one of the list; a refusal may be because the list is an old one."""

        async def done() -> None:
            if isinstance(await self.store.send(action, then).wait(), Refusal):
                self._ask()

        self.run_worker(done(), group="acts")

    def action_back(self) -> None:
        """Close the reason line, then go back."""
        if not self.close_strip():
            self.dismiss()

    def on_rows_chosen(self) -> None:
        """A click on the chosen row shows its details."""
        self.action_details()


def _by(one: ListedKept) -> str:
    return one.by_name or one.by or text_of("T_BY_RULE")


def _files(one: ListedKept) -> str:
    """Return how many files an export writes, and how much they are; "" while there are none."""
    if not one.files:
        return ""
    files, size = len(exported_names(one)), sum(file.size for file in one.files)
    if one.kind == "transcript":
        return text_of("T_KEPT_FILES", "transcript", n=files)
    if size < _MIB:
        return text_of("T_KEPT_FILES", "small", n=files, size=f"{size / 1024:.1f}")
    return text_of("T_KEPT_FILES", n=files, size=f"{size / _MIB:.1f}")


def _not_a_folder(typed: str) -> str:
    folder = Path(typed).expanduser()
    return "" if folder.is_absolute() and folder.is_dir() else text_of("T_NO_FOLDER")
