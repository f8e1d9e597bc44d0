"""The keys panel: the code that both people compare, or a person's fingerprint."""

from collections.abc import Iterable
from typing import ClassVar

from textual.content import Content
from textual.widget import Widget

from tui_call.control.actions import AcceptKey, Compare, Form, Verdict
from tui_call.control.views import CallView, CodeView, PersonView, Snapshot
from tui_call.e2ee.comparing import Halves, first_wrong_group
from tui_call.sentences import sentence, text_of
from tui_call.tui import lines, several
from tui_call.tui.comparison import (
    FORMS,
    compared_words,
    fingerprint_halves,
    halves,
    judged_fingerprint,
)
from tui_call.tui.keymap import bindings
from tui_call.tui.screens.base import BaseScreen
from tui_call.tui.screens.dialogs import TypeLine
from tui_call.tui.talk import LateKeys
from tui_call.tui.widgets import key_facts
from tui_call.tui.widgets.key_facts import Terminal
from tui_call.tui.widgets.painted import TextBlock

LOOK_FIRST = 2.0
_PICTURES_NEED = (80, 24)
_NARROW = sentence("N_NARROW", n=_PICTURES_NEED[0], rows=_PICTURES_NEED[1])
_MATCHED = "G_MATCH"
_MUST_COMPARE = "SH_MUST_COMPARE"
_LOOK = sentence("T_LOOK_FIRST", n=round(LOOK_FIRST))


