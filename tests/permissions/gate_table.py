"""The table of what is right for each capability, and what it may lack."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

import pytest

from tui_call.permissions.gate import CallFacts, Capability, KindOfCall, Phase, ServiceFacts
from tui_call.reasons import GateReason

STANDARD = CallFacts(Phase.ACTIVE, KindOfCall.STANDARD)
BRIDGED = ServiceFacts(bridge=True, keeps=True)
TAPLESS = replace(BRIDGED, keeps=False)


@dataclass(frozen=True)
class Row:
    """What is right for a capability, where nothing else is in the way.

    Attributes:
        seen_to_by: who refuses it although everybody else does not: the engine where the service
            takes no part, both where it goes through the service, whose door asks the same gate.
        alone: without a call.
        e2ee: in an E2EE call; `e2ee_remedy` is whose remedy helps there, if not that of `e2ee`.
        standard: in a standard call.
        term: of the calling policy, which closes it in a standard call with the reason `policy`.
        lacks: what a standard call may lack for it, and the reason then.
        service_lacks: the same of the service.
        by_rule: it needs that what has to be recorded can be.
    """

    seen_to_by: Literal["engine", "both"]
    alone: GateReason | None = GateReason.NO_CALL
    e2ee: GateReason | None = None
    e2ee_remedy: GateReason | None = None
    standard: GateReason | None = None
    term: str = ""
    policy: GateReason | None = None
    lacks: Mapping[GateReason, CallFacts] = field(default_factory=dict[GateReason, CallFacts])
    service_lacks: Mapping[GateReason, ServiceFacts] = field(
        default_factory=dict[GateReason, ServiceFacts]
    )
    by_rule: bool = False


NOT_YET = {GateReason.NOT_CONNECTED: replace(STANDARD, phase=Phase.RINGING)}
PASSED_ON = {GateReason.PASSED_ON: replace(STANDARD, passed_on=True)}
CONSULTING = {GateReason.PASSED_ON: replace(STANDARD, passed_on=True, consulting=True)}
PARKED = {GateReason.PARKED: replace(STANDARD, parked=True)}
FULL = {GateReason.FULL: replace(STANDARD, places_left=0)}
RULED = {GateReason.BY_RULE: replace(STANDARD, by_rule=True)}
NO_TAP = {GateReason.NO_TAP: TAPLESS}
NO_SPEECH = {
    why: replace(BRIDGED, speech=why)
    for why in (
        GateReason.NO_ENGINE,
        GateReason.ENGINE_MODEL,
    )
}
RULE = GateReason.MUST_BE_RECORDED

TABLE: Mapping[Capability, Row] = {
    Capability.MUTE: Row("engine"),
    Capability.HOLD: Row("engine", lacks=NOT_YET),
    Capability.KEYS: Row("engine", standard=GateReason.BRIDGE_HEARS),
    Capability.DEVICES: Row("engine", alone=None),
    Capability.NOTES: Row("engine", lacks=NOT_YET | PARKED),
    Capability.FIGURES: Row("engine", lacks=NOT_YET),
    Capability.RECORD: Row(
        "both", e2ee=GateReason.E2EE_RECORD, term="recording", policy=GateReason.POLICY_RECORD,
        lacks=NOT_YET | PARKED | RULED, service_lacks=NO_TAP,
    ),
    Capability.CAPTIONS: Row(
        "both", e2ee=GateReason.E2EE_CAPTIONS, term="captions", policy=GateReason.POLICY_CAPTIONS,
        lacks=NOT_YET, service_lacks=NO_TAP | NO_SPEECH,
    ),
    Capability.TRANSCRIPT: Row(
        "both", e2ee=GateReason.E2EE_TRANSCRIPT, term="transcription",
        policy=GateReason.POLICY_TRANSCRIPT, lacks=NOT_YET | PARKED,
        service_lacks=NO_TAP | NO_SPEECH,
    ),
    Capability.TRANSFER: Row(
        "both", e2ee=GateReason.E2EE_TRANSFER, term="transfer", policy=GateReason.POLICY_TRANSFER,
        lacks=NOT_YET | PARKED | PASSED_ON, by_rule=True,
    ),
    Capability.CONSULT: Row(
        "both", e2ee=GateReason.E2EE_CONSULT, term="transfer", policy=GateReason.POLICY_CONSULT,
        lacks=NOT_YET | PARKED | CONSULTING | FULL | RULED,
        service_lacks={GateReason.BY_RULE: replace(BRIDGED, recorded_by_rule=True)},
    ),
    Capability.PARK: Row(
        "both", e2ee=GateReason.E2EE_PARK, term="park", policy=GateReason.POLICY_PARK,
        lacks=NOT_YET | PARKED | PASSED_ON
        | {GateReason.NO_FREE_SLOT: replace(STANDARD, free_slot=False)},
    ),
    Capability.MERGE: Row(
        "both", e2ee=GateReason.E2EE_MERGE, term="merge", policy=GateReason.POLICY_MERGE,
        lacks=NOT_YET | PARKED | PASSED_ON
        | {GateReason.NO_OTHER_CALL: replace(STANDARD, other_call=False)},
        by_rule=True,
    ),
    Capability.ADD: Row(
        "both", e2ee=GateReason.E2EE_ADD, term="add_people", policy=GateReason.POLICY_ADD,
        lacks=NOT_YET | PARKED | CONSULTING | FULL, by_rule=True,
    ),
    Capability.HAND_OVER: Row(
        "both", e2ee=GateReason.E2EE_HAND_OVER,
        lacks=NOT_YET | {GateReason.NO_OTHER_DEVICE: replace(STANDARD, other_device=False)},
    ),
    Capability.COMPARE: Row("engine", standard=GateReason.BRIDGE_HEARS),
    # Both ends' engines: what follows is a standard call, which the service sees to.
    Capability.LEAVE_E2EE: Row("engine", standard=GateReason.BRIDGE_HEARS),
    Capability.GO_E2EE: Row(
        "engine", e2ee=GateReason.IS_E2EE,
        lacks=NOT_YET
        | {GateReason.MORE_THAN_TWO: replace(STANDARD, people=3)}
        | {GateReason.HEARD_BY_RULE: replace(STANDARD, by_rule=True)},
    ),
    Capability.STANDARD: Row("both", alone=None, by_rule=True),
    Capability.RING_SEVERAL: Row(
        "both", alone=None, term="add_people", policy=GateReason.POLICY_RING_SEVERAL, by_rule=True
    ),
    Capability.RETRIEVE: Row("both", alone=None, by_rule=True),
}  # fmt: skip

ROWS = pytest.mark.parametrize(("capability", "row"), TABLE.items(), ids=lambda one: str(one)[:12])
