"""Several sources in one speaker, in virtual time."""

import threading
from dataclasses import dataclass, field
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.measured_sound import hum
from tests.support.virtual_sound import Ear, WatchedDecoder
from tests.voice.traces import FRAME, PULL, TracingDecoder, packet
from tui_call.voice.coding import Coding
from tui_call.voice.mixer import FORGOTTEN_SECONDS, MOST_HEARD, TONES, Mixer
from tui_call.voice.opus import Encoder
from tui_call.voice.samples import Samples
from tui_call.voice.sound import FRAME_SAMPLES, FRAMES_PER_SECOND, SAMPLE_RATE

PULLS_PER_FRAME = FRAME_SAMPLES // PULL


@dataclass
class Room:
    """A mixer, and what its speaker played."""

    mixer: Mixer = field(default_factory=lambda: Mixer(TracingDecoder))
    now: float = 100.0
    heard: list[Samples] = field(default_factory=list)
    numbers: dict[int, int] = field(default_factory=dict)

    def say(self, *sources: int, frames: int = 1) -> None:
        """Let each source send so many frames, all in time."""
        for _ in range(frames):
            for source in sources:
                number = self.numbers.get(source, 0)
                self.mixer.insert(source, number, packet(number), self.now)
                self.numbers[source] = number + 1
            self.listen(FRAME)

    def listen(self, seconds: float) -> None:
        for _ in range(round(seconds * SAMPLE_RATE / PULL)):
            self.heard.append(self.mixer.pull(self.now, PULL))
            self.now += PULL / SAMPLE_RATE

    @property
    def loudest(self) -> int:
        """Peak of the last 20 ms."""
        return int(np.abs(np.concatenate(self.heard[-PULLS_PER_FRAME:])).max())


def test_nobody_is_silence_of_the_length_asked_for() -> None:
    mixer = Mixer()
    assert not mixer.pull(1.0).any()
    assert mixer.pull(1.0, 37).shape == (37,)
    assert mixer.voices() == {}


def test_voices_are_summed_and_pulled_for_exactly_what_is_asked() -> None:
    room = Room()
    room.say(1, frames=20)
    assert room.loudest == 8000
    room.say(1, 2, frames=20)
    assert room.loudest == 16_000
    assert set(room.mixer.voices()) == {1, 2}
    part = room.mixer.pull(room.now, 241, whole_frames=True)
    assert (part.shape, part.dtype) == ((241,), np.int16)


def test_who_is_not_forwarded_for_a_while_loses_nothing_and_is_heard_at_once() -> None:
    room = Room()
    room.say(1, 2, frames=100)
    room.say(2, frames=300)
    assert set(room.mixer.voices()) == {2}
    assert room.loudest == 8000
    room.numbers[1] += 300
    before = len(room.heard)
    room.mixer.insert(1, room.numbers[1], packet(room.numbers[1]), room.now, 300)
    room.numbers[1] += 1
    room.say(2)
    room.say(1, 2, frames=2)
    assert np.concatenate(room.heard[before:]).max() == 16_000
    figures = room.mixer.statistics()
    assert (figures.lost, figures.late, figures.skipped) == (0, 0, 0)


def test_so_many_are_heard_beside_the_tones_and_another_one_when_one_has_ended() -> None:
    room = Room()
    first, *others, last = range(1, MOST_HEARD + 2)
    room.say(first, *others, last, TONES, frames=20)
    assert set(room.mixer.voices()) == {first, *others}
    assert room.mixer.refused == 20
    assert room.mixer.statistics().received == 20 * (MOST_HEARD + 1)
    room.say(*others, frames=5)
    room.say(*others, last, frames=10)
    assert set(room.mixer.voices()) == {*others, last}


def test_a_frame_that_came_on_two_legs_is_played_once() -> None:
    room = Room()
    for number in range(50):
        for _ in range(2):
            room.mixer.insert(1, number, packet(number), room.now)
        room.listen(FRAME)
    figures = room.mixer.statistics()
    assert (figures.received, figures.duplicates) == (50, 50)


def test_a_number_that_is_given_to_somebody_else_is_another_voice() -> None:
    room = Room()
    room.say(1, frames=60)
    room.now += FORGOTTEN_SECONDS
    room.numbers[1] = 0
    room.say(1, frames=40)
    assert room.loudest == 8000
    figures = room.mixer.statistics()
    assert (figures.received, figures.duplicates, figures.lost) == (100, 0, 0)


