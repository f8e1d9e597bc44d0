"""Policies and settings that change while people speak: the call goes by them at once."""

import asyncio
import time
from typing import Any

import pytest

from tests.support.callers import (
    Caller,
    CallTown,
    break_the_audit,
    fill_the_space,
    mend_the_audit,
    new_id,
)
from tests.support.logs import logged_events
from tests.support.members import until
from tui_call.service.database import Accounts, StandardCalls
from tui_call.service.standard_calls import policy_changes, unsaved_reports
from tui_call.service.standard_calls.door import CallDoor
from tui_call.signaling.call_acts import AnswerAct, CaptionsAct, OwnWord, RecordAct
from tui_call.signaling.messages import ChangeSetting, Done
from tui_call.signaling.operations import GrantPolicy, NewPolicy, SetPolicy
from tui_call.signaling.standard_calls import CallChanged, CaptionSpoken
from tui_call.signaling.tap_messages import Spoken
from tui_call.standard_calls.keeping import Word


async def a_rule_comes(calls: CallTown, user: str) -> None:
    await calls.administers(
        NewPolicy(name="bank", kind="calling", terms={"compliance_recording": True}),
        GrantPolicy(policy="bank", to="user", subject=user),
    )


def news(told: CallChanged) -> list[tuple[str, str, str]]:
    return [(one.what, one.who, one.why) for one in told.news]


def speak(calls: CallTown, call: str) -> int:
    return sum(member.speaks for member in calls.bridge.rooms[call].members)


async def test_a_rule_that_comes_has_the_call_recorded_before_anybody_is_heard_again(
    calls: CallTown,
) -> None:
    ada, ben = await calls.callers("ada", "ben")
    call = await calls.talk(ada, ben)
    assert speak(calls, call) == 2
    await a_rule_comes(calls, "ben")
    told = await ada.sees_when(call, lambda told: told.recording is not None)
    assert told.recording is not None
    assert told.recording.by == ""
    await ada.sees_when(call, lambda told: ("recording", "", "") in news(told))
    assert speak(calls, call) == 0
    calls.town.clock.now += 1
    await ada.sees_when(call, lambda told: all(one.kept == "kept" for one in told.members))
    assert speak(calls, call) == 2
    assert await ada.refused(RecordAct(on=False), call) == "N_BY_RULE"


async def test_a_rule_that_comes_where_nothing_can_be_kept_ends_the_call(calls: CallTown) -> None:
    ada, ben = await calls.callers("ada", "ben")
    call = await calls.talk(ada, ben)
    fill_the_space(calls)
    await a_rule_comes(calls, "ben")
    for one in (ada, ben):
        await one.sees(call, over="N_COMPLIANCE")


async def test_a_rule_that_comes_and_cannot_be_followed_ends_the_call(
    calls: CallTown,
) -> None:
    ada, ben = await calls.callers("ada", "ben")
    call = await calls.talk(ada, ben)
    await break_the_audit(calls, only="call.record")
    await a_rule_comes(calls, "ben")
    for one in (ada, ben):
        await one.sees(call, over="N_COMPLIANCE")


async def reading(calls: CallTown) -> tuple[Caller, Caller, str, int]:
    """Return two in a call, the call, and the number of the first, of whom the other reads."""
    ada, ben = await calls.callers("ada", "ben")
    call = await calls.talk(ada, ben)
    await ben.does(CaptionsAct(on=True), call)
    await until(lambda: call in calls.tap.rooms)
    [number] = [one.source for one in calls.tap.rooms[call].members if one.person == 1]
    return ada, ben, call, number


def captioned(calls: CallTown, call: str, number: int) -> bool:
    [member] = [one for one in calls.tap.rooms[call].members if one.source == number]
    return member.captioned


async def test_whose_policy_has_captions_no_more_is_captioned_no_more_and_all_see_why(
    calls: CallTown,
) -> None:
    ada, ben, call, number = await reading(calls)
    await calls.administers(
        NewPolicy(name="quiet", kind="calling", terms={"captions": False}),
        GrantPolicy(policy="quiet", to="user", subject="ada"),
    )
    told = await ben.sees_when(call, lambda told: not told.members[0].captioned)
    assert news(told) == [("uncaptioned", ada.account, "G_POLICY_UNCAPTIONED")]
    await until(lambda: not captioned(calls, call, number))
    now = time.monotonic()
    calls.tap.say(Spoken(call, number, 1, 1, "what ada says", 4, now, now, final=True))
    other = next(m.source for m in calls.tap.rooms[call].members if m.source != number)
    calls.tap.say(Spoken(call, other, 1, 1, "what ben says", 4, now, now, final=True))
    assert (await ben.member.client.hear(CaptionSpoken)).text == "what ben says"


