"""The code that both people compare, form by form, as the screens show and check it."""

from datetime import tzinfo
from typing import get_args

from tui_call.control.actions import Form
from tui_call.control.views import CodeView, PersonView
from tui_call.e2ee.comparing import Halves
from tui_call.sentences import text_of
from tui_call.tui import moments

FORMS: tuple[Form, ...] = get_args(Form)

_DIGITS_FIRST_HALF = 3
_EMOJI_FIRST_HALF = 4
_FINGERPRINT_GROUP = 5


def halves(code: CodeView, form: Form) -> Halves:
    """Return the groups of one form; "in person" has no code of the call and is read as digits."""
    theirs_first = not code.caller
    match form:
        case "words":
            return Halves(code.words, len(code.words) // 2, theirs_first)
        case "emoji":
            names = tuple(name for _, name in code.emoji)
            return Halves(names, _EMOJI_FIRST_HALF, theirs_first)
        case "digits" | "in person":
            return Halves(tuple(code.digits.split()), _DIGITS_FIRST_HALF, theirs_first)


def likely_form(code: CodeView, typed: str) -> Form:
    """Return the form in which somebody typed: digits, else the one whose names it holds."""
    if any(mark.isdigit() for mark in typed) or not typed.strip():
        return "digits"
    heard = {word.casefold() for word in typed.replace(",", " ").replace("-", " ").split()}

    def known(form: Form) -> int:
        names = " ".join(halves(code, form).groups).casefold().split()
        return len(heard & set(names))

    return "emoji" if known("emoji") > known("words") else "words"


def fingerprint_halves(digits: str, own_account: str, account: str) -> Halves:
    """Return the groups of a fingerprint; the half of the other's account is the other's to show.

    Args:
        digits: 60, with or without spaces; the account that comes first in byte order is first.
        own_account: of the person here.
        account: of the other.
    """
    plain = "".join(digits.split())
    step = _FINGERPRINT_GROUP
    groups = tuple(plain[at : at + step] for at in range(0, len(plain), step))
    return Halves(groups, len(groups) // 2, account.encode() < own_account.encode())


def judged_fingerprint(person: PersonView) -> str:
    """Return the fingerprint that a person is asked about: that of a new key, if one waits."""
    return person.offered_fingerprint if person.standing == "changed" else person.fingerprint


def compared_words(person: PersonView, now: float, zone: tzinfo | None) -> str:
    """Return when, how long ago and how a key was compared, in one line; "" if it was not."""
    if person.standing != "compared":
        return ""
    since = moment_and_age(person.standing_when, now, zone)
    how = f", {person.compared_how}" if person.compared_how else ""
    return since_then("T_COMPARED", since, how=how)


def since_then(code: str, since: str, **fields: object) -> str:
    """Return a sentence with the moment since when it holds, or without one where it is not known.

    Args:
        code: of a sentence that has a row "undated".
        since: what `moment_and_age` returned.
        fields: the other fields.
    """
    return text_of(code, "" if since else "undated", since=since, **fields)


def moment_and_age(at: float, now: float, zone: tzinfo | None) -> str:
    """Return a date and how long ago it is, for example "on 14 Aug, 6 days ago"; "" for 0."""
    if not at:
        return ""
    day, age = moments.day(at, now, zone), moments.age(at, now, zone)
    return text_of("T_SINCE", day=day, age=age)
