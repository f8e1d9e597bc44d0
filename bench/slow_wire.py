"""A wire that takes its time: TCP, passed on after a fixed delay, with a record of what passed."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

_MOST = 65_536


@dataclass(frozen=True, slots=True)
class Passed:
    """Bytes that came in together.

    Attributes:
        inbound: from the service to the client.
        size: how many.
        came: when they came in, in monotonic seconds.
        went: when they were passed on.
    """

    inbound: bool
    size: int
    came: float
    went: float


@dataclass
class SlowWire:
    """The wire of one client.

    Attributes:
        port: where the client connects.
        passed: all that was passed on, in order.
    """

    port: int = 0
    passed: list[Passed] = field(default_factory=list)


@asynccontextmanager
async def slow_wire(host: str, port: int, delay: float) -> AsyncIterator[SlowWire]:
    """Listen on loopback, and pass on to a service and back.

    Args:
        host: of the service.
        port: its TCP port.
        delay: seconds that each way takes.
    """
    wire, passing = SlowWire(), set[asyncio.Task[None]]()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(host, port)
        for inbound, source, target in (
            (False, reader, far_writer),
            (True, far_reader, writer),
        ):
            passing.add(asyncio.create_task(_pass_on(wire, source, target, delay, inbound=inbound)))

    server = await asyncio.start_server(connected, "127.0.0.1")
    wire.port = server.sockets[0].getsockname()[1]
    try:
        yield wire
    finally:
        server.close()
        for task in passing:
            task.cancel()
        await asyncio.gather(*passing, return_exceptions=True)


async def _pass_on(
    wire: SlowWire,
    source: asyncio.StreamReader,
    target: asyncio.StreamWriter,
    delay: float,
    *,
    inbound: bool,
) -> None:
    """Read at once, write later; the end of the source is the end of the target."""
    loop = asyncio.get_running_loop()

    def write(data: bytes, came: float) -> None:
        if not target.is_closing():
            target.write(data)
            wire.passed.append(Passed(inbound, len(data), came, time.monotonic()))

    try:
        with contextlib.suppress(ConnectionError):
            while data := await source.read(_MOST):
                loop.call_later(delay, write, data, time.monotonic())
        await asyncio.sleep(delay)
    finally:
        target.close()
