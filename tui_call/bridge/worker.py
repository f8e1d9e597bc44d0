"""The worker: packets from legs to legs, and the orders of services on local streams.

A service that comes is told which rooms there are and how each leg stands. The worker goes on
without one: sound does not wait for a service that is started anew. After half a minute alone it
ends. It knows rooms, legs and numbers, and logs none of them.
"""

import asyncio
import secrets
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import assert_never

import msgspec
import structlog

from tui_call.bridge.room import Send
from tui_call.bridge.rooms import Rooms
from tui_call.bridge.tones import FRAME_SECONDS, NO_TONES, Tones
from tui_call.errors import RemoteFault
from tui_call.signaling.bridge_messages import (
    MOST_LINE,
    VERSION,
    CloseLeg,
    CloseRoom,
    DescribeLeg,
    FromWorker,
    LegChanged,
    LegDescription,
    LegState,
    PlayTone,
    SetRoom,
    ToWorker,
    WorkerHello,
    encode_line,
    to_worker_decoder,
)
from tui_call.tasks import Tasks
from tui_call.transport.bridge_port import BridgePort
from tui_call.transport.connection_state import ConnectionEnded
from tui_call.transport.description import BadDescription

ALONE_SECONDS = 30.0
"""For so long a worker goes on without a service."""

IDLE_SECONDS = 0.25
"""Between looks at the clock while there is no leg."""

MOST_UNREAD = 1_048_576
"""Bytes that a service may leave unread before it counts as gone."""

_NAME_BYTES = 8

log = structlog.get_logger()


class NoSuchLeg(RemoteFault):
    """A leg is described that stands in no room, or in another one."""


@dataclass(frozen=True, slots=True)
class WorkerPlace:
    """Where legs reach a worker, as `BridgePort` has it."""

    port: int
    addresses: Sequence[str]
    public_address: str = ""


class Worker:
    """Carries rooms for the services that connect; to be used in one event loop, once.

    Args:
        place: where legs reach it.
        tones: makes what the bridge itself says, in a thread: nobody waits for it.
        clock: monotonic seconds.

    Attributes:
        name: of this one.
        port: where its legs are.
    """

    def __init__(
        self,
        place: WorkerPlace,
        tones: Callable[[], Tones],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = secrets.token_hex(_NAME_BYTES)
        self.port = BridgePort(
            port=place.port,
            addresses=place.addresses,
            public_address=place.public_address,
            on_packet=self._take_packet,
            on_state=self._leg_changed,
        )
        self._clock = clock
        self._make_tones = tones
        self._rooms = Rooms(NO_TONES, clock())
        self._states: dict[str, LegState] = {}
        self._services: set[asyncio.StreamWriter] = set()
        self._last_service = clock()
        self._tasks = Tasks()

    @property
    def served(self) -> bool:
        """Whether a service is connected."""
        return bool(self._services)

    @property
    def unneeded(self) -> bool:
        """Whether no service was there for long enough."""
        return not self.served and self._clock() - self._last_service >= ALONE_SECONDS

    async def run(self, stopped: asyncio.Event) -> None:
        """Carry rooms until told to stop, or until no service needs it.

        Raises:
            NoAddress, PortTaken: as `BridgePort.start`.
        """
        await self.port.start()
        self._tasks.spawn(self._load_tones())
        log.info("bridge worker listens")
        try:
            loop = asyncio.get_running_loop()
            due = loop.time()
            while not (stopped.is_set() or self.unneeded):
                self._send(self._rooms.tick(self._clock()))
                due = max(due + FRAME_SECONDS, loop.time())
                await asyncio.sleep(due - loop.time() if self._rooms.busy else IDLE_SECONDS)
        finally:
            self._tasks.cancel()
            await self.port.close()
            for writer in self._services:
                writer.close()
            log.info("bridge worker ends", alone=self.unneeded, dropped=self._rooms.dropped)

    async def _load_tones(self) -> None:
        self._rooms.tones = await asyncio.to_thread(self._make_tones)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Do what a service orders until it goes."""
        self._services.add(writer)
        try:
            self._say(writer, WorkerHello(VERSION, self.name, self._rooms.fences))
            for leg, state in self._states.items():
                self._say(writer, LegChanged(leg, state))
            while line := await reader.readline():
                self._obey(_read(line), writer)
        except (OSError, ValueError, msgspec.DecodeError) as error:
            log.warning("service is not understood", error=type(error).__name__)
        finally:
            self._services.discard(writer)
            self._last_service = self._clock()
            writer.close()

    def _obey(self, order: ToWorker, writer: asyncio.StreamWriter) -> None:
        match order:
            case SetRoom() | CloseRoom() | PlayTone():
                for leg in self._rooms.order(order, self._clock()):
                    self.port.close_leg(leg)
            case DescribeLeg():
                if self._rooms.in_charge(order.room, order.fence):
                    self._tasks.spawn(self._describe(order, writer))
            case CloseLeg():
                if self._rooms.in_charge(order.room, order.fence):
                    self.port.close_leg(order.leg)
            case _:
                assert_never(order)

    async def _describe(self, order: DescribeLeg, writer: asyncio.StreamWriter) -> None:
        try:
            if not self._rooms.stands_in(order.leg, order.room):  # any more, or it is another's
                raise NoSuchLeg
            answer, fault = await self.port.answer(order.leg, order.offer), ""
        except (BadDescription, ConnectionEnded, NoSuchLeg) as error:
            answer, fault = "", type(error).__name__
        self._say(writer, LegDescription(order.leg, answer, fault))

    def _take_packet(self, leg: str, data: bytes) -> None:
        self._send(self._rooms.packet(leg, data, self._clock()))

    def _send(self, sends: Iterable[Send]) -> None:
        send = self.port.send
        for leg, packet in sends:
            send(leg, packet)

    def _leg_changed(self, leg: str, state: LegState) -> None:
        match state:
            case "connected":
                self._states[leg] = state
                self._rooms.connected(leg, self._clock())
            case "silent":
                self._states[leg] = state
            case "closed":
                self._states.pop(leg, None)
                self._rooms.closed(leg)
            case _:
                assert_never(state)
        for writer in self._services:
            self._say(writer, LegChanged(leg, state))

    @staticmethod
    def _say(writer: asyncio.StreamWriter, message: FromWorker) -> None:
        if writer.is_closing():
            return
        writer.write(encode_line(message))
        if writer.transport.get_write_buffer_size() > MOST_UNREAD:
            writer.transport.abort()


def _read(line: bytes) -> ToWorker:
    if len(line) > MOST_LINE:
        raise ValueError("a line is too long")
    return to_worker_decoder.decode(line)
