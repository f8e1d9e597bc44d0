"""What bridge and tap say while the store cannot be changed holds once it can."""

import asyncio
import contextlib
import sqlite3
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.service.standard_calls import ruled_calls
from tests.service.standard_calls.ruled_calls import stored
from tests.support.bridge_double import BridgeDouble
from tests.support.callers import (
    Caller,
    CallTown,
    break_the_audit,
    call_town,
    change_the_store,
    mend_the_audit,
)
from tests.support.logs import logged_events
from tests.support.members import Clock, until
from tests.support.tap_double import TapDouble
from tui_call.service.database import StandardCalls
from tui_call.service.standard_calls import audit_watch, exchange, reaching, unsaved_reports
from tui_call.service.standard_calls.exchange import CallExchange
from tui_call.service.standard_calls.unsaved_reports import ToldOnce, UnsavedReports
from tui_call.signaling.call_acts import AgreeAct, HangUpAct, MergeAct, MuteAct, RecordAct
from tui_call.signaling.messages import ChangeSetting, Done
from tui_call.signaling.operations import DisablePerson, SetPolicy
from tui_call.signaling.tap_messages import PartClosed
from tui_call.standard_calls.events import PartIsOpen, TapChanged
from tui_call.standard_calls.state import StandardCall


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (unsaved_reports, reaching):
        monkeypatch.setattr(module, "AWAY_SECONDS", 0.05)


@asynccontextmanager
async def no_change_of_calls(calls: CallTown, report: str, times: int = 1) -> AsyncIterator[None]:
    """Let no call be changed, until something has been reported in vain so many times."""
    await change_the_store(
        calls,
        "CREATE TRIGGER away BEFORE UPDATE ON standard_calls "
        "BEGIN SELECT RAISE(ABORT, 'away'); END",
    )
    with logged_events() as logs:
        yield
        await until(lambda: [one.get("report") for one in logs].count(report) >= times)
    await change_the_store(calls, "DROP TRIGGER away")


async def test_a_bridge_that_was_replaced_is_known_and_carries_the_call_on(calls: CallTown) -> None:
    ada, ben = await calls.callers("ada", "ben")
    call = await calls.talk(ada, ben)
    async with no_change_of_calls(calls, "WorkerChanged", times=2):
        calls.bridge.kill()
        await until(lambda: calls.bridge.starts == 2 and calls.bridge.services == 1)
    told = await ada.sees_states(call, "lost", "lost")
    assert told.worker == calls.bridge.name
    for one in (ada, ben):
        await one.has_sound(call)
    await ada.sees_states(call, "talking", "talking")


async def test_who_is_lost_meanwhile_is_so_afterwards(calls: CallTown) -> None:
    ada, ben = await calls.callers("ada", "ben")
    call = await ada.places(ben)
    await ben.answers(call)
    _, leg = [await one.has_sound(call) for one in (ada, ben)]
    await ada.sees_states(call, "talking", "talking")
    async with no_change_of_calls(calls, "LegReported"):
        calls.bridge.report(leg, "silent")
    await ada.sees_states(call, "talking", "lost")


async def test_files_that_were_opened_meanwhile_are_recorded_into(calls: CallTown) -> None:
    ada, ben = await calls.callers("ada", "ben")
    await calls.administers(SetPolicy(name="calls", terms={"recording": True}))
    call = await calls.talk(ada, ben)
    calls.tap.stuck = True
    await ada.does(RecordAct(on=True), call)
    await until(lambda: call in calls.tap.rooms)
    async with no_change_of_calls(calls, "PartIsOpen"):
        calls.tap.open_what_is_stuck()
    told = await ben.sees_when(call, lambda told: "recording" in {one.what for one in told.news})
    assert told.recording is not None
    assert not told.recording.starting


async def test_what_is_kept_goes_on_without_the_audit_which_has_its_end_later(
    calls: CallTown,
) -> None:
    ada, ben = await calls.callers("ada", "ben")
    await calls.administers(SetPolicy(name="calls", terms={"recording": True}))
    call = await calls.talk(ada, ben)
    await ada.does(RecordAct(on=True), call)
    await ben.sees_when(call, lambda told: "recording" in {one.what for one in told.news})
    await break_the_audit(calls)
    await ben.does(MuteAct(on=True), call)
    part = calls.tap.rooms[call].recording
    assert part is not None, "it goes on"
    with logged_events() as logs:
        calls.tap.say(PartClosed(part.kept, part.part, 1.0, why="N_DISK"))
        await until(lambda: "KeepingFailed" in [one.get("report") for one in logs])
    assert calls.audit()[-1][1] == "call.record"
    await mend_the_audit(calls)
    told = await ben.sees_when(call, lambda told: "N_DISK" in {one.why for one in told.news})
    assert told.recording is None
    assert [member.state for member in told.members] == ["talking", "talking"]
    assert calls.audit()[-1] == ("", "call.record_end", f"{part.kept} N_DISK")


