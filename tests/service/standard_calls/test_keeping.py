"""What is kept of a call: who begins and ends it, in which order, what is told and written."""

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.service.standard_calls.kept_calls import (
    calls_to_keep,
    is_on,
    marks,
    records,
    rows,
    talk_of,
)
from tests.support.callers import Caller, CallTown, new_id
from tests.support.members import Clock, until
from tui_call.signaling.bridge_messages import PlayTone
from tui_call.signaling.call_acts import (
    Act,
    AddAct,
    AgreeAct,
    AnswerAct,
    CancelConsultAct,
    CaptionsAct,
    ConsultAct,
    HangUpAct,
    HoldAct,
    OwnWord,
    PlaceAct,
    RecordAct,
    TranscribeAct,
)
from tui_call.signaling.kept import KeptList, ListKept
from tui_call.signaling.messages import ChangeSetting, Done
from tui_call.signaling.operations import GrantPolicy, NewPolicy
from tui_call.signaling.standard_calls import CaptionSpoken
from tui_call.signaling.tap_messages import SpeechState, Spoken, TryAgain

ACTS: list[Act] = [
    RecordAct(on=True), RecordAct(on=False), TranscribeAct(on=True), TranscribeAct(on=False),
    CaptionsAct(on=True), CaptionsAct(on=False), AgreeAct(on=True), AgreeAct(on=False),
]  # fmt: skip


@pytest.fixture
async def calls(tmp_path: Path, clock: Clock) -> AsyncIterator[CallTown]:
    async with calls_to_keep(tmp_path / "state", clock) as running:
        yield running


# Who may


async def test_for_who_is_not_in_a_call_nothing_can_be_kept_of_it(calls: CallTown) -> None:
    (ada, ben), call = await talk_of(calls, "ben")
    eve, tower = await calls.caller("eve"), await calls.second_device(ben)
    for act in ACTS:
        calls.town.clock.now += 1
        for stranger in (eve, tower):
            answers = [await stranger.ask(act, one) for one in (call, new_id(), "")]
            assert {answer.refused for answer in answers} == {"N_UNKNOWN_CALL"}, act
    assert not calls.tap.orders
    assert ada.account not in {row[0] for row in calls.audit() if row[1] != "call.place"}


async def test_of_a_call_that_is_not_standard_nothing_is_learned(calls: CallTown) -> None:
    (ada,) = calls.people
    for act in ACTS:
        calls.town.clock.now += 1
        assert await ada.refused(act, new_id()) == "N_UNKNOWN_CALL", act
    assert calls.tap.starts == 0


@pytest.mark.parametrize(
    ("term", "act", "reason"),
    [
        ("recording", RecordAct(on=True), "P_RECORD"),
        ("transcription", TranscribeAct(on=True), "P_TRANSCRIPT"),
        ("captions", CaptionsAct(on=True), "P_CAPTIONS"),
    ],
)
async def test_the_policy_of_who_asks_decides(
    calls: CallTown, term: str, act: Act, reason: str
) -> None:
    terms = {"recording": True, "transcription": True, term: False}
    await calls.administers(NewPolicy(name="narrow", kind="calling", terms=dict(terms)))
    (ada, ben), call = await talk_of(calls, "ben")
    await calls.administers(GrantPolicy(policy="narrow", to="user", subject="ben"))
    assert await ben.refused(act, call) == reason
    assert not calls.tap.orders
    await ada.does(act, call)


# Order


async def test_first_index_and_audit_then_files_then_the_tone_then_sound(calls: CallTown) -> None:
    (ada, ben), call = await talk_of(calls, "ben")
    calls.tap.stuck = True
    await ada.does(RecordAct(on=True, tracks=True), call)
    told = await ben.sees_when(call, lambda told: told.recording is not None)
    assert told.recording is not None
    kept = told.recording.id
    assert (told.recording.by, told.recording.starting, told.recording.tracks) == (
        ada.account, True, True,
    )  # fmt: skip
    assert calls.audit()[-1] == (ada.account, "call.record", f"{kept} tracks")
    await until(lambda: calls.tap.orders)
    assert rows(calls, "id, kind, call, started_by, ended FROM kept") == [
        (kept, "recording", call, ada.account, None)
    ]
    assert rows(calls, "call_began FROM kept") == [(told.began,)]
    assert rows(calls, "kept, part, closed FROM kept_parts") == [(kept, 1, None)]
    people = rows(calls, "number, account FROM kept_people ORDER BY number")
    assert people == [(1, ada.account), (2, ben.account)]
    said = calls.tap.rooms[call]
    assert said.recording is not None
    assert (said.recording.kept, said.recording.part, said.recording.tracks) == (kept, 1, True)
    assert not any(member.kept for member in said.members)
    assert PlayTone not in {type(order) for order in calls.bridge.orders}
    assert not calls.bridge.rooms[call].tapped


