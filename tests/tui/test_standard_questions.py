"""Questions of a standard call on the screen: why not E2EE, leaving E2EE, ringing all again."""

from typing import Any, Literal

import pytest
from msgspec.structs import replace

from tests.support.fake_engine import CALL_ID, NOW, PEOPLE, active_call, ready, said
from tests.support.fake_standard_calls import ALAN_IN, GRACE_IN, KATHERINE_IN, standard_call
from tests.tui.conftest import Start
from tui_call.control import actions
from tui_call.control.views import CallView, KeptView
from tui_call.tui.screens.consent import ConsentScreen
from tui_call.tui.screens.roster import RosterScreen
from tui_call.tui.screens.why import WhyScreen

OTHER_ID = "33" * 16
OF_FOUR = ready(call=standard_call(GRACE_IN, ALAN_IN, KATHERINE_IN))
OF_TWO = ready(call=standard_call(GRACE_IN, why_standard=said("Y_ASKED", "own")))


async def test_v_says_why_it_is_not_e2ee_and_y_asks_to_go_there(start: Start) -> None:
    async with start(OF_TWO, "v") as it:
        assert isinstance(it.app.screen, WhyScreen)
        assert "Not E2EE: you asked for a standard call." in it.text
        await it.press("y")
        assert it.engine.actions == [actions.GoE2EE(call=CALL_ID)]
        assert it.mode == "call"
        assert not isinstance(it.app.screen, WhyScreen)


@pytest.mark.parametrize("key", ["v", "u"])
async def test_a_question_over_another_screen_is_what_its_answer_closes(
    start: Start, key: str
) -> None:
    async with start(OF_TWO, key) as it:
        it.engine.change_call(question=said("G_LEAVE_ASKED", peer="Grace Hopper", cap="this"))
        await it.until(lambda: isinstance(it.app.screen, ConsentScreen))
        it.engine.change_call(phase="ended")
        await it.settle()
        assert not isinstance(it.app.screen, (ConsentScreen, RosterScreen, WhyScreen))
        await it.press("escape")
        assert it.app.is_running


async def test_with_more_than_two_there_is_no_way_to_e2ee(start: Start) -> None:
    async with start(OF_FOUR, "v", "y") as it:
        assert "E2EE is for two people" in it.text
        assert it.engine.actions == []


async def test_a_call_that_is_recorded_by_rule_shows_why_it_cannot_go_e2ee(start: Start) -> None:
    by_rule = standard_call(GRACE_IN, recording=KeptView("aa" * 16, "", NOW - 60))
    async with start(ready(call=by_rule), "v", "y") as it:
        assert said("N_HEARD_BY_RULE").text in it.text
        assert it.engine.actions == []


async def test_what_e2ee_closes_leads_out_of_it_by_a_key_of_its_own(start: Start) -> None:
    async with start(ready(call=active_call()), "x") as it:
        assert "l Leave E2EE for this" in it.text
        await it.press("l")
        assert it.engine.actions == [actions.LeaveE2EE("transfer", call=CALL_ID)]
    async with start(ready(call=active_call()), "l") as it:
        assert it.engine.actions == []
        assert "needs a third listener" in it.text


def asks_here(**fields: Any) -> CallView:
    question = said("Q_FIRST", "caller", peer="Grace Hopper")
    given = {"phase": "setup", "started": 0, "microphone": "off", "question": question}
    return standard_call(GRACE_IN, **{**given, **fields})


async def test_a_question_about_a_call_of_several_names_them_all(start: Start) -> None:
    call = asks_here(members=(GRACE_IN, ALAN_IN, KATHERINE_IN))
    async with start(ready(call=call), size=(80, 24)) as it:
        assert "Grace Hopper, Alan Turing, Katherine Johnson" in it.text


@pytest.mark.parametrize(("key", "yes"), [("y", True), ("n", False), ("escape", False)])
async def test_a_question_is_answered_by_its_own_keys(start: Start, key: str, yes: bool) -> None:
    async with start(ready(call=asks_here())) as it:
        assert isinstance(it.app.screen, ConsentScreen)
        assert "This call would not be. Call anyway?" in it.text
        assert "y Call" in it.text
        await it.press("enter", "space", "a")
        assert it.engine.actions == []
        await it.press(key)
        await it.until(lambda: bool(it.engine.actions))
        assert it.engine.actions == [actions.Consent(yes, "Q_FIRST", call=CALL_ID)]
        it.engine.change_call(places_left=3)
        await it.settle()
        assert not isinstance(it.app.screen, ConsentScreen), "asked once"


