"""Which port the sound of a call uses, and what is done to a microphone's sound."""

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tui_call.config.sections import AudioSection
from tui_call.control.views import DevicesView
from tui_call.engine.sound import audio_settings, open_sound
from tui_call.engine.sound.audio_settings import limits_of, stand_ins
from tui_call.engine.sound.sound import Sound
from tui_call.voice.devices.files import FilePort
from tui_call.voice.devices.port import DeviceError
from tui_call.voice.devices.silent import SilentPort
from tui_call.voice.devices.sound_file import SoundFileError, read_sound_file
from tui_call.voice.processing import ProcessingMissing
from tui_call.voice.sound_processing import SoundProcessor


@pytest.fixture
async def sound() -> AsyncIterator[Sound]:
    sound = Sound(AudioSection(port="silent"))
    yield sound
    await sound.close()


def port(sound: Sound) -> object:
    assert sound.thread is not None
    return sound.thread.port


async def test_files_are_for_one_call(sound: Sound, tmp_path: Path) -> None:
    await sound.use_files("", str(tmp_path / "heard.wav"))
    await sound.open_early()
    assert not sound.running, "what a file says would be said before anybody hears it"
    await sound.open()
    assert isinstance(port(sound), FilePort)
    sound.end_files()
    await sound.close()
    assert len(read_sound_file(tmp_path / "heard.wav")) > 0
    await sound.open()
    assert isinstance(port(sound), SilentPort)


async def test_the_next_call_may_begin_before_the_sound_of_the_last_was_closed(
    sound: Sound, tmp_path: Path
) -> None:
    for number in range(2):
        await sound.use_files("", str(tmp_path / f"{number}.wav"))
        await sound.open()
        assert isinstance(port(sound), FilePort)
        sound.end_files()
    await sound.open()
    assert isinstance(port(sound), SilentPort)
    assert {file.name for file in tmp_path.iterdir()} == {"0.wav", "1.wav"}


async def test_the_end_of_the_last_call_takes_nothing_from_the_next_one(
    sound: Sound, tmp_path: Path
) -> None:
    await sound.open()
    await sound.use_files("", str(tmp_path / "heard.wav"))
    await sound.close()
    await sound.open()
    assert isinstance(port(sound), FilePort)


async def test_a_call_without_sound_uses_its_files_up(sound: Sound, tmp_path: Path) -> None:
    await sound.use_files("", str(tmp_path / "heard.wav"))
    await sound.close()
    await sound.open()
    assert isinstance(port(sound), SilentPort)


async def test_a_call_may_end_before_any_sound_was_opened(sound: Sound) -> None:
    sound.end_files()
    await sound.open()
    assert isinstance(port(sound), SilentPort)


async def test_a_file_that_cannot_be_read_changes_nothing(sound: Sound, tmp_path: Path) -> None:
    with pytest.raises(SoundFileError):
        await sound.use_files(str(tmp_path / "none.wav"), "")
    await sound.open()
    assert isinstance(port(sound), SilentPort)


async def test_a_file_of_the_settings_that_cannot_be_used_is_told_and_the_call_goes_on(
    tmp_path: Path,
) -> None:
    sound = Sound(AudioSection(port="files", output_file=str(tmp_path)))
    await sound.open()
    assert isinstance(port(sound), SilentPort)
    assert sound.problem is not None
    assert "is a folder" in sound.problem.text
    await sound.use_files("", str(tmp_path / "heard.wav"))
    await sound.open()
    assert isinstance(port(sound), FilePort)
    assert sound.problem is None
    await sound.close()


async def test_what_was_written_last_is_finished_when_it_is_asked_for(
    sound: Sound, tmp_path: Path
) -> None:
    assert await sound.finish_files() is None
    folder = tmp_path / "drive"
    folder.mkdir()
    await sound.use_files("", str(folder / "heard.wav"))
    folder.rmdir()
    await sound.open()
    sound.end_files()
    problem = await sound.finish_files()
    assert problem is not None
    assert problem.code == "G_FILE"
    assert sound.file_problem == problem
    await sound.use_files("", str(tmp_path / "another.wav"))
    assert await sound.finish_files() is None, "its call never began"


@pytest.mark.parametrize("kind", ["files", "delay_line", "silent"])
async def test_only_devices_are_opened_before_there_is_somebody_to_hear(kind: str) -> None:
    sound = Sound(AudioSection(port=kind))  # pyright: ignore[reportArgumentType]
    await sound.open_early()
    assert not sound.running


class Devices(SilentPort):
    """Stands for sound devices."""

    def __init__(self, microphone: str, speaker: str, _: object) -> None:
        super().__init__()
        self.names = (microphone, speaker)

    def change(self, microphone: str, speaker: str) -> None:
        if microphone == "broken":
            raise DeviceError("still", kind="speaker")
        self.names = (microphone, speaker)


@pytest.fixture
async def call(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Sound]:
    """Sound by devices, opened."""
    monkeypatch.setattr(open_sound, "SoundDevicePort", Devices)
    sound = Sound(AudioSection())
    await sound.open()
    yield sound
    await sound.close()


