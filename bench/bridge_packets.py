"""What a packet costs a bridge: legs on one port, and the same through aiortc's own objects.

The devices are ten in a process of their own (`python -m bench.bridge_packets`); each sends as
often as in a call. The processor time is of this process, less what it takes when nobody sends.
"""

import asyncio
import contextlib
import json
import statistics
import sys
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Protocol

from bench.table import Row
from tui_call.transport.bridge_port import BridgePort
from tui_call.transport.connection_state import ConnectionState
from tui_call.transport.peer_connection import PeerConnection

LEGS = 10
PAYLOAD_BYTES = 120
"""Of a frame with 24 kbit/s and a copy of the one before."""
TICK = 0.02
IN_BAR, OUT_BAR = 25, 20
"""Microseconds; one that comes wakes the process."""
CONNECT_WITHIN = 20.0
_PAYLOAD = bytes(PAYLOAD_BYTES)


@dataclass(frozen=True, slots=True)
class PacketCost:
    """Microseconds of processor time of a packet."""

    received: float
    sent: float


class Ends(Protocol):
    """One end of all legs."""

    received: int

    async def answer(self, leg: str, offer: str) -> str:
        """Return the answer for a device."""
        ...

    def connected(self) -> bool:
        """Return whether all legs are."""
        ...

    def send(self, leg: str) -> None:
        """Send a packet."""
        ...

    async def close(self) -> None:
        """End all legs."""
        ...


class PortEnds:
    """The bridge's own: all legs on one port."""

    def __init__(self) -> None:
        self.received = 0
        self._states: dict[str, str] = {}
        self._port = BridgePort(
            port=0,
            addresses=("0.0.0.0",),
            on_packet=self._take,
            on_state=self._states.__setitem__,
        )

    async def answer(self, leg: str, offer: str) -> str:
        if not self._port.addresses:
            await self._port.start()
        return await self._port.answer(leg, offer)

    def connected(self) -> bool:
        return list(self._states.values()) == ["connected"] * LEGS

    def send(self, leg: str) -> None:
        self._port.send(leg, _PAYLOAD)

    async def close(self) -> None:
        await self._port.close()

    def _take(self, *_: object) -> None:
        self.received += 1


class ConnectionEnds:
    """A connection of aiortc's for each leg."""

    def __init__(self) -> None:
        self.received = 0
        self._connections: dict[str, PeerConnection] = {}

    async def answer(self, leg: str, offer: str) -> str:
        made = PeerConnection(on_packet=self._take, on_state=lambda _: None)
        self._connections[leg] = made
        return await made.create_answer(offer)

    def connected(self) -> bool:
        states = [connection.state for connection in self._connections.values()]
        return states == [ConnectionState.CONNECTED] * LEGS

    def send(self, leg: str) -> None:
        self._connections[leg].send(_PAYLOAD)

    async def close(self) -> None:
        for connection in self._connections.values():
            await connection.close()

    def _take(self, _: bytes) -> None:
        self.received += 1


def packet_costs(seconds: float, runs: int) -> tuple[PacketCost, PacketCost]:
    """Return medians for legs on one port, and for aiortc's objects; they take turns.

    Args:
        seconds: of each measurement.
        runs: how many of both.
    """
    ours, theirs = [], []
    for _ in range(runs):
        ours.append(asyncio.run(_measure(PortEnds(), seconds)))
        theirs.append(asyncio.run(_measure(ConnectionEnds(), seconds)))
    return _median(ours), _median(theirs)


def bridge_packet_rows(seconds: float, runs: int) -> list[Row]:
    """Return the lines of the table."""
    ours, theirs = packet_costs(seconds, runs)
    return [
        Row("bridge: a packet in", IN_BAR, True, " µs", ours.received, theirs.received),
        Row("bridge: a packet out", OUT_BAR, True, " µs", ours.sent, theirs.sent),
    ]


def _median(costs: list[PacketCost]) -> PacketCost:
    return PacketCost(
        statistics.median(cost.received for cost in costs),
        statistics.median(cost.sent for cost in costs),
    )


async def _measure(ends: Ends, seconds: float) -> PacketCost:
    async with _devices() as (offers, orders):
        answers = [await ends.answer(str(leg), offer) for leg, offer in enumerate(offers)]
        _order(orders, json.dumps(answers))
        async with asyncio.timeout(CONNECT_WITHIN):
            while not ends.connected():  # noqa: ASYNC110 - nothing to be woken by
                await asyncio.sleep(TICK)
        idle = await _processor_time(seconds)
        before = ends.received
        _order(orders, "speak")
        heard = await _processor_time(seconds) - idle
        received = ends.received - before
        _order(orders, "listen")
        await asyncio.sleep(TICK)
        sent = 0

        def speak() -> None:
            nonlocal sent
            for leg in range(LEGS):
                ends.send(str(leg))
            sent += LEGS

        spoken = await _processor_time(seconds, speak) - idle
        await ends.close()
    return PacketCost(1e6 * heard / received, 1e6 * spoken / sent)


async def _processor_time(seconds: float, each_tick: Callable[[], None] = lambda: None) -> float:
    took, began = time.process_time(), time.monotonic()
    for number in range(1, int(seconds / TICK) + 1):
        each_tick()
        await asyncio.sleep(began + number * TICK - time.monotonic())
    return time.process_time() - took


@contextlib.asynccontextmanager
async def _devices() -> AsyncIterator[tuple[list[str], asyncio.StreamWriter]]:
    """Start the devices; yield their offers, and what takes orders for them."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.bridge_packets",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=1 << 20,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield json.loads(await process.stdout.readline()), process.stdin
    finally:
        process.stdin.close()
        await process.wait()


def _order(orders: asyncio.StreamWriter, line: str) -> None:
    orders.write(line.encode() + b"\n")


async def _be_devices() -> None:
    """Offer, connect, and speak when told to, until there is no more input."""
    lines = asyncio.StreamReader(limit=1 << 20)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    devices = [
        PeerConnection(on_packet=lambda _: None, on_state=lambda _: None) for _ in range(LEGS)
    ]
    print(json.dumps([await device.create_offer() for device in devices]), flush=True)
    for device, answer in zip(devices, json.loads(await lines.readline()), strict=True):
        await device.accept_answer(answer)
    speaking: asyncio.Task[None] | None = None
    while line := (await lines.readline()).decode().strip():
        if line == "speak":
            speaking = asyncio.create_task(_speak(devices))
        elif speaking is not None:
            speaking.cancel()
    for device in devices:
        await device.close()


async def _speak(devices: list[PeerConnection]) -> None:
    """Let each send every 20 ms, one after the other, as they would at a bridge."""
    began = time.monotonic()
    number = 0
    while True:
        devices[number % LEGS].send(_PAYLOAD)
        number += 1
        await asyncio.sleep(max(0.0, began + number * TICK / LEGS - time.monotonic()))


if __name__ == "__main__":
    asyncio.run(_be_devices())
