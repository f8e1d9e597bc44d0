"""Passing a call on at once: each way in which it can fail, and what crosses it."""

import pytest

from tests.standard_calls.exchange import Exchange
from tui_call.standard_calls import events
from tui_call.standard_calls.effects import Ring, Tell
from tui_call.standard_calls.state import Happening, OpenTransfer


def passed_on(*others: str) -> Exchange:
    """Return a call of ada with bob, and perhaps others, that ada has just passed on to dan."""
    world = Exchange().talk("ada", "bob", *others)
    assert world.act(events.Transfers, "ada", to="dan") == ""
    return world


def ringing_back() -> Exchange:
    """Return such a call that dan has declined."""
    world = passed_on()
    world.act(events.Declines, "dan")
    return world


def test_who_passes_a_call_on_is_free_at_once_and_the_other_one_hears_ringing() -> None:
    world = passed_on()
    assert world.told_over() == {"ada": ("G_ENDED", "ada")}
    assert world.states() == {"bob": "talking", "dan": "ringing"}
    assert world.news() == [Happening("transferred", "ada", "dan")]
    assert world.call.transfer == OpenTransfer("ada", "dan")
    assert (world.member("dan").why_rings, world.member("dan").added_by) == ("transfer", "ada")
    assert world.hears() == {"bob": "music"}


def test_the_target_that_answers_talks_with_who_was_passed_on() -> None:
    world = passed_on()
    assert world.answer("dan") == ""
    world.connect("dan")
    assert world.call.transfer is None
    assert world.hears() == {"bob": "dan", "dan": "bob"}
    world.hang_up("dan")
    assert world.call.over == "G_ENDED"


@pytest.mark.parametrize(
    ("failure", "why"),
    [
        (events.Declines(account="dan", device="d"), "R_DECLINED"),
        (events.Declines(account="dan", device="d", why="R_BUSY"), "R_BUSY"),
        (events.Declines(account="dan", device="d", why="R_DND"), "R_DND"),
        (events.Declines(account="dan", device="d", why="R_PEER_REQUIRE"), "R_PEER_REQUIRE"),
        (events.Unreachable("dan"), "R_OFFLINE"),
        (events.AccountGone("dan"), "G_ENDED"),
        (None, "R_NO_ANSWER"),
    ],
)
def test_a_target_that_does_not_take_it_lets_it_ring_back_with_the_reason(
    failure: events.Event | None, why: str
) -> None:
    world = passed_on()
    if failure is None:
        world.passes(60)
    else:
        world.take(failure)
    assert world.states() == {"bob": "talking", "ada": "ringing"}
    assert world.call.transfer == OpenTransfer("ada", "dan", rings_back=True)
    assert (world.member("ada").why_rings, world.member("ada").why) == ("transfer_back", why)
    assert world.news()[-1] == Happening("transfer_back", "dan", "ada")
    assert world.saw(Ring) == [Ring("ada")]
    assert world.hears() == {"bob": "music"}


def test_the_target_finds_a_missed_call_of_who_waits() -> None:
    world = passed_on()
    world.passes(60)
    assert world.words() == [("dan", "bob")]


def test_who_takes_it_back_talks_with_the_same_person_again() -> None:
    world = ringing_back()
    assert world.answer("ada", instance="a" * 32) == ""
    world.connect("ada", leg="again")
    assert world.call.transfer is None
    assert world.hears() == {"bob": "ada", "ada": "bob"}


@pytest.mark.parametrize(
    ("end", "why"),
    [
        (None, "R_NO_ANSWER"),
        (events.Unreachable("ada"), "R_OFFLINE"),
    ],
)
def test_unanswered_there_too_it_ends_with_a_word_to_both(
    end: events.Event | None, why: str
) -> None:
    world = ringing_back()
    if end is None:
        world.passes(59)
        assert world.rings() == ["ada"]
        world.passes(1)
    else:
        world.take(end)
    assert world.call.over == why
    assert world.told_over()["bob"][0] == why
    assert Happening("transfer_end", "ada", "dan") in world.news()
    assert world.words()[-1] == ("ada", "bob")


def test_who_declines_what_rings_back_has_no_missed_call() -> None:
    world = ringing_back()
    world.act(events.Declines, "ada")
    assert world.told_over()["bob"] == ("R_DECLINED", "ada")
    assert world.words() == []


def test_the_target_stops_ringing_when_the_person_hangs_up() -> None:
    world = passed_on()
    world.hang_up("bob")
    assert world.told_over()["dan"] == ("R_CANCELLED", "bob")
    assert world.answer("dan") == "N_UNKNOWN_CALL"
    assert world.words() == []


def test_it_stops_ringing_back_when_the_person_hangs_up() -> None:
    world = ringing_back()
    world.hang_up("bob")
    assert world.told_over()["ada"] == ("R_CANCELLED", "bob")
    assert world.answer("ada") == "N_UNKNOWN_CALL"


