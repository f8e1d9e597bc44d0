"""Microphone and speaker through PortAudio, each by name, each allowed to vanish and come back.

A watching thread opens and closes: it sees that a stream ended by itself or that its callback
stalled, tells the listener, and tries again every two seconds. Meanwhile a silent port stands in
for that side, so the audio thread never notices more than silence. A device that loses sound is
opened again with more latency, and never with less, so that this comes to an end.

A stream that goes on may be of another device by now (see `server_news`). Whether its own is still
there shows when it is opened once more, and that is tried when the sound server says that one went,
and when a microphone falls silent: a room is never so quiet that all samples are zero. One that is
switched off, or that closes between words, is there all the same, and is asked less and less often.
"""

import threading
import time
from collections.abc import Callable

from tui_call.voice.devices import portaudio
from tui_call.voice.devices.port import DeviceError, DeviceEvent, DeviceKind, DeviceListener
from tui_call.voice.devices.portaudio import NoSuchDevice
from tui_call.voice.devices.server_news import ServerNews
from tui_call.voice.devices.sides import Microphone, Side, Speaker
from tui_call.voice.devices.silent import SilentPort
from tui_call.voice.samples import Samples
from tui_call.voice.sound import SAMPLE_RATE

_WATCH_SECONDS = 0.1
_FIRST_BEAT_SECONDS = 1.0
_LOOK_FOR_BEAT_SECONDS = 0.005
_FIRST_STALL_SECONDS = 3.0  # a sound server may take this long to begin
_STALL_SECONDS = 0.7
_RETRY_SECONDS = 2.0
_TRIES_TO_LOOK_AGAIN = 5
_STOP_SECONDS = 5.0
_LATENCIES: tuple[float | str, ...] = ("low", 0.040, 0.060)
_XRUNS_TO_STEP_UP = 3
_XRUN_WINDOW_SECONDS = 60.0  # a click every 20 s is one too many
_CUSHION = 240
_ZEROS = SAMPLE_RATE  # a second of them
_MOST_ZEROS = 64 * SAMPLE_RATE

_steps_learnt: dict[tuple[DeviceKind, str], int] = {}
"""What each device needed in an earlier call: it is not tried with less again."""


class _Watch:
    """What the watching thread knows of one side."""

    def __init__(self, kind: DeviceKind, name: str) -> None:
        self.kind: DeviceKind = kind
        self.name = name
        self.step = _steps_learnt.get((kind, name), 0)  # index into _LATENCIES
        self.reported_lost = False
        self.retry_at = 0.0
        self.failed = 0  # tries in a row
        self._beats = 0
        self._beat_at = 0.0
        self._stall = _FIRST_STALL_SECONDS
        self._xruns = 0
        self._xruns_since = 0.0
        self._zeros = _ZEROS
        self._gave_sound = False

    def opened(self, now: float) -> None:
        self._beats, self._beat_at, self._stall = 0, now, _FIRST_STALL_SECONDS
        self._xruns, self._xruns_since = 0, now
        self.failed = 0
        self._gave_sound = False

    def is_dead(self, side: Side, now: float) -> bool:
        if side.beats != self._beats:
            self._beats, self._beat_at, self._stall = side.beats, now, _STALL_SECONDS
        return side.finished or now - self._beat_at > self._stall

    def falls_silent(self, side: Side) -> bool:
        """Whether a microphone that gave sound gives nothing but zeros now; said once."""
        if not isinstance(side, Microphone):
            return False
        if not side.zeros:
            self._gave_sound = True
        elif self._gave_sound and side.zeros >= self._zeros:
            self._gave_sound = False
            self._zeros = min(2 * self._zeros, _MOST_ZEROS)
            return True
        return False

    def needs_more_latency(self, side: Side, now: float) -> bool:
        if now - self._xruns_since > _XRUN_WINDOW_SECONDS:
            self._xruns, self._xruns_since = side.xruns, now
        often = side.xruns - self._xruns >= _XRUNS_TO_STEP_UP
        return often and self.step + 1 < len(_LATENCIES)


def _opened(watch: _Watch) -> Side:
    make = Microphone if watch.kind == "microphone" else Speaker
    return make(watch.name, _LATENCIES[watch.step])


def _tried(watch: _Watch) -> Side:
    portaudio.try_elsewhere(watch.kind, watch.name)
    return _opened(watch)


