"""Questions that Admin asks: one of some answers, or a line."""

from collections.abc import Callable, Sequence

from tui_call.sentences import text_of
from tui_call.tui.screens.dialogs import Choice, Choose, TypeLine
from tui_call.tui.store import Store

_MOST_DIGITS = 9


def choose(
    store: Store, title: str, choices: Sequence[Choice], then: Callable[[str], None], now: str = ""
) -> None:
    """Ask for one of some answers; nothing happens where it is the one of now."""

    def answered(answer: str | None) -> None:
        if answer is not None and answer != now:
            then(answer)

    store.push_screen(Choose(title, [], choices, now), answered)


def ask_line(
    store: Store,
    title: str,
    about: str,
    then: Callable[[str], None],
    now: str = "",
    *,
    any_answer: bool = False,
    objection: Callable[[str], str] = lambda _: "",
) -> None:
    """Ask for a line of text.

    Args:
        store: the application's state.
        title: what is asked.
        about: code of the sentence above the field.
        then: called with the line.
        now: what stands in the field at first.
        any_answer: no line is an answer too, and so is the one of now.
        objection: says why a line cannot be taken, "" if it can.
    """

    def typed(line: str | None) -> None:
        if line is not None and (any_answer or line not in ("", now)):
            then(line)

    store.push_screen(TypeLine(title, [text_of(about)], now, objection=objection), typed)


def no_number(line: str) -> str:
    """Say that a line is no whole number, "" where it is one."""
    fits = line.isascii() and line.isdigit() and len(line) <= _MOST_DIGITS
    return "" if fits else text_of("T_TERM_NUMBER")
