"""What is kept and shown of standard calls, as engines ask for it; the tap is a double."""

import asyncio
import contextlib
import sqlite3
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.support.by_bridge import (
    call,
    call_with,
    events,
    hear_each_other,
    member,
    refused,
    speak,
)
from tests.support.one_process import (
    SERVICE,
    Resident,
    Village,
    a_call,
    everything_was_read,
    until,
    village,
)
from tests.support.tap_double import TapDouble
from tui_call.control.actions import (
    AgreeToBeKept,
    Answer,
    Call,
    ChangeSetting,
    HangUp,
    Hold,
    Merge,
    RecordCall,
    ShowCaptions,
)
from tui_call.control.lines import Caption
from tui_call.control.server import ActionRefused
from tui_call.engine.calls.standard_acts import StandardActs
from tui_call.sentences import Sentence, sentence
from tui_call.service.standard_calls.options import BridgeOptions
from tui_call.signaling.standard_calls import CaptionSpoken
from tui_call.signaling.tap_messages import SpeechState


@pytest.fixture
def tap() -> TapDouble:
    """What the service keeps and reads by."""
    return TapDouble()


@pytest.fixture
async def here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tap: TapDouble
) -> AsyncIterator[Village]:
    """A service with a bridge, and nobody yet."""
    options = BridgeOptions(tap=tap)
    async with village(tmp_path, monkeypatch, bridge=options) as village_here:
        yield village_here


class Reader:
    """Somebody attached who reads captions."""

    def __init__(self) -> None:
        self.read: list[Caption] = []

    def put_caption(self, caption: Caption) -> None:
        self.read.append(caption)


async def test_who_answers_everything_agrees_and_who_refuses_by_setting_is_not_asked(
    here: Village, ada: Resident, ben: Resident
) -> None:
    cleo = await here.resident("cleo")
    await cleo.order(ChangeSetting("standard.recording_of_me", "refuse"))
    await speak(ada, ben, cleo)
    await ben.order(ChangeSetting("engine.answer", "everything"))
    await ada.order(RecordCall(on=True))
    await until(lambda: member(ada, ben).kept == "kept")
    assert (cleo.call.own_kept, member(ada, cleo).kept) == ("refused", "refused")
    assert ben.call.recording is not None
    assert ben.call.recording.by == "Ada"
    await ben.order(RecordCall(on=False))
    await until(lambda: ada.call.recording is None)
    assert events(ada)[-1] == "G_REC_OFF"


async def test_who_agreed_takes_it_back_also_while_on_hold(
    here: Village, ada: Resident, ben: Resident
) -> None:
    await speak(ada, ben)
    await ada.order(RecordCall(on=True))
    await until(lambda: ben.call.own_kept == "asked")
    await ben.order(AgreeToBeKept(on=True))
    await until(lambda: ben.call.own_kept == "kept")
    await ben.order(Hold(on=True))
    await until(lambda: ben.call.own_kept == "")
    await ben.order(AgreeToBeKept(on=False))
    await until(lambda: member(ada, ben).kept == "refused")


async def test_what_a_device_is_set_to_in_a_call_holds_in_it_at_once(
    here: Village, ada: Resident, ben: Resident
) -> None:
    await ben.order(ChangeSetting("standard.recording_of_me", "allow"))
    await speak(ada, ben)
    await ada.order(RecordCall(on=True))
    await until(lambda: member(ada, ben).kept == "kept")
    await ben.order(ChangeSetting("standard.captions_of_me", "refuse"))
    await until(lambda: events(ada)[-1] == "G_CAPTIONS_WITHOUT")
    await ben.order(ChangeSetting("standard.recording_of_me", "refuse"))
    await until(lambda: member(ada, ben).kept == "refused")
    assert events(ada)[-1] == "G_REC_WITHOUT"


async def test_what_a_device_is_set_to_while_no_call_can_be_saved_ends_none_and_holds_afterwards(
    here: Village, ada: Resident, ben: Resident
) -> None:
    def store(statement: str) -> None:
        with contextlib.closing(sqlite3.connect(here.directory / SERVICE / "service.db")) as opened:
            opened.execute(statement)
            opened.commit()

    await speak(ada, ben)
    no = "BEFORE UPDATE ON standard_calls BEGIN SELECT RAISE(ABORT, 'away'); END"
    await asyncio.to_thread(store, f"CREATE TRIGGER away {no}")
    await ben.order(ChangeSetting("standard.captions_of_me", "refuse"))
    await until(lambda: any('"type":"failed"' in one for one in here.gateway.sent))
    await everything_was_read(ben)
    assert ben.phase == "active"
    await asyncio.to_thread(store, "DROP TRIGGER away")
    await until(lambda: events(ada)[-1] == "G_CAPTIONS_WITHOUT")
    assert ben.phase == "active"


async def test_captions_are_shown_while_anybody_attached_reads_them(
    here: Village, ada: Resident, ben: Resident
) -> None:
    await speak(ada, ben)
    first, second, handler = Reader(), Reader(), ada.engine.handler
    for reader in (first, second):
        await handler.act(ShowCaptions(on=True), reader)
    await until(lambda: member(ben, ada).captions and ada.call.captions)
    number = member(ada, ben).number
    said = CaptionSpoken(ada.call.id, number, 1, 1, "\x1b[2Jgood morning", 6, 0.0, 1.0, final=False)
    here.say(ada, said)
    await until(lambda: first.read and second.read)
    assert first.read == second.read
    assert (first.read[0].name, first.read[0].text) == ("Ben", "[2Jgood morning")
    assert first.read[0].text[: first.read[0].stable] == "[2Jgo"
    assert first.read[0].at == pytest.approx(time.time(), abs=60), "the time of day"
    assert first.read[0].at == ada.engine.calls.front.standard.told.began
    handler.left(first)
    here.say(ada, said)
    await until(lambda: len(second.read) == 2)
    assert len(first.read) == 1
    assert member(ben, ada).captions
    handler.left(second)
    await until(lambda: not member(ben, ada).captions)
    assert events(ben)[-2:] == ["G_CAPTIONS_ON", "G_CAPTIONS_OFF"]


