"""The words for each answer, and who may read which names."""

from hypothesis import given
from hypothesis import strategies as st

from tui_call.permissions.admission import CallSide, Denied, PeerEncryption, may_call, peer_refused
from tui_call.permissions.encryption import OwnEncryption, own_encryption
from tui_call.permissions.explain import (
    Names,
    explain_denied,
    explain_off,
    explain_own,
    explain_peer,
    label_of,
    purpose_of,
)
from tui_call.permissions.gate import (
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
    CallingPolicy,
    E2EECalls,
    EncryptionPolicy,
    PolicySource,
)
from tui_call.permissions.settings import AccountSetting, DeviceSetting
from tui_call.permissions.terms import CallingTerms
from tui_call.reasons import GateReason, short_form
from tui_call.sentences import Remedy, sentence

PEOPLE = Names("Grace", "acme")
FINANCE = EncryptionPolicy("finance-e2ee", PolicySource.GROUP, E2EECalls.REQUIRED, "finance", 1)


def test_the_person_concerned_reads_which_policy_through_which_group():
    own = own_encryption(FINANCE, AccountSetting.ON, DeviceSetting.FOLLOW)
    words = explain_own(own, PEOPLE)
    assert words.sentence.text == (
        "E2EE is required by policy finance-e2ee. Other calls are refused."
    )
    assert words.decided_by.text == ("Policy finance-e2ee, from your group finance (rank 1).")


def test_who_is_recorded_by_rule_reads_the_calling_policy_and_not_the_other():
    choice = EncryptionPolicy("everyone", PolicySource.ORGANISATION, E2EECalls.USER_CHOICE)
    recorded = CallingPolicy("traders", PolicySource.USER, CallingTerms(compliance_recording=True))
    own = own_encryption(choice, AccountSetting.ON, DeviceSetting.FOLLOW, calling=recorded)
    words = explain_own(own, PEOPLE)
    assert words.sentence.text == "E2EE calls are off: your calls are recorded by rule (traders)."
    assert words.decided_by.text == "Policy traders, given to you directly."
    denied = may_call(own, None, CallSide.CALLER)
    assert isinstance(denied, Denied)
    _, why = explain_denied(denied, own, PEOPLE)
    assert why.text == "Not E2EE: your calls are recorded by rule (traders)."


def test_every_capability_has_a_name_and_can_be_what_e2ee_is_left_for():
    assert (label_of(Capability.ADD), purpose_of(Capability.ADD)) == ("Add people", "adding people")
    for capability in Capability:
        assert 0 < len(label_of(capability)) <= 14
        assert 0 < len(purpose_of(capability)) <= 24


def test_an_own_setting_is_named_with_its_file():
    choice = EncryptionPolicy("everyone", PolicySource.ORGANISATION, E2EECalls.USER_CHOICE)
    own = own_encryption(choice, AccountSetting.ON, DeviceSetting.OFF)
    words = explain_own(own, PEOPLE)
    assert words.sentence.code == "OFF_SELF"
    assert words.decided_by.text == "Your own setting (client.toml)."


def test_record_in_an_e2ee_call_answers_with_its_own_sentence():
    own = own_encryption(FINANCE, AccountSetting.ON, DeviceSetting.FOLLOW)
    answers = gate(CallFacts(Phase.ACTIVE), own, PlatformFacts())
    record, leave = answers[Capability.RECORD], answers[Capability.LEAVE_E2EE]
    assert isinstance(record, Off)
    assert isinstance(leave, Off)
    words = explain_off(Capability.RECORD, record, PEOPLE)
    assert words.sentence.text == "Recording is off: only your two devices have the sound."
    assert words.sentence.remedies == (Remedy("call.why", "Who decided"),)
    assert words.decided_by.text == "The kind of this call: E2EE."
    assert explain_off(Capability.LEAVE_E2EE, leave, PEOPLE).sentence.text == (
        "Leaving E2EE is off: policy finance-e2ee requires E2EE for you."
    )


def test_both_sides_of_a_refused_call_read_whose_setting_it_was():
    choice = EncryptionPolicy("everyone", PolicySource.ORGANISATION, E2EECalls.USER_CHOICE)
    off = own_encryption(choice, AccountSetting.ON, DeviceSetting.OFF)
    on = own_encryption(choice, AccountSetting.ON, DeviceSetting.FOLLOW)
    callee = may_call(off, None, CallSide.CALLEE)
    assert isinstance(callee, Denied)
    assert callee.refusal is not None
    caller = may_call(on, peer_refused(callee.refusal), CallSide.CALLER)
    assert isinstance(caller, Denied)
    first, why = explain_denied(callee, off, Names("Ada", "acme"))
    assert first.text == "Ada could not call: E2EE is off for you."
    assert why.text == "Not E2EE: your E2EE setting is off."
    first, why = explain_denied(caller, on, PEOPLE)
    assert first.text == "No call: E2EE is off for Grace. There are no standard calls here."
    assert why.text == "Not E2EE: the E2EE setting of Grace is off."


def test_every_reason_has_a_sentence_and_a_short_form():
    names = ("peer", "policy", "who", "ver", "src", "org", "cap", "time")
    fields = dict.fromkeys(names, "?")
    for reason in GateReason:
        assert sentence(reason, **fields).text
        assert 0 < len(short_form(reason)) <= 24


@given(own=st.from_type(OwnEncryption))
def test_an_own_state_has_all_its_fields(own):
    words = explain_own(own, PEOPLE)
    assert "…" not in words.sentence.text + words.decided_by.text


@given(
    call=st.none() | st.builds(CallFacts, kind=st.sampled_from(KindOfCall)),
    own=st.from_type(OwnEncryption),
    platform=st.builds(PlatformFacts),
    service=st.builds(
        ServiceFacts,
        bridge=st.booleans(),
        keeps=st.booleans(),
        speech=st.sampled_from([None, GateReason.NO_ENGINE, GateReason.ENGINE_MODEL]),
        recorded_by_rule=st.booleans(),
    ),
)
def test_every_closed_capability_is_explained_in_full(call, own, platform, service):
    answers = gate(call, own, platform, service)
    may_leave = isinstance(answers[Capability.LEAVE_E2EE], On)
    for capability, answer in answers.items():
        if isinstance(answer, Off):
            words = explain_off(capability, answer, PEOPLE)
            assert words.sentence.code == answer.reason
            assert "…" not in words.sentence.text + words.decided_by.text
            leaves = any(one.action == "call.leave" for one in words.sentence.remedies)
            assert may_leave or not leaves


@given(
    own=st.from_type(OwnEncryption),
    peer=st.none() | st.from_type(PeerEncryption),
    side=st.sampled_from(CallSide),
)
def test_every_refusal_is_explained_in_full(own, peer, side):
    answer = may_call(own, peer, side)
    if isinstance(answer, Denied):
        first, why = explain_denied(answer, own, PEOPLE)
        assert "…" not in first.text + why.text
        assert first.code == answer.code


@given(peer=st.integers(1, 4).map(peer_refused))
def test_of_the_other_side_no_policy_is_named(peer):
    assert peer.off is not None
    words = explain_peer(peer.off, PEOPLE)
    template = sentence(
        peer.off, "other side sees", policy="LEAK", group="LEAK", src="LEAK", peer="?", org="?"
    )
    assert "LEAK" not in template.text
    assert "Grace" in words.text
