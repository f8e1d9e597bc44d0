"""What a person orders, from a screen or from the command line, given to the area it is of."""

import asyncio
from typing import assert_never

from tui_call.control import actions
from tui_call.control.actions import Action
from tui_call.control.server import CaptionReader
from tui_call.engine.commands.calls import CallOrders, Dialling, OrderInCall
from tui_call.engine.commands.comparing import KeyOrders
from tui_call.engine.commands.devices import DeviceOrders, OrderAboutDevices
from tui_call.engine.commands.identity import IdentityOrders, OrderAboutIdentity
from tui_call.engine.commands.kept import KeepingOrders, OrderAboutKeeping
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


class Dispatch:
    """Knows who carries out what."""

    def __init__(
        self,
        dialling: Dialling,
        calls: CallOrders,
        notes: NoteOrders,
        standard: StandardOrders,
        keeping: KeepingOrders,
        kept: KeptOrders,
        kinds: KindOrders,
        keys: KeyOrders,
        people: PeopleOrders,
        sound: SoundOrders,
        settings: Settings,
        identity: IdentityOrders,
        service: ServiceOrders,
        devices: DeviceOrders,
        ending: Ending,
    ) -> None:
        self._dialling = dialling
        self._calls = calls
        self._notes = notes
        self._standard = standard
        self._keeping = keeping
        self._kept = kept
        self._kinds = kinds
        self._keys = keys
        self._people = people
        self._sound = sound
        self._settings = settings
        self._identity = identity
        self._service = service
        self._devices = devices
        self._ending = ending

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
            return await self._hand_on(action, reader)
        except TuiCallError as error:
            if (refused := refusal(error)) is None:
                raise
            raise refused from error

    async def _hand_on(  # noqa: C901 - an arm each
        self, action: Action, reader: CaptionReader
    ) -> Result:
        if isinstance(action, OrderInCall):
            return self._calls.carry_out(action)
        if isinstance(action, OrderInStandard | OrderAboutParked):
            return await self._standard.carry_out(action)
        if isinstance(action, OrderAboutKeeping):
            return await self._keeping.carry_out(action, reader)
        if isinstance(action, OrderAboutKept):
            return await self._kept.carry_out(action)
        if isinstance(action, OrderAboutKind):
            return await self._kinds.carry_out(action)
        if isinstance(action, OrderAboutPeople):
            return self._people.carry_out(action)
        if isinstance(action, OrderAboutSound):
            return await self._sound.carry_out(action)
        if isinstance(action, OrderAboutIdentity):
            return await self._identity.carry_out(action)
        if isinstance(action, OrderForService):
            return await self._service.carry_out(action)
        if isinstance(action, OrderAboutDevices):
            return await self._devices.carry_out(action)
        match action:
            case actions.Call():
                return await self._dialling.call(action)
            case actions.Note():
                return await self._notes.write(action)
            case actions.Compare():
                return self._keys.compare(action)
            case actions.AcceptKey():
                return self._keys.accept_key(action)
            case actions.ChangeSetting(key, value):
                await self._settings.change(key, value)
            case actions.ChooseDevice(kind, device):
                await self._settings.change(f"audio.{kind}", device or None)
            case actions.Export():
                return await self._devices.export(action)
            case actions.Stop():
                # Not before the order is answered.
                asyncio.get_running_loop().call_soon(self._ending.stopping.set)
            case _:
                assert_never(action)
        return NOTHING