async def test_a_question_of_a_call_after_another_one_is_asked_and_stays(start: Start) -> None:
    over = active_call(phase="ended", id=OTHER_ID)
    async with start(ready(call=over)) as it:
        it.engine.change(call=asks_here())
        await it.until(lambda: isinstance(it.app.screen, ConsentScreen))
        await it.settle()
        await it.press("n")
        await it.until(lambda: bool(it.engine.actions))
        assert it.engine.actions == [actions.Consent(False, "Q_FIRST", call=CALL_ID)]


async def test_a_question_comes_over_what_is_typed_and_takes_no_letter_of_it(start: Start) -> None:
    async with start(ready(call=active_call()), "n", "h") as it:
        it.engine.change_call(question=said("Q_FIRST", "callee", peer="Grace Hopper"))
        await it.settle()
        await it.at_once("y", "n")
        assert it.engine.actions == []
        await it.press("y")
        await it.until(lambda: bool(it.engine.actions))


async def test_a_question_hides_nothing_of_the_call_that_is_heard(start: Start) -> None:
    question = said("G_LEAVE_WAIT", "on hold", peer="Alan Turing")
    asks = active_call(
        PEOPLE[1], id=OTHER_ID, place="held", on_hold=True, microphone="held",
        question=question, asks=True, shield=said("SH_CHANGING"),
    )  # fmt: skip
    async with start(ready(calls=(standard_call(GRACE_IN), asks)), size=(80, 24)) as it:
        assert isinstance(it.app.screen, ConsentScreen)
        assert question.text in it.text
        first, second, *_ = it.text.splitlines()
        assert all(words in first for words in ("○ NOT E2EE", "Grace Hopper", "MIC ON"))
        assert all(words in second for words in ("… CHANGING", "Alan Turing", "ON HOLD"))
        it.engine.change(calls=(standard_call(GRACE_IN, muted=True, microphone="muted"), asks))
        await it.settle()
        assert "MUTED" in it.text.splitlines()[0]


async def test_an_answer_that_was_not_taken_leaves_the_question(start: Start) -> None:
    async with start(ready(call=asks_here())) as it:
        it.engine.refuse(actions.Consent, "wrong_state", said("N_CALL_OVER"))
        await it.press("y")
        await it.until(lambda: bool(it.engine.actions))
        it.engine.change_call(places_left=3)
        await it.until(lambda: isinstance(it.app.screen, ConsentScreen))


async def test_a_question_that_is_not_asked_any_more_goes(start: Start) -> None:
    async with start(ready(call=asks_here())) as it:
        it.engine.change_call(question=None)
        await it.settle()
        assert not isinstance(it.app.screen, ConsentScreen)


async def test_who_asks_waits_and_may_take_it_back(start: Start) -> None:
    async with start(ready(call=asks_here(asks=True)), "y") as it:
        assert it.engine.actions == []
        assert "Waiting for an answer" in it.text
        assert "n Take it back" in it.text
        await it.press("escape")
        await it.until(lambda: bool(it.engine.actions))
        assert it.engine.actions == [actions.Consent(False, "Q_FIRST", call=CALL_ID)]


@pytest.mark.parametrize(
    ("phase", "line"),
    [
        ("ringing", "Ringing Grace Hopper, Alan Turing"),
        ("ended", "The call with Grace Hopper, Alan Turing is over."),
    ],
)
async def test_all_are_named_at_whom_a_call_rings_and_with_whom_it_was(
    start: Start, phase: Literal["ringing", "ended"], line: str
) -> None:
    rung = [replace(one, state="ringing") for one in (GRACE_IN, ALAN_IN)]
    async with start(ready(call=standard_call(*rung))) as it:
        it.engine.change(call=standard_call(*rung, phase=phase))
        await it.settle()
        assert line in it.text


async def test_several_are_called_again_together(start: Start) -> None:
    async with start(ready(call=standard_call())) as it:
        ended = said("G_ENDED", dur="1:00", who="You")
        it.engine.change(call=standard_call(phase="ended", ended=NOW, end_reason=ended))
        await it.settle()
        await it.press("c")
        assert "Ring 2 people" in it.text
        assert "Grace Hopper, Alan Turing" in it.text
        await it.press("down", "enter")
        both = actions.Call("grace@acme", others=("alan@acme",), standard=True, all_join=True)
        assert it.engine.actions == [both]
