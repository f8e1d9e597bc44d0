"""The one thread that moves sound: microphone to Opus, playout and tones to the speaker."""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tui_call.voice.audio_loop import AudioLoop, Incoming, OnFrame
from tui_call.voice.coding import Coding
from tui_call.voice.devices.port import AudioPort
from tui_call.voice.opus import Encoder
from tui_call.voice.redundancy import PLAIN
from tui_call.voice.samples import Samples
from tui_call.voice.sound import FRAME_SECONDS
from tui_call.voice.sound_processing import SoundProcessor

_WAKES_KEPT = 6_000
_STOP_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class SoundLevels:
    """Levels in dBFS (-100 is silence), and who speaks now."""

    microphone: float
    speaker: float
    speaking: bool
    peer_speaking: bool


class AudioThread:
    """Sends a frame every 20 ms, whatever else happens, and plays what comes.

    All methods may be called from any one other thread; none waits for sound except `swap_port`
    and `stop`. What changes is handed to the audio thread, which does it before its next step.

    Attributes:
        failure: the last exception of a step, None if there was none; the thread goes on.
        has_priority: the system let the thread run before others.
    """

    def __init__(
        self,
        port: AudioPort,
        *,
        on_frame: OnFrame,
        playout: Incoming | None = None,
        coding: Coding = PLAIN.coding,
        raise_priority: Callable[[], bool] | None = None,
        on_failure: Callable[[Exception], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Make the thread; `start` opens the port.

        Args:
            port: where sound comes from and goes to.
            on_frame: called in the audio thread with each packet; must return at once.
            playout: what to play, None for silence.
            coding: of the encoder at first.
            raise_priority: called once in the thread; tells whether it could raise its priority.
            on_failure: called in the audio thread with an exception of a step, for example one
                of `on_frame`.
            clock: monotonic seconds.
            sleep: waits for seconds.
        """
        self.failure: Exception | None = None
        self.has_priority = False
        self._loop = AudioLoop(port, Encoder(coding), on_frame, playout)
        self._raise_priority = raise_priority
        self._on_failure = on_failure
        self._clock = clock
        self._sleep = sleep
        self._orders: deque[Callable[[], None]] = deque()
        self._stopping = False
        self._lateness = np.zeros(_WAKES_KEPT)
        self._wakes = 0
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Open the port and begin.

        Raises:
            LocalFault: the port cannot be opened.
        """
        self._loop.port.start()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="audio", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread and close the port; may be called twice."""
        self._stopping = True
        if self._thread is not None:
            self._thread.join(_STOP_SECONDS)
            self._thread = None
            self._loop.port.stop()

    @property
    def port(self) -> AudioPort:
        """The port in use."""
        return self._loop.port

    @property
    def muted(self) -> bool:
        """The microphone is muted."""
        return self._loop.muted

    @property
    def frames(self) -> int:
        """How many frames were handed to `on_frame`."""
        return self._loop.frames

    def set_muted(self, muted: bool) -> None:
        """Mute or open the microphone; frames go on at the same size and cadence."""
        self._loop.muted = muted

    def set_playout(self, playout: Incoming | None, *, heard: bool = True) -> None:
        """Play another stream, or none; one that is not `heard` stays in time, in silence."""

        def change() -> None:
            self._loop.playout, self._loop.deaf = playout, not heard

        self._orders.append(change)

    def set_passed_over(self, playouts: tuple[Incoming, ...]) -> None:
        """Let other streams stay in time without being heard."""

        def change() -> None:
            self._loop.passed_over = playouts

        self._orders.append(change)

    def set_coding(self, coding: Coding) -> None:
        """Encode in another way from the next frame on."""
        self._orders.append(lambda: self._loop.encoder.use(coding))

    def set_processor(self, processor: SoundProcessor | None) -> None:
        """Process what the microphone gives by another processor, or leave it as it is."""

        def change() -> None:
            self._loop.processor = processor

        self._orders.append(change)

    def play_tone(self, samples: Samples, *, loop: bool = False) -> None:
        """Play a tone over everything else, in place of the present one."""
        self._orders.append(lambda: self._loop.tones.play(samples, loop=loop))

    def stop_tone(self) -> None:
        """Let the present tone fade out."""
        self._orders.append(self._loop.tones.stop)

    def swap_port(self, port: AudioPort, processor: SoundProcessor | None = None) -> None:
        """Open another port, go over to it and close the old one; frames go on meanwhile.

        Args:
            port: the new one.
            processor: for its microphone and speaker; that of the old port knows another echo.

        Raises:
            LocalFault: the new one cannot be opened; the old one stays in use.
        """
        port.start()
        old = self._loop.port
        swapped = threading.Event()

        def swap() -> None:
            self._loop.use_port(port)
            self._loop.processor = processor
            swapped.set()

        self._orders.append(swap)
        if self._thread is None:
            self._obey()
        swapped.wait(_STOP_SECONDS)
        old.stop()

    def meters(self) -> SoundLevels:
        """Return the levels of this moment; that of the microphone is taken before muting."""
        microphone, speaker = self._loop.microphone_meter, self._loop.speaker_meter
        return SoundLevels(microphone.level, speaker.level, microphone.speaking, speaker.speaking)

    def lateness_ms(self, share: float = 0.99) -> float:
        """Return how late the thread woke at most in that share of its last 6000 wakes."""
        count = min(self._wakes, _WAKES_KEPT)
        if not count:
            return 0.0
        # Not np.quantile: its first use loads more of numpy, for 15 ms in which frames wait.
        return float(np.sort(self._lateness[:count])[round(share * (count - 1))]) * 1000

    def missed_frames(self) -> int:
        """Return how many frames of silence were sent because the microphone gave nothing."""
        return 0 if self._loop.grid is None else self._loop.grid.missed

    def _run(self) -> None:
        if self._raise_priority is not None:
            self.has_priority = self._raise_priority()
        wake_at = self._clock()
        while not self._stopping:
            now = self._clock()
            if now < wake_at:
                self._sleep(wake_at - now)
                now = self._clock()
            self._lateness[self._wakes % _WAKES_KEPT] = now - wake_at
            self._wakes += 1
            wake_at = self._step(now)

    def _step(self, now: float) -> float:
        try:
            self._obey()
            return self._loop.step(now)
        except Exception as error:  # the sound goes on, whatever a callback or a device did
            self.failure = error
            if self._on_failure is not None:
                self._on_failure(error)
            return now + FRAME_SECONDS

    def _obey(self) -> None:
        while self._orders:
            self._orders.popleft()()
