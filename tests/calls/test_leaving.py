"""Leaving E2EE: both people, by one nonce, or not at all."""

from dataclasses import replace

import pytest

from tests.calls.leaving_side import Side
from tests.calls.two_devices import World
from tui_call.calls.effects import (
    LeaveAsked,
    LeaveOutcome,
    LeaveOver,
    LeaveRefused,
    MayLeave,
    MicrophoneSilent,
)
from tui_call.calls.events import (
    PersonAgreesToLeave,
    PersonAsksToLeave,
    PersonRefusesToLeave,
    PersonTakesLeaveBack,
)
from tui_call.calls.leaving import (
    ASK_SECONDS,
    LAST_WORD_SECONDS,
    QUIET_SECONDS,
    LeavingStage,
)
from tui_call.calls.rules import CallRules
from tui_call.calls.states import State
from tui_call.e2ee.control_messages import LeaveAsk, LeaveNo, LeaveYes

NONCE, OTHER = bytes(16), bytes(range(16))
ASK = PersonAsksToLeave(NONCE, "add", "the bridge of Acme")
AGREED = MayLeave("add", "the bridge of Acme", "room 7")
MAY = CallRules(may_leave=True)


def asking() -> Side:
    side = Side()
    assert side.does(ASK) == [MicrophoneSilent(True)]
    assert side.said == [LeaveAsk(NONCE, "add", "the bridge of Acme")]
    side.said.clear()
    return side


def asked(*, is_caller: bool = False) -> Side:
    side = Side(is_caller=is_caller)
    assert side.hears(LeaveAsk(NONCE, "add", "the bridge of Acme")) == [
        MicrophoneSilent(True),
        LeaveAsked(NONCE, "add", "the bridge of Acme"),
    ]
    assert side.said == []
    return side


def agreed() -> Side:
    side = asked()
    assert side.does(PersonAgreesToLeave(NONCE, "room 7")) == []
    assert side.said == [LeaveYes(NONCE, "room 7")]
    side.said.clear()
    return side


def test_the_asker_leaves_on_the_peers_yes_and_repeats_it() -> None:
    side = asking()
    assert side.hears(LeaveYes(NONCE, "room 7")) == [AGREED]
    assert side.said == [LeaveYes(NONCE, "room 7")]
    assert side.leaving.stage is LeavingStage.LEFT
    assert side.leaving.next_deadline() is None


def test_the_asked_leaves_on_the_repeated_yes_and_not_before() -> None:
    side = agreed()
    assert side.hears(LeaveYes(NONCE, "room 7")) == [AGREED]
    assert side.said == []


def test_a_yes_does_not_stand_for_the_own_person() -> None:
    side = asked()
    assert side.hears(LeaveYes(NONCE, "room 7")) == []
    assert side.does(PersonAgreesToLeave(NONCE, "room 7")) == []
    assert side.leaving.stage is LeavingStage.AGREED


def test_no_brings_both_back() -> None:
    side = asking()
    assert side.hears(LeaveNo(NONCE)) == [
        MicrophoneSilent(False),
        LeaveOver(LeaveOutcome.REFUSED_BY_PEER),
    ]
    side = asked()
    assert side.does(PersonRefusesToLeave(NONCE)) == [
        MicrophoneSilent(False),
        LeaveOver(LeaveOutcome.REFUSED),
    ]
    assert side.said == [LeaveNo(NONCE)]


@pytest.mark.parametrize("side", [asking(), agreed()])
def test_whoever_waits_may_take_it_back(side: Side) -> None:
    assert side.does(PersonTakesLeaveBack()) == [
        MicrophoneSilent(False),
        LeaveOver(LeaveOutcome.TAKEN_BACK),
    ]
    assert side.said == [LeaveNo(NONCE)]
    assert side.does(PersonTakesLeaveBack()) == []


def test_the_peer_takes_its_question_back() -> None:
    for side in (asked(), agreed()):
        assert side.hears(LeaveNo(OTHER)) == []
        assert LeaveOver(LeaveOutcome.REFUSED_BY_PEER) in side.hears(LeaveNo(NONCE))


def test_a_yes_with_another_nonce_opens_nothing() -> None:
    for side in (asking(), asked(), agreed(), Side()):
        assert side.hears(LeaveYes(OTHER, "room 7")) == []
        assert side.said == [LeaveNo(OTHER)]