async def recorded(calls: CallTown) -> tuple[Caller, Caller, str]:
    """Return two who speak, the first of whom records it, and the call."""
    ada, ben = await calls.callers("ada", "ben")
    await calls.administers(SetPolicy(name="calls", terms={"recording": True}))
    call = await calls.talk(ada, ben)
    await ada.does(RecordAct(on=True), call)
    await ben.sees_when(call, lambda told: "recording" in {one.what for one in told.news})
    return ada, ben, call


async def ends(calls: CallTown, one: Caller, call: str) -> tuple[str, str]:
    """Wait until all are told that nothing is recorded; return who ended it, and why."""
    told = await one.sees_when(call, lambda told: told.recording is None)
    [news] = told.news
    assert news.what == "recording_over"
    assert calls.audit()[-1][:2] == (news.who if not news.why else "", "call.record_end")
    return news.who, news.why


def kept(calls: CallTown, call: str) -> list[bool]:
    """Return whether each is in the recording, in the order in which they came."""
    members = sorted(calls.tap.rooms[call].members, key=lambda one: one.person)
    return [one.kept for one in members]


async def test_what_somebody_stops_is_kept_no_more_although_the_audit_has_that_later(
    calls: CallTown,
) -> None:
    ada, ben, call = await recorded(calls)
    await break_the_audit(calls)
    assert await ben.refused(RecordAct(on=False), call) == "N_UNSAVED_END"
    assert call not in calls.tap.rooms
    await ada.does(MuteAct(on=True), call)  # which no audit has, so it is saved
    assert call not in calls.tap.rooms
    await mend_the_audit(calls)
    assert await ends(calls, ada, call) == (ben.account, "")


async def test_what_somebody_stops_is_kept_no_more_although_the_store_answers_nothing(
    calls: CallTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "STOP_WITHIN", 0.1)
    ada, ben, call = await recorded(calls)
    file = calls.town.directory / "service.db"
    with contextlib.closing(sqlite3.connect(file, check_same_thread=False)) as other:
        other.isolation_level = None
        await asyncio.to_thread(other.execute, "BEGIN IMMEDIATE")
        assert await ben.refused(RecordAct(on=False), call) == "N_UNSAVED_END"
        assert call not in calls.tap.rooms
        other.execute("ROLLBACK")
    assert await ends(calls, ada, call) == (ben.account, "")


async def test_who_says_no_is_kept_no_more_although_that_is_saved_later(calls: CallTown) -> None:
    ada, ben, call = await recorded(calls)
    await ben.does(AgreeAct(on=True), call)
    calls.town.clock.now += 1.1  # who has heard the tone
    await until(lambda: kept(calls, call) == [True, True])
    async with no_change_of_calls(calls, "KeepingRefused"):
        assert await ben.refused(AgreeAct(on=False), call) == "N_UNSAVED_REFUSAL"
        assert kept(calls, call) == [True, False]
    told = await ada.sees_when(call, lambda told: told.members[1].kept == "refused")
    assert [(one.what, one.who) for one in told.news] == [("refused", ben.account)]
    assert kept(calls, call) == [True, False]


async def test_a_no_that_is_not_saved_yet_holds_in_the_call_that_it_becomes(
    calls: CallTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unsaved_reports, "AWAY_SECONDS", 60)
    ada, cleo, call = await recorded(calls)
    (dan,) = await calls.callers("dan")
    await dan.member.client.ask(lambda number: ChangeSetting(number, None, "allow", None), Done)
    other = await calls.talk(ada, dan)
    no = "BEFORE UPDATE ON standard_calls BEGIN SELECT RAISE(ABORT, 'away'); END"
    await change_the_store(calls, f"CREATE TRIGGER away {no}")
    assert await dan.refused(AgreeAct(on=False), other) == "N_UNSAVED_REFUSAL"
    await change_the_store(calls, "DROP TRIGGER away")
    await ada.does(MergeAct(other), call)
    told = await cleo.sees_when(call, lambda told: len(told.members) == 3)
    assert told.members[2].account == dan.account
    assert told.members[2].kept == "refused"


async def test_what_a_policy_forbids_is_kept_no_more_although_the_audit_has_that_later(
    calls: CallTown,
) -> None:
    ada, ben, call = await recorded(calls)
    await break_the_audit(calls, only="call.record_end")
    await calls.administers(SetPolicy(name="calls", terms={"recording": False}))
    await until(lambda: call not in calls.tap.rooms)
    await mend_the_audit(calls)
    assert await ends(calls, ben, call) == (ada.account, "G_POLICY_REC")


