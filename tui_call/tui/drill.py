"""The screen of a drill: two engines side by side, what happens, and what the person thinks of it.

The panes show what each engine says through its control socket, as a call's own screen would; the
line between them is the only thing that neither of the two people could see.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from itertools import zip_longest
from typing import ClassVar, Protocol

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content

from tui_call.control.views import CallView, CodeView, Snapshot
from tui_call.sentences import sentence, text_of
from tui_call.tui import glyphs, lines, themes
from tui_call.tui.themed import ThemedApp
from tui_call.tui.widgets.painted import Feed, TextBlock

_REFRESH_SECONDS = 0.1
_PANE_ROWS = ((76, 9), (0, 11))
"""From so many cells of the screen on, so many lines of both panes."""
_WORDS = ((36, 3), (0, 2))
"""From so many cells on, so many words of a code in a row."""
_EMOJI_CELLS = 4
_PHASES = {
    "setup": "agreeing keys",
    "ringing": "ringing",
    "connecting": "connecting",
    "active": "in a call",
    "ended": "call ended",
}
_LEAVE = {"q": "Leave"}


class ShownEngine(Protocol):
    """A connection to an engine."""

    @property
    def snapshot(self) -> Snapshot:
        """What it said last."""
        ...


class Scene(Protocol):
    """What there is to see."""

    @property
    def engines(self) -> tuple[ShownEngine, ShownEngine]:
        """Of the one who calls, and of the one who is called."""
        ...

    @property
    def attacked(self) -> bool:
        """Whether somebody sits in the call."""
        ...

    @property
    def seconds_heard(self) -> float:
        """How much that one has heard of both."""
        ...


class DrillApp(ThemedApp[None]):
    """Shows a drill while it goes on.

    Attributes:
        fault: why the drill did not come to its end, None if it did or the person left.

    Args:
        show: the drill; it is cancelled if the person leaves, and may end before.
    """

    TITLE = "tui-call drill"
    ENABLE_COMMAND_PALETTE = False
    CSS = """
    Screen { layout: vertical; }
    TextBlock { height: auto; }
    Feed { height: 1fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q,Q,ctrl+c,ctrl+q", "leave", "Leave", priority=True)
    ]

    def __init__(self, show: Callable[[], Awaitable[None]]) -> None:
        super().__init__()
        self.fault: Exception | None = None
        self._show = show
        self._showing: asyncio.Task[None] | None = None
        self._scene: Scene | None = None
        self._told: list[str] = []
        self._read = 0
        self._question = ""
        self._choices: Mapping[str, str] = {}
        self._answer: asyncio.Future[str] | None = None
        self._leaving = False

    @property
    def ascii_only(self) -> bool:
        """Whether symbols are shown in ASCII, as the engines' settings have it."""
        return self._setting("ui.glyphs") == "ascii"

    def compose(self) -> ComposeResult:
        """Title, two panes, what is between them, what happens and is asked, keys."""
        yield TextBlock(self._head, id="head")
        yield TextBlock(self._panes, id="panes")
        yield TextBlock(self._between, id="between")
        yield Feed(self._happened, id="happened")
        yield TextBlock(self._hints, id="hints")

    def on_mount(self) -> None:
        """Begin with the drill."""
        self.set_interval(_REFRESH_SECONDS, self._renew)
        self._showing = asyncio.create_task(self._show_to_the_end())  # noqa: TID251 - keeps its fault

    async def _show_to_the_end(self) -> None:
        try:
            await self._show()
        except asyncio.CancelledError:
            pass  # the person left
        except Exception as fault:  # raised anew when the terminal is the shell's again
            self.fault = fault
        self.exit()

    # What the drill has to say

    def look_at(self, scene: Scene) -> None:
        """Show these engines from now on."""
        self._scene = scene
        self.theme = themes.theme_name(self._setting("ui.theme"))
        self._renew()

    def tell(self, text: str) -> None:
        """Add a line to what happened."""
        self._told.append(text)
        self._renew()

    async def ask(self, question: str, choices: Mapping[str, str]) -> str:
        """Wait for one of some keys and return it.

        Args:
            question: one line, "" for none.
            choices: what each key means.
        """
        self._answer = asyncio.get_running_loop().create_future()
        self._question, self._choices = question, choices
        self._renew()
        try:
            return await self._answer
        finally:
            self._question, self._choices, self._answer = "", {}, None
            self._read = len(self._told)
            self._renew()

    def leave(self) -> None:
        """End the drill; the application ends when everything of it has."""
        if self._showing is not None and not self._leaving:
            self._leaving = True  # a second time would cancel the cleaning up
            self.tell(text_of("D_ENDING"))
            self._showing.cancel()

    # Keys

    def action_leave(self) -> None:
        """Leave."""
        self.leave()

    def on_key(self, event: events.Key) -> None:
        """Take the answer to what is asked."""
        key = event.key.lower()
        if key in self._choices and self._answer is not None and not self._answer.done():
            self._answer.set_result(key)

    # Painting

    def _renew(self) -> None:
        for block in self.query(TextBlock):
            block.renew()

    def _setting(self, key: str) -> str:
        if self._scene is None:
            return ""
        views = self._scene.engines[0].snapshot.settings
        return next((view.value for view in views if view.key == key), "")

    def _head(self, width: int) -> list[Content]:
        drill = sentence("SH_DRILL")
        title = lines.line(" ", (drill.label, lines.BAD), f"  {drill.text}")
        return [title.truncate(width, ellipsis=True)]

    def _panes(self, width: int) -> list[Content]:
        if self._scene is None or not width:
            return [lines.rule(width)]
        left_width = (width - 1) // 2
        widths = left_width, width - 1 - left_width
        panes = [
            pane(engine.snapshot, room)
            for engine, room in zip(self._scene.engines, widths, strict=True)
        ]
        blank = Content("")
        rows = [
            lines.line(
                left.truncate(left_width, ellipsis=True, pad=True),
                " ",
                right.truncate(widths[1], ellipsis=True),
            )
            for left, right in zip_longest(*panes, fillvalue=blank)
        ]
        wanted = next(number for room, number in _PANE_ROWS if width >= room)
        return [*rows, *[blank] * (wanted - len(rows))]

    def _between(self, width: int) -> list[Content]:
        if self._scene is None:
            return [lines.rule(width)]
        one, other = (engine.snapshot for engine in self._scene.engines)
        row = between(one, other, self._scene.attacked, self._scene.seconds_heard)
        return [row.truncate(width, ellipsis=True), lines.rule(width, text_of("D_HAPPENS"))]

    def _happened(self, width: int) -> list[Content]:
        rows: list[Content] = []
        for number, text in enumerate(self._told):
            rows += lines.wrapped(text, width, " ", lines.SOFT if number < self._read else "")
        if self._question:
            rows += [Content(""), *lines.wrapped(self._question, width, " ", lines.STRONG)]
        return rows

    def _hints(self, width: int) -> list[Content]:
        keys = {**self._choices, **_LEAVE}
        hints = [lines.line((key, lines.KEY), f" {meaning}") for key, meaning in keys.items()]
        return [lines.line(" ", Content("   ").join(hints)).truncate(width, ellipsis=True)]


