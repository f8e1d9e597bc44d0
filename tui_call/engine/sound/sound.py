"""The engine's hold on sound: which port, the audio thread while it is needed, the tones.

The thread runs while a call rings or lasts and while the person looks at the microphone's level;
else no device is open.
"""

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path

import structlog

from tui_call.config.schema import AudioSection
from tui_call.control.platform import favour_thread, raise_thread_priority
from tui_call.control.views import DevicesView, DeviceView
from tui_call.engine.sound.audio_settings import ports_of, processing_of, sound_problem
from tui_call.engine.sound.bell import Bell
from tui_call.engine.sound.hearing_yourself import HearingYourself
from tui_call.errors import LocalFault
from tui_call.sentences import Sentence, sentence
from tui_call.voice.audio_thread import AudioThread, Meters
from tui_call.voice.coding import Coding
from tui_call.voice.devices.delay_line import DelayLinePort
from tui_call.voice.devices.files import FilePort
from tui_call.voice.devices.paced import PacedPort
from tui_call.voice.devices.port import AudioPort, DeviceError, DeviceEvent
from tui_call.voice.devices.portaudio import list_devices
from tui_call.voice.devices.silent import SilentPort
from tui_call.voice.devices.sound_devices import SoundDevicePort
from tui_call.voice.playout import Playout
from tui_call.voice.redundancy import PLAIN
from tui_call.voice.samples import Samples
from tui_call.voice.sound import SAMPLE_RATE
from tui_call.voice.sound_processing import ProcessingMissing, SoundProcessor

log = structlog.get_logger()

_SWITCH_SECONDS = 0.0005
"""How long the event loop may keep the interpreter from the audio thread; Python's own is 5 ms."""

SILENT_METERS = Meters(-100.0, -100.0, speaking=False, peer_speaking=False)


