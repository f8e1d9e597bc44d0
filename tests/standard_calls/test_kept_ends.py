"""How what is kept of a call goes on in another tap, fails, is stopped or forbidden."""

from typing import Any

import pytest

from tests.standard_calls.keeping import (
    ALLOWS,
    BY_RULE,
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
from tui_call.standard_calls.keeping import WhatIsKept
from tui_call.standard_calls.kept_course import stopped_by, without
from tui_call.standard_calls.kept_rooms import tap_room
from tui_call.standard_calls.state import Happening, What


def test_another_tap_goes_on_in_another_part_without_another_tone() -> None:
    world = talking(ada=ALLOWS, bob=ALLOWS)
    record(world)
    world.passes(3)
    world.take(events.TapChanged(""))
    assert (recording(world).part, recorded(world)) == (2, "")
    assert room(world).recording is None
    assert tapped(world), "so that it is seen whether frames reach a tap again"
    assert world.news() == [Happening("kept_lost")]
    world.passes(2)
    world.take(events.TapChanged("t2"))
    part = room(world).recording
    assert part is not None
    assert (part.part, part.began) == (2, 6.0), "nothing before was kept in it"
    world.take(events.PartIsOpen(recording(world).id, 1))  # that of the tap which is gone
    assert recorded(world) == ""
    world.take(events.PartIsOpen(recording(world).id, 2))
    assert (recorded(world), tones(world)) == ("ada+bob", [])
    assert world.news() == [Happening("kept_again")]
    world.take(events.PartIsOpen(recording(world).id, 2))
    world.take(events.TapChanged("t2"))
    assert recording(world).phase == "on"


def test_a_tap_that_is_gone_before_it_opened_anything_is_no_gap() -> None:
    world = talking(ada=ALLOWS, bob=ALLOWS)
    world.act(events.Records, "ada", on=True)
    world.take(events.TapChanged("t1"))
    world.take(events.TapChanged("t2"))
    opened(world, tap="t2")
    assert (recording(world).part, world.news()) == (2, [Happening("recording", "ada")])


def test_files_that_no_tap_was_told_to_open_are_not_open() -> None:
    world = talking(ada=ALLOWS, bob=ALLOWS)
    record(world)
    world.take(events.TapChanged(""))
    world.take(events.PartIsOpen(recording(world).id, recording(world).part))
    assert (recording(world).phase, recorded(world)) == ("reopening", "")


def test_the_tap_of_a_call_of_which_nothing_is_kept_is_nobodys_concern() -> None:
    world = talking(ada=ALLOWS, bob=ALLOWS)
    before = world.call
    world.take(events.TapChanged("t1"))
    assert world.call is before
    record(world)
    world.act(events.Records, "ada", on=False)
    assert world.call.tap == ""


@pytest.mark.parametrize(
    ("again", "what"), [(False, "recording_unbegun"), (True, "recording_over")]
)
def test_what_cannot_be_opened_is_given_up_and_all_are_told(again: bool, what: What) -> None:
    world = talking(ada=ALLOWS, bob=ALLOWS)
    if again:
        record(world)
        world.take(events.TapChanged(""))
    else:
        world.act(events.Records, "ada", on=True)
    world.passes(15)
    assert world.call.recording is None
    assert world.news() == [Happening(what, why="N_TAP")]
    assert world.states() == {"ada": "talking", "bob": "talking"}


@pytest.mark.parametrize("what", ["recording", "transcript"])
def test_what_somebody_stopped_while_it_could_not_be_saved_ends_later(what: WhatIsKept) -> None:
    world = talking(ada=ALLOWS, bob=ALLOWS)
    record(world)
    transcribe(world)
    stops = events.Records if what == "recording" else events.Transcribes
    who = {"account": "bob", "device": "bob-1"}
    for act in (stops(account="bob", device="bob-2", on=False), stops(**who, on=True)):
        assert stopped_by(world.call, act) is None
    stopped = stopped_by(world.call, stops(**who, on=False))
    assert stopped is not None
    [(left, _)] = without(world.call, stopped).kept
    assert left != what
    world.take(stopped)
    assert (dict(world.call.kept).keys(), world.news()) == (
        {left},
        [Happening(f"{what}_over", "bob")],
    )
    world.take(stopped)
    assert dict(world.call.kept).keys() == {left}


def test_who_said_no_while_it_could_not_be_saved_is_kept_no_more_and_told_so_later() -> None:
    world = talking(ada=ALLOWS, bob=ALLOWS)
    record(world)
    who = {"account": "bob", "device": "bob-1"}
    assert stopped_by(world.call, events.Agrees(**who, on=True)) is None
    refused = stopped_by(world.call, events.Agrees(**who, on=False))
    assert refused == events.KeepingRefused("bob")
    seen = tap_room(without(world.call, refused))
    assert seen is not None
    assert [seat.kept for seat in seen.seats] == [True, False]
    world.take(refused)
    assert (recorded(world), world.news()) == ("ada", [Happening("refused", "bob")])


def test_what_is_by_rule_was_stopped_by_nobody() -> None:
    world = talking(ada=BY_RULE, bob=ALLOWS)
    opened(world)
    assert stopped_by(world.call, events.Records(account="bob", device="bob-1", on=False)) is None
    stopped = events.KeepingStopped(recording(world).id, "bob")
    assert without(world.call, stopped) == world.call
    world.take(stopped)
    assert recording(world).by_rule


def test_what_cannot_be_written_any_more_ends_and_the_call_goes_on() -> None:
    world = talking(ada=ALLOWS, bob=ALLOWS)
    record(world)
    transcribe(world)
    world.take(events.KeepingFailed("0" * 32, "N_DISK"))
    assert len(world.call.kept) == 2
    world.take(events.KeepingFailed(recording(world).id, "N_DISK"))
    assert world.news() == [Happening("recording_over", why="N_DISK")]
    assert transcribed(world) == "ada+bob"


@pytest.mark.parametrize(
    ("what", "why"), [("recording", "G_POLICY_REC"), ("transcript", "G_POLICY_TRANSCRIPT")]
)
def test_a_permission_that_is_withdrawn_ends_what_its_holder_started(what: Any, why: str) -> None:
    world = talking(ada=ALLOWS, bob=ALLOWS)
    record(world)
    transcribe(world)
    world.take(events.KeepingForbidden("bob", what))
    assert len(world.call.kept) == 2
    world.take(events.KeepingForbidden("ada", what))
    assert world.news() == [Happening(f"{what}_over", "ada", why=why)]
    assert [kind for kind, _ in world.call.kept] == [
        kind for kind in ("recording", "transcript") if kind != what
    ]
