"""Captions of a call: who shows them, of whom, and that nobody reads what one does not hear."""

from tests.standard_calls.keeping import (
    ALLOWS,
    ASKS,
    REFUSES,
    marks,
    record,
    recorded,
    room,
    talking,
    tapped,
)
from tui_call.standard_calls import events
from tui_call.standard_calls.keeping import Word
from tui_call.standard_calls.kept_rooms import caption_readers, tap_room
from tui_call.standard_calls.state import Happening


def test_captions_are_wanted_while_somebody_shows_them_and_of_those_who_may_be() -> None:
    world = talking(ada=ALLOWS, bob=Word("allow", captioned=False))
    assert tap_room(world.call) is None
    world.act(events.ShowsCaptions, "bob", on=True)
    assert world.news() == [Happening("captions", "bob")]
    assert room(world).captions
    assert [seat.captioned for seat in room(world).seats] == [True, False]
    assert tapped(world)
    world.act(events.ShowsCaptions, "bob", on=True)
    assert world.news() == [Happening("captions", "bob")]
    world.act(events.Holds, "ada", on=True)
    assert tap_room(world.call) is None  # bob hears music
    world.act(events.Holds, "ada", on=False)
    world.act(events.ShowsCaptions, "bob", on=False)
    assert world.news() == [Happening("captions_over", "bob")]
    assert (tap_room(world.call), tapped(world)) == (None, False)


def test_who_is_apart_or_holds_is_shown_nothing_of_what_the_others_say() -> None:
    world = talking(ada=ALLOWS, bob=ALLOWS, cleo=ALLOWS)
    for one in ("ada", "bob"):
        world.act(events.ShowsCaptions, one, on=True)
    world.act(events.Consults, "ada", to="dan")
    assert [one.account for one in caption_readers(world.call)] == ["bob"]
    world.act(events.Holds, "bob", on=True)
    assert caption_readers(world.call) == ()


def test_captions_that_are_forbidden_and_those_of_a_device_that_began_anew_are_shown_no_more() -> (
    None
):
    world = talking(ada=ALLOWS, bob=ALLOWS)
    world.act(events.ShowsCaptions, "bob", on=True)
    world.take(events.KeepingForbidden("bob", "captions"))
    assert not world.member("bob").captions
    assert world.news() == [Happening("captions_over", "bob", why="G_POLICY_CAPTIONS")]
    world.act(events.ShowsCaptions, "bob", on=True)
    world.answer("bob", instance="b" * 32, word=REFUSES)
    assert (world.member("bob").captions, world.member("bob").word) == (False, REFUSES)


def test_of_whom_they_are_taken_in_the_call_nobody_reads_more_and_all_see_why() -> None:
    world = talking(ada=ALLOWS, bob=ALLOWS)
    world.act(events.ShowsCaptions, "bob", on=True)
    without = Word("allow", captioned=False)
    world.take(events.WordChanged("ada", "ada-1", without, "G_POLICY_CAPTIONS"))
    assert world.news() == [Happening("uncaptioned", "ada", why="G_POLICY_CAPTIONS")]
    assert [seat.captioned for seat in room(world).seats] == [False, True]
    world.take(events.WordChanged("ada", "ada-1", without, "G_POLICY_CAPTIONS"))
    world.take(events.WordChanged("ada", "ada-2", ALLOWS))  # it is not in the call
    assert [seat.captioned for seat in room(world).seats] == [False, True]
    world.take(events.WordChanged("ada", "ada-1", ALLOWS))
    assert world.news() == [Happening("captioned", "ada")]
    assert [seat.captioned for seat in room(world).seats] == [True, True]


def test_what_a_policy_makes_of_a_word_that_is_another_by_now_is_not_taken() -> None:
    world = talking(ada=ALLOWS, bob=ALLOWS)
    refuses = Word("allow", captioned=False, device_captions="refuse")
    world.answer("ada", word=refuses)
    world.take(events.WordChanged("ada", "ada-1", ASKS, before=ALLOWS))
    assert world.member("ada").word == refuses
    asks = Word("ask", captioned=False, device_captions="refuse")
    world.take(events.WordChanged("ada", "ada-1", asks, before=refuses))
    assert world.member("ada").word == asks


def test_who_says_another_word_with_the_device_in_the_call_is_taken_at_it() -> None:
    world = talking(ada=ALLOWS, bob=ALLOWS)
    record(world)
    world.answer("bob", word=ALLOWS)
    assert world.effects == []
    world.answer("bob", word=Word("refuse", captioned=False))
    assert (recorded(world), marks(world)["bob"]) == ("ada", "refused")
    assert world.news() == [Happening("uncaptioned", "bob"), Happening("refused", "bob")]
