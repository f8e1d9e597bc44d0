"""A speech engine that gets on more slowly than people speak: what it leaves out is marked."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from msgspec import structs

from tests.support.keeper import Kept
from tests.support.kept_sound import part
from tui_call.signaling.tap_messages import SetTap, TapMember
from tui_call.tap import rooms as rooms_module
from tui_call.tap.intake import Intake
from tui_call.tap.interfaces import MemberFrame, Recognised, SpeechSettings
from tui_call.tap.parts import PartNews
from tui_call.tap.rooms import KeptRooms
from tui_call.tap.speech import speech as module
from tui_call.tap.speech.engine_messages import FromEngine, Left, Ready, ToEngine, Understood
from tui_call.tap.speech.speech import RecognisedSpeech

ADA, BEN = TapMember(1, 11, transcribed=True), TapMember(2, 12, captioned=True)
ROOM = "room"
AT_ONCE, LONG = 0.0, 3600.0
LOST = "[…]"


@dataclass
class EngineDouble:
    """Says what a test has it say, and nothing else; `end` ends it like one that died."""

    settings: SpeechSettings
    say: Callable[[FromEngine], None]
    ready: bool = True
    stopped: bool = False
    end: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> str:
        self.say(Ready("en"))
        await self.end.wait()
        return "stopped" if self.stopped else "died"

    def send(self, message: ToEngine) -> None:
        pass

    def stop(self) -> None:
        self.stopped = True
        self.end.set()


class Scene:
    """Speech with an engine that is a double, and what it handed on."""

    def __init__(self) -> None:
        self.engines: list[EngineDouble] = []
        self.hear: Callable[[Recognised], None] = lambda _: None
        self.said: list[Recognised] = []
        self.speech = RecognisedSpeech(SpeechSettings(), self._hear, lambda _: None)

    def speaks(self, who: TapMember, *times: float) -> None:
        """Let frames of somebody come."""
        for at in times:
            self.speech.take(ROOM, MemberFrame(who, round(at / 0.02), at, 0, b"sound"))

    def understands(
        self, speaker: int, text: str, began: float, ended: float, *, final: bool = True
    ) -> None:
        self.engines[-1].say(Understood(speaker, text, 0, began, ended, final))

    @property
    def finals(self) -> list[tuple[int, str, float, float]]:
        spoken = [(one.member.person, one.spoken) for one in self.said if one.spoken.final]
        return [(who, one.text, one.began, one.ended) for who, one in spoken]

    def _hear(self, one: Recognised) -> None:
        self.said.append(one)
        self.hear(one)


@pytest.fixture
async def scene(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Scene]:
    scene = Scene()

    def make(settings: SpeechSettings, say: Callable[[FromEngine], None], _: float) -> EngineDouble:
        scene.engines.append(EngineDouble(settings, say))
        return scene.engines[-1]

    monkeypatch.setattr(module, "EngineProcess", make)
    yield scene
    await scene.speech.close()


async def test_what_is_not_recognised_in_time_is_marked_where_it_was_said(scene: Scene) -> None:
    scene.speech.listen(ROOM, (ADA, BEN))
    scene.speaks(ADA, 10.0, 11.0, 12.0, 87.0)
    scene.speaks(BEN, 20.0, 30.0)
    scene.understands(1, "first", 10.1, 11.0)
    scene.speech.listen(ROOM, ())
    assert not await scene.speech.finish(ROOM, AT_ONCE)
    assert scene.finals == [
        (11, "first", 10.1, 11.0),
        (11, LOST, 11.0, 87.0),
        (12, LOST, 20.0, 30.0),
    ]
    scene.understands(1, "too late", 11.5, 12.0)
    scene.engines[-1].say(Left(1))
    assert len(scene.finals) == 3


async def test_a_guess_stays_and_what_comes_after_it_is_marked(scene: Scene) -> None:
    scene.speech.listen(ROOM, (ADA,))
    scene.speaks(ADA, 10.0, 20.0)
    for number in range(9):  # so many that no more would be told in this second
        scene.understands(1, f"so far {number}", 10.0, 12.0, final=False)
    scene.speech.listen(ROOM, ())
    assert not await scene.speech.finish(ROOM, AT_ONCE)
    assert scene.finals == [(11, "so far 4", 10.0, 12.0), (11, LOST, 12.0, 20.0)]


async def test_who_said_nothing_and_who_is_recognised_to_the_end_gets_no_mark(
    scene: Scene,
) -> None:
    scene.speech.listen(ROOM, (ADA, BEN))
    scene.speaks(ADA, 10.0, 11.0)
    scene.understands(1, "all of it", 10.0, 10.9)
    scene.engines[-1].say(Left(1))  # of somebody who is listened to it says nothing
    scene.speech.listen(ROOM, (BEN,))
    scene.engines[-1].say(Left(1))
    assert await scene.speech.finish(ROOM, LONG)
    assert scene.finals == [(11, "all of it", 10.0, 10.9)]


async def test_captions_that_are_lost_cut_no_transcript_short(scene: Scene) -> None:
    scene.speech.listen(ROOM, (BEN,))
    scene.speaks(BEN, 20.0, 30.0)
    scene.speech.listen(ROOM, ())
    assert await scene.speech.finish(ROOM, AT_ONCE)
    assert scene.finals == [(12, LOST, 20.0, 30.0)]


async def test_who_goes_on_speaking_is_not_given_up(scene: Scene) -> None:
    captioned = structs.replace(ADA, transcribed=False, captioned=True)
    scene.speech.listen(ROOM, (ADA,))
    scene.speaks(ADA, 10.0, 11.0)
    scene.speech.listen(ROOM, (captioned,))
    scene.speaks(captioned, 12.0, 13.0)
    assert not await scene.speech.finish(ROOM, AT_ONCE)
    scene.understands(2, "second", 12.0, 13.0)
    assert scene.finals == [(11, LOST, 10.0, 11.0), (11, "second", 12.0, 13.0)]


async def test_what_an_engine_that_died_owed_is_marked(scene: Scene) -> None:
    scene.speech.listen(ROOM, (ADA,))
    scene.speaks(ADA, 10.0, 11.0)
    await asyncio.sleep(0)  # it runs
    scene.speech.listen(ROOM, ())
    finished = asyncio.create_task(scene.speech.finish(ROOM, LONG))
    await asyncio.sleep(0)
    scene.engines[-1].end.set()
    assert not await finished
    assert scene.finals == [(11, LOST, 10.0, 11.0)]


async def test_a_transcript_that_is_not_recognised_in_time_has_what_was_and_is_cut_short(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rooms_module, "ALL_HEARD_WITHIN", AT_ONCE)
    kept = Kept(tmp_path)
    kept.now = 1289.0
    parts = PartNews(lambda _: None)
    rooms = KeptRooms(kept.recorder, scene.speech, Intake(), parts, lambda: kept.now)
    scene.hear = rooms.hear
    rooms.order(SetTap(ROOM, 1, (ADA,), transcript=part(), at=1000.0))
    scene.speaks(ADA, 1001.0, 1003.0, 1240.0)
    scene.understands(1, "first", 1001.0, 1003.0)
    rooms.order(SetTap(ROOM, 1, (ADA,), at=1249.0))
    closed = await kept.closed()
    assert (closed.seconds, closed.why) == (249.0, "N_KEPT_CUT")
    lines = [json.loads(line) for line in kept.files()["transcript-1.jsonl"].splitlines()]
    assert [(line["text"], line["began"], line["ended"]) for line in lines] == [
        ("first", 1.0, 3.0),
        (LOST, 3.0, 240.0),
    ]
    await rooms.close(LONG)
