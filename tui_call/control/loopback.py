"""A control socket for systems without one that names its users: a loopback port and a token.

The token lies in a file that only the user may read. Both ends prove that they know it before a
line is sent: a port that an engine left may be anybody's by now.
"""

import asyncio
import contextlib
import hmac
import secrets
from collections.abc import Awaitable, Callable
from pathlib import Path

from tui_call.control.private_files import write_private

Accept = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

PROOF_WITHIN = 5.0
_SECRET_BYTES = 32
_HOST = "127.0.0.1"


async def listen(path: Path, accept: Accept, limit: int) -> asyncio.Server:
    """Listen at a free port; port and token are written into a file.

    Args:
        path: the file, in a directory that only this user can enter.
        accept: called for each connection that has proven that it can read the file.
        limit: bytes of a stream's buffer.

    Raises:
        OSError: no port, or the file cannot be written.
    """
    token = secrets.token_bytes(_SECRET_BYTES)

    async def checked(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ValueError, OSError, asyncio.IncompleteReadError):
            async with asyncio.timeout(PROOF_WITHIN):
                proven = await _prove(reader, writer, token, own=b"engine", other=b"client")
            if proven:
                await accept(reader, writer)
        writer.close()

    server = await asyncio.start_server(checked, _HOST, 0, limit=limit)
    port = server.sockets[0].getsockname()[1]
    write_private(path, f"{port} {token.hex()}\n".encode())
    return server


async def connect(path: Path, limit: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect to the engine that wrote a file.

    Raises:
        OSError: nobody listens there, or one who cannot read the file.
        ValueError: the file is not one.
    """
    port, token = path.read_text(encoding="ascii").split()
    reader, writer = await asyncio.open_connection(_HOST, int(port), limit=limit)
    try:
        async with asyncio.timeout(PROOF_WITHIN):
            known = bytes.fromhex(token)
            proven = await _prove(reader, writer, known, own=b"client", other=b"engine")
    except (OSError, asyncio.IncompleteReadError):
        proven = False
    if not proven:
        writer.close()
        raise ConnectionRefusedError("what listens there cannot read the engine's token")
    return reader, writer


async def _prove(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    token: bytes,
    *,
    own: bytes,
    other: bytes,
) -> bool:
    """Answer the other's challenge and judge its answer to ours; the token itself is not sent."""
    asked = secrets.token_bytes(_SECRET_BYTES)
    writer.write(asked)
    challenge = await reader.readexactly(_SECRET_BYTES)
    writer.write(_answer(token, own, challenge))
    answer = await reader.readexactly(_SECRET_BYTES)
    return hmac.compare_digest(answer, _answer(token, other, asked))


def _answer(token: bytes, role: bytes, challenge: bytes) -> bytes:
    return hmac.digest(token, role + challenge, "sha256")