async def test_nothing_is_kept_before_the_tone_was_heard(calls: CallTown) -> None:
    (ada, ben), call = await talk_of(calls, "ben")
    await ben.does(AgreeAct(on=True), call)
    await ada.does(RecordAct(on=True), call)
    told = await ben.sees_when(call, is_on)
    assert marks(told) == {""}
    assert [news.what for news in told.news] == ["recording"]
    tones = [order for order in calls.bridge.orders if isinstance(order, PlayTone)]
    assert [(tone.tone, tone.source) for tone in tones] == [("kept", 0)]
    assert not calls.bridge.rooms[call].tapped
    calls.town.clock.now += 1.1
    told = await ben.sees_when(call, lambda told: marks(told) == {"kept"})
    await until(lambda: calls.bridge.rooms[call].tapped)
    assert all(member.kept for member in calls.tap.rooms[call].members)


async def test_who_comes_later_hears_the_tone_alone_and_is_kept_after_it(calls: CallTown) -> None:
    (ada, _ben), call = await talk_of(calls, "ben")
    await records(calls, ada, call)
    cleo = await calls.caller("cleo")
    await cleo.member.client.ask(lambda number: ChangeSetting(number, None, "allow"), Done)
    await ada.does(AddAct((cleo.account,)), call)
    await cleo.answers(call)
    await cleo.has_sound(call)
    told = await cleo.sees_states(call, *["talking"] * 3)
    number = next(member.number for member in told.members if member.account == cleo.account)
    tone = next(order for order in reversed(calls.bridge.orders) if isinstance(order, PlayTone))
    assert (tone.tone, tone.source) == ("kept", number)
    assert number not in {m.source for m in calls.tap.rooms[call].members if m.kept}
    calls.town.clock.now += 1.1
    await until(lambda: number in {m.source for m in calls.tap.rooms[call].members if m.kept})
    assert (3, cleo.account) in rows(calls, "number, account FROM kept_people")


async def test_two_who_start_at_once_start_one_recording(calls: CallTown) -> None:
    (ada, ben), call = await talk_of(calls, "ben")
    told = await records(calls, ada, call)
    await ben.does(RecordAct(on=True), call)
    assert [row[1] for row in calls.audit()].count("call.record") == 1
    assert len(rows(calls, "id FROM kept")) == 1
    assert told.recording is not None
    await ben.does(RecordAct(on=False), call)
    told = await ada.sees(call, recording=None)
    assert [(news.what, news.who) for news in told.news] == [("recording_over", ben.account)]
    assert calls.audit()[-1][:2] == (ben.account, "call.record_end")
    await until(lambda: not calls.tap.unacknowledged)
    assert rows(calls, "part, seconds, why FROM kept_parts") == [(1, 2.0, "")]
    assert rows(calls, "name, size FROM kept_files") == [("mix-1.opus", 100)]
    await until(lambda: calls.tap.services == 0)


# What each says of it


async def test_who_has_to_be_asked_is_and_is_kept_only_once_they_agree(calls: CallTown) -> None:
    (ada, ben), call = await talk_of(calls, "ben")
    await records(calls, ada, call)
    told = await ben.sees_when(call, lambda told: marks(told) == {"kept", "asked"})
    asked = {member.account: member.kept for member in told.members}
    assert asked == {ada.account: "kept", ben.account: "asked"}
    await ben.does(AgreeAct(on=True), call)
    await ada.sees_when(call, lambda told: marks(told) == {"kept"})
    await ben.does(AgreeAct(on=False), call)
    told = await ada.sees_when(call, lambda told: marks(told) == {"kept", "refused"})
    assert [(news.what, news.who) for news in told.news] == [("refused", ben.account)]


