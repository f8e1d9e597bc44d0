"""All speakers at one engine; the engine is a double, and time is virtual."""

from collections.abc import Sequence

import numpy as np
import pytest

from tests.support.speech_engines import ToneEngine, packets, tone, tone_name
from tui_call.tap.speech.decoding import MOST_AT_ONCE
from tui_call.tap.speech.engine_messages import SpeakerFrame
from tui_call.tap.speech.recogniser import LOST, Heard, Recogniser, Speech16
from tui_call.tap.speech.recognition import GONE_AFTER, Recognition
from tui_call.voice.sound import FRAME_SAMPLES, FRAME_SECONDS

PAUSE = 0.8


class SlowEngine(ToneEngine):
    """Takes time, and remembers how much sound it was given each time."""

    def __init__(self, takes: float = 0.0) -> None:
        self.takes = takes
        self.now = 0.0
        self.decoded: list[float] = []

    def transcribe(self, samples: Speech16) -> str:
        self.now += self.takes
        self.decoded.append(len(samples) / 16_000)
        return super().transcribe(samples)


class Scene:
    """Speakers, each saying tones, and what is understood of them."""

    def __init__(self, engine: SlowEngine) -> None:
        self.engine = engine
        self.said: list[tuple[int, Heard]] = []
        self.left: list[int] = []
        self.recognition = Recognition(
            engine,
            lambda: engine.now,
            lambda speaker, heard: self.said.append((speaker, heard)),
            self.left.append,
        )
        self._numbers: dict[int, int] = {}

    def speak(self, sounds: dict[int, list[bytes]]) -> None:
        """Let speakers send their packets side by side, one each 20 ms, while the engine works."""
        for slot in range(max(map(len, sounds.values()))):
            self.engine.now += FRAME_SECONDS
            for speaker, each in sounds.items():
                if slot < len(each):
                    number = self._numbers.get(speaker, 0)
                    self._numbers[speaker] = number + 1
                    frame = SpeakerFrame(speaker, number, self.engine.now, each[slot])
                    self.recognition.take(frame)
            self.recognition.turn()

    def rest(self) -> None:
        while self.recognition.turn():
            pass

    def finals(self) -> list[tuple[int, str]]:
        return [(speaker, heard.text) for speaker, heard in self.said if heard.final]


def saying(hertz: int, seconds: float, *, pause: float = PAUSE, before: float = 0.0) -> list[bytes]:
    silent = [np.zeros(round(48_000 * length), np.int16) for length in (before, pause)]
    return packets(np.concatenate((silent[0], tone(hertz, seconds), silent[1])))


def test_partials_come_while_somebody_speaks_then_the_final_with_its_times() -> None:
    scene = Scene(SlowEngine())
    scene.speak({1: saying(400, 3.0, before=1.0)})
    scene.rest()
    partials = [heard for _, heard in scene.said if not heard.final]
    ((_, final),) = [each for each in scene.said if each[1].final]
    assert 5 <= len(partials) <= 6
    assert {heard.text for heard in partials} == {tone_name(400)} == {final.text}
    assert partials[1].stable == len(final.text) == final.stable
    assert final.began == pytest.approx(1.0, abs=0.1)
    assert final.ended == pytest.approx(4.0, abs=0.1)


def test_of_three_who_speak_at_once_each_is_understood_alone() -> None:
    scene = Scene(SlowEngine())
    tones = {1: 300, 2: 700, 3: 1500}
    scene.speak({who: saying(hertz, 2.0, before=who / 10) for who, hertz in tones.items()})
    scene.rest()
    assert scene.finals() == [(who, tone_name(hertz)) for who, hertz in tones.items()]
    assert {(who, heard.text) for who, heard in scene.said} == set(scene.finals())


def test_who_stops_sending_in_mid_word_has_said_what_came() -> None:
    scene = Scene(SlowEngine())
    scene.speak({1: saying(400, 1.0, pause=0.0)})
    assert scene.finals() == []
    scene.engine.now += GONE_AFTER + 0.1
    scene.rest()
    assert scene.finals() == [(1, tone_name(400))]


def test_who_leaves_has_said_what_came_and_only_then_is_gone() -> None:
    scene = Scene(SlowEngine())
    scene.speak({1: saying(400, 1.0, pause=0.0), 2: saying(900, 1.0, pause=0.0)})
    scene.recognition.leave(1)
    assert scene.left == []
    scene.rest()
    assert (scene.finals(), scene.left) == ([(1, tone_name(400))], [1])
    scene.recognition.leave(3)  # never said anything
    assert scene.left == [1, 3]


def test_what_is_hardly_a_voice_is_never_decoded() -> None:
    scene = Scene(SlowEngine())
    scene.speak({1: saying(400, 0.1) * 20})
    scene.rest()
    assert scene.said == []
    assert scene.engine.decoded == []


