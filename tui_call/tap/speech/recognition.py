"""All speakers at one engine: their packets in, what they say out, a decoding at a time.

It runs in the engine's process. Whoever calls it takes what has come, lets it have its turn, and
waits no longer than it says.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from tui_call.tap.speech.decoding import MemberSound
from tui_call.tap.speech.engine_messages import SpeakerFrame
from tui_call.tap.speech.recogniser import LOST, Heard, Recogniser, SpeechEngine, bounded
from tui_call.tap.speech.schedule import Schedule, Turn
from tui_call.tap.speech.segments import HOP_SECONDS, Segments, Utterance

GONE_AFTER = 0.8
"""Seconds without a packet after which nobody goes on speaking."""

SETTLED_HOPS = 12
"""384 ms of a pause let a model end its sentence; more of it changes nothing."""

OnHeard = Callable[[int, Heard], None]


@dataclass(slots=True)
class _Speaker:
    number: int
    segments: Segments
    recogniser: Recogniser
    sound: MemberSound = field(default_factory=MemberSound)
    last: float = 0.0
    left: bool = False


@dataclass(slots=True)
class _Work:
    """An utterance that is being recognised, and how many of its hops the recogniser has."""

    speaker: _Speaker
    utterance: Utterance
    fed: int = 0

    @property
    def has_news(self) -> bool:
        """Whether anything was said that the recogniser does not have, or its sentence's end."""
        hops = len(self.utterance.hops)
        return self.fed < min(hops, self.utterance.last_voice + SETTLED_HOPS)


class Recognition:
    """Recognises what speakers say.

    Args:
        engine: does it.
        clock: monotonic seconds, of the same clock as the packets' arrival.
        on_heard: takes the number of a speaker and what was heard.
        on_left: takes the number of a speaker who left, once all of it was told.
    """

    def __init__(
        self,
        engine: SpeechEngine,
        clock: Callable[[], float],
        on_heard: OnHeard,
        on_left: Callable[[int], None],
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._on_heard = on_heard
        self._on_left = on_left
        self._schedule = Schedule()
        self._speakers: dict[int, _Speaker] = {}
        self._works: dict[int, _Work] = {}
        self._count = 0

    def take(self, sound: SpeakerFrame) -> None:
        """Take a packet."""
        speaker = self._speakers.get(sound.speaker)
        if speaker is None:
            speaker = _Speaker(
                sound.speaker, Segments(self._engine.voice()), self._engine.recogniser()
            )
            self._speakers[sound.speaker] = speaker
        speaker.last = sound.arrival
        for samples, at in speaker.sound.take(sound):
            for utterance in speaker.segments.feed(samples, at):
                self._follow(speaker, utterance)

    def leave(self, number: int) -> None:
        """Let a speaker be heard no more, and what was being said be over."""
        speaker = self._speakers.pop(number, None)
        if speaker is None:
            self._on_left(number)
            return
        self._close(speaker)
        speaker.left = True
        self._tell_left(speaker)

    def turn(self) -> bool:
        """Decode once, if anything is due; tell whether something was."""
        now = self._clock()
        for speaker in self._speakers.values():
            if now - speaker.last > GONE_AFTER:
                self._close(speaker)
        turn = self._schedule.next(now)
        if turn is None:
            return False
        work = self._works[turn.utterance]
        if turn.final:
            self._finish(work, turn)
            return True
        shows = work.utterance.says_something and work.has_news
        if shows:
            self._say(work, self._feed(work))
        self._schedule.had_its_turn(turn.utterance, self._clock(), shown=shows)
        return True

    def seconds_until_due(self) -> float | None:
        """Return how long nothing is due while nobody sends anything; None for as long as that."""
        return self._schedule.seconds_until_due(self._clock())

    def _close(self, speaker: _Speaker) -> None:
        for utterance in speaker.segments.close():
            self._follow(speaker, utterance)

    def _follow(self, speaker: _Speaker, utterance: Utterance) -> None:
        if not utterance.over:
            self._count += 1
            self._works[self._count] = _Work(speaker, utterance)
            self._schedule.begins(self._count, self._clock())
            return
        number = next(n for n, work in self._works.items() if work.utterance is utterance)
        if utterance.says_something:
            self._schedule.ends(number, utterance.seconds)
            return
        self._schedule.forget(number)
        work = self._works.pop(number)
        if work.fed:
            self._start_anew(work)
            self._say(work, (self._as_final(work, ""),))

    def _finish(self, work: _Work, turn: Turn) -> None:
        del self._works[turn.utterance]
        if turn.lost:
            self._start_anew(work)
            self._say(work, (self._as_final(work, LOST),))
        else:
            if work.fed > len(work.utterance.hops):  # it was cut
                self._start_anew(work)
            rest = self._feed(work) if work.has_news else ()
            heard = (*rest, *work.speaker.recogniser.finish())
            finals = tuple(one for one in heard if one.final)
            self._say(work, finals or (self._as_final(work, ""),))
        self._tell_left(work.speaker)

    def _feed(self, work: _Work) -> Sequence[Heard]:
        utterance, fed, began = work.utterance, work.fed, self._clock()
        work.fed = len(utterance.hops)
        at = utterance.start + fed * HOP_SECONDS
        heard = work.speaker.recogniser.feed(utterance.samples(fed), at)
        self._schedule.decoding_took(self._clock() - began)
        return heard

    def _start_anew(self, work: _Work) -> None:
        work.speaker.recogniser = self._engine.recogniser()
        work.fed = 0

    def _say(self, work: _Work, heard: Sequence[Heard]) -> None:
        """Tell all finals, and the last partial."""
        first, last = work.utterance.spoken
        for one in heard:
            if one.final or one is heard[-1]:
                # In this order of arguments what is no number gives way to what is one.
                began = min(last, max(first, one.began))
                told = bounded(replace(one, began=began, ended=min(last, one.ended)))
                self._on_heard(work.speaker.number, told)

    @staticmethod
    def _as_final(work: _Work, text: str) -> Heard:
        return Heard(text, len(text), *work.utterance.spoken, final=True)

    def _tell_left(self, speaker: _Speaker) -> None:
        if speaker.left and not any(work.speaker is speaker for work in self._works.values()):
            self._on_left(speaker.number)
