"""Asks the gate before the engine does something in a call, and says no in its words."""

from tui_call.control.server import ActionRefused
from tui_call.engine.calls.call_state import CallState
from tui_call.permissions.encryption import OwnEncryption
from tui_call.permissions.explain import Names, explain_off
from tui_call.permissions.gate import CallFacts, Capability, Off, PlatformFacts, gate


def insist(
    capability: Capability,
    record: CallState | None,
    own: OwnEncryption,
    platform: PlatformFacts,
) -> None:
    """Return if something can be done now.

    Args:
        capability: what.
        record: the current call, None where there is none.
        own: encryption facts of this person; a call keeps those with which it began.
        platform: this computer and the screen that asks.

    Raises:
        ActionRefused: the gate says no.
    """
    facts = CallFacts(record.phase) if record else None
    answer = gate(facts, record.own if record else own, platform)[capability]
    if isinstance(answer, Off):
        words = explain_off(answer, Names(record.name if record else "")).sentence
        raise ActionRefused("gate", sentence=words)