def test_a_yes_after_the_no_opens_nothing() -> None:
    side = asking()
    side.hears(LeaveNo(NONCE))
    assert side.hears(LeaveYes(NONCE, "room 7")) == []
    assert side.said == [LeaveNo(NONCE)]


def test_a_yes_after_the_question_was_taken_back_brings_the_peer_back() -> None:
    here, there = asking(), agreed()
    here.does(PersonTakesLeaveBack())
    here.said.clear()
    here.hears(LeaveYes(NONCE, "room 7"))
    assert here.said == [LeaveNo(NONCE)]
    assert LeaveOver(LeaveOutcome.REFUSED_BY_PEER) in there.hears(LeaveNo(NONCE))


def test_the_asker_goes_nowhere_but_where_it_would() -> None:
    side = asking()
    assert side.hears(LeaveYes(NONCE, "room 8")) == [
        MicrophoneSilent(False), LeaveOver(LeaveOutcome.REFUSED_BY_PEER),
    ]  # fmt: skip
    assert side.said == [LeaveNo(NONCE)]
    anywhere = Side(room="")
    anywhere.does(ASK)
    assert anywhere.hears(LeaveYes(NONCE, "room 8")) == [replace(AGREED, room="room 8")]


def test_another_room_than_the_agreed_one_is_a_no() -> None:
    side = agreed()
    assert side.hears(LeaveYes(NONCE, "room 8")) == [
        MicrophoneSilent(False),
        LeaveOver(LeaveOutcome.REFUSED_BY_PEER),
    ]
    assert side.said == [LeaveNo(NONCE)]


def test_a_second_question_changes_nothing_of_the_open_one() -> None:
    for side in (asked(), agreed()):
        assert side.hears(LeaveAsk(OTHER, "record", "everybody")) == []
        assert side.said == [LeaveNo(OTHER)]
        side.said.clear()
        assert side.hears(LeaveAsk(NONCE, "record", "everybody")) == []
        assert side.said == []
    side = asking()
    assert side.does(PersonAsksToLeave(OTHER, "record", "everybody")) == []
    assert side.said == []


def test_an_answer_names_the_question_that_was_shown() -> None:
    side = asked()
    assert side.does(PersonAgreesToLeave(OTHER, "room 7")) == []
    assert side.does(PersonRefusesToLeave(OTHER)) == []
    assert side.said == []
    assert side.leaving.stage is LeavingStage.ASKED


def test_nobody_answers_a_question_of_the_own_side() -> None:
    side = asking()
    assert side.does(PersonAgreesToLeave(NONCE, "room 7")) == []
    assert side.does(PersonRefusesToLeave(NONCE)) == []


def test_a_nonce_opens_one_question() -> None:
    side = asking()
    side.does(PersonTakesLeaveBack())
    side.said.clear()
    assert side.does(ASK) == []
    assert side.hears(LeaveAsk(NONCE, "add", "the bridge of Acme")) == []
    assert side.said == [LeaveNo(NONCE)]


@pytest.mark.parametrize(
    ("side", "seconds"),
    [(asking(), ASK_SECONDS), (asked(), ASK_SECONDS), (agreed(), LAST_WORD_SECONDS)],
)
def test_what_lasts_too_long_is_over(side: Side, seconds: float) -> None:
    assert side.leaving.next_deadline() == seconds
    assert side.waits(seconds - 0.1) == []
    assert side.waits(0.1) == [
        MicrophoneSilent(False),
        LeaveOver(LeaveOutcome.UNANSWERED),
    ]
    assert side.said == [LeaveNo(NONCE)]
    assert side.leaving.next_deadline() is None


def test_after_a_no_the_person_is_left_alone_for_a_while() -> None:
    side = asked()
    side.does(PersonRefusesToLeave(NONCE))
    side.said.clear()
    side.waits(QUIET_SECONDS - 0.1)
    assert side.hears(LeaveAsk(OTHER, "record", "everybody")) == []
    assert side.said == [LeaveNo(OTHER)]
    side.waits(0.1)
    assert side.hears(LeaveAsk(OTHER, "record", "everybody")) != []


def test_of_two_questions_that_cross_the_callers_counts() -> None:
    caller = asking()
    assert caller.hears(LeaveAsk(OTHER, "record", "everybody")) == []
    assert caller.said == []
    callee = Side(is_caller=False)
    callee.does(PersonAsksToLeave(OTHER, "record", "everybody"))
    assert callee.hears(LeaveAsk(NONCE, "add", "the bridge of Acme")) == [
        LeaveAsked(NONCE, "add", "the bridge of Acme")
    ]
    callee.does(PersonAgreesToLeave(NONCE, "room 7"))
    assert caller.hears(LeaveYes(NONCE, "room 7")) == [AGREED]
    assert callee.hears(LeaveYes(NONCE, "room 7")) == [AGREED]


