"""What calls report, and what follows from it here."""

import logging
import time
from typing import assert_never

from tui_call.calls import effects
from tui_call.calls.effects import LeaveAsked, LeaveOver, LeaveRefused, MayLeave
from tui_call.calls.path_monitor import (
    LOST_AFTER,
    PathDead,
    PathEvent,
    PathRecovered,
    PathSuspect,
    QualityChanged,
)
from tui_call.calls.states import State
from tui_call.e2ee.control_messages import MOST_NOTE_BYTES
from tui_call.e2ee.handshake import PeerIdentity
from tui_call.e2ee.security_code import security_code
from tui_call.engine.account.own_account import OwnAccount
from tui_call.engine.calls.call_list import CallList
from tui_call.engine.calls.call_log import CallLog
from tui_call.engine.calls.call_state import CallState
from tui_call.engine.calls.ends import peer_at_end
from tui_call.engine.calls.focus import CallFocus
from tui_call.engine.calls.going_e2ee import GoingE2EE
from tui_call.engine.calls.leaving_e2ee import LeavingE2EE
from tui_call.engine.calls.manager import CallManager
from tui_call.engine.calls.reports import CodingChanged, LegAddress, Report
from tui_call.engine.calls.standard import BridgedCalls
from tui_call.engine.notices import Notices
from tui_call.engine.service.membership import ServiceMembership
from tui_call.foreign_text import clean
from tui_call.profile.contacts import Standing
from tui_call.reasons import EndReason
from tui_call.sentences import sentence
from tui_call.tasks import Tasks

log = logging.getLogger(__name__)


class CallReports:
    """Takes the reports of every call; implements `CallObserver`."""

    def __init__(
        self,
        calls: CallList,
        manager: CallManager,
        standard: BridgedCalls,
        leaving: LeavingE2EE,
        going: GoingE2EE,
        call_log: CallLog,
        account: OwnAccount,
        membership: ServiceMembership,
        notices: Notices,
        focus: CallFocus,
        tasks: Tasks,
    ) -> None:
        self._calls = calls
        self._manager = manager
        self._standard = standard
        self._leaving = leaving
        self._going = going
        self._log = call_log
        self._account = account
        self._membership = membership
        self._notices = notices
        self._focus = focus
        self._tasks = tasks

    def call_ended(self, call_id: bytes, end: effects.Ended) -> None:
        """Let go of the sound, and write the call down, unless it goes on as a standard call."""
        record = self._followed(call_id)
        if record is None:
            return
        stays = self._going.ended(record, end)  # its standard call goes on, and needs no other one
        if not self._leaving.ended(record) and (stays or not self._goes_on(record, end)):
            self._manager.finish(record, end)

    def _followed(self, call_id: bytes) -> CallState | None:
        """Return a call, None where it was left for a standard one that has another id by now."""
        return self._calls.follow(call_id) if call_id in self._calls.records else None

    def _goes_on(self, record: CallState, end: effects.Ended) -> bool:
        """Let a call that cannot be E2EE at the other end be a standard one, where it may."""
        peer = peer_at_end(end)
        if peer is None or not self._membership.has_bridge:
            return False
        return self._standard.place(record, (record.account,), peer) is None

    def leg_reports(self, leg: LegAddress, report: Report) -> None:  # noqa: C901 - an arm each
        """Take what happened in a leg."""
        record = self._followed(leg.call_id)
        if record is None or record.standard is not None:
            return  # it was left for a standard call, and says its last words
        match report:
            case effects.PeerProven(peer):
                self._peer_proven(record, peer)
            case effects.KeyChanged(peer):
                self._key_changed(record, peer)
            case effects.StartRinging():
                self._rings(record)
            case effects.StartMedia():
                self._show_code(record)  # of the leg that was answered; no other one is ever shown
                self._tasks.spawn(self._focus.join(record))
            case effects.PathTaken():
                self._tell(record, "G_NEW_PATH")
            case effects.PeerMuted(on):
                self._tell(record, "G_PEER_MUTED" if on else "G_PEER_OPEN")
            case effects.PeerHeld(on):
                self._tell(record, "G_HELD" if on else "G_RESUMED")
            case effects.PeerCompared(on):
                self._tell(record, "G_PEER_COMPARED" if on else "G_PEER_UNCOMPARED")
            case LeaveAsked() | LeaveRefused() | LeaveOver() | MayLeave():
                self._leaving.report(record, report)
            case effects.NoteArrived(text):
                record.note(clean(text, MOST_NOTE_BYTES), mine=False)
                record.tell(sentence("G_NOTE", peer=record.name))
                self._log.show()
            case effects.MicrophoneSilent():
                self._focus.set_microphone()
                self._log.show()
            case PathSuspect() | PathRecovered() | PathDead() | QualityChanged():
                self._path_changed(record, report)
            case CodingChanged(coding):
                self._focus.encode_as(record, coding)
            case effects.StateChanged(state):
                self._moved(record, state)
            case _:
                assert_never(report)

    def _peer_proven(self, record: CallState, peer: PeerIdentity) -> None:
        """Remember the verified identity; the standing shown is the one from before."""
        if not record.proven:
            record.remember(self._account.contacts.get(peer.account_id))
        record.proven = True
        observation = self._account.contacts.observe(
            peer.account_id, peer.identity_key, peer.epoch, time.time()
        )
        self._account.save(peer.account_id)
        if observation.standing is Standing.CHANGED:
            # Another key was remembered since the handshake began.
            record.key_changed = True
            self._manager.end(record, EndReason.KEY_CHANGED)
        elif record.direction == "incoming":
            self._show_code(record)

    def _show_code(self, record: CallState) -> None:
        """Make the code from the session's secret, once."""
        leg = self._calls.leg(record)
        session = leg.core.session if leg is not None else None
        if session is not None and record.code is None:
            record.code = security_code(session.security_code_secret)

    def _key_changed(self, record: CallState, peer: PeerIdentity) -> None:
        """Warn of an account that came with another key."""
        observation = self._account.contacts.observe(
            peer.account_id, peer.identity_key, peer.epoch, time.time()
        )
        self._account.save(peer.account_id)
        record.key_changed = True
        if record.direction == "incoming" and observation.warn:
            self._notices.add(sentence(EndReason.KEY_CHANGED, "callee", peer=record.name))

    def _rings(self, record: CallState) -> None:
        """Ring here, or play the ringing tone."""
        if record.direction == "incoming":
            if not self._going.offered(record):
                self._manager.proven(record)
        elif record is self._calls.front:
            self._focus.ring()
        self._log.show()

    def _tell(self, record: CallState, code: str) -> None:
        """Tell what happened to mute, hold or path, by the code of its sentence."""
        record.tell(sentence(code, peer=record.name))
        self._focus.set_microphone()
        self._log.show()

    def _path_changed(self, record: CallState, event: PathEvent) -> None:
        """Say when the peer's sound stops and comes back."""
        if isinstance(event, PathSuspect):
            record.tell(sentence("G_RECONNECT", n=round(LOST_AFTER)))
            self._membership.doubt()
        elif isinstance(event, PathRecovered):
            record.tell(sentence("G_SOUND_BACK", n=f"{event.silence:.1f}"))
        self._log.show()

    def _moved(self, record: CallState, state: State) -> None:
        """Show the call's new state."""
        if state is State.SECURE and not record.started:
            record.started = record.wall()
            record.tell(sentence("G_KEYS_AGREED", record.audience, peer=record.name))
            if record.standing is Standing.COMPARED:
                record.tell(sentence("G_SAME_KEY", peer=record.name))
            self._going.secured(record)
        self._log.show()
