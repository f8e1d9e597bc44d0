"""How `tui-call` ends: whatever happens, a person reads one sentence and a program an exit status.

What nobody foresaw is written into a file, without the words of the error: these may hold names.
"""

import contextlib
import io
import logging
import os
import sys
import threading
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

import click

from tui_call.errors import RefusedInput, TuiCallError
from tui_call.foreign_text import clean
from tui_call.sentences import text_of

FAILED = 1
REFUSED_INPUT = 3
UNFORESEEN = 70
"""EX_SOFTWARE of sysexits.h."""
DEFECTS_FILE = "defects.log"
_MOST_WORDS = 400


def end_with(command: Callable[[], object]) -> int:
    """Run a command; return the exit status after saying in a sentence what was in the way.

    Args:
        command: what click made; it ends by SystemExit, too.
    """
    try:
        status = _status_of(command)
        sys.stdout.flush()
    except RefusedInput as error:
        return _complain(_with_remedies(error), REFUSED_INPUT)
    except TuiCallError as error:
        return _complain(_with_remedies(error), FAILED)
    except OSError as error:
        _drop_output()
        return _complain(text_of("F_OUTPUT", reason=error.strerror or error), FAILED)
    except Exception as error:
        file = _note(error, error.__traceback__)
        where = text_of("F_UNFORESEEN", "where" if file else "nowhere", file=file)
        what = text_of("F_UNFORESEEN", fault=type(error).__name__)
        return _complain(f"{what} {where}", UNFORESEEN)
    return status


def take_over_output() -> None:
    """Let this process print nothing but what it says on purpose, until it ends.

    What libraries, threads and destructors would print otherwise is written down.
    """
    _have_streams()
    logging.getLogger().addHandler(logging.NullHandler())
    if not sys.warnoptions:
        warnings.simplefilter("ignore")
    sys.unraisablehook = lambda found: _note(found.exc_value, found.exc_traceback)
    threading.excepthook = lambda found: _note(found.exc_value, found.exc_traceback)


def _status_of(command: Callable[[], object]) -> int:
    try:
        command()
    except SystemExit as end:
        if isinstance(end.code, str):
            click.echo(end.code, err=True)
        return end.code if isinstance(end.code, int) else bool(end.code)
    return 0


def _with_remedies(error: TuiCallError) -> str:
    from tui_call.control.remedies import with_remedies
    from tui_call.control.verbs import Face

    return with_remedies(error.sentence, Face.COMMAND)


def _complain(words: str, status: int) -> int:
    with contextlib.suppress(OSError):
        click.echo(f"tui-call: {clean(words, _MOST_WORDS)}", err=True)
    return status


def _have_streams() -> None:
    """Have all three streams, as a closed one's number would be the next file's.

    What is written to an output that was closed fails, as it should. What a terminal cannot show
    is replaced, and so is what is read and is no text.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            opened = os.open(os.devnull, os.O_WRONLY if name == "stderr" else os.O_RDONLY)
            if opened != number:
                os.dup2(opened, number)
                os.close(opened)
            mode = "r" if name == "stdin" else "w"
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _drop_output() -> None:
    """Forget what could not be written, which Python would try again at the end."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    os.close(nothing)


def _note(error: BaseException | None, trace: TracebackType | None) -> Path | None:
    """Write down where an error happened; return the file, None where that failed."""
    from tui_call.config.paths import ProfilePaths
    from tui_call.control import platform

    try:
        directory = ProfilePaths().state_directory
        platform.make_private_directory(directory)
        file = directory / DEFECTS_FILE
        with file.open("w", encoding="utf-8") as notes:
            notes.write(f"{type(error).__name__}\n")
            notes.writelines(traceback.format_tb(trace))
    except (OSError, TuiCallError):
        return None
    return file
