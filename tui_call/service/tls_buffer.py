"""What asyncio and OpenSSL keep for each TLS connection, made small: thousands of them are idle."""

from asyncio import Transport
from asyncio.sslproto import SSLProtocol
from typing import Any

READ_BYTES = 4096
"""Read from a socket, and given on as plain text, at a time. What arrives at an idle client and
leaves it fits; the longest message takes as many turns of the loop as it has such pieces."""
WRITE_BYTES = 4096
"""Encrypted and sent at a time."""


def keep_small_buffers() -> None:
    """Let TLS connections of this process that begin from now on keep `READ_BYTES` each.

    `SSLProtocol` has a buffer of `max_size` bytes, 256 KiB, for as long as it lives (CPython 3.11
    to 3.13, Lib/asyncio/sslproto.py), which nothing public changes.
    """
    SSLProtocol.max_size = READ_BYTES


class SmallWrites:
    """A transport that takes long writes in pieces.

    What is encrypted passes through memory of OpenSSL (BIO_s_mem(3)), which stays as large as the
    longest write was: one list of 200 people took 24 KB for as long as the connection lasted.
    """

    __slots__ = ("_transport",)

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Write all of it."""
        whole = memoryview(data)
        for begin in range(0, len(whole), WRITE_BYTES):
            self._transport.write(whole[begin : begin + WRITE_BYTES])
