"""What an end says on the wire, and how it is read where the other side stands."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_call.calls.end_codes import (
    DeclineCode,
    HangUpCode,
    decline_code,
    declined,
    farewell,
    hang_up_code,
    hung_up,
)
from tui_call.calls.states import FAREWELLS, EndSignal, State
from tui_call.e2ee.control_messages import Decline, HangUp
from tui_call.reasons import EndReason

LIVE = [state for state in State if state is not State.ENDED]


def test_the_numbers_of_the_protocol() -> None:
    assert {code.name: code.value for code in DeclineCode} == {
        "DECLINED": 0,
        "BUSY": 1,
        "DO_NOT_DISTURB": 2,
        "NO_ANSWER": 3,
    }
    assert {code.name: code.value for code in HangUpCode} == {
        "HUNG_UP": 0,
        "CONNECTION_LOST": 1,
        "NO_PATH": 2,
        "CODES_DIFFER": 3,
        "ENGINE_STOPPED": 4,
        "NO_ANSWER": 5,
        "TAKEN": 6,
        "DECLINED": 7,
        "NOT_COMPARED": 8,
    }


@pytest.mark.parametrize(
    "reason",
    [EndReason.DECLINED, EndReason.BUSY, EndReason.DO_NOT_DISTURB, EndReason.NO_ANSWER],
)
def test_a_decision_of_the_callee_is_read_as_it_was_said(reason: EndReason) -> None:
    code = decline_code(reason)

    assert code is not None
    assert declined(code, State.WAIT_ANSWER) is reason


@pytest.mark.parametrize(
    "reason", [EndReason.NO_PATH, EndReason.ENGINE_STOPPED, EndReason.CONNECTION_LOST]
)
def test_what_nobody_decided_is_not_a_decline(reason: EndReason) -> None:
    assert decline_code(reason) is None


@pytest.mark.parametrize(
    "reason",
    [
        EndReason.HUNG_UP,
        EndReason.CONNECTION_LOST,
        EndReason.NO_PATH,
        EndReason.CODES_DIFFER,
        EndReason.NOT_COMPARED,
    ],
)
def test_an_end_of_a_conversation_is_read_as_it_was_said(reason: EndReason) -> None:
    for is_caller in (True, False):
        assert hung_up(hang_up_code(reason), State.SECURE, is_caller=is_caller) is reason


@pytest.mark.parametrize("reason", [EndReason.TAKEN, EndReason.DECLINED])
def test_what_the_person_did_on_another_device_is_read_as_such_where_it_rings(
    reason: EndReason,
) -> None:
    assert hung_up(hang_up_code(reason), State.RINGING, is_caller=False) is reason


@pytest.mark.parametrize("state", [State.ANSWERING, State.CONNECTING])
def test_who_answered_second_reads_that_the_call_is_taken(state: State) -> None:
    assert hung_up(HangUpCode.TAKEN, state, is_caller=False) is EndReason.TAKEN
    assert hung_up(HangUpCode.TAKEN, state, is_caller=True) is EndReason.HUNG_UP


@given(st.sampled_from(EndReason))
def test_every_reason_can_be_said(reason: EndReason) -> None:
    assert hang_up_code(reason) in HangUpCode
    assert decline_code(reason) in {None, *DeclineCode}


@given(code=st.integers(0, 255), state=st.sampled_from(LIVE), is_caller=st.booleans())
def test_every_code_is_read_as_something_true_for_the_person_here(
    code: int, state: State, is_caller: bool
) -> None:
    """The peer's engine is not this one, and it does not decide here that a key changed."""
    told = {declined(code, state), hung_up(code, state, is_caller=is_caller)}
    if not is_caller and state in (State.ANSWERING, State.CONNECTING):
        told -= {EndReason.TAKEN}

    assert told <= {
        State.RINGING: {EndReason.CANCELLED, EndReason.TAKEN, EndReason.DECLINED},
        State.WAIT_ANSWER: {
            EndReason.DECLINED,
            EndReason.BUSY,
            EndReason.DO_NOT_DISTURB,
            EndReason.NO_ANSWER,
            EndReason.NO_PATH,
            EndReason.OFFLINE,
        },
    }.get(
        state,
        {
            EndReason.HUNG_UP,
            EndReason.CONNECTION_LOST,
            EndReason.NO_PATH,
            EndReason.CODES_DIFFER,
            EndReason.NOT_COMPARED,
        },
    )


@pytest.mark.parametrize("code", [99, 255])
def test_codes_of_later_versions_are_the_plainest_of_their_message(code: int) -> None:
    assert hung_up(code, State.SECURE, is_caller=True) is EndReason.HUNG_UP
    assert declined(code, State.WAIT_ANSWER) is EndReason.DECLINED
    assert hung_up(code, State.WAIT_ANSWER, is_caller=True) is EndReason.DECLINED
    assert hung_up(code, State.RINGING, is_caller=False) is EndReason.CANCELLED


@given(st.sampled_from(LIVE), st.sampled_from(EndReason))
def test_an_end_is_said_in_the_way_of_the_state(state: State, reason: EndReason) -> None:
    words = farewell(reason, state)
    match FAREWELLS[state]:
        case EndSignal.ABORT:
            assert words is None
        case EndSignal.DECLINE if (code := decline_code(reason)) is not None:
            assert words == Decline(code)
        case _:
            assert words == HangUp(hang_up_code(reason))
