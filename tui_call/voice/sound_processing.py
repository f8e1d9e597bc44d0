"""Echo, noise and level of what the microphone gives, by the audio processing that browsers use.

The one door to `livekit`, whose wheel carries it; it is loaded when it is first used. It works on
blocks of 10 ms: what goes to the speaker is shown to it first (the reference), then each block of
the microphone comes back without the echo of it. The canceller finds the delay between the two
by itself, and follows it when the clocks of two devices drift apart; what is known of the delay
is told so that it need not search at the beginning.

The library is asked by serialised requests. What is asked four times a frame is always the same, so
it is serialised once: that takes a fifth less than the library's own methods. Private names that
this needs: `AudioProcessingModule._ffi_handle` and `FfiClient._ffi_lib`.
"""
# pyright: reportPrivateUsage=false

import ctypes
from typing import TYPE_CHECKING, Literal

import numpy as np

from tui_call.voice.processing import Processing, ProcessingMissing
from tui_call.voice.ring import SampleRing
from tui_call.voice.samples import Samples
from tui_call.voice.sound import FRAME_SAMPLES, SAMPLE_RATE

if TYPE_CHECKING:
    from livekit.rtc.apm import AudioProcessingModule

BLOCK_SAMPLES = SAMPLE_RATE // 100

_NO_ANSWER = 0
_BLOCK_BYTES = 2 * BLOCK_SAMPLES
_DELAY_STEP_MS = 10
_MOST_DELAY_MS = 500  # as much as the library takes

_Request = Literal["apm_process_stream", "apm_process_reverse_stream"]


class SoundProcessor:
    """Processes one microphone against one speaker; its methods are for one thread."""

    def __init__(self, wanted: Processing) -> None:
        """Load the library, which takes a tenth of a second the first time.

        Raises:
            ProcessingMissing: it is not there, or does not fit this system.
        """
        self._near = np.zeros(FRAME_SAMPLES, np.int16)
        self._far = np.zeros(BLOCK_SAMPLES, np.int16)
        try:
            from livekit.rtc.apm import AudioProcessingModule

            self._module = AudioProcessingModule(
                echo_cancellation=wanted.echo_cancellation,
                noise_suppression=wanted.noise_suppression,
                high_pass_filter=True,
                auto_gain_control=wanted.gain_control,
            )
            self._process_near = [
                RepeatedRequest("apm_process_stream", self._module, self._near[start:])
                for start in range(0, FRAME_SAMPLES, BLOCK_SAMPLES)
            ]
            self._show_far = RepeatedRequest("apm_process_reverse_stream", self._module, self._far)
        except Exception as error:  # whatever a library of another version raises
            raise ProcessingMissing from error
        self._cancels_echo = wanted.echo_cancellation
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
            frame: of 20 ms.
            queued: of the samples given to `played`, those that the speaker has still to take.
            delay: seconds from when the speaker takes a sample until its echo through the
                shortest way comes to this method, as far as the devices tell.
        """
        if self._cancels_echo:
            self._show_played(queued)
            self._tell_delay(min(round(delay * 1000), _MOST_DELAY_MS))
        self._near[:] = frame
        for process in self._process_near:
            process.send()
        frame[:] = self._near

    def _show_played(self, queued: int) -> None:
        """Show what the speaker took by now: in even steps, however it was queued."""
        while len(self._queued) - max(0, queued) >= BLOCK_SAMPLES:
            self._queued.read(self._far)
            self._show_far.send()

    def _tell_delay(self, delay_ms: int) -> None:
        if abs(delay_ms - self._delay_ms) >= _DELAY_STEP_MS:
            self._delay_ms = delay_ms
            self._module.set_stream_delay_ms(delay_ms)


class RepeatedRequest:
    """A request to the library about a block of samples that always lies at the same place.

    Args:
        kind: what is asked.
        module: of whom.
        samples: begin with the block; they must not move as long as this is used.
    """

    def __init__(self, kind: _Request, module: "AudioProcessingModule", samples: Samples) -> None:
        from livekit.rtc._ffi_client import FfiClient
        from livekit.rtc._proto.ffi_pb2 import FfiRequest, FfiResponse

        request, done = FfiRequest(), FfiResponse()
        asked = getattr(request, kind)
        asked.apm_handle = module._ffi_handle.handle  # noqa: SLF001
        asked.data_ptr = samples.ctypes.data
        asked.size = _BLOCK_BYTES
        asked.sample_rate = SAMPLE_RATE
        asked.num_channels = 1
        getattr(done, kind).SetInParent()
        serialised = request.SerializeToString()
        library = FfiClient.instance._ffi_lib  # noqa: SLF001
        self._in_use = module, samples  # the request names them by number and address
        self._ask, self._drop_answer = library.livekit_ffi_request, library.livekit_ffi_drop_handle
        self._answer, self._answer_bytes = ctypes.POINTER(ctypes.c_ubyte)(), ctypes.c_size_t()
        self._arguments = (
            (ctypes.c_ubyte * len(serialised)).from_buffer_copy(serialised),
            len(serialised),
            ctypes.byref(self._answer),
            ctypes.byref(self._answer_bytes),
        )
        self._done_bytes = len(done.SerializeToString())

    def send(self) -> None:
        """Let it be done.

        Raises:
            RuntimeError: it was not.
        """
        answer = self._ask(*self._arguments)
        if answer == _NO_ANSWER:
            raise RuntimeError("the library took no such request")
        # What went wrong would stand in the answer beside what it is an answer to.
        done = self._answer_bytes.value == self._done_bytes
        self._drop_answer(answer)
        if not done:
            raise RuntimeError("the library did not process a block")
