"""Where the service is: its socket, and the addresses by which others reach it."""

import contextlib
import errno
import secrets
import socket
from dataclasses import dataclass
from pathlib import Path

from tui_call.service.faults import PortUnavailable
from tui_call.service.private_files import write_private

PORT_FILE = "port"
PUBLIC_HOST_FILE = "public-address"
# Below the ports that systems give to outgoing connections, so that the port, once chosen and
# written into invites, is still free at the next start.
CHOSEN_PORTS = range(20_000, 30_000)
TRIES = 50
BACKLOG = 4096

_EVERYWHERE = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - recognised
_UNUSED_ADDRESS = ("192.0.2.1", 9)  # TEST-NET-1, RFC 5737


@dataclass(frozen=True, slots=True)
class ServicePlace:
    """How to reach the service.

    Attributes:
        local_host: for clients on this machine.
        public_host: for clients elsewhere, in invite links.
        pin: SHA-256 of its certificate's key.
    """

    local_host: str
    public_host: str
    port: int
    pin: bytes


def open_socket(listen: str, port: int, state_directory: Path) -> socket.socket:
    """Return a listening socket.

    Args:
        listen: address to listen at; "0.0.0.0" is all.
        port: 0 takes the port of the first start, and at the first start a free one.
        state_directory: where the chosen port is remembered.

    Raises:
        PortUnavailable: port taken or not allowed, or no such address here.
        StateUnusable: the chosen port cannot be remembered.
    """
    remembered = _remembered(state_directory / PORT_FILE)
    if remembered:
        return _listen(listen, port or remembered)
    opened = _listen(listen, port) if port else _listen_at_a_free_port(listen)
    write_private(state_directory / PORT_FILE, str(opened.getsockname()[1]).encode())
    return opened


def local_host(listen: str) -> str:
    """Return the address at which clients on this machine reach the service."""
    return _EVERYWHERE.get(listen, listen)


def remember_public_host(state_directory: Path, host: str) -> None:
    """Let invite links lead there, until something else is configured.

    Raises:
        StateUnusable: it cannot be remembered.
    """
    write_private(state_directory / PUBLIC_HOST_FILE, host.encode())


def public_host(listen: str, configured: str, state_directory: Path) -> str:
    """Return the address for invite links.

    What is configured, else what is remembered, else the address listened at, else the one that
    this machine has towards others, else loopback.
    """
    if not configured:
        with contextlib.suppress(OSError, UnicodeDecodeError):
            configured = (state_directory / PUBLIC_HOST_FILE).read_text(encoding="ascii")
    if configured or listen not in _EVERYWHERE:
        return configured or listen
    try:
        return _address_towards_others()
    except OSError:
        return local_host(listen)


def _address_towards_others() -> str:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(_UNUSED_ADDRESS)  # a datagram socket: this sends nothing
        return str(probe.getsockname()[0])


def _remembered(path: Path) -> int:
    try:
        port = int(path.read_text())
    except (OSError, ValueError):
        return 0
    return port if 0 < port < 65_536 else 0


def _listen_at_a_free_port(listen: str) -> socket.socket:
    for _ in range(TRIES - 1):
        try:
            return _listen(listen, secrets.choice(CHOSEN_PORTS))
        except PortUnavailable as error:
            if not isinstance(error.__cause__, OSError) or (
                error.__cause__.errno != errno.EADDRINUSE
            ):
                raise
    return _listen(listen, secrets.choice(CHOSEN_PORTS))


def _listen(listen: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in listen else socket.AF_INET
    try:
        return socket.create_server((listen, port), family=family, backlog=BACKLOG)
    except OSError as error:
        which = "taken" if error.errno == errno.EADDRINUSE else ""
        raise PortUnavailable(which, host=listen, port=port, reason=error.strerror) from error
