"""The first line of every screen: who, how long, who can hear, microphone, link."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.content import Content

from tui_call.control.views import CallView, Snapshot
from tui_call.sentences import sentence
from tui_call.tui import glyphs, lines, moments, several
from tui_call.tui.kept_marks import marks
from tui_call.tui.keymap import bindings
from tui_call.tui.widgets.painted import Painted

SHIELD_CELLS = 22
TIME_CELLS = 11
MICROPHONE_CELLS = 10
LINK_CELLS = 14
_TITLE_CELLS = 24
_FULL_WIDTH = 80
_LEAST_WIDTH, _LEAST_HEIGHT = 40, 10

_MICROPHONES = {
    "on": lines.STRONG,
    "muted": "bold $warning",
    "held": "bold $warning",
    "none": lines.BAD,
    "off": lines.SOFT,
}
_SERVICES = {
    "none": "no service",
    "starting": "service starting",
    "connecting": "connecting…",
    "away": "service away",
    "refused": "service refused",
}
_NO_ENGINE = sentence("SH_UNKNOWN").label


class TopBar(Painted, can_focus=True):
    """Shield first while a call is on; otherwise the screen's name and the own state."""

    BINDINGS: ClassVar = [*bindings("bar")]

    def __init__(
        self, title: str, other_call: Callable[[], str], *, shows_end: bool = False
    ) -> None:
        """Stand on a screen.

        Args:
            title: of the screen.
            other_call: gives the key for the other call, as it is written on the screen.
            shows_end: a call that is over is looked at there.
        """
        super().__init__()
        self._other_call = other_call
        self._title = title
        self._shows_end = shows_end

    def paint(self, width: int, height: int) -> Sequence[Content]:  # noqa: ARG002
        """Return the one line."""
        snapshot = self.store.snapshot
        if self.store.link in ("lost", "ended", "failed") or snapshot is None:
            return [self._without_engine(width)]
        waiting = several.waiting(snapshot)
        if waiting and self._is_all:
            name = several.title(waiting[0], width - 15, "")
            return [lines.line((f" {self._other_call()}  ", lines.KEY), name, " calls too")]
        call = snapshot.front
        if call is not None and (call.phase != "ended" or self._shows_end):
            behind = self._behind(snapshot)
            shown = self._call(call, width - behind.cell_length)
            return [lines.spread(shown, behind, width) if behind else shown]
        return [self._idle(snapshot, width)]

    @property
    def _is_all(self) -> bool:
        """Whether the window has room for this line alone."""
        return self.store.size.width < _LEAST_WIDTH or self.store.size.height < _LEAST_HEIGHT

    def _behind(self, snapshot: Snapshot) -> Content:
        """Return the key to the calls behind where no other line has room to name them."""
        key = self._other_call()
        if not (self._is_all and key and several.beside(snapshot)):
            return Content()
        return lines.line("  ", (key, lines.KEY), f" {several.word(snapshot)} ")

    def _without_engine(self, width: int) -> Content:
        if self.store.link == "starting":
            return lines.line(" ", ("tui-call", lines.STRONG)).truncate(width)
        label = glyphs.shield(_NO_ENGINE, self.store.ascii_only)
        return lines.line(" ", (label, glyphs.shield_style(_NO_ENGINE))).truncate(width)

    def _call(self, call: CallView, width: int) -> Content:
        if call.ringing_here and width < _LEAST_WIDTH:
            return lines.line(" ", lines.column(call.member.name, width - 12), " is calling")
        roomy = width >= _FULL_WIDTH
        gap = "" if roomy else "   "
        shield = lines.text(
            glyphs.shield(call.shield.label, self.store.ascii_only),
            glyphs.shield_style(call.shield.label),
        )
        microphone, microphone_style = self._microphone(call)
        if kept := marks(call):
            shield = lines.line(shield, "  ", (kept, "bold $key"))
        seconds = self._seconds(call)
        time = moments.duration(seconds) if roomy else moments.short_duration(seconds)
        if roomy:
            shield = shield.truncate(max(SHIELD_CELLS, shield.cell_length + 1), pad=True)
            time = f"{time:<{TIME_CELLS}}"
            microphone = f"{microphone:<{MICROPHONE_CELLS}}"
        link = self._link(call, roomy)
        tail = lines.line(time, gap, (microphone, microphone_style), gap, link)
        if roomy:
            tail = tail.truncate(TIME_CELLS + MICROPHONE_CELLS + LINK_CELLS, pad=True)
        room = width - 1 - shield.cell_length - len(gap) - tail.cell_length
        if room < 4:
            short = lines.line(" ", shield, "  ", (microphone.strip(), microphone_style))
            return short.truncate(width)
        name = several.title(call, room - (1 if roomy else len(gap)))
        return lines.line(" ", shield, gap, name, " " if roomy else gap, tail)

    def _microphone(self, call: CallView) -> tuple[str, str]:
        if call.phase == "ended":
            return "ENDED", lines.SOFT
        return call.microphone_word, _MICROPHONES[call.microphone]

    def _seconds(self, call: CallView) -> float:
        if not call.started:
            return 0.0
        return (call.ended or self.store.clocks.wall()) - call.started

    def _link(self, call: CallView, bars: bool) -> Content:
        if self.store.pulse != "ok":
            return Content.styled("engine slow", "bold $warning")
        if call.phase == "ended" or not call.quality:
            return Content()
        style = {"good": "", "fair": "", "poor": lines.WARN, "lost": lines.BAD}
        words = f"{call.quality} {glyphs.BARS[call.quality]}" if bars else call.quality
        return Content.styled(words, style[call.quality])

    def _idle(self, snapshot: Snapshot, width: int) -> Content:
        left = lines.line(" ", ("tui-call", lines.STRONG), "  ", (self._title, "$key"))
        profile = "" if snapshot.me.profile == "default" else snapshot.me.profile
        right = lines.line(lines.text(snapshot.me.account or profile), " ")
        facts = self._facts(snapshot)
        middle = Content()
        wide = _TITLE_CELLS if width >= _FULL_WIDTH else left.cell_length + 3
        room = width - wide - right.cell_length - 2
        for fact in facts:
            longer = lines.line(middle, "   " if middle else "", fact)
            if longer.cell_length <= room:
                middle = longer
        left = left.truncate(wide, pad=True) if room > 0 else left
        return lines.spread(lines.line(left, middle), right, width)

    def _facts(self, snapshot: Snapshot) -> list[Content]:
        encryption = snapshot.encryption
        facts: list[Content] = []
        if self.store.unpublished:
            facts.append(Content.styled(self.store.unpublished, "bold $warning"))
        if snapshot.me.state == "ready":
            style = lines.GOOD if encryption.on else lines.WARN
            facts.append(lines.text(encryption.status.label, style))
        if snapshot.me.presence == "do_not_disturb":
            facts.append(Content.styled("do not disturb", "bold $warning"))
        if self.store.pulse != "ok":
            facts.append(Content.styled("engine slow", "bold $warning"))
        if snapshot.service.state in _SERVICES and snapshot.me.state == "ready":
            facts.append(Content.styled(_SERVICES[snapshot.service.state], lines.WARN))
        microphone = snapshot.devices.speaks or snapshot.devices.microphone or "default"
        if snapshot.devices.problem is None and snapshot.me.state == "ready":
            facts.append(lines.text(f"mic: {microphone}", lines.SOFT).truncate(24, ellipsis=True))
        return facts

    async def on_click(self) -> None:
        """Open the keys panel, as Enter does."""
        await self.run_action("app.keys_panel")
