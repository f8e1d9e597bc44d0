"""A standard call from its beginning to its end, between people who move nothing."""

import pytest

from tests.standard_calls.exchange import Exchange, X, Y, instance_of
from tui_call.standard_calls import events
from tui_call.standard_calls.effects import Ring, SoundTone, Tell, TellOver
from tui_call.standard_calls.machine import handle
from tui_call.standard_calls.revision import free_number
from tui_call.standard_calls.state import Happening, RetiredNumber, StandardCall, next_deadline


def test_a_call_that_is_placed_rings_and_waits_for_the_first_leg_of_who_placed_it() -> None:
    world = Exchange()
    assert world.place("ada", "bob", why="Y_ASKED", why_of="ada") == ""

    assert world.states() == {"ada": "joining", "bob": "ringing"}
    assert world.member("bob").added_by == "ada"
    assert world.effects == [Tell(), Ring("bob")]
    assert (world.call.kind, world.call.why, world.call.why_of) == ("standard", "Y_ASKED", "ada")
    assert next_deadline(world.call) == world.now + 30


def test_two_talk_from_the_moment_in_which_their_legs_bring_sound() -> None:
    world = Exchange()
    world.place("ada", "bob")
    world.connect("ada")
    assert world.states() == {"ada": "talking", "bob": "ringing"}
    world.passes(5)
    assert world.answer("bob") == ""
    assert world.states() == {"ada": "talking", "bob": "joining"}
    assert world.news() == [Happening("joined", "bob")]
    assert world.member("bob").since == world.now
    assert world.member("bob").device == "bob-1"
    world.connect("bob")

    assert world.states() == {"ada": "talking", "bob": "talking"}
    assert world.hears() == {"ada": "bob", "bob": "ada"}
    assert world.saw(SoundTone) == []  # two need none
    assert next_deadline(world.call) is None


def test_who_answers_on_one_device_is_no_longer_asked_on_another() -> None:
    world = Exchange()
    world.place("ada", "bob")
    assert world.answer("bob", device="bob-2") == ""
    assert world.member("bob").device == "bob-2"
    assert world.answer("bob", device="bob-1") == "N_UNKNOWN_CALL"
    assert world.act(events.Declines, "bob") == "N_UNKNOWN_CALL"


@pytest.mark.parametrize(
    ("code", "told", "news"),
    [
        ("R_DECLINED", "R_DECLINED", "declined"),
        ("R_BUSY", "R_BUSY", "busy"),
        ("R_DND", "R_DND", "busy"),
        ("R_PEER_REQUIRE", "R_PEER_REQUIRE", "only_e2ee"),
        ("R_OF_A_LATER_VERSION", "R_DECLINED", "declined"),
    ],
)
def test_a_call_of_two_ends_with_the_word_of_who_does_not_take_it(
    code: str, told: str, news: str
) -> None:
    world = Exchange()
    world.place("ada", "bob")
    assert world.act(events.Declines, "bob", why=code) == ""

    assert (world.call.over, world.call.over_by) == (told, "bob")
    assert world.told_over() == {"bob": (told, "bob"), "ada": (told, "bob")}
    assert [one.what for one in world.news()] == [news]
    assert world.words() == []  # the device that was asked has seen the call


def test_who_does_not_answer_within_a_minute_finds_a_missed_call() -> None:
    world = Exchange()
    world.place("ada", "bob")
    world.connect("ada")
    world.passes(59.9)
    assert world.rings() == ["bob"]
    world.passes(0.1)

    assert world.call.over == "R_NO_ANSWER"
    assert world.told_over() == {"bob": ("R_CANCELLED", ""), "ada": ("R_NO_ANSWER", "")}
    assert world.words() == [("bob", "ada")]


def test_who_is_offline_finds_a_missed_call() -> None:
    world = Exchange()
    world.place("ada", "bob")
    world.take(events.Unreachable("bob"))

    assert world.call.over == "R_OFFLINE"
    assert [one.what for one in world.news()] == ["offline"]
    assert world.words() == [("bob", "ada")]


def test_only_who_is_asked_can_be_unreachable() -> None:
    world = Exchange().talk("ada", "bob")
    world.act(events.Adds, "ada", people=("cleo", "dan"))
    world.take(events.Unreachable("bob"))
    world.take(events.Unreachable("dan"))
    assert world.states() == {"ada": "talking", "bob": "talking", "cleo": "ringing"}


def test_a_caller_that_is_not_connected_in_time_ends_the_ringing() -> None:
    world = Exchange()
    world.place("ada", "bob")
    world.passes(30)
    assert world.told_over() == {"ada": ("G_LOST", ""), "bob": ("R_CANCELLED", "")}
    assert world.call.over == "G_LOST"


def test_a_caller_who_hangs_up_stops_the_ringing() -> None:
    world = Exchange()
    world.place("ada", "bob", "cleo")
    assert world.hang_up("ada") == ""
    assert world.told_over() == {
        "ada": ("G_ENDED", "ada"),
        "bob": ("R_CANCELLED", "ada"),
        "cleo": ("R_CANCELLED", "ada"),
    }


