import numpy as np
import pytest

from tests.support.room import Room
from tui_call.voice.alignment import align
from tui_call.voice.audio_loop import AudioLoop, CaptureGrid
from tui_call.voice.coding import Coding
from tui_call.voice.devices.files import FilePort
from tui_call.voice.devices.paced import PacedPort
from tui_call.voice.devices.silent import SilentPort
from tui_call.voice.opus import Decoder, Encoder
from tui_call.voice.playout import Playout
from tui_call.voice.samples import Samples
from tui_call.voice.sound import FRAME_SAMPLES, SAMPLE_RATE
from tui_call.voice.speech_like import speech_like
from tui_call.voice.tones import ringback


class Rig:
    """An audio loop in virtual time whose packets come back to its own playout."""

    def __init__(
        self, port: PacedPort | None = None, late: float = 0.0, speed: float = 1.0
    ) -> None:
        self.now = 100.0
        self.late = late
        self.speed = speed
        self.port = port or FilePort(clock=self.device_clock)
        self.playout = Playout()
        self.packets: list[tuple[bytes, float]] = []
        self.sent_at: list[float] = []
        self.queued_before: list[int] = []
        self.heard: list[Samples] = []
        self.port._sink = self
        self.loop = AudioLoop(self.port, Encoder(Coding(32_000)), self.on_frame, self.playout)

    def device_clock(self) -> float:
        return self.now * self.speed

    def on_frame(self, packet: bytes, captured_at: float) -> None:
        self.playout.insert(len(self.packets), packet, self.now)
        self.packets.append((packet, captured_at))
        self.sent_at.append(self.now)

    def take(self, position: int, samples: Samples) -> None:
        self.queued_before.append(self.port.playback_level())
        self.heard.append(samples)

    def run(self, seconds: float) -> None:
        end = self.now + seconds
        while self.now < end:
            wake_at = self.loop.step(self.now)
            assert wake_at > self.now - 0.25
            self.now = max(self.now, wake_at) + self.late


def silent_rig() -> Rig:
    rig = Rig(SilentPort(lambda: rig.now))
    return rig


def test_a_frame_leaves_every_20_ms_without_drift() -> None:
    rig = Rig()
    rig.run(20.0)
    assert abs(len(rig.packets) - 1000) <= 1
    gaps = np.diff(rig.sent_at)
    assert np.allclose(gaps[5:], 0.02, atol=0.002)
    assert {len(packet) for packet, _ in rig.packets} == {80}


def test_frames_are_taken_soon_after_their_last_sample() -> None:
    rig = Rig()
    rig.run(10.0)
    for sent, (_, captured) in list(zip(rig.sent_at, rig.packets, strict=True))[50:]:
        assert 0.02 - 1e-6 <= sent - captured < 0.0225


def test_captured_at_names_the_first_sample_of_each_frame() -> None:
    rig = Rig()
    rig.run(5.0)
    started = rig.port.input_started_at
    assert started is not None
    for number, (_, captured) in enumerate(rig.packets):
        assert abs(captured - (started + number * 0.02)) < 0.0005


def test_without_a_microphone_silence_keeps_the_cadence() -> None:
    rig = silent_rig()
    rig.run(10.0)
    assert abs(len(rig.packets) - 500) <= 1
    assert rig.loop.grid is not None
    assert rig.loop.grid.missed == 0
    assert {len(packet) for packet, _ in rig.packets} == {80}


@pytest.mark.parametrize("burst", [0.04, 0.1, 0.2])
@pytest.mark.parametrize("speed", [1 + 200e-6, 1 - 200e-6])
def test_a_microphone_that_gives_bursts_is_learnt(burst: float, speed: float) -> None:
    """A wireless headset hands over a fifth of a second at a time."""
    rig = Rig(speed=speed)
    room = Room(rig.device_clock, speech_like(3.0), burst_seconds=burst)
    rig.loop.port = room  # type: ignore[assignment]
    rig.run(4.0)
    assert rig.loop.grid is not None
    missed, before = rig.loop.grid.missed, len(rig.packets)
    assert missed <= burst / 0.02
    rig.run(10.0)
    assert rig.loop.grid.missed == missed
    assert abs(len(rig.packets) - before - 500) <= 1
    pairs = list(zip(rig.sent_at, rig.packets, strict=True))[before:]
    assert max(sent - captured for sent, (_, captured) in pairs) < burst + 0.03


