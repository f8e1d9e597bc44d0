"""Why something ended or is off: closed lists, and the sentence for each.

`sentences.txt` beside this module holds the words, so that screens, headless commands and
`--json` show one code and one sentence. A peer's words in a field are cleaned and clipped here.
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources
from string import Formatter

from tui_call.foreign_text import cell_width, clean, clip

LINE_CELLS = 76
FIELD_CELLS = 16
_FEWEST_FIELD_CELLS = 8


class EndReason(StrEnum):
    """Why a call ended or never began. The value is the code of its sentence."""

    HUNG_UP = "G_ENDED"
    DECLINED = "R_DECLINED"
    BUSY = "R_BUSY"
    DO_NOT_DISTURB = "R_DND"
    NO_ANSWER = "R_NO_ANSWER"
    CANCELLED = "R_CANCELLED"
    TAKEN = "R_TAKEN"
    REPLACED = "R_REPLACED"
    OFFLINE = "R_OFFLINE"
    SILENT_PEER = "R_UNKNOWN"
    NO_SUCH_PERSON = "R_NO_USER"
    TOO_MANY_CALLS = "R_RATE"
    CROWDED = "R_CROWDED"
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
    NOT_COMPARED = "R_NOT_COMPARED"
    HANDSHAKE_FAILED = "R_HANDSHAKE"
    NO_PATH = "R_NO_PATH"
    CONNECTION_LOST = "G_LOST"
    ENGINE_STOPPED = "G_ENGINE_DIED"


LEAVES_WORD = frozenset({EndReason.OFFLINE, EndReason.NO_ANSWER, EndReason.CROWDED})
"""Ends of which the caller leaves word; whether that is kept is told soon after the end."""


class GateReason(StrEnum):
    """Why something is off. The value is the code of its sentence."""

    # E2EE calls are off for a person; in the order in which reasons are told
    COMPLIANCE = "Y_OWN_COMPLIANCE"
    POLICY = "Y_OWN_POLICY"
    POLICY_UNKNOWN = "Y_POLICY_UNKNOWN"
    SETTING = "Y_OWN_SETTING"
    OLD_DEVICE = "Y_OWN_OLD"
    KEY_LOCKED = "Y_OWN_LOCKED"
    CREDENTIAL_OVER = "Y_OWN_EXPIRED"
    # a call is not E2EE although it could be
    STANDARD_ASKED = "Y_ASKED"
    # the kind of the call rules it out
    E2EE_RECORD = "E_RECORD"
    E2EE_CAPTIONS = "E_CAPTIONS"
    E2EE_TRANSCRIPT = "E_TRANSCRIPT"
    E2EE_TRANSFER = "E_TRANSFER"
    E2EE_CONSULT = "E_CONSULT"
    E2EE_PARK = "E_PARK"
    E2EE_MERGE = "E_MERGE"
    E2EE_ADD = "E_ADD"
    E2EE_HAND_OVER = "E_HANDOVER"
    E2EE_RING_SEVERAL = "E_RINGGROUP"
    LEAVE_POLICY = "E_NOLEAVE"
    LEAVE_SETTING = "E_NOLEAVE_SELF"
    NO_STANDARD_CALLS = "E_NOSTANDARD"
    # the call is not that far, or there is none
    NO_CALL = "N_NOCALL"
    NO_KEYS_YET = "SH_SETUP"
    NOT_CONNECTED = "N_NOTYET"
    # this computer
    NO_AUDIO_LIBRARY = "N_AUDIOLIB"
    NO_MICROPHONE = "N_MIC"
    NO_SPEAKER = "N_SPEAKER"
    NO_KEYRING = "N_KEYRING"
    NARROW_TERMINAL = "N_NARROW"


_SHORT = {
    GateReason.COMPLIANCE: "recorded by rule",
    GateReason.POLICY: "policy",
    GateReason.POLICY_UNKNOWN: "policy not known",
    GateReason.SETTING: "setting",
    GateReason.OLD_DEVICE: "device too old",
    GateReason.KEY_LOCKED: "key locked",
    GateReason.CREDENTIAL_OVER: "device expired",
    GateReason.STANDARD_ASKED: "a standard call",
    GateReason.E2EE_RECORD: "needs a third listener",
    GateReason.E2EE_CAPTIONS: "needs a third listener",
    GateReason.E2EE_TRANSCRIPT: "needs a third listener",
    GateReason.E2EE_TRANSFER: "E2EE keys cannot move",
    GateReason.E2EE_CONSULT: "E2EE keys cannot move",
    GateReason.E2EE_PARK: "E2EE keys cannot move",
    GateReason.E2EE_MERGE: "E2EE is for two",
    GateReason.E2EE_ADD: "E2EE is for two",
    GateReason.E2EE_HAND_OVER: "E2EE keys cannot move",
    GateReason.E2EE_RING_SEVERAL: "E2EE is for two",
    GateReason.LEAVE_POLICY: "policy requires E2EE",
    GateReason.LEAVE_SETTING: "you take only E2EE",
    GateReason.NO_STANDARD_CALLS: "no standard calls here",
    GateReason.NO_CALL: "no call",
    GateReason.NO_KEYS_YET: "no keys yet",
    GateReason.NOT_CONNECTED: "not connected yet",
    GateReason.NO_AUDIO_LIBRARY: "PortAudio is missing",
    GateReason.NO_MICROPHONE: "no microphone",
    GateReason.NO_SPEAKER: "no speaker",
    GateReason.NO_KEYRING: "no keyring",
    GateReason.NARROW_TERMINAL: "needs 80x24",
}


def short_form(reason: GateReason) -> str:
    """Return the few words, at most 24 cells, that stand beside "off" in a list."""
    return _SHORT[reason]


@dataclass(frozen=True, slots=True)
class Sentence:
    """One row of sentences.txt, fields filled in.

    Attributes:
        code: stable name, for example "E_RECORD"; the same on screens and in `--json`.
        label: the short form, or the place or audience where the table has no short form.
        text: at most `LINE_CELLS` cells.
        remedy: "key Action" that helps, or "".
        why: the text of a second sentence, where one says what happened and another the cause.
    """

    code: str
    label: str
    text: str
    remedy: str
    why: str = ""


def sentence(code: str, audience: str = "", **fields: object) -> Sentence:
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
    return Sentence(
        row.code, _fill(row.label, fields), _fill(row.text, fields), _fill(row.remedy, fields)
    )


def codes() -> list[str]:
    """Return every code, in the order of the table."""
    return list(_table())


def _fill(template: str, fields: dict[str, object]) -> str:
    """Fill the names in braces in, each in 16 cells or, in a long sentence, in fewer."""
    parts = _parts(template)
    cleaned = {name: clean(str(fields[name])) for _, name in parts if name in fields}
    line = ""
    for most in range(FIELD_CELLS, _FEWEST_FIELD_CELLS - 1, -1):
        line = "".join(
            literal + (clip(cleaned.get(name, "…"), most) if name else "")
            for literal, name in parts
        )
        if not cleaned:
            break
        if cell_width(line) <= LINE_CELLS:
            break
    return line


@cache
def _parts(template: str) -> tuple[tuple[str, str], ...]:
    """Return literal texts, each with the name in braces behind it, "" for none."""
    return tuple((literal, name or "") for literal, name, _, _ in Formatter().parse(template))


@cache
def _table() -> dict[str, list[Sentence]]:
    table: dict[str, list[Sentence]] = {}
    text = resources.files("tui_call").joinpath("sentences.txt").read_text(encoding="utf-8")
    for line in text.splitlines():
        if line and not line.startswith("#"):
            row = Sentence(*line.split("|"))
            table.setdefault(row.code, []).append(row)
    return table
