"""Which call has microphone and speaker: the one in front, unless it is held; the tones besides.

A call behind it goes on at the same rate and size, so that nobody on the way sees which one is
held: each frame of the microphone's cadence is sealed for every call, as silence for all but one.
What the others send is taken in time and not heard.
"""

import asyncio

from tui_call.engine.calls.call_list import CallList
from tui_call.engine.calls.call_log import CallLog
from tui_call.engine.calls.call_state import CallState
from tui_call.engine.calls.owner import VoiceLeg, VoiceMedia
from tui_call.engine.sound.audio_devices import AudioDevices
from tui_call.engine.sound.sound import Sound
from tui_call.engine.sound.sound_hints import SoundHints
from tui_call.permissions.gate import Phase
from tui_call.sentences import sentence
from tui_call.tasks import Tasks
from tui_call.voice.coding import Coding
from tui_call.voice.devices.port import DeviceEvent

TONE_SECONDS = 0.6

FRAMES_UNDER_WAY = 4
"""What was said before a call came to the front: captured, or still in the encoder's memory."""


class CallFocus:
    """Gives the sound of the engine to the call in front."""

    def __init__(
        self,
        calls: CallList,
        call_log: CallLog,
        sound: Sound,
        devices: AudioDevices,
        tasks: Tasks,
    ) -> None:
        self._calls = calls
        self._log = call_log
        self._sound = sound
        self._devices = devices
        self._tasks = tasks
        self._hints = SoundHints()
        self._joined: list[VoiceLeg] = []  # of calls whose sound has begun
        self._leaving: list[VoiceLeg] = []  # that still say the end
        self._front: VoiceLeg | None = None  # of those, the one that is heard if it is not held
        self._silent: tuple[VoiceLeg, ...] = ()  # all others
        self._not_for_front = 0  # frames that were said to somebody else

    # Tones

    def ring(self) -> None:
        """Ring for the call in front as it needs it, and for no other one."""
        front = self._calls.front
        if front is not None and self._rings(front):
            self._tasks.spawn(self._ring(front))
        else:
            self._sound.stop_tone()

    async def _ring(self, record: CallState) -> None:
        """Let it be heard, here or as at the other end, while the call rings."""
        await self._sound.ring(
            here=record.rings_here,
            still=lambda: record is self._calls.front and self._rings(record),
        )

    def _rings(self, record: CallState) -> bool:
        return record.phase is Phase.RINGING and not record.silenced

    # The voices

    async def join(self, record: CallState) -> None:
        """Let people speak, once both want the call."""
        await self._sound.open()
        leg = self._calls.voice(record)
        if leg is None or leg.media is None or record.ended:
            return
        self._joined.append(leg)
        if record is self._calls.front:
            for problem in (self._sound.problem, self._sound.echo_problem):
                if problem is not None:
                    record.tell(problem)
        self.follow()
        self._log.show()

    def follow(self) -> None:
        """Let microphone and speaker be those of the call in front as it is now."""
        front = self._calls.front
        of_front = self._calls.voice(front) if front is not None else None
        leg = next((one for one in self._joined if one is of_front), None)
        self._silent = tuple(one for one in (*self._joined, *self._leaving) if one is not leg)
        if leg is None or leg.media is None:
            self._give_up()
        else:
            self._take_over(leg, leg.media)
        behind = (one.media.playout for one in self._silent if one.media is not None)
        self._sound.pass_over(tuple(behind))
        self.set_microphone()

    def _give_up(self) -> None:
        """Let nothing be heard, as the call in front has no sound; others may be held."""
        before, self._front = self._front, None
        if before is not None:
            self._sound.play(None)
            self._sound.mute(True)
        if self._silent:
            self._sound.hand_frames_to(self._seal)
        else:
            self._sound.disconnect()

    def _take_over(self, leg: VoiceLeg, media: VoiceMedia) -> None:
        """Give the sound to the leg of the call in front."""
        before, self._front = self._front, leg
        if before is not leg:
            self._hints, self._not_for_front = SoundHints(), FRAMES_UNDER_WAY
            self._sound.mute(True)  # until `set_microphone`, whatever fails before
            self._sound.connect(media.playout, media.coding, self._seal)
        front = self._calls.front
        # A call that rings elsewhere again is heard to ring, and not what its leg brings meanwhile.
        heard = front is not None and not (front.on_hold or front.phase is Phase.RINGING)
        self._sound.play(media.playout, heard=heard)

    def _seal(self, opus: bytes) -> None:
        """Send a frame of the microphone in the call in front, and silence in all others."""
        if self._front is not None:
            self._front.frame(None if self._not_for_front else opus)
            self._not_for_front = max(0, self._not_for_front - 1)
        for leg in self._silent:
            leg.frame(None)

    def set_microphone(self) -> None:
        """Let it be heard unless it is muted, either side holds, or leaving E2EE is in question."""
        front = self._calls.front
        if front is not None:
            self._sound.mute(front.muted or front.held)

    def encode_as(self, record: CallState, coding: Coding) -> None:
        """Encode in another way, if it is the call that is heard."""
        if record is self._calls.front:
            self._sound.encode_as(coding)

    # What the person cannot hear

    def device_changed(self, event: DeviceEvent) -> None:
        """Tell in the call that a device was lost or found."""
        if self._calls.front is not None:
            self._calls.front.tell_of_device(event, self._devices.inputs)

    def look_around(self) -> None:
        """Once a second: tell what is wrong with the own sound."""
        record = self._calls.front
        if record is None or record.phase is not Phase.ACTIVE:
            return
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

    # The end

    def let_go(self, record: CallState) -> None:
        """Let nobody hear anything in a call that ends, but let it say so in its last frames."""
        leg, known = self._calls.voice(record), self._calls.place_of(record) is not None
        if leg is not None and leg in self._joined:
            self._joined.remove(leg)
            self._leaving.append(leg)
        elif not known:
            return  # nobody has heard anything of it
        self._tasks.spawn(self._leave(leg))

    def leave_behind(self, leg: VoiceLeg) -> None:
        """Let nothing more be heard of a leg whose call goes on by another one."""
        if leg in self._joined:
            self._joined.remove(leg)
            self._leaving.append(leg)
            self._tasks.spawn(self._leave(leg))

    async def _leave(self, leg: VoiceLeg | None) -> None:
        """Let the last frames out, play the tone that ends the last call, close the devices."""
        if leg is not None:
            await leg.last_frames()
        if leg is not None and leg in self._leaving:
            self._leaving.remove(leg)
            self.follow()
        if self._calls.busy:
            return
        self._sound.end_files()
        self._sound.play_ended()
        await asyncio.sleep(TONE_SECONDS)
        if not (self._calls.busy or self._sound.tried_out):
            await self._sound.close()
