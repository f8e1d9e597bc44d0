"""What calls report, and what follows from it here."""

import asyncio
import time
from typing import TYPE_CHECKING

from tui_call.calls.effects import Ended
from tui_call.calls.events import PersonHangsUp
from tui_call.calls.path_monitor import LOST_AFTER, PathEvent, PathRecovered, PathSuspect
from tui_call.calls.states import State
from tui_call.e2ee.control_messages import MOST_NOTE_BYTES
from tui_call.e2ee.handshake import PeerIdentity
from tui_call.engine.call import ActiveCall
from tui_call.engine.desk import Desk
from tui_call.engine.postbox import Postbox
from tui_call.engine.sound import Sound
from tui_call.engine.views import said
from tui_call.foreign_text import clean
from tui_call.profile.contacts import Standing
from tui_call.reasons import EndReason
from tui_call.voice import tones
from tui_call.voice.opus import Coding

if TYPE_CHECKING:
    from tui_call.engine.switchboard import Switchboard


class CallReports:
    """Takes the reports of every call; implements `CallListener`."""

    def __init__(
        self, switchboard: "Switchboard", desk: Desk, sound: Sound, postbox: Postbox
    ) -> None:
        self._switchboard = switchboard
        self._desk = desk
        self._sound = sound
        self._postbox = postbox

    def send_message(self, call: ActiveCall, payload: bytes, *, repeat: bool) -> None:
        """Send signaling bytes to the other device of the call."""
        self._postbox.send(call.id, call.account, call.device, payload, repeat=repeat)

    def peer_proven(self, call: ActiveCall, peer: PeerIdentity) -> None:
        """Remember the verified identity; the standing shown is the one from before."""
        record = self._switchboard.records[call.id]
        if not record.proven:
            record.remember(self._desk.contacts.get(peer.account_id))
        record.proven = True
        observation = self._desk.contacts.observe(
            peer.account_id, peer.identity_key, peer.epoch, time.time()
        )
        self._desk.save()
        if observation.standing is Standing.CHANGED:
            # Another key was remembered since the handshake began.
            record.shield = said("SH_CHANGED", peer=record.name)
            changed = PersonHangsUp(EndReason.KEY_CHANGED)
            asyncio.get_running_loop().call_soon(call.handle, changed)
        elif record.direction == "incoming":
            record.show_code()

    def key_changed(self, call: ActiveCall, peer: PeerIdentity) -> None:
        """Warn of an account that came with another key."""
        record = self._switchboard.records[call.id]
        observation = self._desk.contacts.observe(
            peer.account_id, peer.identity_key, peer.epoch, time.time()
        )
        self._desk.save()
        record.shield = said("SH_CHANGED", peer=record.name)
        if record.direction == "incoming" and observation.warn:
            self._desk.notice(said(EndReason.KEY_CHANGED, "callee", peer=record.name))

    def rings(self, call: ActiveCall) -> None:
        """Ring here, or play the ringing tone."""
        record = self._switchboard.records[call.id]
        if record.direction == "outgoing":
            self._switchboard.spawn(self._switchboard.call_sound.ring(record, tones.ringback()))
        else:
            # Effects of the call are under way: what is decided here comes after them.
            asyncio.get_running_loop().call_soon(self._switchboard.doorbell.ring, record)
        self._desk.show_call()

    def media_starts(self, call: ActiveCall) -> None:
        """Connect the audio thread with the call's media."""
        record = self._switchboard.records[call.id]
        record.show_code()  # of the leg that was answered; no other one is ever shown
        self._switchboard.spawn(self._switchboard.call_sound.join(record))

    def tell(self, call: ActiveCall, code: str) -> None:
        """Tell what happened to mute, hold or path, by the code of its sentence."""
        record = self._switchboard.records[call.id]
        record.tell(said(code, peer=record.name))
        if record is self._switchboard.current:
            self._switchboard.call_sound.set_microphone(record)
            self._desk.show_call()

    def leave_refused(self, call: ActiveCall, capability: str) -> None:
        """Tell that the peer asked to leave E2EE and that the call stays as it is."""
        record = self._switchboard.records[call.id]
        record.tell(said("G_LEAVE_REFUSED", peer=record.name, cap=capability))
        self._desk.show_call()

    def microphone_silent(self, call: ActiveCall) -> None:
        """Send silence, or the microphone again, where that is the call people hear."""
        record = self._switchboard.records[call.id]
        if record is self._switchboard.current:
            self._switchboard.call_sound.set_microphone(record)
            self._desk.show_call()

    def note_arrived(self, call: ActiveCall, text: str) -> None:
        """Show a note, cleaned."""
        record = self._switchboard.records[call.id]
        record.note(clean(text, MOST_NOTE_BYTES), mine=False)
        record.tell(said("G_NOTE", peer=record.name))
        self._desk.show_call()

    def path_changed(self, call: ActiveCall, event: PathEvent) -> None:
        """Say when the peer's sound stops and comes back."""
        record = self._switchboard.records[call.id]
        if isinstance(event, PathSuspect):
            record.tell(said("G_RECONNECT", n=round(LOST_AFTER)))
            self._desk.doubt_service()
        elif isinstance(event, PathRecovered):
            record.tell(said("G_SOUND_BACK", n=f"{event.silence:.1f}"))
        self._desk.show_call()

    def coding_changed(self, call: ActiveCall, coding: Coding) -> None:
        """Encode as the path allows."""
        if self._switchboard.current is self._switchboard.records.get(call.id):
            self._sound.encode_as(coding)

    def call_changed(self, call: ActiveCall) -> None:
        """Show the call's new state."""
        record = self._switchboard.records[call.id]
        if call.state is State.SECURE and not record.started:
            record.started = time.time()
            record.tell(said("G_KEYS_AGREED", record.audience, peer=record.name))
            if record.standing is Standing.COMPARED:
                record.tell(said("G_SAME_KEY", peer=record.name))
        if record is self._switchboard.current:
            self._desk.show_call()

    def call_ended(self, call: ActiveCall, end: Ended) -> None:
        """Let go of the sound, and write the call down; a single leg of a placed one is silent."""
        record = self._switchboard.records[call.id]
        if record.direction == "incoming":
            self._switchboard.finish(record, end)
