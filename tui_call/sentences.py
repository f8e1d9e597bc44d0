"""Every sentence that a person reads, by its code: who reads, fills in and clips the table.

`sentences.txt` beside this module holds the words, so that screens, headless commands and
`--json` show one code and one sentence. A peer's words in a field are cleaned and clipped here.
"""

from dataclasses import dataclass
from functools import cache
from importlib import resources
from string import Formatter

from tui_call.foreign_text import cell_width, clean, clip

LINE_CELLS = 76
FIELD_CELLS = 16
_FEWEST_FIELD_CELLS = 8
_WHOLE = "whole"
_MOST = 300
_COMMAND = "tui-call"


@dataclass(frozen=True, slots=True)
class Remedy:
    """What helps, for whoever shows it to find the key or the verb that does it there.

    Attributes:
        action: id of a row of the screens' keymap ("talk.end"), or a command ("tui-call doctor").
        label: what it does here, in a word or two; "" for a command.
    """

    action: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Sentence:
    """One row of sentences.txt, fields filled in.

    Attributes:
        code: stable name, for example "E_RECORD"; the same on screens and in `--json`.
        label: the short form, or the place or audience where the table has no short form.
        text: at most `LINE_CELLS` cells.
        remedies: what helps.
        why: the text of a second sentence, where one says what happened and another the cause.
    """

    code: str
    label: str
    text: str
    remedies: tuple[Remedy, ...] = ()
    why: str = ""

    @property
    def whole(self) -> str:
        """What happened and why, as one line."""
        return f"{self.text} {self.why}" if self.why else self.text


def sentence(code: str, audience: str = "", /, **fields: object) -> Sentence:
    """Return the sentence of a code with its fields filled in.

    Args:
        code: a code of sentences.txt, an `EndReason` or a `GateReason`.
        audience: which row, where a code has one a side: "own", "other side sees", "caller",
            "callee"; the first row without it.
        fields: what stands for the names in braces; a field that is not given becomes "…".

    Raises:
        KeyError: no such code or audience.
    """
    rows = _table()[str(code)]
    row = next((row for row in rows if audience in ("", row.label)), None)
    if row is None:
        raise KeyError(f"{code} has no sentence for {audience!r}")
    return Sentence(row.code, _fill(row.label, fields), _fill(row.text, fields), row.remedies)


def text_of(code: str, audience: str = "", /, **fields: object) -> str:
    """Return the text of a sentence alone; the arguments are those of `sentence`."""
    return sentence(code, audience, **fields).text


def paragraph_of(code: str, /, **fields: object) -> str:
    """Return the rows of a code behind each other, for what is too long for one."""
    return " ".join(_fill(row.text, fields) for row in _table()[code])


def codes() -> list[str]:
    """Return every code, in the order of the table."""
    return list(_table())


def _fill(template: str, fields: dict[str, object]) -> str:
    """Fill the names in braces in, each in 16 cells or, in a long sentence, in fewer."""
    parts = _parts(template)
    cleaned = {
        name: clean(str(fields[name] if name in fields else instead_of(name, template)), _MOST)
        for _, name, _ in parts
        if name
    }
    line = ""
    for most in range(FIELD_CELLS, _FEWEST_FIELD_CELLS - 1, -1):
        line = "".join(
            literal + (clip(cleaned[name], cells or most) if name else "")
            for literal, name, cells in parts
        )
        if cell_width(line) <= LINE_CELLS or not cleaned:
            break
    return line


def instead_of(name: str, template: str) -> str:  # noqa: ARG001 - tests look at it
    """Return what stands for a field that the code forgot, where a fault would say even less."""
    return "…"


@cache
def _parts(template: str) -> tuple[tuple[str, str, int], ...]:
    """Return literal texts, each with the name in braces behind it, "" for none, and its cells."""
    return tuple(
        (literal, name or "", _MOST if form == _WHOLE else 0)
        for literal, name, form, _ in Formatter().parse(template)
    )


@cache
def _table() -> dict[str, list[Sentence]]:
    table: dict[str, list[Sentence]] = {}
    text = resources.files("tui_call").joinpath("sentences.txt").read_text(encoding="utf-8")
    for line in text.splitlines():
        if line and not line.startswith("#"):
            code, label, words, remedies = line.split("|")
            row = Sentence(code, label, words, _remedies(remedies))
            table.setdefault(code, []).append(row)
    return table


def _remedies(written: str) -> tuple[Remedy, ...]:
    """Read the last column: remedies with two spaces between them."""
    return tuple(
        Remedy(one) if one.split(" ")[0] == _COMMAND else Remedy(*one.split(" ", 1))
        for one in written.split("  ")
        if one
    )
