"""All calls of this engine: placing, taking, and which one a person sees.

One call is current: the one that a screen shows. Invites of others are answered silently while
they prove who they are; what a call that is proven then does beside the current one, `doorbell`
knows. A call that is placed has a leg for each device of the person called.
"""

from collections.abc import Mapping, Sequence

import structlog

from tui_call.calls.events import (
    HoldChanged,
    MuteChanged,
    NewPathWanted,
    NoteWritten,
    PersonHangsUp,
    ServiceBack,
    Undeliverable,
)
from tui_call.calls.forked_call import MOST_LEGS
from tui_call.calls.one_to_one import KnownPeer, OneToOneCall
from tui_call.control.server import ActionRefused
from tui_call.e2ee.control_messages import MOST_NOTE_BYTES
from tui_call.e2ee.handshake import CallerHandshake
from tui_call.engine.account.configuration import Configuration
from tui_call.engine.account.own_account import OwnAccount
from tui_call.engine.account.rights import Rights
from tui_call.engine.calls.call_list import CallList
from tui_call.engine.calls.call_log import CallLog
from tui_call.engine.calls.call_state import CallState
from tui_call.engine.calls.clock import SystemClock
from tui_call.engine.calls.entropy import SystemEntropy
from tui_call.engine.calls.focus import CallSound
from tui_call.engine.calls.gatekeeper import Gatekeeper
from tui_call.engine.calls.manager import CallManager
from tui_call.engine.calls.own_clock import OwnClock
from tui_call.engine.calls.reports import CallObserver, LegAddress
from tui_call.engine.calls.runner import CallRunner
from tui_call.engine.calls.surroundings import OnDescribed, OnFailed, OnPacket, Surroundings
from tui_call.engine.directory import KnownPeople
from tui_call.engine.media.libraries import CallLibraries
from tui_call.engine.media.path_settings import PathSettings
from tui_call.engine.media.paths import Paths
from tui_call.engine.service.membership import ServiceMembership
from tui_call.engine.service.postbox import Postbox
from tui_call.engine.sound.sound import Sound
from tui_call.engine.tasks import Tasks
from tui_call.foreign_text import clean
from tui_call.identifiers import AccountId
from tui_call.permissions.gate import Capability, Phase
from tui_call.reasons import EndReason
from tui_call.sentences import sentence

log = structlog.get_logger()

WITHHELD_AFTER = 15.0
"""Seconds without an acknowledgement after which the service is suspected (e2ee.md, "CTL")."""


