"""Verbs of the prompt about keys: the code of the call, somebody's fingerprint, and verdicts."""

from collections.abc import Awaitable, Callable
from typing import Literal

from tui_call.control.actions import AcceptKey, Action, Compare, Form, Verdict
from tui_call.control.selection import person_named
from tui_call.control.views import CallView, PersonView, Snapshot
from tui_call.e2ee.comparing import Halves, first_wrong_group
from tui_call.foreign_text import clean
from tui_call.sentences import sentence, text_of
from tui_call.tui.comparison import (
    compared_words,
    fingerprint_halves,
    halves,
    judged_fingerprint,
    likely_form,
)
from tui_call.tui.store import Clocks

_FORMS: dict[str, Form] = {
    "": "digits", "digits": "digits", "words": "words", "emoji": "emoji",
}  # fmt: skip
"""What may follow "match"."""


class LinearKeys:
    """Takes the verbs; a verdict is about the code, or the key of a person, shown before it.

    Args:
        shown: gives the engine's state.
        say: shows one line.
        act: carries an action out, and tells whether it was.
        clocks: for the age of a comparison.
    """

    def __init__(
        self,
        shown: Callable[[], Snapshot],
        say: Callable[[str], None],
        act: Callable[[Action], Awaitable[bool]],
        clocks: Clocks,
    ) -> None:
        self._shown = shown
        self._say = say
        self._act = act
        self._clocks = clocks
        self._looked_at: PersonView | None = None
        self._code_shown = ""
        self._differ_asked: tuple[str, Compare] | None = None

    async def take(self, verb: str, rest: str) -> bool:
        """Carry out a verb of this module; False if it is none."""
        asked, self._differ_asked = self._differ_asked, None
        differ = rest, Compare("differ", code=self._digits, call=self._call_id)
        match verb:
            case "keys" if rest:
                self._show(rest)
            case "keys":
                self._code()
            case "type":
                self._typed(rest)
            case "differ" if asked != differ:  # or another call is in front by now
                self._differ_asked = differ
                self._say(text_of("T_LINE_DIFFER"))
            case "match" if rest in _FORMS:
                await self._match(_FORMS[rest])
            case "differ" if not rest:
                await self._act(differ[1])
            case "undo" if not rest:
                await self._act(Compare("undo", code=self._digits))
            case "match" | "differ" | "undo" | "accept":
                await self._judge(verb, rest)
            case _:
                return False
        return True

    @property
    def _call(self) -> CallView | None:
        call = self._shown().front
        return call if call is not None and call.phase != "ended" else None

    # The code of the call

    @property
    def _digits(self) -> str:
        call = self._shown().front
        return call.member.code.digits if call is not None and call.member.code is not None else ""

    @property
    def _call_id(self) -> str:
        call = self._shown().front
        return call.id if call is not None else ""

    async def _match(self, form: Form) -> None:
        """Say that the code is the same, if it is the one that was shown here."""
        if self._digits and self._digits != self._code_shown:
            self._say(text_of("T_LINE_LOOK_CODE"))
        else:
            await self._act(Compare("match", form, code=self._code_shown))

    def _code(self) -> None:
        call = self._shown().front
        if call is None or call.member.code is None:
            self._say(text_of("T_LINE_NO_CODE"))
            return
        for form in ("digits", "words", "emoji"):
            own, theirs = _both(halves(call.member.code, form))
            self._code_shown = call.member.code.digits
            self._say(text_of("T_LINE_READ", form=form, own=own, theirs=theirs))
        if compared := compared_words(call.member.person, self._clocks.wall(), self._clocks.zone):
            self._say(compared)

    def _typed(self, typed: str) -> None:
        """Hold what was typed against the code of the call, else against the key shown last."""
        call, person = self._call, self._looked_at
        if call is not None and call.member.code is not None:
            against = halves(call.member.code, likely_form(call.member.code, typed))
            person = call.member.person
        elif person is not None:
            against = self._fingerprint(person)
        else:
            self._say(text_of("T_LINE_NO_CODE"))
            return
        wrong = first_wrong_group(against, typed)
        if wrong is None:
            self._code_shown = self._digits
        code = "G_TYPED_OK" if wrong is None else "G_TYPED_BAD"
        self._say(sentence(code, n=wrong, peer=_name(person)).text)

    # The key of a person

    def _show(self, name: str) -> None:
        person = person_named(self._shown().people, name)
        if person is None:
            self._say(text_of("T_LINE_NOBODY_SO"))
            return
        self._looked_at = person
        if not person.fingerprint:
            self._say(text_of("T_NO_KEY_KNOWN"))
            return
        changed = person.standing == "changed"
        if changed:
            for code in ("SH_CHANGED", "G_KEY_NEWDEV", "G_KEY_ASK"):
                self._say(sentence(code, peer=_name(person)).text)
        own, theirs = _both(self._fingerprint(person))
        row = "new" if changed else "known"
        self._say(text_of("T_LINE_KEY", row, whom=_name(person), own=own, theirs=theirs))
        known = compared_words(person, self._clocks.wall(), self._clocks.zone)
        if known or (person.e2ee and not changed):
            self._say(known or (person.e2ee.text if person.e2ee else ""))

    def _fingerprint(self, person: PersonView) -> Halves:
        digits = judged_fingerprint(person)
        return fingerprint_halves(digits, self._shown().me.account, person.account)

    async def _judge(self, verdict: Verdict | Literal["accept"], name: str) -> None:
        found, seen = person_named(self._shown().people, name), self._looked_at
        if seen is None or found is None or found.account != seen.account:
            self._say(text_of("T_LINE_LOOK_KEY"))
        elif verdict == "accept":
            await self._act(AcceptKey(seen.account, seen.offered_fingerprint))
        else:
            order = Compare(verdict, "in person", seen.account, seen.fingerprint)
            if await self._act(order) and verdict == "match":
                self._say(sentence("G_MATCH", peer=_name(seen)).text)


def _both(parts: Halves) -> tuple[str, str]:
    """Return the own and the other half, their groups separated by commas."""
    own, theirs = (
        ", ".join(parts.groups[at] for at in places) for places in (parts.own, parts.theirs)
    )
    return own, theirs


def _name(person: PersonView) -> str:
    return clean(person.name or person.account)
