"""The engine's hold on sound: which port, the audio thread while it is needed, the tones.

The thread runs while a call rings or lasts and while the person looks at the microphone's level;
else no device is open.
"""

import asyncio
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from tui_call.config.sections import AudioSection
from tui_call.control.platform import favour_thread
from tui_call.control.views import DevicesView, DeviceView
from tui_call.engine.sound.audio_settings import stand_ins
from tui_call.errors import LocalFault
from tui_call.sentences import Sentence
from tui_call.tasks import OnFailure, Tasks, log_failure
from tui_call.voice.coding import Coding
from tui_call.voice.devices.port import DeviceError, DeviceEvent
from tui_call.voice.devices.portaudio import devices_of_now
from tui_call.voice.redundancy import PLAIN

if TYPE_CHECKING:
    from tui_call.engine.sound.bell import Bell
    from tui_call.engine.sound.hearing_yourself import HearingYourself
    from tui_call.engine.sound.open_sound import OpenSound
    from tui_call.voice.audio_loop import Incoming
    from tui_call.voice.audio_thread import AudioThread, SoundLevels
    from tui_call.voice.devices.files import FilePort
    from tui_call.voice.devices.port import AudioPort

_SWITCH_SECONDS = 0.0005
"""How long the event loop may keep the interpreter from the audio thread; Python's own is 5 ms."""


