"""What is done again and again while an engine runs."""

import asyncio
import time
from collections.abc import Callable
from typing import TypeVarTuple

from tui_call.control.pace import until_next
from tui_call.engine.account.profile_writer import ProfileWriter
from tui_call.engine.calls.call_list import CallList
from tui_call.engine.calls.call_watch import CallWatch
from tui_call.engine.devices.own_devices import OwnDevices
from tui_call.engine.news.network_follower import NetworkFollower
from tui_call.engine.news.service_upkeep import ServiceUpkeep
from tui_call.engine.readings import Readings
from tui_call.engine.service.network_watch import IDLE_INTERVAL, LOOK_INTERVAL
from tui_call.engine.settings import Settings
from tui_call.engine.sound.sound import Sound
from tui_call.tasks import Tasks, attempt

_Given = TypeVarTuple("_Given")

METERS_INTERVAL = 0.1
"""Seconds; that of looks at the network in a call, so that both are one wake of the computer."""


class PeriodicWork:
    """Lets everybody look around who has to."""

    def __init__(
        self,
        calls: CallList,
        call_watch: CallWatch,
        sound: Sound,
        own_devices: OwnDevices,
        writer: ProfileWriter,
        upkeep: ServiceUpkeep,
        settings: Settings,
        network: NetworkFollower,
        readings: Readings,
        tasks: Tasks,
    ) -> None:
        self._calls = calls
        self._call_watch = call_watch
        self._sound = sound
        self._own_devices = own_devices
        self._writer = writer
        self._upkeep = upkeep
        self._settings = settings
        self._network = network
        self._readings = readings
        self._tasks = tasks

    def begin(self) -> None:
        """Go on until the tasks are cancelled."""
        self._tasks.spawn(self._look_around())
        self._tasks.spawn(self._show_meters())

    async def _look_around(self) -> None:
        """Do what is due each second, and in a call look at the network more often."""
        second = 0.0
        while True:
            await asyncio.sleep(until_next(LOOK_INTERVAL if self._calls.busy else IDLE_INTERVAL))
            self._attempt(self._network.look_around)
            if time.monotonic() >= second:
                second = time.monotonic() + until_next(IDLE_INTERVAL)
                self._second()

    async def _show_meters(self) -> None:
        """Show levels while there is sound."""
        while True:
            await self._sound.runs.wait()
            await asyncio.sleep(until_next(METERS_INTERVAL))
            self._attempt(self._readings.meters)

    def _second(self) -> None:
        now = time.monotonic()
        self._attempt(self._call_watch.look_around)
        self._attempt(self._own_devices.look_around, now)
        self._attempt(self._writer.look_around, now)
        self._attempt(self._upkeep.look_around, now)
        self._attempt(self._readings.statistics)
        self._attempt(self._settings.look_around)

    def _attempt(self, work: Callable[[*_Given], None], *given: *_Given) -> None:
        """Do what is done again and again, also after what nobody foresaw in it or beside it."""
        attempt(self._tasks.on_failure, work.__qualname__, work, *given)
