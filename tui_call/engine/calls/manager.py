"""All calls of this engine beside one another: what each means for the others, by its id.

`tui_call.calls.concurrent` decides which call is in front, which are held, who waits and what
crosses; this carries it out.
"""

import contextlib
import time
from collections.abc import Callable, Mapping, Sequence
from typing import assert_never

from tui_call.calls import concurrent_events
from tui_call.calls.effects import Ended
from tui_call.engine.account.configuration import Configuration
from tui_call.engine.account.own_account import OwnAccount
from tui_call.engine.calls.call_list import CallList, Place
from tui_call.engine.calls.call_log import CallLog
from tui_call.engine.calls.call_state import CallState
from tui_call.engine.calls.crossing import invited, rivals
from tui_call.engine.calls.ends import end_sentence
from tui_call.engine.calls.focus import CallFocus
from tui_call.engine.devices.device_list import DeviceList
from tui_call.engine.service.own_presence import OwnPresence
from tui_call.engine.service.postbox import Postbox
from tui_call.identifiers import AccountId
from tui_call.profile.contacts import UnknownKey
from tui_call.reasons import EndReason
from tui_call.sentences import Sentence, sentence

SILENT_ENDS = (EndReason.DECLINED, EndReason.BUSY, EndReason.DO_NOT_DISTURB)
"""Ends of an incoming call that need no sentence: the person, or this engine, chose them."""

_GIVES_PLACE = (EndReason.TAKEN, EndReason.REPLACED)
"""Ends by which a call gives its place to another one with the same person."""


