"""What the service tells the engine, and what follows from it."""

import math
import time
from typing import TYPE_CHECKING

import structlog
from msgspec.structs import replace

from tui_call.engine.directory import MOST_NAME
from tui_call.engine.service.faults import ServiceFault
from tui_call.engine.service.link_state import LinkState
from tui_call.engine.views.encryption import rights_news
from tui_call.foreign_text import clean
from tui_call.identifiers import IdentifierError, parse_account_id, parse_identifier
from tui_call.permissions.gate import Phase
from tui_call.permissions.settings import AccountSetting
from tui_call.profile.history import PastCall, PastMember
from tui_call.reasons import EndReason
from tui_call.sentences import sentence
from tui_call.signaling import messages as signaling

if TYPE_CHECKING:
    from tui_call.engine.engine import Engine

log = structlog.get_logger()

SAME_CALL_SECONDS = 120
"""A missed call that the service tells of is the one that rang here, if it is so near."""

_HELD_UP = {"rate": EndReason.TOO_MANY_CALLS, "crowded": EndReason.CROWDED}
"""Why a message was not delivered that may be if it is sent again."""


class ServiceNews:
    """Hands each message of the service to where it belongs."""

    def __init__(self, engine: "Engine") -> None:
        self._engine = engine
        self._state = LinkState.CONNECTING
        self._refusals: set[LinkState] = set()

    def take(self, message: signaling.ServiceMessage) -> None:  # noqa: C901 - an arm each
        """Take a message that answers no request."""
        match message:
            case signaling.Deliver() if self._engine.own_devices.is_own(message.from_account):
                self._engine.own_devices.deliver(message)
            case signaling.Deliver():
                self._engine.incoming.deliver(message)
            case signaling.Acknowledged():
                self._engine.postbox.acknowledged(message)
            case signaling.Undeliverable():
                self._undeliverable(message)
            case signaling.Welcome():
                self._welcome(message)
            case signaling.PersonChanged(person):
                self._engine.people.learn([person])
                self._engine.publish("people")
                if self._engine.own_devices.is_own(person.account):
                    self._engine.own_devices.changed()
            case signaling.PolicyChanged(policy):
                self._rights_changed(policy, None)
            case signaling.SettingChanged(setting):
                self._rights_changed(None, setting)
            case signaling.NameChanged(name):
                self._named(name)
            case signaling.MissedCall():
                self._missed(message)
            case signaling.InviteCreated(opened=opened):
                if opened:
                    self._engine.notice(sentence("G_OPENED"))
            case _:
                log.info("message of the service not used", type=type(message).__name__)

    def _undeliverable(self, message: signaling.Undeliverable) -> None:
        held_up = _HELD_UP.get(message.reason)
        try:
            call, device = parse_identifier(message.call), parse_identifier(message.to_device)
            self._engine.switchboard.undeliverable(call, message.to_account, device, held_up)
            if held_up is None:
                self._engine.own_devices.undeliverable(call)
        except IdentifierError:
            log.info("unreadable message dropped")

    def _welcome(self, message: signaling.Welcome) -> None:
        self._engine.role = message.role
        if self._engine.own_devices.is_own(message.account):
            self._named(message.name)
        link = self._engine.membership.link
        self._engine.organisation_name = link.organisation_name if link else ""
        self._engine.welcomed.set()
        self._engine.switchboard.service_back()
        self._rights_changed(message.policy, message.setting)
        self._engine.publish("me", "service")
        self._engine.tasks.spawn(self._ask_for_people())
        self._engine.tasks.spawn(self._engine.own_devices.welcomed())
        if link is not None:
            self._engine.tasks.spawn(self._engine.service_relays.ask(link))
        self._engine.forget_presence()

    async def _ask_for_people(self) -> None:
        link = self._engine.membership.link
        if link is None:
            return
        try:
            answer = await link.request(lambda number: signaling.ListPeople(number))
        except ServiceFault as error:
            log.info("no directory", error=type(error).__name__)
            return
        if isinstance(answer, signaling.People):
            self._engine.people.learn(answer.people)
            self._engine.publish("people")

    def _missed(self, message: signaling.MissedCall) -> None:
        """Note a call of which only the service says that it was tried."""
        try:
            account = parse_account_id(message.from_account)
        except IdentifierError:
            return
        if self._engine.contacts.get(account).blocked:
            return
        at = min(message.time, time.time())  # one of the future would stand above all others
        if any(
            call.was_with(account) and abs(call.at - at) < SAME_CALL_SECONDS
            for call in self._engine.history.calls
        ):
            return
        self._engine.history.add(
            PastCall(
                at=at,
                members=(PastMember(account, clean(message.name)),),
                direction="missed",
                seconds=0,
                end_reason=EndReason.CANCELLED.value,
                unseen=True,
            )
        )
        self._engine.save()
        self._engine.publish("history")

    def _named(self, told: str) -> None:
        """Keep how this person is called now: another device may have changed it."""
        joined, name = self._engine.joined, clean(told, MOST_NAME)
        if joined is not None and name and name != joined.name:
            self._engine.profile.membership = replace(joined, name=name)
            self._engine.save()
            self._engine.publish("me")

    def _rights_changed(self, policy: signaling.Policy | None, setting: str | None) -> None:
        """Take policy and setting, and say in a call, which keeps what it began with, what is new.

        Args:
            policy: that applies now, None where nothing is said of it.
            setting: of the account, likewise.
        """
        before = self._engine.own
        if policy is not None:
            self._engine.rights.take_policy(policy)
        if setting is not None:
            self._engine.rights.account_setting = AccountSetting(setting)
        record, words = self._engine.calls.on, rights_news(before, self._engine.own)
        if record is not None and words is not None:
            record.tell(words)
        self._engine.publish("encryption", "settings", "calls")

    def _tell_call(self, state: LinkState) -> None:
        """Say in a call that the service goes away and is back; the call does not need it."""
        record = self._engine.calls.on
        if state is LinkState.ONLINE:
            self._engine.switchboard.service_since = self._engine.switchboard.clock.now()
        else:
            self._engine.switchboard.service_since = math.inf
        if record is None or record.phase is not Phase.ACTIVE:
            return
        if state is LinkState.AWAY:
            record.tell(sentence("G_SERVICE"))
        elif state is LinkState.ONLINE:
            record.tell(sentence("G_SERVICE_BACK"))
        self._engine.publish("calls")

    def link_changed(self, state: LinkState) -> None:
        """Show how the connection stands."""
        if state is not self._state:
            self._state = state
            self._tell_call(state)
        self._tell_refusal(state)
        if state is not LinkState.ONLINE:
            self._engine.people.go_offline()
            self._engine.publish("people")
        self._engine.publish("service")

    def _tell_refusal(self, state: LinkState) -> None:
        """Say once why the service lets nobody in or does not start, until it did."""
        if state is LinkState.ONLINE:
            self._refusals.clear()
        refused = state.is_refusal or self._engine.membership.start_fault is not None
        problem = self._engine.presentation.service_problem()
        if problem is not None and refused and state not in self._refusals:
            self._refusals.add(state)
            self._engine.notice(problem)
