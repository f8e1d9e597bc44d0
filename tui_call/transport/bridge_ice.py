"""What aiortc's DTLS transport is put on, in a leg of a bridge.

Private names of aiortc that stand for what is here: `RTCIceTransport._recv` and `._send`, which the
DTLS transport awaits. It reads no more of an ICE transport than these and, where nobody has said
who begins, its role.
"""

import asyncio
from collections.abc import Callable
from typing import cast

from aiortc import RTCIceTransport

MOST_WAITING = 32
"""Datagrams of DTLS that may wait to be read: a flight has five."""


class LegTransport:
    """Takes records to and from one device.

    Args:
        send: sends records to the device.
    """

    def __init__(self, send: Callable[[bytes], None]) -> None:
        self._send_now = send
        self._waiting: asyncio.Queue[bytes | None] = asyncio.Queue()

    @property
    def as_ice(self) -> RTCIceTransport:
        """What it is to aiortc."""
        return cast(RTCIceTransport, self)

    def put(self, records: bytes) -> bool:
        """Take records of the device; return whether there was room."""
        if self._waiting.qsize() >= MOST_WAITING:
            return False
        self._waiting.put_nowait(records)
        return True

    def end(self) -> None:
        """Say that nothing comes any more."""
        self._waiting.put_nowait(None)

    async def _recv(self) -> bytes:
        records = await self._waiting.get()
        if records is None:
            raise ConnectionError
        return records

    async def _send(self, data: bytes) -> None:
        self._send_now(data)
