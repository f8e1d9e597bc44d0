"""All calls of this engine: placing, taking, and which one a person sees.

One call is current: the one that a screen shows. Invites of others are answered silently while
they prove who they are; what a call that is proven then does beside the current one, `doorbell`
knows. A call that is placed has a leg for each device of the person called.
"""

import asyncio
import contextlib
import math
import time
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any

import structlog

from tui_call.calls.effects import Ended
from tui_call.calls.events import (
    HoldChanged,
    MuteChanged,
    NewPathWanted,
    NoteWritten,
    PersonAnswers,
    PersonHangsUp,
    ServiceBack,
    Undeliverable,
)
from tui_call.calls.forked_call import MOST_LEGS
from tui_call.calls.one_to_one import KnownPeer, OneToOneCall
from tui_call.control.server import ActionRefused
from tui_call.e2ee.control_messages import MOST_NOTE_BYTES
from tui_call.e2ee.handshake import CallerHandshake
from tui_call.engine.background import go_on
from tui_call.engine.call_reports import CallReports
from tui_call.engine.call_sound import CallSound
from tui_call.engine.calls.call_state import CallState
from tui_call.engine.calls.clock import SystemClock
from tui_call.engine.calls.paths import Paths
from tui_call.engine.calls.reports import LegAddress
from tui_call.engine.calls.runner import CallRunner
from tui_call.engine.calls.surroundings import OnDescribed, OnFailed, OnPacket, Surroundings
from tui_call.engine.desk import Desk
from tui_call.engine.doorbell import Doorbell
from tui_call.engine.entropy import SystemEntropy
from tui_call.engine.gatekeeper import insist
from tui_call.engine.own_clock import OwnClock
from tui_call.engine.postbox import Postbox
from tui_call.engine.sound import Sound
from tui_call.engine.views.ends import end_sentence
from tui_call.engine.views.sentences import said
from tui_call.foreign_text import clean
from tui_call.identifiers import AccountId
from tui_call.permissions.gate import Capability, Phase
from tui_call.profile.contacts import UnknownKey
from tui_call.reasons import EndReason, sentence

log = structlog.get_logger()

WITHHELD_AFTER = 15.0
"""Seconds without an acknowledgement after which the service is suspected (e2ee.md, "CTL")."""
SILENT_ENDS = (EndReason.DECLINED, EndReason.BUSY, EndReason.DO_NOT_DISTURB)
"""Ends of an incoming call that need no sentence: the person, or this engine, chose them."""


