"""Calls that are recorded by rule: nobody is heard who is not, and what cannot be kept ends."""

from tests.standard_calls.exchange import Exchange, Y
from tests.standard_calls.keeping import (
    ALLOWS,
    ASKS,
    BY_RULE,
    REFUSES,
    marks,
    opened,
    record,
    recorded,
    recording,
    room,
    talking,
    tones,
    transcribe,
    transcribed,
)
from tui_call.standard_calls import events
from tui_call.standard_calls.effects import Ring
from tui_call.standard_calls.rooms import rooms_of
from tui_call.standard_calls.state import Happening


def speak(world: Exchange) -> str:
    """Return who is heard."""
    names = {member.number: member.account for member in world.call.members}
    seats = (seat for room in rooms_of(world.call) for seat in room.seats)
    return "+".join(names[seat.source] for seat in seats if seat.speaks)


def test_nobody_talks_before_the_recording_is_on_and_nobodys_word_counts() -> None:
    world = talking(ada=BY_RULE, bob=REFUSES)
    assert world.states() == {"ada": "joining", "bob": "joining"}
    opened(world)
    assert (tones(world), world.news()) == (["all"], [Happening("recording")])
    assert (world.states(), speak(world)) == ({"ada": "joining", "bob": "joining"}, "")
    world.passes(1)
    assert world.states() == {"ada": "talking", "bob": "talking"}
    assert (recorded(world), speak(world)) == ("ada+bob", "ada+bob")
    assert marks(world) == {"ada": "kept", "bob": "kept"}
    world.act(events.Agrees, "bob", on=False)
    assert recorded(world) == "ada+bob"
    part = room(world).recording
    assert part is not None
    assert part.by_rule


def test_nobody_stops_it_and_it_goes_on_without_whom_it_is_for() -> None:
    world = talking(ada=ALLOWS, bob=BY_RULE, cleo=ALLOWS)
    opened(world)
    world.passes(1)
    assert world.act(events.Records, "ada", on=False) == "N_BY_RULE"
    world.take(events.KeepingForbidden("bob", "recording"))
    world.hang_up("bob")
    assert world.act(events.Records, "ada", on=False) == "N_BY_RULE"
    assert recorded(world) == "ada+cleo"


def test_who_comes_into_it_is_heard_after_the_tone() -> None:
    world = talking(ada=ALLOWS, bob=BY_RULE)
    opened(world)
    world.passes(1)
    world.act(events.Adds, "ada", people=("cleo",))
    world.answer("cleo", word=REFUSES)
    world.connect("cleo")
    assert (tones(world), world.states()["cleo"], speak(world)) == (["cleo"], "joining", "ada+bob")
    world.passes(1)
    assert (world.states()["cleo"], recorded(world)) == ("talking", "ada+bob+cleo")


def test_one_for_whom_a_rule_holds_makes_another_recording_of_what_goes_on() -> None:
    world = talking(ada=ALLOWS, bob=ALLOWS)
    record(world)
    by_hand = recording(world)
    world.act(events.Adds, "ada", people=("cleo",))
    world.answer("cleo", word=BY_RULE)
    assert Happening("recording_over", why="N_BY_RULE") in world.news()
    assert (recording(world).id != by_hand.id, recording(world).by_rule) == (True, True)
    assert (recorded(world), speak(world)) == ("", "")
    world.connect("cleo")
    opened(world)
    assert tones(world) == ["all"]
    world.passes(1)
    assert (recorded(world), speak(world)) == ("ada+bob+cleo", "ada+bob+cleo")


def test_a_transcript_beside_it_asks_as_ever() -> None:
    world = talking(ada=ALLOWS, bob=BY_RULE, cleo=ASKS)
    opened(world)
    world.passes(1)
    transcribe(world)
    assert (recorded(world), transcribed(world)) == ("ada+bob+cleo", "ada")
    assert world.member("cleo").consent == "asked"
    world.act(events.Transcribes, "ada", on=False)
    assert world.member("cleo").consent == ""


def test_who_is_asked_about_a_transcript_beside_it_is_seen_to_be_asked() -> None:
    world = talking(ada=ALLOWS, bob=BY_RULE, cleo=ASKS)
    opened(world)
    world.passes(1)
    transcribe(world)
    assert marks(world) == {"ada": "kept", "bob": "refused", "cleo": "asked"}
    world.act(events.Agrees, "cleo", on=True)
    world.passes(1)
    assert (transcribed(world), marks(world)["cleo"]) == ("ada+cleo", "kept")
    world.act(events.Transcribes, "ada", on=False)
    assert marks(world) == {"ada": "kept", "bob": "kept", "cleo": "kept"}


def test_where_it_cannot_be_opened_the_call_ends_within_five_seconds() -> None:
    world = Exchange()
    world.place("ada", "bob", worker="w1", word=BY_RULE)
    world.take(events.TapChanged("t1"))
    world.passes(4.4)
    assert not world.call.over
    world.passes(0.1)
    assert world.call.over == "N_COMPLIANCE"
    assert world.told_over() == {"ada": ("N_COMPLIANCE", ""), "bob": ("N_COMPLIANCE", "")}


def test_where_it_cannot_be_written_any_more_the_call_ends() -> None:
    world = talking(ada=BY_RULE, bob=ALLOWS)
    opened(world)
    world.passes(1)
    world.take(events.KeepingFailed(recording(world).id, "N_DISK"))
    assert world.call.over == "N_COMPLIANCE"


