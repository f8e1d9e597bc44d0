"""People whose calls are recorded by rule: nothing begins that is not, and nobody stops it."""

import asyncio
import contextlib
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.service.standard_calls.ruled_calls import (
    are_kept,
    is_on,
    recorded,
    rules,
    speak,
    states,
    stored,
)
from tests.support.bridge_double import BridgeDouble
from tests.support.callers import (
    CallTown,
    break_the_audit,
    call_town,
    mend_the_audit,
    new_id,
)
from tests.support.logs import logged_events
from tests.support.members import Clock, until
from tests.support.tap_double import TapDouble
from tui_call.service import process_link
from tui_call.service.database import StandardCalls
from tui_call.service.database.audit import BY_SERVICE
from tui_call.service.standard_calls import audit_watch, unsaved_reports
from tui_call.service.standard_calls.exchange import CallExchange
from tui_call.signaling.bridge_messages import UNREACHED_SECONDS, SetRoom
from tui_call.signaling.call_acts import (
    AddAct,
    AnswerAct,
    DeclineAct,
    MuteAct,
    ParkAct,
    PlaceAct,
    RecordAct,
    RetrieveAct,
    TransferAct,
)
from tui_call.signaling.tap_messages import PartClosed
from tui_call.standard_calls.keeping import RULE_SECONDS


async def test_nobody_talks_before_all_are_recorded_whatever_they_say(calls: CallTown) -> None:
    ada, ben = await calls.callers("ada", "ben")
    await rules(calls, "ben")
    call = await ada.places(ben)
    await ben.answers(call)
    for one in (ada, ben):
        await one.has_sound(call)
    told = await is_on(call, ada)
    assert told.recording is not None
    assert (told.recording.by, told.recording.name, states(told)[1]) == ("", "", "joining")
    assert calls.audit()[-1] == (BY_SERVICE, "call.record", told.recording.id)
    assert stored(calls, "by_rule, ended FROM kept") == [(1, None)]
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


async def test_where_the_audit_is_written_no_more_the_call_ends_and_is_so_in_the_store_later(
    calls: CallTown,
) -> None:
    ada, ben, call = await recorded(calls)
    cleo, dan = await calls.callers("cleo", "dan")
    free = await calls.talk(cleo, dan)
    await break_the_audit(calls)
    for one in (ada, ben):
        await one.sees(call, over="N_COMPLIANCE")
    ended = int(calls.town.clock.now)
    assert call not in calls.bridge.rooms
    assert await ada.refused(MuteAct(on=True), call) == "N_UNKNOWN_CALL"
    assert speak(calls, free) == 2  # what need not be recorded goes on
    calls.town.clock.now += 60
    await mend_the_audit(calls)
    await until(lambda: ("", "call.end", "N_COMPLIANCE") in calls.audit())
    [(when,)] = stored(calls, "time FROM audit WHERE action = 'call.end'")
    assert when == ended
    assert stored(calls, "ended FROM kept") == [(ended,)]
    assert "trial" not in {action for (action,) in stored(calls, "action FROM audit")}
    assert not stored(calls, f"call FROM standard_calls WHERE call = '{call}'")
    await ada.places(ben)


async def test_a_store_that_answers_nothing_ends_the_call_as_well(calls: CallTown) -> None:
    ada, ben, call = await recorded(calls)
    file = calls.town.directory / "service.db"
    with contextlib.closing(sqlite3.connect(file, check_same_thread=False)) as other:
        other.isolation_level = None
        await asyncio.to_thread(other.execute, "BEGIN IMMEDIATE")
        asks = asyncio.ensure_future(ada.ask(MuteAct(on=True), call))
        await ben.sees(call, over="N_COMPLIANCE")
        other.execute("ROLLBACK")
    await asks  # whichever came first
    await until(lambda: ("", "call.end", "N_COMPLIANCE") in calls.audit())
    assert call not in calls.bridge.rooms


async def test_an_end_that_takes_long_to_save_lets_no_other_call_go_on(
    calls: CallTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_watch, "LOOK_SECONDS", 0.02)
    monkeypatch.setattr(audit_watch, "PATIENCE", 0.2)
    saves = asyncio.Event()

    async def never_saved(_exchange: CallExchange, _call: str) -> None:
        saves.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(CallExchange, "save_end", never_saved)
    ada, ben, call = await recorded(calls)
    await break_the_audit(calls)
    await ada.sees(call, over="N_COMPLIANCE")
    await mend_the_audit(calls)
    await saves.wait()
    another = await ada.places(ben)
    await ben.answers(another)
    await is_on(another, ada)
    await break_the_audit(calls)
    await ada.sees(another, over="N_COMPLIANCE")


async def test_a_short_pause_of_the_store_ends_nothing(
    calls: CallTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_watch, "LOOK_SECONDS", 0.02)
    ada, _, call = await recorded(calls)
    with logged_events() as logs:
        await break_the_audit(calls)
        await until(lambda: [one["event"] for one in logs].count("change failed") > 2)
        await mend_the_audit(calls)
    await ada.does(MuteAct(on=True), call)
    assert speak(calls, call) == 2