def test_a_long_speech_is_decoded_once_more_where_it_is_cut() -> None:
    scene = Scene(SlowEngine())
    scene.speak({1: saying(400, 15.0)})
    scene.rest()
    assert scene.finals() == [(1, tone_name(400))] * 2
    first, second = [heard for _, heard in scene.said if heard.final]
    assert first.ended == pytest.approx(second.began, abs=0.01)
    assert max(scene.engine.decoded) <= 12.0


def test_with_a_slow_engine_finals_go_first_and_the_oldest_is_given_up() -> None:
    scene = Scene(SlowEngine(takes=0.0))
    who = range(1, 7)
    scene.speak({speaker: saying(400, 6.0, pause=0.5) for speaker in who})
    scene.said.clear()
    scene.engine.takes = 5.0
    for speaker in who:
        scene.recognition.leave(speaker)
    scene.rest()
    lost = [(speaker, LOST) for speaker in (1, 2)]
    assert scene.finals() == [*lost, *((speaker, tone_name(400)) for speaker in (3, 4, 5, 6))]
    assert scene.left == list(who)
    assert all(heard.final for _, heard in scene.said)


def test_sound_that_is_lost_on_its_way_is_filled_from_copies_and_late_sound_left_out() -> None:
    scene = Scene(SlowEngine())
    each = saying(400, 2.0)
    for number, packet in enumerate(each):
        scene.engine.now += FRAME_SECONDS
        if number % 3:
            copies = ((1, each[number - 1]),)
            scene.recognition.take(SpeakerFrame(1, number, scene.engine.now, packet, copies))
            scene.recognition.take(SpeakerFrame(1, number, scene.engine.now, packet, copies))
        scene.recognition.turn()
    scene.rest()
    ((_, final),) = [one for one in scene.said if one[1].final]
    assert final.text == tone_name(400)
    assert final.ended - final.began == pytest.approx(2.0, abs=0.1)


def test_who_counts_more_frames_than_there_is_time_for_takes_no_more_of_the_engine() -> None:
    """All speakers share it: sixty packets a second would be a minute of speech, with the gaps."""
    scene, seconds = Scene(SlowEngine()), 10.0
    each = packets(tone(400, 1.0))
    for count in range(round(60 * seconds)):
        scene.engine.now = count / 60
        copies = tuple((back, each[back]) for back in range(1, 9))
        frame = SpeakerFrame(1, 51 * count, scene.engine.now, each[count % len(each)], copies)
        scene.recognition.take(frame)
    scene.recognition.leave(1)
    scene.rest()
    assert sum(scene.engine.decoded) <= seconds + MOST_AT_ONCE * FRAME_SECONDS


def test_what_was_held_up_for_two_seconds_is_understood() -> None:
    scene, quiet = Scene(SlowEngine()), 50
    scene.speak({1: packets(np.zeros(quiet * FRAME_SAMPLES, np.int16))})
    scene.engine.now += 2.0
    for number, packet in enumerate(saying(400, 2.0)):
        scene.recognition.take(SpeakerFrame(1, quiet + number, scene.engine.now, packet))
    scene.recognition.leave(1)
    scene.rest()
    ((_, final),) = [one for one in scene.said if one[1].final]
    assert final.text == tone_name(400)
    assert sum(scene.engine.decoded) == pytest.approx(2.0, abs=0.5)


def test_what_is_no_opus_is_silence() -> None:
    scene = Scene(SlowEngine())
    scene.speak({1: [b"\xff" * 60, b"", b"\x00"] * 100})
    scene.rest()
    assert scene.said == []


class Streaming:
    """A recogniser that closes utterances by itself, and has nothing to say in the end."""

    def feed(self, samples: Speech16, at: float) -> Sequence[Heard]:
        return (
            Heard("one", 3, at, at, final=True),
            Heard("two", 0, at, at),
            Heard("two", 1, at, at),
        )

    def finish(self) -> Sequence[Heard]:
        return ()


class StreamingEngine(SlowEngine):
    def recogniser(self) -> Recogniser:
        return Streaming()


def test_of_what_a_streaming_engine_says_at_once_the_last_partial_is_told() -> None:
    scene = Scene(StreamingEngine())
    scene.speak({1: saying(400, 1.0, pause=0.0)})
    assert [(heard.text, heard.final) for _, heard in scene.said] == [("one", True), ("two", False)]


def test_what_was_understood_in_the_pause_is_not_decoded_again() -> None:
    scene = Scene(SlowEngine())
    scene.speak({1: saying(400, 2.4)})  # a partial falls in the middle of the pause
    scene.rest()
    ((_, final),) = [each for each in scene.said if each[1].final]
    assert (final.text, final.stable) == (tone_name(400), len(final.text))
    assert len(scene.engine.decoded) == len(scene.said) - 1
