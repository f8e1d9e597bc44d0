"""The last lines of a screen: the keys that work here, now, and nothing else."""

from collections.abc import Sequence

from textual.content import Content
from textual.style import Style
from textual.widgets import Input

from tui_call.tui import keymap, lines
from tui_call.tui.keymap import Key
from tui_call.tui.widgets.painted import Painted

_LAST = ("app.find", "app.commands", "app.help")
_TWO_LINES_FROM = 60
_ROOMS = ("app.people", "app.calls", "app.settings", "app.call")

_Shown = tuple[Key, str]


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

    def on_mount(self) -> None:
        """Follow what can be pressed."""
        self.screen.bindings_updated_signal.subscribe(self, lambda _: self.refresh(layout=True))

    def paint(self, width: int, height: int) -> Sequence[Content]:  # noqa: ARG002
        """Return one or two lines, each with as many keys as fit."""
        working: dict[str, list[str]] = {}
        for key, active in self.screen.active_bindings.items():
            working.setdefault(active.binding.id or "", []).append(key)
        if isinstance(self.screen.focused, Input):
            # The field has Enter first; it tells the screen, which does what this key names.
            working.setdefault(getattr(self.screen, "enter_in_field", ""), []).append("enter")
        for id_ in getattr(self.screen, "unhinted", ()):
            working.pop(id_, None)
        wheres = self._wheres if "talk" in self._wheres else (*self._wheres, "talk")
        here = _shown(keymap.table(*wheres), working)
        tail = _shown([keymap.BY_ID[id_] for id_ in _LAST], working)
        rooms = _shown([keymap.BY_ID[id_] for id_ in _ROOMS], working) if self._rooms else []
        if not rooms or width < _TWO_LINES_FROM:
            return [self._row(here, [hint for hint in tail if hint[0].id != "app.find"], width)]
        return [self._row(here, [], width), self._row(rooms, tail, width)]

    def _row(self, hints: list[_Shown], tail: list[_Shown], width: int) -> Content:
        end = self._joined(tail)
        room = width - 1 - (end.cell_length + 3 if tail else 0)
        row = Content(" ")
        for hint in hints:
            longer = lines.line(row, "  " if len(row) > 1 else "", self._hint(*hint))
            if longer.cell_length > room:
                break
            row = longer
        return lines.spread(row, lines.line(end, " "), width) if tail else row

    def _joined(self, hints: list[_Shown]) -> Content:
        return Content("  ").join([self._hint(*hint) for hint in hints])

    def _hint(self, key: Key, shown: str) -> Content:
        label = self.label(key)
        style = "bold underline" if key.id == self._current else ""
        press = Style.from_meta({"@click": f"app.press('{key.id}')"})
        return lines.line((shown, lines.KEY), " ", (label, style)).stylize(press)

    def label(self, key: Key) -> str:
        """Return the label of a key; screens change some with their state."""
        labels: dict[str, str] = getattr(self.screen, "labels", {})
        return labels.get(key.id, key.label)


def _shown(keys: Sequence[Key], working: dict[str, list[str]]) -> list[_Shown]:
    """Pair each key that works and has a label with the first of its forms that works."""
    pairs: list[_Shown] = []
    for key in keys:
        forms = working.get(key.id)
        if key.label and forms:
            usual = next((form for form in key.keys.split(",") if form in forms), forms[0])
            pairs.append((key, keymap.shown(usual)))
    return pairs
