"""People: everybody this person can call, and what a call with each would be."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual.content import Content
from textual.timer import Timer
from textual.widget import Widget

from tui_call.control import actions
from tui_call.control.lines import Result
from tui_call.control.views import PersonView, Snapshot
from tui_call.errors import TuiCallError
from tui_call.identifiers import parse_account_id
from tui_call.reasons import EndReason
from tui_call.sentences import sentence, text_of
from tui_call.tui import glyphs, lines, moments
from tui_call.tui.comparison import compared_words, moment_and_age, since_then
from tui_call.tui.keymap import Key, bindings
from tui_call.tui.presence import PRESENCE
from tui_call.tui.screens.call_moves import retrieve, ring
from tui_call.tui.screens.dialogs import Choice, Choose, TypeLine
from tui_call.tui.screens.invite import InviteScreen
from tui_call.tui.screens.keys import KeysScreen
from tui_call.tui.screens.listing import CallsWith, ListingScreen
from tui_call.tui.store import against_inviting, lasting
from tui_call.tui.widgets.painted import TextBlock
from tui_call.tui.widgets.rows import Rows

STANDING = {
    "new": "⛨ new",
    "seen_before": "⛨ not compared",
    "compared": "⛨ compared",
    "changed": "✖ KEY CHANGED",
    "differed": "✖ CODES DIFFER",
}
SYMBOLS = ("⛨", "✖", "○", "…")
SETTLED = 0.3
"""Seconds after which what was typed or shown is asked for."""
_ECHO = "Echo"
_INVITE, _RECORDINGS = "people.invite", "people.recordings"
_FACT_CELLS = 13
_BLOCKING = text_of("T_BLOCK_ABOUT")
_UNBLOCKING = text_of("T_UNBLOCK_ABOUT")


class PeopleScreen(ListingScreen):
    """The list of people; below it, what is known about the chosen one."""

    where = "people"
    name_shown = "People"
    nav = "app.people"
    finds = "name or address"
    BINDINGS: ClassVar = [*bindings("people")]

    def __init__(self) -> None:
        super().__init__()
        self._asked: str | None = None
        self._told: Sequence[str] = ()
        self._settling: Timer | None = None
        self._marked: list[str] = []

    def body(self) -> Iterable[Widget]:
        """Search, list, details of the chosen person."""
        yield self.find
        yield Rows(id="people")
        yield TextBlock(self._details, id="details")

    def counts(self) -> str:
        """Return how many people there are."""
        people = self.store.snapshot.people if self.store.snapshot else ()
        if not people:
            return ""
        online = sum(person.presence != "offline" for person in people)
        noun = "person" if len(people) == 1 else "people"
        more = "+" if self._more else ""
        if self._marked:
            return text_of("T_MARKED", n=len(self._marked))
        return f"{len(people)}{more} {noun}, {online} online"

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer nothing to do with a person while nobody is chosen."""
        if action in ("call", "standard", "mark", "keys", "block", "history"):
            return self.is_mounted and self.chosen is not None
        return super().check_action(action, parameters)

    def label(self, key: Key) -> str:
        """Name what b does with the chosen person, and, of who is marked, the key that rings."""
        if key.id == "people.block" and self.chosen is not None and self.chosen.blocked:
            return "Unblock"
        if key.id == "people.ring" and self._marked:
            return "Ring marked"
        return super().label(key)

    def show(self, snapshot: Snapshot) -> None:
        """List everybody whose name or address holds what is looked for."""
        self.unhinted -= {_INVITE, _RECORDINGS}
        self.unhinted |= {_INVITE} if against_inviting(snapshot) else set()
        self.unhinted |= {_RECORDINGS} if lasting(snapshot.front) else set()
        found = snapshot.people
        if self.find.words:
            found = [person for person in found if self.find.finds(person.name, person.account)]
        header = self._columns("name", "presence", "E2EE with them", "last call").plain
        known = {person.account for person in snapshot.people}
        self._marked = [account for account in self._marked if account in known]
        things = {person.account: person for person in found}
        self.query_one(Rows).fill_with(things, self._cells, self._empty(snapshot), header)
        self._settle()

    # In an organisation with more people than are known here

    @property
    def _more(self) -> bool:
        return self.store.snapshot is not None and self.store.snapshot.service.more_people

    def on_rows_moved(self) -> None:
        """Other rows may be shown."""
        self._settle()

    def on_screen_suspend(self) -> None:
        """No row is shown."""
        self._show_rows(())

    def _settle(self) -> None:
        """Have the service know of what is looked for and shown, once that stays so."""
        if self._more and self._settling is None:
            self._settling = self.set_timer(SETTLED, self._settled)

    def _settled(self) -> None:
        self._settling = None
        if self.find.words != self._asked:
            self._asked = self.find.words
            self._order(actions.FindPeople(self._asked))
        if self.is_current:
            self._show_rows(self.query_one(Rows).seen)

    def _show_rows(self, accounts: Sequence[str]) -> None:
        if self._more and accounts != self._told:
            self._told = accounts
            self._order(actions.ShowPeople(tuple(accounts)))

    def _order(self, action: actions.Action) -> None:
        """Send what needs no answer; where the service is away, the screen says so already."""
        self.store.run_worker(self.store.ask(action), group="people")

    def _empty(self, snapshot: Snapshot) -> list[str]:
        if self.find.words:
            return ["", text_of("T_NOBODY_SO", key=self.key_of("people.back", "esc"))]
        if snapshot.service.problem is not None:
            return ["", snapshot.service.problem.text]
        against = against_inviting(snapshot)
        invite = text_of("T_NOBODY_INVITE", key=self.key_of(_INVITE, "I"))
        return [
            "",
            text_of("T_NOBODY"),
            "",
            against.text if against else invite,
            text_of("T_NOBODY_ADD", key=self.key_of("people.add", "+")),
        ]

    def _columns(self, *cells: "str | Content") -> Content:
        room = self.row_cells
        widths = [22, 18, 22, 0] if room >= 74 else [room // 2, room // 2, 0, 0]
        if room > 80:
            extra = min(20, (room - 76) // 2)
            widths[0] += extra
            widths[2] += extra // 2
        widths[3] = max(0, room - sum(widths))
        return Content().join(
            lines.column(cell, width)
            if isinstance(cell, str)
            else cell.truncate(max(0, width), ellipsis=True, pad=True)
            for cell, width in zip(cells, widths, strict=True)
        )

    def _cells(self, person: PersonView) -> Content:
        words, style = PRESENCE[person.presence]
        if person.blocked:
            words, style = "○ blocked", lines.SOFT
        last = moments.when(person.last_call, self.store.clocks.wall(), self.store.clocks.zone)
        missed = f"{person.missed} missed" if person.missed else last
        name = lines.text(person.name or person.account)
        if person.account in self._marked:
            name = lines.line(("+ ", lines.KEY), name)
        return self._columns(
            name.truncate(20, ellipsis=True) if self.size.width < 100 else name,
            Content.styled(words, style),
            self._encryption(person),
            Content.styled(missed, "bold $warning" if person.missed else ""),
        )

    @property
    def _off(self) -> bool:
        return self.store.snapshot is not None and not self.store.snapshot.encryption.on

    def _call_now(self, person: PersonView) -> str:
        """Return what a call would be."""
        snapshot = self.store.snapshot
        if self._off and snapshot is not None and snapshot.service.bridge:
            return text_of("T_CALL_STANDARD", org=snapshot.me.organisation)
        if self._off:
            return sentence(EndReason.E2EE_OFF, "caller", who="you").text
        return person.e2ee.text if person.e2ee else ""

    def _encryption(self, person: PersonView) -> Content:
        label = person.e2ee.label.replace("E2EE ", "") if person.e2ee else ""
        if self._off and not label.startswith("✖"):
            label = "○ off for you"
        shown = label if label[:1] in SYMBOLS else STANDING[person.standing]
        return lines.text(glyphs.shield(shown, self.store.ascii_only), glyphs.shield_style(shown))

    @property
    def chosen(self) -> PersonView | None:
        """The person under the cursor."""
        row = self.query_one(Rows).chosen
        return row.about if row and isinstance(row.about, PersonView) else None

    def _details(self, width: int) -> list[Content]:
        person, snapshot = self.chosen, self.store.snapshot
        if person is None or snapshot is None:
            return []
        titles = [person.name or person.account, person.account, *[", ".join(person.devices)][:1]]
        facts = [lines.rule(width, *[title for title in titles if title])]
        if len(snapshot.people) == 1 and person.name.startswith(_ECHO):
            facts += _fact(
                "Try it", text_of("T_TRY_ECHO", key=self.key_of("people.call", "enter")), width
            )
        facts += _fact("Call now", self._call_now(person), width)
        facts += _fact("Code", self._standing(person), width)
        facts += _fact("Why", snapshot.encryption.status.text, width)
        if person.missed:
            some = "one" if person.missed == 1 else "some"
            key = self.key_of("app.calls", "2")
            said = text_of("T_MISSED", some, n=person.missed, key=key)
            facts += _fact("Missed", said, width)
        return facts

    def _standing(self, person: PersonView) -> str:
        now, zone = self.store.clocks.wall(), self.store.clocks.zone
        match person.standing:
            case "new":
                return text_of("T_STANDING_NEW")
            case "seen_before":
                return text_of("T_STANDING_SEEN")
            case "compared":
                return compared_words(person, now, zone)
            case "changed":
                return text_of("T_STANDING_CHANGED", key=self.key_of("people.keys", "v"))
            case "differed":
                since = moment_and_age(person.standing_when, now, zone)
                return since_then("T_STANDING_DIFFERED", since)

    # Keys

    def action_call(self) -> None:
        """Call the chosen person."""
        if person := self.chosen:
            self.store.send(actions.Call(person.account))

    def action_standard(self) -> None:
        """Call the chosen person through the bridge, which can hear."""
        if person := self.chosen:
            self.store.send(actions.Call(person.account, standard=True))

    def action_mark(self) -> None:
        """Mark the chosen person, or take the mark away, and go on to the next one."""
        if person := self.chosen:
            self.close_strip()
            if person.account in self._marked:
                self._marked.remove(person.account)
            else:
                self._marked.append(person.account)
            self.repaint()
            self.query_one(Rows).action_down()

    def action_ring(self) -> None:
        """Ring all who are marked, for one standard call."""
        if not self._marked:
            mark, rings = self.key_of("people.mark", "x"), self.key_of("people.ring", "S")
            self.explain(sentence("T_MARK_FIRST", key=mark, ring=rings))
            return
        ring(self.store, self._marked, self._unmark)

    def _unmark(self) -> None:
        self._marked.clear()
        self.repaint()

    def action_recordings(self) -> None:
        """Show what was kept of calls."""
        from tui_call.tui.screens.kept import KeptScreen  # when it is first asked for

        self.store.push_screen(KeptScreen())

    def action_retrieve(self) -> None:
        """Take a call that is parked."""
        retrieve(self.store)

    def back(self) -> bool:
        """Close the reason line, then the search, then take the marks away."""
        if super().back():
            return True
        were_marked = bool(self._marked)
        self._unmark()
        return were_marked

    def action_keys(self) -> None:
        """Show the key of the chosen person."""
        if person := self.chosen:
            self.store.push_screen(KeysScreen(person.account))

    def action_why(self) -> None:
        """Say why E2EE calls are on or off; then who decided."""
        if not self.tell_who_decided() and self.store.snapshot:
            encryption = self.store.snapshot.encryption
            self.explain(encryption.status, encryption.decided_by)

    def action_add(self) -> None:
        """Ask for an address and keep it."""

        def add(address: str | None) -> None:
            if address:
                self.store.send(actions.AddContact(address))

        about = [text_of("T_ADD_ABOUT")]
        self.store.push_screen(
            TypeLine("Add a person", about, placeholder="grace@acme", objection=_objection), add
        )

    def action_invite(self) -> None:
        """Make an invite link and show it, or say who could."""
        against = against_inviting(self.store.snapshot)
        if against is not None:
            self.explain(against)
            return
        self.store.send(actions.CreateInvite(), lambda made: self._show_invite(made))

    def _show_invite(self, made: Result) -> None:
        self.store.push_screen(
            InviteScreen(str(made.get("link", "")), float(made.get("expires", 0)))
        )

    def action_block(self) -> None:
        """Ask, then block or unblock."""
        person = self.chosen
        if person is None:
            return
        on = not person.blocked

        def block(answer: str | None) -> None:
            if answer == "do":
                self.store.send(actions.Block(person.account, on=on))

        verb = "Block" if on else "Unblock"
        about = _BLOCKING if on else _UNBLOCKING
        choices = [Choice("no", "Leave it"), Choice("do", verb)]
        name = lines.text(person.name or person.account).truncate(30, ellipsis=True).plain
        self.store.push_screen(
            Choose(text_of("T_BLOCK_ASK", verb, whom=name), [about], choices), block
        )

    def action_history(self) -> None:
        """Show past calls with the chosen person."""
        if person := self.chosen:
            self.post_message(CallsWith(person.account))

    action_main = action_call


def _objection(address: str) -> str:
    try:
        parse_account_id(address)
    except TuiCallError as error:
        return str(error)
    return ""


def _fact(name: str, said: str, width: int) -> list[Content]:
    wrapped = lines.text(said).wrap(max(20, width - _FACT_CELLS - 1))
    return [
        lines.line((f" {name if at == 0 else '':<{_FACT_CELLS - 1}}", lines.SOFT), part)
        for at, part in enumerate(wrapped)
    ]