async def test_the_word_of_a_device_is_above_that_of_the_account(calls: CallTown) -> None:
    (ada,) = calls.people
    ben = await calls.caller("ben")
    await ben.member.client.ask(lambda number: ChangeSetting(number, None, "allow", "allow"), Done)
    call = await ada.does(
        PlaceAct((ben.account,), ada.instance, word=OwnWord("refuse", "refuse")), new_id()
    )
    await ben.does(AnswerAct(ben.instance), call)
    for one in (ada, ben):
        await one.has_sound(call)
    await ben.does(RecordAct(on=True), call)
    told = await ben.sees_when(call, is_on)
    calls.town.clock.now += 1.1
    told = await ben.sees_when(call, lambda told: "kept" in marks(told))
    kept = {member.account: (member.kept, member.captioned) for member in told.members}
    assert kept == {ada.account: ("refused", False), ben.account: ("kept", True)}


async def test_nobody_who_holds_is_kept(calls: CallTown) -> None:
    (ada, ben), call = await talk_of(calls, "ben")
    await ben.does(AgreeAct(on=True), call)
    await records(calls, ada, call)
    await until(lambda: all(member.kept for member in calls.tap.rooms[call].members))
    await ben.does(HoldAct(on=True), call)
    await until(lambda: not any(member.kept for member in calls.tap.rooms[call].members))


# The end


async def test_all_ends_with_the_call(calls: CallTown) -> None:
    (ada, ben), call = await talk_of(calls, "ben")
    await records(calls, ada, call)
    await ada.does(TranscribeAct(on=True), call)
    await until(lambda: calls.tap.rooms[call].transcript is not None)
    await ben.does(HangUpAct(), call)
    await until(lambda: call not in calls.tap.rooms and not calls.tap.unacknowledged)
    assert {row[0] for row in rows(calls, "ended IS NULL FROM kept")} == {0}
    ended = [row[1] for row in calls.audit() if row[1].endswith("_end")]
    assert sorted(ended) == ["call.record_end", "call.transcribe_end"]
    assert {row[0] for row in rows(calls, "went IS NULL FROM kept_people")} == {0}


async def test_the_speech_engine_is_tried_again_where_somebody_asks(calls: CallTown) -> None:
    (ada, ben), call = await talk_of(calls, "ben")
    await ada.does(CaptionsAct(on=True), call)
    await until(lambda: call in calls.tap.rooms)
    calls.tap.say(SpeechState("N_ENGINE_HUNG", "en"))
    told = await ben.sees(call, captions="N_ENGINE_HUNG")
    assert told.captions_language == "en"
    await ben.does(CaptionsAct(on=True), call)
    await until(lambda: TryAgain() in calls.tap.orders)


# Whose it is


async def whose(calls: CallTown, *people: Caller) -> list[Caller]:
    """Return who of some people may know of what is kept."""
    found = [one.member.client.ask(ListKept, KeptList) for one in people]
    return [one for one, page in zip(people, found, strict=True) if (await page).kept]


async def test_who_left_before_anything_was_kept_was_not_in_it(calls: CallTown) -> None:
    (ada, ben, cleo), call = await talk_of(calls, "ben", "cleo")
    calls.tap.stuck = True
    await ada.does(RecordAct(on=True), call)
    await cleo.does(HangUpAct(), call)
    calls.tap.kill()
    calls.tap.stuck = False
    await ben.sees_when(call, is_on)
    assert await whose(calls, ben, cleo) == [ben]


async def test_who_was_only_asked_apart_was_not_in_it(calls: CallTown) -> None:
    (ada, ben, cleo), call = await talk_of(calls, "ben", "cleo")
    await records(calls, ada, call)
    dan = await calls.caller("dan")
    await ben.does(ConsultAct(dan.account), call)
    await dan.answers(call)
    await dan.has_sound(call)
    assert await whose(calls, ben, cleo, dan) == [ben, cleo]
    await ben.does(CancelConsultAct(), call)
    await ben.sees_when(call, lambda told: len(told.members) == 3)
    assert await whose(calls, ben, cleo, dan) == [ben, cleo]


