"""Writes docs/standard-call-states.md from the tables of `stages.py` and the theory of `state.py`.

`python -m tui_call.standard_calls.draw [--check] [FILE]`. With `--check` nothing is written, and
the exit code is 1 when the file is not what would be written.
"""

import sys
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from tui_call.pages import place_of, write_or_check
from tui_call.standard_calls import state
from tui_call.standard_calls.stages import (
    CALL_MEANINGS,
    CALL_WAYS,
    KEEPING_MEANINGS,
    KEEPING_WAYS,
    MEMBER_MEANINGS,
    MEMBER_WAYS,
    CallStage,
    KeepingStage,
    MemberStage,
    StageMeaning,
)

FILE = Path("docs/standard-call-states.md")

_HEADER = """\
# The stages of a standard call

<!-- Made by "python -m tui_call.standard_calls.draw" from its tables; not to be edited. -->

"""
_CALL = """
## The call

Every stage ends with `OVER` when nobody is left who waits for anybody.

"""
_MEMBER = """
## A member

"""
_KEEPING = """
## A recording or transcript

"""
_COLUMNS = """
| stage | what it means | at most |
|---|---|---|
"""

Stages = TypeVar("Stages", bound=StrEnum)


def draw() -> str:
    """Return the page: theory, then diagrams and tables."""
    _, _, theory = (state.__doc__ or "").partition("===\n")
    come = (MemberStage.RINGING, MemberStage.EXPECTED, MemberStage.JOINING)
    return "".join(
        (
            _HEADER,
            theory.strip() + "\n",
            _CALL,
            _diagram((CallStage.ON,), CALL_WAYS),
            _table(CALL_MEANINGS),
            _MEMBER,
            _diagram(come, MEMBER_WAYS),
            _table(MEMBER_MEANINGS),
            _KEEPING,
            _diagram((KeepingStage.OPENING,), KEEPING_WAYS),
            _table(KEEPING_MEANINGS),
        )
    )


def main(arguments: Sequence[str]) -> int:
    """Write the page, or compare it; return the exit code."""
    page = {place_of(arguments, FILE): draw()}
    return write_or_check(page, arguments, "tui_call.standard_calls.draw")


def _diagram(begins: Sequence[Stages], ways: Mapping[Stages, Mapping[Stages, str]]) -> str:
    """Return a Mermaid state diagram."""
    lines = [f"    [*] --> {stage.name}\n" for stage in begins]
    for stage, targets in ways.items():
        lines += (f"    {stage.name} --> {to.name}: {words}\n" for to, words in targets.items())
    return "".join(("```mermaid\nstateDiagram-v2\n", *lines, "```\n"))


def _table(meanings: Mapping[Stages, StageMeaning]) -> str:
    rows = (
        f"| `{stage.name}` | {meaning.words} | {_limit(meaning.seconds)} |\n"
        for stage, meaning in meanings.items()
    )
    return _COLUMNS + "".join(rows)


def _limit(seconds: float | None) -> str:
    return "-" if seconds is None else f"{seconds:g} s"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
