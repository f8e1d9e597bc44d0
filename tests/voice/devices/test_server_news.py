"""What is made of the words of a sound server's own program."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tui_call.voice.devices import server_news
from tui_call.voice.devices.port import DeviceKind
from tui_call.voice.devices.server_news import ServerNews

DEADLINE = 20.0

# Says how often it was started; goes on until it is ended.
PACTL = """#!/bin/sh
echo >> "{started}"
echo "Event 'change' on source #1"
echo "Event 'remove' on source-output #2"
echo "Event 'remove' on {what} #3"
{then}
"""


@pytest.fixture
def news() -> Iterator[ServerNews]:
    listening = ServerNews()
    yield listening
    listening.stop()


def put_program(folder: Path, monkeypatch: pytest.MonkeyPatch, what: str, then: str) -> Path:
    """Let `pactl` be a program that says something; return where it counts its starts."""
    program, started = folder / "pactl", folder / "started"
    program.write_text(PACTL.format(started=started, what=what, then=then))
    program.chmod(0o700)
    monkeypatch.setenv("PATH", str(folder), prepend=":")
    return started


def wait_for(news: ServerNews, kind: DeviceKind) -> None:
    deadline = time.monotonic() + DEADLINE
    while not news.one_went(kind):
        assert time.monotonic() < deadline
        time.sleep(0.01)  # leave the processor to the program


@pytest.mark.parametrize(("what", "kind"), [("source", "microphone"), ("sink", "speaker")])
def test_a_device_that_went_is_told_once(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    news: ServerNews,
    what: str,
    kind: DeviceKind,
) -> None:
    put_program(tmp_path, monkeypatch, what, "exec sleep 60")
    news.start()
    wait_for(news, kind)
    assert not news.one_went("microphone")
    assert not news.one_went("speaker")


# Names the default microphone that stands in a file.
DEFAULT = """#!/bin/sh
[ "$1" = get-default-source ] && exec cat "{name}"
exec sleep 60
"""


def test_a_default_microphone_that_becomes_the_monitor_of_a_speaker_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, news: ServerNews
) -> None:
    name, program = tmp_path / "name", tmp_path / "pactl"
    program.write_text(DEFAULT.format(name=name))
    program.chmod(0o700)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    for first, then, is_speaker in (
        ("usb", "laptop.monitor", True),
        ("usb", "laptop", False),
        ("usb", "usb", False),
        ("virtual.monitor", "virtual.monitor", False),  # somebody wants it so
        ("", "laptop.monitor", False),
    ):
        name.write_text(first + "\n")
        news.start()
        deadline = time.monotonic() + DEADLINE
        while news._process is None:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        name.write_text(then + "\n")
        assert news.default_is_a_speaker() is is_speaker, (first, then)
        news.stop()
        news._process = None


def test_a_server_that_comes_back_is_listened_to_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, news: ServerNews
) -> None:
    monkeypatch.setattr(server_news, "_RETRY_SECONDS", 0.0)
    started = put_program(tmp_path, monkeypatch, "sink", "")
    news.start()
    for _ in range(3):
        wait_for(news, "speaker")
    assert len(started.read_text()) >= 3


def test_without_the_program_nothing_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, news: ServerNews
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    news.start()
    assert news._thread is None
    assert not news.default_is_a_speaker()
    program = tmp_path / "pactl"
    program.write_text("no program")
    program.chmod(0o700)
    news.start()
    assert news._thread is not None
    news._thread.join(DEADLINE)
    assert not news._thread.is_alive()
