"""What a running service says about itself to programs of the same user, in `service.json`.

The file has mode 0600 in the service's state directory, appears when the service listens and goes
when it ends. Beside it, `local-invite` holds the link of a fresh one-time invite, and
`organisation` the id of one that was begun by an order: no engine starts its service.
"""

from pathlib import Path

import msgspec

from tui_call.errors import LocalFault

SERVICE_FILE = "service.json"
LOCAL_INVITE_FILE = "local-invite"
ORGANISATION_FILE = "organisation"


class NoServiceHere(LocalFault):
    """No service of this user runs on this machine."""


class RunningService(msgspec.Struct, frozen=True):
    """A service on this machine.

    Attributes:
        host: address for clients on this machine.
        pin: SHA-256 of its certificate's key, hexadecimal.
        organisation: id.
        process: process id.
    """

    host: str
    port: int
    pin: str
    organisation: str
    process: int


def read_running_service(state_directory: Path) -> RunningService:
    """Return what the service of a state directory says.

    It may be what a killed service left behind: only a connection tells.

    Raises:
        NoServiceHere: there is no readable file.
    """
    try:
        content = (state_directory / SERVICE_FILE).read_bytes()
        return msgspec.json.decode(content, type=RunningService)
    except (OSError, msgspec.DecodeError) as error:
        raise NoServiceHere from error


def read_local_invite(state_directory: Path) -> str:
    """Return the link of an unused invite for a person on this machine.

    Raises:
        NoServiceHere: there is none.
    """
    try:
        return (state_directory / LOCAL_INVITE_FILE).read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise NoServiceHere from error
