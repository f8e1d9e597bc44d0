"""Calls from device to device: their cores are made here, for those that are placed and taken.

A call that is placed has a leg for each device of the person called. Invites of others are
answered silently while they prove who they are.
"""

from collections.abc import Mapping, Sequence
from typing import Literal

from tui_call.calls.events import HoldChanged, MuteChanged
from tui_call.calls.forked_call import MOST_LEGS
from tui_call.calls.introduction import KnownPeer
from tui_call.calls.one_to_one import OneToOneCall
from tui_call.e2ee.handshake import CalleeHandshake, CallerHandshake
from tui_call.engine.account.configuration import Configuration
from tui_call.engine.account.own_account import OwnAccount
from tui_call.engine.account.rights import Rights
from tui_call.engine.calls.call_list import CallList
from tui_call.engine.calls.call_state import CallState
from tui_call.engine.calls.clock import Clock
from tui_call.engine.calls.reports import CallObserver, LegAddress
from tui_call.engine.calls.runner import CallRunner
from tui_call.engine.calls.surroundings import OnDescribed, OnFailed, OnPacket, Surroundings
from tui_call.engine.directory import KnownPeople
from tui_call.engine.entropy import SystemEntropy
from tui_call.engine.media.libraries import CallLibraries
from tui_call.engine.media.path_settings import PathSettings
from tui_call.engine.media.paths import Paths
from tui_call.engine.service.membership import ServiceMembership
from tui_call.engine.service.postbox import Postbox
from tui_call.identifiers import AccountId
from tui_call.tasks import OnFailure


class DirectCalls:
    """Makes calls, and lets them begin."""

    def __init__(
        self,
        calls: CallList,
        observer: CallObserver,
        account: OwnAccount,
        rights: Rights,
        people: KnownPeople,
        configuration: Configuration,
        path_settings: PathSettings,
        clock: Clock,
        postbox: Postbox,
        libraries: CallLibraries,
        membership: ServiceMembership,
        on_failure: OnFailure,
    ) -> None:
        self._calls = calls
        self._account = account
        self._rights = rights
        self._people = people
        self._configuration = configuration
        self._path_settings = path_settings
        self._postbox = postbox
        self._membership = membership
        self._clock = clock
        self._around = Surroundings(
            self._clock,
            self._make_paths,
            self._send,
            observer,
            libraries=libraries,
            on_failure=on_failure,
        )

    def state(
        self, call_id: bytes, account: AccountId, direction: Literal["outgoing", "incoming"]
    ) -> CallState:
        """Return what is known of a call before it begins."""
        record = CallState(
            call_id,
            account,
            self._people.name_of(account),
            direction,
            self._rights.own,
            self._clock.wall,
            self._configuration.rekey_interval,
            self._membership.has_bridge,
        )
        record.remember(self._account.contacts.get(account))
        return record

    def place(self, record: CallState, devices: Sequence[bytes]) -> None:
        """Send an invite of a call to each device, or to the first ones of many."""
        if record.ended:
            return
        identity = self._account.identity()
        cores: dict[bytes, OneToOneCall] = {}
        for number, device in enumerate(dict.fromkeys(devices[:MOST_LEGS])):
            handshake = CallerHandshake(
                identity,
                to_account=record.account,
                to_device=device,
                call_id=record.id,
                leg=number,
                entropy=SystemEntropy(),
            )
            cores[device] = OneToOneCall(handshake, self.known(record.account), record.rules)
        self._begin(record, cores)

    def receive(self, record: CallState, invite: bytes, device: bytes) -> None:
        """Answer the invite of a call; nobody sees it before it rings.

        Raises:
            ProtocolFailure: nothing is to be answered; nothing is kept.
        """
        handshake = CalleeHandshake.respond(self._account.identity(), invite, SystemEntropy())
        self._calls.add(record)
        core = OneToOneCall(handshake, self.known(record.account), record.rules)
        self._begin(record, {device: core})

    def known(self, account: AccountId) -> KnownPeer | None:
        """Return what is remembered of an account's key."""
        contact = self._account.contacts.get(account)
        return KnownPeer(contact.identity_key, contact.epoch) if contact.identity_key else None

    def _begin(self, record: CallState, cores: Mapping[bytes, OneToOneCall]) -> None:
        runner = CallRunner(record.id, record.account, cores, self._around)
        self._calls.begun(runner)
        runner.begin()
        if record.muted:
            runner.post(MuteChanged(on=True))
        if record.on_hold:
            runner.post(HoldChanged(on=True))

    def _make_paths(
        self, leg: LegAddress, on_packet: OnPacket, on_described: OnDescribed, on_failed: OnFailed
    ) -> Paths:
        del leg  # each is reached in the same way
        return Paths(
            self._path_settings.network,
            on_packet,
            on_described,
            on_failed,
            on_failure=self._around.on_failure,
        )

    def _send(self, leg: LegAddress, payload: bytes, repeat: bool) -> None:
        self._postbox.send(leg.call_id, leg.account, leg.device, payload, repeat=repeat)
