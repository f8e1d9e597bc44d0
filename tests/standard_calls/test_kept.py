"""Recording and transcript of a call: when they begin, who is in them, and how they end."""

import pytest

from tests.standard_calls.exchange import Exchange, X
from tests.standard_calls.keeping import (
    ALLOWS,
    ASKS,
    REFUSES,
    marks,
    opened,
    record,
    recorded,
    recording,
    room,
    talking,
    tapped,
    tones,
    transcribe,
    transcribed,
)
from tui_call.standard_calls import events
from tui_call.standard_calls.keeping import Word
from tui_call.standard_calls.state import Happening


def test_files_are_open_before_all_hear_the_tone_and_that_before_anything_is_kept() -> None:
    world = talking(ada=ALLOWS, bob=ALLOWS)
    assert world.act(events.Records, "ada", on=True, tracks=True) == ""
    assert recording(world).phase == "opening"
    assert (tones(world), world.news(), room(world).recording) == ([], [], None)
    world.take(events.TapChanged("t1"))
    part = room(world).recording
    assert part is not None
    assert (part.kept, part.part, part.tracks) == (recording(world).id, 1, True)
    world.passes(3)
    assert (recorded(world), tapped(world)) == ("", False)
    opened(world)
    assert (tones(world), world.news()) == (["all"], [Happening("recording", "ada")])
    world.passes(0.9)
    assert (recorded(world), marks(world), tapped(world)) == ("", {"ada": "", "bob": ""}, False)
    world.passes(0.1)
    assert (recorded(world), tapped(world)) == ("ada+bob", True)
    assert marks(world) == {"ada": "kept", "bob": "kept"}


def test_a_part_begins_when_it_was_ordered_in_seconds_of_the_call() -> None:
    world = talking(ada=ALLOWS, bob=ALLOWS)
    world.passes(12)
    record(world)
    part = room(world).recording
    assert part is not None
    assert part.began == 12.0


def test_a_part_begins_when_there_is_a_tap_to_open_it() -> None:
    world = talking(ada=ALLOWS, bob=ALLOWS)
    world.act(events.Transcribes, "ada", on=True)
    world.passes(3)
    world.take(events.TapChanged("t1"))
    part = room(world).transcript
    assert part is not None
    assert part.began == 3.0


def test_recordings_of_two_calls_of_one_id_have_two_ids() -> None:
    ids = set[str]()
    for nonce in ("1", "2", "2"):
        world = Exchange()
        world.place("ada", "bob", worker="w1", nonce=nonce)
        world.answer("bob")
        record(world)
        ids.add(recording(world).id)
        world.act(events.Records, "ada", on=False)
        record(world)
        ids.add(recording(world).id)
    assert len(ids) == 4


@pytest.mark.parametrize(
    ("word", "mark", "after"),
    [(ALLOWS, "kept", "kept"), (ASKS, "asked", "kept"), (REFUSES, "refused", "kept")],
)
def test_each_person_has_the_word_over_being_kept(word: Word, mark: str, after: str) -> None:
    world = talking(ada=ALLOWS, bob=word)
    world.act(events.Records, "ada", on=True)
    opened(world)
    assert marks(world)["bob"] == ("" if word is ALLOWS else mark)
    told = [Happening("refused", "bob")] if word is REFUSES else []
    assert world.news() == [Happening("recording", "ada"), *told]
    world.passes(1)
    assert marks(world) == {"ada": "kept", "bob": mark}
    assert recorded(world) == ("ada+bob" if word is ALLOWS else "ada")
    world.act(events.Agrees, "bob", on=True)
    assert world.news() == [Happening("agreed", "bob")]
    assert marks(world)["bob"] == after
    assert recorded(world) == "ada+bob"
    world.act(events.Agrees, "bob", on=False)
    assert world.news() == [Happening("refused", "bob")]
    assert (marks(world)["bob"], recorded(world)) == ("refused", "ada")
    world.act(events.Agrees, "bob", on=False)
    assert world.news() == [Happening("refused", "bob")]  # as it was: nothing is told anew


