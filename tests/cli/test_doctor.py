"""What the doctor says of a whole computer and of a poor one, and what it never says."""

import json
import os
import socket
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from tui_call.cli import cli
from tui_call.cli import doctor as doctor_module
from tui_call.cli.doctor import Finding, examine
from tui_call.config.paths import ProfilePaths
from tui_call.control import launch, platform
from tui_call.control.actions import AskRelays
from tui_call.control.client import CommandRefused
from tui_call.control.lines import Error
from tui_call.profile import keyring_backend
from tui_call.tap.speech import sherpa
from tui_call.transport import ice_agent
from tui_call.voice import opus, sound_processing
from tui_call.voice.devices import portaudio
from tui_call.voice.devices.port import DeviceError
from tui_call.voice.devices.portaudio import AudioLibraryMissing, SoundDevice
from tui_call.voice.processing import ProcessingMissing

HEADSET = SoundDevice("Ada's headset", 0, 1, 2, 48_000)
SECRET_SERVER = "turn:ada:hunter2@turn.example:3478"


class FakePortAudio:
    @staticmethod
    def get_portaudio_version() -> tuple[int, str]:
        return 1, "PortAudio V19"


@pytest.fixture
def paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ProfilePaths:
    """A user whose computer has everything."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.setenv("TUI_CALL_HOME", str(tmp_path / "ada" / "calls"))
    monkeypatch.setattr(portaudio, "library", FakePortAudio)
    monkeypatch.setattr(portaudio, "list_devices", lambda: (HEADSET,))
    monkeypatch.setattr(keyring_backend, "find_keyring", lambda: "a real one")
    monkeypatch.setattr(platform, "raise_thread_priority", lambda: True)
    return ProfilePaths("ada")


def found(paths: ProfilePaths, subject: str) -> Finding:
    return next(finding for finding in examine(paths) if finding.subject == subject)


def test_nothing_is_missing_on_a_whole_computer(paths: ProfilePaths) -> None:
    about_the_terminal = {"terminal", "symbols"}
    findings = [one for one in examine(paths) if one.subject not in about_the_terminal]
    assert [one for one in findings if not one.ok or one.remedy] == []
    assert found(paths, "devices").detail == "1 with a microphone, 1 with a speaker"
    assert found(paths, "engine").detail == "not running; tui-call starts it"


def test_each_missing_thing_comes_with_what_to_do(
    paths: ProfilePaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_library() -> None:
        raise AudioLibraryMissing

    def no_codec(_: object) -> None:
        raise opus.OpusMissing

    def no_processing(_: object) -> None:
        raise ProcessingMissing

    monkeypatch.setattr(portaudio, "library", no_library)
    monkeypatch.setattr(portaudio, "list_devices", no_library)
    monkeypatch.setattr(opus, "Encoder", no_codec)
    monkeypatch.setattr(sound_processing, "SoundProcessor", no_processing)
    monkeypatch.setattr(keyring_backend, "find_keyring", lambda: None)
    monkeypatch.setattr(platform, "raise_thread_priority", lambda: False)
    monkeypatch.setattr("sys.platform", "linux")
    for subject in ("PortAudio", "devices", "libopus", "echo canceller", "keyring", "audio thread"):
        finding = found(paths, subject)
        assert not finding.ok
        assert finding.remedy


def test_a_sound_system_without_devices_or_without_answer(
    paths: ProfilePaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent() -> None:
        raise DeviceError("silent", reason="no answer")

    monkeypatch.setattr(portaudio, "list_devices", lambda: ())
    assert not found(paths, "devices").ok
    monkeypatch.setattr(portaudio, "list_devices", silent)
    assert found(paths, "devices").detail == "The sound system does not answer: no answer."


def test_a_speech_engine_is_looked_for_and_needed_only_where_a_model_is_named(
    paths: ProfilePaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert found(paths, "speech engine").remedy == ""
    service = paths.service_files.user
    service.parent.mkdir(parents=True)
    service.write_text('[captions]\nmodel = "/nowhere/model"\n')
    finding = found(paths, "speech engine")
    assert not finding.ok
    assert "captions.model" in finding.remedy
    monkeypatch.setattr(sherpa, "find_spec", lambda _: None)
    finding = found(paths, "speech engine")
    assert finding.ok
    assert "[captions]" in finding.remedy


def test_broken_settings_are_named_by_file_line_and_key(paths: ProfilePaths) -> None:
    client = paths.client_files.user
    client.parent.mkdir(parents=True)
    client.write_text('[e2ee]\ncalls = "sometimes"\n')
    finding = found(paths, "settings")
    assert (finding.ok, finding.detail) == (False, "client.toml:2")
    assert "e2ee.calls" in finding.remedy
    assert "follow, off, on, require" in finding.remedy


def test_servers_that_do_not_answer_are_counted_and_not_named(
    paths: ProfilePaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ice_agent, "SERVERS_SECONDS", 0.1)
    monkeypatch.setattr(ice_agent, "GATHERING_SECONDS", 0.1)
    client = paths.client_files.user
    client.parent.mkdir(parents=True)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        named = f'["stun:{address}", "turn:ada:hunter2@{address}"]'
        client.write_text(f"[network]\nice_servers = {named}\n")
        finding = found(paths, "relays")
    assert (finding.ok, finding.detail) == (False, "0 of 2 servers answer")
    assert finding.remedy


class RunningEngine:
    """An engine whose service names servers; one of an earlier version does not ask them."""

    snapshot = SimpleNamespace(
        service=SimpleNamespace(personal=False, state="online"), me=SimpleNamespace(state="ready")
    )

    def __init__(self, named: int, answering: int, *, old: bool = False) -> None:
        self._result = {"named": named, "answer": answering}
        self._old = old
        self.closed = False

    async def command(self, action: AskRelays) -> dict[str, int]:
        assert isinstance(action, AskRelays)
        if self._old:
            raise CommandRefused(Error(1, "unknown_command", "What is that?"))
        return self._result

    async def close(self) -> None:
        self.closed = True


@pytest.mark.parametrize(
    ("engine", "said"),
    [
        (RunningEngine(2, 2), [(True, "2 of 2 servers answer", "")]),
        (RunningEngine(2, 0), [(False, "0 of 2 servers answer", "ask who runs the service")]),
        (RunningEngine(0, 0), []),
        (RunningEngine(2, 2, old=True), []),
    ],
)
def test_the_servers_of_the_service_are_asked_by_the_engine(
    paths: ProfilePaths,
    monkeypatch: pytest.MonkeyPatch,
    engine: RunningEngine,
    said: list[tuple[bool, str, str]],
) -> None:
    async def connect(*_: object) -> RunningEngine:
        return engine

    monkeypatch.setattr(launch, "connect", connect)
    findings = [one for one in examine(paths) if one.subject == "service relays"]
    assert [(one.ok, one.detail, one.remedy.partition(";")[0]) for one in findings] == said
    assert engine.closed


def test_a_place_that_cannot_be_written(paths: ProfilePaths, tmp_path: Path) -> None:
    (tmp_path / "ada").write_text("a file where a directory should be")
    finding = found(paths, "data")
    assert not finding.ok
    assert finding.remedy.startswith("let your user write to ~")


def test_nothing_private_is_shown(paths: ProfilePaths, tmp_path: Path) -> None:
    client = paths.client_files.user
    client.parent.mkdir(parents=True)
    client.write_text(f'[network]\nice_servers = ["{SECRET_SERVER}", "nonsense"]\n')
    shown = CliRunner().invoke(cli, ["--profile", "ada", "doctor"], catch_exceptions=False).output
    shown += CliRunner().invoke(cli, ["--profile", "ada", "doctor", "--json"]).output
    for private in ("hunter2", "turn.example", "headset", str(tmp_path), "profiles/ada"):
        assert private not in shown
    assert "~/PROFILE/calls/config/profiles/PROFILE" in shown


def test_what_does_not_answer_or_fails_is_told_and_the_rest_is_looked_at(
    paths: ProfilePaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered = threading.Event()

    def fails() -> None:
        raise KeyError("a name")

    monkeypatch.setattr(doctor_module, "LOOK_WITHIN", 0.5)
    monkeypatch.setattr(keyring_backend, "find_keyring", answered.wait)
    monkeypatch.setattr(portaudio, "list_devices", fails)
    findings = {finding.subject: finding for finding in examine(paths)}
    answered.set()
    assert findings["keyring"].detail == "no answer within 0.5 s"
    assert findings["devices"].detail == "fails: KeyError"
    for subject in ("keyring", "devices"):
        assert not findings[subject].ok
        assert findings[subject].remedy
    assert findings["logs"].ok


def test_the_exit_status_tells_whether_something_is_missing(
    paths: ProfilePaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.get_terminal_size", lambda: os.terminal_size((80, 24)))
    for as_json in ([], ["--json"]):
        assert CliRunner().invoke(cli, ["doctor", *as_json]).exit_code == 0
    monkeypatch.setattr(keyring_backend, "find_keyring", lambda: None)
    for as_json in ([], ["--json"]):
        assert CliRunner().invoke(cli, ["doctor", *as_json]).exit_code == 1


def test_it_prints_columns_for_people_and_json_for_programs(paths: ProfilePaths) -> None:
    result = CliRunner().invoke(cli, ["doctor"], catch_exceptions=False)
    assert result.exit_code == 0
    assert "ok      PortAudio      PortAudio V19\n" in result.output
    rows = json.loads(CliRunner().invoke(cli, ["doctor", "--json"]).output)
    assert {"subject": "PortAudio", "ok": True, "detail": "PortAudio V19", "remedy": ""} in rows
