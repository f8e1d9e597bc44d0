"""Settings are written where they work, and a file that names what does not work is told of."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.one_process import Resident, until, village
from tui_call.config.paths import ProfilePaths
from tui_call.config.sections import AudioSection
from tui_call.config.write import FileNotWritten
from tui_call.control.actions import ChangeSetting, ChooseDevice
from tui_call.control.server import ActionRefused
from tui_call.engine.account import configuration
from tui_call.voice.devices.port import DeviceError
from tui_call.voice.devices.portaudio import NoSuchDevice


@pytest.fixture
async def ada(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Resident]:
    """A person whose sound devices are good where they are called so."""
    async with village(tmp_path, monkeypatch) as here:
        ada = await here.resident("ada")

        async def use(audio: AudioSection) -> None:
            if {audio.microphone, audio.speaker} - {"", "Good"}:
                raise NoSuchDevice(kind="microphone")
            ada.engine.sound.audio = audio

        monkeypatch.setattr(ada.engine.sound, "use", use)
        yield ada


def file_of(person: Resident) -> Path:
    return ProfilePaths(person.snapshot.me.profile).client_files.user


async def test_a_device_that_cannot_be_opened_is_not_written_down(ada: Resident) -> None:
    await ada.order(ChooseDevice("microphone", "Good"))
    with pytest.raises(DeviceError):
        await ada.order(ChooseDevice("microphone", "Broken"))
    with pytest.raises(DeviceError):
        await ada.order(ChangeSetting("audio.speaker", "Broken"))
    assert ada.engine.configuration.current.audio == ada.engine.sound.audio
    assert ada.engine.configuration.current.audio.microphone == "Good"
    assert "Broken" not in file_of(ada).read_text()
    await ada.order(ChooseDevice("microphone", ""))
    assert (
        ada.engine.configuration.current.audio.microphone == ada.engine.sound.audio.microphone == ""
    )


async def test_a_device_whose_choice_cannot_be_kept_is_let_go_again(
    ada: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise FileNotWritten("client.toml cannot be written: no space left.")

    monkeypatch.setattr(configuration, "write_setting", full)
    with pytest.raises(FileNotWritten):
        await ada.order(ChooseDevice("microphone", "Good"))
    assert ada.engine.sound.audio.microphone == ""


@pytest.mark.parametrize(
    "choice", [ChooseDevice("microphone", "Good"), ChangeSetting("audio.microphone", None)]
)
async def test_a_choice_that_would_not_count_is_refused_and_says_what_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, choice: ChooseDevice | ChangeSetting
) -> None:
    monkeypatch.setenv("TUI_CALL_AUDIO__MICROPHONE", "Headset")
    async with village(tmp_path, monkeypatch) as here:
        ada = await here.resident("ada")
        with pytest.raises(ActionRefused) as caught:
            await ada.order(choice)
        assert ada.engine.configuration.current.audio.microphone == "Headset"
        assert not file_of(ada).exists()
    said = caught.value.sentence
    assert said is not None
    assert said.text == "audio.microphone is set by the environment: a choice here does not count."
    assert said.why == "Its variable is TUI_CALL_AUDIO__MICROPHONE."


async def test_an_edited_file_that_names_no_device_of_this_computer_is_told_of(
    ada: Resident,
) -> None:
    file_of(ada).parent.mkdir(parents=True, exist_ok=True)
    file_of(ada).write_text('[audio]\nmicrophone = "Broken"\n')
    await until(lambda: "F_NO_SUCH_DEVICE" in ada.notices)
    assert ada.engine.sound.audio.microphone == ""
