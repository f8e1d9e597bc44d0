"""What is said in a call, below its stage: the newest words, or those that are read or looked for.

Who scrolled back reads on undisturbed: lines that come are counted until the end is asked for.
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Sequence
from typing import ClassVar, Literal

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input

from tui_call.control.lines import Caption
from tui_call.control.views import CallView
from tui_call.foreign_text import clean
from tui_call.sentences import text_of
from tui_call.signaling.vocabulary import MOST_SPOKEN
from tui_call.tui import lines
from tui_call.tui.caption_history import Order, order_of
from tui_call.tui.widgets import call_facts
from tui_call.tui.widgets.cards import first_name
from tui_call.tui.widgets.painted import Painted

Move = Literal["up", "down", "page_up", "page_down", "first", "last"]
Place = tuple[Order, int]
"""Where an utterance stands, and which of its lines."""

_LONGEST_SOUGHT = 64
_LANGUAGES = {
    "ar": "Arabic", "de": "German", "en": "English", "es": "Spanish", "fr": "French",
    "hi": "Hindi", "it": "Italian", "ja": "Japanese", "ko": "Korean", "nl": "Dutch",
    "pl": "Polish", "pt": "Portuguese", "ru": "Russian", "tr": "Turkish", "uk": "Ukrainian",
    "vi": "Vietnamese", "zh": "Chinese",
}  # fmt: skip


class CaptionLines(Painted):
    """Title and lines.

    Args:
        call: gives the call, None without one.
        key: gives the key of a row of the table as it is written on the screen.

    Attributes:
        sought: what is marked, "" for nothing.
    """

    fits_its_room: ClassVar[bool] = True

    def __init__(self, call: Callable[[], CallView | None], key: Callable[[str, str], str]) -> None:
        super().__init__(id="caption-lines")
        self._call, self._key = call, key
        self.sought = ""
        self._found = 0
        self._alike: frozenset[str] = frozenset()
        self._top: Place | None = None
        self._wrapped: dict[int, tuple[object, list[Content]]] = {}

    def paint(self, width: int, height: int) -> Sequence[Content]:
        """Return the title and as many lines as there is room for."""
        call = self._call()
        if call is None:
            return []
        short = Counter(first_name(member.name) for member in call.members)
        self._alike = frozenset(name for name, many in short.items() if many > 1)
        room = max(1, height - 1) if height else 1
        rows, newer = self._window(call, width, room)
        return [lines.noted_rule(width, self._title(call), self._beside(newer)), *rows]

    def _title(self, call: CallView) -> str:
        language = _LANGUAGES.get(call.captions_language, call.captions_language)
        return text_of("T_CAPTIONS", "language" if language else "", language=language)

    def _beside(self, newer: int) -> str:
        if self.sought:
            found = self._finds()
            return text_of("T_CAPTIONS_FOUND", n=len(found), at=self._at(found) + 1)
        if newer:
            return text_of("T_CAPTIONS_NEWER", n=newer, key=self._key("captions.last", "end"))
        return text_of("T_CAPTIONS_FIND", key=self._key("captions.find", "/"))

    # Lines

    def _window(self, call: CallView, width: int, room: int) -> tuple[Sequence[Content], int]:
        """Return the lines that are seen, and how many utterances came below them."""
        said = self.store.spoken.of(call.id)
        if not said or call.captions_fault is not None:
            return self._without_words(call, width)[:room], 0
        if self._top is None:
            return self._newest(said, width, room), 0
        places, rows = self._all(said, width)
        start = self._start(places, room)
        last = places[min(start + room, len(places)) - 1][0]
        return rows[start : start + room], sum(order_of(one) > last for one in said)

    def _without_words(self, call: CallView, width: int) -> list[Content]:
        if call.captions_fault is None:
            kept = "transcript" if call.transcript is not None else ""
            variant = "loading" if call.captions_loading else kept
            return lines.wrapped(text_of("T_CAPTIONS_NONE", variant), width, " ", lines.SOFT)
        first, *more = lines.wrapped(call.captions_fault.text, width, "   ")
        keys = [
            lines.line((key, lines.KEY), " ", remedy.label)
            for remedy in call.captions_fault.remedies
            if (key := self._key(remedy.action, ""))
        ]
        rows = [lines.line((" ! ", "bold $warning"), first[3:]), *more]
        return [*rows, lines.line("   ", Content("    ").join(keys))] if keys else rows

    def _newest(self, said: Sequence[Caption], width: int, room: int) -> list[Content]:
        rows: list[Content] = []
        for one in reversed(said):
            rows[:0] = self._rows_of(one, width)
            if len(rows) >= room:
                break
        return rows[-room:]

    def _all(self, said: Sequence[Caption], width: int) -> tuple[list[Place], list[Content]]:
        places, rows = list[Place](), list[Content]()
        for one in said:
            of_one = self._rows_of(one, width)
            places += ((order_of(one), line) for line in range(len(of_one)))
            rows += of_one
        return places, rows

    def _start(self, places: Sequence[Place], room: int) -> int:
        end = max(0, len(places) - room)
        return end if self._top is None else min(bisect_left(places, self._top), end)

    def _rows_of(self, caption: Caption, width: int) -> list[Content]:
        """Return an utterance in lines, wrapped once for what is shown of it."""
        marked = (self.sought, caption.utterance == self._found) if self.sought else None
        who = caption.name if caption.number else ""
        whole = f"{clean(who)}: " if who and first_name(who) in self._alike else ""
        shown = (caption, whole, width, marked)
        known = self._wrapped.get(caption.utterance)
        if known is None or known[0] != shown:
            said = lines.line(whole, self._marked(_worded(caption), caption.utterance))
            rows = call_facts.said_lines(caption.at, who, said, width, self.store.clocks.zone)
            self._wrapped[caption.utterance] = known = (shown, rows)
        return known[1]

    def _marked(self, said: Content, utterance: int) -> Content:
        if self.sought:
            style = "bold reverse" if utterance == self._found else "reverse"
            for at in re.finditer(re.escape(self.sought), said.plain, re.IGNORECASE):
                said = said.stylize(style, at.start(), at.end())
        return said

    # Reading

    def forget(self) -> None:
        """Begin anew, for another call."""
        self._top, self._found, self.sought = None, 0, ""
        self._wrapped.clear()
        self.renew()

    def go(self, move: Move) -> None:
        """Scroll; at the end the newest words are followed again."""
        call, room = self._call(), max(1, self.size.height - 1)
        said = self.store.spoken.of(call.id) if call is not None else ()
        if not said:
            return
        places, _ = self._all(said, self.size.width)
        start, end = self._start(places, room), max(0, len(places) - room)
        page = max(1, room - 1)
        to = {
            "up": start - 1, "down": start + 1, "page_up": start - page,
            "page_down": start + page, "first": 0, "last": end,
        }[move]  # fmt: skip
        self._top = places[max(0, to)] if to < end else None
        self.renew()

    # Looking for words

    def _finds(self) -> list[Caption]:
        """Return the utterances that hold what is looked for, or are of whom."""
        call, sought = self._call(), self.sought.casefold()
        said = self.store.spoken.of(call.id) if call is not None else ()
        return [one for one in said if sought in f"{one.text}\n{one.name}".casefold()]

    def _at(self, found: Sequence[Caption]) -> int:
        """Return which of them is shown, -1 for none."""
        numbers = [one.utterance for one in found]
        return numbers.index(self._found) if self._found in numbers else -1

    def seek(self, sought: str) -> None:
        """Mark what is looked for, and show the newest utterance that holds it."""
        self.sought, self._found = sought, 0
        self.step(-1)

    def step(self, direction: Literal[-1, 1]) -> None:
        """Show the next one that was found, back (-1) or forth (1), and round at the ends."""
        found = self._finds() if self.sought else []
        if found:
            at = self._at(found)
            to = found[-1 if at < 0 and direction < 0 else (at + direction) % len(found)]
            self._found, self._top = to.utterance, (order_of(to), 0)
        self.renew()


class Captions(Vertical):
    """The captions of a call, and a field that looks for words in them.

    Args:
        call: gives the call, None without one.
        key: gives the key of a row of the table as it is written on the screen.
    """

    def __init__(self, call: Callable[[], CallView | None], key: Callable[[str, str], str]) -> None:
        super().__init__(id="captions")
        self.lines = CaptionLines(call, key)
        self.field = Input(
            placeholder=text_of("T_CAPTIONS_FIELD"),
            compact=True,
            max_length=_LONGEST_SOUGHT,
            id="sought",
        )
        self.field.display = False

    def compose(self) -> ComposeResult:
        """Lines, field."""
        yield self.lines
        yield self.field

    def move(self, move: Move) -> None:
        """Scroll; while words are looked for go to others that were found."""
        if self.field.display and move in ("up", "down"):
            self.lines.step(-1 if move == "up" else 1)
        else:
            self.lines.go(move)

    def look_for_words(self) -> None:
        """Ask what to look for."""
        self.field.display = True
        self.field.focus()

    def begin(self) -> None:
        """Begin anew, for another call."""
        self.stop_looking()
        self.lines.forget()

    def stop_looking(self) -> bool:
        """Look for nothing any more; False if nothing was looked for. What is read stays."""
        if not self.field.display:
            return False
        self.field.display, self.field.value = False, ""
        self.lines.sought = ""
        self.lines.renew()
        return True

    def on_input_changed(self, event: Input.Changed) -> None:
        """Mark what is looked for so far."""
        event.stop()
        if self.field.display:
            self.lines.seek(event.value.strip())

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Go to the one before."""
        event.stop()
        self.lines.step(-1)


def _worded(caption: Caption) -> Content:
    """Return what was said; what may still change is softer, and ends in dots."""
    plain = clean(caption.text, MOST_SPOKEN)
    if caption.final:
        return Content(plain)
    stays = clean(caption.text[: max(0, caption.stable)], MOST_SPOKEN)
    if not plain.startswith(stays):
        stays = ""
    return lines.line(stays, (plain[len(stays) :], lines.SOFT), ("…", lines.SOFT))
