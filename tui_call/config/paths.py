"""Where a profile keeps its files.

The system's usual places (platformdirs), or all of them below the directory that the environment
variable `TUI_CALL_HOME` names. Only paths: nothing is created here.
"""

import os
import re
import sys
import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from tui_call.errors import LocalFault

APPLICATION = "tui-call"
DEFAULT_PROFILE = "default"
CLIENT_FILE = "client.toml"
SERVICE_FILE = "service.toml"

# The shortest limit for the path of a Unix socket is macOS's: 104 bytes with the closing zero.
_SOCKET_PATH_BYTES = 103
_SOCKET_NAME_BYTES = len("/control-socket")
MOST_NAME = 32
_PROFILE = re.compile(rf"[a-z0-9_-]{{1,{MOST_NAME}}}", re.ASCII)


class NoHome(LocalFault):
    """There is no home directory here. Set HOME, or TUI_CALL_HOME to a directory of yours."""


class InvalidProfileName(LocalFault):
    """A profile's name has 1 to `MOST_NAME` of the characters a-z, 0-9, '_' and '-'."""

    def __init__(self) -> None:
        super().__init__(n=MOST_NAME)


@dataclass(frozen=True, slots=True)
class ConfigFiles:
    """The two files that a configuration is read from; either may be missing."""

    system: Path
    user: Path


@dataclass(frozen=True, slots=True)
class ProfilePaths:
    """The places of one profile.

    Attributes:
        profile: its name; "default" if the person named none.

    Raises:
        InvalidProfileName: the name is not one.
    """

    profile: str = DEFAULT_PROFILE

    def __post_init__(self) -> None:
        if not _PROFILE.fullmatch(self.profile):
            raise InvalidProfileName

    @property
    def config_directory(self) -> Path:
        """Where client.toml is; the default profile's is not in a directory of its own."""
        base = _base("config")
        return base if self.profile == DEFAULT_PROFILE else base / "profiles" / self.profile

    @property
    def data_directory(self) -> Path:
        """Identity, contacts, history."""
        return _base("data") / "profiles" / self.profile

    @property
    def state_directory(self) -> Path:
        """Logs."""
        return _base("state") / "profiles" / self.profile

    @property
    def runtime_directories(self) -> tuple[Path, ...]:
        """Where the control socket may be, the best first; without those too long for one."""
        usual = (base / self.profile for base in _runtime_bases())
        return tuple(place for place in usual if sys.platform == "win32" or fits_a_socket(place))

    @property
    def service_state_directory(self) -> Path:
        """The personal service's data; one for all profiles of a user."""
        return _base("state") / "service"

    @property
    def client_files(self) -> ConfigFiles:
        """The files of a client's configuration."""
        return ConfigFiles(_base("system") / CLIENT_FILE, self.config_directory / CLIENT_FILE)

    @property
    def service_files(self) -> ConfigFiles:
        """The files of a service's configuration; the same for all profiles of a user."""
        return ConfigFiles(_base("system") / SERVICE_FILE, _base("config") / SERVICE_FILE)


_USUAL = {
    "config": platformdirs.user_config_path,
    "data": platformdirs.user_data_path,
    "state": platformdirs.user_state_path,
    "system": platformdirs.site_config_path,
}


def _base(kind: str) -> Path:
    home = os.environ.get("TUI_CALL_HOME", "")
    try:
        if home:
            return Path(home).expanduser().absolute() / kind
        return _USUAL[kind](APPLICATION, appauthor=False)
    except RuntimeError as error:
        raise NoHome from error


def _runtime_bases() -> tuple[Path, ...]:
    if os.environ.get("TUI_CALL_HOME", ""):
        return (_base("runtime"),)
    # Where the system has no runtime directory for this user, platformdirs names one among the
    # temporary files, which somebody else could have made before; it warns only the first time.
    own = _base("state") / "run"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            usual = platformdirs.user_runtime_path(APPLICATION, appauthor=False)
        except OSError:  # somebody else did make that one
            return (own,)
    if usual.is_relative_to(tempfile.gettempdir()) and sys.platform != "win32":
        return (own,)
    return usual, own


def fits_a_socket(directory: Path) -> bool:
    """Tell whether the path of a socket in a directory is short enough."""
    return len(os.fsencode(directory)) + _SOCKET_NAME_BYTES <= _SOCKET_PATH_BYTES