def test_nobody_rings_for_a_parked_call_that_ends_in_the_same_moment() -> None:
    world = talking(ada=BY_RULE, bob=ALLOWS)
    opened(world)
    world.act(events.Parks, "ada", slot=71)
    world.take(events.TapChanged("t2"))
    world.now += 200  # the service was away
    world.take(events.DeadlineReached())
    assert world.call.over == "N_COMPLIANCE"
    assert not [effect for effect in world.effects if isinstance(effect, Ring)]


def test_without_a_tap_nobody_is_heard_and_the_call_ends_within_five_seconds() -> None:
    world = talking(ada=BY_RULE, bob=ALLOWS)
    opened(world)
    world.passes(1)
    world.take(events.TapChanged(""))
    assert speak(world) == ""
    world.passes(2)
    opened(world, tap="t2")
    assert speak(world) == "ada+bob"
    world.take(events.TapChanged(""))
    world.passes(5)
    assert world.call.over == "N_COMPLIANCE"


def test_the_time_for_which_a_loss_was_not_noticed_counts() -> None:
    world = talking(ada=BY_RULE, bob=ALLOWS)
    opened(world)
    world.passes(1)
    world.take(events.TapChanged("", since=world.now - 2))
    assert world.news() == [Happening("kept_lost")]
    world.passes(2.4)
    assert not world.call.over
    world.passes(0.1)
    assert world.call.over == "N_COMPLIANCE"


def test_taps_that_go_one_after_the_other_give_no_more_time() -> None:
    world = talking(ada=BY_RULE, bob=ALLOWS)
    for tap in ("t1", "", "t2", ""):
        world.take(events.TapChanged(tap))
        world.passes(1)
    world.passes(0.5)
    assert world.call.over == "N_COMPLIANCE"


def test_the_bridge_lets_nobody_hear_what_does_not_reach_the_tap() -> None:
    world = talking(ada=BY_RULE, bob=ALLOWS)
    [side] = rooms_of(world.call)
    assert (side.tapped, side.only_tapped) == (True, True), "reached before anybody is heard"
    by_hand = talking(ada=ALLOWS, bob=ALLOWS)
    record(by_hand)
    [side] = rooms_of(by_hand.call)
    assert (side.tapped, side.only_tapped) == (True, False)


def test_nobody_speaks_apart_where_that_would_not_be_recorded() -> None:
    world = talking(ada=BY_RULE, bob=ALLOWS)
    opened(world)
    world.passes(1)
    assert world.act(events.Consults, "bob", to="cleo") == "N_BY_RULE"


def test_it_is_handed_over_and_goes_on() -> None:
    world = talking(ada=BY_RULE, bob=ALLOWS)
    opened(world)
    world.passes(1)
    world.act(events.HandsOver, "bob", to_device="bob-2")
    world.answer("bob", device="bob-2", word=ALLOWS)
    world.connect("bob", leg="new leg")
    assert (world.states()["bob"], recorded(world)) == ("talking", "ada+bob")


def test_a_merge_with_it_is_recorded_by_rule() -> None:
    world = talking(ada=BY_RULE, cleo=ALLOWS, call=Y)
    world.talk("ada", "bob")
    assert world.act(events.Merges, "ada", other=world.calls[Y]) == ""
    assert (world.call.by_rule, recording(world).by_rule) == (True, True)
    assert Happening("recording_over", "ada") not in world.news()
    opened(world)
    world.passes(1)
    assert recorded(world) == "ada+bob+cleo"


def test_a_rule_that_comes_while_they_speak_lets_nobody_be_heard_before_they_are_recorded() -> None:
    world = talking(ada=REFUSES, bob=ALLOWS)
    assert speak(world) == "ada+bob"
    world.take(events.WordChanged("ada", "ada-1", BY_RULE))
    assert (recording(world).by_rule, speak(world)) == (True, "")
    opened(world)
    assert tones(world) == ["all"]
    world.passes(1)
    assert (recorded(world), speak(world)) == ("ada+bob", "ada+bob")
    assert world.states() == {"ada": "talking", "bob": "talking"}


def test_a_rule_that_comes_and_goes_lasts_to_the_end_of_the_call() -> None:
    world = talking(ada=ALLOWS, bob=ALLOWS)
    world.take(events.WordChanged("ada", "ada-1", BY_RULE))
    world.take(events.WordChanged("ada", "ada-1", ALLOWS))
    assert world.act(events.Records, "bob", on=False) == "N_BY_RULE"


def test_a_rule_that_comes_while_two_speak_apart_brings_them_back_without_whom_was_asked() -> None:
    world = talking(ada=ALLOWS, bob=ALLOWS)
    world.act(events.Consults, "bob", to="cleo")
    world.answer("cleo", word=ALLOWS)
    world.connect("cleo")
    world.take(events.WordChanged("ada", "ada-1", BY_RULE))
    assert Happening("consult_over", "bob", "cleo") in world.news()
    assert world.states() == {"ada": "talking", "bob": "talking"}
    opened(world)
    world.passes(1)
    assert (recorded(world), speak(world)) == ("ada+bob", "ada+bob")


def test_what_has_to_be_recorded_and_cannot_be_ends() -> None:
    world = talking(ada=ALLOWS, bob=ALLOWS)
    world.take(events.CannotBeRecorded())
    assert world.told_over() == {"ada": ("N_COMPLIANCE", ""), "bob": ("N_COMPLIANCE", "")}
