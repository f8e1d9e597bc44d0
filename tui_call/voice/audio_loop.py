"""The work of the audio thread, one step at a time and without a thread.

Two clocks that are not ours run here, and neither is waited for:

- The microphone's clock sets the cadence of frames. A frame is taken every 20 ms of a grid; where
  it is not there yet, the grid moves a little later, and where samples pile up, a little earlier,
  so that it follows the device's clock and every frame is taken soon after its last sample.
  Without a microphone the grid stands still in monotonic time and the frames are silence.
- The speaker's clock pulls the playout: a frame is decoded when its queue has fallen so low that
  the next one is needed, and is queued whole. Between two frames there is nothing to do.

What goes to the speaker is given to the sound processor as it is queued, so that each sample is
there before its echo can be.
"""

from collections.abc import Callable
from typing import Protocol

from tui_call.voice.devices.port import AudioPort
from tui_call.voice.meter import LevelMeter
from tui_call.voice.opus import Encoder
from tui_call.voice.samples import Samples, scaled, silence
from tui_call.voice.sound import FRAME_SAMPLES, FRAME_SECONDS, SAMPLE_RATE
from tui_call.voice.sound_processing import SoundProcessor
from tui_call.voice.tones import TonePlayer

OnFrame = Callable[[bytes, float], None]
"""Takes an Opus packet and the monotonic seconds at which its first sample was captured."""


class Incoming(Protocol):
    """What comes from the other end, one voice (`playout.Playout`) or several (`mixer.Mixer`)."""

    def pull(self, now: float, samples: int, *, whole_frames: bool = False) -> Samples:
        """Return the next samples at `now`, monotonic seconds: as many as asked for.

        Where `whole_frames` are asked for there may be more: all that is left of the last one.
        """
        ...


_WRITE_SAMPLES = FRAME_SAMPLES // 4  # the queue falls by so many below its target
_EARLY_SAMPLES = 48  # it is not looked at again for so few
_MOST_WRITE = 4 * FRAME_SAMPLES
_STALL_SECONDS = 0.200
_STALE_SAMPLES = SAMPLE_RATE // 10


class CaptureGrid:
    """When the next frame of the microphone is to be taken.

    Attributes:
        due: monotonic seconds.
        missed: frames that the microphone did not give in time.
    """

    _RETRY_SECONDS = 0.001
    _PATIENCE_SECONDS = 0.018  # a frame that leaves late does less harm than a hole in it
    _WINDOW_FRAMES = 25
    _DEAD_BAND_SAMPLES = 48
    _MOST_SHIFT_SECONDS = 0.002

    def __init__(self, now: float) -> None:
        """Begin with a frame that is due at `now`."""
        self.due = now
        self.missed = 0
        self._retry_at = now
        self._frames = 0
        self._least_left = SAMPLE_RATE

    @property
    def wake_at(self) -> float:
        """When to look again: `due`, or a moment later after a microphone had nothing."""
        return max(self.due, self._retry_at)

    def not_ready(self, now: float) -> bool:
        """Note that no frame was there; True when it is not waited for any longer."""
        self._retry_at = now + self._RETRY_SECONDS
        return now - self.due >= self._PATIENCE_SECONDS

    def taken(self, now: float, left: int) -> int:
        """Go on after a frame.

        Args:
            now: monotonic seconds.
            left: samples that remained, less the cushion that should remain.

        Returns:
            How many samples to drop: what remained for a while beyond what bursts explain.
        """
        if self._retry_at > self.due:
            self.due = min(now, self.due + self._PATIENCE_SECONDS)
        self._least_left = min(self._least_left, left)
        self._frames += 1
        stale = 0
        if self._frames >= self._WINDOW_FRAMES:
            if self._least_left > _STALE_SAMPLES:
                stale = self._least_left
            elif abs(self._least_left) > self._DEAD_BAND_SAMPLES:
                shift = self._least_left / SAMPLE_RATE
                most = self._MOST_SHIFT_SECONDS
                self.due -= max(-most, min(most, shift))
            self._frames, self._least_left = 0, SAMPLE_RATE
        self._advance(now)
        return stale

    def silent(self, now: float, *, missed: bool) -> None:
        """Go on after a frame of silence; `missed` when a microphone should have given one."""
        self.missed += missed
        self._advance(now)

    def _advance(self, now: float) -> None:
        self.due += FRAME_SECONDS
        if now - self.due > _STALL_SECONDS:  # the computer slept: do not send what is long past
            self.due = now
        self._retry_at = self.due


class Fader:
    """Opens and closes a way for sound without a click."""

    def __init__(self) -> None:
        self._was_open = True

    def passed(self, samples: Samples, is_open: bool) -> Samples:
        """Return the samples, silence, or between the two a fade over all of them."""
        was_open, self._was_open = self._was_open, is_open
        if was_open != is_open:
            return scaled(samples, float(was_open), float(is_open))
        return samples if is_open else silence(len(samples))