class SoundDevicePort:
    """An `AudioPort` of real devices."""

    def __init__(
        self,
        microphone: str | None = "",
        speaker: str | None = "",
        listener: DeviceListener | None = None,
    ) -> None:
        """Name the devices.

        Args:
            microphone: as in `portaudio.list_devices`; "" the system's default; None for none.
            speaker: the same.
            listener: told when one is lost (also when it is missing at the start) or found.
        """
        self._listener = listener
        self._microphone: Microphone | None = None
        self._speaker: Speaker | None = None
        self._stand_in = SilentPort()
        wanted: list[tuple[DeviceKind, str | None]] = [
            ("microphone", microphone),
            ("speaker", speaker),
        ]
        self._watches = [_Watch(kind, name) for kind, name in wanted if name is not None]
        self._news = ServerNews()
        self._changing = threading.Lock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def has_microphone(self) -> bool:
        """The microphone is open."""
        return self._microphone is not None

    @property
    def has_speaker(self) -> bool:
        """The speaker is open."""
        return self._speaker is not None

    @property
    def capture_latency(self) -> float:
        """Seconds that PortAudio reckons from the air to here."""
        side = self._microphone
        return 0.0 if side is None else side.latency

    @property
    def playback_latency(self) -> float:
        """Seconds that PortAudio reckons from here to the air."""
        side = self._speaker
        return 0.0 if side is None else side.latency

    @property
    def capture_cushion(self) -> int:
        """5 ms against the unevenness of callbacks."""
        return _CUSHION

    @property
    def playback_target(self) -> int:
        """10 to 60 ms; it grows when the queue ran empty."""
        side = self._speaker
        return self._stand_in.playback_target if side is None else side.target

    @property
    def silent_seconds(self) -> float:
        """For how long the microphone has given nothing but zeros."""
        side = self._microphone
        return 0.0 if side is None else side.zeros / SAMPLE_RATE

    def start(self) -> None:
        """Open what can be opened; the rest is reported lost and tried again.

        Raises:
            AudioLibraryMissing: there is no PortAudio.
        """
        portaudio.library()
        self._stopping.clear()
        self._news.start()
        self._open_all()
        self._thread = threading.Thread(target=self._watch, name="sound-devices", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Close the devices; one that is just being opened, as soon as the system lets go of it."""
        self._stopping.set()
        self._news.stop()
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.join(_STOP_SECONDS)
            if not thread.is_alive():
                self._close_all()

    def change(self, microphone: str, speaker: str) -> None:
        """Go over to other devices; a side that keeps its device notices nothing.

        A side goes on with its old device until the new one gives or takes sound.

        Raises:
            DeviceError: one cannot be opened; that side stays as it was.
        """
        wanted = {"microphone": microphone, "speaker": speaker}
        with self._changing:
            for position, watch in enumerate(self._watches):
                if watch.name != wanted[watch.kind]:
                    self._watches[position] = self._go_over(watch, wanted[watch.kind])

    def read(self, out: Samples) -> bool:
        """Fill `out` if the microphone gave enough."""
        side = self._microphone
        return side is not None and side.read(out)

    def capture_level(self) -> int:
        """Return how many samples of the microphone wait."""
        side = self._microphone
        return 0 if side is None else side.level()

    def discard(self, samples: int) -> None:
        """Drop the oldest samples of the microphone."""
        side = self._microphone
        if side is not None:
            side.discard(samples)

    def write(self, samples: Samples) -> None:
        """Queue samples for the speaker."""
        (self._speaker or self._stand_in).write(samples)

    def playback_level(self) -> int:
        """Return how many samples are queued for the speaker."""
        side = self._speaker
        return self._stand_in.playback_level() if side is None else side.level()

    def _watch(self) -> None:
        while not self._stopping.wait(_WATCH_SECONDS):
            with self._changing:
                for watch in self._watches:
                    self._look_after(watch, time.monotonic())
        with self._changing:
            self._close_all()  # `stop` may have waited in vain for what opened just now

    def _look_after(self, watch: _Watch, now: float) -> None:
        side = self._side(watch.kind)
        if side is None:
            if now >= watch.retry_at:
                self._try_again(watch)
        elif watch.is_dead(side, now):
            self._close(watch.kind)
            self._report_lost(watch)
        elif self._news.one_went(watch.kind) or watch.falls_silent(side):
            self._open_anew(watch, side)
        elif watch.needs_more_latency(side, now):
            watch.step += 1
            _steps_learnt[watch.kind, watch.name] = watch.step
            self._close(watch.kind)
            self._try_open(watch)

    def _open_anew(self, watch: _Watch, old: Side) -> None:
        """Go over to another stream of the same device, which is lost if there is none."""
        try:
            side = self._proven(watch)
        except NoSuchDevice:
            self._close(watch.kind)
            self._report_lost(watch)
            return
        except DeviceError:
            self._close(watch.kind)
            self._try_open(watch, _tried)  # it may be one that opens only once
            return
        if isinstance(side, Microphone) and isinstance(old, Microphone):
            side.zeros = old.zeros
        self._use(watch, side)
        old.close()

    def _try_again(self, watch: _Watch) -> None:
        """Try to open a side that is lost; PortAudio may have to look for it first."""
        self._try_open(watch)
        if watch.failed and watch.failed % _TRIES_TO_LOOK_AGAIN == 0 and portaudio.is_stale():
            self._close_all()
            self._open_all()

    def _try_open(self, watch: _Watch, open_it: Callable[[_Watch], Side] = _opened) -> None:
        try:
            # One that was lost may open and stand still, as often as it is tried.
            side = self._proven(watch) if watch.reported_lost else open_it(watch)
        except DeviceError:
            watch.failed += 1
            self._report_lost(watch)
        else:
            self._use(watch, side)

    def _use(self, watch: _Watch, side: Side) -> None:
        if isinstance(side, Microphone):
            self._microphone = side
        elif isinstance(side, Speaker):
            self._speaker = side
        watch.opened(time.monotonic())
        if watch.reported_lost:
            watch.reported_lost = False
            self._tell(DeviceEvent("found", watch.kind, watch.name))

    def _go_over(self, watch: _Watch, name: str) -> _Watch:
        """Open another device for a side, take it into use and close the old one."""
        new = _Watch(watch.kind, name)
        try:
            side = self._beating(new)
        except NoSuchDevice:
            if not portaudio.is_stale():
                raise
            self._close_all()  # it was plugged in since then, and PortAudio has to look again
            self._reopen(watch, new)
            return new
        except DeviceError:
            if self._side(watch.kind) is None:
                raise
            self._close(watch.kind)  # one device of two names opens only once
            self._reopen(watch, new)
            return new
        old = self._side(watch.kind)
        self._use(new, side)
        if old is not None:
            old.close()
        return new

    def _reopen(self, old: _Watch, new: _Watch) -> None:
        """Open the new device of a side, else the old one; and the other side, if it is closed."""
        try:
            self._use(new, _tried(new))
        except DeviceError:
            self._try_open(old)
            raise
        finally:
            self._open_all(but=old)

    def _proven(self, watch: _Watch) -> Side:
        """Return an open side that gives or takes sound.

        Raises:
            DeviceError: it cannot be opened, does not begin, or is no microphone.
        """
        if watch.kind == "microphone" and not watch.name and self._news.default_is_a_speaker():
            raise NoSuchDevice(kind=watch.kind)
        side = self._beating(watch, _FIRST_STALL_SECONDS)
        if not side.beats:
            side.close()
            raise DeviceError("still", kind=watch.kind)
        return side

    def _beating(self, watch: _Watch, seconds: float = _FIRST_BEAT_SECONDS) -> Side:
        """Return an open side that gives or takes sound, or could not begin in time."""
        side = _tried(watch)
        patience = time.monotonic() + seconds
        while not side.beats and time.monotonic() < patience:
            if self._stopping.wait(_LOOK_FOR_BEAT_SECONDS):
                break
        if isinstance(side, Microphone):
            side.discard(max(0, side.level() - _CUSHION))
        return side

    def _side(self, kind: DeviceKind) -> Side | None:
        return self._microphone if kind == "microphone" else self._speaker

    def _open_all(self, but: _Watch | None = None) -> None:
        for watch in self._watches:
            if watch is not but and self._side(watch.kind) is None:
                self._try_open(watch)

    def _close_all(self) -> None:
        for watch in self._watches:
            self._close(watch.kind)

    def _close(self, kind: DeviceKind) -> None:
        """Take the side away from the audio thread, then close it, which may take long."""
        side = self._side(kind)
        if kind == "microphone":
            self._microphone = None
        else:
            self._speaker = None
        if side is not None:
            side.close()

    def _report_lost(self, watch: _Watch) -> None:
        watch.retry_at = time.monotonic() + _RETRY_SECONDS
        if not watch.reported_lost:
            watch.reported_lost = True
            self._tell(DeviceEvent("lost", watch.kind, watch.name))

    def _tell(self, event: DeviceEvent) -> None:
        if self._listener is not None:
            self._listener(event)
