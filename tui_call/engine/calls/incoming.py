"""Invites from others: who gets an answer, who a refusal, and who silence.

An invite proves nothing, so nothing here rings and little is shown; the call machine verifies who
calls before the first ring.
"""

import logging
import time

from tui_call.calls.admission_limits import AdmissionLimits, Caller
from tui_call.calls.rivals import Invited, OnInvite, has_forgotten, on_invite
from tui_call.calls.states import DEADLINES, State
from tui_call.e2ee.errors import ProtocolFailure
from tui_call.e2ee.handshake import RefusalReason, refuse
from tui_call.e2ee.messages import Invite, MessageHeader, MessageType, encode_abort, peek
from tui_call.engine.account.own_account import OwnAccount
from tui_call.engine.account.rights import Rights
from tui_call.engine.calls.call_list import CallList
from tui_call.engine.calls.callers import Callers
from tui_call.engine.calls.crossing import own_call
from tui_call.engine.calls.direct import DirectCalls
from tui_call.engine.calls.manager import CallManager
from tui_call.engine.directory import KnownPeople
from tui_call.engine.phrases import denied_sentence
from tui_call.engine.service.membership import ServiceMembership
from tui_call.engine.service.postbox import Postbox
from tui_call.identifiers import (
    AccountId,
    IdentifierError,
    organisation_of,
    parse_account_id,
    parse_identifier,
)
from tui_call.permissions.admission import CallSide, Denied, may_call
from tui_call.permissions.explain import Names
from tui_call.reasons import EndReason
from tui_call.signaling.messages import Deliver

log = logging.getLogger(__name__)


class IncomingCalls:
    """Takes what the service delivers, and hands it to its call or begins one."""

    def __init__(
        self,
        account: OwnAccount,
        rights: Rights,
        people: KnownPeople,
        callers: Callers,
        limits: AdmissionLimits,
        calls: CallList,
        manager: CallManager,
        direct: DirectCalls,
        postbox: Postbox,
        membership: ServiceMembership,
    ) -> None:
        self._account = account
        self._rights = rights
        self._people = people
        self._callers = callers
        self._limits = limits
        self._calls = calls
        self._manager = manager
        self._direct = direct
        self._postbox = postbox
        self._membership = membership

    def deliver(self, message: Deliver) -> None:
        """Take a message, and acknowledge it if it is of any use here; others are dropped.

        Whoever is blocked, not welcome or beyond the limits gets silence, and sends it again.
        """
        try:
            call_id = parse_identifier(message.call)
            device = parse_identifier(message.from_device)
            account = parse_account_id(message.from_account)
            header = peek(message.payload)
        except (IdentifierError, ProtocolFailure):
            log.info("unreadable message dropped")
            return
        if header.call_id != call_id:
            return
        record = self._calls.records.get(call_id)
        if header.type is MessageType.M1 and (record is None or record.direction == "outgoing"):
            if self._account.ready and self._invited(account, device, message.payload):
                self._postbox.acknowledge(message)
            return
        runner = self._calls.runner(record) if record is not None else None
        leg = runner.leg_with(account, device) if runner is not None else None
        if runner is not None and leg is not None:
            self._postbox.acknowledge(message)
            runner.message(leg, message.payload)

    def _invited(self, account: AccountId, device: bytes, invite: bytes) -> bool:
        """Take an invite; False where it gets nothing but silence."""
        try:
            decoded = Invite.decode(invite)
            if decoded.from_account == account and self._callers.may_ring(account):
                return self._consider(decoded.header, account, device, invite)
        except ProtocolFailure as failure:
            log.info("invite dropped", {"kind": failure.kind})
        return False

    def _consider(
        self, header: MessageHeader, account: AccountId, device: bytes, invite: bytes
    ) -> bool:
        """Answer an invite unless a call with the same person, or of the same id, forbids it."""
        call_id = header.call_id
        new = call_id not in self._calls.records
        match on_invite(own_call(self._calls, account), Invited(call_id, account, device)):
            case OnInvite.ANSWER if new:
                return self._answer(call_id, account, device, invite)
            case OnInvite.END_BOTH:
                self._manager.end(self._calls.records[call_id], EndReason.HANDSHAKE_FAILED)
                abort = encode_abort(call_id, header.leg)
                self._postbox.send(call_id, account, device, abort, repeat=False)
            case OnInvite.ANSWER | OnInvite.IGNORE:
                pass
        return True

    def _answer(self, call_id: bytes, account: AccountId, device: bytes, invite: bytes) -> bool:
        """Begin a call or refuse it, within the limits."""
        refused = may_call(self._rights.own, None, CallSide.CALLEE)
        if isinstance(refused, Denied):
            return self._refuse(refused, call_id, account, device, invite)
        caller = self._callers.caller(account)
        if not self._limits.admit(call_id, caller, self._half_open, time.monotonic()):
            return False
        self._begin(call_id, account, device, invite)
        return True

    def _begin(self, call_id: bytes, account: AccountId, device: bytes, invite: bytes) -> None:
        record = self._direct.state(call_id, account, "incoming")
        crossed = own_call(self._calls, account)
        record.forgot = has_forgotten(crossed, Invited(call_id, account, device))
        self._direct.receive(record, invite, device)

    def _refuse(
        self, refused: Denied, call_id: bytes, account: AccountId, device: bytes, invite: bytes
    ) -> bool:
        """Send a signed refusal, and tell the person here that somebody could not call."""
        if refused.refusal is None:
            return False
        if not self._limits.take_answer(self._callers.caller(account), time.monotonic()):
            return False
        refusal = refuse(self._account.identity(), invite, RefusalReason(refused.refusal))
        seconds = DEADLINES[State.WAIT_RESPOND].seconds  # nobody waits for it any longer
        self._postbox.send(call_id, account, device, refusal, repeat=True, seconds=seconds)
        if self._membership.has_bridge and not self._rights.own.required:
            return True  # it comes again, as a standard call
        names = Names(self._people.name_of(account), organisation_of(account))
        self._callers.tell(account, denied_sentence(refused, self._rights.own, names))
        return True

    @property
    def _half_open(self) -> list[Caller]:
        """Whose handshakes wait for M3."""
        return [
            self._callers.caller(record.account)
            for record in self._calls.records.values()
            if record.leg is not None and record.leg.state is State.WAIT_OFFER
        ]