@pytest.mark.parametrize("first", ["answer", "hang_up"])
def test_the_persons_hang_up_crosses_the_targets_answer(first: str) -> None:
    world = passed_on()
    if first == "answer":
        assert world.answer("dan") == ""
        assert world.hang_up("bob") == ""
        assert world.told_over() == {"bob": ("G_ENDED", "bob"), "dan": ("G_ENDED", "bob")}
    else:
        assert world.hang_up("bob") == ""
        assert world.answer("dan") == "N_UNKNOWN_CALL"
    assert world.call.over == "G_ENDED"


@pytest.mark.parametrize("first", ["decline", "hang_up"])
def test_the_persons_hang_up_crosses_the_targets_decline(first: str) -> None:
    world = passed_on()
    if first == "decline":
        assert world.act(events.Declines, "dan") == ""
        assert world.hang_up("bob") == ""
        assert world.told_over()["ada"] == ("R_CANCELLED", "bob")
    else:
        assert world.hang_up("bob") == ""
        assert world.act(events.Declines, "dan") == "N_UNKNOWN_CALL"
    assert world.call.over == "G_ENDED"


def test_an_answer_crosses_the_end_of_its_time() -> None:
    world = passed_on()
    world.passes(60)
    assert world.answer("dan") == "N_UNKNOWN_CALL"
    assert world.rings() == ["ada"]


def test_the_others_of_more_than_two_talk_while_the_target_rings_and_when_nobody_comes() -> None:
    world = passed_on("cleo")
    assert world.hears() == {"bob": "cleo", "cleo": "bob"}
    world.passes(60)
    assert world.rings() == ["ada"]
    world.passes(60)
    assert Happening("transfer_end", "ada", "dan") in world.news()
    assert world.saw(Tell) == [Tell()]
    assert world.states() == {"bob": "talking", "cleo": "talking"}
    assert world.call.transfer is None


def test_who_was_added_again_meanwhile_is_not_rung_a_second_time() -> None:
    world = passed_on()
    assert world.act(events.Adds, "bob", people=("ada",)) == ""
    world.act(events.Declines, "dan")
    assert world.saw(Ring) == []
    assert world.states() == {"bob": "talking", "ada": "ringing"}

    back = passed_on()
    back.act(events.Adds, "bob", people=("ada",))
    back.answer("ada")
    assert back.call.transfer is None
    assert back.states() == {"bob": "talking", "dan": "ringing", "ada": "joining"}


def test_who_was_added_and_rings_back_in_the_same_moment_is_not_told_that_it_is_over() -> None:
    world = passed_on()
    world.act(events.Adds, "bob", people=("ada",))
    world.passes(60)
    assert "ada" not in world.told_over()
    assert world.member("ada").why_rings == "transfer_back"


@pytest.mark.parametrize("kind", [events.Transfers, events.Consults])
def test_nothing_is_passed_on_to_oneself_to_a_member_or_to_who_rings(
    kind: type[events.Act],
) -> None:
    world = Exchange().talk("ada", "bob")
    world.act(events.Adds, "ada", people=("cleo",))
    before = world.call
    assert world.act(kind, "ada", to="ada") == "N_OWN_CALL"
    assert world.act(kind, "ada", to="bob") == "N_OWN_CALL"
    assert world.act(kind, "ada", to="cleo") == "N_TARGET_RINGS"
    assert world.call is before


@pytest.mark.parametrize("kind", [events.Transfers, events.Consults])
def test_nothing_is_passed_on_before_there_is_anybody(kind: type[events.Act]) -> None:
    world = Exchange()
    world.place("ada", "bob")
    assert world.act(kind, "ada", to="dan") == "N_NOTYET"


def test_both_pass_the_call_on_at_once_the_second_is_refused() -> None:
    world = passed_on()
    assert world.act(events.Transfers, "bob", to="eve") == "N_TRANSFERRING"
    assert world.act(events.Consults, "bob", to="eve") == "N_TRANSFERRING"
    assert world.act(events.Parks, "bob", slot=71) == "N_TRANSFERRING"
    assert world.states() == {"bob": "talking", "dan": "ringing"}


def test_of_two_transfers_in_a_circle_the_second_comes_back() -> None:
    world = passed_on()
    world.answer("dan")
    world.connect("dan")
    assert world.act(events.Transfers, "dan", to="ada") == ""
    assert world.states() == {"bob": "talking", "ada": "ringing"}
    world.act(events.Declines, "ada", why="R_BUSY")
    assert world.states() == {"bob": "talking", "dan": "ringing"}
    assert world.member("dan").why == "R_BUSY"
    world.answer("dan", instance="d" * 32)
    assert world.call.transfer is None


def test_a_call_in_which_one_is_lost_can_be_passed_on_and_ends_when_it_does_not_come_back() -> None:
    world = Exchange().talk("ada", "bob")
    world.leg(world.member("bob").legs[0].id, "silent")
    world.act(events.Transfers, "ada", to="dan")
    world.passes(30)
    assert world.told_over() == {"bob": ("G_LOST", ""), "dan": ("R_CANCELLED", "")}


def test_room_for_one_more_is_not_needed_to_pass_a_call_on_but_to_ask_first() -> None:
    world = Exchange().talk("ada", *(f"person{number}" for number in range(15)))
    assert world.act(events.Consults, "ada", to="dan") == "N_FULL"
    assert world.act(events.Transfers, "ada", to="dan") == ""
