"""What strangers send to the media ports of a call: some of every kind, and a thousand a second."""

import asyncio
import contextlib
import random
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from itertools import cycle, islice

from aioice import stun

from tests.support.sockets import Address

A_SECOND = 1000
_TICK = 0.01
_chance = random.Random(11)


def _record(kind: int, epoch: int, body: bytes, version: int = 0xFEFD) -> bytes:
    """Return a DTLS record (RFC 6347, section 4.1)."""
    head = [(kind, 1), (version, 2), (epoch, 2), (7, 6), (len(body), 2)]
    return b"".join(value.to_bytes(size) for value, size in head) + body


def _handshake(kind: int, number: int, body: bytes, length: int | None = None) -> bytes:
    """Return a record in epoch 0 with a handshake message (RFC 6347, section 4.2.2)."""
    head = [(kind, 1), (length or len(body), 3), (number, 2), (0, 3), (len(body), 3)]
    return _record(22, 0, b"".join(value.to_bytes(size) for value, size in head) + body)


DTLS = {
    "alert that ends": _record(21, 0, b"\x02\x28"),
    "alert that closes": _record(21, 0, b"\x01\x00"),
    "alert that warns": _record(21, 0, b"\x01\x5a"),
    "alert cut off": _record(21, 0, b"\x02"),
    "alert in epoch 1": _record(21, 1, b"\x02\x28" + bytes(24)),
    "change of cipher": _record(20, 0, b"\x01"),
    "change of cipher, malformed": _record(20, 0, b"\x02"),
    "data": _record(23, 0, b"abcd"),
    "data in epoch 1": _record(23, 1, bytes(40)),
    "handshake of nothing": _record(22, 0, _chance.randbytes(60)),
    "handshake cut off": _record(22, 0, b"\x01\x00"),
    "hello request": _handshake(0, 0, b""),
    "client hello": _handshake(1, 0, _chance.randbytes(80)),
    "server hello": _handshake(2, 0, _chance.randbytes(80)),
    "server hello, the second": _handshake(2, 1, _chance.randbytes(80)),
    "cookie": _handshake(3, 0, b"\xfe\xff\x10" + bytes(16)),
    "certificate": _handshake(11, 1, _chance.randbytes(80)),
    "finished": _handshake(20, 5, _chance.randbytes(12)),
    "message of 16 MB": _handshake(2, 0, bytes(50), 0xFFFFF0),
    "handshake in epoch 1": _record(22, 1, _chance.randbytes(64)),
    "handshake in epoch 2": _record(22, 2, _chance.randbytes(64)),
    "handshake in epoch 65535": _record(22, 65535, _chance.randbytes(64)),
    "handshake of TLS": _record(22, 0, _chance.randbytes(30), 0x0303),
    "heartbeat": _record(24, 0, b"\x01\x00\x10" + bytes(19)),
    "acknowledgement": _record(26, 0, bytes(18)),
    "header of DTLS 1.3": b"\x2e" + _chance.randbytes(60),
}
"""Records by their kind; an attacker can make each without a secret."""


def _check(username: str) -> bytes:
    """Return a connectivity check under a password that was guessed."""
    message = stun.Message(
        message_method=stun.Method.BINDING,
        message_class=stun.Class.REQUEST,
        attributes={"USERNAME": username, "PRIORITY": 1, "ICE-CONTROLLING": 1},
    )
    message.attributes["USE-CANDIDATE"] = None
    message.add_message_integrity(b"a password that was guessed")
    return bytes(message)


STUN = {
    "STUN request": bytes(
        stun.Message(message_method=stun.Method.BINDING, message_class=stun.Class.REQUEST)
    ),
    "STUN answer": bytes(
        stun.Message(message_method=stun.Method.BINDING, message_class=stun.Class.RESPONSE)
    ),
    "STUN check of another": _check("theirs:ours"),
    # A fingerprint of two bytes (RFC 8489, sections 5 and 14.7).
    "STUN, broken": bytes.fromhex("000100082112a442")
    + bytes(12)
    + bytes.fromhex("8028000200000000"),
    "STUN without a cookie": bytes(20),
}

OTHERS = {
    "empty": b"",
    "oversized": b"\x80" + bytes(1599),
    "RTP": b"\x80\xe0" + _chance.randbytes(170),
    "RTCP": b"\x80\xc8" + _chance.randbytes(30),
    "TURN channel": b"\x40\x00\x00\x04" + _chance.randbytes(4),
    "random": _chance.randbytes(300),
    "0xff": b"\xff" * 300,
}

ALL = {**DTLS, **STUN, **OTHERS}


@asynccontextmanager
async def flood(
    ports: Callable[[], Iterable[Address]],
    datagrams: Iterable[bytes] = tuple(ALL.values()),
    a_second: float = A_SECOND,
) -> AsyncIterator[None]:
    """Send datagrams in turn to each port, from another address than a peer's.

    Args:
        ports: those that there are now; it is asked again and again.
        datagrams: what is sent.
        a_second: how many each port gets.
    """
    flooding = asyncio.create_task(_flood(ports, cycle(datagrams), a_second))
    try:
        yield
    finally:
        flooding.cancel()
        await asyncio.wait([flooding])


async def _flood(
    ports: Callable[[], Iterable[Address]], datagrams: Iterator[bytes], a_second: float
) -> None:
    sent, began = 0, time.monotonic()
    with contextlib.ExitStack() as stack:
        strangers = {
            family: stack.enter_context(socket.socket(family, socket.SOCK_DGRAM))
            for family in (socket.AF_INET, socket.AF_INET6)
        }
        while True:
            due = int((time.monotonic() - began) * a_second)
            now = list(islice(datagrams, due - sent))
            for family, address in ports():
                for datagram in now:
                    with contextlib.suppress(OSError):  # the port was closed just now
                        strangers[family].sendto(datagram, address)
            sent = due
            await asyncio.sleep(_TICK)
