"""Asks the gate before the engine does something in a call, and says no in its words."""

from tui_call.engine.account.rights import Rights
from tui_call.engine.calls.call_state import CallState
from tui_call.engine.sound.equipment import Equipment
from tui_call.errors import LocalFault
from tui_call.permissions.explain import Names, explain_off
from tui_call.permissions.gate import CallFacts, Capability, Off, gate


class GateClosed(LocalFault):
    """The gate says no, in its words."""

    sentence_code = "F_ACTION_REFUSED"


class Gatekeeper:
    """Knows what the gate asks about: this person's rights, and this computer."""

    def __init__(self, rights: Rights, equipment: Equipment) -> None:
        self._rights = rights
        self._equipment = equipment

    def insist(self, capability: Capability, record: CallState | None) -> None:
        """Return if something can be done now.

        Args:
            capability: what.
            record: the call, which keeps the rights with which it began; None where there is none.

        Raises:
            GateClosed: the gate says no.
        """
        facts = CallFacts(record.phase) if record else None
        own = record.own if record else self._rights.own
        answer = gate(facts, own, self._equipment.facts())[capability]
        if isinstance(answer, Off):
            words = explain_off(answer, Names(record.name if record else "")).sentence
            raise GateClosed(words)
