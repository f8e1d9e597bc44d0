"""Which calls exist beside one another, what rings, and what the end of one leaves behind.

`tui_call.calls.rivals` decides which of two calls with the same person goes on; this carries it
out.
"""

import contextlib
import time

from tui_call.calls.effects import Ended
from tui_call.calls.events import MuteChanged, PersonAnswers, PersonHangsUp
from tui_call.calls.rivals import (
    Invited,
    OnInvite,
    OnProof,
    has_forgotten,
    on_invite,
    on_proof,
)
from tui_call.engine.account.configuration import Configuration
from tui_call.engine.account.own_account import OwnAccount
from tui_call.engine.calls.call_list import CallList
from tui_call.engine.calls.call_log import CallLog
from tui_call.engine.calls.call_state import CallState
from tui_call.engine.calls.focus import CallSound
from tui_call.engine.devices.device_list import DeviceList
from tui_call.engine.service.own_presence import OwnPresence
from tui_call.engine.service.postbox import Postbox
from tui_call.engine.sound.sound import Sound
from tui_call.engine.tasks import Tasks
from tui_call.engine.views.ends import end_sentence
from tui_call.permissions.gate import Phase
from tui_call.profile.contacts import UnknownKey
from tui_call.reasons import EndReason

SILENT_ENDS = (EndReason.DECLINED, EndReason.BUSY, EndReason.DO_NOT_DISTURB)
"""Ends of an incoming call that need no sentence: the person, or this engine, chose them."""


class CallManager:
    """Lets calls begin to ring, be answered and end, each beside the others."""

    def __init__(
        self,
        calls: CallList,
        call_log: CallLog,
        account: OwnAccount,
        device_list: DeviceList,
        configuration: Configuration,
        presence: OwnPresence,
        sound: Sound,
        call_sound: CallSound,
        postbox: Postbox,
        tasks: Tasks,
    ) -> None:
        self._calls = calls
        self._log = call_log
        self._account = account
        self._device_list = device_list
        self._configuration = configuration
        self._presence = presence
        self._sound = sound
        self._call_sound = call_sound
        self._postbox = postbox
        self._tasks = tasks

    def invited(self, call_id: bytes, account: str, device: bytes) -> OnInvite:
        """Return what becomes of an invite beside the call that is on, which END_BOTH ends."""
        on = self._calls.on
        verdict = on_invite(on.rival if on else None, Invited(call_id, account, device))
        if verdict is OnInvite.END_BOTH:
            assert on is not None
            self.end(on, EndReason.HANDSHAKE_FAILED)
        return verdict

    def has_forgotten(self, call_id: bytes, account: str, device: bytes) -> bool:
        """Tell whether an invite comes from a device where the own call rings."""
        on = self._calls.on
        return has_forgotten(on.rival if on else None, Invited(call_id, account, device))

    def ring(self, record: CallState) -> None:
        """Ask the person about a call whose caller is proven, unless another one decides it."""
        call, on = record.call, self._calls.on
        if call is None or not record.rings_here:
            return
        match on_proof(on.rival, record.invited) if on else OnProof.RING:
            case OnProof.BESIDE | OnProof.BUSY:
                call.post(PersonHangsUp(EndReason.BUSY))
            case OnProof.WAIT:
                record.given_up = True
            case OnProof.RING if on is None and self._presence.chosen == "do_not_disturb":
                call.post(PersonHangsUp(EndReason.DO_NOT_DISTURB))
            case OnProof.RING:
                self._show(record, on)
                self._tasks.spawn(self._call_sound.ring(record))
                if self._configuration.current.engine.answer == "always":
                    self.answer(record, muted=False)
            case OnProof.ANSWER:
                self._show(record, on)
                self.answer(record, muted=bool(on and on.muted))

    def _ring_again(self) -> None:
        """Ring for a call that was to be given up for one that came to nothing."""
        for record in list(self._calls.records.values()):
            if record.given_up and record.rings_here:
                record.given_up = False
                self.ring(record)

    def _show(self, record: CallState, on: CallState | None) -> None:
        """Make a call the current one; it takes the place of another one with the same person."""
        self._calls.current = record
        if on is not None and on.call is not None:
            on.given_up = on.phase in (Phase.SETUP, Phase.RINGING) and on.direction == "outgoing"
            self._sound.play(None)
            self._sound.disconnect()
            reason = EndReason.TAKEN if on.given_up else EndReason.REPLACED
            on.call.post(PersonHangsUp(reason))
        elif on is not None:
            on.given_up = True
            self.fail(on, EndReason.TAKEN)
        self._log.show()

    # What becomes of one call

    def answer(self, record: CallState, *, muted: bool) -> None:
        """Take a call that rings."""
        record.answered = True
        self.mute(record, muted)
        assert record.call is not None
        record.call.post(PersonAnswers())

    def mute(self, record: CallState, on: bool) -> None:
        """Let the microphone of a call be heard, or not."""
        if record.muted == on:
            return
        record.muted = on
        self._call_sound.set_microphone(record)
        if record.call is not None:
            record.call.post(MuteChanged(on))

    def end(self, record: CallState, reason: EndReason) -> None:
        """End a call from this side, whatever it is at."""
        if record.call is None:
            self.fail(record, reason)
        else:
            record.call.post(PersonHangsUp(reason))

    def fail(self, record: CallState, reason: EndReason) -> None:
        """End a call that never got to a device."""
        if not record.ended:
            self.finish(record, Ended(reason, by_peer=False))

    def finish(self, record: CallState, end: Ended) -> None:
        """Let go of the sound of a call that is over, and write the call down."""
        reason = end.reason
        if reason is EndReason.CODES_DIFFER and end.by_peer:
            self._mark_differed(record)
        words = end_sentence(end, record, self._device_list.other)
        record.end(words, by_peer=end.by_peer)
        seen = record is self._calls.current
        if seen:
            # Before all that may fail: nobody listens on.
            self._tasks.spawn(self._call_sound.leave(record))
        if not record.given_up:
            self._log.over(record, reason, words)
        if seen:
            if record.direction == "incoming" and reason in SILENT_ENDS:
                self._calls.current = None
            self._log.show()
        if record.call is None:
            self.forget(record)
        if seen and not record.started:
            self._ring_again()

    def _mark_differed(self, record: CallState) -> None:
        """Mark a person who found that the codes differ: they differ for both, or for nobody."""
        peer = record.active.core.peer if record.active else None
        if peer is not None:
            contacts = self._account.contacts
            with contextlib.suppress(UnknownKey):  # another key was accepted meanwhile
                contacts.mark_differed(peer.account_id, peer.identity_key, time.time())
            record.remember(contacts.get(peer.account_id), first=record.first)

    def forget(self, record: CallState) -> None:
        """Keep nothing of a call that is over."""
        self._calls.records.pop(record.id, None)
        self._postbox.forget(record.id)
