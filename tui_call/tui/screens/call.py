"""The call: who, how well, what may be done in it and what not, and what happened."""

from collections.abc import Iterable
from functools import partial
from typing import ClassVar, Literal

from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input

from tui_call.control.actions import Call, DismissCall, Hold, Mute, Note, UseCapability
from tui_call.control.figures import summary
from tui_call.control.views import CapabilityView, Snapshot
from tui_call.reasons import EndReason
from tui_call.sentences import text_of
from tui_call.tui import keymap, lines
from tui_call.tui.keymap import bindings
from tui_call.tui.screens.base import BaseScreen
from tui_call.tui.screens.devices import DevicesScreen
from tui_call.tui.screens.keys import KeysScreen
from tui_call.tui.screens.listing import GoTo
from tui_call.tui.widgets import call_facts
from tui_call.tui.widgets.painted import Feed, Meter, TextBlock
from tui_call.tui.widgets.rows import Row, Rows

Side = Literal["events", "figures", "notes"]
_LABEL_CELLS = 19
_LABEL_CELLS_ON = 13
_LONGEST_NOTE = 1000
_ROOMY_HEIGHT = 20


class CallScreen(BaseScreen):
    """The call on this engine, from the first key agreement until it is dismissed."""

    where = "call"
    name_shown = "Call"
    shows_end = True
    hint_order: ClassVar = ("talk", "call")
    AUTO_FOCUS = "#on"
    BINDINGS: ClassVar = [*bindings("call")]

    def __init__(self) -> None:
        super().__init__()
        self._side: Side = "events"
        self._shown_id = ""
        self._levels = Meter(self._level_lines, id="levels")
        self._figures = TextBlock(self._figure_lines, id="figures")
        self._feed = Feed(self._side_lines, id="feed")
        self._note = Input(
            placeholder=text_of("T_NOTE_FIELD"),
            compact=True,
            max_length=_LONGEST_NOTE,
            id="note",
        )

    def body(self) -> Iterable[Widget]:
        """Sentence, levels, capabilities, and events, figures or notes."""
        yield TextBlock(self._sentence, id="sentence")
        yield TextBlock(lambda width: [lines.rule(width)], id="sentence-rule")
        yield self._levels
        yield self._figures
        yield TextBlock(self._waiting, id="waiting")
        with Horizontal(id="middle"):
            with Vertical(id="capabilities"):
                yield TextBlock(lambda width: [lines.rule(width, "In this call")])
                with Horizontal(id="columns"):
                    yield Rows(id="on", cursor_when_blurred=False)
                    yield Rows(id="off", cursor_when_blurred=False)
            with Vertical(id="side"):
                yield TextBlock(self._side_title)
                yield self._feed
                yield self._note
        yield TextBlock(self._summary, id="summary")

    def on_mount(self) -> None:
        """Follow levels and figures too."""
        super().on_mount()
        self._note.display = False
        self.watch(self.store, "meters", partial(self._measured, self._levels), init=False)
        for block in (self._figures, self._feed):
            self.watch(self.store, "statistics", partial(self._measured, block), init=False)

    def _measured(self, block: TextBlock) -> None:
        if self.is_current:
            block.renew()

    def show(self, snapshot: Snapshot) -> None:
        """List what works and what does not."""
        call = snapshot.front
        if call is not None and call.id != self._shown_id:
            self._show_another(call.id)
        self._let_go_of_the_note(over=call is not None and call.phase == "ended")
        shown = call.capabilities if call is not None and call.phase == "active" else ()
        self.query_one("#on", Rows).fill([self._on(cap) for cap in shown if cap.on])
        self.query_one("#off", Rows).fill([self._off(cap) for cap in shown if not cap.on])
        if shown and self.has_class("-none"):
            self.call_after_refresh(self.query_one("#on").focus)
        self.set_class(not shown, "-none")
        self.unhinted = {key_of(cap) for cap in (call.capabilities if call else ()) if not cap.on}
        self.labels["call.hold"] = "Resume" if call and call.on_hold else "Hold"
        before = call is not None and call.phase in ("setup", "ringing", "connecting")
        self.labels["talk.end"] = "Cancel" if before else "End"

    def _show_another(self, call_id: str) -> None:
        """Put away what belongs to the call before: a note is meant for nobody else."""
        first, self._shown_id = not self._shown_id, call_id
        if not first:
            self._note.value = ""
            self._turn("events")

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
        return not ended if action in ("use", "choose", "across") else True

    # Lines

    def _sentence(self, width: int) -> list[Content]:
        call = self.call
        if call is None:
            return [Content(" " + text_of("N_NOCALL"))]
        said = call.end_reason if call.phase == "ended" and call.end_reason else call.shield
        told = (said.text, said.why) if said.why else (said.text,)
        return [lines.line(" ", lines.text(lines.shortened(text, width - 2))) for text in told]

    def _level_lines(self, width: int) -> list[Content]:
        call, snapshot = self.call, self.store.snapshot
        if call is None or snapshot is None or call.phase != "active":
            return []
        rows = call_facts.level_lines(call, self.store.meters, snapshot.devices, width)
        if snapshot.devices.problem is not None:
            said = lines.text(snapshot.devices.problem.text)
            rows.append(lines.line((" ! ", "bold $warning"), said).truncate(width, ellipsis=True))
        return rows

    def _figure_lines(self, width: int) -> list[Content]:
        call = self.call
        shown = self.store.size.height >= _ROOMY_HEIGHT and self._side != "figures"
        if call is None or call.phase != "active" or not shown:
            return []
        more = self.key_of("call.figures")
        return [call_facts.figure_line(call, self.store.statistics, more, width)]

    def _waiting(self, width: int) -> list[Content]:
        call = self.call
        if call is None or call.phase == "active":
            return []
        phase = "none" if call.phase == "ended" and not call.started else call.phase
        doing = text_of("T_PHASE", phase, whom=call.member.name)
        rows = [Content(""), lines.line("   ", lines.marked(doing, call.member.name))]
        rows.append(lines.line("   ", lines.text(call.member.account, lines.SOFT)))
        if call.phase == "ended" and self.store.statistics is not None:
            rows += [Content(""), Content(f"   {summary(self.store.statistics)}")]
        if call.phase in ("setup", "ringing"):
            rows += [Content(""), Content("   " + text_of("T_MIC_LATER"))]
        return [row.truncate(width, ellipsis=True) for row in [*rows, Content("")]]

    def _side_title(self, width: int) -> list[Content]:
        if self._side == "events" and not (self.call and self.call.events):
            return []
        titles = {"events": "Events", "figures": "Figures", "notes": "Notes"}
        return [lines.rule(width, titles[self._side])]

    def _side_lines(self, width: int) -> list[Content]:
        call, zone = self.call, self.store.clocks.zone
        if call is None:
            return []
        match self._side:
            case "events":
                return call_facts.event_lines(call.events, width, zone)
            case "figures":
                return call_facts.figure_table(self.store.history, width)
            case "notes":
                peer = call.member.name
                empty = lines.wrapped(text_of("T_NO_NOTES"), width, " ")
                return call_facts.note_lines(call.notes, peer, width, zone) or empty

    def _summary(self, width: int) -> list[Content]:
        call = self.call
        off = [cap for cap in (call.capabilities if call else ()) if not cap.on]
        if call is None or call.phase != "active" or not off:
            return []
        names = ", ".join(cap.label[:1].lower() + cap.label[1:] for cap in off)
        off_here = text_of("T_OFF_IN_E2EE", n=len(off), names=names)
        said = lines.text(off_here).wrap(max(20, width - 2))
        rows = [lines.line(" ", part) for part in said]
        how = lines.line(
            (self.key_of("call.choose", "enter"), lines.KEY), f" {text_of('T_LISTS_WHY')} "
        )
        if rows[-1].cell_length + how.cell_length + 3 > width:
            rows.append(Content(""))
        rows[-1] = lines.spread(rows[-1], how, width)
        return rows

    def _on(self, capability: CapabilityView) -> Row:
        label = "Unmute" if capability.name == "mute" and self._muted else capability.label
        label = "Resume" if capability.name == "hold" and self._holding else label
        return Row(
            capability.name,
            lines.line(self._key_cell(capability), lines.column(label, _LABEL_CELLS_ON), "on"),
        )

    def _off(self, capability: CapabilityView) -> Row:
        return Row(
            capability.name,
            lines.line(
                self._key_cell(capability),
                lines.column(capability.label, _LABEL_CELLS),
                ("off  ", lines.WARN),
                lines.text(capability.short, lines.SOFT),
            ),
        )

    def _key_cell(self, capability: CapabilityView) -> Content:
        id_ = key_of(capability)
        row = keymap.BY_ID.get(id_)
        default = keymap.shown(row.keys) if row else ""
        return lines.column(self.key_of(id_, default), 3, lines.KEY)

    @property
    def _muted(self) -> bool:
        return self.call is not None and self.call.muted

    @property
    def _holding(self) -> bool:
        return self.call is not None and self.call.on_hold

    # Keys

    def action_use(self, name: str) -> None:
        """Use a capability by its name; after the call that is the person's key, not the code."""
        if self.call and self.call.phase == "ended":
            self.store.push_screen(KeysScreen(self.call.member.account))
        else:
            self._use(name)

    def _use(self, name: str) -> None:
        """Use one of a call that is on; one that is off says why."""
        views = self.call.capabilities if self.call else ()
        capability = next((view for view in views if view.name == name), None)
        if capability is None:
            return
        if not capability.on:
            if capability.reason is not None:
                self.explain(capability.reason, capability.decided_by)
            return
        self.close_strip()
        match capability.name:
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
                self._turn("events" if self._side == "figures" else "figures")
            case _:
                self.store.send(UseCapability(name, call=self.call_id))

    def _turn(self, side: Side) -> None:
        self._side = side
        self._note.display = side == "notes"
        self._feed.newest = side != "figures"
        self.set_class(side != "events", "-side")
        if side == "notes":
            self._note.focus()
        else:
            self.query_one("#on").focus()
        self._follow()

    def action_choose(self) -> None:
        """Use the row under the cursor; on a small screen show the rows first."""
        if self.query_one("#summary").display and not self.has_class("-list"):
            self.add_class("-list")
            self.query_one("#off").focus()
            return
        rows = self.focused
        if isinstance(rows, Rows) and rows.chosen is not None:
            self.action_use(rows.chosen.key)

    def on_rows_chosen(self) -> None:
        """A click on the chosen row uses it."""
        self.action_choose()

    def action_across(self) -> None:
        """Go to the other column."""
        on, off = self.query_one("#on", Rows), self.query_one("#off", Rows)
        (on if self.focused is off else off).focus()

    def action_why(self) -> None:
        """Say who decided what the reason line says."""
        if not self.tell_who_decided() and self.call is not None:
            self.explain(self.call.shield)

    def action_again(self) -> None:
        """Call the same person again."""
        if self.call is not None:
            self.store.send(Call(self.call.member.account))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Send a note."""
        text = event.value.strip()
        if text:
            self.store.send(Note(text, call=self.call_id))
        event.input.value = ""

    def action_back(self) -> None:
        """Close what is open, then leave an ended call, then go to People."""
        if self.close_strip():
            return
        if self._side != "events":
            self._turn("events")
        elif self.has_class("-list"):
            self.remove_class("-list")
            self.query_one("#on").focus()
        elif self.call is not None and self.call.phase == "ended":
            self.store.send(DismissCall(call=self.call_id))
        else:
            self.post_message(GoTo("people"))


def key_of(capability: CapabilityView) -> str:
    """Return the id of the key that uses a capability."""
    return "talk.mute" if capability.name == "mute" else f"call.{capability.name}"