def pane(snapshot: Snapshot, width: int) -> list[Content]:
    """Return what one engine says, in lines of at most `width` cells."""
    call = snapshot.front
    rows = [lines.rule(width, f"{snapshot.me.name}'s screen")]
    if call is None:
        rows.append(Content(" " + text_of("D_NO_CALL")))
        for notice in snapshot.notices[-1:]:
            rows += lines.wrapped(notice.sentence.whole, width, " ", lines.BAD)
        return rows
    shield = lines.text(call.shield.label, glyphs.shield_style(call.shield.label))
    at = lines.text(_PHASES[call.phase], lines.SOFT)
    rows.append(lines.spread(lines.line(" ", shield), lines.line(at, " "), width))
    ended = call.end_reason
    said = ended.whole if ended is not None else call.shield.text
    rows += lines.wrapped(said, width, " ", lines.BAD if _alarming(call) else "")
    if call.member.code is not None:
        rows += [Content(""), *_code(call.member.code, width)]
    return rows


def _alarming(call: CallView) -> bool:
    return call.end_reason is not None and call.shield.code in ("SH_CHANGED", "SH_DIFFER")


def _code(code: CodeView, width: int) -> Iterable[Content]:
    yield lines.line(" ", (code.digits, lines.KEY))
    in_a_row = next(number for room, number in _WORDS if width >= room)
    for start in range(0, len(code.words), in_a_row):
        words = " ".join(code.words[start : start + in_a_row])
        yield lines.line(" ", lines.text(words).truncate(width - 1, ellipsis=True))
    symbols = [lines.centred(symbol, _EMOJI_CELLS) for symbol, _ in code.emoji]
    yield lines.line(*symbols)


def between(one: Snapshot, other: Snapshot, attacked: bool, heard: float) -> Content:
    """Return the line that shows who is connected with whom.

    Args:
        one: of the engine that calls.
        other: of the engine that is called.
        attacked: somebody sits in the call.
        heard: how many seconds that one has heard of both.
    """
    caller, callee = (lines.text(who.me.name, lines.STRONG) for who in (one, other))
    if not attacked:
        return lines.line(" ", caller, _path(one, 2), callee)
    intruder = lines.line(("✖ INTRUDER", lines.BAD))
    tape = "   " + text_of("D_TAPE", n=f"{heard:.0f}") if heard else ""
    return lines.line(" ", caller, _path(one), intruder, _path(other), callee, tape)


def _path(snapshot: Snapshot, length: int = 1) -> str:
    """Return what connects an engine with its peer, as long as there is a call."""
    call = snapshot.front
    if call is None or call.phase == "ended":
        return " " * (6 + 8 * length)
    what = " E2EE " if call.phase == "active" else " .... "
    return f" ←{'─' * (4 * length - 2)}{what}{'─' * (4 * length - 2)}→ "
