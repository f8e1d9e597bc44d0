"""How an administrator's command ends: the exit status, and what is said where nothing was done."""

import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import NoReturn, TypeVar

import click

from tui_call.cli.outcome import FAILED, REFUSED_INPUT
from tui_call.cli.session import be_online, run
from tui_call.control.client import CommandRefused, EngineClient
from tui_call.errors import LocalFault, RemoteFault
from tui_call.foreign_text import clean
from tui_call.permissions.terms import InvalidTerms
from tui_call.sentences import Sentence, text_of
from tui_call.signaling.administration_answers import NotDone

NOT_ALLOWED = 4
CHANGED_MEANWHILE = 5
DIFFERENCE = 10
"""Of a what-if that would change something, where it is asked for."""

_STATUS = {
    "input": REFUSED_INPUT,
    "not_allowed": NOT_ALLOWED,
    "stale": CHANGED_MEANWHILE,
    "unavailable": FAILED,
}
MOST_PROBLEMS = 20
MOST_BYTES = 64 * 1_048_576
"""Of a file that is read."""
_ONLINE_WITHIN = 3.0
_MOST_LINE = 400
_T = TypeVar("_T")


class Unexpected(RemoteFault):
    """The service answered something else than it was asked, or forgot a part of a long list."""

    sentence_code = "A_UNEXPECTED"


class RefusedByService(RemoteFault):
    """The service did nothing, and says why.

    Attributes:
        answer: what it said.
    """

    sentence_code = "A_REFUSED"

    def __init__(self, answer: NotDone) -> None:
        first = answer.problems[0] if answer.problems else None
        super().__init__(Sentence(first.code, "", clean(first.text, _MOST_LINE)) if first else "")
        self.answer = answer


class InputRefused(LocalFault):
    """A file, or what was typed, is not what it should be, so that nothing was asked.

    Attributes:
        said: a line a fault.
    """

    sentence_code = "A_INPUT"

    def __init__(self, said: Sequence[str]) -> None:
        super().__init__()
        self.said = said


def usage(code: str, audience: str = "", /, **fields: object) -> click.UsageError:
    """Return what is raised where a command line means nothing, with the sentence of a code."""
    return click.UsageError(text_of(code, audience, **fields))


def input_refused(code: str, audience: str = "", /, **fields: object) -> InputRefused:
    """Return what is raised for one fault of what was given, with the sentence of a code."""
    return InputRefused([text_of(code, audience, **fields)])


def with_service(profile: str, work: Callable[[EngineClient], Awaitable[_T]]) -> _T:
    """Do something with the engine of a profile once it is online; raises as `session.run`."""

    async def online(client: EngineClient) -> _T:
        await be_online(client, _ONLINE_WITHIN)
        return await work(client)

    return run(profile, online)


def end_with_status(work: Callable[[], int]) -> NoReturn:
    """Do the work of a command, and end with its exit status or that of what was in the way."""
    try:
        status = work()
    except InputRefused as fault:
        status = _tell(fault.said, len(fault.said), REFUSED_INPUT)
    except InvalidTerms as fault:
        status = _tell([str(fault)], 1, REFUSED_INPUT)
    except RefusedByService as refused:
        status = tell_refusal(refused.answer)
    except CommandRefused as refused:
        if refused.code != "not_allowed":
            raise
        status = _tell([str(refused)], 1, NOT_ALLOWED)
    sys.exit(status)


def tell_refusal(answer: NotDone, lines: Sequence[int] = ()) -> int:
    """Say why the service did nothing; return the exit status.

    Args:
        answer: of the service.
        lines: where in a file each operation stands; empty where they are of none.
    """
    said = [
        placed(lines[problem.operation], problem.text)
        if 0 <= problem.operation < len(lines)
        else problem.text
        for problem in answer.problems
    ]
    return _tell(said, max(answer.all_problems, len(said)), _STATUS[answer.why])


def text_of_file(file: Path) -> str:
    """Return the text of a file, with or without a byte order mark.

    Raises:
        InputRefused: it cannot be read, is too large, or no UTF-8.
    """
    try:
        with file.open("rb") as opened:
            content = opened.read(MOST_BYTES + 1)
    except OSError as error:
        raise input_refused("A_FILE", "open", file=file, reason=error.strerror) from error
    if len(content) > MOST_BYTES:
        raise input_refused("A_FILE", "large", file=file, n=MOST_BYTES)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InputRefused([placed(line, text_of("A_FILE", "encoding"))]) from error


def placed(line: int, fault: str) -> str:
    """Return a fault with the line of the file where it is."""
    return f"line {line}: {fault}"


def _tell(said: Sequence[str], number: int, status: int) -> int:
    shown = said[:MOST_PROBLEMS]
    for text in shown:
        click.echo(f"tui-call: {clean(text, _MOST_LINE)}", err=True)
    if number > len(shown):
        click.echo(text_of("A_MORE_FAULTS", n=number - len(shown)), err=True)
    return status
