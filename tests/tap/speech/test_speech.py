"""Speech as the tap has it: real engine processes, whose engines are doubles."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import numpy as np
import pytest
from msgspec import structs

from tests.support.connections import until
from tests.support.processes import processes_with
from tests.support.speech_engines import (
    AbsentEngine,
    CrashingAtOnce,
    CrashingEngine,
    FloodingEngine,
    HangingEngine,
    RubbishEngine,
    ToneEngine,
    engine_in_processes,
    packets,
    tone,
    tone_name,
)
from tui_call.signaling.tap_messages import SpeechState, Spoken, TapMember
from tui_call.tap.interfaces import MemberFrame, Recognised, SpeechSettings
from tui_call.tap.speech.engines import ENGINE_VARIABLE
from tui_call.tap.speech.recogniser import LOST
from tui_call.tap.speech.speech import RecognisedSpeech
from tui_call.voice.sound import FRAME_SECONDS

pytestmark = pytest.mark.e2e

ROOM = "room"
WITHIN = 60.0
"""Seconds for a process to start on a busy computer, and for what follows."""

AHEAD = 30.0
"""Seconds that packets come too early: an engine on a busy computer takes nobody for gone."""

SILENCE = np.zeros(48_000, np.int16)
BEFORE = 7
"""Utterances that another tap has heard."""


def member(source: int, *, kept: bool = False) -> TapMember:
    return TapMember(source, person=source, kept=kept, captioned=True)


class Scene:
    """A room whose members say tones, and what is told of them."""

    def __init__(
        self, settings: SpeechSettings | None = None, answers_within: float = 15.0
    ) -> None:
        self.states: list[SpeechState] = []
        self.recognised: list[Recognised] = []
        self._changed = asyncio.Event()
        self._numbers: dict[int, int] = {}
        self._arrived: dict[int, float] = {}
        self.speech = RecognisedSpeech(
            settings or SpeechSettings(), self._hear, self._tell, answers_within, BEFORE
        )

    @property
    def state(self) -> SpeechState | None:
        return self.states[-1] if self.states else None

    @property
    def spoken(self) -> list[Spoken]:
        return [one.spoken for one in self.recognised]

    @property
    def finals(self) -> set[tuple[int, str]]:
        return {(one.source, one.text) for one in self.spoken if one.final}

    def say(self, who: TapMember, sound: np.ndarray) -> None:
        for packet in packets(sound):
            number = self._numbers.get(who.source, 0)
            self._numbers[who.source] = number + 1
            earliest = self._arrived.get(who.source, 0.0) + FRAME_SECONDS
            arrival = self._arrived[who.source] = max(time.monotonic() + AHEAD, earliest)
            self.speech.take(ROOM, MemberFrame(who, number, arrival, number, packet))

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(WITHIN):
            while not holds():
                self._changed.clear()
                await self._changed.wait()

    async def until_loaded(self) -> None:
        await self.until(lambda: len(self.states) == 3)

    def _hear(self, one: Recognised) -> None:
        self.recognised.append(one)
        self._changed.set()

    def _tell(self, state: SpeechState) -> None:
        self.states.append(state)
        self._changed.set()


@asynccontextmanager
async def scene_with(engine: type, answers_within: float = 15.0) -> AsyncIterator[Scene]:
    with engine_in_processes(engine):
        scene = Scene(answers_within=answers_within)
        try:
            yield scene
        finally:
            await scene.speech.close()
        assert list(engine_processes(engine)) == []


def engine_processes(engine: type) -> list[int]:
    variable = f"{ENGINE_VARIABLE}={engine.__module__}:{engine.__name__}"
    return [
        process for process, words in processes_with(variable) if "tui_call.tap.speech" in words
    ]


async def test_of_four_who_overlap_each_word_is_at_its_person() -> None:
    tones = {1: 300, 2: 700, 3: 1500, 4: 2300}
    members = tuple(map(member, tones))
    async with scene_with(ToneEngine) as scene:
        scene.speech.listen(ROOM, members)
        await scene.until_loaded()
        for _ in range(3):
            for who in members:
                scene.say(who, np.concatenate((tone(tones[who.source], 1.0), SILENCE)))
        await scene.until(lambda: sum(one.final for one in scene.spoken) == 12)
        right = {(source, tone_name(hertz)) for source, hertz in tones.items()}
        assert scene.finals == right
        assert {(one.source, one.text) for one in scene.spoken} == right
        numbers = sorted(one.utterance for one in scene.spoken if one.final)
        assert numbers == list(range(BEFORE + 1, BEFORE + 13))
        assert scene.states == [
            SpeechState(), SpeechState(loading=True), SpeechState(language="en"),
        ]  # fmt: skip


async def test_nobody_is_heard_who_is_not_listened_to_and_who_is_no_more_is_closed() -> None:
    first, second = member(1), member(2)
    async with scene_with(ToneEngine) as scene:
        scene.speech.listen(ROOM, (first,))
        await scene.until_loaded()
        scene.say(second, tone(700, 1.0))
        scene.say(first, tone(300, 1.0))
        await scene.until(lambda: bool(scene.spoken))  # in mid-word
        scene.speech.listen(ROOM, (member(1, kept=True),))
        await scene.speech.finish(ROOM, WITHIN)
        assert scene.finals == {(1, tone_name(300))}
        assert {one.member for one in scene.recognised} == {first}
        scene.say(first, tone(900, 1.0))
        scene.speech.listen(ROOM, ())
        await scene.speech.finish(ROOM, WITHIN)
        assert scene.finals == {(1, tone_name(300)), (1, tone_name(900))}
        assert scene.recognised[-1].member == member(1, kept=True)
        assert scene.spoken[-1].utterance == BEFORE + 2


async def test_an_engine_that_hangs_is_ended_and_started_when_somebody_tries_again() -> None:
    async with scene_with(HangingEngine, answers_within=1.0) as scene:
        who = member(1)
        scene.speech.listen(ROOM, (who,))
        await scene.until_loaded()
        scene.say(who, np.concatenate((tone(300, 1.0), SILENCE)))
        await scene.until(lambda: scene.state == SpeechState("N_ENGINE_HUNG"))
        await scene.until(lambda: engine_processes(HangingEngine) == [])
        scene.say(who, tone(300, 1.0))
        scene.speech.listen(ROOM, (member(1, kept=True),))  # nothing starts it but trying again
        assert scene.state == SpeechState("N_ENGINE_HUNG")
        with engine_in_processes(ToneEngine):
            scene.speech.try_again()
            await scene.until(lambda: scene.state == SpeechState(language="en"))
        scene.say(who, np.concatenate((tone(700, 1.0), SILENCE)))
        await scene.until(lambda: scene.finals == {(1, tone_name(700))})


async def test_an_engine_that_crashes_is_started_again_once_and_what_was_said_stays() -> None:
    async with scene_with(CrashingEngine) as scene:
        who = member(1)
        scene.speech.listen(ROOM, (who,))
        await scene.until_loaded()
        for crash in (1, 2):
            scene.say(who, tone(300, 1.0))
            await scene.until(lambda crash=crash: len(scene.spoken) == 3 * crash - 2)
            scene.say(who, SILENCE)
            await scene.until(lambda crash=crash: len(scene.states) == 4 + crash)
        assert scene.states[3:] == [
            SpeechState(language="en", loading=True),
            SpeechState(language="en"),
            SpeechState("N_ENGINE_HUNG"),
        ]
        told = [(one.utterance, one.text, one.final) for one in scene.spoken]
        assert told == [
            said
            for n in (BEFORE + 1, BEFORE + 3)
            for said in ((n, "so far", False), (n, "so far", True), (n + 1, LOST, True))
        ]


async def test_where_an_engine_died_the_transcript_is_not_called_whole() -> None:
    async with scene_with(CrashingEngine) as scene:
        who = structs.replace(member(1), transcribed=True)
        scene.speech.listen(ROOM, (who,))
        await scene.until_loaded()
        scene.say(who, tone(300, 1.0))
        await scene.until(lambda: len(scene.spoken) == 1)
        scene.say(who, SILENCE)
        await scene.until(lambda: len(scene.states) == 5)
        scene.speech.listen(ROOM, ())
        assert not await scene.speech.finish(ROOM, WITHIN)
        assert await scene.speech.finish(ROOM, WITHIN)  # the next one begins anew


async def test_an_engine_that_was_killed_hears_what_is_said_next() -> None:
    async with scene_with(ToneEngine) as scene:
        who = member(1)
        scene.speech.listen(ROOM, (who,))
        await scene.until_loaded()
        (process,) = engine_processes(ToneEngine)
        os.kill(process, signal.SIGKILL)
        await scene.until(lambda: len(scene.states) == 5)
        scene.say(who, np.concatenate((tone(700, 1.0), SILENCE)))
        await scene.until(lambda: scene.finals == {(1, tone_name(700))})


async def test_an_engine_gives_way_ends_when_nobody_needs_it_and_begins_with_who_speaks_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tui_call.tap.speech.speech._IDLE_SECONDS", 0.0)
    async with scene_with(ToneEngine) as scene:
        scene.speech.listen(ROOM, (member(1),))
        await scene.until_loaded()
        (process,) = engine_processes(ToneEngine)
        assert os.getpriority(os.PRIO_PROCESS, process) > os.getpriority(os.PRIO_PROCESS, 0)
        scene.speech.listen(ROOM, ())
        await until(lambda: not engine_processes(ToneEngine))
        scene.speech.listen(ROOM, (member(2),))
        await scene.until(lambda: len(scene.states) == 5)
        assert {state.fault for state in scene.states} == {""}
        assert len(engine_processes(ToneEngine)) == 1


async def test_one_that_cannot_even_begin_is_not_started_for_ever() -> None:
    async with scene_with(CrashingAtOnce) as scene:
        scene.speech.listen(ROOM, (member(1),))
        await scene.until(lambda: scene.state == SpeechState("N_ENGINE_HUNG"))
        scene.speech.listen(ROOM, ())
        await scene.speech.finish(ROOM, WITHIN)


async def test_an_engine_that_is_not_there_says_so() -> None:
    async with scene_with(AbsentEngine) as scene:
        scene.speech.listen(ROOM, (member(1),))
        await scene.until(lambda: scene.state == SpeechState("N_ENGINE"))


async def test_a_flood_of_partials_and_finals_is_told_five_times_a_second() -> None:
    async with scene_with(FloodingEngine) as scene:
        who = member(1)
        scene.speech.listen(ROOM, (who,))
        await scene.until_loaded()
        began = time.monotonic()
        scene.say(who, np.concatenate((tone(300, 1.0), SILENCE)))
        scene.speech.listen(ROOM, ())
        await scene.speech.finish(ROOM, WITHIN)
        assert 1 <= len(scene.spoken) <= 5 * (time.monotonic() - began + 1) + 1


async def test_rubbish_is_told_as_plain_text_of_bounded_length_at_the_time_of_the_voice() -> None:
    async with scene_with(RubbishEngine) as scene:
        who = member(1)
        scene.speech.listen(ROOM, (who,))
        await scene.until_loaded()
        began = time.monotonic()
        scene.say(who, tone(300, 1.0))
        await scene.until(lambda: bool(scene.spoken))
        scene.say(who, SILENCE)
        await scene.until(lambda: scene.spoken[-1].final)
        partial, final = scene.spoken[0], scene.spoken[-1]
        assert len(partial.text) == 4000
        assert partial.text.isprintable()
        assert (partial.stable, final.text, final.stable) == (0, "end", 3)
        assert scene.state == SpeechState("", "en[2Jen[2Jen[2J…")
        for one in scene.spoken:
            assert began - 1 < one.began - AHEAD <= one.ended - AHEAD < began + WITHIN
