"""Which port the sound of a call uses: devices, or files that were asked for one call."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tui_call.config.schema import AudioSection
from tui_call.engine.sound import Sound
from tui_call.voice.devices.files import FilePort, SoundFileError, read_wav
from tui_call.voice.devices.silent import SilentPort


@pytest.fixture
async def sound() -> AsyncIterator[Sound]:
    sound = Sound(AudioSection(port="silent"), lambda _: None)
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
    assert len(read_wav(tmp_path / "heard.wav")) > 0
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


@pytest.mark.parametrize("kind", ["files", "delay_line", "silent"])
async def test_only_devices_are_opened_before_there_is_somebody_to_hear(kind: str) -> None:
    sound = Sound(AudioSection(port=kind), lambda _: None)  # pyright: ignore[reportArgumentType]
    await sound.open_early()
    assert not sound.running
