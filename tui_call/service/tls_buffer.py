"""What asyncio keeps for each TLS connection, made small: thousands of them are idle."""

from asyncio.sslproto import SSLProtocol

READ_BYTES = 4096
"""Read from a socket, and given on as plain text, at a time. What arrives at an idle client and
leaves it fits; the longest message takes as many turns of the loop as it has such pieces."""


def keep_small_buffers() -> None:
    """Let TLS connections of this process that begin from now on keep `READ_BYTES` each.

    `SSLProtocol` has a buffer of `max_size` bytes, 256 KiB, for as long as it lives (CPython 3.11
    to 3.13, Lib/asyncio/sslproto.py), which nothing public changes.
    """
    SSLProtocol.max_size = READ_BYTES
