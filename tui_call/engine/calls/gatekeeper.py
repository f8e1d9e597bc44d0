"""Asks the gate before the engine does something in a call, and says no in its words."""

from collections.abc import Mapping

from tui_call.engine.account.rights import Rights
from tui_call.engine.calls.call_list import CallList
from tui_call.engine.calls.call_state import CallState
from tui_call.engine.devices.device_list import DeviceList
from tui_call.engine.service.membership import ServiceMembership
from tui_call.engine.sound.equipment import Equipment
from tui_call.errors import LocalFault
from tui_call.permissions.explain import Names, explain_off
from tui_call.permissions.gate import CallFacts, Capability, KindOfCall, Off, On, ServiceFacts, gate
from tui_call.reasons import GateReason

_SPEECH = {one.value: one for one in (GateReason.NO_ENGINE, GateReason.ENGINE_MODEL)}


class GateClosed(LocalFault):
    """The gate says no, in its words."""

    sentence_code = "F_ACTION_REFUSED"


class Gatekeeper:
    """Knows what the gate asks about: this person's rights, calls, computer and service."""

    def __init__(
        self,
        rights: Rights,
        equipment: Equipment,
        calls: CallList,
        devices: DeviceList,
        membership: ServiceMembership,
    ) -> None:
        self._rights = rights
        self._equipment = equipment
        self._calls = calls
        self._devices = devices
        self._membership = membership

    def answers(self, record: CallState | None) -> Mapping[Capability, On | Off]:
        """Return for each capability whether it is on.

        Args:
            record: the call, which keeps the rights with which it began; None where there is none.
        """
        return gate(
            self._facts(record) if record else None,
            record.own if record else self._rights.own,
            self._equipment.facts(),
            self._service(record),
        )

    def insist(self, capability: Capability, record: CallState | None) -> None:
        """Return if something can be done now.

        Args:
            capability: what.
            record: the call, None where there is none.

        Raises:
            GateClosed: the gate says no.
        """
        answer = self.answers(record)[capability]
        if isinstance(answer, Off):
            names = Names(record.name if record else "", self._rights.organisation)
            raise GateClosed(explain_off(capability, answer, names).sentence)

    def _facts(self, record: CallState) -> CallFacts:
        standard = record.standard
        if standard is None:
            return CallFacts(record.phase)
        return CallFacts(
            record.phase,
            KindOfCall.STANDARD,
            people=len({member.account for member in standard.told.members}),
            places_left=standard.places_left,
            passed_on=standard.transfer is not None,
            consulting=standard.consulting,
            parked=bool(standard.slot),
            other_call=any(other is not record for other in self._calls.on),
            other_device=any(one.online and not one.here for one in self._devices.views()),
            by_rule=standard.told.recording is not None and not standard.told.recording.by,
        )

    def _service(self, record: CallState | None) -> ServiceFacts:
        bridge = self._membership.has_bridge
        told = record.standard.told.captions if record and record.standard else ""
        return ServiceFacts(bridge, keeps=bridge, speech=_SPEECH.get(told))
