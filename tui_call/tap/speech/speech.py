"""Speech of the rooms of a tap: who is listened to, the engine that does it, and what it said."""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field

from tui_call.errors import LocalFault
from tui_call.foreign_text import clean
from tui_call.signaling.tap_messages import SpeechState, Spoken, TapMember
from tui_call.tap.interfaces import (
    HearSpeech,
    MemberFrame,
    Recognised,
    SpeechSettings,
    TellSpeech,
)
from tui_call.tap.speech import engine_process
from tui_call.tap.speech.engine_messages import (
    CannotBegin,
    EngineAlive,
    FromEngine,
    Leave,
    Left,
    Ready,
    SpeakerFrame,
    Understood,
)
from tui_call.tap.speech.engine_process import EngineProcess
from tui_call.tap.speech.engines import language_that_would_be
from tui_call.tap.speech.recogniser import EngineMissing, Heard, ModelRefused, bounded
from tui_call.tap.speech.utterances import Utterances
from tui_call.tasks import Tasks

HUNG = "N_ENGINE_HUNG"
_CANNOT_BEGIN = (EngineMissing.sentence_code, ModelRefused.sentence_code)
_LONGEST_LANGUAGE = 16

_STEADY_SECONDS = 60.0
"""An engine that worked for so long before it died is started once more."""

_IDLE_SECONDS = 60.0
"""For so long an engine waits for somebody to be listened to."""

_MOST_ROOMS = 1000
"""Of which the number of the last utterance is remembered."""


@dataclass(slots=True)
class _Speaker:
    room: str
    member: TapMember
    utterances: Utterances
    recognised_until: float = 0.0
    sent_until: float = 0.0
    left: asyncio.Event = field(default_factory=asyncio.Event)

    def sent(self, arrival: float) -> None:
        """Take note of sound that the engine is given."""
        self.recognised_until = self.recognised_until or arrival
        self.sent_until = max(self.sent_until, arrival)


