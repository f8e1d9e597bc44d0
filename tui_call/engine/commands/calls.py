"""Orders about calls: placing one, and all that is done while it rings or is on."""

import logging
import secrets
from collections.abc import Sequence
from typing import assert_never

from tui_call.control import actions
from tui_call.control.server import ActionRefused
from tui_call.engine.account.own_account import OwnAccount
from tui_call.engine.calls.call_list import CallList
from tui_call.engine.calls.call_log import CallLog
from tui_call.engine.calls.call_state import CallState
from tui_call.engine.calls.direct import DirectCalls
from tui_call.engine.calls.focus import CallFocus
from tui_call.engine.calls.gatekeeper import Gatekeeper
from tui_call.engine.calls.going_e2ee import GoingE2EE
from tui_call.engine.calls.leaving_e2ee import LeavingE2EE
from tui_call.engine.calls.manager import CallManager
from tui_call.engine.calls.standard import BridgedCalls
from tui_call.engine.commands.addressed import addressed, expect_seen, named
from tui_call.engine.commands.callees import Callees
from tui_call.engine.commands.result import NOTHING, Result
from tui_call.engine.directory import KnownPeople
from tui_call.engine.phrases import denied_sentence
from tui_call.engine.service.faults import ServiceAway, TooMany
from tui_call.engine.service.membership import ServiceMembership
from tui_call.engine.sound.sound import Sound
from tui_call.identifiers import AccountId, parse_identifier
from tui_call.permissions.admission import Allowed, CallSide, Denied, may_call
from tui_call.permissions.explain import Names
from tui_call.permissions.gate import IN_CALL, Capability, Phase
from tui_call.reasons import EndReason
from tui_call.signaling import messages as signaling
from tui_call.tasks import Tasks

log = logging.getLogger(__name__)

LOOKUP_WITHIN = 20.0
"""Seconds: a `Lookup` may start a process."""

OrderBesideOthers = actions.Answer | actions.Decline | actions.HangUp | actions.Swap | actions.Hold
OrderWithin = (
    actions.Silence
    | actions.DismissCall
    | actions.Mute
    | actions.Talk
    | actions.FindNewPath
    | actions.UseCapability
    | actions.Consent
)
OrderInCall = OrderBesideOthers | OrderWithin


class CallOrders:
    """Carries out what is ordered in a call."""

    def __init__(
        self,
        calls: CallList,
        manager: CallManager,
        standard: BridgedCalls,
        leaving: LeavingE2EE,
        going: GoingE2EE,
        focus: CallFocus,
        call_log: CallLog,
        gatekeeper: Gatekeeper,
    ) -> None:
        self._calls = calls
        self._manager = manager
        self._standard = standard
        self._leaving = leaving
        self._going = going
        self._focus = focus
        self._log = call_log
        self._gatekeeper = gatekeeper
        self._talking: CallState | None = None  # where the microphone was opened to talk

    def carry_out(self, action: OrderInCall) -> Result:
        """Do it in the call that is meant."""
        if isinstance(action, OrderBesideOthers):
            self._beside_others(action)
        else:
            self._within(action)
        self._log.show()
        return NOTHING

    def _beside_others(self, action: OrderBesideOthers) -> None:
        """Do what may concern other calls too."""
        call_id = named(self._calls, action)
        match action:
            case actions.Answer(muted, front):
                self._let_it_ask(call_id)
                self._manager.answer(call_id, end=front == "end", muted=muted)
            case actions.Decline():
                self._manager.decline(call_id)
            case actions.HangUp():
                self._hang_up(action, call_id)
            case actions.Swap():
                self._manager.swap(call_id)
            case actions.Hold(on):
                self._gatekeeper.insist(Capability.HOLD, addressed(self._calls, action))
                self._manager.hold(call_id, on)
            case _:
                assert_never(action)

    def _hang_up(self, action: actions.HangUp, call_id: bytes | None) -> None:
        """End a call, or go back from it to those who wait until somebody was consulted."""
        record = addressed(self._calls, action)
        if record is not None and record.consulting and not action.whole:
            expect_seen(self._manager, action)
            self._standard.come_back(record)
        else:
            self._manager.hang_up(call_id)

    def _let_it_ask(self, call_id: bytes | None) -> None:
        """Answer no call before the person has said yes to its question."""
        asking = self._calls.at_hand.asking
        wanted = asking[0] if call_id is None and asking else call_id
        record = self._calls.records.get(wanted) if wanted is not None else None
        if record is not None and record.question is not None:
            raise ActionRefused("gate", record.question)

    def _within(self, action: OrderWithin) -> None:
        """Do what concerns one call alone."""
        if isinstance(action, actions.DismissCall):
            self._dismiss(action)
            return
        record = addressed(self._calls, action)
        match action:
            case actions.Silence():
                self._silence(record)
            case actions.Mute(on):
                record = self._may(Capability.MUTE, record)
                if not on:
                    expect_seen(self._manager, action)
                self._manager.mute(record, not record.muted if on is None else on)
            case actions.Talk():
                self._talk(action, record)
            case actions.FindNewPath():
                self._find_new_path(record)
            case actions.UseCapability(name):
                self._use_capability(name, record)
            case actions.Consent(yes, code):
                self._consent(record, code, yes=yes)
            case _:
                assert_never(action)

    def _talk(self, action: actions.Talk, record: CallState | None) -> None:
        """Open the microphone, or mute it where it was opened: another call may be in front."""
        begun = self._talking if not action.call else None
        if begun is not None and begun.ended:
            self._talking = begun = None
            if action.on is False:
                return  # the call in front was never talked to
        on = action.on
        if on is None:
            on = (begun is None or begun.muted) and (record is None or record.muted)
        if on:
            expect_seen(self._manager, action)
        else:
            record = begun or record
        record = self._may(Capability.MUTE, record)
        if begun is not None and begun is not record:
            self._manager.mute(begun, on=True)
        self._manager.mute(record, not on)
        self._talking = record if on else None

    def _may(self, capability: Capability, record: CallState | None) -> CallState:
        """Return the call, if the gate lets this be done in it."""
        self._gatekeeper.insist(capability, record)
        if record is None or record.ended:
            raise ActionRefused("wrong_state", "N_NOCALL")
        return record

    def _dismiss(self, action: actions.DismissCall) -> None:
        """Take a call that is over off the screen."""
        over = self._calls.over
        if over is not None and action.call in ("", over.id.hex()):
            self._calls.over = None
        elif bytes.fromhex(action.call) not in self._calls.past:  # else another screen was quicker
            named(self._calls, action)

    def _silence(self, record: CallState | None) -> None:
        """Stop the ring tone; the call goes on ringing at the other end."""
        if record is None or not record.rings_here:
            raise ActionRefused("wrong_state", "C_NOT_ASKING")
        record.silenced = True
        self._focus.ring()

    def _find_new_path(self, record: CallState | None) -> None:
        """Let the call look for another way through the network; it goes on meanwhile."""
        owner = self._calls.owner(record) if record is not None else None
        if record is None or record.ended:
            raise ActionRefused("wrong_state", "N_NOCALL")
        if owner is None or record.phase is not Phase.ACTIVE:
            raise ActionRefused("gate", "N_NOTYET")
        owner.find_new_path()

    def _consent(self, record: CallState | None, code: str, *, yes: bool) -> None:
        """Take the answer to a question, if it is the one that was shown."""
        question = record.question if record is not None and not record.ended else None
        if record is None or question is None or question.code != code:
            raise ActionRefused("wrong_state", "C_NO_QUESTION")
        changes_kind = self._leaving.consent(record, yes=yes) or self._going.consent(
            record, yes=yes
        )
        if not changes_kind:
            self._standard.consent(record, yes=yes)

    def _use_capability(self, name: str, record: CallState | None) -> None:
        """Answer for a capability that has no action of its own: off, with the reason."""
        try:
            capability = Capability(name)
        except ValueError as error:
            raise ActionRefused("unknown_command", "O_NO_CAPABILITY") from error
        self._gatekeeper.insist(capability, record)
        if capability in IN_CALL:
            raise ActionRefused("invalid", "O_OWN_COMMAND")