class KeysScreen(BaseScreen):
    """Shows the code of the call, or without an account's call its fingerprint.

    Args:
        account: whose key is shown, None for the code of the call.
    """

    where = "keys"
    name_shown = "Keys"
    BINDINGS: ClassVar = [*bindings("keys")]

    def __init__(self, account: str | None = None) -> None:
        super().__init__()
        self._account = account
        self._of_call = ""
        self._form: Form = "digits"
        self._differ_asked = False
        self._looked: LateKeys | None = None
        self._looked_at: tuple[str, ...] = ()

    def body(self) -> Iterable[Widget]:
        """The code, or the fingerprint."""
        yield TextBlock(self._panel, id="page")

    def on_mount(self) -> None:
        """Stay with the call that was in front: another one has another code."""
        self._of_call = super().call_id
        super().on_mount()

    @property
    def call(self) -> CallView | None:
        """The call whose code is shown, also when another one has come to the front."""
        return several.found(self.store.snapshot, self._of_call) if self._of_call else super().call

    @property
    def person(self) -> PersonView | None:
        """Whose key it is."""
        snapshot = self.store.snapshot
        if snapshot is None:
            return None
        if self._account is None:
            return self.call.member.person if self.call else None
        return next((p for p in snapshot.people if p.account == self._account), None)

    @property
    def code(self) -> CodeView | None:
        """The code of the call, None while there is nothing to compare."""
        return self.call.member.code if self.call and self._account is None else None

    def show(self, snapshot: Snapshot) -> None:  # noqa: ARG002
        """Name the keys after what they do now; what is new has to be looked at first."""
        if (shown := self._shown) != self._looked_at:
            self._looked_at, self._differ_asked = shown, False
            self._looked = LateKeys(self.store.clocks.monotonic(), LOOK_FIRST)
            self.set_timer(LOOK_FIRST, self._follow)
        self.labels["keys.match"] = "Accept key" if self._changed else "They match"
        sure = text_of("T_DIFFER_END") if self.code else text_of("T_DIFFER_MARK")
        self.labels["keys.differ"] = sure if self._differ_asked else "Differ"

    @property
    def _shown(self) -> tuple[str, ...]:
        """What the person looks at: a verdict is about this, and about nothing that follows it."""
        if self.call is not None and self.code is not None:
            return self.call.id, self.code.digits
        person = self.person
        return (person.fingerprint, person.offered_fingerprint) if person else ()

    @property
    def _changed(self) -> bool:
        return self.code is None and self.person is not None and self.person.standing == "changed"

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Offer only what works: no verdict without a code, no undo when its time is over."""
        phase = self.call.phase if self.call and self.code else ""
        known = self.code is None and self.person is not None and bool(self.person.fingerprint)
        match action:
            case "match":
                return phase == "active" or known
            case "differ":
                return phase not in ("", "ended") or (known and not self._changed)
            case "form":
                return self.code is not None
            case "type":
                return phase not in ("", "ended") or known
            case "undo":
                return self._undo_left > 0
            case _:
                return True

    @property
    def _undo_left(self) -> float:
        return self.person.undo_until - self.store.clocks.wall() if self.person else 0.0

    # Panel

    def _panel(self, width: int) -> list[Content]:
        person = self.person
        if person is None:
            return [Content(""), Content("   " + text_of("T_NO_KEY_OF_CALL"))]
        name = person.name or person.account
        if self.code is None:
            titles = [f"Key of {name}", person.account]
            return [lines.rule(width, *titles), Content(""), *self._fingerprint(person, width)]
        number = FORMS.index(self._form) + 1
        titles = [f"Keys with {name}", f"{self._form}, {number} of {len(FORMS)}"]
        rows = [*self._must(width), *self._compare(person, self.code, width)]
        return [lines.rule(width, *titles), Content(""), *rows]

    def _must(self, width: int) -> list[Content]:
        """Say that the call ends unless it is compared."""
        if self.call is None or self.call.shield.code != _MUST_COMPARE:
            return []
        return [*lines.wrapped(self.call.shield.text, width, "   ", lines.BAD), Content("")]

    def _compare(self, person: PersonView, code: CodeView, width: int) -> list[Content]:
        compare = self.call.member.compare if self.call else None
        matched = compare is not None and compare.code == _MATCHED
        said = compare.text if compare else ""
        if self._form == "in person":
            rows = [lines.line("   ", lines.text(said, lines.GOOD)), Content("")] if matched else []
            return [*rows, *self._fingerprint(person, width)]
        rows = [*lines.wrapped(said or self._ask(person), width, "   "), Content("")]
        form = self._form_shown
        if form != self._form:
            rows = [*lines.wrapped(_NARROW.text, width, "   "), Content("")]
        rows += key_facts.code_lines(person, code, form, self._terminal(width))
        rows.append(lines.line(f"   {text_of('T_BOTH_THE_SAME')}  ", (_ABOUT[form], lines.SOFT)))
        clocks = self.store.clocks
        if compared := compared_words(person, clocks.wall(), clocks.zone):
            rows.append(lines.line("   ", lines.text(compared, lines.GOOD)))
        return [row.truncate(width, ellipsis=True) for row in rows]

    def _ask(self, person: PersonView) -> str:
        audience = "caller" if self.code and self.code.caller else "callee"
        name = person.name or person.account
        return sentence("G_COMPARE_ASK", audience, peer=name).text

    @property
    def _form_shown(self) -> Form:
        """The form on the screen: where there is no room for pictures it is digits."""
        columns, rows = _PICTURES_NEED
        roomy = self.store.size.width >= columns and self.store.size.height >= rows
        return self._form if roomy or self._form != "emoji" else "digits"

    def _terminal(self, width: int) -> Terminal:
        return Terminal(width, self.store.size.height, self.store.ascii_only)

    def _fingerprint(self, person: PersonView, width: int) -> list[Content]:
        return key_facts.fingerprint_lines(
            person, self._own_account, self._terminal(width), self.store.clocks
        )

    @property
    def _own_account(self) -> str:
        return self.store.snapshot.me.account if self.store.snapshot else ""

    # Keys

    def _too_early(self) -> bool:
        now = self.store.clocks.monotonic()
        if self._looked is not None and self._looked.armed(now):
            return False
        self.explain(_LOOK)
        return True

    def action_match(self) -> None:
        """Say that it is the same, or accept the new key."""
        person = self.person
        if person is None or self._too_early():
            return
        self._differ_asked = False
        if self._changed:
            order = AcceptKey(person.account, person.offered_fingerprint)
            self.store.send(order, lambda _: self._done())
        elif self.code is not None:
            self.close_strip()
            self.store.send(self._of_the_call("match", self.code.digits))
        else:
            self.store.send(self._in_person("match", person), lambda _: self._say(_MATCHED))

    def _of_the_call(self, verdict: Verdict, digits: str = "") -> Compare:
        return Compare(verdict, self._form_shown, code=digits, call=self.call_id)

    def _in_person(self, verdict: Verdict, person: PersonView) -> Compare:
        return Compare(verdict, "in person", person.account, person.fingerprint)

    def _done(self) -> None:
        if self.is_on_top:
            self.dismiss()

    def action_differ(self) -> None:
        """Ask once more, then say that the codes differ."""
        person = self.person
        if person is None:
            return
        if not self._differ_asked:
            self._differ_asked = True
            self._say("G_DIFFER_ASK" if self.code else "G_DIFFER_MARK")
            self._follow()
            return
        if self.code is not None:
            self.store.send(self._of_the_call("differ", self.code.digits))
        else:
            self.store.send(self._in_person("differ", person))
        self.dismiss()

    def action_form(self) -> None:
        """Show the next form of the code."""
        self._form = FORMS[(FORMS.index(self._form) + 1) % len(FORMS)]
        self._follow()

    def action_undo(self) -> None:
        """Take a match back."""
        if self.code is not None:
            self.store.send(self._of_the_call("undo"))
        elif self.person is not None:
            self.store.send(self._in_person("undo", self.person))
        self.close_strip()

    @property
    def _by_fingerprint(self) -> bool:
        return self.code is None or self._form == "in person"

    def _halves(self) -> Halves | None:
        """Return what is on the screen now, to hold something against it."""
        person = self.person
        if person is not None and self._by_fingerprint:
            digits = judged_fingerprint(person)
            return fingerprint_halves(digits, self._own_account, person.account)
        return halves(self.code, self._form_shown) if self.code is not None else None

    def action_type(self) -> None:
        """Ask what the other person read or shows, and compare it here."""
        form: Form = "in person" if self._by_fingerprint else self._form_shown
        title = "What the other screen shows" if self._by_fingerprint else "What you heard"
        self.store.push_screen(TypeLine(f"{title} ({form})", [_TYPE[form]]), self._heard)

    def _heard(self, typed: str | None) -> None:
        against = self._halves()
        if not typed or against is None:
            return
        wrong = first_wrong_group(against, typed)
        if wrong is not None:
            self._say("G_TYPED_BAD", n=wrong)
        else:
            self._say("G_TYPED_OK")

    def _say(self, code: str, n: int = 0) -> None:
        person = self.person
        peer = (person.name or person.account) if person else ""
        said = sentence(code, peer=peer, n=n)
        self.explain(said)

    def action_later(self) -> None:
        """Close what is open, then go back without a verdict."""
        self._differ_asked = False
        if not self.close_strip():
            self.dismiss()
        self._follow()


_ABOUT: dict[Form, str] = {
    "digits": text_of("T_FORM_DIGITS"),
    "words": text_of("T_FORM_WORDS"),
    "emoji": text_of("T_FORM_NAMES"),
    "in person": "",
}
_TYPE: dict[Form, str] = {
    "digits": text_of("T_TYPE_DIGITS"),
    "words": text_of("T_TYPE_WORDS"),
    "emoji": text_of("T_TYPE_NAMES"),
    "in person": text_of("T_TYPE_PERSON"),
}
