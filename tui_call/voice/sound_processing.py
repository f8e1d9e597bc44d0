"""Echo, noise and level of what the microphone gives, by the audio processing that browsers use.

The one door to `livekit`, whose wheel carries it; it is loaded when it is first used. It works on
blocks of 10 ms: what goes to the speaker is shown to it first (the reference), then each block of
the microphone comes back without the echo of it. The canceller finds the delay between the two
by itself, and follows it when the clocks of two devices drift apart; what is known of the delay
is told so that it need not search at the beginning.
"""

from typing import TYPE_CHECKING

import numpy as np

from tui_call.voice.processing import Processing, ProcessingMissing
from tui_call.voice.ring import SampleRing
from tui_call.voice.samples import Samples
from tui_call.voice.sound import SAMPLE_RATE

if TYPE_CHECKING:
    from livekit.rtc.audio_frame import AudioFrame

BLOCK_SAMPLES = SAMPLE_RATE // 100

_DELAY_STEP_MS = 10
_MOST_DELAY_MS = 500  # as much as the library takes


class SoundProcessor:
    """Processes one microphone against one speaker; its methods are for one thread."""

    def __init__(self, wanted: Processing) -> None:
        """Load the library, which takes a tenth of a second the first time.

        Raises:
            ProcessingMissing: it is not there, or does not fit this system.
        """
        try:
            from livekit.rtc.apm import AudioProcessingModule
            from livekit.rtc.audio_frame import AudioFrame

            self._module = AudioProcessingModule(
                echo_cancellation=wanted.echo_cancellation,
                noise_suppression=wanted.noise_suppression,
                high_pass_filter=True,
                auto_gain_control=wanted.gain_control,
            )
        except Exception as error:  # whatever a library of another version raises
            raise ProcessingMissing from error
        self._cancels_echo = wanted.echo_cancellation
        self._near, self._near_samples = _block(AudioFrame)
        self._far, self._far_samples = _block(AudioFrame)
        self._queued = SampleRing(SAMPLE_RATE)
        self._delay_ms = -_DELAY_STEP_MS

    def played(self, samples: Samples) -> None:
        """Take what was just queued for the speaker, tones and all; any number of samples."""
        if self._cancels_echo:
            too_many = len(self._queued) + len(samples) - self._queued.capacity
            self._queued.discard(max(0, too_many))  # nobody has taken from the microphone for long
            self._queued.write(samples)

    def process(self, frame: Samples, queued: int, delay: float) -> None:
        """Process a frame of the microphone in place.

        Args:
            frame: a whole number of blocks.
            queued: of the samples given to `played`, those that the speaker has still to take.
            delay: seconds from when the speaker takes a sample until its echo through the
                shortest way comes to this method, as far as the devices tell.
        """
        if self._cancels_echo:
            self._show_played(queued)
            self._tell_delay(min(round(delay * 1000), _MOST_DELAY_MS))
        for start in range(0, len(frame), BLOCK_SAMPLES):
            block = frame[start : start + BLOCK_SAMPLES]
            self._near_samples[:] = block
            self._module.process_stream(self._near)
            block[:] = self._near_samples

    def _show_played(self, queued: int) -> None:
        """Show what the speaker took by now: in even steps, however it was queued."""
        while len(self._queued) - max(0, queued) >= BLOCK_SAMPLES:
            self._queued.read(self._far_samples)
            self._module.process_reverse_stream(self._far)

    def _tell_delay(self, delay_ms: int) -> None:
        if abs(delay_ms - self._delay_ms) >= _DELAY_STEP_MS:
            self._delay_ms = delay_ms
            self._module.set_stream_delay_ms(delay_ms)


def _block(frame_class: "type[AudioFrame]") -> "tuple[AudioFrame, Samples]":
    """Return a block of the library's, and its samples as an array over the same memory."""
    memory = bytearray(2 * BLOCK_SAMPLES)
    frame = frame_class(memory, SAMPLE_RATE, 1, BLOCK_SAMPLES)
    return frame, np.frombuffer(memory, np.int16)
