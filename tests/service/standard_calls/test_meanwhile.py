"""What the tap says while something begins to be kept holds for that, too."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.support.callers import Caller, CallTown
from tests.support.members import until
from tests.support.tap_double import TapDouble
from tui_call.service.database import StandardCalls
from tui_call.service.process_link import Streams
from tui_call.service.standard_calls.judging import ActJudge
from tui_call.service.standard_calls.tap_news import TapNews
from tui_call.signaling.call_acts import CaptionsAct, TranscribeAct
from tui_call.signaling.operations import SetPolicy
from tui_call.signaling.standard_calls import CallChanged
from tui_call.signaling.tap_messages import FromTap, SpeechState, TapHello, TryAgain

NO_ENGINE = SpeechState("N_ENGINE")


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[FromTap]:
    """Return what any service hears of its tap that begins from now on, as soon as it does."""
    said, hear = list[FromTap](), TapNews.hear

    async def noted(self: TapNews, message: FromTap) -> None:
        said.append(message)
        await hear(self, message)

    monkeypatch.setattr(TapNews, "hear", noted)
    return said


async def talk(calls: CallTown) -> tuple[Caller, Caller, str]:
    """Let two talk who may have all of it kept; one of them reads what is said."""
    ada, ben = await calls.callers("ada", "ben")
    await calls.administers(SetPolicy(name="calls", terms={"transcription": True}))
    call = await calls.talk(ada, ben)
    await ada.does(CaptionsAct(on=True), call)
    return ada, ben, call


@asynccontextmanager
async def transcribes_slowly(
    who: Caller, call: str, owner: type, step: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[None]:
    """Let a transcript begin, and one of the steps to it take as long as the block."""
    taken, may_end, does = asyncio.Event(), asyncio.Event(), getattr(owner, step)

    async def slowly(*arguments: Any) -> object:
        taken.set()
        await may_end.wait()
        return await does(*arguments)

    monkeypatch.setattr(owner, step, slowly)
    asks = asyncio.ensure_future(who.does(TranscribeAct(on=True), call))
    await taken.wait()
    yield
    may_end.set()
    await asks


def over_for(why: str) -> Callable[[CallChanged], bool]:
    """Tell of a transcript that is over, whether its file was open by then or not."""
    over = ("transcript_over", "transcript_unbegun")
    return lambda told: any(news.what in over and news.why == why for news in told.news)


async def test_a_tap_that_comes_keeps_what_is_being_saved(
    heard: list[FromTap], calls: CallTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    listens, connect = asyncio.Event(), TapDouble.connect

    async def once_it_listens(tap: TapDouble) -> Streams:
        if tap.starts:
            await listens.wait()
        return await connect(tap)

    monkeypatch.setattr(TapDouble, "connect", once_it_listens)
    ada, ben, call = await talk(calls)
    await until(lambda: calls.tap.starts)
    async with transcribes_slowly(ben, call, StandardCalls, "save", monkeypatch):
        listens.set()
        await until(lambda: any(isinstance(said, TapHello) for said in heard))
    told = await ada.sees_when(call, lambda told: "transcript" in [n.what for n in told.news])
    assert told.transcript is not None
    assert not told.transcript.starting


async def test_an_engine_that_is_missing_ends_what_is_being_saved(
    heard: list[FromTap], calls: CallTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, ben, call = await talk(calls)
    await until(lambda: call in calls.tap.rooms)
    async with transcribes_slowly(ben, call, StandardCalls, "save", monkeypatch):
        calls.tap.say(NO_ENGINE)
        await until(lambda: NO_ENGINE in heard)
    told = await ada.sees_when(call, over_for("N_ENGINE"))
    assert told.transcript is None


async def test_an_engine_that_is_missing_ends_what_was_just_allowed(
    calls: CallTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, ben, call = await talk(calls)
    await until(lambda: call in calls.tap.rooms)
    async with transcribes_slowly(ben, call, ActJudge, "word", monkeypatch):
        calls.tap.say(NO_ENGINE)
        await ada.sees(call, captions="N_ENGINE")
    await until(lambda: TryAgain() in calls.tap.orders)
    calls.tap.say(NO_ENGINE)
    told = await ada.sees_when(call, over_for("N_ENGINE"))
    assert told.transcript is None
