"""People whose calls are recorded by rule: nothing begins that is not, and nobody stops it."""

from pathlib import Path

import pytest

from tests.service.members import Clock, until
from tests.service.standard_calls.callers import (
    Caller,
    CallTown,
    break_the_audit,
    call_town,
    mend_the_audit,
    new_id,
)
from tests.support.bridge_double import BridgeDouble
from tests.support.tap_double import TapDouble
from tui_call.service import process_link
from tui_call.service.database.audit import BY_SERVICE
from tui_call.service.standard_calls import tap_news
from tui_call.signaling.bridge_messages import UNREACHED_SECONDS, SetRoom
from tui_call.signaling.call_acts import AnswerAct, PlaceAct, RecordAct
from tui_call.signaling.operations import GrantPolicy, NewPolicy
from tui_call.signaling.standard_calls import CallChanged, CallMember
from tui_call.signaling.tap_messages import PartClosed
from tui_call.standard_calls.keeping import RULE_SECONDS


async def rules(calls: CallTown, user: str) -> None:
    """Have the calls of somebody recorded by rule."""
    await calls.administers(
        NewPolicy(
            name="bank", kind="calling", terms={"compliance_recording": True, "recording": True}
        ),
        GrantPolicy(policy="bank", to="user", subject=user),
    )


def states(told: CallChanged) -> list[str]:
    return [member.state for member in told.members]


def are_kept(members: tuple[CallMember, ...]) -> bool:
    return all(member.kept == "kept" for member in members)


async def is_on(call: str, one: Caller) -> CallChanged:
    """Wait until the files of a recording are open."""
    return await one.sees_when(
        call, lambda told: any(news.what == "recording" for news in told.news)
    )


async def test_nobody_talks_before_all_are_recorded_whatever_they_say(calls: CallTown) -> None:
    ada, ben = await calls.callers("ada", "ben")
    await rules(calls, "ben")
    call = await ada.places(ben)
    await ben.answers(call)
    for one in (ada, ben):
        await one.has_sound(call)
    told = await is_on(call, ada)
    assert told.recording is not None
    assert (told.recording.by, states(told)[1]) == ("", "joining")
    assert not any(member.speaks for member in calls.bridge.rooms[call].members)
    part = calls.tap.rooms[call].recording
    assert part is not None
    assert part.by_rule
    calls.town.clock.now += 1
    told = await ada.sees_when(call, lambda told: are_kept(told.members))
    assert states(told) == ["talking", "talking"]
    assert all(member.speaks for member in calls.bridge.rooms[call].members)
    assert all(member.kept for member in calls.tap.rooms[call].members)
    assert await ben.refused(RecordAct(on=False), call) == "N_BY_RULE"
    assert (BY_SERVICE, "call.record") in [(actor, what) for actor, what, _ in calls.audit()]


async def test_where_the_tap_opens_nothing_the_call_ends_within_five_seconds(
    calls: CallTown,
) -> None:
    ada, ben = await calls.callers("ada", "ben")
    await rules(calls, "ada")
    calls.tap.stuck = True
    call = await ada.places(ben)
    await ben.answers(call)
    calls.town.clock.now += 5
    for one in (ada, ben):
        await one.sees(call, over="N_COMPLIANCE")


async def test_where_no_tap_starts_no_call_begins(calls: CallTown) -> None:
    ada, ben, cleo = await calls.callers("ada", "ben", "cleo")
    await rules(calls, "ben")
    calls.tap.broken = True
    for one, other in ((ada, ben), (ben, ada)):
        assert await one.refused(PlaceAct((other.account,), one.instance), new_id()) == (
            "N_COMPLIANCE"
        )
    await ada.places(cleo)


async def test_of_two_who_call_each_other_the_second_brings_the_rule_along(
    calls: CallTown,
) -> None:
    ada, ben = await calls.callers("ada", "ben")
    await rules(calls, "ben")
    call = await ada.places(ben)
    answer = await ben.ask(PlaceAct((ada.account,), ben.instance), new_id())
    assert (answer.call, answer.refused) == (call, "")
    told = await ada.sees_when(call, lambda told: told.recording is not None)
    assert told.recording is not None
    assert told.recording.by == ""


async def test_who_comes_back_with_another_instance_is_recorded_still(calls: CallTown) -> None:
    ada, ben = await calls.callers("ada", "ben")
    await rules(calls, "ben")
    call = await ada.places(ben)
    await ben.answers(call)
    ben.instance = new_id()
    await ben.does(AnswerAct(ben.instance), call)
    for one in (ada, ben):
        await one.has_sound(call)
    await is_on(call, ada)
    calls.town.clock.now += 1
    await ada.sees_when(call, lambda told: are_kept(told.members))


