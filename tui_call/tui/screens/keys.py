"""The keys panel: the code that both people compare, or a person's fingerprint."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual.content import Content
from textual.widget import Widget

from tui_call import reasons
from tui_call.control.messages import (
    AcceptKey,
    CallView,
    CodeView,
    Compare,
    PersonView,
    SentenceView,
    Snapshot,
)
from tui_call.tui import lines, moments
from tui_call.tui.comparison import FORMS, Form, first_wrong_group, halves
from tui_call.tui.keymap import bindings
from tui_call.tui.screens.base import Room
from tui_call.tui.screens.dialogs import TypeLine
from tui_call.tui.talk import LateKeys
from tui_call.tui.widgets.painted import Block
from tui_call.tui.widgets.qr import qr_lines

LOOK_FIRST = 2.0
_PICTURES_NEED = (80, 24)
_READ_COLUMN = 24
_GROUPS_IN_A_ROW = 4
_DIGITS_IN_A_GROUP = 5
_MATCHED = "G_MATCH"
_LOOK = SentenceView("", "", "Compare the codes first: this key works after two seconds.")


class Keys(Room):
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
        self._form: Form = "digits"
        self._differ_asked = False
        self._looked: LateKeys | None = None

    def body(self) -> Iterable[Widget]:
        """The code, or the fingerprint."""
        yield Block(self._panel, id="page")

    def on_mount(self) -> None:
        """Wait with the verdict until there was time to look."""
        super().on_mount()
        self._looked = LateKeys(self.store.clocks.monotonic(), LOOK_FIRST)
        self.set_timer(LOOK_FIRST, self._follow)

    @property
    def person(self) -> PersonView | None:
        """Whose key it is."""
        snapshot = self.store.snapshot
        if snapshot is None:
            return None
        if self._account is None:
            return snapshot.call.peer if snapshot.call else None
        return next((p for p in snapshot.people if p.account == self._account), None)

    @property
    def code(self) -> CodeView | None:
        """The code of the call, None while there is nothing to compare."""
        return self.call.code if self.call and self._account is None else None

    def show(self, snapshot: Snapshot) -> None:  # noqa: ARG002
        """Name the keys after what they do now."""
        self.labels["keys.match"] = "They match" if self.code else "Accept key"
        self.labels["keys.differ"] = "They differ: end it" if self._differ_asked else "Differ"

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Offer only what works: no verdict without a code, no undo when its time is over."""
        lasting = self.call is not None and self.call.phase != "ended"
        match action:
            case "match":
                return (self.code is not None and lasting) or self._must_accept
            case "differ":
                return self.code is not None and lasting
            case "form":
                return self.code is not None
            case "type":
                return self.code is not None and lasting and self._form != "in person"
            case "undo":
                return self.call is not None and self._undo_left(self.call) > 0
            case _:
                return True

    @property
    def _must_accept(self) -> bool:
        return self.person is not None and self.person.standing in ("changed", "differed")

    def _undo_left(self, call: CallView) -> float:
        return call.undo_until - self.store.clocks.wall() if self._account is None else 0.0

    # Panel

    def _panel(self, width: int) -> list[Content]:
        person = self.person
        if person is None:
            return [Content(""), Content("   There is no key to show: the call is over.")]
        name = person.name or person.account
        if self.code is None:
            titles = [f"Key of {name}", person.account]
            return [lines.rule(width, *titles), Content(""), *self._fingerprint(person, width)]
        number = FORMS.index(self._form) + 1
        titles = [f"Keys with {name}", f"{self._form}, {number} of {len(FORMS)}"]
        return [lines.rule(width, *titles), Content(""), *self._compare(person, self.code, width)]

    def _compare(self, person: PersonView, code: CodeView, width: int) -> list[Content]:
        compare = self.call.compare if self.call else None
        said = compare.text if compare else ""
        if self._form == "in person":
            matched = compare is not None and compare.code == _MATCHED
            rows = [lines.line("   ", lines.text(said, lines.GOOD)), Content("")] if matched else []
            return [*rows, *self._fingerprint(person, width)]
        rows = [*lines.wrapped(said or self._ask(person), width, "   "), Content("")]
        form: Form = self._form
        if form == "emoji" and not self._room_for_pictures():
            rows = [*lines.wrapped(reasons.sentence("N_NARROW").text, width, "   "), Content("")]
            form = "digits"
        parts = halves(code, form)
        own = "you read"
        other = lines.text(person.name or person.account).truncate(12, ellipsis=True).plain
        readers = [own, f"{other} reads"] if code.caller else [f"{other} reads", own]
        at = 0
        for reader, end in zip(readers, (parts.first, len(parts.groups)), strict=True):
            rows += self._read_aloud(reader, code, form, range(at, end))
            rows.append(Content(""))
            at = end
        rows += [
            lines.line(("   Both screens must show the same.  ", ""), (_ABOUT[form], lines.SOFT)),
        ]
        return [row.truncate(width, ellipsis=True) for row in rows]

    def _ask(self, person: PersonView) -> str:
        audience = "caller" if self.code and self.code.caller else "callee"
        name = person.name or person.account
        return reasons.sentence("G_COMPARE_ASK", audience, peer=name).text

    def _room_for_pictures(self) -> bool:
        columns, rows = _PICTURES_NEED
        return self.app.size.width >= columns and self.app.size.height >= rows

    def _read_aloud(
        self, reader: str, code: CodeView, form: Form, places: Sequence[int]
    ) -> list[Content]:
        groups = halves(code, form).groups
        label = lines.line("   ", lines.column(reader, _READ_COLUMN - 3, lines.SOFT))
        if form != "emoji":
            return [lines.line(label, *((f"{groups[at]}   ", "bold $key") for at in places))]
        names = [lines.centred(groups[at], 12, lines.KEY) for at in places]
        if self.store.ascii_only:
            return [lines.line(label, *names)]
        symbols = [lines.centred(code.emoji[at][0], 12) for at in places]
        blank = " " * _READ_COLUMN
        return [lines.line(label, *symbols), lines.line(blank, *names)]

    def _fingerprint(self, person: PersonView, width: int) -> list[Content]:
        digits = person.fingerprint.replace(" ", "")
        if not digits:
            return [
                Content("   No key of this person is known yet."),
                Content("   It comes with the first call; compare the code then."),
            ]
        step = _DIGITS_IN_A_GROUP
        groups = [digits[at : at + step] for at in range(0, len(digits), step)]
        words = [
            Content("   The same 60 digits stand on both"),
            Content("   screens when nobody is between you:"),
            Content(""),
        ]
        for at in range(0, len(groups), _GROUPS_IN_A_ROW):
            row = "  ".join(groups[at : at + _GROUPS_IN_A_ROW])
            words.append(lines.line("   ", (row, "bold $key")))
        words += [Content(""), *self._standing(person)]
        picture = qr_lines(digits) if not self.store.ascii_only else []
        if not picture or width < 44 + picture[0].cell_length:
            return words
        if len(picture) > self.app.size.height - 9:
            return words
        blank = Content("")
        tall = max(len(words), len(picture))
        words += [blank] * (tall - len(words))
        picture += [blank] * (tall - len(picture))
        return [
            lines.line(left.truncate(44, ellipsis=True, pad=True), right)
            for left, right in zip(words, picture, strict=True)
        ]

    def _standing(self, person: PersonView) -> list[Content]:
        clock = self.store.clocks
        on = moments.day(person.standing_when, clock.wall(), clock.zone)
        since = f" on {on}" if person.standing_when else ""
        match person.standing:
            case "new":
                said = ["Not compared yet."]
            case "seen_before":
                said = [f"First seen{since}, not compared."]
            case "compared":
                said = [f"Compared{since}.", person.compared_how and f"({person.compared_how})"]
            case "changed":
                said = [
                    f"THE KEY CHANGED{since}.",
                    "Often a new computer or a new set-up.",
                    "It can also be an attack.",
                    "Ask them by another way, then accept",
                    "the new key or leave it.",
                ]
            case "differed":
                said = [
                    f"THE CODES DIFFERED{since}.",
                    "Somebody may have been between you.",
                    "Compare these digits side by side.",
                    "Only if they are equal, accept the key.",
                ]
        style = lines.BAD if person.standing in ("changed", "differed") else ""
        first, *more = (row for row in said if row)
        return [Content.styled(f"   {first}", style), *(Content(f"   {row}") for row in more)]

    # Keys

    def _too_early(self) -> bool:
        now = self.store.clocks.monotonic()
        if self._looked is not None and self._looked.armed(now):
            return False
        self.explain(_LOOK)
        return True

    def action_match(self) -> None:
        """Say that the codes are the same, or accept the new key."""
        if self._too_early():
            return
        if self.code is not None:
            self._differ_asked = False
            self.close_strip()
            self.store.send(Compare("match", self._form))
        elif self.person is not None:
            self.store.send(AcceptKey(self.person.account), lambda _: self._done())

    def _done(self) -> None:
        self.dismiss()

    def action_differ(self) -> None:
        """Ask once more, then say that the codes differ."""
        if self._differ_asked:
            self.store.send(Compare("differ", self._form))
            self.dismiss()
            return
        self._differ_asked = True
        self._say("G_DIFFER_ASK")
        self._follow()

    def action_form(self) -> None:
        """Show the next form of the code."""
        self._form = FORMS[(FORMS.index(self._form) + 1) % len(FORMS)]
        self._follow()

    def action_undo(self) -> None:
        """Take a match back."""
        self.store.send(Compare("undo", self._form))

    def action_type(self) -> None:
        """Ask what the other person read, and compare it here."""
        form: Form = self._form
        about = ["Type what the other person read to you; spaces do not matter."]
        self.app.push_screen(TypeLine(f"What you heard ({form})", about), self._heard)

    def _heard(self, typed: str | None) -> None:
        if not typed or self.code is None:
            return
        wrong = first_wrong_group(self.code, self._form, typed)
        if wrong is None:
            self._say("G_TYPED_OK")
        else:
            self._say("G_TYPED_BAD", n=wrong)

    def _say(self, code: str, n: int = 0) -> None:
        person = self.person
        peer = (person.name or person.account) if person else ""
        said = reasons.sentence(code, peer=peer, n=n)
        self.explain(SentenceView(said.code, said.label, said.text, said.remedy))

    def action_later(self) -> None:
        """Close what is open, then go back without a verdict."""
        self._differ_asked = False
        if not self.close_strip():
            self.dismiss()
        self._follow()


_ABOUT = {
    "digits": "One of the forms is enough.",
    "words": "Six words, easy to say.",
    "emoji": "Say the names.",
    "in person": "",
}
