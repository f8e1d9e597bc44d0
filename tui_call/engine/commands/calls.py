"""Orders about calls: placing one, and all that is done while it rings or is on."""

import secrets
from typing import assert_never

import structlog

from tui_call.control import actions
from tui_call.control.server import ActionRefused
from tui_call.engine.account.own_account import OwnAccount
from tui_call.engine.account.rights import Rights
from tui_call.engine.calls.call_list import CallList
from tui_call.engine.calls.call_state import CallState
from tui_call.engine.calls.gatekeeper import Gatekeeper
from tui_call.engine.calls.manager import CallManager
from tui_call.engine.calls.switchboard import Switchboard
from tui_call.engine.commands.addressed import insist_on_call
from tui_call.engine.commands.result import NOTHING, Result
from tui_call.engine.directory import KnownPeople
from tui_call.engine.service.faults import ServiceAway, TooMany
from tui_call.engine.service.membership import ServiceMembership
from tui_call.engine.sound.sound import Sound
from tui_call.engine.tasks import Tasks
from tui_call.engine.views.sentences import day, denied_sentence
from tui_call.identifiers import AccountId, parse_identifier
from tui_call.permissions.admission import CallSide, Denied, may_call
from tui_call.permissions.explain import Names
from tui_call.permissions.gate import IN_CALL, Capability
from tui_call.profile.contacts import Standing
from tui_call.reasons import EndReason, GateReason
from tui_call.sentences import sentence
from tui_call.signaling import messages as signaling

log = structlog.get_logger()

LOOKUP_WITHIN = 20.0
"""Seconds: a `Lookup` may start a process."""

OrderInCall = (
    actions.Answer
    | actions.Decline
    | actions.Silence
    | actions.HangUp
    | actions.DismissCall
    | actions.Mute
    | actions.Hold
    | actions.Swap
    | actions.FindNewPath
    | actions.Note
    | actions.UseCapability
)


class CallOrders:
    """Carries out what is ordered in a call."""

    def __init__(self, calls: CallList, switchboard: Switchboard, gatekeeper: Gatekeeper) -> None:
        self._calls = calls
        self._switchboard = switchboard
        self._gatekeeper = gatekeeper

    def carry_out(self, action: OrderInCall) -> Result:  # noqa: C901 - an arm each
        """Do it in the call that is meant."""
        insist_on_call(self._calls, action)
        match action:
            case actions.Answer(muted):
                self._switchboard.answer(muted=muted)
            case actions.Decline():
                self._switchboard.decline()
            case actions.Silence():
                self._switchboard.silence()
            case actions.HangUp():
                self._switchboard.hang_up()
            case actions.DismissCall():
                self._switchboard.dismiss()
            case actions.Mute(on):
                self._switchboard.mute(on)
            case actions.Hold(on):
                self._switchboard.hold(on)
            case actions.Swap():
                raise ActionRefused("wrong_state", sentence=sentence("N_NO_OTHER_CALL"))
            case actions.FindNewPath():
                self._switchboard.find_new_path()
            case actions.Note(text):
                self._switchboard.write_note(text)
            case actions.UseCapability(name):
                self._use_capability(name)
            case _:
                assert_never(action)
        return NOTHING

    def _use_capability(self, name: str) -> None:
        """Answer for a capability that has no action of its own: off, with the reason."""
        try:
            capability = Capability(name)
        except ValueError as error:
            raise ActionRefused("unknown_command", "There is no such capability.") from error
        self._gatekeeper.insist(capability, self._calls.current)
        if capability in IN_CALL:
            raise ActionRefused("invalid", "That has a command of its own.")


class Dialling:
    """Places calls."""

    def __init__(
        self,
        account: OwnAccount,
        rights: Rights,
        people: KnownPeople,
        membership: ServiceMembership,
        calls: CallList,
        manager: CallManager,
        switchboard: Switchboard,
        sound: Sound,
        tasks: Tasks,
    ) -> None:
        self._account = account
        self._rights = rights
        self._people = people
        self._membership = membership
        self._calls = calls
        self._manager = manager
        self._switchboard = switchboard
        self._sound = sound
        self._tasks = tasks

    def call(self, action: actions.Call) -> Result:
        """Begin to call somebody."""
        account = self._callee(action.person)
        record = self._switchboard.begin(secrets.token_bytes(16), account)
        self._tasks.spawn(self._find_and_call(record))
        return {"call": record.id.hex()}

    def _callee(self, person: str) -> AccountId:
        """Return who is meant, if a call may begin now; whatever forbids it is said here."""
        if self._account.locked:
            raise ActionRefused("gate", sentence=sentence(GateReason.KEY_LOCKED, "own"))
        if self._account.joined is None:
            raise ActionRefused("wrong_state", "Set up tui-call first: run tui-call.")
        link = self._membership.link
        if link is not None and link.state.is_refusal:
            raise ActionRefused("not_allowed", sentence=self._membership.problem)
        account = self._people.resolve(person)
        if self._calls.busy:
            raise ActionRefused("wrong_state", "A call is on. End it first.")
        name, contact = self._people.name_of(account), self._account.contacts.get(account)
        if contact.key_standing is Standing.DIFFERED:
            date = day(contact.since)
            words = sentence(EndReason.CODES_DIFFERED_BEFORE, peer=name, date=date)
            raise ActionRefused("not_allowed", sentence=words)
        own = self._rights.own
        refused = may_call(own, None, CallSide.CALLER)
        if isinstance(refused, Denied):
            names = Names(name, self._account.member().organisation)
            raise ActionRefused("gate", sentence=denied_sentence(refused, own, names))
        return account

    async def _find_and_call(self, record: CallState) -> None:
        self._tasks.spawn(self._sound.open_early())  # devices take their time
        reason = EndReason.NO_SERVICE
        try:
            devices = await self._find_devices(record.account)
            if devices:
                self._switchboard.place(record, devices)
                return
            known = self._people.knows(record.account)
            reason = EndReason.OFFLINE if known else EndReason.NO_SUCH_PERSON
        except TooMany:
            reason = EndReason.TOO_MANY_CALLS
        except Exception as error:
            # Whatever the service answered, or the settings name: no call stays half begun.
            log.error("call not placed", error=type(error).__name__)
        self._manager.fail(record, reason)

    async def _find_devices(self, account: AccountId) -> list[bytes]:
        """Return the devices of an account that are online, the oldest first."""
        answer = await self._membership.request(
            lambda number: signaling.Lookup(number, account), LOOKUP_WITHIN
        )
        if not isinstance(answer, signaling.People):
            raise ServiceAway
        return [
            parse_identifier(device.id)
            for person in answer.people
            for device in person.devices
            if person.account == account and device.online
        ]
