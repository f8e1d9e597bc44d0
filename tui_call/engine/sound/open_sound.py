"""Sound while it is open: the audio thread, the port that it moves sound through, and the tones.

This stands on the libraries of sound, so it is imported when sound is first opened.
"""

from collections.abc import Callable
from pathlib import Path

from tui_call.config.sections import AudioSection
from tui_call.control.platform import raise_thread_priority
from tui_call.engine.sound.audio_settings import ports_of, processing_of
from tui_call.engine.sound.bell import Bell
from tui_call.sentences import Sentence, sentence
from tui_call.tasks import OnFailure
from tui_call.voice import tones
from tui_call.voice.audio_loop import OnFrame
from tui_call.voice.audio_thread import AudioThread
from tui_call.voice.devices.delay_line import DelayLinePort
from tui_call.voice.devices.files import FilePort
from tui_call.voice.devices.paced import PacedPort
from tui_call.voice.devices.port import AudioPort, DeviceListener
from tui_call.voice.devices.silent import SilentPort
from tui_call.voice.devices.sound_devices import SoundDevicePort
from tui_call.voice.processing import ProcessingMissing
from tui_call.voice.sound import SAMPLE_RATE
from tui_call.voice.sound_processing import SoundProcessor


class OpenSound:
    """An audio thread on a port; opening, going over and closing may take their time.

    Attributes:
        thread: moves the sound.
        echo_problem: why echo is not cancelled although that is wanted, None if it is.
    """

    def __init__(
        self,
        port: AudioPort,
        audio: AudioSection,
        on_frame: OnFrame,
        on_failure: Callable[[Exception], None],
    ) -> None:
        """Open a port and begin; both callables are called in the audio thread.

        Raises:
            LocalFault: it cannot be opened.
        """
        self.echo_problem: Sentence | None = None
        processor = self._processor_for(port, audio)
        self.thread = AudioThread(
            port,
            on_frame=on_frame,
            raise_priority=raise_thread_priority,
            on_failure=on_failure,
        )
        self.thread.start()
        self.thread.set_processor(processor)

    def go_over(self, port: AudioPort, audio: AudioSection) -> None:
        """Go over to another port.

        Raises:
            LocalFault: it cannot be opened; the old one stays in use.
        """
        self.thread.swap_port(port, self._processor_for(port, audio))

    def change(self, before: AudioSection, audio: AudioSection, on_device: DeviceListener) -> None:
        """Follow the settings, with as little of a gap as can be.

        Raises:
            LocalFault: a device or a file cannot be opened; the old ones stay in use.
        """
        port = self.thread.port
        if isinstance(port, SoundDevicePort) and audio.port == "devices":
            port.change(audio.microphone, audio.speaker)
            self.thread.set_processor(self._processor_for(port, audio))
        elif ports_of(audio) != ports_of(before):
            self.go_over(port_of(audio, on_device), audio)

    def ring(self, *, here: bool) -> None:
        """Play again and again that a call rings, here or at the other end."""
        if self._plays_tones:
            self.thread.play_tone(tones.ring() if here else tones.ringback(), loop=True)

    def play_ended(self) -> None:
        """Play the tone that ends a call."""
        if self._plays_tones:
            self.thread.play_tone(tones.ended())

    def stop_tone(self) -> None:
        """Let the present tone fade out."""
        if self._plays_tones:
            self.thread.stop_tone()

    @property
    def _plays_tones(self) -> bool:
        """Whether tones are heard; a recording or an echo is of the other side alone."""
        return isinstance(self.thread.port, SoundDevicePort)

    @property
    def digital_silence_seconds(self) -> float:
        """For how long an open microphone has given nothing but zeros; recordings may."""
        port = self.thread.port
        return port.silent_seconds if isinstance(port, SoundDevicePort) else 0.0

    @property
    def latency_ms(self) -> float:
        """What the devices and their queues add to the delay, in milliseconds."""
        port = self.thread.port
        queued = (port.capture_cushion + port.playback_target) / SAMPLE_RATE
        return (port.capture_latency + queued + port.playback_latency) * 1000

    @property
    def started(self) -> tuple[float, float]:
        """Monotonic seconds of the first sample in and out of a port without devices, else 0."""
        port = self.thread.port
        if not isinstance(port, PacedPort):
            return 0.0, 0.0
        return port.input_started_at or 0.0, port.output_started_at or 0.0

    @property
    def file_problem(self) -> Sentence | None:
        """What is wrong with the file into which a call is written."""
        port = self.thread.port
        return spoilt(port) if isinstance(port, FilePort) else None

    def _processor_for(self, port: AudioPort, audio: AudioSection) -> SoundProcessor | None:
        """Return what the settings want for devices; recordings are played as they are."""
        self.echo_problem = None
        wanted = processing_of(audio)
        if not isinstance(port, SoundDevicePort) or not wanted.any:
            return None
        try:
            return SoundProcessor(wanted)
        except ProcessingMissing as error:
            if wanted.echo_cancellation:
                self.echo_problem = error.sentence
            return None


def port_of(audio: AudioSection, on_device: DeviceListener) -> AudioPort:
    """Return the port that the settings name, closed.

    Raises:
        LocalFault: a file cannot be used.
    """
    match audio.port:
        case "files":
            return files_at(audio.input_file, audio.output_file)
        case "delay_line":
            return DelayLinePort(audio.delay_ms / 1000)
        case "silent":
            return SilentPort()
        case "devices":
            return SoundDevicePort(audio.microphone, audio.speaker, on_device)


def files_at(source: str, target: str) -> FilePort:
    """Return a port that speaks and writes sound files; "" is none.

    Raises:
        LocalFault: the input cannot be read or the output not written.
    """
    return FilePort(_path(source), _path(target))


def spoilt(files: FilePort) -> Sentence | None:
    """Return what went wrong with the file that is written."""
    file = files.spoilt_output
    return sentence("G_FILE", file=file.name) if file is not None else None


def make_bell(on_failure: OnFailure) -> Bell:
    """Return what rings at a device beside the others."""
    return Bell(_speaker, on_failure)


def _speaker(name: str) -> AudioPort:
    return SoundDevicePort(None, name)


def _path(text: str) -> Path | None:
    return Path(text).expanduser() if text else None
