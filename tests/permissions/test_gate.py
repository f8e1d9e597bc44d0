"""What can be done in a call and around it, for whom, in which kind of call, and who sees to it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.permissions.gate_table import BRIDGED, ROWS, RULE, STANDARD, TABLE, TAPLESS, Row
from tui_call.permissions.encryption import OwnEncryption, own_encryption
from tui_call.permissions.gate import (
    IN_CALL,
    CallFacts,
    Capability,
    KindOfCall,
    Off,
    On,
    Phase,
    PlatformFacts,
    ServiceFacts,
    gate,
)
from tui_call.permissions.policies import (
    Authority,
    CallingPolicy,
    E2EECalls,
    EncryptionPolicy,
    PolicySource,
)
from tui_call.permissions.settings import AccountSetting, DeviceSetting
from tui_call.permissions.terms import CallingTerms
from tui_call.reasons import GateReason

ACTIVE = CallFacts(Phase.ACTIVE)
WELL = PlatformFacts()
EVERYTHING = CallingTerms(transcription=True, recording=True, park=True)


def own(
    policy: str = "user_choice", setting: str = "on", calling: CallingTerms | None = EVERYTHING
) -> OwnEncryption:
    finance = EncryptionPolicy("finance", PolicySource.USER, E2EECalls(policy))
    return own_encryption(
        finance,
        AccountSetting(setting),
        DeviceSetting.FOLLOW,
        calling=CallingPolicy("desk", PolicySource.GROUP, calling, "traders", 1)
        if calling
        else None,
    )


def answer(
    capability: Capability,
    call: CallFacts | None,
    person: OwnEncryption | None = None,
    service: ServiceFacts = BRIDGED,
) -> tuple[GateReason | None, GateReason | None, Authority | None]:
    """Return the reason, whose remedy helps, and who decided: nothing of it where it is on."""
    found = gate(call, person or own(), WELL, service)[capability]
    if isinstance(found, On):
        return None, None, None
    return found.reason, found.remedy_of, found.decided_by.authority


def reason(
    capability: Capability,
    call: CallFacts | None = ACTIVE,
    platform: PlatformFacts = WELL,
) -> GateReason | None:
    found = gate(call, own(), platform, BRIDGED)[capability]
    return found.reason if isinstance(found, Off) else None


def test_the_table_has_every_capability():
    assert list(TABLE) == list(Capability)


@ROWS
def test_every_kind_of_call_has_its_answer(capability: Capability, row: Row):
    assert answer(capability, None)[0] is row.alone
    assert answer(capability, ACTIVE)[:2] == (row.e2ee, row.e2ee_remedy or row.e2ee)
    assert answer(capability, STANDARD)[:2] == (row.standard, row.standard)


@ROWS
def test_the_calling_policy_of_who_acts_decides(capability: Capability, row: Row):
    for allowed in (True, False):
        terms = CallingTerms(**{row.term: allowed}) if row.term else EVERYTHING
        closed = row.standard if allowed or not row.term else row.policy
        found = answer(capability, STANDARD, own(calling=terms))
        assert found[0] is closed
        if closed is not None and closed is row.policy:
            assert found[2] is Authority.POLICY_OF_GROUP
    untold = answer(capability, STANDARD, own(calling=None))[0]
    assert untold is (GateReason.POLICY_NOT_TOLD if row.term else row.standard)


@ROWS
def test_what_a_standard_call_lacks_is_said(capability: Capability, row: Row):
    for lacking, facts in row.lacks.items():
        assert answer(capability, facts)[0] is lacking
    for lacking, service in row.service_lacks.items():
        assert answer(capability, STANDARD, service=service)[0] is lacking


@ROWS
def test_what_has_to_be_recorded_and_cannot_be_does_not_take_place(
    capability: Capability, row: Row
):
    recorded = own(calling=replace(EVERYTHING, compliance_recording=True))
    if not row.by_rule:
        return
    for person, recorded_by_rule, authority in (
        (own(), True, Authority.OTHERS),
        (recorded, False, Authority.POLICY_OF_GROUP),
    ):
        for service, why in ((TAPLESS, RULE), (BRIDGED, row.standard)):
            meant = replace(service, recorded_by_rule=recorded_by_rule)
            found = answer(capability, STANDARD, person, meant)
            assert found == ((why, why, authority) if why else (None, None, None))
    assert answer(capability, None, recorded, TAPLESS)[0] is (row.alone or RULE)


def test_nobody_whose_calls_are_recorded_by_rule_speaks_apart():
    recorded = own(calling=replace(EVERYTHING, compliance_recording=True))
    by_rule = GateReason.BY_RULE
    found = answer(Capability.CONSULT, STANDARD, recorded)
    assert found == (by_rule, by_rule, Authority.POLICY_OF_GROUP)


@ROWS
def test_leaving_e2ee_is_a_remedy_only_where_it_opens_something(capability: Capability, row: Row):
    """What closes E2EE stays the reason; what helps is another thing where leaving does not."""
    if row.e2ee is None or row.e2ee is GateReason.IS_E2EE:
        return
    closed: dict[GateReason | None, tuple[OwnEncryption, ServiceFacts]] = {
        GateReason.NO_STANDARD_CALLS: (own(), ServiceFacts()),
        GateReason.LEAVE_POLICY: (own("required"), BRIDGED),
        GateReason.LEAVE_SETTING: (own(setting="require"), BRIDGED),
        RULE: (own(), replace(TAPLESS, recorded_by_rule=True)),
    }
    if row.term:
        closed[row.policy] = (own(calling=CallingTerms(**{row.term: False})), BRIDGED)
    for helps, (person, service) in closed.items():
        assert answer(capability, ACTIVE, person, service) == (
            row.e2ee, helps, Authority.CALL_KIND,
        )  # fmt: skip


@pytest.mark.parametrize("capability", ["standard", "retrieve", "ring_several"])
def test_standard_calls_need_a_bridge_and_a_person_who_takes_them(capability: str):
    for person, service, why, authority in (
        (own(), ServiceFacts(), GateReason.NO_BRIDGE, Authority.BRIDGE),
        (own("required"), BRIDGED, GateReason.E2EE_REQUIRED, Authority.POLICY_OF_USER),
        (own(setting="require"), BRIDGED, GateReason.ONLY_E2EE, Authority.SETTING),
    ):
        found = answer(Capability(capability), None, person, service)
        told = GateReason.E2EE_RING_SEVERAL if capability == "ring_several" else why
        assert found == (told, why, authority)


def test_while_somebody_is_asked_first_the_transfer_can_be_completed():
    asking = replace(STANDARD, passed_on=True, consulting=True)
    assert answer(Capability.TRANSFER, asking)[0] is None
    assert answer(Capability.ADD, replace(asking, consulting=False))[0] is None


def test_going_back_to_e2ee_needs_what_a_new_e2ee_call_needs():
    for person, why in (
        (own(setting="off"), GateReason.SETTING),
        (own("disabled"), GateReason.POLICY),
    ):
        assert answer(Capability.GO_E2EE, STANDARD, person)[0] is why


def test_the_list_of_a_call_is_in_the_order_of_the_screen():
    assert [*IN_CALL] == [
        "mute", "hold", "keys", "devices", "notes", "figures", "record", "captions",
        "transcript", "transfer", "consult", "park", "merge", "add", "hand_over",
    ]  # fmt: skip


def test_an_e2ee_call_closes_what_needs_somebody_else_each_with_its_own_reason():
    answers = gate(ACTIVE, own(), WELL, BRIDGED)
    off = [answers[capability] for capability in IN_CALL]
    off = [answer for answer in off if isinstance(answer, Off)]
    assert len(off) == 9
    assert len({answer.reason for answer in off}) == 9
    assert {answer.decided_by.authority for answer in off} == {Authority.CALL_KIND}
    assert [capability for capability in IN_CALL if isinstance(answers[capability], On)] == [
        "mute", "hold", "keys", "devices", "notes", "figures",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("capability", "platform", "expected"),
    [
        ("mute", PlatformFacts(microphone=False), GateReason.NO_MICROPHONE),
        ("mute", PlatformFacts(audio_library=False), GateReason.NO_AUDIO_LIBRARY),
        ("devices", PlatformFacts(audio_library=False), GateReason.NO_AUDIO_LIBRARY),
        ("devices", PlatformFacts(microphone=False), None),
    ],
)
def test_this_computer_has_its_own_reasons(capability, platform, expected):
    assert reason(Capability(capability), platform=platform) is expected


@pytest.mark.parametrize("phase", [Phase.SETUP, Phase.RINGING, Phase.CONNECTING])
@pytest.mark.parametrize("capability", [Capability.HOLD, Capability.NOTES, Capability.FIGURES])
def test_before_the_sound_there_is_nothing_to_hold(phase, capability):
    assert reason(capability, CallFacts(phase)) is GateReason.NOT_CONNECTED
    assert reason(Capability.MUTE, CallFacts(phase)) is None


def test_keys_are_there_once_agreed_and_stay_to_be_looked_at():
    assert reason(Capability.KEYS, None) is GateReason.NO_CALL
    assert reason(Capability.KEYS, CallFacts(Phase.SETUP)) is GateReason.NO_KEYS_YET
    assert reason(Capability.KEYS, CallFacts(Phase.RINGING)) is None
    assert reason(Capability.KEYS, CallFacts(Phase.ENDED)) is None


@pytest.mark.parametrize("call", [None, CallFacts(Phase.ENDED)])
def test_without_a_call_only_the_devices_and_the_last_keys_remain(call):
    for capability in IN_CALL:
        if capability not in (Capability.DEVICES, Capability.KEYS):
            assert reason(capability, call) is GateReason.NO_CALL


@pytest.mark.parametrize(
    ("person", "expected", "authority"),
    [
        (own(), GateReason.NO_STANDARD_CALLS, Authority.CALL_KIND),
        (own("required"), GateReason.LEAVE_POLICY, Authority.POLICY_OF_USER),
        (own(setting="require"), GateReason.LEAVE_SETTING, Authority.SETTING),
    ],
)
def test_leaving_e2ee_is_closed_and_nothing_offers_it_as_a_remedy(person, expected, authority):
    answers = gate(ACTIVE, person, WELL)
    leave, record = answers[Capability.LEAVE_E2EE], answers[Capability.RECORD]
    assert isinstance(leave, Off)
    assert isinstance(record, Off)
    assert (leave.reason, leave.decided_by.authority) == (expected, authority)
    assert record.remedy_of is expected


def test_comparing_needs_a_call_in_which_people_speak():
    assert reason(Capability.COMPARE) is None
    assert reason(Capability.COMPARE, None) is GateReason.NO_CALL
    assert reason(Capability.COMPARE, CallFacts(Phase.ENDED)) is GateReason.NO_CALL
    assert reason(Capability.COMPARE, CallFacts(Phase.SETUP)) is GateReason.NO_KEYS_YET
    for phase in (Phase.RINGING, Phase.CONNECTING):
        assert reason(Capability.COMPARE, CallFacts(phase)) is GateReason.NOT_CONNECTED


def test_with_a_bridge_e2ee_can_be_left_unless_somebody_requires_it():
    assert answer(Capability.LEAVE_E2EE, ACTIVE)[0] is None
    for person in (own("required"), own(setting="require")):
        assert answer(Capability.LEAVE_E2EE, ACTIVE, person)[0] is not None
    assert answer(Capability.LEAVE_E2EE, ACTIVE, service=ServiceFacts())[0] is not None
    assert reason(Capability.LEAVE_E2EE, CallFacts(Phase.ENDED)) is GateReason.NO_CALL


calls = st.none() | st.builds(
    CallFacts,
    kind=st.sampled_from(KindOfCall),
    people=st.integers(1, 3),
    places_left=st.integers(0, 1),
    passed_on=st.booleans(),
    consulting=st.booleans(),
    other_call=st.booleans(),
    other_device=st.booleans(),
    free_slot=st.booleans(),
    by_rule=st.booleans(),
)
services = st.builds(
    ServiceFacts,
    bridge=st.booleans(),
    keeps=st.booleans(),
    speech=st.none() | st.just(GateReason.NO_ENGINE),
    recorded_by_rule=st.booleans(),
)


@given(
    call=calls,
    person=st.from_type(OwnEncryption),
    platform=st.builds(PlatformFacts),
    service=services,
)
def test_the_gate_answers_for_every_capability(call, person, platform, service):
    answers = gate(call, person, platform, service)
    assert list(answers) == list(Capability)
    for found in answers.values():
        if isinstance(found, Off):
            assert 0 < len(found.short) <= 24


@given(call=calls, person=st.from_type(OwnEncryption), platform=st.builds(PlatformFacts))
def test_a_worse_computer_or_service_opens_nothing(call, person, platform):
    best = gate(call, person, WELL, BRIDGED)
    for service in (BRIDGED, TAPLESS, replace(BRIDGED, recorded_by_rule=True), ServiceFacts()):
        for capability, found in gate(call, person, platform, service).items():
            if isinstance(best[capability], Off):
                assert isinstance(found, Off)


@given(call=calls, person=st.from_type(OwnEncryption), service=services)
def test_in_an_e2ee_call_nothing_that_needs_others_is_open(call, person, service):
    if call is not None and call.kind is KindOfCall.E2EE:
        answers = gate(call, person, WELL, service)
        wide = [one for one in Capability if (TABLE[one].e2ee or GateReason.NO_CALL) != "N_NOCALL"]
        assert len(wide) == 10
        for capability in wide:
            assert isinstance(answers[capability], Off)
