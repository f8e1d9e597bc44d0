"""The last lines of a screen: the keys that work here, now, and nothing else."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

from textual import events
from textual.content import Content
from textual.screen import Screen
from textual.signal import Signal
from textual.widgets import Input

from tui_call.sentences import text_of
from tui_call.tui import keymap, lines
from tui_call.tui.keymap import Key
from tui_call.tui.widgets.painted import Painted

_LAST = ("app.find", "app.commands", "app.help")
_TWO_LINES_FROM = 60
_ONE_LINE_FROM = 80
_GAP = 2
_ROOMS = ("app.people", "app.calls", "app.settings", "app.admin", "app.call", "app.leave")

_ASLEEP = text_of("T_ASLEEP")


@dataclass(frozen=True, slots=True, eq=False)
class _Hint:
    """A key that works, as it is written.

    Attributes:
        cells: that it takes, with the gap to the next one.
    """

    key: Key
    words: Content
    cells: int


class Hints(Painted):
    """Keys of the screen, then of the call, then the way to all others.

    Args:
        wheres: places in the table whose keys come first.
        rooms: whether a second line names the other screens.
    """

    def __init__(self, wheres: Sequence[str], rooms: bool, current: str = "") -> None:
        super().__init__()
        self._wheres = tuple(wheres)
        self._rooms = rooms
        self._current = current
        self._places: list[tuple[int, int, int, str]] = []

    def on_mount(self) -> None:
        """Follow what can be pressed."""
        updated = cast("Signal[Screen[Any]]", self.screen.bindings_updated_signal)  # pyright: ignore[reportUnknownMemberType]
        updated.subscribe(self, self._updated)

    def _updated(self, _: Screen[Any]) -> None:
        self.renew()

    def paint(self, width: int, height: int) -> Sequence[Content]:  # noqa: ARG002
        """Return one or two lines, each with as many keys as fit, or that none works yet."""
        rows = self._hints(width, self._working())
        if not self.store.sleeps():
            return rows
        self._places = []
        return [lines.line(" ", (_ASLEEP, "$warning")), *[Content("")] * (len(rows) - 1)]

    def _working(self) -> dict[str, list[str]]:
        """Return the keys that work, by the id of what they do."""
        in_field = isinstance(self.screen.focused, Input)
        working: dict[str, list[str]] = {}
        for key, active in self.screen.active_bindings.items():
            leads_elsewhere = active.binding.id in _ROOMS  # pressed twice it does nothing more
            if self._sleeps(key) and not leads_elsewhere:
                continue
            if not (in_field and len(keymap.shown(key)) == 1):
                working.setdefault(active.binding.id or "", []).append(key)
        if in_field and not self._sleeps("enter"):
            # The field has Enter first; it tells the screen, which does what this key names.
            working.setdefault(getattr(self.screen, "enter_in_field", ""), []).append("enter")
        for id_ in getattr(self.screen, "unhinted", ()):
            working.pop(id_, None)
        return working

    def _sleeps(self, key: str) -> bool:
        """Whether a key does nothing yet, while others work."""
        return self.store.sleeps(key) and not self.store.sleeps()

    def _hints(self, width: int, working: dict[str, list[str]]) -> Sequence[Content]:
        wheres = self._wheres if "talk" in self._wheres else (*self._wheres, "talk")
        here = self._shown(keymap.table(*wheres), working)
        tail = self._shown([keymap.BY_ID[id_] for id_ in _LAST], working)
        rooms = self._shown([keymap.BY_ID[id_] for id_ in _ROOMS], working) if self._rooms else []
        self._places = []
        if not rooms or width < _TWO_LINES_FROM:
            tail = [hint for hint in tail if hint.key.id != "app.find"]
            return self._own_rows(here, tail, width)
        first = _fitting(here, width - 1, _ways_out(here))
        second = _fitting(rooms, _room(tail, width))
        return [self._row(0, first, [], width), self._row(1, second, tail, width)]

    def _own_rows(self, here: list[_Hint], tail: list[_Hint], width: int) -> list[Content]:
        """Return the keys of the screen in one row, or in two of a narrow window."""
        room, out = _room(tail, width), _ways_out(here)
        only = _fitting(here, room, out)
        if len(only) == len(here) or self._wheres[0] == "talk" or width >= _ONE_LINE_FROM:
            return [self._row(0, only, tail, width)]
        first = _fitting(here, width - 1)
        left = here[len(first) :]
        second = _fitting(left, room, _ways_out(left))
        return [self._row(0, first, [], width), self._row(1, second, tail, width)]

    def _row(self, line: int, hints: list[_Hint], tail: list[_Hint], width: int) -> Content:
        left = lines.line(" ", self._joined(line, 1, hints))
        if not tail:
            return left
        start = _room(tail, width) + _GAP
        return lines.spread(left, lines.line(self._joined(line, start, tail), " "), width)

    def _joined(self, line: int, start: int, hints: list[_Hint]) -> Content:
        """Return hints beside each other, and remember where each one is."""
        for hint in hints:
            self._places.append((line, start, start + hint.cells - _GAP, hint.key.id))
            start += hint.cells
        return Content(" " * _GAP).join([hint.words for hint in hints])

    async def on_click(self, event: events.Click) -> None:
        """Do what the clicked key does."""
        for line, start, end, id_ in self._places:
            if event.y == line and start <= event.x < end:
                await self.run_action(f"app.press('{id_}')")

    def _hint(self, key: Key, shown: str) -> _Hint:
        style = "bold underline" if key.id == self._current else ""
        words = lines.line((shown, lines.KEY), " ", (self._label(key), style))
        return _Hint(key, words, words.cell_length + _GAP)

    def _label(self, key: Key) -> str:
        name: Callable[[Key], str] | None = getattr(self.screen, "label", None)
        return name(key) if name else key.label

    def _shown(self, keys: Sequence[Key], working: dict[str, list[str]]) -> list[_Hint]:
        """Return each key that works and has a label, with the first of its forms that works."""
        hints: list[_Hint] = []
        for key in keys:
            forms = working.get(key.id)
            if forms and self._label(key):
                usual = next((form for form in key.keys.split(",") if form in forms), forms[0])
                hints.append(self._hint(key, keymap.shown(usual)))
        return hints


def _fitting(hints: list[_Hint], room: int, always: Sequence[_Hint] = ()) -> list[_Hint]:
    """Return as many hints as fit, from the first on, and those of them that are always there."""
    cells = sum(hint.cells for hint in hints) - 1
    for count in range(len(hints), -1, -1):
        if cells <= room:
            return [*hints[:count], *(hint for hint in always if hint in hints[count:])]
        if count and hints[count - 1] not in always:
            cells -= hints[count - 1].cells
    return []


def _room(tail: list[_Hint], width: int) -> int:
    """Return how many cells a row has before its tail."""
    return width - 1 - sum(hint.cells for hint in tail)


def _ways_out(hints: Sequence[_Hint]) -> list[_Hint]:
    """Return the keys that lead out of the screen, which a narrow window shows before others."""
    return [hint for hint in hints if "escape" in hint.key.keys.split(",")]
