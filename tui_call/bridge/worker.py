"""The worker: packets from legs to legs, and the orders of services on local streams.

A service that comes is told which rooms there are and how each leg stands. The worker goes on
without one: sound does not wait for a service that is started anew. After half a minute alone it
ends. It knows rooms, legs and numbers, and logs none of them.
"""

import asyncio
import dataclasses
import logging
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import assert_never

from tui_call.bridge.room import Send
from tui_call.bridge.rooms import Rooms
from tui_call.bridge.tap_stream import TapStream
from tui_call.bridge.tones import FRAME_SECONDS, NO_TONES, Tones
from tui_call.control.companion import Reply, Services
from tui_call.errors import RemoteFault
from tui_call.signaling.bridge_messages import (
    VERSION,
    CarriedRooms,
    CloseLeg,
    CloseRoom,
    DescribeLeg,
    LegChanged,
    LegDescription,
    LegState,
    PlayTone,
    SetRoom,
    TapReached,
    ToWorker,
    WorkerHello,
    encode_line,
    to_worker_decoder,
)
from tui_call.signaling.fences import in_lines
from tui_call.signaling.liveness import Alive, LivenessCheck
from tui_call.tasks import Tasks
from tui_call.transport.bridge_port import BridgePort
from tui_call.transport.connection_state import ConnectionEnded
from tui_call.transport.description import BadDescription

IDLE_SECONDS = 0.25
"""Between looks at the clock while there is no leg."""

_NAME_BYTES = 8

log = logging.getLogger(__name__)


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
        tap: takes the frames of rooms that are tapped.
        clock: monotonic seconds.

    Attributes:
        name: of this one.
        port: where its legs are.
        services: that it serves.
    """

    def __init__(
        self,
        place: WorkerPlace,
        tones: Callable[[], Tones],
        tap: TapStream,
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
        self._tap, self._tap_reached = tap, True
        self._rooms = Rooms(NO_TONES, clock(), tap.send)
        self._states: dict[str, LegState] = {}
        self._closed: set[str] = set()  # legs of which a service may not know that yet
        self.services = Services(to_worker_decoder.decode, self._greeting, self._obey, clock)
        self._tasks = Tasks()

    async def run(self, stopped: asyncio.Event) -> None:
        """Carry rooms until told to stop, or until no service needs it.

        Raises:
            NoAddress, PortTaken: as `BridgePort.start`.
        """
        await self.port.start()
        self._tasks.spawn(self._load_tones())
        self._tap.open()
        log.info("bridge worker listens")
        try:
            loop = asyncio.get_running_loop()
            due = loop.time()
            while not (stopped.is_set() or self.services.unneeded):
                self._send(self._rooms.tick(self._clock()))
                self._look_at_tap()
                due = max(due + FRAME_SECONDS, loop.time())
                await asyncio.sleep(due - loop.time() if self._rooms.busy else IDLE_SECONDS)
        finally:
            self._tasks.cancel()
            await self.port.close()
            self._tap.close()
            self.services.close()
            log.info(
                "bridge worker ends",
                {
                    "alone": self.services.unneeded,
                    "dropped": self._rooms.dropped,
                    "untapped": self._tap.dropped,
                    "datagrams": dataclasses.asdict(self.port.figures),
                },
            )

    async def _load_tones(self) -> None:
        self._rooms.tones = await asyncio.to_thread(self._make_tones)

    def _greeting(self) -> Iterator[bytes]:
        yield encode_line(WorkerHello(VERSION, self.name))
        for rooms in in_lines(self._rooms.fences):
            yield encode_line(CarriedRooms(rooms))
        if not self._tap_reached:
            yield encode_line(TapReached(reached=False))
        for leg in tuple(self._states):
            if leg in self._states:  # still, as others are told while this one reads
                yield encode_line(LegChanged(leg, self._states[leg]))
        for leg in tuple(self._closed):
            yield encode_line(LegChanged(leg, "closed"))

    def _obey(self, order: ToWorker, reply: Reply) -> None:
        match order:
            case SetRoom() | CloseRoom() | PlayTone():
                for leg in self._rooms.order(order, self._clock()):
                    self.port.close_leg(leg)
                self._closed = {leg for leg in self._closed if self._rooms.stands(leg)}
                self._tap.want(self._rooms.tapped)
            case DescribeLeg():
                if self._rooms.in_charge(order.room, order.fence):
                    self._tasks.spawn(self._describe(order, reply))
            case CloseLeg():
                if self._rooms.in_charge(order.room, order.fence):
                    self.port.close_leg(order.leg)
            case LivenessCheck():
                reply(encode_line(Alive()))
            case _:
                assert_never(order)

    async def _describe(self, order: DescribeLeg, reply: Reply) -> None:
        try:
            if not self._rooms.stands_in(order.leg, order.room):  # any more, or it is another's
                raise NoSuchLeg
            answer, fault = await self.port.answer(order.leg, order.offer), ""
        except (BadDescription, ConnectionEnded, NoSuchLeg) as error:
            answer, fault = "", type(error).__name__
        reply(encode_line(LegDescription(order.leg, answer, fault)))

    def _look_at_tap(self) -> None:
        """Say where frames are lost that a service wants kept or read, and where no longer."""
        reached = self._tap.reached(self._clock())
        if reached is not self._tap_reached:
            self._tap_reached = reached
            self.services.say(encode_line(TapReached(reached)))

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
                if self._rooms.stands(leg):
                    self._closed.add(leg)
            case _:
                assert_never(state)
        self.services.say(encode_line(LegChanged(leg, state)))
