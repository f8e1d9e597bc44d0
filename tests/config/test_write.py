"""Changing one key of a file and nothing else."""

import os
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_call.config.load import load_client
from tui_call.config.paths import ConfigFiles
from tui_call.config.sections import ServiceConfig
from tui_call.config.values import InvalidValue
from tui_call.config.write import (
    FileNotEditable,
    FileNotWritten,
    UnknownSetting,
    write_setting,
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "config" / "client.toml"


def given_text(file: Path, text: str) -> None:
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(text.encode())


def test_a_missing_file_is_made_with_a_comment_for_its_reader(file: Path):
    write_setting(file, "e2ee.calls", "off")
    text = file.read_text()
    assert text.startswith("# Written by tui-call.")
    assert tomllib.loads(text) == {"e2ee": {"calls": "off"}}


def test_comments_order_and_other_keys_stay(file: Path):
    given_text(file, '# mine\n[ui]\ncalm = true # quiet\n\n[e2ee]  # keys\ncalls = "on"  # yes\n')
    write_setting(file, "e2ee.calls", "require")
    assert file.read_text() == (
        '# mine\n[ui]\ncalm = true # quiet\n\n[e2ee]  # keys\ncalls = "require"  # yes\n'
    )


def test_a_key_is_taken_out(file: Path):
    given_text(file, '[ui]\ncalm = true\ntheme = "light"\n')
    write_setting(file, "ui.calm", None)
    assert file.read_text() == '[ui]\ntheme = "light"\n'
    write_setting(file, "audio.speaker", None)
    assert file.read_text() == '[ui]\ntheme = "light"\n'


@pytest.mark.parametrize(
    ("key", "text", "expected"),
    [
        ("engine.stay", "on", {"engine": {"stay": True}}),
        ("engine.end_when_idle_s", "45", {"engine": {"end_when_idle_s": 45}}),
        ("audio.microphone", 'Blue "Yeti" \\ [x]', {"audio": {"microphone": 'Blue "Yeti" \\ [x]'}}),
        (
            "network.ice_servers",
            "stun:a, stun:b",
            {"network": {"ice_servers": ["stun:a", "stun:b"]}},
        ),
        ("keys.call.record", "R", {"keys": {"call.record": "R"}}),
    ],
)
def test_every_kind_of_value(file: Path, key, text, expected):
    write_setting(file, key, text)
    assert tomllib.loads(file.read_text()) == expected


@pytest.mark.parametrize(
    "before",
    [
        'e2ee.calls = "on"\n',
        'e2ee = { calls = "on" }\n',
        '[e2ee]\ncalls = "on"\n[ui]\ncalm = true\n[keys]\n"talk.mute" = "x"\n',
        '\ufeff[e2ee]\r\ncalls = "on"\r\n',
        "",
    ],
)
def test_however_the_key_stands_there(file: Path, before: str):
    given_text(file, before)
    write_setting(file, "e2ee.calls", "off")
    assert tomllib.loads(file.read_text())["e2ee"]["calls"] == "off"


def test_line_ends_stay(file: Path):
    given_text(file, '[e2ee]\r\ncalls = "on"\r\n')
    write_setting(file, "e2ee.calls", "off")
    assert file.read_bytes() == b'[e2ee]\r\ncalls = "off"\r\n'


def test_a_binding_written_as_tables_is_changed_there(file: Path):
    given_text(file, '[keys]\ntalk.mute = "x"\n')
    write_setting(file, "keys.talk.mute", "y")
    write_setting(file, "keys.call.hold", "f5")
    files = ConfigFiles(file.with_name("none"), file)
    assert load_client(files, {}).config.keys == {"talk.mute": "y", "call.hold": "f5"}


@pytest.mark.parametrize("before", ["[e2ee\n", "e2ee = 3\n", 'e2ee = "calls"\n', "[[e2ee]]\n"])
@pytest.mark.parametrize("value", ["on", None])
def test_a_file_that_is_not_understood_is_not_touched(file: Path, before: str, value):
    given_text(file, before)
    with pytest.raises(FileNotEditable):
        write_setting(file, "e2ee.calls", value)
    assert file.read_text() == before


def test_bytes_that_are_no_text_are_not_touched(file: Path):
    file.parent.mkdir()
    file.write_bytes(b"\xff")
    with pytest.raises(FileNotEditable):
        write_setting(file, "ui.calm", "true")
    assert file.read_bytes() == b"\xff"


def test_a_wrong_value_or_key_changes_nothing(file: Path):
    with pytest.raises(InvalidValue, match="follow, off, on, require"):
        write_setting(file, "e2ee.calls", "maybe")
    with pytest.raises(InvalidValue, match="as Tab"):
        write_setting(file, "keys.talk.mute", "ctrl+i")
    with pytest.raises(UnknownSetting, match=r"Did you mean e2ee\.calls"):
        write_setting(file, "e2ee.cals", "on")
    with pytest.raises(UnknownSetting, match="not known"):
        write_setting(file, "keys.talk.mute", "x", ServiceConfig)
    assert not file.parent.exists()


def test_the_mode_and_a_link_stay(file: Path, tmp_path: Path):
    real = tmp_path / "dotfiles.toml"
    real.write_text("[ui]\ncalm = false\n")
    real.chmod(0o640)
    file.parent.mkdir()
    file.symlink_to(real)
    write_setting(file, "ui.calm", "true")
    assert file.is_symlink()
    assert real.read_text() == "[ui]\ncalm = true\n"
    assert real.stat().st_mode & 0o777 == 0o640


def test_a_failure_leaves_the_file_and_nothing_beside_it(file: Path, monkeypatch):
    given_text(file, "[ui]\ncalm = false\n")

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(FileNotWritten, match="No space left"):
        write_setting(file, "ui.calm", "true")
    assert file.read_text() == "[ui]\ncalm = false\n"
    assert list(file.parent.iterdir()) == [file]


@given(device=st.text(max_size=60).filter(str.isprintable))
def test_any_device_name_survives(tmp_path_factory, device: str):
    directory = tmp_path_factory.mktemp("any")
    files = ConfigFiles(directory / "none", directory / "client.toml")
    write_setting(files.user, "audio.speaker", device)
    loaded = load_client(files, {})
    assert loaded.problems == ()
    assert loaded.config.audio.speaker == device