class Switchboard:
    """Every call, by its id."""

    def __init__(self, desk: Desk, sound: Sound, postbox: Postbox) -> None:
        self.current: CallState | None = None
        self.records: dict[bytes, CallState] = {}
        self.clock = OwnClock()
        self.service_since = math.inf  # by that clock, inf while there is no service
        self._desk = desk
        self._sound = sound
        self._postbox = postbox
        self.call_sound = CallSound(self, desk, sound)
        reports = CallReports(self, desk, sound)
        self._around = Surroundings(
            SystemClock(self.clock.now), self._make_paths, self._send, reports
        )
        self.doorbell = Doorbell(self, desk, sound)
        self._begun = 0
        self._tasks: set[asyncio.Task[None]] = set()

    # What the person does

    @property
    def busy(self) -> bool:
        """Whether a call is on that a person knows of."""
        return self.current is not None and not self.current.ended

    @property
    def on(self) -> CallState | None:
        """The call that the person has, None without one."""
        return self.current if self.busy else None

    def begin(self, call_id: bytes, account: AccountId) -> CallState:
        """Show a call that is about to be placed; the devices are not known yet."""
        record = self._record(call_id, account, incoming=False)
        self.current = record
        self._desk.show_call()
        return record

    def place(self, record: CallState, devices: Sequence[bytes]) -> None:
        """Send an invite of a call to each device, or to the first ones of many."""
        if record.ended:
            return
        identity, account = self._desk.identity(), AccountId(record.account)
        cores: dict[bytes, OneToOneCall] = {}
        for number, device in enumerate(dict.fromkeys(devices[:MOST_LEGS])):
            handshake = CallerHandshake(
                identity,
                to_account=account,
                to_device=device,
                call_id=record.id,
                leg=number,
                entropy=SystemEntropy(),
            )
            cores[device] = OneToOneCall(handshake, self.known(account), record.rules)
        self._begin(record, cores)

    def connect(self, record: CallState, core: OneToOneCall, device: bytes) -> None:
        """Join the record of a call that comes in with its core, and begin it."""
        self._begin(record, {device: core})

    def fail(self, record: CallState, reason: EndReason) -> None:
        """End a call that never got to a device."""
        if not record.ended:
            self.finish(record, Ended(reason, by_peer=False))

    def answer(self, *, muted: bool) -> None:
        """Take the ringing call."""
        record = self._ringing()
        record.answered = True
        self._mute(record, muted)
        assert record.call is not None
        record.call.post(PersonAnswers())

    def decline(self, reason: EndReason = EndReason.DECLINED) -> None:
        """Decline the ringing call."""
        record = self._ringing()
        assert record.call is not None
        record.call.post(PersonHangsUp(reason))

    def silence(self) -> None:
        """Stop the ring tone; the call goes on ringing at the other end."""
        self._ringing().silenced = True
        self._sound.tone(None)
        self._desk.show_call()

    def hang_up(self, reason: EndReason = EndReason.HUNG_UP) -> None:
        """End, cancel or decline the current call."""
        record = self._on()
        if record.rings_here and reason is EndReason.HUNG_UP:
            reason = EndReason.DECLINED
        self._end(record, reason)

    def dismiss(self) -> None:
        """Take an ended call off the screen."""
        if self.current is not None and self.current.ended:
            self.current = None
            self._desk.show_call()

    def mute(self, on: bool | None) -> None:
        """Mute, open, or toggle the microphone."""
        record = self._current_for(Capability.MUTE)
        self._mute(record, not record.muted if on is None else on)
        self._desk.show_call()

    def hold(self, on: bool | None) -> None:
        """Hold, resume, or toggle."""
        record = self._current_for(Capability.HOLD)
        assert record.call is not None
        record.on_hold = not record.on_hold if on is None else on
        self.call_sound.hold(record)
        record.call.post(HoldChanged(record.on_hold))
        record.tell(sentence("G_HOLD" if record.on_hold else "G_OFF_HOLD", peer=record.name))
        self._desk.show_call()

    def find_new_path(self) -> None:
        """Let the call look for another way through the network; it goes on meanwhile."""
        record = self._on()
        if record.call is None or record.phase is not Phase.ACTIVE:
            raise ActionRefused("gate", sentence=said("N_NOTYET"))
        record.call.post(NewPathWanted())

    def addresses_changed(self, *, connected: bool) -> None:
        """Let every call go over to the network that this computer is in now."""
        for call in self._calls:
            call.addresses_changed()
        if self.on is not None and self.on.phase is Phase.ACTIVE and not connected:
            self.on.tell(sentence("G_NETWORK"))
            self._desk.show_call()

    def woke(self, seconds: float) -> None:
        """Look for the other side anew after a time in which nothing ran here."""
        if self.on is not None and self.on.phase is Phase.ACTIVE:
            self.on.stood_still = seconds
            self.on.tell(sentence("G_STOOD_STILL", n=round(seconds)))
            self._desk.show_call()
        for call in self._calls:
            call.post(NewPathWanted())

    def hide_addresses(self) -> None:
        """Let every call leave paths that tell this computer's addresses."""
        for call in self._calls:
            call.hide_addresses()

    def service_back(self) -> None:
        """Send at once what other devices have not acknowledged while there was no service."""
        for call in self._calls:
            call.post(ServiceBack())

    def write_note(self, text: str) -> None:
        """Send a note."""
        record = self._current_for(Capability.NOTES)
        assert record.call is not None
        cleaned = clean(text, MOST_NOTE_BYTES)
        if not cleaned:
            raise ActionRefused("invalid", "Write something first.")
        if len(cleaned.encode()) > MOST_NOTE_BYTES:
            raise ActionRefused("invalid", f"A note has at most {MOST_NOTE_BYTES} bytes.")
        if not record.call.foremost.core.takes_notes:
            raise ActionRefused("gate", sentence=said("R_WITHHELD"))
        record.note(cleaned, mine=True)
        record.call.post(NoteWritten(cleaned))
        self._desk.show_call()

    def end_with(self, account: AccountId, reason: EndReason) -> None:
        """End every call with somebody, those that only wait for proof too."""
        for record in list(self.records.values()):
            if record.account == account and not record.ended:
                self._end(record, reason)

    def leave(self, account: AccountId) -> None:
        """End every call with somebody of whom nothing is taken any more."""
        for record in list(self.records.values()):
            if record.account == account and not record.ended:
                declined = record.rings_here
                self._end(record, EndReason.DECLINED if declined else EndReason.HUNG_UP)

    async def close(self) -> None:
        """Hang up and close every call."""
        if self.busy:
            self.hang_up(EndReason.ENGINE_STOPPED)
        if self.current is not None and self.current.active is not None:
            await self.current.active.last_frames()
        for task in list(self._tasks):
            task.cancel()
        for call in self._calls:
            await call.close()
        self._postbox.close()
        await self._sound.close()

    # Messages from the service

    def undeliverable(
        self, call_id: bytes, account: str, device: bytes, held_up: EndReason | None
    ) -> None:
        """Tell a call that a message was not delivered: held up, or the device is not there."""
        record = self.records.get(call_id)
        call = record.call if record else None
        leg = call.leg_with(account, device) if call else None
        if call is not None and leg is not None:
            call.post_to(leg, Undeliverable(held_up))

    def look_around(self) -> None:
        """Once a second: see whether messages are held back, and forget calls that are over."""
        for record in list(self.records.values()):
            if record.call is None:
                continue
            self._look_at_control(record)
            if record is self.on:
                self.call_sound.look_around(record)
            over = [leg for leg in record.call.legs if leg.over]
            if len(over) == len(record.call.legs):
                self._forget(record)
            else:
                for leg in over:
                    self._postbox.forget_device(record.id, leg.address.device)

    def _look_at_control(self, record: CallState) -> None:
        """Say once that the service holds messages back, when acknowledgements stay away."""
        active = record.active
        session = active.core.session if active else None
        if session is None or active is None or active.media is None:
            return
        if record.withheld or record.ended:
            return
        now = self.clock.now()
        waited = min(
            session.control.oldest_unacknowledged(now),
            now - self.service_since,
            active.media.monitor.heard_for(now),  # who is not heard has nothing to acknowledge
        )
        if waited >= WITHHELD_AFTER:
            record.withheld = True
            record.tell(sentence("R_WITHHELD"))
            self._desk.show_call()

    def known(self, account: AccountId) -> KnownPeer | None:
        """Return what is remembered of an account's key."""
        contact = self._desk.contacts.get(account)
        return KnownPeer(contact.identity_key, contact.epoch) if contact.identity_key else None

    def receive(self, call_id: bytes, account: AccountId) -> CallState:
        """Keep a record for an invite; nobody sees it before it rings."""
        return self._record(call_id, account, incoming=True)

    # Inside

    @property
    def _calls(self) -> list[CallRunner]:
        return [record.call for record in self.records.values() if record.call is not None]

    def _begin(self, record: CallState, cores: Mapping[bytes, OneToOneCall]) -> None:
        record.call = CallRunner(record.id, record.account, cores, self._around)
        record.call.begin()
        if record.muted:
            record.call.post(MuteChanged(on=True))

    def _record(self, call_id: bytes, account: AccountId, *, incoming: bool) -> CallState:
        record = CallState(
            call_id,
            account,
            self._desk.name_of(account),
            "incoming" if incoming else "outgoing",
            self._desk.own,
            self._desk.rekey_interval,
        )
        record.remember(self._desk.contacts.get(account))
        record.order = self._begun = self._begun + 1
        self.records[call_id] = record
        return record

    def _current_for(self, capability: Capability) -> CallState:
        """Return the current call, if the gate lets this be done in it."""
        insist(capability, self.current, self._desk.own, self._desk.platform_facts())
        return self._on()

    def _on(self) -> CallState:
        if self.current is None or self.current.ended:
            raise ActionRefused("wrong_state", "There is no call.")
        return self.current

    def _ringing(self) -> CallState:
        record = self._on()
        if not record.rings_here:
            raise ActionRefused("wrong_state", "No call rings here.")
        return record

    def _end(self, record: CallState, reason: EndReason) -> None:
        if record.call is None:
            self.fail(record, reason)
        else:
            record.call.post(PersonHangsUp(reason))

    def _mute(self, record: CallState, on: bool) -> None:
        if record.muted == on:
            return
        record.muted = on
        self.call_sound.set_microphone(record)
        if record.call is not None:
            record.call.post(MuteChanged(on))

    def finish(self, record: CallState, end: Ended) -> None:
        """Let go of the sound of a call that is over, and write the call down."""
        reason = end.reason
        if reason is EndReason.CODES_DIFFER and end.by_peer:
            self._mark_differed(record)
        words = end_sentence(end, record, self._desk.other_device())
        record.end(words, by_peer=end.by_peer)
        seen = record is self.current
        if seen:
            self.spawn(self.call_sound.leave(record))  # before all that may fail: nobody listens on
        if not record.given_up:
            self._desk.call_over(record, reason, words)
        if seen:
            if record.direction == "incoming" and reason in SILENT_ENDS:
                self.current = None
            self._desk.show_call()
        if record.call is None:
            self._forget(record)
        if seen and not record.started:
            self.doorbell.ring_again()

    def _make_paths(
        self, leg: LegAddress, on_packet: OnPacket, on_described: OnDescribed, on_failed: OnFailed
    ) -> Paths:
        del leg  # each is reached in the same way
        return Paths(self._desk.network, on_packet, on_described, on_failed)

    def _send(self, leg: LegAddress, payload: bytes, repeat: bool) -> None:
        self._postbox.send(leg.call_id, leg.account, leg.device, payload, repeat=repeat)

    def _mark_differed(self, record: CallState) -> None:
        """Mark a person who found that the codes differ: they differ for both, or for nobody."""
        peer = record.active.core.peer if record.active else None
        if peer is not None:
            with contextlib.suppress(UnknownKey):  # another key was accepted meanwhile
                self._desk.contacts.mark_differed(peer.account_id, peer.identity_key, time.time())
            record.remember(self._desk.contacts.get(peer.account_id), first=record.first)

    def _forget(self, record: CallState) -> None:
        self.records.pop(record.id, None)
        self._postbox.forget(record.id)

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Let something go on beside everything else, until the switchboard closes."""
        go_on(self._tasks, work)
