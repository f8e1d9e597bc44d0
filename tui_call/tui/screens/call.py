"""The call: who, how well, what may be done in it and what not, and what happened."""

from collections.abc import Iterable
from typing import ClassVar

from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widget import Widget

from tui_call.config.key_bindings import Key
from tui_call.control.actions import (
    DismissCall,
    Hold,
    LeaveE2EE,
    Mute,
    ShowCaptions,
    UseCapability,
)
from tui_call.control.lines import Result
from tui_call.control.views import CallView, Snapshot
from tui_call.reasons import EndReason
from tui_call.sentences import text_of
from tui_call.tui import lines
from tui_call.tui.keymap import bindings
from tui_call.tui.screens import call_moves, keeping
from tui_call.tui.screens.base import BaseScreen
from tui_call.tui.screens.devices import DevicesScreen
from tui_call.tui.screens.kept import KeptScreen
from tui_call.tui.screens.keys import KeysScreen
from tui_call.tui.screens.listing import GoTo
from tui_call.tui.screens.roster import RosterScreen
from tui_call.tui.screens.why import WhyScreen
from tui_call.tui.widgets import call_facts, call_lines
from tui_call.tui.widgets.beside import Beside, Shown
from tui_call.tui.widgets.call_lines import capability_row
from tui_call.tui.widgets.captions import Captions, Move
from tui_call.tui.widgets.chips import Chips, key_of, off_line, off_paragraph
from tui_call.tui.widgets.note_field import NoteField
from tui_call.tui.widgets.painted import TextBlock
from tui_call.tui.widgets.rows import Rows
from tui_call.tui.widgets.stage import CardStage

_ROOMY_HEIGHT = 20


