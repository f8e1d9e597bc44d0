"""Orders about sound without a call: devices, levels, recordings, hearing yourself."""

from typing import assert_never

from tui_call.control import actions
from tui_call.control.server import ActionRefused
from tui_call.engine.calls.call_list import CallList
from tui_call.engine.commands.result import NOTHING, Result
from tui_call.engine.media.libraries import load
from tui_call.engine.sound.audio_devices import AudioDevices
from tui_call.engine.sound.sound import Sound
from tui_call.tasks import Tasks

OrderAboutSound = (
    actions.UseFiles | actions.ListenToMicrophone | actions.HearYourself | actions.LookForDevices
)


class SoundOrders:
    """Carries them out, and shows the devices as they are then."""

    def __init__(self, sound: Sound, devices: AudioDevices, calls: CallList, tasks: Tasks) -> None:
        self._sound = sound
        self._devices = devices
        self._calls = calls
        self._tasks = tasks

    async def carry_out(self, action: OrderAboutSound) -> Result:
        """Do it."""
        result = NOTHING
        match action:
            case actions.UseFiles(source, target):
                result = await self._use_files(source, target)
            case actions.ListenToMicrophone(on):
                await self._listen(on)
            case actions.HearYourself(True):
                await self._hear_yourself()
            case actions.HearYourself():
                await self._hear_yourself_no_more()
            case actions.LookForDevices():
                pass
            case _:
                assert_never(action)
        await self._devices.refresh()
        return result

    async def _use_files(self, source: str, target: str) -> Result:
        problem = None if source or target else await self._sound.finish_files()
        await self._sound.use_files(source, target)
        if source or target:
            await load()  # a call is about to begin, and should not wait for that
        return {} if problem is None else {"code": problem.code, "text": problem.text}

    async def _listen(self, on: bool) -> None:
        self._sound.listening = on
        if on:
            await self._sound.open()
        else:
            await self._close_unused()

    async def _hear_yourself(self) -> None:
        if self._calls.busy:
            raise ActionRefused("wrong_state", "O_HEAR_LATER")
        await self._sound.hear_yourself(
            lambda: self._tasks.spawn(self._heard_yourself()), lambda: self._calls.busy
        )

    async def _heard_yourself(self) -> None:
        if self._sound.hearing_yourself:
            await self._hear_yourself_no_more()
            await self._devices.refresh()

    async def _hear_yourself_no_more(self) -> None:
        if self._sound.hearing_yourself:
            self._sound.stop_hearing_yourself()
            await self._close_unused()

    async def _close_unused(self) -> None:
        if not (self._calls.busy or self._sound.tried_out):
            await self._sound.close()