@pytest.mark.parametrize("speed", [1.002, 0.998])
def test_a_microphone_with_another_clock_is_followed(speed: float) -> None:
    rig = Rig(speed=speed)
    rig.run(30.0)
    assert rig.loop.grid is not None
    assert rig.loop.grid.missed == 0
    assert abs(len(rig.packets) - 1500 * speed) <= 2
    assert rig.port.capture_level() < FRAME_SAMPLES + 200


def test_a_late_thread_catches_up() -> None:
    rig = Rig()
    rig.run(2.0)
    rig.now += 0.15
    rig.run(2.0)
    assert abs(len(rig.packets) - 207) <= 2


def test_after_a_long_sleep_nothing_old_is_sent() -> None:
    rig = Rig()
    rig.run(2.0)
    before = len(rig.packets)
    rig.now += 30.0
    rig.run(1.0)
    assert len(rig.packets) - before < 70
    last_sent, (_, last_captured) = rig.sent_at[-1], rig.packets[-1]
    assert last_sent - last_captured < 0.15


def test_a_microphone_that_gives_nothing_is_waited_for_only_briefly() -> None:
    rig = Rig()
    rig.run(1.0)
    rig.port.read = lambda _: False  # type: ignore[method-assign]
    rig.run(1.0)
    assert abs(len(rig.packets) - 100) <= 1
    assert rig.loop.grid is not None
    assert 48 <= rig.loop.grid.missed <= 51


def test_mute_sends_silence_of_the_same_size_and_meters_on() -> None:
    rig = Rig()
    rig.run(2.0)
    rig.loop.muted = True
    rig.run(2.0)
    decoder = Decoder()
    sound = [decoder.decode(packet) for packet, _ in rig.packets]
    assert np.max(np.abs(np.concatenate(sound[:100]))) > 3000
    assert np.max(np.abs(np.concatenate(sound[115:]))) < 30
    assert {len(packet) for packet, _ in rig.packets} == {80}
    assert rig.loop.microphone_meter.level > -60


def test_muting_and_opening_fade() -> None:
    rig = Rig()
    frames: list[Samples] = []
    encode = rig.loop.encoder.encode
    rig.loop.encoder.encode = lambda frame: (frames.append(frame.copy()), encode(frame))[1]  # type: ignore[method-assign]
    rig.port._source = Constant()
    rig.run(0.2)
    rig.loop.muted = True
    rig.run(0.2)
    rig.loop.muted = False
    rig.run(0.2)
    sound = np.concatenate(frames).astype(int)
    assert np.max(np.abs(np.diff(sound))) < 50
    assert {0, 10_000} <= set(sound.tolist())


def test_hold_is_silent_and_what_comes_after_it_is_of_now() -> None:
    rig = Rig()
    rig.run(2.0)
    rig.loop.deaf = True
    rig.run(0.1)
    held = len(rig.heard)
    rig.run(20.0)
    assert not np.concatenate(rig.heard[held:]).any()
    rig.loop.deaf = False
    resumed = len(rig.heard)
    rig.run(2.0)
    heard = np.concatenate(rig.heard)
    started = rig.port.output_started_at
    assert started is not None
    before = align(speech_like(2.0), heard[: 2 * SAMPLE_RATE])
    said = speech_like(24.0)[22 * SAMPLE_RATE :]
    position = sum(len(part) for part in rig.heard[:resumed])
    after = align(said, heard[position:], position / SAMPLE_RATE - 22.0)
    assert before.heard
    assert after.heard
    assert abs((after.percentile(50) or 0) - (before.percentile(50) or 0)) < 0.02