async def test_who_asks_again_in_vain_goes_on_with_the_captions_that_there_are(
    here: Village, ada: Resident, ben: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    await speak(ada, ben)
    reads, comes, handler = Reader(), Reader(), ada.engine.handler
    await handler.act(ShowCaptions(on=True), reads)

    async def away(*_: object) -> Sentence:
        return sentence("F_SERVICE_AWAY")

    monkeypatch.setattr(StandardActs, "ask", away)
    for reader in (reads, comes):
        with pytest.raises(ActionRefused):
            await handler.act(ShowCaptions(on=True), reader)
    number = member(ada, ben).number
    here.say(ada, CaptionSpoken(ada.call.id, number, 1, 1, "on", 2, 0.0, 1.0, final=True))
    await until(lambda: reads.read)
    assert [one.text for one in reads.read] == ["on"]
    assert comes.read == []


async def test_who_reads_a_call_that_is_merged_reads_on_where_the_other_one_is_read(
    here: Village, ada: Resident, ben: Resident
) -> None:
    cleo = await here.resident("cleo")
    await speak(ada, ben)
    await cleo.order(Call(ada.account, standard=True))
    await until(lambda: len(ada.snapshot.calls) == 2)
    await ada.order(Answer(front="hold"))
    await hear_each_other(ada, cleo)
    first, second, handler = Reader(), Reader(), ada.engine.handler
    for reader, other in ((first, ben), (second, cleo)):
        await handler.act(ShowCaptions(on=True, call=call_with(ada, other).id), reader)
    await until(lambda: all(one.captions for one in ada.snapshot.calls))
    await ada.order(Merge(call_with(ada, ben).id))
    await hear_each_other(ada, ben, cleo)
    number = member(ada, ben).number
    here.say(ada, CaptionSpoken(ada.call.id, number, 1, 1, "all", 3, 0.0, 1.0, final=True))
    await until(lambda: second.read)
    assert first.read == second.read


async def test_who_ends_captions_where_there_can_be_none_reads_why(
    here: Village, ada: Resident, ben: Resident
) -> None:
    no_captions = ShowCaptions(on=False)
    await call(ada, ben)
    assert await refused(ben, no_captions) == "N_NOTYET"
    await ada.order(HangUp())
    await until(lambda: {ada.phase, ben.phase} <= {"", "ended"})
    for person in (ada, ben):
        assert await refused(person, no_captions) == "N_NOCALL"
    async with a_call(ada, ben):
        assert await refused(ada, no_captions) == "E_CAPTIONS"


async def test_a_final_without_words_takes_back_what_was_guessed(
    here: Village, ada: Resident, ben: Resident
) -> None:
    await speak(ada, ben)
    reader, call, number = Reader(), ada.call.id, member(ada, ben).number
    await ada.engine.handler.act(ShowCaptions(on=True), reader)
    for revision, text in enumerate(("You", ""), 1):
        said = CaptionSpoken(call, number, 1, revision, text, 0, 1.0, 2.0, final=not text)
        here.say(ada, said)
        await until(lambda revision=revision: len(reader.read) == revision)
    assert [(one.text, one.final) for one in reader.read] == [("You", False), ("", True)]


async def test_captions_by_another_clock_have_the_time_at_which_they_come(
    here: Village, ada: Resident, ben: Resident
) -> None:
    await speak(ada, ben)
    reader, call, number = Reader(), ada.call.id, member(ada, ben).number
    await ada.engine.handler.act(ShowCaptions(on=True), reader)
    before = time.time()
    here.say(ada, CaptionSpoken(call, number, 1, 1, "soon", 0, 4000.0, 4001.0, final=True))
    await until(lambda: reader.read)
    assert before <= reader.read[0].at <= time.time()


async def test_whether_speech_is_recognised_is_shown_whenever_that_changes(
    tap: TapDouble, ada: Resident, ben: Resident
) -> None:
    await speak(ada, ben)
    await ada.order(ShowCaptions(on=True))
    await until(lambda: tap.rooms)
    tap.say(SpeechState("", "", loading=True))
    await until(lambda: ada.call.captions_loading)
    tap.say(SpeechState("", "en"))
    await until(lambda: ada.call.captions_language == "en" and not ada.call.captions_loading)
    tap.say(SpeechState("N_ENGINE_HUNG", "en"))
    await until(lambda: ada.call.captions_fault is not None)
    assert ada.call.captions_fault is not None
    assert ada.call.captions_fault.code == "N_ENGINE_HUNG"


async def test_what_is_told_again_is_no_news(
    here: Village, tap: TapDouble, ada: Resident, ben: Resident
) -> None:
    await speak(ada, ben)
    await ada.order(ShowCaptions(on=True))
    await until(lambda: tap.rooms and "G_CAPTIONS_ON" in events(ada))
    front = ada.engine.calls.front
    assert front is not None
    assert front.standard is not None
    told = front.standard.told
    assert [news.what for news in told.news] == ["captions"]
    here.say(ada, replace(told, sequence=told.sequence + 1, captions_loading=True))
    await until(lambda: ada.call.captions_loading)
    assert events(ada).count("G_CAPTIONS_ON") == 1
