"""Why something ended or is off: closed lists, and the sentence for each.

`sentences.txt` beside this module holds the words, so that screens, headless commands and
`--json` show one code and one sentence. A peer's words in a field are cleaned and clipped here.
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources
from string import Formatter

from tui_call.foreign_text import clean

FIELD_CELLS = 16


class EndReason(StrEnum):
    """Why a call ended or never began. The value is the code of its sentence."""

    HUNG_UP = "G_ENDED"
    DECLINED = "R_DECLINED"
    BUSY = "R_BUSY"
    DO_NOT_DISTURB = "R_DND"
    NO_ANSWER = "R_NO_ANSWER"
    CANCELLED = "R_CANCELLED"
    OFFLINE = "R_OFFLINE"
    SILENT_PEER = "R_UNKNOWN"
    NO_SUCH_PERSON = "R_NO_USER"
    TOO_MANY_CALLS = "R_RATE"
    NO_SERVICE = "R_NO_SERVICE"
    OLD_CLIENT = "R_OLD_CLIENT"
    DEVICE_REVOKED = "R_REVOKED"
    E2EE_OFF = "R_NO_STANDARD"
    OWN_REQUIRE = "R_OWN_REQUIRE"
    PEER_REQUIRES = "R_PEER_REQUIRE"
    UNSIGNED_REFUSAL = "R_UNSIGNED"
    KEY_CHANGED = "R_KEY_CHANGED"
    CODES_DIFFERED_BEFORE = "R_CODES_MARK"
    CODES_DIFFER = "SH_DIFFER"
    HANDSHAKE_FAILED = "R_HANDSHAKE"
    NO_PATH = "R_NO_PATH"
    CONNECTION_LOST = "G_LOST"
    ENGINE_STOPPED = "G_ENGINE_DIED"


@dataclass(frozen=True, slots=True)
class Sentence:
    """One row of sentences.txt, fields filled in.

    Attributes:
        code: stable name, for example "E_RECORD"; the same on screens and in `--json`.
        label: the short form, or the place or audience where the table has no short form.
        text: at most 76 cells.
        remedy: "key Action" that helps, or "".
    """

    code: str
    label: str
    text: str
    remedy: str


def sentence(code: str, audience: str = "", **fields: object) -> Sentence:
    """Return the sentence of a code with its fields filled in.

    Args:
        code: a code of sentences.txt, or an `EndReason`.
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
    return Sentence(
        row.code, _fill(row.label, fields), _fill(row.text, fields), _fill(row.remedy, fields)
    )


def codes() -> list[str]:
    """Return every code, in the order of the table."""
    return list(_table())


def _fill(template: str, fields: dict[str, object]) -> str:
    parts: list[str] = []
    for literal, name, _, _ in Formatter().parse(template):
        parts.append(literal)
        if name is not None:
            parts.append(clean(str(fields.get(name, "…")), FIELD_CELLS))
    return "".join(parts)


@cache
def _table() -> dict[str, list[Sentence]]:
    table: dict[str, list[Sentence]] = {}
    text = resources.files("tui_call").joinpath("sentences.txt").read_text(encoding="utf-8")
    for line in text.splitlines():
        if line and not line.startswith("#"):
            row = Sentence(*line.split("|"))
            table.setdefault(row.code, []).append(row)
    return table