class Sound:
    """Opens and closes the audio thread, and knows what is wrong with the devices.

    Attributes:
        audio: the `[audio]` section in use.
        listening: the person looks at the level of the microphone, call or not.
        runs: set while the audio thread runs.
        problem: why devices could not be opened, None if they could.
        echo_problem: why echo is not cancelled although that is wanted, None if it is.
    """

    def __init__(self, audio: AudioSection, on_change: Callable[[DeviceEvent], None]) -> None:
        """Keep the configuration; opens nothing.

        Args:
            audio: the `[audio]` section.
            on_change: called in the event loop when a device is lost or found.
        """
        self.audio = audio
        self.listening = False
        self.problem: Sentence | None = None
        self.echo_problem: Sentence | None = None
        self._on_change = on_change
        self.runs = asyncio.Event()
        self._thread: AudioThread | None = None
        self._sink: Callable[[bytes], None] | None = None
        self._loop = asyncio.get_running_loop()
        self._changing = asyncio.Lock()
        self._bell = Bell(lambda name: SoundDevicePort(None, name))
        self._hearing: HearingYourself | None = None
        self._hears_soon = False
        self._files: FilePort | None = None  # for the next call
        self._given: FilePort | None = None  # those that were asked for last, used or not
        self._files_in_use = self._files_over = False

    @property
    def running(self) -> bool:
        """Whether the audio thread runs."""
        return self._thread is not None

    @property
    def thread(self) -> AudioThread | None:
        """The running thread."""
        return self._thread

    async def open(self) -> None:
        """Start the audio thread if it does not run, on silence where there is nothing else.

        Devices and disks can take their time, so that happens beside the event loop.
        """
        async with self._changing:
            favour_thread()  # else the audio thread waits for an event loop that nobody lets run
            sys.setswitchinterval(_SWITCH_SECONDS)
            if self._thread is None or self._files is not None or self._files_over:
                self._thread = await asyncio.to_thread(self._begin, self._thread)
                self.runs.set()

    async def open_early(self) -> None:
        """Open devices ahead of the call's sound; a recording is not spoken before it is heard."""
        if self.audio.port == "devices" and self._files is None:
            await self.open()

    def end_files(self) -> None:
        """Use the configured devices again, once the sound is opened for another call."""
        self._files_over = self._files_in_use

    async def close(self) -> None:
        """Stop the audio thread and let go of the devices."""
        async with self._changing:
            self.stop_hearing_yourself()
            await self._bell.closed()
            thread, self._thread = self._thread, None
            self._sink = None
            self.runs.clear()
            if thread is None:
                self._files = None  # the call that they were for ended before its sound began
            else:
                await asyncio.to_thread(thread.stop)

    def connect(self, playout: Playout, coding: Coding, sink: Callable[[bytes], None]) -> None:
        """Begin a call's sound in place of a tone: play, and hand Opus frames to `sink`.

        `sink` is called in the event loop.
        """
        self.tone(None)
        self.play(playout)
        self.encode_as(coding)
        self._sink = sink

    def disconnect(self) -> None:
        """Drop the Opus frames of a call that is over."""
        if self._hearing is None:
            self._sink = None

    def play(self, playout: Playout | None, *, heard: bool = True) -> None:
        """Play an incoming stream, or none; one on hold is not heard, and stays in time."""
        self.stop_hearing_yourself()
        self._play(playout, heard=heard)

    def _play(self, playout: Playout | None, *, heard: bool = True) -> None:
        if self._thread is not None:
            self._thread.set_playout(playout, heard=heard)

    def mute(self, muted: bool) -> None:
        """Mute or open the microphone."""
        if self._thread is not None:
            self._thread.set_muted(muted)

    def encode_as(self, coding: Coding) -> None:
        """Encode in another way."""
        if self._thread is not None:
            self._thread.set_coding(coding)

    def tone(self, samples: Samples | None, *, loop: bool = False) -> None:
        """Play a tone, or stop the present one and the bell."""
        if samples is None:
            self._bell.stop()
        if self._thread is None or not isinstance(self._thread.port, SoundDevicePort):
            return  # a recording or an echo is of the other side, not of our tones
        if samples is None:
            self._thread.stop_tone()
        else:
            self._thread.play_tone(samples, loop=loop)

    async def ring(self, tone: Samples, *, here: bool, still: Callable[[], bool]) -> None:
        """Play a tone again and again until another one, or none, is played.

        Args:
            tone: what to loop.
            here: it is this person's call to answer, so it rings at the device for that.
            still: whether the call rings yet when the devices are open.
        """
        await self.open_early()
        audio = self.audio
        if here and audio.port == "devices" and audio.ring_device not in ("", audio.speaker):
            await self._bell.open(audio.ring_device)
        if not still():
            self._bell.stop()
        elif not self._bell.ring(tone):
            self.tone(tone, loop=True)

    @property
    def tried_out(self) -> bool:
        """Whether the person looks at the level or hears the own microphone, without a call."""
        return self.listening or self._hears_soon or self.hearing_yourself

    @property
    def hearing_yourself(self) -> bool:
        """Whether the microphone is played back."""
        return self._hearing is not None

    async def hear_yourself(self, over: Callable[[], object], taken: Callable[[], bool]) -> None:
        """Play what the microphone gives, as others would hear it; not while a call has the sound.

        Args:
            over: called when it has lasted long enough.
            taken: tells whether a call has the sound by now, once the devices are open.
        """
        self._hears_soon = True  # a call's end may come meanwhile
        try:
            await self.open()
        finally:
            self._hears_soon = False
        if taken():
            return
        hearing = HearingYourself(self._loop, over)
        self.connect(hearing.playout, PLAIN.coding, hearing.frame)
        self.mute(False)
        self._hearing = hearing

    def stop_hearing_yourself(self) -> None:
        """Stop that; a call's sound stays as it is."""
        hearing, self._hearing = self._hearing, None
        if hearing is not None:
            hearing.stop()
            self._sink = None
            self._play(None)

    async def use(self, audio: AudioSection) -> None:
        """Go over to other devices or another processing, also in a call.

        Raises:
            LocalFault: the new ones cannot be opened; the old ones stay in use.
        """
        async with self._changing:
            if self._thread is not None:
                await asyncio.to_thread(self._change, self._thread, audio)
            self.audio, self.problem = audio, None

    async def use_files(self, source: str, target: str) -> None:
        """Use sound files for the next call; with neither, the configured devices.

        Raises:
            LocalFault: the input cannot be read or the output not written.
        """
        self._files = self._given = None
        if source or target:
            files = await asyncio.to_thread(FilePort, _path(source), _path(target))
            self._files = self._given = files

    async def finish_files(self) -> Sentence | None:
        """Finish what was written into the files that `use_files` named, if the call is over.

        Returns:
            What went wrong with them.
        """
        files = self._given
        if files is None:
            return None
        if self._files_over:
            await asyncio.to_thread(files.stop)
        return _spoilt(files)

    @property
    def file_problem(self) -> Sentence | None:
        """What is wrong with the file into which a call is written."""
        return _spoilt(self._thread.port) if self._thread is not None else None

    def meters(self) -> Meters:
        """Return the levels of this moment."""
        return self._thread.meters() if self._thread is not None else SILENT_METERS

    @property
    def late_ms(self) -> float:
        """How late the thread that moves sound is, in ms: 99 % of its wakes are not later."""
        return self._thread.lateness_ms() if self._thread is not None else 0.0

    @property
    def digital_silence_seconds(self) -> float:
        """For how long an open microphone has given nothing but zeros; recordings may."""
        port = self._thread.port if self._thread is not None else None
        return port.silent_seconds if isinstance(port, SoundDevicePort) else 0.0

    @property
    def has_microphone(self) -> bool:
        """Whether sound comes in, as far as is known; True while nothing is open."""
        return self._thread is None or self._thread.port.has_microphone

    @property
    def has_speaker(self) -> bool:
        """Whether sound goes out, as far as is known; True while nothing is open."""
        return self._thread is None or self._thread.port.has_speaker

    @property
    def latency_ms(self) -> float:
        """Return what the devices and their queues add to the delay, in milliseconds."""
        if self._thread is None:
            return 0.0
        port = self._thread.port
        queued = (port.capture_cushion + port.playback_target) / SAMPLE_RATE
        return (port.capture_latency + queued + port.playback_latency) * 1000

    @property
    def started(self) -> tuple[float, float]:
        """Monotonic seconds of the first sample in and out of a port without devices, else 0."""
        port = self._thread.port if self._thread is not None else None
        if not isinstance(port, PacedPort):
            return 0.0, 0.0
        return port.input_started_at or 0.0, port.output_started_at or 0.0

    async def devices(self) -> DevicesView:
        """Return the devices by name, as the system has them now."""
        available: tuple[DeviceView, ...] = ()
        problem = self.problem
        if self.audio.port == "devices":
            try:
                available = tuple(
                    DeviceView(device.name, device.channels_in > 0, device.channels_out > 0)
                    for device in await asyncio.to_thread(list_devices)
                )
            except DeviceError as error:
                problem = sound_problem(error)
        audio = self.audio
        return DevicesView(
            available,
            audio.microphone,
            audio.speaker,
            audio.ring_device,
            self.hearing_yourself,
            problem if problem else None,
        )

    def _begin(self, thread: AudioThread | None) -> AudioThread:
        """Return the thread with the port of the call that begins."""
        try:
            begun = self._on(self._next_port(), thread)
        except LocalFault as error:
            self.problem = sound_problem(error)
            return self._on(SilentPort(), thread)
        self.problem = None
        return begun

    def _on(self, port: AudioPort, thread: AudioThread | None) -> AudioThread:
        if thread is None:
            return self._started(port)
        self._swap(thread, port, self.audio)
        return thread

    def _change(self, thread: AudioThread, audio: AudioSection) -> None:
        port = thread.port
        if isinstance(port, SoundDevicePort) and audio.port == "devices":  # as little gap as can be
            port.change(audio.microphone, audio.speaker)
            thread.set_processor(self._make_processor(port, audio))
        elif ports_of(audio) != ports_of(self.audio):
            self._swap(thread, self._make_port(audio), audio)

    def _swap(self, thread: AudioThread, port: AudioPort, audio: AudioSection) -> None:
        thread.swap_port(port, self._make_processor(port, audio))

    def _next_port(self) -> AudioPort:
        """Return the port for a call that begins; files are for one call."""
        files, self._files = self._files, None
        self._files_in_use, self._files_over = files is not None, False
        return files or self._make_port(self.audio)

    def _started(self, port: AudioPort) -> AudioThread:
        processor = self._make_processor(port, self.audio)
        thread = AudioThread(
            port,
            on_frame=self._captured,
            raise_priority=raise_thread_priority,
            on_failure=lambda error: log.error("audio step failed", error=type(error).__name__),
        )
        thread.start()
        thread.set_processor(processor)
        return thread

    def _make_processor(self, port: AudioPort, audio: AudioSection) -> SoundProcessor | None:
        """Return what the settings want for devices; recordings are played as they are."""
        self.echo_problem = None
        wanted = processing_of(audio)
        if not isinstance(port, SoundDevicePort) or not wanted.any:
            return None
        try:
            return SoundProcessor(wanted)
        except ProcessingMissing as error:
            if wanted.echo_cancellation:
                self.echo_problem = sentence(error.code)
            return None

    def _make_port(self, audio: AudioSection) -> AudioPort:
        match audio.port:
            case "files":
                return FilePort(_path(audio.input_file), _path(audio.output_file))
            case "delay_line":
                return DelayLinePort(audio.delay_ms / 1000)
            case "silent":
                return SilentPort()
            case "devices":
                return SoundDevicePort(audio.microphone, audio.speaker, self._device_changed)

    def _captured(self, packet: bytes, _captured_at: float) -> None:
        self._loop.call_soon_threadsafe(self._deliver, packet)

    def _deliver(self, packet: bytes) -> None:
        if self._sink is not None:
            self._sink(packet)

    def _device_changed(self, event: DeviceEvent) -> None:
        self._loop.call_soon_threadsafe(self._on_change, event)


def _spoilt(port: AudioPort) -> Sentence | None:
    file = port.spoilt_output if isinstance(port, FilePort) else None
    return sentence("G_FILE", file=file.name) if file is not None else None


def _path(text: str) -> Path | None:
    return Path(text).expanduser() if text else None
