"""One connection: how long it may stay without a login, and how much it may say in that time.

One deadline runs from its turn to the login, whatever is said in between.
"""

import asyncio
import contextlib
import socket
from collections.abc import Callable
from typing import cast

from tui_call.service.tls_buffer import SmallWrites
from tui_call.signaling.messages import MESSAGE_BYTES

LOGIN_WITHIN = 15.0
LEAVE_WITHIN = 5.0
"""Seconds to read what waits when the service ends a connection; one may never read."""
MOST_BYTES = 2 * MESSAGE_BYTES
MOST_BYTES_OF_MEMBER = 16 * MESSAGE_BYTES
"""Between two frames that are taken; more are fragments that never become a message."""


class Arrival(asyncio.Protocol):
    """One connection from its turn to its end, in front of the protocol that reads it.

    Attributes:
        address: from where, as limits count it.
        since: when its turn was, by the clock of the limits.
        member: whether it has logged in.
        cost: tokens that it took.
        frames: how many it sent.
        new_bytes: that arrived since the latest frame was taken.
        silent_rounds: of the heartbeat, since something arrived.
    """

    def __init__(
        self,
        address: str,
        since: float,
        connected: socket.socket,
        inner: asyncio.Protocol,
        ended: Callable[["Arrival"], None],
    ) -> None:
        """Begin.

        Args:
            address: from where, as limits count it.
            since: when its turn was, by the clock of the limits.
            connected: the socket.
            inner: reads what arrives.
            ended: called at the end.
        """
        self.address = address
        self.since = since
        self.inner = inner
        self.member = False
        self.cost = 0.0
        self.frames = 0
        self.new_bytes = 0
        self.silent_rounds = 0
        self._connected = connected
        self._ended = ended
        self._transport: asyncio.Transport | None = None
        loop = asyncio.get_running_loop()
        self._deadline = loop.call_later(LOGIN_WITHIN, self.cut)

    def take_frame(self) -> int:
        """Count a frame; return how many bytes came with it, fragments of others included."""
        self.frames += 1
        arrived, self.new_bytes = self.new_bytes, 0
        return arrived

    def log_in(self) -> None:
        """Let it stay."""
        self.member = True
        self._deadline.cancel()

    def leave(self) -> None:
        """Let a member read what waits, not for long; the deadline of others runs already."""
        if self.member and self._transport is not None:
            self._deadline = asyncio.get_running_loop().call_later(LEAVE_WITHIN, self.cut)

    def cut(self) -> None:
        """End it at once, also while TLS is not set up."""
        if self._transport is not None:
            self._transport.abort()
        else:
            with contextlib.suppress(OSError):
                self._connected.shutdown(socket.SHUT_RDWR)

    def end(self) -> None:
        """Stop counting it."""
        self._deadline.cancel()
        self._ended(self)

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """TLS is set up."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self.inner.connection_made(cast("asyncio.Transport", SmallWrites(transport)))

    def data_received(self, data: bytes) -> None:
        """Pass on, unless it is more than frames can hold."""
        self.new_bytes += len(data)
        self.silent_rounds = 0
        if self.new_bytes > (MOST_BYTES_OF_MEMBER if self.member else MOST_BYTES):
            self.cut()
        else:
            self.inner.data_received(data)

    def eof_received(self) -> bool | None:
        """Pass on."""
        return self.inner.eof_received()

    def pause_writing(self) -> None:
        """Pass on."""
        self.inner.pause_writing()

    def resume_writing(self) -> None:
        """Pass on."""
        self.inner.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """The socket is closed."""
        self._transport = None
        self.end()
        self.inner.connection_lost(exc)