def test_a_question_with_the_nonce_of_the_own_one_is_not_shown() -> None:
    callee = Side(is_caller=False)
    callee.does(ASK)
    assert callee.hears(LeaveAsk(NONCE, "record", "everybody")) == []
    assert callee.leaving.stage is LeavingStage.ASKING


def test_a_call_that_must_stay_neither_asks_nor_is_asked() -> None:
    side = Side(allowed=False)
    assert side.does(ASK) == []
    assert side.said == []
    assert side.hears(LeaveAsk(NONCE, "add", "everybody")) == [LeaveRefused("add")]
    assert side.hears(LeaveAsk(OTHER, "record", "everybody")) == []  # told once
    assert side.said == [LeaveNo(NONCE), LeaveNo(OTHER)]
    assert side.does(PersonAgreesToLeave(NONCE, "room 7")) == []
    assert side.hears(LeaveYes(NONCE, "room 7")) == []
    assert side.leaving.stage is LeavingStage.NONE


def test_whoever_has_left_hears_no_more_of_it() -> None:
    side = asking()
    side.hears(LeaveYes(NONCE, "room 7"))
    side.said.clear()
    assert side.hears(LeaveYes(NONCE, "room 7")) == []
    assert side.hears(LeaveNo(NONCE)) == []
    assert side.said == []
    assert side.hears(LeaveAsk(OTHER, "record", "everybody")) == []
    assert side.said == [LeaveNo(OTHER)]
    assert side.does(PersonTakesLeaveBack()) == []
    assert side.does(PersonAsksToLeave(OTHER, "record", "everybody")) == []


@pytest.mark.parametrize(
    "fields",
    [(b"short", "add", "all"), (NONCE, "é" * 128, "all"), (NONCE, "add", "é" * 129)],
)
def test_a_question_that_cannot_be_sent_cannot_be_asked(fields: tuple[bytes, str, str]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - who checks it is not the point
        PersonAsksToLeave(*fields)
    with pytest.raises(ValueError, match="longer"):
        PersonAgreesToLeave(NONCE, "é" * 129)


# In a call


def test_in_a_call_both_leave_when_both_people_agreed() -> None:
    world = World(caller_rules=MAY, callee_rules=MAY).talk()
    world.callee.handle(ASK)
    assert world.run_until(lambda: bool(world.caller.saw(LeaveAsked)), 5)
    assert world.caller.referee.silent
    assert world.callee.referee.silent
    world.run(5)
    assert world.caller.referee.left is world.callee.referee.left is None
    world.caller.handle(PersonAgreesToLeave(NONCE, "room 7"))
    world.run(5)
    assert world.caller.referee.left == world.callee.referee.left == AGREED


def test_in_a_call_that_must_stay_the_answer_is_no() -> None:
    world = World(caller_rules=MAY).talk()
    world.caller.handle(ASK)
    world.run(5)
    assert world.callee.saw(LeaveRefused) == [LeaveRefused("add")]
    assert world.caller.saw(LeaveOver) == [LeaveOver(LeaveOutcome.REFUSED_BY_PEER)]
    assert not world.caller.referee.silent
    assert world.callee.saw(MicrophoneSilent) == []


def test_a_question_is_over_in_time_when_the_service_holds_everything_back() -> None:
    world = World(caller_rules=MAY, callee_rules=MAY).talk()
    world.weather.loss = 1.0
    world.caller.handle(ASK)
    world.run(ASK_SECONDS + 1)
    assert world.caller.saw(LeaveOver) == [LeaveOver(LeaveOutcome.UNANSWERED)]
    assert world.caller.state is State.SECURE


def test_nobody_leaves_before_there_is_a_conversation() -> None:
    world = World(caller_rules=MAY, callee_rules=MAY).ring()
    world.callee.handle(ASK)
    session = world.callee.machine.session
    assert session is not None
    world.inject(world.caller, session.control.seal(LeaveAsk(NONCE, "add", "all"), world.now))
    world.run(1)
    assert world.caller.saw(LeaveAsked) == []
    assert not any(device.referee.silent for device in world.devices)
