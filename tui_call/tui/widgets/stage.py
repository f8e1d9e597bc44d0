"""The stage of a call: a card or a tile for each person in it, and the key between them."""

import os
from collections.abc import Callable, Sequence

from textual.content import Content

from tui_call.control.lines import Meters
from tui_call.control.views import CallView
from tui_call.tui import lines
from tui_call.tui.widgets import cards
from tui_call.tui.widgets.cards import Pen
from tui_call.tui.widgets.key_line import KeyLine, along, between, key_line
from tui_call.tui.widgets.painted import Painted
from tui_call.tui.widgets.participants import OWN, Participant, participants, speakers_first
from tui_call.tui.widgets.voices import Drawing, Voice, is_voice

FRAMES_FROM = 100
_CARDS_FROM, _CARDS_FROM_ROWS = 80, 20
_FRAMES_FROM_ROWS, _ROOMY_ROWS, _TALL_ROWS = 25, 30, 38
_HIGHEST_VOICE = 5
_MOST_CARDS = 4
_TILE_CELLS, _MOST_COLUMNS = 19, 4
_MOST_LINES, _FEWEST_LINES = 4, 2
_FEWEST_TILE_ROWS = 2
_GAP = 10
_SILENCE = -100.0
_SHOWN = {"e2ee": ("active",), "standard": ("ringing", "connecting", "active")}
"""In a standard call it is worth seeing for whom it rings."""
_STAYS_FIRST = 2.0
"""Seconds for which who spoke last stays first before another one takes that place."""