@asynccontextmanager
async def ended_while_unsaved(
    directory: Path, clock: Clock, tap: TapDouble, tables: Sequence[str], stopped: str
) -> AsyncIterator[tuple[CallTown, Caller, str]]:
    """Have a service start again that ended before it could save that a recording was stopped."""
    bridge = BridgeDouble()
    async with call_town(directory, clock, bridge, tap) as calls:
        ada, ben, call = await recorded(calls)
        for table in tables:
            await change_the_store(
                calls,
                f"CREATE TRIGGER away_{table} BEFORE UPDATE ON {table} "
                "BEGIN SELECT RAISE(ABORT, 'away'); END",
            )
        assert (await ben.ask(RecordAct(on=False), call)).refused == stopped
        await until(lambda: call not in tap.rooms and bool(tap.unacknowledged))
    for table in tables:
        await change_the_store(calls, f"DROP TRIGGER away_{table}")
    assert tap.unacknowledged
    async with call_town(directory, clock, bridge, tap) as calls:
        yield calls, await calls.comes_back(ada), call


async def test_the_end_of_a_part_is_written_down_by_the_service_that_starts_after_it(
    tmp_path: Path, clock: Clock
) -> None:
    tap = TapDouble()
    async with ended_while_unsaved(tmp_path, clock, tap, ["kept_parts"], "") as (calls, ada, call):
        await until(lambda: not tap.unacknowledged)
        assert stored(calls, "part, seconds, why FROM kept_parts") == [(1, 2.0, "")]
        assert stored(calls, "name, part FROM kept_files") == [("mix-1.opus", 1)]
        assert (await ada.sees(call)).recording is None
        assert call not in tap.rooms


async def test_what_was_stopped_is_kept_no_more_although_the_service_ends_before_it_is_saved(
    tmp_path: Path, clock: Clock
) -> None:
    tap, tables = TapDouble(), ["standard_calls", "kept_parts"]
    async with ended_while_unsaved(tmp_path, clock, tap, tables, "N_UNSAVED_END") as again:
        calls, ada, call = again
        assert await ends(calls, ada, call) == ("", "")
        await until(lambda: not tap.unacknowledged and call not in tap.rooms)
        assert stored(calls, "part, seconds, why FROM kept_parts") == [(1, 2.0, "")]
        assert stored(calls, "ended IS NULL FROM kept") == [(0,)]


async def test_who_is_disabled_meanwhile_is_out_of_the_call_afterwards(calls: CallTown) -> None:
    ada, ben, cleo = await calls.callers("ada", "ben", "cleo")
    call = await calls.talk(ada, ben, cleo)
    await calls.town.leave(ben.member)  # else that is looked at once more as it goes
    async with no_change_of_calls(calls, "AccountGone"):
        await calls.administers(DisablePerson(account="ben"))
    await cleo.sees_when(call, lambda told: len(told.members) == 2)


async def test_what_failed_is_not_carried_out_after_what_was_said_later() -> None:
    """The bridge says of the tap that it is not reached, while the tap says that it is there."""
    there, not_reached, opened = TapChanged("tap"), TapChanged(""), PartIsOpen("a" * 32, 1)
    answers = {there: asyncio.Event(), not_reached: asyncio.Event()}
    begun = list[ToldOnce]()

    async def report(_call: str, one: ToldOnce) -> bool:
        begun.append(one)
        if one in answers:
            await answers[one].wait()
        return one is not there

    call = StandardCall("x", 0.0, tap="before")
    reports = UnsavedReports(report, lambda _: None, time.time)
    first, second = [asyncio.ensure_future(reports.take(call, one)) for one in answers]
    await until(lambda: len(begun) == 2)
    for one, task in ((there, first), (not_reached, second)):
        answers[one].set()
        assert await task is (one is not_reached)
    assert reports.is_recorded(call)
    assert await reports.take(call, opened), "nothing waits any more"
    assert begun == [there, not_reached, opened]
    await reports.close()


async def test_an_end_that_was_being_saved_already_is_saved_once(
    calls: CallTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_watch, "LOOK_SECONDS", 0.02)
    monkeypatch.setattr(audit_watch, "PATIENCE", 0.2)
    ada, ben, call = await ruled_calls.recorded(calls)
    saving, may_save, waits = asyncio.Event(), asyncio.Event(), asyncio.Event()
    save, save_end, failed = StandardCalls.save, CallExchange.save_end, list[Exception]()

    async def save_slowly(*arguments: Any) -> bool:
        saving.set()
        await may_save.wait()
        return await save(*arguments)

    async def save_after_it(exchange: CallExchange, call: str) -> None:
        waits.set()
        try:
            await save_end(exchange, call)
        except Exception as error:
            failed.append(error)
        waits.clear()

    monkeypatch.setattr(StandardCalls, "save", save_slowly)
    monkeypatch.setattr(CallExchange, "save_end", save_after_it)
    leaves = asyncio.ensure_future(ben.does(HangUpAct(), call))
    await saving.wait()
    await break_the_audit(calls)
    await ada.sees(call, over="N_COMPLIANCE")
    await mend_the_audit(calls)
    await waits.wait()
    may_save.set()
    await leaves
    await until(lambda: not waits.is_set())
    assert failed == []
    assert [action for _, action, _ in calls.audit()].count("call.end") == 1
