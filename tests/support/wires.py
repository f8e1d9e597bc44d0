"""Connections to a service with no client behind them: bytes, as somebody hostile sends them."""

import asyncio
import contextlib
import ssl

CLOSED_WITHIN = 5.0
TEXT, BINARY, CONTINUATION, CLOSE, PING, PONG = 0x1, 0x2, 0x0, 0x8, 0x9, 0xA
FINAL, COMPRESSED, MASKED = 0x80, 0x40, 0x80

Wire = tuple[asyncio.StreamReader, asyncio.StreamWriter]


def frame(kind: int, payload: bytes = b"", flags: int = FINAL) -> bytes:
    """Return a client's frame (RFC 6455, section 5.2), masked with zeros."""
    length = len(payload)
    size = bytes([MASKED | length]) if length < 126 else b"\xfe" + length.to_bytes(2, "big")
    return bytes([flags | kind]) + size + bytes(4) + payload


async def plain(port: int) -> Wire:
    """Connect without TLS."""
    return await asyncio.open_connection("127.0.0.1", port)


async def secured(port: int) -> Wire:
    """Connect and set TLS up, without a request."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return await asyncio.open_connection("127.0.0.1", port, ssl=context)


async def upgraded(port: int) -> Wire:
    """Connect up to the WebSocket, without a frame."""
    reader, writer = await secured(port)
    key = "dGhlIHNhbXBsZSBub25jZQ=="  # that of RFC 6455
    writer.write(
        f"GET /v1 HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode()
    )
    try:
        assert b"101" in await reader.readuntil(b"\r\n\r\n")
    except BaseException:
        writer.transport.abort()
        raise
    return reader, writer


async def ends(wire: Wire) -> None:
    """Wait until the service has closed a connection."""
    reader, writer = wire
    try:
        async with asyncio.timeout(CLOSED_WITHIN):
            with contextlib.suppress(ConnectionError):
                while await reader.read(65_536):
                    pass
    finally:
        writer.transport.abort()


async def say_until_closed(wire: Wire, said: bytes, every: float = 0) -> None:
    """Repeat something until the service has closed the connection."""
    _, writer = wire
    closed = asyncio.create_task(ends(wire))
    try:
        while not closed.done():
            writer.write(said)
            await asyncio.sleep(every)
        await closed
    finally:
        closed.cancel()
        writer.transport.abort()
