"""What a call offers: a chip for each thing that works, and one line for all that is off."""

from collections.abc import Callable, Sequence

from textual import events
from textual.content import Content

from tui_call.control.views import CallView, CapabilityView
from tui_call.sentences import text_of
from tui_call.tui import keymap, lines
from tui_call.tui.widgets.painted import Painted

_MOST_ROWS = 3
_GAP = 3


def key_of(capability: CapabilityView) -> str:
    """Return the id of the key that uses a capability."""
    return "talk.mute" if capability.name == "mute" else f"call.{capability.name}"


def label_of(capability: CapabilityView, call: CallView, *, reads: bool) -> str:
    """Return what using a capability does now, on a screen that shows captions or does not."""
    if capability.name == "mute" and call.muted:
        return "Unmute"
    if capability.name == "transfer" and call.consulting:
        return "Join them"
    if _kept_by(capability, call):
        return text_of("T_STOP_KEEPING", capability.name)
    if capability.name == "captions" and call.captions:
        tries = call.captions_fault is not None
        return "Try again" if tries else "Hide captions" if reads else capability.label
    return "Resume" if capability.name == "hold" and call.on_hold else capability.label


def _kept_by(capability: CapabilityView, call: CallView) -> str:
    """Return who started what a capability keeps, "" where nobody did."""
    kept = {"record": call.recording, "transcript": call.transcript}.get(capability.name)
    return kept.by if kept is not None else ""


def written(capability: CapabilityView, key: Callable[[str, str], str]) -> str:
    """Return the key of a capability as it is written on the screen.

    Args:
        capability: what it uses.
        key: gives it for the id of a row, or what is given with it where none works.
    """
    row = keymap.BY_ID.get(key_of(capability))
    return key(key_of(capability), keymap.shown(row.keys) if row else "")


class Chips(Painted):
    """The keys of what works; a click on one is the key.

    Args:
        call: gives the call, None while there is none to do anything in.
        key: gives the key of a row as it is written on the screen.
    """

    def __init__(self, call: Callable[[], CallView | None], key: Callable[[str, str], str]) -> None:
        super().__init__(id="chips")
        self._call, self._key = call, key
        self._places: list[tuple[int, int, int, str]] = []

    def paint(self, width: int, height: int) -> Sequence[Content]:  # noqa: ARG002
        """Return as many as there is room for; what is being kept has a line with its key."""
        call = self._call()
        self._places = []
        rows: list[Content] = []
        row = Content(" ")
        reads = call is not None and self.store.reads_captions == call.id
        for capability in call.capabilities if call else ():
            if call is None or not capability.on or _kept_by(capability, call):
                continue
            label = label_of(capability, call, reads=reads)
            chip = lines.line((written(capability, self._key), lines.KEY), " ", label)
            if row.cell_length + chip.cell_length + _GAP > width:
                rows.append(row)
                row = Content(" ")
            start = row.cell_length
            row = lines.line(row, chip, " " * _GAP)
            self._places.append((len(rows), start, start + chip.cell_length, key_of(capability)))
        rows = [*rows, row] if len(row) > 1 else rows
        return rows[:_MOST_ROWS]

    async def on_click(self, event: events.Click) -> None:
        """Do what the clicked key does."""
        for line, start, end, id_ in self._places:
            if event.y == line and start <= event.x < end:
                await self.run_action(f"app.press('{id_}')")


def off_line(call: CallView, how: Content, width: int) -> list[Content]:
    """Return what is off in one line, and at its end how to see why.

    Args:
        call: the call.
        how: says which key lists the reasons.
        width: cells.
    """
    names = [_small(view.label) for view in call.capabilities if not view.on]
    if not names:
        return []
    room = width - how.cell_length - 3
    said = Content()
    for named in range(len(names), 0, -1):
        listed = ", ".join(names[:named])
        if named < len(names):
            listed = text_of("T_AND_MORE", names=listed, n=len(names) - named)
        said = lines.text(text_of("T_OFF_HERE", call.kind, names=listed), lines.SOFT)
        if said.cell_length <= room:
            break
    return [lines.spread(lines.line(" ", said), lines.line(how, " "), width)]


def off_paragraph(call: CallView, how: Content, width: int) -> list[Content]:
    """Return all that is off, in as many lines as that takes: a small window lists nothing else."""
    names = [_small(view.label) for view in call.capabilities if not view.on]
    if not names:
        return []
    said = text_of("T_OFF_SMALL", call.kind, n=len(names), names=", ".join(names))
    rows = [lines.line(" ", part) for part in lines.text(said).wrap(max(20, width - 2))]
    if rows[-1].cell_length + how.cell_length + 3 > width:
        rows.append(Content(""))
    rows[-1] = lines.spread(rows[-1], how, width)
    return rows


def _small(label: str) -> str:
    return label[:1].lower() + label[1:]