def test_a_source_that_counts_anew_is_heard() -> None:
    """A bridge that was started again plays its music from the beginning."""
    room = Room()
    room.say(TONES, frames=300)
    room.listen(1.0)
    room.numbers[TONES] = 0
    room.say(TONES, frames=20)
    assert room.loudest == 8000


def test_who_is_silent_costs_no_decoding_and_many_who_came_and_went_are_not_kept() -> None:
    decoders: list[TracingDecoder] = []

    def made() -> TracingDecoder:
        decoders.append(TracingDecoder())
        return decoders[-1]

    room = Room(Mixer(made))
    for source in range(1, 60):
        room.say(source, frames=2)
        room.listen(0.2)
    asked = sum(len(one.decoded) + one.concealed for one in decoders)
    room.listen(3.0)
    assert sum(len(one.decoded) + one.concealed for one in decoders) == asked
    assert len(room.mixer._sources) <= 16
    assert room.mixer.statistics().received == 118
    room.mixer._sources = ()
    assert room.mixer.statistics().buffer_ms == 0


def test_one_thread_may_insert_while_another_pulls() -> None:
    mixer, failures, over = Mixer(TracingDecoder), [], threading.Event()

    def pull() -> None:
        now = 0.0
        try:
            while not over.is_set():
                assert len(mixer.pull(now, PULL)) == PULL
                now += PULL / SAMPLE_RATE
        except Exception as error:  # shown below
            failures.append(error)

    puller = threading.Thread(target=pull)
    puller.start()
    for number in range(300):
        for source in range(7):
            mixer.insert(source, number, packet(number), number * FRAME)
    over.set()
    puller.join()
    assert failures == []


# By ear


@cache
def spoken(voice: int) -> tuple[bytes, ...]:
    """Return four seconds of one of some voices."""
    encoder = Encoder(Coding(32_000))
    said = np.roll(hum(4.0), voice * SAMPLE_RATE)
    return tuple(encoder.encode(frame) for frame in said.reshape(-1, FRAME_SAMPLES))


@dataclass
class Listening:
    """An ear that finds clicks in what several people say."""

    ear: Ear = field(default_factory=lambda: Ear(0.0, 0.0))
    last: dict[int, int] = field(default_factory=dict)
    position: int = 0
    sent: int = 0

    def __post_init__(self) -> None:
        self.mixer = Mixer(lambda: WatchedDecoder(self.ear))

    def hear(self, sources: set[int]) -> None:
        """Hear 20 ms, in which the frames of these are forwarded."""
        frame = self.position // FRAME_SAMPLES
        now = 50.0 + frame * FRAME
        for source in sources:
            absent = frame - self.last.get(source, frame - 1) - 1
            audio = spoken(source)[frame % (4 * FRAMES_PER_SECOND)]
            self.mixer.insert(source, frame, audio, now + 0.001 * source, absent)
            self.last[source] = frame
            self.sent += 1
        for part in range(PULLS_PER_FRAME):
            at = now + (part + 1) * PULL / SAMPLE_RATE
            self.ear.take(self.position, self.mixer.pull(at, PULL))
            self.position += PULL


TURNS = st.lists(st.tuples(st.integers(1, 4), st.integers(20, 60)), min_size=1, max_size=8)


@pytest.mark.lengthy
@given(turns=st.lists(TURNS, min_size=1, max_size=3))
@settings(max_examples=25, deadline=None)
def test_whoever_comes_and_goes_nobody_clicks_and_no_frame_of_anybody_is_lost(
    turns: list[list[tuple[int, int]]],
) -> None:
    """Each of up to three places is taken by one after the other, as loudest ones are."""
    speaks: list[set[int]] = [set() for _ in range(500)]
    for place in turns:
        frame = 0
        for source, frames in place:
            for at in range(frame, frame + frames):
                speaks[at].add(source)
            frame += frames + 10
    listening = Listening()
    for sources in speaks:
        listening.hear(sources)
    figures = listening.mixer.statistics()
    assert listening.ear.clicks == []
    assert (figures.lost, figures.late, figures.skipped, figures.malformed) == (0, 0, 0, 0)
    assert figures.played == figures.received == listening.sent


def test_a_voice_that_is_cut_off_would_be_found() -> None:
    """The finder hears what the test above says is never there."""
    listening = Listening()
    while listening.mixer.voices().get(2, -100.0) < -22 or listening.position < SAMPLE_RATE // 2:
        listening.hear({1, 2})
    listening.mixer._sources = listening.mixer._sources[:1]
    for _ in range(10):
        listening.hear({1})
    assert listening.ear.clicks
