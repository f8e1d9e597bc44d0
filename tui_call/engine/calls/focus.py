"""What is heard of calls: the tones, and the voices of the one that the person has."""

import asyncio

from tui_call.engine.calls.call_list import CallList
from tui_call.engine.calls.call_log import CallLog
from tui_call.engine.calls.call_state import CallState
from tui_call.engine.sound.audio_devices import AudioDevices
from tui_call.engine.sound.sound import Sound
from tui_call.engine.sound.sound_hints import SoundHints
from tui_call.permissions.gate import Phase
from tui_call.sentences import sentence
from tui_call.voice.devices.port import DeviceEvent

TONE_SECONDS = 0.6


class CallSound:
    """Gives the sound of the engine to one call after the other."""

    def __init__(
        self, calls: CallList, call_log: CallLog, sound: Sound, devices: AudioDevices
    ) -> None:
        self._calls = calls
        self._log = call_log
        self._sound = sound
        self._devices = devices
        self._hints = SoundHints()

    async def ring(self, record: CallState) -> None:
        """Let it be heard, here or as at the other end, while the call rings."""
        calls = self._calls
        await self._sound.ring(
            here=record.rings_here,
            still=lambda: (
                record is calls.current and record.phase is Phase.RINGING and not record.silenced
            ),
        )

    async def join(self, record: CallState) -> None:
        """Let people speak, once both want the call."""
        await self._sound.open()
        active = record.active
        if active is None or active.media is None or record.ended:
            return
        self.set_microphone(record)
        self._hints = SoundHints()
        self._sound.connect(active.media.playout, active.media.coding, active.frame)
        for problem in (self._sound.problem, self._sound.echo_problem):
            if problem is not None:
                record.tell(problem)
        self._log.show()

    def device_changed(self, event: DeviceEvent) -> None:
        """Tell in the call that a device was lost or found."""
        if self._calls.on is not None:
            self._calls.on.tell_of_device(event, self._devices.inputs)

    def look_around(self, record: CallState) -> None:
        """Once a second: tell what the person cannot hear."""
        if not record.ended and record.phase is Phase.ACTIVE:
            levels = self._sound.meters()
            for code in self._hints.look(
                muted_talk=record.muted and levels is not None and levels.speaking,
                digital_silence=self._sound.digital_silence_seconds,
                late_ms=self._sound.late_ms,
            ):
                record.tell(sentence(code))
            problem = self._sound.file_problem
            if problem is not None and all(event.sentence != problem for event in record.events):
                record.tell(problem)

    def set_microphone(self, record: CallState) -> None:
        """Let it be heard unless it is muted, either side holds, or leaving E2EE is in question."""
        self._sound.mute(record.muted or record.held)

    def hold(self, record: CallState) -> None:
        """Let neither side be heard while the person here holds, and both again afterwards."""
        self.set_microphone(record)
        active = record.active
        if active is not None and active.media is not None:
            self._sound.play(active.media.playout, heard=not record.on_hold)

    def _stop_ringing(self, record: CallState) -> None:
        """Be quiet, unless it is another call that rings."""
        current = self._calls.current
        if current is None or current is record or current.phase is not Phase.RINGING:
            self._sound.stop_tone()

    async def leave(self, record: CallState) -> None:
        """Let the last frames out, play the tone that ends a call, close the devices."""
        self._sound.play(None)
        self._sound.mute(True)
        self._sound.end_files()
        self._stop_ringing(record)
        if record.active is not None:
            await record.active.last_frames()
        if self._calls.busy and self._calls.current is not record:
            return
        self._sound.disconnect()
        self._sound.play_ended()
        await asyncio.sleep(TONE_SECONDS)
        if not (self._calls.busy or self._sound.tried_out):
            await self._sound.close()
