import numpy as np

from tui_call.voice.devices.delay_line import DelayLinePort
from tui_call.voice.devices.paced import PacedPort
from tui_call.voice.devices.silent import SilentPort
from tui_call.voice.samples import Samples, silence
from tui_call.voice.sound import SAMPLE_RATE


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def wait_for(self, samples: float) -> None:
        self.now += samples / SAMPLE_RATE


class Counting:
    """A source that says its position, and a sink that keeps what it gets."""

    def __init__(self) -> None:
        self.taken: list[tuple[int, Samples]] = []

    def fill(self, position: int, out: Samples) -> None:
        out[:] = np.arange(position, position + len(out)) % 30_000

    def take(self, position: int, samples: Samples) -> None:
        self.taken.append((position, samples))

    @property
    def sound(self) -> Samples:
        assert [position for position, _ in self.taken] == [
            sum(len(samples) for _, samples in self.taken[:index])
            for index in range(len(self.taken))
        ]
        return np.concatenate([samples for _, samples in self.taken])


def make() -> tuple[Clock, Counting, PacedPort]:
    clock, counting = Clock(), Counting()
    return clock, counting, PacedPort(counting, counting, clock)


def test_a_frame_is_there_when_its_last_sample_has_been_captured() -> None:
    clock, _, port = make()
    frame = silence()
    assert not port.read(frame)
    clock.wait_for(959.5)
    assert not port.read(frame)
    clock.wait_for(1)
    assert port.read(frame)
    assert frame.tolist() == list(range(960))
    assert not port.read(frame)
    assert port.input_started_at == 1000.0


def test_a_reader_that_slept_gets_what_is_captured_now() -> None:
    clock, _, port = make()
    port.capture_level()
    clock.wait_for(48_000)
    frame = silence()
    assert port.capture_level() == 960
    assert port.read(frame)
    assert frame[-1] == (48_000 - 1) % 30_000


def test_discard_passes_over_samples() -> None:
    clock, _, port = make()
    port.capture_level()
    clock.wait_for(2000.5)
    port.discard(1000)
    assert port.capture_level() == 1000
    port.discard(5000)
    assert port.capture_level() == 0


def test_what_is_not_written_in_time_is_heard_as_silence_of_that_length() -> None:
    clock, counting, port = make()
    assert port.playback_level() == 0
    port.write(np.full(480, 1, np.int16))
    clock.wait_for(240.5)
    assert port.playback_level() == 240
    clock.wait_for(100_000)
    assert port.playback_level() == 0
    target = port.playback_target
    port.write(np.full(480, 2, np.int16))
    expected = np.concatenate((np.full(480, 1), np.zeros(99_760), np.full(480, 2)))
    assert np.array_equal(counting.sound, expected)
    assert port.underflows == 1
    assert port.playback_target > target
    assert port.output_started_at == 1000.0


def test_a_silent_port_keeps_time_and_nothing_else() -> None:
    clock = Clock()
    port = SilentPort(clock)
    port.start()
    assert not port.has_microphone
    assert not port.has_speaker
    assert not port.read(silence())
    assert port.capture_level() == 0
    port.write(silence(480))
    assert port.playback_level() == 480
    clock.wait_for(3600 * SAMPLE_RATE)
    port.write(silence(480))
    assert 0 < port.playback_level() <= 480
    port.stop()


def test_the_delay_line_says_what_it_heard_after_exactly_its_delay() -> None:
    clock = Clock()
    port = DelayLinePort(0.5, clock)
    heard = np.arange(1, 20 * 48_000 + 1).astype(np.int16)
    said: list[Samples] = []
    for start in range(0, len(heard), 960):
        port.write(heard[start : start + 960])
        clock.wait_for(960)
        frame = silence()
        while port.read(frame):
            said.append(frame.copy())
    sound = np.concatenate(said)
    assert not sound[:24_000].any()
    assert np.array_equal(sound[24_000:], heard[: len(sound) - 24_000])


def test_the_delay_line_is_silent_where_nothing_was_heard() -> None:
    clock = Clock()
    port = DelayLinePort(0.1, clock)
    frame = silence()
    port.capture_level()
    clock.wait_for(960.5)
    assert port.read(frame)
    assert not frame.any()
    port.write(np.full(480, 7, np.int16))  # after a late start, at its place in time
    clock.wait_for(4800 + 960)
    sounds = []
    while port.read(frame):
        sounds.append(frame.copy())
    sound = np.concatenate(sounds)
    assert np.flatnonzero(sound)[0] == 4800
    assert np.count_nonzero(sound) == 480


def test_a_delay_out_of_range_is_brought_into_it() -> None:
    assert DelayLinePort(0.0)._line._delay == 4800
    assert DelayLinePort(1e9)._line._delay == 60 * SAMPLE_RATE
