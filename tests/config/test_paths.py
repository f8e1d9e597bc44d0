"""Where a profile keeps its files."""

import os
import tempfile
from pathlib import Path

import platformdirs
import pytest

from tui_call.config.paths import InvalidProfileName, ProfilePaths


@pytest.fixture
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an own one, with a name so short that a socket's path fits below it."""
    home = tmp_path_factory.mktemp("h")
    monkeypatch.setenv("TUI_CALL_HOME", str(home))
    return home


def test_everything_is_below_the_named_home(home: Path):
    paths = ProfilePaths("second")
    assert paths.client_files.user == home / "config" / "profiles" / "second" / "client.toml"
    assert paths.client_files.system == home / "system" / "client.toml"
    for place in (
        paths.data_directory,
        paths.state_directory,
        paths.service_state_directory,
        paths.service_files.user,
    ):
        assert place.is_relative_to(home)


def test_the_default_profile_has_the_short_place_and_no_profile_shares_another_ones(home: Path):
    default, second = ProfilePaths(), ProfilePaths("second")
    assert default.client_files.user == home / "config" / "client.toml"
    for name in ("config_directory", "data_directory", "state_directory", "runtime_directories"):
        assert getattr(default, name) != getattr(second, name)


def test_one_service_serves_all_profiles_of_a_user(home: Path):
    assert ProfilePaths("a").service_state_directory == ProfilePaths("b").service_state_directory
    assert ProfilePaths("a").service_files == ProfilePaths("b").service_files


def test_nothing_is_created(home: Path):
    assert ProfilePaths().runtime_directories
    assert list(home.iterdir()) == []


@pytest.mark.parametrize("name", ["", "A", "a/b", "..", "a" * 33, "a\n", "ä"])
def test_a_profile_name_cannot_leave_its_directory(name: str):
    with pytest.raises(InvalidProfileName):
        ProfilePaths(name)


def test_no_directory_is_named_into_which_no_socket_fits(monkeypatch):
    for length in (1, 40, 80, 120, 2000):
        monkeypatch.setenv("TUI_CALL_HOME", "/" + "é" * length)
        for profile in ("default", "p" * 32):
            for directory in ProfilePaths(profile).runtime_directories:
                assert len(os.fsencode(directory / "engine.sock")) <= 103


def test_without_a_named_home_the_system_s_places_are_used(monkeypatch):
    monkeypatch.delenv("TUI_CALL_HOME", raising=False)
    usual = platformdirs.user_config_path("tui-call", appauthor=False)
    assert ProfilePaths().config_directory == usual


def test_a_runtime_directory_among_temporary_files_is_not_used(monkeypatch, tmp_path: Path):
    """The real library warns only once in a process, so every look must give the same answer."""
    monkeypatch.delenv("TUI_CALL_HOME", raising=False)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "missing"))
    monkeypatch.setattr(
        "tui_call.config.paths._USUAL", {"state": lambda *_a, **_k: Path("/home/ada/state")}
    )
    usual = Path(tempfile.gettempdir()) / "runtime-0"
    monkeypatch.setattr(platformdirs, "user_runtime_path", lambda *_a, **_k: usual)
    for _ in range(3):
        assert ProfilePaths().runtime_directories == (Path("/home/ada/state/run/default"),)


def test_a_runtime_directory_that_somebody_else_made_is_not_used(monkeypatch):
    def taken(*_: object, **__: object) -> Path:
        raise PermissionError("/tmp/runtime-7 is owned by another user")

    monkeypatch.delenv("TUI_CALL_HOME", raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", "/home/ada/state")
    monkeypatch.setattr(platformdirs, "user_runtime_path", taken)
    own = Path("/home/ada/state/tui-call/run/default")
    assert ProfilePaths().runtime_directories == (own,)


def test_the_runtime_directory_of_the_system_is_used(monkeypatch):
    monkeypatch.delenv("TUI_CALL_HOME", raising=False)
    monkeypatch.setattr(platformdirs, "user_runtime_path", lambda *_a, **_k: Path("/run/user/7/t"))
    assert ProfilePaths().runtime_directories[0] == Path("/run/user/7/t/default")
