"""Orders that change the kind of a call, each only with both people's consent."""

import secrets
from typing import assert_never

from tui_call.control import actions
from tui_call.control.server import ActionRefused
from tui_call.engine.calls.call_list import CallList
from tui_call.engine.calls.call_state import CallState
from tui_call.engine.calls.direct import DirectCalls
from tui_call.engine.calls.gatekeeper import Gatekeeper
from tui_call.engine.calls.going_e2ee import GoingE2EE
from tui_call.engine.calls.leaving_e2ee import LeavingE2EE
from tui_call.engine.commands.addressed import addressed
from tui_call.engine.commands.result import NOTHING, Result
from tui_call.permissions.gate import Capability, Off, Phase
from tui_call.permissions.policies import Authority

OrderAboutKind = actions.LeaveE2EE | actions.GoE2EE


class KindOrders:
    """Asks the person here first, and through the call the other one."""

    def __init__(
        self,
        calls: CallList,
        gatekeeper: Gatekeeper,
        leaving: LeavingE2EE,
        going: GoingE2EE,
        direct: DirectCalls,
    ) -> None:
        self._calls = calls
        self._gatekeeper = gatekeeper
        self._leaving = leaving
        self._going = going
        self._direct = direct

    async def carry_out(self, action: OrderAboutKind) -> Result:
        """Do it in the call that is meant."""
        match action:
            case actions.LeaveE2EE(name):
                self._leave(addressed(self._calls, action), name)
            case actions.GoE2EE():
                self._go(addressed(self._calls, action))
            case _:
                assert_never(action)
        return NOTHING

    def _leave(self, record: CallState | None, name: str) -> None:
        self._gatekeeper.insist(Capability.LEAVE_E2EE, record)
        assert record is not None, "the gate asks for a call"
        if record.phase is not Phase.ACTIVE:
            raise ActionRefused("gate", "N_NOTYET")
        if record.question is not None:
            raise ActionRefused("gate", record.question)
        closed = self._closed_by_e2ee(record, name)
        if closed is None:
            raise ActionRefused("unknown_command", "O_NO_CAPABILITY")
        capability, off = closed
        if off.remedy_of is not off.reason:  # a standard call would not open it either
            self._gatekeeper.insist(capability, record)
        self._leaving.ask(record, capability)

    def _go(self, record: CallState | None) -> None:
        self._gatekeeper.insist(Capability.GO_E2EE, record)
        assert record is not None, "the gate asks for a call"
        if record.question is not None:
            raise ActionRefused("gate", record.question)
        assert record.standard is not None, "the gate asks for a standard call"
        devices = record.standard.devices
        if not devices:
            raise ActionRefused("gate", "N_NOTYET")
        new = self._direct.state(secrets.token_bytes(16), record.account, "outgoing")
        self._going.begin(record, new)
        try:
            self._direct.place(new, devices)
        except Exception:
            self._going.take_back(new)
            raise

    def _closed_by_e2ee(self, record: CallState, name: str) -> tuple[Capability, Off] | None:
        """Return the capability of a name and why it is off, None where E2EE does not close it."""
        for capability, answer in self._gatekeeper.answers(record).items():
            if capability == name and isinstance(answer, Off):
                by_kind = answer.decided_by.authority is Authority.CALL_KIND
                return (capability, answer) if by_kind else None
        return None