class CallManager:
    """Lets calls begin to ring, be answered, held and ended, each beside the others."""

    def __init__(
        self,
        calls: CallList,
        call_log: CallLog,
        account: OwnAccount,
        device_list: DeviceList,
        configuration: Configuration,
        presence: OwnPresence,
        focus: CallFocus,
        postbox: Postbox,
        now: Callable[[], float],
    ) -> None:
        self._calls = calls
        self._log = call_log
        self._account = account
        self._device_list = device_list
        self._configuration = configuration
        self._presence = presence
        self._focus = focus
        self._postbox = postbox
        self._now = now

    # What the person does; without an id in the call in front, or that asks for longest

    def place(self, record: CallState) -> None:
        """Put a call in front that is about to be placed; the devices are not known yet."""
        bridged = [one.standard for one in self._calls.on if one.standard is not None]
        met = frozenset(member.account for facts in bridged for member in facts.others)
        self._order(concurrent_events.CallPlaced(record.id, record.account, met), record)

    def answer(self, call_id: bytes | None, *, end: bool = False, muted: bool = False) -> None:
        """Take a call; the one in front is held, or ended."""
        self._order(concurrent_events.AnswerWanted(call_id, end, muted))

    def decline(self, call_id: bytes | None) -> None:
        """Decline a call that asks."""
        self._order(concurrent_events.DeclineWanted(call_id))

    def swap(self, call_id: bytes | None) -> None:
        """Hold the call in front, and go on with one behind."""
        self._order(concurrent_events.SwapWanted(call_id))

    def hold(self, call_id: bytes | None, on: bool | None) -> None:
        """Hold, resume or toggle; a call behind comes to the front as it is resumed."""
        self._order(concurrent_events.HoldWanted(call_id, on))

    def hang_up(self, call_id: bytes | None) -> None:
        """End, cancel or decline a call."""
        self._order(concurrent_events.EndWanted(call_id))

    def mute(self, record: CallState, on: bool) -> None:
        """Let the microphone be heard in a call, or not; each call stays as muted as it is."""
        if record.muted == on:
            return
        record.muted = on
        self._focus.set_microphone()
        owner = self._calls.owner(record)
        if owner is not None:
            owner.mute(on)

    def _order(self, event: concurrent_events.Event, record: CallState | None = None) -> None:
        effects = self._calls.at_hand.handle(event, self._now())
        if record is not None:
            self._calls.add(record)
        self._carry_out(effects)

    @property
    def just_came(self) -> bool:
        """Whether the person may not have seen yet that another call is in front."""
        return self._calls.at_hand.just_came(self._now())

    # What happens to calls

    def proven(self, record: CallState) -> None:
        """Ask the person about a call whose caller is proven, unless another one decides it."""
        if not record.rings_here or record.key_changed:
            return
        # Which of two standard calls with one person goes on is decided by the service.
        known = rivals(self._calls, record.account) if record.standard is None else ()
        event = concurrent_events.CallerProven(invited(record), known, self._attendance_at(record))
        effects = self._calls.at_hand.handle(event, self._now())
        for effect in effects:
            if isinstance(effect, concurrent_events.EndCall) and effect.reason in _GIVES_PLACE:
                record.goes_on_from(self._calls.records[effect.id])
        self._carry_out(effects)

    def move(self, record: CallState, call_id: bytes, account: AccountId) -> None:
        """Let a call go on in its place with somebody else, or under another id."""
        event = concurrent_events.CallMoved(record.id, call_id, account)
        effects = self._calls.at_hand.handle(event, self._now())
        record.account = account
        self._calls.rename(record, call_id)
        self._carry_out(effects)

    def take_place(self, record: CallState, before: CallState) -> None:
        """Let a call stand where another one stood, of which nothing is shown any more."""
        record.goes_on_from(before)
        self._take(concurrent_events.CallMoved(before.id, record.id, record.account))
        self._focus.follow()

    def end_with(self, account: AccountId, reason: EndReason) -> None:
        """End every call with somebody, those that only wait for proof too."""
        for record in self._calls.with_account(account):
            self.end(record, reason)

    def leave(self, account: AccountId) -> None:
        """End every call with somebody of whom nothing is taken any more."""
        for record in self._calls.with_account(account):
            self.end(record, EndReason.DECLINED if record.rings_here else EndReason.HUNG_UP)

    def end(self, record: CallState, reason: EndReason) -> None:
        """End a call from this side, whatever it is at."""
        owner = self._calls.owner(record)
        if owner is None:
            self.fail(record, reason)
        else:
            owner.end(reason)

    def fail(self, record: CallState, reason: EndReason) -> None:
        """End a call that never got to a device."""
        if not record.ended:
            self.finish(record, Ended(reason, by_peer=False))

    def finish(self, record: CallState, end: Ended, words: Sentence | None = None) -> None:
        """Let go of the sound of a call that is over, and write the call down.

        Args:
            record: of the call.
            end: how it ended.
            words: say why, where the reason does not.
        """
        if record.went_e2ee:
            end, words = Ended(EndReason.WENT_E2EE, by_peer=False), None
        reason = end.reason
        if reason is EndReason.CODES_DIFFER and end.by_peer:
            self._mark_differed(record)
        words = words or end_sentence(end, record, self._device_list.other)
        record.end(words, by_peer=end.by_peer)
        place = self._calls.place_of(record)
        # Before all that may fail: nobody listens on.
        self._focus.let_go(record)
        self._take(concurrent_events.CallOver(record.id, bool(record.started), self._attendance))
        self._focus.follow()
        if not record.given_up:
            self._log.over(record, reason, words)
        elif record.written_down:
            self._log.goes_on(record)
        silent = record.direction == "incoming" and reason in SILENT_ENDS
        if place in (Place.FRONT, Place.HELD) and not (silent or record.given_up):
            self._calls.over = record
        self._log.show()
        if self._calls.owner(record) is None:
            self.forget(record)

    def forget(self, record: CallState) -> None:
        """Keep nothing of a call that is over."""
        self._calls.forget(record.id)
        self._postbox.forget(record.id)

    def _mark_differed(self, record: CallState) -> None:
        """Mark a person who found that the codes differ: they differ for both, or for nobody."""
        contacts, peer = self._account.contacts, record.leg.peer if record.leg else None
        if peer is not None:
            with contextlib.suppress(UnknownKey):  # another key was accepted meanwhile
                contacts.mark_differed(peer.account_id, peer.identity_key, time.time())
            record.remember(contacts.get(peer.account_id), first=record.first)

    # What is to be done

    def _attendance_at(self, record: CallState) -> concurrent_events.Attendance:
        """Return who attends to a call; a question in it is for the person."""
        attendance = self._attendance
        answers_all = self._configuration.current.engine.answer == "everything"
        if attendance is concurrent_events.Attendance.ENGINE and record.question is not None:
            return attendance if answers_all else concurrent_events.Attendance.PERSON
        return attendance

    @property
    def _attendance(self) -> concurrent_events.Attendance:
        if self._presence.chosen == "do_not_disturb":
            return concurrent_events.Attendance.NOBODY
        answers = self._configuration.current.engine.answer != "ask"
        return (
            concurrent_events.Attendance.ENGINE if answers else concurrent_events.Attendance.PERSON
        )

    def _take(self, event: concurrent_events.Event) -> None:
        self._carry_out(self._calls.at_hand.handle(event, self._now()))

    def _carry_out(self, effects: Sequence[concurrent_events.Effect]) -> None:
        # A call that another one replaces may be forgotten before that one is answered.
        were_muted = {call_id: record.muted for call_id, record in self._calls.records.items()}
        for effect in effects:
            self._do(effect, were_muted)
        if effects:
            self._log.show()

    def _do(self, effect: concurrent_events.Effect, were_muted: Mapping[bytes, bool]) -> None:
        if isinstance(effect, concurrent_events.CameToFront):
            self._calls.over = None
            self._focus.follow()
            self._focus.ring()
            return
        record = self._calls.records[effect.id]
        match effect:
            case concurrent_events.EndCall(_, reason):
                self.end(record, reason)
            case concurrent_events.GiveUp(_, on):
                record.given_up = on
            case concurrent_events.AnswerCall(_, muted, instead_of):
                before = were_muted[instead_of] if instead_of is not None else muted
                self._answer(record, muted=before)
            case concurrent_events.HoldCall(_, on):
                self._hold(record, on)
            case concurrent_events.CallWaits():
                self._waits(record)
            case _:
                assert_never(effect)

    def _answer(self, record: CallState, *, muted: bool) -> None:
        record.answered = True
        self.mute(record, muted)
        owner = self._calls.owner(record)
        assert owner is not None, "what rings has begun"
        owner.answer()

    def _hold(self, record: CallState, on: bool) -> None:
        record.on_hold = on
        # Before all that may fail: who is held hears nothing more.
        self._focus.follow()
        several = "several" if record.of_several else ""
        hears = "music" if on and record.standard is not None else ""
        code = "G_HOLD" if on else "G_OFF_HOLD"
        record.tell(sentence(code, several or hears, peer=record.name))
        owner = self._calls.owner(record)
        if owner is not None:
            owner.hold(on)

    def _waits(self, record: CallState) -> None:
        """Say in the call in front that somebody else calls, without a sound."""
        if self._calls.front is not None:
            self._calls.front.tell(sentence("G_WAITING", peer=record.name, kind=record.kind_word))