class CardStage(Painted):
    """Draws the call in front; nothing before there is somebody to see.

    Args:
        roster_key: gives the key to the list of all, as it is written on the screen.

    Attributes:
        leaves_room: in a low window it is as small as it can be, for what stands below it.
    """

    ALLOW_SELECT = False

    def __init__(self, roster_key: Callable[[], str]) -> None:
        super().__init__(id="stage")
        self._roster_key = roster_key
        self.leaves_room = False
        self._call_id = ""
        self._voices: dict[int, Voice] = {}
        self._first, self._first_until = OWN, 0.0

    @property
    def call(self) -> CallView | None:
        """The call that is drawn."""
        call = self.store.snapshot.front if self.store.snapshot else None
        if call is None or call.phase not in _SHOWN[call.kind]:
            return None
        return call

    def hear(self, meters: Meters) -> None:
        """Write how loud everybody is now, and draw what changed."""
        call, now = self.call, self.store.clocks.monotonic()
        if call is None:
            return
        self._of_this_call(call)
        own = call.microphone == "on"
        level = meters.microphone if own else _SILENCE
        self._voice(OWN).write(level, heard=own and meters.speaking, now=now)
        for member in call.members:
            level, heard = _of_member(call, member.number, meters)
            self._voice(member.number).write(level, heard=heard, now=now)
        self.renew()

    def _of_this_call(self, call: CallView) -> None:
        if call.id != self._call_id:
            self._call_id = call.id
            self._voices.clear()
        for gone in self._voices.keys() - {OWN, *(member.number for member in call.members)}:
            del self._voices[gone]

    def _voice(self, key: int) -> Voice:
        return self._voices.setdefault(key, Voice())

    def paint(self, width: int, height: int) -> Sequence[Content]:  # noqa: ARG002
        """Return cards, tiles or lines, as the window has room."""
        call, snapshot = self.call, self.store.snapshot
        if call is None or snapshot is None or not width:  # without a width it is hidden
            return []
        now = self.store.clocks.monotonic()
        heard = {key for key, voice in self._voices.items() if voice.is_heard(now)}
        people = participants(call, snapshot, heard)
        if self.is_small:
            return self._lines(people, width)
        line = key_line(call, snapshot)
        if len(people) <= (2 if self._is_short else _MOST_CARDS):
            return self._cards(people, line, width)
        return self._tiles(self._ordered(people, heard, now), line, width)

    @property
    def is_small(self) -> bool:
        """Whether there is room for a line a person only."""
        size = self.store.size
        return size.width < _CARDS_FROM or size.height < _CARDS_FROM_ROWS

    @property
    def _is_short(self) -> bool:
        """Whether there is less room than for all cards and tiles."""
        return self.leaves_room and self.store.size.height < _ROOMY_ROWS

    def _pen(self, people: int) -> Pen:
        """Return how to draw so many: what room there is goes to their voices."""
        size = self.store.size
        framed = size.width >= FRAMES_FROM and size.height >= _FRAMES_FROM_ROWS
        if people > 2:
            tall = people <= _MOST_CARDS and size.height >= _TALL_ROWS
            return Pen(self._drawing, framed, 2, airy=True) if tall else Pen(self._drawing, framed)
        if size.height < _ROOMY_ROWS:
            return Pen(self._drawing, framed)
        rows = min(_HIGHEST_VOICE, 2 + (size.height - _ROOMY_ROWS) // 3)
        return Pen(self._drawing, framed, rows, airy=True)

    @property
    def _drawing(self) -> Drawing:
        if self.store.ascii_only:
            return "ascii"
        # The console of Linux has 512 glyphs, and braille is not among them.
        return "blocks" if os.environ.get("TERM") == "linux" else "braille"

    def _cards(self, people: Sequence[Participant], line: KeyLine, width: int) -> list[Content]:
        pen = self._pen(len(people))
        gap = _GAP if len(people) == 2 else 2
        wide = (width - 2 - gap) // 2
        tall = cards.height(pen)
        drawn = [
            cards.card(participant, self._voice(participant.key), wide, pen)
            for participant in people
        ]
        if len(people) == 2:
            middle = between(line, gap, tall)
            return [lines.line(" ", *row) for row in zip(drawn[0], middle, drawn[1], strict=True)]
        empty = [Content(" " * wide)] * tall
        upper = _side_by_side(drawn[:2], gap)
        lower = _side_by_side([*drawn[2:], *[empty] * (_MOST_CARDS - len(drawn))], gap)
        return [*upper, lines.line(" ", along(line, width - 2)), *lower]

    def _tiles(self, people: Sequence[Participant], line: KeyLine, width: int) -> list[Content]:
        pen = self._pen(len(people))
        columns = max(1, min(_MOST_COLUMNS, (width - 2) // _TILE_CELLS))
        wide = (width - 2) // columns
        empty = [Content(" " * wide)] * cards.tile_height(pen)
        most = columns * _FEWEST_TILE_ROWS if self._is_short else len(people)
        more = len(people) - most
        drawn = [
            cards.tile(participant, self._voice(participant.key), wide, pen)
            for participant in people[:most]
        ]
        rows: list[Content] = []
        for at in range(0, len(drawn), columns):
            row = drawn[at : at + columns]
            rows += _side_by_side([*row, *[empty] * (columns - len(row))], 0)
        if more > 0:
            others = self._more(more)
            room = columns * wide - others.cell_length
            return [*rows, lines.line(" ", along(line, room), others)]
        return [*rows, lines.line(" ", along(line, columns * wide))]

    def _more(self, people: int) -> Content:
        """Return how many are not shown, and the key to all."""
        return lines.line((f" +{people} more, ", lines.SOFT), (self._roster_key(), lines.KEY))

    def _ordered(
        self, people: Sequence[Participant], heard: set[int], now: float
    ) -> list[Participant]:
        """Put who speaks first, and leave them there while nobody else has spoken for a while."""
        if self._first in heard:
            self._first_until = now + _STAYS_FIRST
        elif heard and now >= self._first_until:
            self._first, self._first_until = min(heard), now + _STAYS_FIRST
        return speakers_first(people, [self._first])

    def _lines(self, people: Sequence[Participant], width: int) -> list[Content]:
        meters, call = self.store.meters, self.call
        most = _FEWEST_LINES if self.leaves_room else _MOST_LINES
        shown = people if len(people) <= most else people[: most - 1]
        rows: list[Content] = []
        for participant in shown:
            level = meters.microphone
            if participant.key != OWN and call is not None:
                level, _ = _of_member(call, participant.key, meters)
            rows.append(cards.one_line(participant, level, width))
        if len(people) > len(shown):
            rows.append(self._more(len(people) - len(shown)))
        return rows


def _of_member(call: CallView, number: int, meters: Meters) -> tuple[float, bool]:
    """Return how loud somebody else is, and whether this is a voice."""
    if call.kind == "e2ee":
        return meters.speaker, meters.peer_speaking
    level = meters.voices.get(number, _SILENCE)
    return level, is_voice(level)


def _side_by_side(drawn: Sequence[Sequence[Content]], gap: int) -> list[Content]:
    return [lines.line(" ", Content(" " * gap).join(row)) for row in zip(*drawn, strict=True)]
