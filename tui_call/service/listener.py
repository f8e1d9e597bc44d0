"""Where a service listens: a personal one to this computer alone, until somebody is asked in."""

import logging
import socket
from collections.abc import Callable
from pathlib import Path

from tui_call.service.faults import PortUnavailable
from tui_call.service.place import local_host, open_socket

log = logging.getLogger(__name__)


class Listener:
    """The listening socket, which is moved once, from loopback to where others reach it.

    Attributes:
        listening: the socket as it is now.
    """

    def __init__(self, listen: str, port: int, state_directory: Path, *, private: bool) -> None:
        """Open it.

        Args:
            listen: the address for everybody.
            port: 0 for the one that is remembered, or a free one.
            state_directory: where the port is remembered.
            private: listen on loopback, where everybody's address is a wildcard.

        Raises:
            PortUnavailable, StateUnusable: as `open_socket`.
        """
        self._everywhere = listen
        self._state_directory = state_directory
        here = local_host(listen)
        self._private = private and here != listen
        self.listening = open_socket(here if self._private else listen, port, state_directory)
        self._moved: list[Callable[[socket.socket], object]] = []

    @property
    def host(self) -> str:
        """The address that it listens at."""
        return str(self.listening.getsockname()[0])

    @property
    def port(self) -> int:
        """Its TCP port, the same before and after."""
        return int(self.listening.getsockname()[1])

    def when_moved(self, moved: Callable[[socket.socket], object]) -> None:
        """Let something be done with the new socket, beside what is done already."""
        self._moved.append(moved)

    def open_to_others(self) -> bool:
        """Listen where others reach it from now on; tell whether that is new.

        Raises:
            PortUnavailable: another program has the port there; it stays as it was.
        """
        if not self._private:
            return False
        port = self.port
        # Both at once cannot be on every system; who connects just now tries again.
        self.listening.close()
        try:
            self.listening = open_socket(self._everywhere, port, self._state_directory)
        except PortUnavailable:
            here = local_host(self._everywhere)
            self.listening = open_socket(here, port, self._state_directory)
            raise
        else:
            self._private = False
            log.info("service listens to others")
        finally:
            for moved in self._moved:
                moved(self.listening)
        return True

    def close(self) -> None:
        """Listen no more."""
        self.listening.close()