class CallScreen(BaseScreen):
    """The call on this engine, from the first key agreement until it is dismissed."""

    where = "call"
    name_shown = "Call"
    shows_end = True
    hint_order: ClassVar = ("talk", "call")
    AUTO_FOCUS = ""
    BINDINGS: ClassVar = [*bindings("call", "captions")]

    def __init__(self) -> None:
        super().__init__()
        self._shown_id = ""
        self._explained = ""
        self._stage = CardStage(lambda: self.key_of("call.roster", "u"))
        self._captions = Captions(lambda: self._active, self.key_of)
        self._figures = TextBlock(self._figure_lines, id="figures")
        self._beside = Beside(lambda: self.call)
        self._table = Rows(id="table")
        self._note = NoteField(lambda: self.call_id)

    def body(self) -> Iterable[Widget]:
        """Sentence, stage, what works and what not; events, figures and notes beside or below."""
        yield TextBlock(self._sentence, id="sentence")
        yield TextBlock(self._sentence_rule, id="sentence-rule")
        with Horizontal(id="middle"):
            with Vertical(id="stands"):
                yield self._stage
                yield TextBlock(self._moving, id="moving")
                yield TextBlock(self._kept, id="kept")
                yield TextBlock(self._problem, id="problem")
                yield self._captions
                yield self._figures
                yield TextBlock(self._waiting, id="waiting")
                yield Chips(lambda: self._active, self.key_of)
                yield TextBlock(self._off_lines, id="off")
                yield TextBlock(self._table_title, id="table-title")
                yield self._table
            with Vertical(id="side"):
                yield self._beside
                yield self._note

    def on_mount(self) -> None:
        """Follow levels and figures too."""
        super().on_mount()
        self._note.display = False
        self.watch(self.store, "meters", self._measured, init=False)
        self.watch(self.store, "statistics", self._counted, init=False)
        self.watch(self.store, "captioned", self._captioned, init=False)

    def _measured(self) -> None:
        if self.is_current:
            self._stage.hear(self.store.meters)

    def _counted(self) -> None:
        if self.is_current:
            self._figures.renew()
            self._beside.renew()

    def _captioned(self) -> None:
        if self.is_current:
            self._captions.lines.renew()

    def show(self, snapshot: Snapshot) -> None:
        """List what works and what does not."""
        call, active = snapshot.front, self._active
        if call is not None and call.id != self._shown_id:
            self._show_another(call.id)
        self._let_go_of_the_note(over=call is not None and call.phase == "ended")
        self._show_captions(active)
        views = active.capabilities if active is not None else ()
        self._table.fill(
            [
                capability_row(
                    view,
                    active,
                    self.key_of,
                    self.store.clocks.zone,
                    reads=self.store.reads_captions == active.id,
                )
                for view in views
                if active is not None
            ]
        )
        if not views and self.has_class("-list"):
            self._close_table()
        self.set_class(not views, "-none")
        self.unhinted = {key_of(view) for view in (call.capabilities if call else ())}
        if self._stage.is_small:
            self.unhinted -= {key_of(view) for view in views if view.on}
        self.labels["call.hold"] = "Resume" if call and call.on_hold else "Hold"
        before = call is not None and call.phase in ("setup", "ringing", "connecting")
        self.labels["talk.end"] = "Cancel" if before else "End"
        if call is not None and call.consulting:
            self.labels["talk.end"] = "Back"
        standard = call is not None and call.kind == "standard"
        over = call is not None and call.phase == "ended"
        self.labels["call.keys"] = "Why" if standard and not over else "Keys"
        self.unhinted -= {"call.keys"} if standard else set()
        self.unhinted -= {"call.roster", "call.recordings"}
        self.unhinted |= set() if standard else {"call.roster"}
        self.unhinted |= {"call.recordings"} if before or not standard else set()

    @property
    def _active(self) -> CallView | None:
        """The call while there is sound in it."""
        return self.call if self.call is not None and self.call.phase == "active" else None

    def _show_another(self, call_id: str) -> None:
        """Put away what belongs to the call before: a note is meant for nobody else."""
        first, self._shown_id = not self._shown_id, call_id
        if not first:
            self._note.value = ""
            self._turn("events")
            self._captions.begin()

    def _show_captions(self, active: CallView | None) -> None:
        """Show what is said while it is wanted here; the stage leaves it what room it can."""
        shown = active is not None and active.id == self.store.reads_captions
        if shown and active is not None:
            shown = active.captions or active.captions_fault is not None
        if not shown and self.has_class("-captions"):
            self._captions.stop_looking()
        self.set_class(shown, "-captions")
        self._stage.leaves_room = shown

    def _let_go_of_the_note(self, *, over: bool) -> None:
        """Take no more of a note when the call is over; what was not sent stays to be read.

        What is still typed of it is no key: the keys of this screen sleep until it is quiet.
        """
        if over and self._note.has_focus:
            self.store.put_to_sleep()
        self._note.disabled = over

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer calling again when the call has ended, the keys always, and rows while it lasts."""
        ended = self.call is not None and self.call.phase == "ended"
        if action == "again":
            reason = self.call.end_reason if self.call else None
            return ended and not (reason and reason.code == EndReason.CODES_DIFFER)
        if (action, parameters) == ("use", ("keys",)):
            return True
        if action == "leave":
            return self._active is not None and self._active.kind == "e2ee"
        if action in ("read", "find_words"):
            return self.has_class("-captions")
        return not ended if action in ("use", "choose", "roster") else True

    def label(self, key: Key) -> str:
        """Name the key that takes a call back where it was just parked."""
        if key.id == "call.retrieve" and self.call is not None and self.call.end_reason:
            named = {remedy.action: remedy.label for remedy in self.call.end_reason.remedies}
            return named.get(key.id, key.label)
        return super().label(key)

    # Lines

    def _sentence(self, width: int) -> list[Content]:
        return call_lines.sentences(self.call, width)

    def _sentence_rule(self, width: int) -> list[Content]:
        return [Content("") if self.has_class("-wide") else lines.rule(width)]

    def _moving(self, width: int) -> list[Content]:
        return call_lines.moving(self._active, width)

    def _kept(self, width: int) -> list[Content]:
        return call_lines.kept(self._active, self.store.clocks.zone, self.key_of, width)

    def _problem(self, width: int) -> list[Content]:
        snapshot = self.store.snapshot if self._active else None
        return call_lines.problem(snapshot.devices.problem if snapshot else None, width)

    def _figure_lines(self, width: int) -> list[Content]:
        call = self._active
        beside = self.has_class("-wide") or self._beside.shown == "figures"
        if call is None or beside or self.store.size.height < _ROOMY_HEIGHT:
            return []
        more = self.key_of("call.figures")
        return [call_facts.figure_line(call, self.store.statistics, more, width)]

    def _waiting(self, width: int) -> list[Content]:
        return call_lines.waiting(self.call, self.store.statistics, width)

    def _off_lines(self, width: int) -> list[Content]:
        call = self._active
        if call is None:
            return []
        key = (self.key_of("call.choose", "enter"), lines.KEY)
        if self._stage.is_small:
            return off_paragraph(call, lines.line(key, f" {text_of('T_LISTS_WHY')} "), width)
        return off_line(call, lines.line(key, f" {text_of('T_SAYS_WHY')}"), width)

    def _table_title(self, width: int) -> list[Content]:
        return [lines.rule(width, "In this call")]

    # Keys

    def action_use(self, name: str) -> None:
        """Use a capability by its name; after the call that is the person's key, not the code."""
        if self.call and self.call.phase == "ended":
            self.store.push_screen(KeysScreen(self.call.member.account))
        elif self.call and self.call.kind == "standard" and name == "keys":
            self.store.push_screen(WhyScreen())
        else:
            self._use(name)

    def _use(self, name: str) -> None:
        """Use one of a call that is on; one that is off says why."""
        views = self.call.capabilities if self.call else ()
        capability = next((view for view in views if view.name == name), None)
        if capability is None:
            return
        if self.call is not None and self.call.consulting and name == "transfer":
            call_moves.transfer(self.store, self.call)
            return
        if not capability.on:
            self._explained = name
            if capability.reason is not None:
                self.explain(capability.reason, capability.decided_by)
            return
        self.close_strip()
        if self.has_class("-list"):
            self._close_table()
        self._do(name)

    def _do(self, name: str) -> None:
        match name:
            case "mute":
                self.store.send(Mute(call=self.call_id))
            case "hold":
                self.store.send(Hold(call=self.call_id))
            case "keys":
                self.store.push_screen(KeysScreen())
            case "devices":
                self.store.push_screen(DevicesScreen())
            case "notes":
                self._turn("notes")
            case "figures":
                self._turn("events" if self._beside.shown == "figures" else "figures")
            case "captions" if self.call is not None:
                fault = self.call.captions_fault is not None
                self._ask_for_captions(on=fault or not self.has_class("-captions"))
            case "record" | "transcript" if self.call is not None:
                keeping.KEEPS[name](self.store, self.call)
            case _ if self.call is not None and name in call_moves.MOVES:
                call_moves.MOVES[name](self.store, self.call)
            case _:
                self.store.send(UseCapability(name, call=self.call_id))

    def _ask_for_captions(self, *, on: bool) -> None:
        call_id = self.call_id

        def done(_: Result) -> None:
            self.store.reads_captions = call_id if on else ""
            self._follow()

        self.store.send(ShowCaptions(on, call=call_id), done)

    def _turn(self, shown: Shown) -> None:
        self._beside.shown = shown
        self._note.display = shown == "notes"
        self.set_class(shown != "events", "-side")
        self.set_focus(self._note if shown == "notes" else None)
        self._follow()

    def action_choose(self) -> None:
        """Show the table of what works and what does not, and why; then use the chosen row."""
        if not self.has_class("-list"):
            if self._active is not None:
                self.add_class("-list")
                self._choose_first_off()
                self._table.focus()
        elif self._table.chosen is not None:
            self.action_use(self._table.chosen.key)

    def _choose_first_off(self) -> None:
        views = self._active.capabilities if self._active else ()
        off = next((view.name for view in views if not view.on), "")
        self._table.choose(off)

    def _close_table(self) -> None:
        self.remove_class("-list")
        self.set_focus(None)

    def on_rows_chosen(self) -> None:
        """A click on the chosen row uses it."""
        self.action_choose()

    def action_leave(self) -> None:
        """Ask the other person to leave E2EE for what the reason line is about."""
        if self.strip.reason is None or not self._explained:
            self.action_choose()
            return
        self.store.send(LeaveE2EE(self._explained, call=self.call_id))
        self.close_strip()

    def action_read(self, move: Move) -> None:
        """Scroll in the captions."""
        self._captions.move(move)

    def action_find_words(self) -> None:
        """Look for words in the captions."""
        self._captions.look_for_words()

    def action_roster(self) -> None:
        """Show who is in the call."""
        self.store.push_screen(RosterScreen())

    def action_recordings(self) -> None:
        """Show what was kept of calls."""
        self.store.push_screen(KeptScreen())

    def action_retrieve(self) -> None:
        """Take a call that is parked."""
        call_moves.retrieve(self.store)

    def action_why(self) -> None:
        """Say who decided what the reason line says."""
        if not self.tell_who_decided() and self.call is not None:
            self.explain(self.call.shield)

    def action_again(self) -> None:
        """Call the same people again."""
        if self.call is not None:
            call_moves.again(self.store, self.call.members)

    def action_back(self) -> None:
        """Close what is open, then leave an ended call, then go to People."""
        if self.close_strip() or self._captions.stop_looking():
            return
        if self._beside.shown != "events":
            self._turn("events")
        elif self.has_class("-list"):
            self._close_table()
        elif self.call is not None and self.call.phase == "ended":
            self.store.send(DismissCall(call=self.call_id))
        else:
            self.post_message(GoTo("people"))