def test_a_hang_up_ends_a_call_of_two_and_everything_asked_afterwards_is_unknown() -> None:
    world = Exchange().talk("ada", "bob")
    assert world.hang_up("bob") == ""
    assert (world.call.over, world.call.over_by) == ("G_ENDED", "bob")
    assert world.told_over() == {"ada": ("G_ENDED", "bob"), "bob": ("G_ENDED", "bob")}
    assert world.hang_up("ada") == "N_UNKNOWN_CALL"
    assert world.answer("bob") == "N_UNKNOWN_CALL"
    world.take(events.LegReported(f"leg-of-ada-in-{X}", "silent"))
    assert world.effects == []


def test_of_more_than_two_one_leaves_and_the_others_go_on() -> None:
    world = Exchange().talk("ada", "bob", "cleo")
    assert world.hang_up("ada") == ""
    assert world.states() == {"bob": "talking", "cleo": "talking"}
    assert world.news() == [Happening("left", "ada")]
    assert world.saw(SoundTone) == [SoundTone("leave")]
    assert world.hears() == {"bob": "cleo", "cleo": "bob"}


def test_all_who_answer_join_where_several_are_called() -> None:
    world = Exchange()
    world.place("ada", "bob", "cleo", "dan")
    world.connect("ada")
    world.answer("bob")
    world.connect("bob")
    world.act(events.Declines, "dan")
    assert world.news() == [Happening("declined", "dan")]
    world.answer("cleo")
    world.connect("cleo")
    assert world.saw(SoundTone) == [SoundTone("join")]
    assert world.hears() == {"ada": "bob+cleo", "bob": "ada+cleo", "cleo": "ada+bob"}


def test_the_first_who_answers_takes_a_call_that_one_of_several_is_to_take() -> None:
    world = Exchange()
    world.place("ada", "bob", "cleo", "dan", first_takes=True)
    world.act(events.Declines, "dan")
    world.act(events.Adds, "ada", people=("eve",))
    assert world.answer("cleo") == ""
    assert world.told_over() == {"bob": ("R_TAKEN_OTHER", "cleo")}
    assert world.news() == [Happening("joined", "cleo"), Happening("cancelled", "bob")]
    assert world.states() == {"ada": "joining", "cleo": "joining", "eve": "ringing"}
    assert world.answer("bob") == "N_UNKNOWN_CALL"

    world.act(events.Adds, "ada", people=("bob", "dan"))
    world.answer("bob")
    assert world.rings() == ["eve", "dan"]  # whom one adds all come


def test_people_who_have_agreed_come_without_ringing_within_30_s() -> None:
    world = Exchange()
    world.place("ada", "bob", ring=False)
    assert world.saw(Ring) == []
    assert world.states() == {"ada": "joining", "bob": "joining"}
    assert not world.member("bob").is_in
    world.answer("bob")
    assert world.member("bob").is_in

    late = Exchange()
    late.place("ada", "bob", ring=False)
    late.connect("ada")
    late.passes(30)
    assert late.call.over == "R_NO_ANSWER"
    assert late.words() == []  # nobody was called in vain


# Hold and mute


def test_who_holds_hears_nobody_and_the_other_one_hears_music() -> None:
    world = Exchange().talk("ada", "bob")
    world.act(events.Holds, "ada", on=True)
    assert world.news() == [Happening("held", "ada")]
    assert world.hears() == {"ada": "", "bob": "music"}
    world.act(events.Holds, "ada", on=True)
    assert world.saw(Tell) == []  # nothing new
    world.act(events.Holds, "bob", on=True)
    assert world.hears() == {"ada": "", "bob": ""}
    world.act(events.Holds, "ada", on=False)
    assert world.news() == [Happening("resumed", "ada")]
    assert world.hears() == {"ada": "music", "bob": ""}


def test_of_three_the_other_two_go_on_while_one_holds() -> None:
    world = Exchange().talk("ada", "bob", "cleo")
    world.act(events.Holds, "ada", on=True)
    assert world.hears() == {"ada": "", "bob": "cleo", "cleo": "bob"}


def test_a_closed_microphone_is_told() -> None:
    world = Exchange().talk("ada", "bob")
    world.act(events.Mutes, "ada", on=True)
    assert world.news() == [Happening("muted", "ada")]
    assert world.member("ada").muted
    world.act(events.Mutes, "ada", on=True)
    assert world.saw(Tell) == []
    world.act(events.Mutes, "ada", on=False)
    assert world.news() == [Happening("unmuted", "ada")]


# Adding


def test_who_is_added_rings_and_sees_who_did_it() -> None:
    world = Exchange().talk("ada", "bob")
    assert world.act(events.Adds, "bob", people=("cleo", "dan")) == ""
    assert world.saw(Ring) == [Ring("cleo"), Ring("dan")]
    assert world.news() == [Happening("added", "bob", "cleo"), Happening("added", "bob", "dan")]
    assert world.member("cleo").added_by == "bob"
    assert world.member("cleo").why_rings == "add"
    world.answer("cleo")
    assert world.member("cleo").why_rings == ""
    world.passes(60)
    assert world.words() == [("dan", "bob")]
    assert world.states() == {"ada": "talking", "bob": "talking"}  # cleo made no leg