class RecognisedSpeech:
    """Recognises what members say, by an engine that runs while somebody is listened to.

    Args:
        settings: how.
        hear: takes what is said.
        tell: takes whether speech is recognised, whenever that changes, and at the beginning.
        answers_within: seconds, after which an engine that says nothing is hung.
        counted: utterances of a room before its first, by which those of another tap are told from
            these.
    """

    def __init__(
        self,
        settings: SpeechSettings,
        hear: HearSpeech,
        tell: TellSpeech,
        answers_within: float = engine_process.ANSWERS_WITHIN,
        counted: int = 0,
    ) -> None:
        self._settings = settings
        self._hear = hear
        self._tell = tell
        self._answers_within = answers_within
        self._counted = counted
        self._clock: Callable[[], float] = asyncio.get_running_loop().time
        self._tasks = Tasks()
        self._engine: EngineProcess | None = None
        self._idle: asyncio.TimerHandle | None = None
        self._state = SpeechState()
        self._speakers: dict[int, _Speaker] = {}
        self._listened: dict[tuple[str, int], int] = {}
        self._count = 0
        self._spoken: dict[str, int] = {}
        self._incomplete = set[str]()  # rooms of which something for a transcript was lost
        asyncio.get_running_loop().call_soon(self._look)

    def listen(self, room: str, members: tuple[TapMember, ...]) -> None:
        """Recognise these members of a room, and nobody else of it."""
        wanted = {(room, member.source): member for member in members}
        for place, number in list(self._listened.items()):
            if place[0] == room and wanted.get(place) != self._speakers[number].member:
                del self._listened[place]
                self._leave(number)
        for place, member in wanted.items():
            if place not in self._listened:
                self._count += 1
                self._listened[place] = self._count
                utterances = Utterances(room, member.source, lambda: self._next(room))
                self._speakers[self._count] = _Speaker(room, member, utterances)
        self._start_or_rest()

    def take(self, room: str, frame: MemberFrame) -> None:
        """Take the frame of a member that is listened to."""
        number = self._listened.get((room, frame.member.source))
        if number is not None and self._engine is not None:
            if frame.packet:
                self._speakers[number].sent(frame.arrival)
            self._engine.send(
                SpeakerFrame(number, frame.number, frame.arrival, frame.packet, frame.copies)
            )

    async def finish(self, room: str, within: float) -> bool:
        """Wait until all that has ended in a room has been handed on; see `Speech`."""
        listened = set(self._listened.values())
        of_room = {n: one for n, one in self._speakers.items() if one.room == room}
        ended = {n: one for n, one in of_room.items() if n not in listened}
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(within):
                    for speaker in ended.values():
                        await speaker.left.wait()
        finally:
            for number, speaker in ended.items():
                if not speaker.left.is_set():
                    self._lose(number, speaker)
        whole = room not in self._incomplete
        self._incomplete.discard(room)
        return whole

    def try_again(self) -> None:
        """Start the engine anew, after it stopped."""
        if self._state.fault:
            self._look()
            self._start_or_rest()

    async def close(self) -> None:
        """End the engine."""
        self._listened.clear()
        if self._idle is not None:
            self._idle.cancel()
        if self._engine is not None:
            self._engine.stop()
        await self._tasks.wait(self._answers_within)
        self._tasks.cancel()
        await self._tasks.wait()

    def _next(self, room: str) -> int:
        number = self._spoken.pop(room, self._counted) + 1
        self._spoken[room] = number  # the one that was used last stands at the end
        if len(self._spoken) > _MOST_ROOMS:
            del self._spoken[next(iter(self._spoken))]
        return number

    def _look(self) -> None:
        """Say whether speech would be recognised, as far as that can be seen without an engine."""
        try:
            language = language_that_would_be(self._settings.model, self._settings.language)
        except LocalFault as fault:
            self._say_state(fault.sentence_code)
        else:
            self._say_state("", language)

    def _say_state(self, fault: str, language: str = "", *, loading: bool = False) -> None:
        self._state = SpeechState(fault, language, loading)
        self._tell(self._state)

    def _start_or_rest(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None
        if self._listened and self._engine is None and not self._state.fault:
            self._tasks.spawn(self._run(self._make()))
        elif self._engine is not None and not self._listened:
            self._idle = asyncio.get_running_loop().call_later(_IDLE_SECONDS, self._engine.stop)

    def _make(self) -> EngineProcess:
        self._engine = EngineProcess(self._settings, self._take, self._answers_within)
        return self._engine

    async def _run(self, engine: EngineProcess) -> None:
        died_before = False
        while True:
            began = self._clock()
            self._say_state("", self._state.language, loading=True)
            end = await engine.run()
            self._engine = None
            self._give_up()
            if end in ("stopped", "refused"):
                self._rest()
                break
            again = end == "died" and (not died_before or self._clock() - began > _STEADY_SECONDS)
            if not again:
                self._say_state(HUNG if engine.ready or end == "hung" else self._unloadable())
                break
            died_before = True
            engine = self._make()
        self._start_or_rest()

    def _rest(self) -> None:
        """Say that nothing is being loaded any more, where that was so."""
        if self._state.loading:
            self._say_state("", self._state.language)

    def _unloadable(self) -> str:
        """A library may end its process at a model that it does not know."""
        return HUNG if self._settings.model is None else "N_ENGINE_MODEL"

    def _take(self, message: FromEngine) -> None:
        match message:
            case Ready():
                self._say_state("", clean(message.language, _LONGEST_LANGUAGE))
            case CannotBegin():
                self._say_state(message.code if message.code in _CANNOT_BEGIN else HUNG)
            case Understood():
                self._understood(message)
            case Left():
                speaker = self._speakers.get(message.speaker)
                if speaker is not None and message.speaker not in self._listened.values():
                    self._forget(message.speaker, speaker)
            case EngineAlive():
                pass

    def _understood(self, said: Understood) -> None:
        speaker = self._speakers.get(said.speaker)
        if speaker is not None:
            heard = bounded(Heard(said.text, said.stable, said.began, said.ended, said.final))
            self._hand_on(speaker, speaker.utterances.take(heard, self._clock()))
            if heard.final:
                speaker.recognised_until = max(speaker.recognised_until, heard.ended)

    def _hand_on(self, speaker: _Speaker, spoken: Spoken | None) -> None:
        if spoken is not None:
            self._hear(Recognised(speaker.member, spoken))

    def _leave(self, number: int) -> None:
        if self._engine is None:
            self._forget(number, self._speakers[number])
        else:
            self._engine.send(Leave(number))

    def _give_up(self) -> None:
        """Close what was being said: this engine says nothing more of it."""
        listened = set(self._listened.values())
        for number, speaker in list(self._speakers.items()):
            if number in listened:
                self._lose_rest(speaker, if_silent=False)
            else:
                self._lose(number, speaker)

    def _lose(self, number: int, speaker: _Speaker) -> None:
        """Forget somebody who has ended, with a mark for what nobody has recognised yet."""
        self._lose_rest(speaker, if_silent=True)
        self._forget(number, speaker)

    def _lose_rest(self, speaker: _Speaker, *, if_silent: bool) -> None:
        """Close what somebody was saying, with a mark for the rest of it.

        Args:
            speaker: who it is.
            if_silent: mark it also where nothing was understood since they were silent last.
        """
        now = self._clock()
        guess = speaker.utterances.give_up(now)
        self._hand_on(speaker, guess)
        began = max(speaker.recognised_until, guess.ended if guess else 0.0)
        if (guess or if_silent) and began < speaker.sent_until:
            self._hand_on(speaker, speaker.utterances.lose(began, speaker.sent_until, now))
            speaker.recognised_until = speaker.sent_until
        if speaker.member.transcribed:
            self._incomplete.add(speaker.room)

    def _forget(self, number: int, speaker: _Speaker) -> None:
        self._hand_on(speaker, speaker.utterances.give_up(self._clock()))
        del self._speakers[number]
        speaker.left.set()