class Constant:
    """A source of one value."""

    def __init__(self, value: int = 10_000) -> None:
        self.value = value

    def fill(self, position: int, out: Samples) -> None:
        out[:] = self.value


def test_the_far_sound_is_played_and_metered() -> None:
    rig = Rig()
    rig.run(5.0)
    heard = np.concatenate(rig.heard)
    assert np.max(np.abs(heard)) > 3000
    assert rig.loop.speaker_meter.level > -60
    figures = rig.playout.statistics()
    assert figures.lost == figures.concealed == figures.late == 0


def test_a_frame_is_decoded_when_the_speaker_is_about_to_need_it() -> None:
    rig = Rig()
    rig.run(1.0)
    begun = len(rig.heard)
    rig.run(5.0)
    assert rig.port.underflows == 0
    assert {len(part) for part in rig.heard[begun:]} == {FRAME_SAMPLES}
    assert all(200 < queued < 300 for queued in rig.queued_before[begun:])


def test_between_frames_there_is_nothing_to_do() -> None:
    rig = Rig()
    rig.run(1.0)
    begun = rig.now
    steps = 0
    while rig.now < begun + 5.0:
        rig.now = rig.loop.step(rig.now)
        steps += 1
    assert steps <= 510, "two a frame: one for the microphone, one for the speaker"


def test_a_slow_thread_makes_the_queue_longer() -> None:
    rig = Rig(late=0.008)
    rig.run(5.0)
    assert 0 < rig.port.underflows < 10
    assert rig.port.playback_target > 480


def test_a_tone_is_heard_without_a_call() -> None:
    rig = silent_rig()
    rig.loop.playout = None
    rig.loop.tones.play(ringback())
    rig.run(2.0)
    heard = np.concatenate(rig.heard)
    filled_first = 240
    assert not heard[:filled_first].any()
    assert np.array_equal(heard[filled_first:][:SAMPLE_RATE], ringback()[:SAMPLE_RATE])


def test_the_grid_moves_earlier_only_a_little_at_a_time() -> None:
    grid = CaptureGrid(0.0)
    dues = []
    for _ in range(100):
        dues.append(grid.due)
        grid.taken(grid.due, left=480)
    steps = np.diff(dues)
    assert np.min(steps) >= 0.018 - 1e-9
    assert abs(dues[-1] - (99 * 0.02 - 3 * 0.002)) < 1e-6


class Loud:
    """A playout of one loud value."""

    def pull(self, now: float, samples: int, *, whole_frames: bool) -> Samples:
        return np.full(samples, 10_000, np.int16)


@pytest.mark.parametrize("others", [None, Playout()])
def test_a_voice_that_is_taken_away_fades_out(others: Playout | None) -> None:
    rig = silent_rig()
    rig.loop.playout = Loud()  # type: ignore[assignment]
    rig.run(1.0)
    from_here = sum(map(len, rig.heard)) - SAMPLE_RATE // 10
    rig.loop.playout = others
    rig.run(1.0)
    heard = np.concatenate(rig.heard)[from_here:].astype(int)
    assert heard[0] == 10_000
    assert heard[-1] == 0
    assert np.abs(np.diff(heard)).max() < 100


def test_a_stream_that_is_passed_over_stays_in_time_and_is_never_heard() -> None:
    rig = silent_rig()
    rig.loop.playout = None
    rig.loop.passed_over = (rig.playout,)
    rig.loop.muted = False
    encoder, frame = Encoder(Coding(32_000)), speech_like(1.0)[:FRAME_SAMPLES]
    rig.loop._on_frame = lambda *_: rig.playout.insert(
        rig.loop.frames, encoder.encode(frame), rig.now
    )
    rig.run(2.0)
    assert not np.any(np.concatenate(rig.heard))
    assert rig.playout.statistics().played > 80
    rig.loop.playout, rig.loop.passed_over = rig.playout, ()
    rig.run(0.1)
    assert np.any(rig.heard[-1]), "it is heard at once"
    assert rig.playout.statistics().concealed == 0
