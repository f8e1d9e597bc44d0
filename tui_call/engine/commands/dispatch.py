"""What a person orders, from a screen or from the command line, given to the area it is of."""

import asyncio
from dataclasses import dataclass
from typing import assert_never

from tui_call.control import actions
from tui_call.control.actions import Action
from tui_call.control.server import CaptionReader
from tui_call.engine.commands.calls import CallOrders, Dialling, OrderInCall
from tui_call.engine.commands.comparing import KeyOrders
from tui_call.engine.commands.devices import DeviceOrders, OrderAboutDevices
from tui_call.engine.commands.identity import IdentityOrders, OrderAboutIdentity
from tui_call.engine.commands.keeping import KeepingOrders, OrderAboutKeeping
from tui_call.engine.commands.kept_files import KeptOrders, OrderAboutKept
from tui_call.engine.commands.kinds import KindOrders, OrderAboutKind
from tui_call.engine.commands.notes import NoteOrders
from tui_call.engine.commands.people import OrderAboutPeople, PeopleOrders
from tui_call.engine.commands.refusing import refusal
from tui_call.engine.commands.result import NOTHING, Result
from tui_call.engine.commands.service import OrderForService, ServiceOrders
from tui_call.engine.commands.sound import OrderAboutSound, SoundOrders
from tui_call.engine.commands.standard import OrderAboutParked, OrderInStandard, StandardOrders
from tui_call.engine.ending import Ending
from tui_call.engine.settings import Settings
from tui_call.errors import TuiCallError

OrderAboutCalls = (
    OrderInCall
    | OrderInStandard
    | OrderAboutParked
    | OrderAboutKeeping
    | OrderAboutKept
    | OrderAboutKind
    | actions.Call
    | actions.Note
    | actions.Compare
    | actions.AcceptKey
)
OrderBeside = (
    OrderAboutPeople
    | OrderAboutSound
    | OrderAboutIdentity
    | OrderForService
    | OrderAboutDevices
    | actions.ChangeSetting
    | actions.ChooseDevice
    | actions.Export
    | actions.Stop
)


@dataclass(frozen=True, slots=True)
class Dispatch:
    """Knows who carries out what."""

    dialling: Dialling
    calls: CallOrders
    notes: NoteOrders
    standard: StandardOrders
    keeping: KeepingOrders
    kept: KeptOrders
    kinds: KindOrders
    keys: KeyOrders
    people: PeopleOrders
    sound: SoundOrders
    settings: Settings
    identity: IdentityOrders
    service: ServiceOrders
    devices: DeviceOrders
    ending: Ending

    async def carry_out(self, action: Action, reader: CaptionReader) -> Result:
        """Carry out an action and return what it gives.

        Args:
            action: what is ordered.
            reader: who orders it.

        Raises:
            ActionRefused: not now, with the sentence that says why.
            TuiCallError: something failed.
        """
        try:
            if isinstance(action, OrderAboutCalls):
                return await self._about_calls(action, reader)
            return await self._beside(action)
        except TuiCallError as error:
            if (refused := refusal(error)) is None:
                raise
            raise refused from error

    async def _about_calls(self, action: OrderAboutCalls, reader: CaptionReader) -> Result:
        if isinstance(action, OrderInCall):
            return self.calls.carry_out(action)
        if isinstance(action, OrderInStandard | OrderAboutParked):
            return await self.standard.carry_out(action)
        if isinstance(action, OrderAboutKeeping):
            return await self.keeping.carry_out(action, reader)
        if isinstance(action, OrderAboutKept):
            return await self.kept.carry_out(action)
        if isinstance(action, OrderAboutKind):
            return await self.kinds.carry_out(action)
        match action:
            case actions.Call():
                return await self.dialling.call(action)
            case actions.Note():
                return await self.notes.write(action)
            case actions.Compare():
                return self.keys.compare(action)
            case actions.AcceptKey():
                return self.keys.accept_key(action)
            case _:
                assert_never(action)

    async def _beside(self, action: OrderBeside) -> Result:
        """Carry out what is about the person, the service, devices and settings."""
        if isinstance(action, OrderAboutPeople):
            return await self.people.carry_out(action)
        if isinstance(action, OrderAboutSound):
            return await self.sound.carry_out(action)
        if isinstance(action, OrderAboutIdentity):
            return await self.identity.carry_out(action)
        if isinstance(action, OrderForService):
            return await self.service.carry_out(action)
        if isinstance(action, OrderAboutDevices):
            return await self.devices.carry_out(action)
        match action:
            case actions.ChangeSetting(key, value):
                await self.settings.change(key, value)
            case actions.ChooseDevice(kind, device):
                await self.settings.change(f"audio.{kind}", device or None)
            case actions.Export():
                return await self.devices.export(action)
            case actions.Stop():
                # Not before the order is answered.
                asyncio.get_running_loop().call_soon(self.ending.stopping.set)
            case _:
                assert_never(action)
        return NOTHING
