"""What the service tells, handed to where it belongs."""

import logging
from collections.abc import Sequence

from tui_call.engine.account.own_account import OwnAccount
from tui_call.engine.calls.call_log import CallLog
from tui_call.engine.calls.call_watch import CallWatch
from tui_call.engine.calls.incoming import IncomingCalls
from tui_call.engine.calls.standard import BridgedCalls
from tui_call.engine.calls.standard_captions import StandardCaptions
from tui_call.engine.devices.own_devices import OwnDevices
from tui_call.engine.directory import KnownPeople
from tui_call.engine.news.login_news import LoginNews
from tui_call.engine.news.rights_news import RightsNews
from tui_call.engine.notices import Notices
from tui_call.engine.service.postbox import Postbox
from tui_call.identifiers import IdentifierError, parse_account_id, parse_identifier
from tui_call.reasons import EndReason
from tui_call.sentences import sentence
from tui_call.signaling import messages as signaling

log = logging.getLogger(__name__)

_HELD_UP = {"rate": EndReason.TOO_MANY_CALLS, "crowded": EndReason.CROWDED}
"""Why a message was not delivered that may be if it is sent again."""


class Deliveries:
    """Messages of other devices, and what became of those that were sent to them."""

    def __init__(
        self,
        account: OwnAccount,
        own_devices: OwnDevices,
        incoming: IncomingCalls,
        call_watch: CallWatch,
        postbox: Postbox,
    ) -> None:
        self._account = account
        self._own_devices = own_devices
        self._incoming = incoming
        self._call_watch = call_watch
        self._postbox = postbox

    def deliver(self, message: signaling.Deliver) -> None:
        """Take a message of another device."""
        if self._account.is_own(message.from_account):
            self._own_devices.deliver(message)
        else:
            self._incoming.deliver(message)

    def acknowledged(self, message: signaling.Acknowledged) -> None:
        """Take note that a message has arrived."""
        self._postbox.acknowledged(message)

    def undeliverable(self, message: signaling.Undeliverable) -> None:
        """Take note that one has not."""
        held_up = _HELD_UP.get(message.reason)
        try:
            call, device = parse_identifier(message.call), parse_identifier(message.to_device)
        except IdentifierError:
            log.info("unreadable message dropped")
            return
        self._call_watch.undeliverable(call, message.to_account, device, held_up)
        if held_up is None:
            self._own_devices.undeliverable(call)


class ServiceNews:
    """Takes every message that answers no request."""

    def __init__(
        self,
        account: OwnAccount,
        own_devices: OwnDevices,
        people: KnownPeople,
        logins: LoginNews,
        rights: RightsNews,
        deliveries: Deliveries,
        standard: BridgedCalls,
        captions: StandardCaptions,
        call_log: CallLog,
        notices: Notices,
    ) -> None:
        self._account = account
        self._own_devices = own_devices
        self._people = people
        self._logins = logins
        self._rights = rights
        self._deliveries = deliveries
        self._standard = standard
        self._captions = captions
        self._call_log = call_log
        self._notices = notices

    def take(self, message: signaling.ServiceMessage) -> None:  # noqa: C901 - an arm each
        """Take a message that answers no request."""
        match message:
            case signaling.Deliver():
                self._deliveries.deliver(message)
            case signaling.Acknowledged():
                self._deliveries.acknowledged(message)
            case signaling.Undeliverable():
                self._deliveries.undeliverable(message)
            case signaling.Welcome():
                self._logins.welcomed(message)
            case signaling.CallChanged():
                self._standard.changed(message)
            case signaling.LegDescribed():
                self._standard.leg_described(message)
            case signaling.CallNote():
                self._standard.note_arrived(message)
            case signaling.CaptionSpoken():
                self._captions.spoken(message)
            case signaling.PersonChanged(person):
                self._learn([person])
            case signaling.PeopleChanged(people):
                self._learn(people)
            case signaling.PolicyChanged():
                self._rights.policies_changed(message)
            case signaling.SettingChanged():
                self._rights.setting_changed(message)
            case signaling.NameChanged(name):
                self._account.called(name)
            case signaling.RoleChanged(role):
                self._rights.role_changed(role)
            case signaling.MissedCall():
                self._missed(message)
            case signaling.InviteCreated(opened=opened):
                if opened:
                    self._notices.add(sentence("G_OPENED"))
            case _:
                log.info("message of the service not used", {"type": type(message).__name__})

    def _learn(self, people: Sequence[signaling.Person]) -> None:
        self._people.learn(people)
        if any(self._account.is_own(person.account) for person in people):
            self._own_devices.changed()

    def _missed(self, message: signaling.MissedCall) -> None:
        try:
            account = parse_account_id(message.from_account)
        except IdentifierError:
            return
        self._call_log.missed_elsewhere(account, message.name, message.time)