def test_who_agrees_before_having_heard_the_tone_is_kept_once_it_is_heard() -> None:
    world = talking(ada=ASKS, bob=ASKS)
    world.act(events.Agrees, "bob", on=True)
    world.act(events.Records, "ada", on=True)
    opened(world)
    assert recorded(world) == ""
    world.passes(1)
    assert recorded(world) == "ada+bob"


def test_who_starts_has_agreed_unless_the_own_word_is_to_refuse() -> None:
    world = talking(ada=ASKS, bob=ALLOWS)
    record(world)
    assert marks(world)["ada"] == "kept"
    world = talking(ada=REFUSES, bob=ALLOWS)
    record(world)
    assert (marks(world)["ada"], recorded(world)) == ("refused", "bob")
    world = talking(ada=ASKS, bob=ALLOWS)
    world.act(events.Agrees, "ada", on=False)
    record(world)
    assert (marks(world)["ada"], recorded(world)) == ("refused", "bob")


def test_who_starts_what_another_has_started_has_agreed_as_well() -> None:
    world = talking(ada=ALLOWS, bob=ASKS, cleo=ASKS)
    record(world)
    assert marks(world) == {"ada": "kept", "bob": "asked", "cleo": "asked"}
    assert world.act(events.Records, "bob", on=True) == ""
    assert marks(world) == {"ada": "kept", "bob": "kept", "cleo": "asked"}
    world.act(events.Agrees, "cleo", on=False)
    assert world.act(events.Records, "cleo", on=True) == ""
    assert marks(world)["cleo"] == "refused"


def test_who_says_in_the_call_that_the_own_word_is_to_refuse_is_kept_no_more() -> None:
    world = talking(ada=ALLOWS, bob=ASKS)
    record(world)
    world.act(events.Agrees, "bob", on=True)
    world.take(events.WordChanged("bob", "bob-1", REFUSES))
    assert (recorded(world), marks(world)["bob"]) == ("ada", "refused")
    assert world.news() == [Happening("refused", "bob")]
    world.take(events.WordChanged("bob", "bob-1", ALLOWS))
    assert marks(world)["bob"] == "refused"  # it takes this back in the call


def test_a_refusal_is_told_again_with_the_next_recording_and_a_question_ends_with_its() -> None:
    world = talking(ada=ALLOWS, bob=REFUSES, cleo=ASKS)
    record(world)
    assert marks(world) == {"ada": "kept", "bob": "refused", "cleo": "asked"}
    world.act(events.Records, "bob", on=False)
    assert world.news() == [Happening("recording_over", "bob")]
    assert marks(world) == {"ada": "", "bob": "", "cleo": ""}
    world.act(events.Records, "ada", on=True)
    opened(world)
    assert world.news() == [Happening("recording", "ada"), Happening("refused", "bob")]
    assert marks(world)["cleo"] == "asked"


def test_who_joins_later_hears_the_tone_alone_and_is_kept_a_second_after_it() -> None:
    world = talking(ada=ALLOWS, bob=ALLOWS)
    record(world)
    world.act(events.Adds, "ada", people=("cleo", "dan"))
    world.answer("cleo", word=ALLOWS)
    world.answer("dan", word=REFUSES)
    assert world.news()[-1] == Happening("refused", "dan")
    assert tones(world) == []
    world.connect("cleo")
    assert tones(world) == ["cleo"]
    world.connect("dan")
    assert tones(world) == ["dan"]
    assert recorded(world) == "ada+bob"
    world.passes(1)
    assert recorded(world) == "ada+bob+cleo"


def test_who_left_and_comes_back_hears_the_tone_again_and_stays_the_same_person() -> None:
    world = talking(ada=ALLOWS, bob=ALLOWS, cleo=ALLOWS)
    record(world)
    world.hang_up("bob")
    world.act(events.Adds, "ada", people=("bob",))
    world.answer("bob", word=ALLOWS)
    world.connect("bob", leg="another leg")
    assert tones(world) == ["bob"]
    persons = {seat.source: seat.person for seat in room(world).seats}
    assert persons[world.member("bob").number] == 2
    assert persons[world.member("cleo").number] == 3


