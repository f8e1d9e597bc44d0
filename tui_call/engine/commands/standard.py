"""Orders in standard calls: who comes into one, and where it goes."""

from typing import assert_never

from tui_call.control import actions
from tui_call.control.actions import CallAction
from tui_call.control.server import ActionRefused
from tui_call.engine.calls.call_list import CallList
from tui_call.engine.calls.call_state import CallState
from tui_call.engine.calls.gatekeeper import Gatekeeper
from tui_call.engine.calls.leaving_e2ee import LeavingE2EE
from tui_call.engine.calls.standard import BridgedCalls
from tui_call.engine.calls.standard_acts import StandardActs
from tui_call.engine.commands.addressed import addressed
from tui_call.engine.commands.callees import Callees
from tui_call.engine.commands.result import NOTHING, Result
from tui_call.engine.devices.device_list import DeviceList
from tui_call.engine.directory import KnownPeople
from tui_call.permissions.gate import Capability
from tui_call.sentences import Sentence, sentence

OrderInStandard = (
    actions.Add
    | actions.Merge
    | actions.Transfer
    | actions.CompleteTransfer
    | actions.Park
    | actions.HandOver
)
OrderAboutParked = actions.Retrieve | actions.ListParked

_CAPABILITIES: dict[type[OrderInStandard], Capability] = {
    actions.Add: Capability.ADD,
    actions.Merge: Capability.MERGE,
    actions.Transfer: Capability.TRANSFER,
    actions.CompleteTransfer: Capability.TRANSFER,
    actions.Park: Capability.PARK,
    actions.HandOver: Capability.HAND_OVER,
}


class StandardOrders:
    """Carries out what the gate lets be done; the service has the last word, and says why not."""

    def __init__(
        self,
        calls: CallList,
        gatekeeper: Gatekeeper,
        acts: StandardActs,
        standard: BridgedCalls,
        leaving: LeavingE2EE,
        callees: Callees,
        devices: DeviceList,
        people: KnownPeople,
    ) -> None:
        self._calls = calls
        self._gatekeeper = gatekeeper
        self._acts = acts
        self._standard = standard
        self._leaving = leaving
        self._callees = callees
        self._devices = devices
        self._people = people

    async def carry_out(self, action: OrderInStandard | OrderAboutParked) -> Result:
        """Do it in the call that is meant."""
        match action:
            case actions.Retrieve(slot):
                return await self._retrieve(slot)
            case actions.ListParked():
                return await self._parked()
            case _:
                return await self._in_call(action)

    async def _in_call(self, action: OrderInStandard) -> Result:
        record = self._may(action)
        match action:
            case actions.Add(person):
                account = await self._callees.find(person)
                _done(await self._acts.add(record.id, [account]))
            case actions.Merge(other):
                await self._merge(record, self._other(record, other))
            case actions.Transfer(person, ask):
                account = await self._callees.find(person)
                wanted = self._acts.consult if ask else self._acts.transfer
                _done(await wanted(record.id, account))
            case actions.CompleteTransfer():
                _done(await self._acts.join_consulted(record.id))
            case actions.Park():
                return await self._park(record)
            case actions.HandOver(device):
                _done(await self._acts.hand_over(record.id, self._device(device)))
            case _:
                assert_never(action)
        return NOTHING

    def _may(self, action: OrderInStandard) -> CallState:
        """Return the call, if the gate lets this be done in it."""
        capability = _CAPABILITIES[type(action)]
        if isinstance(action, actions.Transfer) and action.ask:
            capability = Capability.CONSULT
        record = addressed(self._calls, action)
        self._gatekeeper.insist(capability, record)
        assert record is not None, "the gate asks for a call"
        return record

    def _other(self, record: CallState, call: str) -> CallState:
        """Return the other call that is meant, "" for the only one."""
        if call:
            other = addressed(self._calls, CallAction(call=call))
            assert other is not None, "an id names a call"
            return other
        others = [one for one in self._calls.on if one is not record]
        if len(others) != 1:
            raise ActionRefused("wrong_state", "C_SEVERAL" if others else "N_NOOTHER")
        return others[0]

    async def _merge(self, record: CallState, other: CallState) -> None:
        """Make one call of two; the other person of one that is E2EE has to agree first."""
        if other.standard is not None:
            _done(await self._acts.merge(record.id, other.id))
            return
        self._gatekeeper.insist(Capability.LEAVE_E2EE, other)
        if other.question is not None:
            raise ActionRefused("gate", other.question)
        self._leaving.ask(other, Capability.MERGE, merge_with=record)

    async def _park(self, record: CallState) -> Result:
        slot = await self._acts.park(record.id)
        if isinstance(slot, Sentence):
            raise ActionRefused("not_allowed", slot)
        return {"slot": slot}

    async def _retrieve(self, slot: int) -> Result:
        self._gatekeeper.insist(Capability.RETRIEVE, None)
        found = next((one for one in await self._acts.parked() if one.at.slot == slot), None)
        if found is None:
            raise ActionRefused("not_allowed", sentence("N_SLOT_EMPTY", slot=slot))
        _done(self._standard.retrieve(found))
        return {"call": found.call}

    async def _parked(self) -> Result:
        self._gatekeeper.insist(Capability.RETRIEVE, None)
        return {
            "parked": [
                {
                    "slot": one.at.slot,
                    "by": self._people.name_of(one.at.by, one.at.name),
                    "people": [
                        self._people.name_of(*who)
                        for who in zip(one.people, one.names, strict=False)
                    ],
                    "rings_at": one.at.rings_at,
                }
                for one in await self._acts.parked()
            ]
        }

    def _device(self, text: str) -> str:
        """Return the id of the device that is meant, "" for the only other one that is online."""
        if text:
            return self._devices.find(text).id
        online = [one for one in self._devices.views() if one.online and not one.here]
        if len(online) != 1:
            raise ActionRefused("wrong_state", "O_SEVERAL_DEVICES" if online else "N_NODEVICE")
        return online[0].id


def _done(refused: Sentence | None) -> None:
    if refused is not None:
        raise ActionRefused("not_allowed", refused)