class Sound:
    """Opens and closes the audio thread, and knows what is wrong with the devices.

    Attributes:
        audio: the `[audio]` section in use.
        listening: the person looks at the level of the microphone, call or not.
        runs: set while the audio thread runs.
        problem: why devices could not be opened, None if they could.
    """

    def __init__(self, audio: AudioSection, on_failure: OnFailure = log_failure) -> None:
        """Keep the `[audio]` section; opens nothing. `on_failure` takes what nobody foresaw."""
        self.audio = audio
        self._on_failure = on_failure
        self.listening = False
        self.problem: Sentence | None = None
        self._listeners: list[Callable[[DeviceEvent], None]] = []
        self.runs = asyncio.Event()
        self._opened: OpenSound | None = None
        self._sink: Callable[[bytes], None] | None = None
        self._loop = asyncio.get_running_loop()
        self._changing = asyncio.Lock()
        self._begun = Tasks(on_failure)  # who orders a change may be gone before it is done
        self._bell: Bell | None = None
        self._hearing: HearingYourself | None = None
        self._hears_soon = False
        self._files: FilePort | None = None  # for the next call
        self._given: FilePort | None = None  # those that were asked for last, used or not
        self._files_in_use = self._files_over = False

    def listen(self, listener: Callable[[DeviceEvent], None]) -> None:
        """Call `listener` in the event loop when a device is lost or found."""
        self._listeners.append(listener)

    @property
    def running(self) -> bool:
        """Whether the audio thread runs."""
        return self._opened is not None

    @property
    def thread(self) -> "AudioThread | None":
        """The running thread."""
        return self._opened.thread if self._opened is not None else None

    @property
    def echo_problem(self) -> Sentence | None:
        """Why echo is not cancelled although that is wanted, None if it is."""
        return self._opened.echo_problem if self._opened is not None else None

    async def open(self) -> None:
        """Start the audio thread if it does not run, on silence where there is nothing else.

        Devices and disks can take their time, so that happens beside the event loop.
        """
        await self._begun.finish(self._open())

    async def _open(self) -> None:
        async with self._changing:
            favour_thread()  # else the audio thread waits for an event loop that nobody lets run
            sys.setswitchinterval(_SWITCH_SECONDS)
            if self._opened is None or self._files is not None or self._files_over:
                self._opened = await asyncio.to_thread(self._begin, self._opened)
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
        await self._begun.finish(self._close())

    async def _close(self) -> None:
        async with self._changing:
            self.stop_hearing_yourself()
            if self._bell is not None:
                await self._bell.closed()
            opened, self._opened = self._opened, None
            self._sink = None
            self.runs.clear()
            if opened is None:
                self._files = None  # the call that they were for ended before its sound began
            else:
                await asyncio.to_thread(opened.thread.stop)

    def connect(self, playout: "Incoming", coding: Coding, sink: Callable[[bytes], None]) -> None:
        """Begin a call's sound in place of a tone: play, and hand Opus frames to `sink`.

        `sink` is called in the event loop.
        """
        self.stop_tone()
        self.play(playout)
        self.encode_as(coding)
        self.hand_frames_to(sink)

    def hand_frames_to(self, sink: Callable[[bytes], None]) -> None:
        """Hand Opus frames to `sink` in the event loop, whatever is played."""
        self.stop_hearing_yourself()
        self._sink = sink

    def pass_over(self, playouts: "tuple[Incoming, ...]") -> None:
        """Let the streams of other calls stay in time without being heard."""
        if self.thread is not None:
            self.thread.set_passed_over(playouts)

    def disconnect(self) -> None:
        """Drop the Opus frames of a call that is over."""
        if self._hearing is None:
            self._sink = None

    def play(self, playout: "Incoming | None", *, heard: bool = True) -> None:
        """Play an incoming stream, or none; one on hold is not heard, and stays in time."""
        self.stop_hearing_yourself()
        self._play(playout, heard=heard)

    def _play(self, playout: "Incoming | None", *, heard: bool = True) -> None:
        if self.thread is not None:
            self.thread.set_playout(playout, heard=heard)

    def mute(self, muted: bool) -> None:
        """Mute or open the microphone."""
        if self.thread is not None:
            self.thread.set_muted(muted)

    def encode_as(self, coding: Coding) -> None:
        """Encode in another way."""
        if self.thread is not None:
            self.thread.set_coding(coding)

    def stop_tone(self) -> None:
        """Stop the present tone and the bell."""
        if self._bell is not None:
            self._bell.stop()
        if self._opened is not None:
            self._opened.stop_tone()

    def play_ended(self) -> None:
        """Play the tone that ends a call."""
        if self._opened is not None:
            self._opened.play_ended()

    async def ring(self, *, here: bool, still: Callable[[], bool]) -> None:
        """Play that a call rings, again and again until another tone, or none, is played.

        Args:
            here: it is this person's call to answer, so it rings at the device for that.
            still: whether the call rings yet when the devices are open.
        """
        await self.open_early()
        bell = await self._bell_of(self.audio) if here and self._opened is not None else None
        if not still():
            if bell is not None:
                bell.stop()
        elif (bell is None or not bell.ring()) and self._opened is not None:
            self._opened.ring(here=here)

    async def _bell_of(self, audio: AudioSection) -> "Bell | None":
        """Return what rings at another device than the speaker, None where none is wanted."""
        if audio.port != "devices" or audio.ring_device in ("", audio.speaker):
            return None
        if self._bell is None:
            from tui_call.engine.sound.open_sound import make_bell

            self._bell = make_bell(self._on_failure)
        await self._bell.open(audio.ring_device)
        return self._bell

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
        from tui_call.engine.sound.hearing_yourself import HearingYourself

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
        await self._begun.finish(self._go_over(audio))

    async def _go_over(self, audio: AudioSection) -> None:
        async with self._changing:
            if self._opened is not None:
                change = self._opened.change
                await asyncio.to_thread(change, self.audio, audio, self._device_changed)
            self.audio, self.problem = audio, None

    async def use_files(self, source: str, target: str) -> None:
        """Use sound files for the next call; with neither, the configured devices.

        Raises:
            LocalFault: the input cannot be read or the output not written.
        """
        self._files = self._given = None
        if source or target:
            self._files = self._given = await asyncio.to_thread(_files_at, source, target)

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
        from tui_call.engine.sound.open_sound import spoilt

        return spoilt(files)

    @property
    def file_problem(self) -> Sentence | None:
        """What is wrong with the file into which a call is written."""
        return self._opened.file_problem if self._opened is not None else None

    def meters(self) -> "SoundLevels | None":
        """Return the levels of this moment, None while nothing is open."""
        return self.thread.meters() if self.thread is not None else None

    @property
    def late_ms(self) -> float:
        """How late the thread that moves sound is, in ms: 99 % of its wakes are not later."""
        return self.thread.lateness_ms() if self.thread is not None else 0.0

    @property
    def digital_silence_seconds(self) -> float:
        """For how long an open microphone has given nothing but zeros; recordings may."""
        return self._opened.digital_silence_seconds if self._opened is not None else 0.0

    @property
    def has_microphone(self) -> bool:
        """Whether sound comes in, as far as is known; True while nothing is open."""
        return self.thread is None or self.thread.port.has_microphone

    @property
    def has_speaker(self) -> bool:
        """Whether sound goes out, as far as is known; True while nothing is open."""
        return self.thread is None or self.thread.port.has_speaker

    @property
    def latency_ms(self) -> float:
        """What the devices and their queues add to the delay, in milliseconds."""
        return self._opened.latency_ms if self._opened is not None else 0.0

    @property
    def started(self) -> tuple[float, float]:
        """Monotonic seconds of the first sample in and out of a port without devices, else 0."""
        return self._opened.started if self._opened is not None else (0.0, 0.0)

    async def devices(self) -> DevicesView:
        """Return the devices by name, as the system has them now."""
        available: tuple[DeviceView, ...] = ()
        problem = self.problem
        if self.audio.port == "devices":
            try:
                available = tuple(
                    DeviceView(device.name, device.channels_in > 0, device.channels_out > 0)
                    for device in await asyncio.to_thread(devices_of_now)
                )
            except DeviceError as error:
                problem = error.sentence
        audio = self.audio
        return DevicesView(
            available, audio.microphone, audio.speaker, audio.ring_device, self.hearing_yourself,
            problem, *stand_ins(audio),
        )  # fmt: skip

    def _begin(self, opened: "OpenSound | None") -> "OpenSound":
        """Return open sound with the port of the call that begins."""
        from tui_call.voice.devices.silent import SilentPort

        try:
            begun = self._on(self._next_port(), opened)
        except LocalFault as error:
            self.problem = error.sentence
            return self._on(SilentPort(), opened)
        self.problem = None
        return begun

    def _on(self, port: "AudioPort", opened: "OpenSound | None") -> "OpenSound":
        from tui_call.engine.sound.open_sound import OpenSound

        if opened is None:
            return OpenSound(port, self.audio, self._captured, self._step_failed)
        opened.go_over(port, self.audio)
        return opened

    def _next_port(self) -> "AudioPort":
        """Return the port for a call that begins; files are for one call."""
        from tui_call.engine.sound.open_sound import port_of

        files, self._files = self._files, None
        self._files_in_use, self._files_over = files is not None, False
        return files or port_of(self.audio, self._device_changed)

    def _captured(self, packet: bytes, _captured_at: float) -> None:
        self._loop.call_soon_threadsafe(self._deliver, packet)

    def _deliver(self, packet: bytes) -> None:
        if self._sink is not None:
            try:
                self._sink(packet)
            except Exception as error:  # the next frame may go out again
                self._on_failure("frame", error)

    def _step_failed(self, error: Exception) -> None:
        self._loop.call_soon_threadsafe(self._on_failure, "audio step", error)

    def _device_changed(self, event: DeviceEvent) -> None:
        self._loop.call_soon_threadsafe(self._tell, event)

    def _tell(self, event: DeviceEvent) -> None:
        for listener in self._listeners:
            listener(event)


def _files_at(source: str, target: str) -> "FilePort":
    from tui_call.engine.sound.open_sound import files_at

    return files_at(source, target)
