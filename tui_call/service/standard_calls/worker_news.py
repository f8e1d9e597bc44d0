"""What the bridge worker reports, as what happens to calls."""

from tui_call.service.standard_calls.bridge_rooms import BridgeRooms
from tui_call.service.standard_calls.exchange import CallExchange
from tui_call.service.standard_calls.tap_news import TapNews
from tui_call.signaling.bridge_messages import (
    CarriedRooms,
    FromWorker,
    LegChanged,
    LegDescription,
    TapReached,
    WorkerHello,
)
from tui_call.signaling.liveness import Alive
from tui_call.standard_calls.events import LegReported, WorkerChanged


class WorkerNews:
    """Takes it."""

    def __init__(self, exchange: CallExchange, rooms: BridgeRooms, tap: TapNews) -> None:
        self._exchange = exchange
        self._rooms = rooms
        self._tap = tap

    async def hear(self, message: FromWorker) -> None:
        """Take what a worker says."""
        match message:
            case WorkerHello(worker=worker):
                await self._tap.reached(True)
                self._rooms.greet()
                await self._worker_is(worker)
            case CarriedRooms():
                self._rooms.close_others(message)
            case TapReached(reached):
                await self._tap.reached(reached)
            case LegDescription():
                self._rooms.described(message)
            case LegChanged(leg, state):
                call = self._exchange.calls.of_leg(leg)
                if call is not None:
                    await self._exchange.insist(call.id, LegReported(leg, state))
            case Alive():
                pass

    async def lost(self, _: float) -> None:
        """Take note that the worker is gone, and its legs with it."""
        self._rooms.worker_gone()
        await self._worker_is("")

    async def _worker_is(self, worker: str) -> None:
        for known in await self._exchange.saved():
            await self._exchange.insist(known.call.id, WorkerChanged(worker))
