"""Whether a call can be, as the caller and as the callee see it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_call.permissions.admission import (
    Allowed,
    CallSide,
    Denied,
    PeerEncryption,
    may_call,
    peer_refused,
)
from tui_call.permissions.encryption import OwnEncryption, own_encryption
from tui_call.permissions.policies import (
    CallingPolicy,
    E2EECalls,
    EncryptionPolicy,
    PolicySource,
)
from tui_call.permissions.settings import AccountSetting, DeviceSetting
from tui_call.permissions.terms import CallingTerms
from tui_call.reasons import EndReason, GateReason


def own(
    policy: str, setting: str, *, key_locked: bool = False, credential_over: bool = False
) -> OwnEncryption:
    name = EncryptionPolicy("finance", PolicySource.USER, E2EECalls(policy))
    return own_encryption(
        name,
        AccountSetting(setting),
        DeviceSetting.FOLLOW,
        key_locked=key_locked,
        credential_over=credential_over,
    )


ON = own("user_choice", "on")
OFF = own("user_choice", "off")


def refused(answer: Allowed | Denied) -> Denied:
    assert isinstance(answer, Denied)
    return answer


@pytest.mark.parametrize("peer", [None, PeerEncryption(), PeerEncryption(required=True)])
@pytest.mark.parametrize("side", CallSide)
def test_a_call_can_be_when_nothing_speaks_against_it(peer, side):
    assert may_call(ON, peer, side) == Allowed()


def test_a_caller_with_e2ee_off_sends_no_invite():
    answer = refused(may_call(OFF, None, CallSide.CALLER))
    assert answer.end_reason is EndReason.E2EE_OFF
    assert (answer.reason, answer.own, answer.refusal) == (GateReason.SETTING, True, None)


def test_a_caller_learns_that_the_other_takes_only_e2ee():
    answer = refused(may_call(OFF, PeerEncryption(required=True), CallSide.CALLER))
    assert answer.end_reason is EndReason.PEER_REQUIRES


@pytest.mark.parametrize(
    ("callee", "refusal"),
    [
        (own("disabled", "on"), 1),
        (OFF, 2),
        (own_encryption(None, AccountSetting.ON, DeviceSetting.FOLLOW), 1),
        (
            own_encryption(
                EncryptionPolicy("bank", PolicySource.USER, E2EECalls.USER_CHOICE),
                AccountSetting.ON,
                DeviceSetting.FOLLOW,
                calling=CallingPolicy(
                    "traders", PolicySource.USER, CallingTerms(compliance_recording=True)
                ),
            ),
            4,
        ),
    ],
)
def test_a_callee_signs_why_it_refuses(callee, refusal):
    answer = refused(may_call(callee, None, CallSide.CALLEE))
    assert answer.refusal == refusal
    assert answer.end_reason is EndReason.E2EE_OFF


@pytest.mark.parametrize("policy", ["user_choice", "disabled"])
@pytest.mark.parametrize("obstacle", ["key_locked", "credential_over"])
def test_a_callee_that_cannot_sign_says_nothing(policy, obstacle):
    silent = own(policy, "on", **{obstacle: True})
    assert refused(may_call(silent, None, CallSide.CALLEE)).refusal is None


@pytest.mark.parametrize(
    ("caller", "code", "end_reason"),
    [
        (ON, "R_NO_STANDARD", EndReason.E2EE_OFF),
        (own("user_choice", "require"), "R_OWN_REQUIRE", EndReason.OWN_REQUIRE),
        (own("required", "off"), "R_OWN_REQUIRE_POLICY", EndReason.OWN_REQUIRE),
    ],
)
def test_a_caller_reads_why_the_other_refused(caller, code, end_reason):
    answer = refused(may_call(caller, peer_refused(2), CallSide.CALLER))
    assert (answer.code, answer.end_reason) == (code, end_reason)
    assert (answer.reason, answer.own) == (GateReason.SETTING, False)


def test_a_callee_that_takes_only_e2ee_says_so():
    answer = refused(may_call(own("user_choice", "require"), peer_refused(2), CallSide.CALLEE))
    assert answer.end_reason is EndReason.PEER_REQUIRES


def test_the_numbers_of_refusals_are_those_of_the_protocol():
    assert [peer_refused(number).off for number in (1, 2, 3, 4)] == [
        GateReason.POLICY,
        GateReason.SETTING,
        GateReason.OLD_DEVICE,
        GateReason.COMPLIANCE,
    ]


def test_unknown_refusals_are_an_error():
    with pytest.raises(KeyError):
        peer_refused(9)


@given(
    own=st.from_type(OwnEncryption),
    peer=st.none() | st.from_type(PeerEncryption),
    side=st.sampled_from(CallSide),
)
def test_a_call_is_allowed_exactly_when_no_side_is_off(own, peer, side):
    answer = may_call(own, peer, side)
    both_on = own.on and (peer is None or peer.off is None)
    assert isinstance(answer, Allowed) == both_on


@given(own=st.from_type(OwnEncryption))
def test_what_a_callee_refuses_the_caller_understands(own):
    answer = may_call(own, None, CallSide.CALLEE)
    if isinstance(answer, Denied) and answer.refusal is not None:
        told = peer_refused(answer.refusal).off
        assert told is (
            GateReason.POLICY if answer.reason is GateReason.POLICY_UNKNOWN else answer.reason
        )