async def recorded(calls: CallTown) -> tuple[Caller, Caller, str]:
    """Return two people who speak in a call that is recorded by rule, and the call."""
    ada, ben = await calls.callers("ada", "ben")
    await rules(calls, "ben")
    call = await ada.places(ben)
    await ben.answers(call)
    for one in (ada, ben):
        await one.has_sound(call)
    await is_on(call, ada)
    calls.town.clock.now += 1
    await ada.sees_when(call, lambda told: are_kept(told.members))
    assert speak(calls, call) == 2
    return ada, ben, call


def speak(calls: CallTown, call: str) -> int:
    """Return how many are heard in a call."""
    return sum(member.speaks for member in calls.bridge.rooms[call].members)


async def test_nobody_is_heard_where_neither_file_nor_store_can_be_written(
    calls: CallTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk is that of both: the end of the call cannot be saved, and is once it can."""
    monkeypatch.setattr(tap_news, "AWAY_SECONDS", 0.05)
    ada, _, call = await recorded(calls)
    recording = calls.tap.rooms[call].recording
    assert recording is not None
    break_the_audit(calls)
    calls.tap.say(PartClosed(recording.kept, recording.part, 1.0, why="N_DISK"))
    await until(lambda: speak(calls, call) == 0)
    mend_the_audit(calls)
    await ada.sees(call, over="N_COMPLIANCE")


async def test_nobody_is_heard_while_the_tap_hangs_and_the_call_goes_on_in_another(
    calls: CallTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, _, call = await recorded(calls)
    monkeypatch.setattr(process_link, "CHECK_SECONDS", 0.1)
    first = calls.tap.name
    before = len(calls.bridge.orders)
    calls.tap.hangs = True
    await ada.sees_when(call, lambda told: told.recording is not None and told.recording.starting)
    calls.tap.hangs = False
    await ada.sees_when(call, lambda told: are_kept(told.members))
    rooms = [order for order in calls.bridge.orders[before:] if isinstance(order, SetRoom)]
    assert [sum(member.speaks for member in room.members) for room in rooms] == [0, 2]
    assert calls.tap.name != first


async def test_a_tap_that_frames_do_not_reach_records_nothing_and_the_call_ends(
    calls: CallTown,
) -> None:
    ada, ben, call = await recorded(calls)
    assert calls.bridge.rooms[call].only_tapped
    calls.bridge.reach_tap(False)
    told = await ada.sees_when(call, lambda told: bool(told.recording and told.recording.starting))
    assert [news.what for news in told.news] == ["kept_lost"]
    assert speak(calls, call) == 0
    assert calls.bridge.rooms[call].tapped, "so that it is seen whether they reach it again"
    refused = await ada.refused(PlaceAct((ben.account,), ada.instance), new_id())
    assert refused == "N_COMPLIANCE", "no other one begins that would not be recorded"
    calls.town.clock.now += RULE_SECONDS - UNREACHED_SECONDS
    await ada.sees(call, over="N_COMPLIANCE")


async def test_a_tap_that_frames_reach_again_goes_on_in_another_part(calls: CallTown) -> None:
    ada, _, call = await recorded(calls)
    calls.bridge.reach_tap(False)
    await until(lambda: speak(calls, call) == 0)
    assert calls.tap.rooms[call].recording is None
    calls.bridge.reach_tap(True)
    await ada.sees_when(call, lambda told: "kept_again" in {news.what for news in told.news})
    part = calls.tap.rooms[call].recording
    assert part is not None
    assert (part.part, speak(calls, call)) == (2, 2)


async def test_a_service_that_starts_again_without_a_tap_lets_nobody_speak_and_ends_the_call(
    tmp_path: Path, clock: Clock
) -> None:
    bridge, tap = BridgeDouble(), TapDouble()
    async with call_town(tmp_path / "state", clock, bridge, tap) as calls:
        ada, _, call = await recorded(calls)
    tap.kill()
    tap.broken = True
    async with call_town(tmp_path / "state", clock, bridge, tap) as calls:
        ada = await calls.comes_back(ada)
        await until(lambda: speak(calls, call) == 0)
        clock.now += 5
        await ada.sees(call, over="N_COMPLIANCE")


async def test_a_full_disk_ends_a_call_that_must_be_recorded(calls: CallTown) -> None:
    ada, ben = await calls.callers("ada", "ben")
    await rules(calls, "ben")
    calls.tap.fails = "N_DISK"
    call = await ada.places(ben)
    await ben.answers(call)
    for one in (ada, ben):
        told = await one.sees_when(call, lambda told: told.over != "")
        assert told.over == "N_COMPLIANCE"


async def test_where_the_audit_cannot_be_written_no_call_begins_that_must_be_recorded(
    calls: CallTown,
) -> None:
    ada, ben = await calls.callers("ada", "ben")
    await rules(calls, "ben")
    call = await ada.places(ben)
    break_the_audit(calls)
    assert await ben.refused(AnswerAct(ben.instance), call) == "N_COMPLIANCE"
    place = PlaceAct((ada.account,), ben.instance)
    assert await ben.refused(place, new_id()) == "N_COMPLIANCE"
    assert not calls.tap.orders
