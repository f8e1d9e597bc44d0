"""Whose rule is in the way of a standard call, as the person here reads it."""

import pytest

from tui_call.engine.calls.standard_acts import refusal
from tui_call.signaling.call_acts import (
    Act,
    AddAct,
    ConsultAct,
    PlaceAct,
    RecordAct,
    TransferAct,
)

CLEO = "cleo@home"
INSTANCE = "00" * 16
OF_CLEO = "No call: calls of cleo@home are recorded by rule; this one cannot be."
OF_SOMEBODY = "No call: it must be recorded and cannot be."


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (PlaceAct((CLEO,), INSTANCE), OF_CLEO),
        (PlaceAct((CLEO, "dora@home"), INSTANCE), OF_SOMEBODY),
        (AddAct((CLEO,)), OF_CLEO),
        (TransferAct(CLEO), OF_CLEO),
    ],
)
def test_a_call_that_must_be_recorded_and_cannot_be_says_of_whom(act: Act, words: str) -> None:
    assert refusal("N_COMPLIANCE", act).text == words
    own = refusal("N_COMPLIANCE", act, own_rule="bank").text
    assert own == "No call: policy bank records your calls, and this one cannot be."


def test_who_is_recorded_by_rule_is_not_asked_apart() -> None:
    refused = refusal("N_BY_RULE", ConsultAct(CLEO)).text
    assert refused == "Calls of cleo@home are recorded by rule: nobody is asked apart."
    for rule, words in (("", "This call is recorded by rule"), ("bank", "Policy bank records")):
        stop = refusal("N_BY_RULE", RecordAct(on=False), own_rule=rule).text
        assert stop.startswith(words)