class Dialling:
    """Places calls."""

    def __init__(
        self,
        account: OwnAccount,
        people: KnownPeople,
        callees: Callees,
        membership: ServiceMembership,
        calls: CallList,
        manager: CallManager,
        direct: DirectCalls,
        standard: BridgedCalls,
        gatekeeper: Gatekeeper,
        sound: Sound,
        tasks: Tasks,
    ) -> None:
        self._account = account
        self._people = people
        self._callees = callees
        self._membership = membership
        self._calls = calls
        self._manager = manager
        self._direct = direct
        self._standard = standard
        self._gatekeeper = gatekeeper
        self._sound = sound
        self._tasks = tasks

    async def call(self, action: actions.Call) -> Result:
        """Begin to call somebody; the service is asked for a name that is not known here."""
        found = [await self._callees.find(person) for person in (action.person, *action.others)]
        to = tuple(dict.fromkeys(found))
        record = self._direct.state(secrets.token_bytes(16), to[0], "outgoing")
        wanted = action.standard or len(to) > 1
        refused = may_call(record.own, None, CallSide.CALLER)
        if wanted or isinstance(refused, Denied):
            self._call_by_bridge(record, to, wanted, refused, all_join=action.all_join)
        else:
            self._manager.place(record)
            self._tasks.spawn(self._find_and_call(record))
        return {"call": record.id.hex()}

    def _call_by_bridge(
        self,
        record: CallState,
        to: Sequence[AccountId],
        wanted: bool,
        refused: Allowed | Denied,
        *,
        all_join: bool,
    ) -> None:
        """Begin a standard call, with a question first where one is needed."""
        if wanted or self._membership.has_bridge:
            several = Capability.RING_SEVERAL if len(to) > 1 else Capability.STANDARD
            self._gatekeeper.insist(several, None)
            placed = self._standard.place(record, to, asked_for=wanted, all_join=all_join)
            refused = placed or Allowed()
        if isinstance(refused, Denied):
            names = Names(record.name, self._account.member().organisation)
            raise ActionRefused("gate", denied_sentence(refused, record.own, names))
        self._tasks.spawn(self._sound.open_early())  # devices take their time

    async def _find_and_call(self, record: CallState) -> None:
        self._tasks.spawn(self._sound.open_early())  # devices take their time
        reason = EndReason.NO_SERVICE
        try:
            devices = await self._find_devices(record.account)
            if devices:
                self._direct.place(record, devices)
                return
            known = self._people.knows(record.account)
            reason = EndReason.OFFLINE if known else EndReason.NO_SUCH_PERSON
        except TooMany:
            reason = EndReason.TOO_MANY_CALLS
        except Exception as error:
            # Whatever the service answered, or the settings name: no call stays half begun.
            log.error("call not placed", {"error": type(error).__name__})
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
