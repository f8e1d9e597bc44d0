"""Calls that are not E2EE: no unseen downgrade, whoever says what."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_call.permissions.admission import CallSide, Denied, PeerEncryption, peer_refused
from tui_call.permissions.encryption import OwnEncryption, own_encryption
from tui_call.permissions.explain import Names, explain_denied, explain_standard
from tui_call.permissions.policies import (
    CallingPolicy,
    E2EECalls,
    EncryptionPolicy,
    PolicySource,
)
from tui_call.permissions.settings import AccountSetting, DeviceSetting
from tui_call.permissions.standard import AskFirst, Visible, may_be_standard
from tui_call.permissions.terms import CallingTerms
from tui_call.reasons import EndReason, GateReason

PEOPLE = Names("Grace", "acme")


def own(
    policy: str = "user_choice", setting: str = "on", key_locked: bool = False
) -> OwnEncryption:
    finance = EncryptionPolicy("finance", PolicySource.USER, E2EECalls(policy))
    return own_encryption(
        finance, AccountSetting(setting), DeviceSetting.FOLLOW, key_locked=key_locked
    )


# All that a service, the directory or a refusal can make a device believe.
SAID_BY_OTHERS = st.none() | st.from_type(PeerEncryption)
SIDES = st.sampled_from(CallSide)


@given(person=st.from_type(OwnEncryption), peer=SAID_BY_OTHERS, side=SIDES)
def test_a_known_e2ee_account_is_never_called_or_taken_without_a_question(person, peer, side):
    answer = may_be_standard(person, peer, side, e2ee_made=True)
    assert isinstance(answer, AskFirst | Denied)


@given(person=st.from_type(OwnEncryption), peer=SAID_BY_OTHERS, side=SIDES, made=st.booleans())
def test_whoever_requires_e2ee_gets_no_other_call(person, peer, side, made):
    answer = may_be_standard(person, peer, side, e2ee_made=made)
    if person.required:
        assert isinstance(answer, Denied)


@given(peer=SAID_BY_OTHERS, other=SAID_BY_OTHERS, side=SIDES, made=st.booleans())
def test_what_others_say_opens_nothing(peer, other, side, made):
    """A refusal, a policy or the directory change the reason, or refuse; never the question."""
    kinds = {type(may_be_standard(own(), one, side, e2ee_made=made)) for one in (peer, other)}
    assert kinds - {Denied} <= {AskFirst if made else Visible}


@given(person=st.from_type(OwnEncryption), peer=SAID_BY_OTHERS, side=SIDES)
def test_a_policy_of_the_service_does_not_spare_the_question(person, peer, side):
    """The policy comes from the service: one that rules E2EE out is no consent of the person."""
    ruled_out = own("disabled", "on")
    answer = may_be_standard(ruled_out, peer, CallSide.CALLEE, e2ee_made=True)
    assert isinstance(answer, AskFirst)
    assert not isinstance(may_be_standard(person, peer, side, e2ee_made=True), Visible)


@pytest.mark.parametrize(
    ("side", "question", "visible"),
    [
        (CallSide.CALLER, "You had E2EE with Grace. This call would not be. Call anyway?",
         "Not E2EE: the bridge of acme can hear. Call anyway?"),
        (CallSide.CALLEE, "You had E2EE with Grace. This call is not. Answer anyway?",
         "Standard call, not E2EE: the bridge of acme can hear."),
    ],
)  # fmt: skip
def test_both_directions_have_their_sentence(side: CallSide, question: str, visible: str):
    peer = peer_refused(2)
    for made, expected in ((True, question), (False, visible)):
        answer = may_be_standard(own(), peer, side, e2ee_made=made)
        assert not isinstance(answer, Denied)
        words, why = explain_standard(answer, own(), PEOPLE)
        assert words.text == expected
        assert why.text == "Not E2EE: the E2EE setting of Grace is off."


def test_the_own_reason_is_told_before_that_of_the_other():
    off = own(setting="off")
    answer = may_be_standard(off, peer_refused(1), CallSide.CALLER, e2ee_made=True)
    assert answer == AskFirst(CallSide.CALLER, GateReason.SETTING, own=True)
    words, why = explain_standard(answer, off, PEOPLE)
    assert (words.code, why.text) == ("Q_FIRST", "Not E2EE: your E2EE setting is off.")


@pytest.mark.parametrize(
    ("side", "why"),
    [
        (CallSide.CALLER, "Not E2EE: you asked for a standard call."),
        (CallSide.CALLEE, "Not E2EE: Grace asked for a standard call."),
    ],
)
def test_a_standard_call_that_could_be_e2ee_names_who_asked(side: CallSide, why: str):
    answer = may_be_standard(own(), None, side, e2ee_made=False)
    assert isinstance(answer, Visible)
    assert explain_standard(answer, own(), PEOPLE)[1].text == why


@pytest.mark.parametrize(
    ("person", "side", "code"),
    [
        (own("required"), CallSide.CALLER, "R_OWN_REQUIRE_POLICY"),
        (own(setting="require"), CallSide.CALLER, "R_OWN_REQUIRE"),
        (own("required"), CallSide.CALLEE, "R_PEER_REQUIRE"),
        (own("disabled", "require"), CallSide.CALLER, "R_NO_STANDARD"),
    ],
)
def test_a_refusal_of_the_own_side_says_who_decided(
    person: OwnEncryption, side: CallSide, code: str
):
    answer = may_be_standard(person, peer_refused(2), side, e2ee_made=False)
    assert isinstance(answer, Denied)
    assert answer.code == code
    words, _ = explain_denied(answer, person, PEOPLE)
    assert words.code == code


def test_who_takes_only_e2ee_is_not_called_otherwise():
    off = own(setting="off")
    answer = may_be_standard(off, PeerEncryption(required=True), CallSide.CALLER, e2ee_made=False)
    assert isinstance(answer, Denied)
    assert (answer.end_reason, answer.reason) == (EndReason.PEER_REQUIRES, GateReason.SETTING)


@pytest.mark.parametrize("side", CallSide)
def test_whose_calls_are_recorded_by_rule_has_standard_calls_and_both_read_why(side: CallSide):
    encryption, traders = (
        own().policy,
        CallingPolicy("traders", PolicySource.USER, CallingTerms(compliance_recording=True)),
    )
    recorded = own_encryption(encryption, AccountSetting.ON, DeviceSetting.FOLLOW, calling=traders)
    for person, peer, words in (
        (recorded, None, "Not E2EE: your calls are recorded by rule (traders)."),
        (own(), peer_refused(4), "Not E2EE: calls of Grace are recorded by rule."),
    ):
        answer = may_be_standard(person, peer, side, e2ee_made=False)
        assert isinstance(answer, Visible)
        assert answer.reason is GateReason.COMPLIANCE
        assert explain_standard(answer, person, PEOPLE)[1].text == words


@pytest.mark.parametrize("side", CallSide)
@pytest.mark.parametrize("made", [True, False])
def test_with_a_locked_key_the_mark_is_not_known_and_there_is_no_call(side: CallSide, made: bool):
    answer = may_be_standard(own(key_locked=True), None, side, e2ee_made=made)
    assert isinstance(answer, Denied)
    assert answer.reason is GateReason.KEY_LOCKED
