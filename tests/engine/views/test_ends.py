"""How a call ended reads the same at its end and among the past calls."""

from dataclasses import replace
from typing import Literal

import pytest

from tui_call.calls.effects import Ended
from tui_call.engine.calls.call_state import CallState
from tui_call.engine.calls.ends import end_sentence
from tui_call.engine.phrases import ANOTHER_DEVICE, past_sentence
from tui_call.engine.views.history import history_views
from tui_call.identifiers import AccountId
from tui_call.permissions.encryption import OwnEncryption
from tui_call.permissions.policies import Authority, CallingPolicy, DecidedBy, PolicySource
from tui_call.permissions.terms import CallingTerms
from tui_call.profile.history import PastCall, PastMember
from tui_call.reasons import EndReason

ENCRYPTION = OwnEncryption("ON_SELF", (), DecidedBy(Authority.SETTING), None, None)


@pytest.mark.parametrize("direction", ["outgoing", "incoming"])
@pytest.mark.parametrize("by_peer", [False, True])
def test_the_list_of_calls_says_what_the_screen_said(
    direction: Literal["outgoing", "incoming"], by_peer: bool
) -> None:
    wall = 1_000.0
    ben = AccountId("ben@home")
    record = CallState(bytes(16), ben, "Ben", direction, ENCRYPTION, lambda: wall)
    record.started = record.began
    wall += 59.7
    for reason in EndReason:
        told = end_sentence(Ended(reason, by_peer=by_peer), record, ANOTHER_DEVICE)
        record.end(told, by_peer=by_peer)
        [past] = history_views([record.past_call(reason)])
        assert past.end_reason == told


def test_a_person_who_does_not_exist_is_named_by_address() -> None:
    bem = AccountId("bem@home")
    record = CallState(bytes(16), bem, bem, "outgoing", ENCRYPTION, lambda: 0.0)
    [past] = history_views([record.past_call(EndReason.NO_SUCH_PERSON)])
    assert past.end_reason.text == "No such person: bem@home. Check the address."


def test_a_reason_of_another_version_is_kept_as_its_code() -> None:
    call = PastCall(0, "outgoing", 0, "R_LATER", (PastMember(AccountId("ben@home"), "Ben"),))
    [view] = history_views([call])
    assert (view.end_reason.code, view.end_reason.text) == ("R_LATER", "")


@pytest.mark.parametrize(
    ("spoke", "text"),
    [
        (0, "No call: it must be recorded and cannot be."),
        (65, "Call ended after 1:05: it must be recorded, and that broke off."),
    ],
)
def test_a_call_in_which_people_spoke_was_one_also_where_it_must_be_recorded(
    spoke: float, text: str
) -> None:
    ben = PastMember(AccountId("ben@home"), "Ben")
    call = PastCall(0, "outgoing", spoke, EndReason.MUST_BE_RECORDED.value, (ben,))
    assert past_sentence(call).text == text


@pytest.mark.parametrize(
    ("spoke", "text"),
    [
        (0, "No call: policy bank records your calls, and this one cannot be."),
        (65, "Ended after 1:05: policy bank records your calls; that broke off."),
    ],
)
def test_whose_own_rule_it_is_reads_which_policy_that_is(spoke: float, text: str) -> None:
    bank = CallingPolicy("bank", PolicySource.USER, CallingTerms(compliance_recording=True))
    wall, own = 1_000.0, replace(ENCRYPTION, calling=bank)
    ben = AccountId("ben@home")
    record = CallState(bytes(16), ben, "Ben", "outgoing", own, lambda: wall)
    record.started = record.began if spoke else 0
    wall += spoke
    ended = Ended(EndReason.MUST_BE_RECORDED, by_peer=False)
    assert end_sentence(ended, record, ANOTHER_DEVICE).text == text