async def test_who_shows_captions_and_may_no_more_shows_none_and_all_see_why(
    calls: CallTown,
) -> None:
    _, ben, call, _ = await reading(calls)
    await calls.administers(SetPolicy(name="calls", terms={"captions": False}))
    told = await ben.sees_when(
        call, lambda told: "captions_over" in {one.what for one in told.news}
    )
    assert ("captions_over", ben.account, "G_POLICY_CAPTIONS") in news(told)
    await until(lambda: call not in calls.tap.rooms)


async def test_what_one_says_in_the_settings_holds_in_the_call(calls: CallTown) -> None:
    ada, ben, call, number = await reading(calls)
    await ada.member.client.ask(lambda number: ChangeSetting(number, None, None, "refuse"), Done)
    told = await ben.sees_when(call, lambda told: not told.members[0].captioned)
    assert news(told) == [("uncaptioned", ada.account, "")]
    await ada.member.client.ask(lambda number: ChangeSetting(number, None, None, "allow"), Done)
    await ben.sees_when(call, lambda told: told.members[0].captioned)
    assert captioned(calls, call, number)


async def test_what_the_device_says_is_above_a_setting_that_changes(calls: CallTown) -> None:
    ada, ben, call, _ = await reading(calls)
    ada.instance = new_id()
    await ada.does(AnswerAct(ada.instance, OwnWord("follow", "allow")), call)
    setting = ("refuse", "refuse")
    await ada.member.client.ask(lambda number: ChangeSetting(number, None, *setting), Done)
    refused = ("refused", ada.account, "")
    told = await ben.sees_when(call, lambda told: refused in news(told))
    assert all(one.captioned for one in told.members)


async def test_a_change_that_cannot_be_saved_holds_once_it_can(
    calls: CallTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (policy_changes, unsaved_reports):
        monkeypatch.setattr(module, "AWAY_SECONDS", 0.05)
    ada, ben = await calls.callers("ada", "ben")
    await calls.administers(SetPolicy(name="calls", terms={"recording": True}))
    call = await calls.talk(ada, ben)
    await ada.does(RecordAct(on=True), call)
    await ben.sees_when(call, lambda told: ("recording", ada.account, "") in news(told))
    await break_the_audit(calls, only="call.record_end")
    with logged_events() as logs:
        await calls.administers(SetPolicy(name="calls", terms={"recording": False}))
        await until(lambda: "not carried out" in {one["event"] for one in logs})
    await mend_the_audit(calls)
    told = await ben.sees_when(call, lambda told: told.recording is None)
    assert news(told) == [("recording_over", ada.account, "G_POLICY_REC")]


async def test_a_rule_that_comes_while_one_is_let_in_holds_for_the_call(
    calls: CallTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, ben = await calls.callers("ada", "ben")
    call = await ada.places(ben)
    saving, may_save, looked = asyncio.Event(), asyncio.Event(), asyncio.Event()
    save, word_now = StandardCalls.save, CallDoor.word_now

    async def save_slowly(*arguments: Any) -> bool:
        saving.set()
        await may_save.wait()
        return await save(*arguments)

    def look(*arguments: Any) -> Word:
        looked.set()
        return word_now(*arguments)

    monkeypatch.setattr(StandardCalls, "save", save_slowly)
    answers = asyncio.ensure_future(ben.answers(call))
    await saving.wait()
    monkeypatch.setattr(CallDoor, "word_now", look)
    await a_rule_comes(calls, "ben")
    await looked.wait()
    may_save.set()
    await answers
    told = await ada.sees_when(call, lambda told: told.recording is not None)
    assert told.recording is not None
    assert told.recording.by == ""


async def test_what_is_forbidden_while_it_is_being_begun_does_not_go_on(
    calls: CallTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, ben = await calls.callers("ada", "ben")
    await calls.administers(SetPolicy(name="calls", terms={"recording": True}))
    call = await calls.talk(ada, ben)
    judged, may_go_on, looked = asyncio.Event(), asyncio.Event(), list[Word]()
    find_several, word_now = Accounts.find_several, CallDoor.word_now

    async def find_slowly(*arguments: Any) -> Any:
        judged.set()
        await may_go_on.wait()
        return await find_several(*arguments)

    def look(*arguments: Any) -> Word:
        looked.append(word_now(*arguments))
        return looked[-1]

    monkeypatch.setattr(Accounts, "find_several", find_slowly)
    records = asyncio.ensure_future(ben.does(RecordAct(on=True), call))
    await judged.wait()
    monkeypatch.setattr(CallDoor, "word_now", look)
    await calls.administers(SetPolicy(name="calls", terms={"recording": False}))
    await until(lambda: len(looked) == 2)
    may_go_on.set()
    await records
    told = await ada.sees_when(
        call, lambda told: "recording_unbegun" in {one.what for one in told.news}
    )
    assert ("recording_unbegun", ben.account, "G_POLICY_REC") in news(told)