class Switchboard:
    """Every call, by its id."""

    def __init__(
        self,
        calls: CallList,
        manager: CallManager,
        observer: CallObserver,
        call_log: CallLog,
        account: OwnAccount,
        rights: Rights,
        people: KnownPeople,
        configuration: Configuration,
        gatekeeper: Gatekeeper,
        path_settings: PathSettings,
        membership: ServiceMembership,
        clock: OwnClock,
        sound: Sound,
        call_sound: CallSound,
        postbox: Postbox,
        tasks: Tasks,
    ) -> None:
        self._calls = calls
        self._manager = manager
        self._log = call_log
        self._account = account
        self._rights = rights
        self._people = people
        self._configuration = configuration
        self._gatekeeper = gatekeeper
        self._path_settings = path_settings
        self._membership = membership
        self._clock = clock
        self._sound = sound
        self._call_sound = call_sound
        self._postbox = postbox
        self._tasks = tasks
        self._around = Surroundings(
            SystemClock(clock.now),
            self._make_paths,
            self._send,
            observer,
            libraries=CallLibraries(),
        )

    # What the person does

    def begin(self, call_id: bytes, account: AccountId) -> CallState:
        """Show a call that is about to be placed; the devices are not known yet."""
        record = self._record(call_id, account, incoming=False)
        self._calls.current = record
        self._log.show()
        return record

    def place(self, record: CallState, devices: Sequence[bytes]) -> None:
        """Send an invite of a call to each device, or to the first ones of many."""
        if record.ended:
            return
        identity, account = self._account.identity(), AccountId(record.account)
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

    def answer(self, *, muted: bool) -> None:
        """Take the ringing call."""
        self._manager.answer(self._ringing(), muted=muted)

    def decline(self, reason: EndReason = EndReason.DECLINED) -> None:
        """Decline the ringing call."""
        record = self._ringing()
        assert record.call is not None
        record.call.post(PersonHangsUp(reason))

    def silence(self) -> None:
        """Stop the ring tone; the call goes on ringing at the other end."""
        self._ringing().silenced = True
        self._sound.stop_tone()
        self._log.show()

    def hang_up(self, reason: EndReason = EndReason.HUNG_UP) -> None:
        """End, cancel or decline the current call."""
        record = self._on()
        if record.rings_here and reason is EndReason.HUNG_UP:
            reason = EndReason.DECLINED
        self._manager.end(record, reason)

    def dismiss(self) -> None:
        """Take an ended call off the screen."""
        if self._calls.current is not None and self._calls.current.ended:
            self._calls.current = None
            self._log.show()

    def mute(self, on: bool | None) -> None:
        """Mute, open, or toggle the microphone."""
        record = self._current_for(Capability.MUTE)
        self._manager.mute(record, not record.muted if on is None else on)
        self._log.show()

    def hold(self, on: bool | None) -> None:
        """Hold, resume, or toggle."""
        record = self._current_for(Capability.HOLD)
        assert record.call is not None
        record.on_hold = not record.on_hold if on is None else on
        self._call_sound.hold(record)
        record.call.post(HoldChanged(record.on_hold))
        record.tell(sentence("G_HOLD" if record.on_hold else "G_OFF_HOLD", peer=record.name))
        self._log.show()

    def find_new_path(self) -> None:
        """Let the call look for another way through the network; it goes on meanwhile."""
        record = self._on()
        if record.call is None or record.phase is not Phase.ACTIVE:
            raise ActionRefused("gate", sentence=sentence("N_NOTYET"))
        record.call.post(NewPathWanted())

    def addresses_changed(self, *, connected: bool) -> None:
        """Let every call go over to the network that this computer is in now."""
        for call in self._calls.runners:
            call.addresses_changed()
        if self._calls.on is not None and self._calls.on.phase is Phase.ACTIVE and not connected:
            self._calls.on.tell(sentence("G_NETWORK"))
            self._log.show()

    def woke(self, seconds: float) -> None:
        """Look for the other side anew after a time in which nothing ran here."""
        if self._calls.on is not None and self._calls.on.phase is Phase.ACTIVE:
            self._calls.on.stood_still = seconds
            self._calls.on.tell(sentence("G_STOOD_STILL", n=round(seconds)))
            self._log.show()
        for call in self._calls.runners:
            call.post(NewPathWanted())

    def hide_addresses(self) -> None:
        """Let every call leave paths that tell this computer's addresses."""
        for call in self._calls.runners:
            call.hide_addresses()

    def service_back(self) -> None:
        """Send at once what other devices have not acknowledged while there was no service."""
        for call in self._calls.runners:
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
            raise ActionRefused("gate", sentence=sentence("R_WITHHELD"))
        record.note(cleaned, mine=True)
        record.call.post(NoteWritten(cleaned))
        self._log.show()

    def end_with(self, account: AccountId, reason: EndReason) -> None:
        """End every call with somebody, those that only wait for proof too."""
        for record in self._calls.with_account(account):
            self._manager.end(record, reason)

    def leave(self, account: AccountId) -> None:
        """End every call with somebody of whom nothing is taken any more."""
        for record in self._calls.with_account(account):
            declined = record.rings_here
            self._manager.end(record, EndReason.DECLINED if declined else EndReason.HUNG_UP)

    async def close(self) -> None:
        """Hang up and close every call."""
        if self._calls.busy:
            self.hang_up(EndReason.ENGINE_STOPPED)
        if self._calls.current is not None and self._calls.current.active is not None:
            await self._calls.current.active.last_frames()
        self._tasks.cancel()
        for call in self._calls.runners:
            await call.close()
        self._postbox.close()
        await self._sound.close()

    # Messages from the service

    def undeliverable(
        self, call_id: bytes, account: str, device: bytes, held_up: EndReason | None
    ) -> None:
        """Tell a call that a message was not delivered: held up, or the device is not there."""
        record = self._calls.records.get(call_id)
        call = record.call if record else None
        leg = call.leg_with(account, device) if call else None
        if call is not None and leg is not None:
            call.post_to(leg, Undeliverable(held_up))

    def look_around(self) -> None:
        """Once a second: see whether messages are held back, and forget calls that are over."""
        for record in list(self._calls.records.values()):
            if record.call is None:
                continue
            self._look_at_control(record)
            if record is self._calls.on:
                self._call_sound.look_around(record)
            over = [leg for leg in record.call.legs if leg.over]
            if len(over) == len(record.call.legs):
                self._manager.forget(record)
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
        now = self._clock.now()
        waited = min(
            session.control.oldest_unacknowledged(now),
            now - self._membership.online_since,
            active.media.monitor.heard_for(now),  # who is not heard has nothing to acknowledge
        )
        if waited >= WITHHELD_AFTER:
            record.withheld = True
            record.tell(sentence("R_WITHHELD"))
            self._log.show()

    def known(self, account: AccountId) -> KnownPeer | None:
        """Return what is remembered of an account's key."""
        contact = self._account.contacts.get(account)
        return KnownPeer(contact.identity_key, contact.epoch) if contact.identity_key else None

    def receive(self, call_id: bytes, account: AccountId) -> CallState:
        """Keep a record for an invite; nobody sees it before it rings."""
        return self._record(call_id, account, incoming=True)

    # Inside

    def _begin(self, record: CallState, cores: Mapping[bytes, OneToOneCall]) -> None:
        record.call = CallRunner(record.id, record.account, cores, self._around)
        record.call.begin()
        if record.muted:
            record.call.post(MuteChanged(on=True))

    def _record(self, call_id: bytes, account: AccountId, *, incoming: bool) -> CallState:
        record = CallState(
            call_id,
            account,
            self._people.name_of(account),
            "incoming" if incoming else "outgoing",
            self._rights.own,
            self._configuration.rekey_interval,
        )
        record.remember(self._account.contacts.get(account))
        self._calls.add(record)
        return record

    def _current_for(self, capability: Capability) -> CallState:
        """Return the current call, if the gate lets this be done in it."""
        self._gatekeeper.insist(capability, self._calls.current)
        return self._on()

    def _on(self) -> CallState:
        if self._calls.current is None or self._calls.current.ended:
            raise ActionRefused("wrong_state", "There is no call.")
        return self._calls.current

    def _ringing(self) -> CallState:
        record = self._on()
        if not record.rings_here:
            raise ActionRefused("wrong_state", "No call rings here.")
        return record

    def _make_paths(
        self, leg: LegAddress, on_packet: OnPacket, on_described: OnDescribed, on_failed: OnFailed
    ) -> Paths:
        del leg  # each is reached in the same way
        return Paths(self._path_settings.network, on_packet, on_described, on_failed)

    def _send(self, leg: LegAddress, payload: bytes, repeat: bool) -> None:
        self._postbox.send(leg.call_id, leg.account, leg.device, payload, repeat=repeat)
