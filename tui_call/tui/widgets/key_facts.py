"""Lines of the keys panel: codes to read aloud, fingerprints, and how well a key is known."""

from collections.abc import Sequence
from dataclasses import dataclass

from textual.content import Content

from tui_call.control.actions import Form
from tui_call.control.views import CodeView, PersonView
from tui_call.sentences import paragraph_of, sentence, text_of
from tui_call.tui import lines
from tui_call.tui.comparison import (
    fingerprint_halves,
    halves,
    judged_fingerprint,
    moment_and_age,
    since_then,
)
from tui_call.tui.store import Clocks
from tui_call.tui.widgets.qr import qr_lines

READER_COLUMN = 24
_GROUPS_IN_A_ROW = 3
_FINGERPRINT_CELLS = 44
_NAME_CELLS = 12
_PICTURE_CELLS = 12


@dataclass(frozen=True, slots=True)
class Terminal:
    """What the panel may use of the terminal: cells, rows, and whether only ASCII."""

    width: int
    height: int
    ascii_only: bool


def name_of(person: PersonView, most: int = _NAME_CELLS) -> str:
    """Return a person's name in at most so many cells."""
    return lines.text(person.name or person.account).truncate(most, ellipsis=True).plain


def code_lines(person: PersonView, code: CodeView, form: Form, terminal: Terminal) -> list[Content]:
    """Return the two halves of a code, each under the name of who reads it."""
    parts = halves(code, form)
    own, theirs = "you read", f"{name_of(person)} reads"
    rows: list[Content] = []
    readers = ((own, parts.own), (theirs, parts.theirs))
    for reader, places in sorted(readers, key=lambda reader: reader[1].start):
        rows += [*_read_aloud(reader, code, form, places, terminal), Content("")]
    return rows


def _read_aloud(
    reader: str, code: CodeView, form: Form, places: Sequence[int], terminal: Terminal
) -> list[Content]:
    groups = halves(code, form).groups
    label = lines.line("   ", lines.column(reader, READER_COLUMN - 3, lines.SOFT))
    if form != "emoji":
        return [lines.line(label, *((f"{groups[at]}   ", "bold $key") for at in places))]
    names = [lines.centred(groups[at], _PICTURE_CELLS, lines.KEY) for at in places]
    if terminal.ascii_only:
        return [lines.line(label, *names)]
    symbols = [lines.centred(code.emoji[at][0], _PICTURE_CELLS) for at in places]
    return [lines.line(label, *symbols), lines.line(" " * READER_COLUMN, *names)]


def fingerprint_lines(
    person: PersonView, own_account: str, terminal: Terminal, clocks: Clocks
) -> list[Content]:
    """Return a fingerprint as digits and QR code; that of a new key, if one waits."""
    changed = person.standing == "changed"
    digits = judged_fingerprint(person).replace(" ", "")
    if not digits:
        return [
            Content("   " + text_of("T_NO_KEY_KNOWN")),
            Content("   " + text_of("T_KEY_COMES")),
        ]
    about = paragraph_of("T_FINGERPRINT_NEW" if changed else "T_FINGERPRINT", n=len(digits))
    words = [
        *lines.wrapped(about, _FINGERPRINT_CELLS, "   "),
        Content(""),
        *_digit_rows(person, digits, own_account),
        Content(""),
        *standing_lines(person, clocks),
    ]
    return _beside(words, qr_lines(digits) if not terminal.ascii_only else [], terminal)


def _digit_rows(person: PersonView, digits: str, own_account: str) -> list[Content]:
    parts = fingerprint_halves(digits, own_account, person.account)
    firsts = {parts.own.start: "you", parts.theirs.start: name_of(person)}
    return [
        lines.line(
            "   ",
            ("  ".join(parts.groups[at : at + _GROUPS_IN_A_ROW]), "bold $key"),
            (f"   {firsts.get(at, '')}", lines.SOFT),
        )
        for at in range(0, len(parts.groups), _GROUPS_IN_A_ROW)
    ]


def _beside(words: list[Content], picture: list[Content], terminal: Terminal) -> list[Content]:
    """Put the picture at the right of the words, if there is room for it."""
    if not picture or terminal.width < _FINGERPRINT_CELLS + picture[0].cell_length:
        return words
    if len(picture) > terminal.height - 9:
        return words
    tall = max(len(words), len(picture))
    left = [*words, *[Content("")] * (tall - len(words))]
    right = [*picture, *[Content("")] * (tall - len(picture))]
    return [
        lines.line(word.truncate(_FINGERPRINT_CELLS, ellipsis=True, pad=True), part)
        for word, part in zip(left, right, strict=True)
    ]


def standing_lines(person: PersonView, clocks: Clocks) -> list[Content]:
    """Return how well the key is known, since when, and what that may mean."""
    first, *more = _standing(person, clocks)
    style = lines.BAD if person.standing in ("changed", "differed") else ""
    return [
        Content.styled(f"   {first}", style),
        *(row for said in more for row in lines.wrapped(said, _FINGERPRINT_CELLS, "   ")),
    ]


def _standing(person: PersonView, clocks: Clocks) -> list[str]:
    since = moment_and_age(person.standing_when, clocks.wall(), clocks.zone)
    match person.standing:
        case "new":
            return [text_of("T_NOT_COMPARED")]
        case "seen_before":
            return [since_then("T_FIRST_SEEN", since), text_of("T_SEEN_ONLY")]
        case "compared":
            how = [f"({person.compared_how})"] if person.compared_how else []
            return [since_then("T_COMPARED", since, how=""), *how]
        case "changed":
            ask = sentence("G_KEY_ASK", peer=person.name or person.account)
            held = [text_of("T_HELD_BACK", n=person.held_back)]
            return [
                text_of("T_KEY_CHANGED"),
                sentence("G_KEY_NEWDEV").text,
                ask.text,
                *held[: person.held_back > 0],
            ]
        case "differed":
            return [
                since_then("T_CODES_DIFFERED", since),
                paragraph_of("T_DIFFERED_ABOUT"),
            ]
