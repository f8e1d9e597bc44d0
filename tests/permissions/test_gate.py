"""What can be done in a call and around it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_call.permissions.encryption import OwnEncryption, own_encryption
from tui_call.permissions.gate import (
    IN_CALL,
    CallFacts,
    Capability,
    Off,
    On,
    Phase,
    PlatformFacts,
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


def own(policy: str = "user_choice", setting: str = "on") -> OwnEncryption:
    name = EncryptionPolicy("finance", PolicySource.USER, E2EECalls(policy))
    return own_encryption(name, AccountSetting(setting), DeviceSetting.FOLLOW)


def reason(
    capability: Capability,
    call: CallFacts | None = ACTIVE,
    platform: PlatformFacts = WELL,
) -> GateReason | None:
    answer = gate(call, own(), platform)[capability]
    return answer.reason if isinstance(answer, Off) else None


def test_the_list_of_a_call_is_in_the_order_of_the_screen():
    assert [*IN_CALL] == [
        "mute", "hold", "keys", "devices", "notes", "figures", "record", "captions",
        "transcript", "transfer", "consult", "park", "merge", "add", "hand_over",
    ]  # fmt: skip


def test_an_e2ee_call_closes_what_needs_somebody_else_each_with_its_own_reason():
    answers = gate(ACTIVE, own(), WELL)
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
    bridged = CallFacts(Phase.ACTIVE, bridge=True)
    answers = gate(bridged, own(), WELL)
    assert answers[Capability.LEAVE_E2EE] == On()
    record = answers[Capability.RECORD]
    assert isinstance(record, Off)
    assert record.remedy_of is GateReason.E2EE_RECORD
    for person in (own("required"), own(setting="require")):
        assert isinstance(gate(bridged, person, WELL)[Capability.LEAVE_E2EE], Off)
    assert isinstance(gate(CallFacts(Phase.ENDED, bridge=True), own(), WELL)["leave_e2ee"], Off)


@pytest.mark.parametrize(
    ("capability", "term", "ruled_out"),
    [
        ("record", "recording", GateReason.POLICY_RECORD),
        ("captions", "captions", GateReason.POLICY_CAPTIONS),
        ("transcript", "transcription", GateReason.POLICY_TRANSCRIPT),
        ("transfer", "transfer", GateReason.POLICY_TRANSFER),
        ("consult", "transfer", GateReason.POLICY_CONSULT),
        ("park", "park", GateReason.POLICY_PARK),
        ("merge", "merge", GateReason.POLICY_MERGE),
        ("add", "add_people", GateReason.POLICY_ADD),
    ],
)
def test_leaving_e2ee_is_no_remedy_for_what_the_calling_policy_rules_out(
    capability, term, ruled_out
):
    bridged = CallFacts(Phase.ACTIVE, bridge=True)
    remedies = []
    for allowed in (False, True):
        terms = CallingTerms(**{term: allowed})
        person = replace(own(), calling=CallingPolicy("desk", PolicySource.USER, terms))
        answer = gate(bridged, person, WELL)[capability]
        assert isinstance(answer, Off)
        assert answer.reason.startswith("E_"), "in an E2EE call E2EE is the reason"
        remedies.append(answer.remedy_of)
        closed = gate(ACTIVE, person, WELL)[capability]
        assert isinstance(closed, Off)
        assert closed.remedy_of is GateReason.NO_STANDARD_CALLS
    assert remedies == [ruled_out, answer.reason]


calls = st.none() | st.builds(CallFacts)


@given(call=calls, person=st.from_type(OwnEncryption), platform=st.builds(PlatformFacts))
def test_the_gate_answers_for_every_capability(call, person, platform):
    answers = gate(call, person, platform)
    assert list(answers) == list(Capability)
    for answer in answers.values():
        if isinstance(answer, Off):
            assert 0 < len(answer.short) <= 24


@given(call=calls, person=st.from_type(OwnEncryption), platform=st.builds(PlatformFacts))
def test_a_worse_computer_opens_nothing(call, person, platform):
    best = gate(call, person, WELL)
    for capability, answer in gate(call, person, platform).items():
        if isinstance(best[capability], Off):
            assert isinstance(answer, Off)