def test_the_call_goes_on_with_one_who_waits_for_somebody_it_added() -> None:
    world = Exchange().talk("ada", "bob")
    world.act(events.Adds, "ada", people=("cleo",))
    world.hang_up("bob")
    assert world.states() == {"ada": "talking", "cleo": "ringing"}

    other = Exchange().talk("ada", "bob")
    other.act(events.Adds, "ada", people=("cleo",))
    other.hang_up("ada")
    assert other.told_over()["cleo"] == ("R_CANCELLED", "ada")
    assert other.call.over == "G_ENDED"


def test_nobody_is_added_twice_nor_oneself_nor_a_seventeenth() -> None:
    world = Exchange().talk("ada", "bob")
    world.act(events.Adds, "ada", people=("cleo",))
    before = world.call
    assert world.act(events.Adds, "ada", people=("ada",)) == "N_OWN_CALL"
    assert world.act(events.Adds, "ada", people=("dan", "bob")) == "N_OWN_CALL"
    assert world.act(events.Adds, "ada", people=("dan", "dan")) == "N_OWN_CALL"
    assert world.act(events.Adds, "ada", people=("cleo",)) == "N_TARGET_RINGS"
    many = tuple(f"person{number}" for number in range(14))
    assert world.act(events.Adds, "ada", people=many) == "N_FULL"
    assert world.call is before
    assert world.act(events.Adds, "ada", people=many[:13]) == ""
    assert world.act(events.Adds, "bob", people=("eve",)) == "N_FULL"


# Leaving without a hang-up


def test_who_is_disabled_or_signed_out_leaves() -> None:
    world = Exchange().talk("ada", "bob", "cleo", "dan")
    world.act(events.Adds, "ada", people=("eve",))
    world.take(events.AccountGone("eve"))
    world.take(events.AccountGone("bob"))
    assert world.told_over() == {"bob": ("R_DISABLED", "bob")}
    world.take(events.DeviceGone("cleo", "cleo-2"))
    assert list(world.states()) == ["ada", "cleo", "dan"]
    world.take(events.DeviceGone("cleo", "cleo-1"))
    assert world.told_over() == {"cleo": ("R_REVOKED", "cleo")}
    world.take(events.AccountGone("dan"))
    assert world.told_over() == {"dan": ("R_DISABLED", "dan"), "ada": ("G_ENDED", "dan")}


def test_a_number_rests_for_ten_seconds_before_somebody_else_gets_it() -> None:
    world = Exchange().talk("ada", "bob")
    numbers: list[int] = []
    for turn in range(300):
        world.act(events.Adds, "ada", people=("cleo",))
        world.answer("cleo", instance=instance_of(f"turn {turn}"))
        numbers.append(world.member("cleo").number)
        world.hang_up("cleo")
        world.now += 0.05
    assert len(set(numbers)) == 200  # the referee has looked at each


def test_where_no_number_has_rested_for_long_enough_the_one_that_rested_longest_is_given() -> None:
    retired = tuple(RetiredNumber(n, 10 + (n - 7) % 254) for n in range(1, 255))
    assert free_number(StandardCall(X, 0.0, retired=retired), 1.0) == 7


def test_calls_give_their_numbers_from_different_places_on() -> None:
    world = Exchange().talk("ada", "bob").talk("cleo", "dan", call=Y)
    numbers = [{m.number for m in world.calls[call].members} for call in (X, Y)]
    assert numbers == [{1, 2}, {2, 3}]


def test_a_device_that_began_anew_takes_its_place_again() -> None:
    world = Exchange().talk("ada", "bob")
    before = world.member("bob")
    assert world.answer("bob", instance="b" * 32) == ""
    after = world.member("bob")
    assert (after.state, after.instance, after.legs) == ("lost", "b" * 32, ())
    assert after.number != before.number
    world.connect("bob", leg="second")
    assert world.news() == [Happening("back", "bob")]

    assert world.answer("bob", instance="b" * 32) == ""  # nothing to do
    assert world.member("bob").state == "talking"

    world.act(events.Adds, "ada", people=("cleo",))
    world.answer("cleo")
    world.answer("cleo", instance="c" * 32)
    assert world.member("cleo").state == "joining"


def test_nobody_can_answer_under_the_instance_of_another() -> None:
    world = Exchange()
    world.place("ada", "bob")
    stolen = world.member("ada").instance
    assert world.answer("bob", instance=stolen) == "N_UNKNOWN_CALL"


def test_who_is_told_that_it_is_over_is_told_on_all_devices() -> None:
    world = Exchange().talk("ada", "bob")
    world.hang_up("ada")
    assert all(effect.device == "" for effect in world.saw(TellOver))


def test_a_deadline_that_comes_too_early_changes_nothing() -> None:
    world = Exchange()
    world.place("ada", "bob")
    step = handle(world.call, events.DeadlineReached(), world.now + 29)
    assert step.call is world.call