class AudioLoop:
    """Takes, meters and encodes frames, and keeps the speaker fed.

    Every method and attribute belongs to the thread that calls `step`, except the meters' and
    counts' values, which any thread may read.

    Attributes:
        muted: frames are digital silence; they are sent all the same.
        deaf: the speaker is silent; the playout is pulled all the same, so that it stays in time.
        passed_over: playouts that are pulled for the same reason, and never heard.
        frames: how many were handed to `on_frame`.
        processor: takes echo and noise out of what the microphone gives; None for none.
        microphone_meter: of what the microphone gives, processed, muted or not.
        speaker_meter: of what comes from the other end.
    """

    def __init__(
        self, port: AudioPort, encoder: Encoder, on_frame: OnFrame, playout: Incoming | None
    ) -> None:
        self.port = port
        self.encoder = encoder
        self.playout = self._played = playout
        self.passed_over: tuple[Incoming, ...] = ()
        self.processor: SoundProcessor | None = None
        self.muted = self.deaf = False
        self.frames = 0
        self.microphone_meter = LevelMeter()
        self.speaker_meter = LevelMeter()
        self.tones = TonePlayer()
        self.grid: CaptureGrid | None = None
        self._on_frame = on_frame
        self._frame = silence()
        self._microphone_fader = Fader()
        self._speaker_fader = Fader()

    def use_port(self, port: AudioPort) -> None:
        """Go on with this port, which has just been started."""
        self.port = port
        port.capture_level()  # without a device its clock starts here
        # So the first pull is as large as all others, and the playout sees an even clock.
        port.write(silence(max(0, port.playback_target - _WRITE_SAMPLES)))

    def step(self, now: float) -> float:
        """Do what is due at `now` and return the time of the next step."""
        grid = self.grid
        if grid is None:
            grid = self.grid = CaptureGrid(now + FRAME_SECONDS)
            self.use_port(self.port)
        hungry_at = self._feed_speaker(now)
        if now >= grid.wake_at:
            self._take_frame(grid, now)
        return min(hungry_at, grid.wake_at)

    def _feed_speaker(self, now: float) -> float:
        """Fill the queue if it is low; return when to look at it again."""
        target, level = self.port.playback_target, self.port.playback_level()
        spare = level - (target - _WRITE_SAMPLES)
        if spare <= _EARLY_SAMPLES:
            heard = self._heard(now, min(target - level, _MOST_WRITE))
            self.port.write(heard)
            if self.processor is not None and self.port.has_microphone:
                self.processor.played(heard)
            spare += len(heard)
        return now + max(spare, _EARLY_SAMPLES) / SAMPLE_RATE

    def _heard(self, now: float, least: int) -> Samples:
        """Return what comes next: at least so many samples, with the whole of the last frame."""
        before, self._played = self._played, self.playout
        if before is not None and before is not self.playout:
            heard = scaled(before.pull(now, least, whole_frames=True), 1.0, 0.0)
        elif self.playout is None:
            heard = silence(least)
        else:
            heard = self.playout.pull(now, least, whole_frames=True)
        for playout in self.passed_over:
            if playout is not before:
                playout.pull(now, len(heard))
        heard = self._speaker_fader.passed(heard, not self.deaf)
        self.speaker_meter.update(heard)
        return self.tones.mix_into(heard)

    def _take_frame(self, grid: CaptureGrid, now: float) -> None:
        port, frame = self.port, self._frame
        expected = port.has_microphone
        if expected and port.read(frame):
            left = port.capture_level()
            captured_at = now - (left + FRAME_SAMPLES) / SAMPLE_RATE - port.capture_latency
            if stale := grid.taken(now, left - port.capture_cushion):
                port.discard(stale)
            self._process(frame, now - captured_at)
        elif expected and not grid.not_ready(now):
            return
        else:
            frame[:] = 0
            captured_at = now - FRAME_SECONDS
            grid.silent(now, missed=expected)
        self._send(frame, captured_at)

    def _process(self, frame: Samples, age: float) -> None:
        """Take echo and noise out; `age` is the time since the first sample was captured."""
        processor, port = self.processor, self.port
        if processor is None:
            return
        self.processor = None  # one that fails is left out from then on
        processor.process(frame, port.playback_level(), port.playback_latency + age)
        self.processor = processor

    def _send(self, frame: Samples, captured_at: float) -> None:
        self.microphone_meter.update(frame)
        frame = self._microphone_fader.passed(frame, not self.muted)
        self.frames += 1
        self._on_frame(self.encoder.encode(frame), captured_at)