async def test_the_policy_of_who_comes_later_shortens_for_how_long_it_is_kept(
    calls: CallTown,
) -> None:
    await calls.administers(NewPolicy(name="short", kind="calling", terms={"keep_days": 7}))
    (ada, _ben), call = await talk_of(calls, "ben")
    await records(calls, ada, call)
    assert rows(calls, "keep_days FROM kept") == [(0,)]
    cleo = await calls.caller("cleo")
    await calls.administers(GrantPolicy(policy="short", to="user", subject="cleo"))
    await ada.does(AddAct((cleo.account,)), call)
    await cleo.answers(call)
    await ada.sees_when(call, lambda told: len(told.members) == 3)
    assert rows(calls, "keep_days FROM kept") == [(7,)]


async def test_the_policy_of_who_was_only_asked_to_come_shortens_nothing(calls: CallTown) -> None:
    (ada, _ben), call = await talk_of(calls, "ben")
    await calls.administers(NewPolicy(name="short", kind="calling", terms={"keep_days": 7}))
    cleo = await calls.caller("cleo")
    await calls.administers(GrantPolicy(policy="short", to="user", subject="cleo"))
    await ada.does(AddAct((cleo.account,)), call)
    await records(calls, ada, call)
    assert rows(calls, "keep_days FROM kept") == [(0,)]


# What is said


async def test_who_comes_while_somebody_speaks_reads_nothing_of_what_was_said_before(
    calls: CallTown,
) -> None:
    (ada, ben), call = await talk_of(calls, "ben")
    await ada.does(CaptionsAct(on=True), call)
    await ben.does(CaptionsAct(on=True), call)
    await until(lambda: call in calls.tap.rooms)
    speaker = next(m.source for m in calls.bridge.rooms[call].members)
    before = time.monotonic()
    cleo = await calls.caller("cleo")
    await ada.does(AddAct((cleo.account,)), call)
    await cleo.answers(call)
    await cleo.does(CaptionsAct(on=True), call)
    await ben.does(HoldAct(on=True), call)
    await ben.does(HoldAct(on=False), call)
    calls.tap.say(Spoken(call, speaker, 1, 1, "of cleo", 7, before, before, final=True))
    since = time.monotonic()
    calls.tap.say(Spoken(call, speaker, 2, 1, "hello", 5, since, since, final=True))
    heard = {}
    for one in (ada, ben, cleo):
        shown = await one.member.client.hear(CaptionSpoken)
        heard[one.account] = shown.text
    assert heard == {ada.account: "of cleo", ben.account: "hello", cleo.account: "hello"}


async def test_what_is_said_comes_to_the_devices_that_show_it_and_to_no_other(
    calls: CallTown,
) -> None:
    (ada, ben, cleo), call = await talk_of(calls, "ben", "cleo")
    await ada.does(CaptionsAct(on=True), call)
    await until(lambda: call in calls.tap.rooms)
    speaker, *others = (m.source for m in calls.bridge.rooms[call].members)
    nobody = next(number for number in range(1, 255) if number not in {speaker, *others})
    now = time.monotonic()
    calls.tap.say(Spoken(call, speaker, 1, 1, "good morn", 4, now, now, final=False))
    calls.tap.say(Spoken(call, speaker, 1, 2, "too soon", 4, now, now, final=False))
    calls.tap.say(Spoken(call, nobody, 2, 1, "nobody says this", 4, now, now, final=True))
    calls.tap.say(Spoken(call, speaker, 3, 1, "good morning", 12, now + 5, now + 6, final=True))
    shown = [await ada.member.client.hear(CaptionSpoken) for _ in range(2)]
    assert [(one.call, one.member, one.text, one.final) for one in shown] == [
        (call, speaker, "good morn", False), (call, speaker, "good morning", True),
    ]  # fmt: skip
    assert shown[1].ended - shown[1].began == pytest.approx(1)
    for one in (ben, cleo):
        await one.does(AgreeAct(on=True), call)
        assert not [it for it in one.member.client.heard if isinstance(it, CaptionSpoken)]
