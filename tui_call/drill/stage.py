"""Where the drill takes place: a service in an intruder's hands, and two people with engines."""

import wave
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tui_call.control.actions import SetUp, UseFiles
from tui_call.control.client import EngineClient
from tui_call.drill.intruder import Intruder
from tui_call.drill.rehearsal import STEP_WITHIN, engines, reach, temporary_home
from tui_call.service.server import Service, ServiceOptions
from tui_call.signaling.service_file import read_local_invite
from tui_call.voice.samples import Samples
from tui_call.voice.sound import SAMPLE_RATE
from tui_call.voice.speech_like import speech_like

SERVICE = "intruders-service"
CALLER, CALLEE = "Ada", "Ben"


@dataclass(frozen=True, slots=True)
class Voices:
    """What the two say, from the first moment of a call.

    Attributes:
        seconds: how much of it the intruder keeps.
        caller: at 48 kHz, longer than the call lasts.
        callee: the same sound from another place on, so that the two can be told apart.
    """

    seconds: float
    caller: Samples
    callee: Samples

    @classmethod
    def of(cls, seconds: float, sound: Samples | None) -> "Voices":
        """Return voices that say a sound again and again, None for the built-in signal."""
        lasts = seconds + STEP_WITHIN
        said = speech_like(2 * lasts) if sound is None else sound
        times = -(-round(lasts * SAMPLE_RATE) // len(said))
        other = np.roll(said, -(len(said) // 2))
        return cls(seconds, np.tile(said, times), np.tile(other, times))


@dataclass(frozen=True, slots=True)
class Stage:
    """Everybody who takes part.

    Attributes:
        intruder: idle until he attacks.
        caller: the engine of Ada.
        callee: the engine of Ben.
        voices: what they say.
    """

    intruder: Intruder
    caller: EngineClient
    callee: EngineClient
    voices: Voices
    _directory: Path

    @property
    def engines(self) -> tuple[EngineClient, EngineClient]:
        """Ada's and Ben's."""
        return self.caller, self.callee

    @property
    def attacked(self) -> bool:
        """Whether the intruder sits in the last call."""
        return self.intruder.attacks and bool(self.intruder.interceptions)

    @property
    def seconds_heard(self) -> float:
        """How much the intruder has of the voice of which he has less."""
        tapes = [
            min(one.with_caller.tape.seconds, one.with_callee.tape.seconds)
            for one in self.intruder.interceptions
        ]
        return max(tapes, default=0.0)

    async def give_voices(self) -> None:
        """Let each engine speak its file in the next call, and touch no sound device."""
        for client, name in zip(self.engines, (CALLER, CALLEE), strict=True):
            await client.command(UseFiles(str(self._directory / f"{name}.wav")))


@asynccontextmanager
async def staged(voices: Voices) -> AsyncGenerator[Stage]:
    """Set the stage in a directory of its own, and take it down.

    Raises:
        LocalFault: a process or the service did not start.
    """
    intruder = Intruder(voices.seconds)
    with temporary_home() as home:
        directory = home / SERVICE
        directory.mkdir()
        options = ServiceOptions(directory, listen="127.0.0.1", make_router=intruder.router)
        async with Service(options), engines("caller", "callee") as (caller, callee):
            stage = Stage(intruder, caller, callee, voices, home)
            write_wav(home / f"{CALLER}.wav", voices.caller)
            write_wav(home / f"{CALLEE}.wav", voices.callee)
            try:
                for client, name in zip(stage.engines, (CALLER, CALLEE), strict=True):
                    invite = read_local_invite(directory)
                    await client.command(SetUp(name, e2ee=True, invite=invite, protection="plain"))
                for client in stage.engines:
                    await reach(client, lambda at: at.snapshot.encryption.on, "the service")
                yield stage
            finally:
                await intruder.close()


def write_wav(path: Path, *channels: Samples) -> None:
    """Write one or more voices of one length, each as a channel of its own.

    Raises:
        OSError: it cannot be written.
    """
    with wave.open(str(path), "wb") as file:
        file.setparams((len(channels), 2, SAMPLE_RATE, 0, "NONE", ""))
        file.writeframes(np.stack(channels, axis=1).astype("<i2").tobytes())
