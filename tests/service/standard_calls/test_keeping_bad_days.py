"""What is kept where audit, disk, tap or service fail, and what nobody may keep any more."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.service.standard_calls.kept_calls import (
    calls_to_keep,
    is_on,
    may_keep,
    records,
    rows,
    talk_of,
)
from tests.support.bridge_double import BridgeDouble
from tests.support.callers import (
    CallTown,
    break_the_audit,
    call_town,
    mend_the_audit,
)
from tests.support.members import Clock, until
from tests.support.tap_double import TapDouble
from tui_call.service.standard_calls import tap_rooms
from tui_call.signaling.call_acts import HangUpAct, RecordAct, TranscribeAct
from tui_call.signaling.tap_messages import CUT_SHORT, PartClosed


@pytest.fixture
async def calls(tmp_path: Path, clock: Clock) -> AsyncIterator[CallTown]:
    async with calls_to_keep(tmp_path / "state", clock) as running:
        yield running


async def test_where_the_audit_cannot_be_written_nothing_starts(calls: CallTown) -> None:
    (ada, ben), call = await talk_of(calls, "ben")
    await break_the_audit(calls)
    for act in (RecordAct(on=True), TranscribeAct(on=True)):
        assert await ada.refused(act, call) == "N_AUDIT"
    assert not calls.tap.orders
    assert not rows(calls, "id FROM kept")
    await mend_the_audit(calls)
    await ada.does(RecordAct(on=True), call)
    await ben.sees_when(call, is_on)


async def test_where_no_tap_starts_nothing_is_kept_and_all_are_told(calls: CallTown) -> None:
    (ada, ben), call = await talk_of(calls, "ben")
    calls.tap.broken = True
    await ada.does(RecordAct(on=True), call)
    told = await ben.sees_when(call, lambda told: "N_TAP" in {news.why for news in told.news})
    assert told.recording is None
    assert calls.audit()[-1][:2] == ("", "call.record_end")


async def test_a_disk_that_is_full_stops_the_recording_and_the_call_goes_on(
    calls: CallTown,
) -> None:
    (ada, ben), call = await talk_of(calls, "ben")
    calls.tap.fails = "N_DISK"
    await ada.does(RecordAct(on=True), call)
    told = await ben.sees_when(call, lambda told: "N_DISK" in {news.why for news in told.news})
    assert told.recording is None
    assert [member.state for member in told.members] == ["talking", "talking"]
    await until(lambda: not calls.tap.unacknowledged)
    assert rows(calls, "part, why FROM kept_parts") == [(1, "N_DISK")]


async def test_another_tap_goes_on_in_the_next_part(calls: CallTown) -> None:
    (ada, ben), call = await talk_of(calls, "ben")
    told = await records(calls, ada, call)
    first = calls.tap.name
    calls.tap.kill()
    told = await ben.sees_when(call, lambda told: "kept_again" in {n.what for n in told.news})
    assert calls.tap.name != first
    assert is_on(told)
    said = calls.tap.rooms[call].recording
    assert said is not None
    assert said.part == 2
    await until(lambda: not calls.tap.unacknowledged)
    assert rows(calls, "part, why FROM kept_parts") == [(1, "N_KEPT_CUT"), (2, "")]
    assert len(rows(calls, "id FROM kept")) == 1
    assert any(member.kept for member in calls.tap.rooms[call].members)


async def test_where_a_tap_ends_that_could_not_hear_all_in_time_another_goes_on(
    calls: CallTown,
) -> None:
    (ada, ben), call = await talk_of(calls, "ben")
    await records(calls, ada, call)
    said = calls.tap.rooms[call].recording
    assert said is not None
    calls.tap.say(PartClosed(said.kept, 1, 1.0, why=CUT_SHORT))
    calls.tap.kill()
    told = await ben.sees_when(call, lambda told: "kept_again" in {n.what for n in told.news})
    assert is_on(told)


async def test_a_service_that_starts_again_goes_on_in_the_same_part(
    tmp_path: Path, clock: Clock
) -> None:
    bridge, tap = BridgeDouble(), TapDouble()
    async with call_town(tmp_path / "state", clock, bridge, tap) as calls:
        await calls.caller("ada")
        await may_keep(calls)
        (ada, ben), call = await talk_of(calls, "ben")
        await records(calls, ada, call)
    assert tap.starts == 1
    orders = len(tap.orders)
    async with call_town(tmp_path / "state", clock, bridge, tap) as calls:
        back = [await calls.comes_back(one) for one in (ada, ben)]
        told = await back[1].sees_states(call, "talking", "talking")
        assert is_on(told)
        await until(lambda: len(tap.orders) > orders)
        said = tap.rooms[call]
        assert said.recording is not None
        assert said.recording.part == 1
        await back[0].does(HangUpAct(), call)
        await until(lambda: not tap.unacknowledged and call not in tap.rooms)
        assert rows(calls, "part, seconds FROM kept_parts") == [(1, 2.0)]
    assert tap.starts == 1


async def test_a_part_that_no_tap_knows_of_is_closed_in_the_index(
    calls: CallTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tap_rooms, "CLOSES_WITHIN", 0.05)
    (ada, ben), call = await talk_of(calls, "ben")
    calls.tap.stuck = True
    await ada.does(RecordAct(on=True), call)
    await until(lambda: call in calls.tap.rooms)
    await ada.does(RecordAct(on=False), call)
    await until(lambda: rows(calls, "why FROM kept_parts") == [("N_KEPT_CUT",)])
    await until(lambda: calls.tap.services == 0)
    await ben.does(HangUpAct(), call)


async def test_a_withdrawn_permission_stops_what_was_begun_with_it(calls: CallTown) -> None:
    (ada, ben), call = await talk_of(calls, "ben")
    await records(calls, ada, call)
    await may_keep(calls, recording=False)
    told = await ben.sees_when(call, lambda told: "recording_over" in {n.what for n in told.news})
    assert [news.why for news in told.news] == ["G_POLICY_REC"]
    assert told.recording is None
    assert calls.audit()[-1][:2] == ("", "call.record_end")
    assert await ada.refused(RecordAct(on=True), call) == "P_RECORD"