async def test_nobody_is_heard_where_neither_file_nor_store_can_be_written(
    calls: CallTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk is that of both: the end of the call cannot be saved, and is once it can."""
    monkeypatch.setattr(unsaved_reports, "AWAY_SECONDS", 0.05)
    ada, _, call = await recorded(calls)
    recording = calls.tap.rooms[call].recording
    assert recording is not None
    await break_the_audit(calls)
    calls.tap.say(PartClosed(recording.kept, recording.part, 1.0, why="N_DISK"))
    await until(lambda: speak(calls, call) == 0)
    await ada.does(MuteAct(on=True), call)  # which no audit has, so it is saved
    assert speak(calls, call) == 0
    await mend_the_audit(calls)
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


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Let calls be saved only while this is set; the audit is written as ever."""
    answers, save = asyncio.Event(), StandardCalls.save

    async def save_later(*arguments: Any) -> bool:
        await answers.wait()
        return await save(*arguments)

    monkeypatch.setattr(StandardCalls, "save", save_later)
    answers.set()
    return answers


async def test_a_tap_that_goes_while_the_store_is_waited_for_silences_all_and_ends_the_call(
    calls: CallTown, store: asyncio.Event
) -> None:
    ada, ben, call = await recorded(calls)
    store.clear()
    calls.tap.broken = True
    calls.tap.kill()
    await until(lambda: speak(calls, call) == 0)
    calls.town.clock.now += RULE_SECONDS
    for one in (ada, ben):
        await one.sees(call, over="N_COMPLIANCE")
    store.set()
    await until(lambda: ("", "call.end", "N_COMPLIANCE") in calls.audit())
    assert not stored(calls, f"call FROM standard_calls WHERE call = '{call}'")


async def test_the_time_in_which_the_store_was_waited_for_counts(
    calls: CallTown, store: asyncio.Event
) -> None:
    ada, _, call = await recorded(calls)
    store.clear()
    calls.tap.broken = True
    calls.tap.kill()
    await until(lambda: speak(calls, call) == 0)
    calls.town.clock.now += 3
    store.set()
    await ada.sees_when(call, lambda told: bool(told.recording and told.recording.starting))
    calls.town.clock.now += RULE_SECONDS - 3
    await ada.sees(call, over="N_COMPLIANCE")


async def test_files_that_are_opened_too_late_end_the_call_while_the_store_is_waited_for(
    calls: CallTown, store: asyncio.Event
) -> None:
    ada, _, call = await recorded(calls)
    calls.tap.broken = True
    calls.tap.kill()
    await ada.sees_when(call, lambda told: bool(told.recording and told.recording.starting))
    store.clear()
    calls.town.clock.now += RULE_SECONDS
    await ada.sees(call, over="N_COMPLIANCE")
    store.set()


async def test_the_time_in_which_a_hung_tap_was_taken_for_one_that_records_counts(
    calls: CallTown,
) -> None:
    noticed_within = (process_link.MOST_CHECKS + 1) * process_link.CHECK_SECONDS
    ada, _, call = await recorded(calls)
    calls.tap.hangs = calls.tap.broken = True
    await ada.sees_when(call, lambda told: bool(told.recording and told.recording.starting))
    calls.town.clock.now += RULE_SECONDS - noticed_within
    await ada.sees(call, over="N_COMPLIANCE")


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
    await until(lambda: calls.tap.rooms[call].recording is None)
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


async def test_nobody_brings_a_rule_into_a_call_that_no_tap_would_record(calls: CallTown) -> None:
    ada, ben, cleo = await calls.callers("ada", "ben", "cleo")
    await rules(calls, "cleo")
    call = await calls.talk(ada, ben)
    await ada.does(AddAct((cleo.account,)), call)
    calls.tap.broken = True
    calls.tap.kill()
    assert await cleo.refused(AnswerAct(cleo.instance), call) == "N_COMPLIANCE"
    await cleo.does(DeclineAct(), call)
    for act in (AddAct((cleo.account,)), TransferAct(cleo.account)):
        assert await ada.refused(act, call) == "N_COMPLIANCE"
    assert speak(calls, call) == 2, "it goes on"
    slot = (await ada.ask(ParkAct(), call)).slot
    retrieve = RetrieveAct(slot, cleo.instance)
    assert await cleo.refused(retrieve, call) == "N_COMPLIANCE"
    calls.tap.broken = False
    await cleo.does(retrieve, call)
    await is_on(call, ben)


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
    await break_the_audit(calls)
    assert await ben.refused(AnswerAct(ben.instance), call) == "N_COMPLIANCE"
    place = PlaceAct((ada.account,), ben.instance)
    assert await ben.refused(place, new_id()) == "N_COMPLIANCE"
    assert not calls.tap.orders
