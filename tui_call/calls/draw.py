"""Writes docs/call-states.md from the tables of `states.py` and what stands above several calls.

`python -m tui_call.calls.draw [--check] [FILE]`. With `--check` nothing is written, and the exit
code is 1 when the file is not what would be written.
"""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from tui_call.calls import forked_call, rivals, states
from tui_call.calls.forked_call import TELLING
from tui_call.calls.states import (
    CALLEE_STATES,
    CALLER_STATES,
    DEADLINES,
    FAREWELLS,
    MEANINGS,
    TRANSITIONS,
    State,
    Trigger,
)
from tui_call.pages import place_of, write_or_check
from tui_call.reasons import EndReason
from tui_call.sentences import sentence

FILE = Path("docs/call-states.md")

_HEADER = """\
# The states of a call

<!-- Made by "python -m tui_call.calls.draw" from tui_call/calls; not to be edited. -->

"""
_STATES = """
## States and deadlines

"Told the other device" is what this side sends when it ends the call in that state.

| state | side | what it means | at most | then, for the person here | told the other device |
|---|---|---|---|---|---|
"""
_REASONS = """
## What the person reads when a deadline passes

Nothing at `WAIT_OFFER`: who does not prove to be calling is not shown as a caller.

| state | reason | sentence |
|---|---|---|
"""
_LEGS = """
## A call to several devices

"""
_ENDS = """
### The end of a call to several devices

Where no leg was answered, the call ends as the one of its legs whose end comes first here.

| reason | sentence |
|---|---|
"""
_RIVALS = """
## Two calls at once

"""


def draw() -> str:
    """Return the page: theory, diagram and tables of one call, then of legs and of two calls."""
    return "".join(
        (
            _HEADER,
            _theory(states.__doc__, but_last=1),
            "\n```mermaid\nstateDiagram-v2\n",
            *(f"    {line}\n" for line in _diagram()),
            "```\n",
            _STATES,
            *(_row(*cells) for cells in map(_state_cells, State)),
            _REASONS,
            *(_row(*_reason_cells(state)) for state in DEADLINES if state is not State.WAIT_OFFER),
            _LEGS,
            _theory(forked_call.__doc__),
            _ENDS,
            *(_row(reason.name, _words(reason)) for reason in TELLING),
            _RIVALS,
            _theory(rivals.__doc__),
        )
    )


def main(arguments: Sequence[str]) -> int:
    """Write the page, or compare it; return the exit code."""
    page = {place_of(arguments, FILE): draw()}
    return write_or_check(page, arguments, "tui_call.calls.draw")


def _theory(docstring: str | None, *, but_last: int = 0) -> str:
    """Return the theory of operation in a docstring, but not its last paragraphs."""
    _, _, theory = (docstring or "").partition("===\n")
    paragraphs = theory.strip().split("\n\n")
    paragraphs = paragraphs[: len(paragraphs) - but_last]
    return "\n\n".join(paragraphs) + "\n"


def _diagram() -> Iterator[str]:
    """Yield the lines of a Mermaid state diagram; ends are drawn once a side, not once a state."""
    yield f"[*] --> {_name(CALLER_STATES[0])}: calls, M1 sent"
    yield f"[*] --> {_name(CALLEE_STATES[0])}: M1 arrived, M2 sent"
    for side, inside in (("Caller", CALLER_STATES), ("Callee", CALLEE_STATES)):
        yield f"state {side} {{"
        yield from (f"    {_name(state)}" for state in inside)
        yield from (f"    {line}" for line in _ways(inside, within=inside))
        yield "}"
    yield from _ways(CALLER_STATES + CALLEE_STATES, within=(State.CONNECTING,))
    yield from _ways((State.CONNECTING, State.SECURE), within=tuple(State))
    yield from (f"{side} --> {_name(State.ENDED)}: {Trigger.ENDS}" for side in ("Caller", "Callee"))
    yield f"{_name(State.ENDED)} --> [*]"


def _ways(begin: Sequence[State], within: Sequence[State]) -> Iterator[str]:
    for state in begin:
        for trigger, target in TRANSITIONS[state].items():
            if target in within:
                yield f"{_name(state)} --> {_name(target)}: {trigger}"


def _state_cells(state: State) -> tuple[str, ...]:
    sides = {**dict.fromkeys(CALLER_STATES, "caller"), **dict.fromkeys(CALLEE_STATES, "callee")}
    limit = DEADLINES.get(state)
    seconds = f"{limit.seconds:g} s" if limit else "-"
    farewell = FAREWELLS[state].value if state in FAREWELLS else "-"
    reason = limit.reason.name if limit else "-"
    return f"`{_name(state)}`", sides.get(state, "both"), MEANINGS[state], seconds, reason, farewell


def _reason_cells(state: State) -> tuple[str, ...]:
    reason = DEADLINES[state].reason
    return f"`{_name(state)}`", reason.name, _words(reason)


def _words(reason: EndReason) -> str:
    ringing = round(DEADLINES[State.RINGING].seconds)
    return sentence(reason, peer="Ada", who="Ada", addr="ada@home", n=ringing).text


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |\n"


def _name(state: State) -> str:
    return state.name


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