def test_who_is_lost_and_back_is_kept_at_once() -> None:
    world = talking(ada=ALLOWS, bob=ALLOWS)
    record(world)
    [leg] = world.member("bob").legs
    world.leg(leg.id, "silent")
    world.leg(leg.id, "connected")
    assert (tones(world), recorded(world)) == ([], "ada+bob")


def test_a_tone_that_was_not_heard_to_its_end_is_played_again() -> None:
    world = talking(ada=ALLOWS, bob=ALLOWS)
    world.act(events.Records, "ada", on=True)
    opened(world)
    world.passes(0.5)
    world.act(events.Holds, "bob", on=True)
    world.passes(1)
    assert recorded(world) == ""  # ada waits for bob, and neither has heard it whole
    world.act(events.Holds, "bob", on=False)
    assert tones(world) == ["all"]
    world.passes(1)
    assert recorded(world) == "ada+bob"


def test_who_holds_waits_or_is_apart_is_not_kept() -> None:
    world = talking(ada=ALLOWS, bob=ALLOWS, cleo=ALLOWS)
    record(world)
    world.act(events.Holds, "bob", on=True)
    assert recorded(world) == "ada+cleo"
    world.act(events.Holds, "cleo", on=True)
    assert recorded(world) == ""
    for one in ("bob", "cleo"):
        world.act(events.Holds, one, on=False)
    assert recorded(world) == "ada+bob+cleo"
    world.act(events.Consults, "ada", to="dan")
    world.answer("dan", word=ALLOWS)
    world.connect("dan")
    assert (recorded(world), tones(world)) == ("bob+cleo", [])
    assert world.act(events.Transcribes, "ada", on=True) == "N_TRANSFERRING"
    world.act(events.JoinsConsulted, "ada")
    assert tones(world) == ["dan"]
    world.passes(1)
    assert recorded(world) == "bob+cleo+dan"
    world.act(events.Parks, "bob", slot=71)
    assert recorded(world) == ""
    assert world.act(events.Transcribes, "cleo", on=True) == "N_PARKED"
    world.act(events.Retrieves, "bob", slot=71, word=ALLOWS)
    world.connect("bob", leg="another leg")
    assert tones(world) == ["bob"]  # as one who comes later
    world.passes(1)
    assert recorded(world) == "cleo+dan+bob"


def test_two_who_start_at_once_start_one_recording() -> None:
    world = talking(ada=ALLOWS, bob=ALLOWS)
    world.act(events.Records, "ada", on=True)
    first = recording(world)
    assert world.act(events.Records, "bob", on=True, tracks=True) == ""
    assert recording(world) == first
    assert world.act(events.Records, "bob", on=False) == ""
    assert world.call.recording is None
    assert world.act(events.Records, "ada", on=False) == ""
    world.act(events.Records, "ada", on=True)
    assert recording(world).id != first.id


def test_recording_and_transcript_are_two_things_of_one_word() -> None:
    world = talking(ada=ASKS, bob=ASKS)
    record(world)
    world.act(events.Agrees, "bob", on=True)
    world.act(events.Transcribes, "bob", on=True)
    opened(world)
    assert (tones(world), world.news()) == (["all"], [Happening("transcript", "bob")])
    assert (recorded(world), transcribed(world)) == ("ada+bob", "")
    world.passes(1)
    assert (recorded(world), transcribed(world)) == ("ada+bob", "ada+bob")
    world.act(events.Transcribes, "ada", on=False)
    assert world.news() == [Happening("transcript_over", "ada")]
    assert (recorded(world), transcribed(world)) == ("ada+bob", "")


def test_one_who_comes_into_both_hears_one_tone() -> None:
    world = talking(ada=ALLOWS, bob=ALLOWS)
    record(world)
    transcribe(world)
    world.act(events.Adds, "ada", people=("cleo",))
    world.answer("cleo", word=ALLOWS)
    world.connect("cleo")
    assert tones(world) == ["cleo"]


def test_who_is_not_in_a_call_keeps_and_shows_nothing() -> None:
    world = talking(ada=ALLOWS, bob=ALLOWS)
    for kind in (events.Records, events.Transcribes, events.Agrees, events.ShowsCaptions):
        assert world.act(kind, "eve", X, on=True) == "N_UNKNOWN_CALL"