async def processor(sound: Sound) -> SoundProcessor | None:
    """Return what the audio thread uses, once it obeyed."""
    thread = sound.thread
    assert thread is not None
    obeyed = threading.Event()
    thread._orders.append(obeyed.set)
    assert await asyncio.to_thread(obeyed.wait, 20.0)
    return thread._loop.processor


async def test_switches_act_in_a_call_and_open_no_device_again(call: Sound) -> None:
    devices, first = port(call), await processor(call)
    assert first is not None
    for audio, cancels in (
        (AudioSection(headphones=True), False),
        (AudioSection(echo_cancellation=False), False),
        (AudioSection(gain_control=True), True),
    ):
        await call.use(audio)
        now = await processor(call)
        assert now is not None
        assert now is not first
        assert now._cancels_echo == cancels
    await call.use(AudioSection(echo_cancellation=False, noise_suppression=False))
    assert await processor(call) is None
    assert port(call) is devices


async def test_other_devices_get_a_processor_of_their_own(call: Sound) -> None:
    devices, first = port(call), await processor(call)
    assert isinstance(devices, Devices)
    await call.use(AudioSection(microphone="another"))
    assert port(call) is devices, "its other side goes on"
    assert devices.names == ("another", "")
    assert await processor(call) not in (None, first)


async def test_devices_that_cannot_be_opened_change_nothing(call: Sound) -> None:
    devices, first = port(call), await processor(call)
    with pytest.raises(DeviceError):
        await call.use(AudioSection(microphone="broken", headphones=True))
    assert isinstance(devices, Devices)
    assert devices.names == ("", "")
    assert call.audio == AudioSection()
    assert await processor(call) is first


async def test_recordings_are_said_and_heard_as_they_are(call: Sound, tmp_path: Path) -> None:
    await call.use(AudioSection(port="files", output_file=str(tmp_path / "heard.wav")))
    assert await processor(call) is None


async def test_without_an_echo_canceller_a_call_goes_on_and_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def missing(_: object) -> None:
        raise ProcessingMissing

    monkeypatch.setattr(open_sound, "SoundDevicePort", Devices)
    monkeypatch.setattr(open_sound, "SoundProcessor", missing)
    sound = Sound(AudioSection())
    await sound.open()
    assert sound.running
    assert sound.echo_problem is not None
    assert sound.echo_problem.code == "N_PROCESSING"
    await sound.use(AudioSection(headphones=True))
    assert sound.echo_problem is None, "headphones need none"
    await sound.close()


def test_settings_say_what_keeps_them_from_working(monkeypatch: pytest.MonkeyPatch) -> None:
    assert limits_of(AudioSection()) == {}
    assert {key: view.code for key, view in limits_of(AudioSection(headphones=True)).items()} == {
        "audio.echo_cancellation": "N_HEADPHONES"
    }
    monkeypatch.setattr(audio_settings, "installed", lambda: False)
    missing = limits_of(AudioSection())
    assert {view.code for view in missing.values()} == {"N_PROCESSING"}
    assert len(missing) == 3


@pytest.mark.parametrize(
    ("audio", "microphone", "speaker"),
    [
        (AudioSection(), "default microphone", "default speaker"),
        (AudioSection(microphone="Blue Yeti"), "Blue Yeti", "default speaker"),
        (AudioSection(port="files"), "built-in signal", "played nowhere"),
        (
            AudioSection(port="files", input_file="~/in/hello.wav", output_file="/tmp/heard.wav"),
            "file hello.wav", "file heard.wav",
        ),
        (AudioSection(port="silent"), "silence", "played nowhere"),
        (AudioSection(port="delay_line"), "an echo", "an echo"),
    ],
)  # fmt: skip
def test_screens_name_what_stands_in_for_devices(
    audio: AudioSection, microphone: str, speaker: str
) -> None:
    speaks, listens = stand_ins(audio)
    view = DevicesView((), audio.microphone, audio.speaker, speaks=speaks, listens=listens)
    assert (view.microphone_shown, view.speaker_shown) == (microphone, speaker)


async def test_who_is_gone_before_the_devices_are_open_leaves_none_open(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    opening, open_now, closed = threading.Event(), threading.Event(), threading.Event()

    class Slow(Devices):
        def start(self) -> None:
            opening.set()
            assert open_now.wait(20)
            super().start()

        def stop(self) -> None:
            super().stop()
            closed.set()

    monkeypatch.setattr(open_sound, "SoundDevicePort", Slow)
    sound = Sound(AudioSection())
    ordered = asyncio.create_task(sound.open())
    assert await asyncio.to_thread(opening.wait, 20)
    ordered.cancel()
    closing = asyncio.create_task(sound.close())
    open_now.set()
    await closing
    assert await asyncio.to_thread(closed.wait, 5)
    assert not [one for one in threading.enumerate() if one.name == "audio"]
