"""`python -m bench.engine_cost`: what a call on sound devices costs each engine.

Both people speak into microphones of the audio rig, all the time. For each thread the table has its
share of a core and how often a second it woke, and for each engine its memory. Beside it stands
what the codec and the echo canceller alone take on this computer. On a computer that does other
things too these figures are for looking, not for judging: `bench.lightness` compares.
"""

import argparse
import asyncio
import contextlib
import os
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.processes import Usage, memory_mb, reading
from tests.support.audio_rig import AudioRig
from tests.support.measured_sound import hum, make_speech, processed_frames
from tui_call.control import launch
from tui_call.control.actions import Answer, Call, SetUp, Stop
from tui_call.control.client import EngineClient
from tui_call.drill.rehearsal import phase, reach, rings, temporary_home
from tui_call.voice.sound import FRAME_SAMPLES, FRAME_SECONDS

_WARM_UP_SECONDS = 5.0
_DEVICES = ("left", "right")


@dataclass(frozen=True, slots=True)
class Cost:
    """What one engine took.

    Attributes:
        usage: of its threads.
        memory_mb: its own and its part of what is shared, at the end.
        growth_mb: how much of that came while it was measured.
    """

    usage: Usage
    memory_mb: float
    growth_mb: float

    def __str__(self) -> str:
        lines = [str(thread) for thread in self.usage.threads]
        lines.append(f"  {'processor, of a core':<24}{self.usage.cpu:6.2f} %")
        grown = f"{self.growth_mb:+.1f} MB meanwhile"
        return "\n".join([*lines, f"  {'memory (PSS)':<24}{self.memory_mb:6.1f} MB  {grown}"])


@contextlib.asynccontextmanager
async def two_engines(
    environments: Sequence[dict[str, str]],
) -> AsyncIterator[tuple[list[EngineClient], list[int]]]:
    """Run an engine for each of two people, with settings of its own; give clients and pids."""
    names = ("ada", "grace")
    processes = [
        launch.start_engine(name, (), environment)
        for name, environment in zip(names, environments, strict=True)
    ]
    clients: list[EngineClient] = []
    try:
        for name, process in zip(names, processes, strict=True):
            client = await launch.attach_to(name, process, "tui")
            clients.append(client)
            await client.command(SetUp(name.title(), e2ee=True, invite="", protection="plain"))
            await reach(client, lambda at: at.snapshot.encryption.on, "E2EE")
        yield clients, [process.pid for process in processes]
    finally:
        for client in clients:
            await client.command(Stop())
            await client.close()
        for process in processes[len(clients) :]:
            process.terminate()
        for process in processes:
            await asyncio.to_thread(process.wait)


async def costs_of_a_call(seconds: float) -> list[Cost]:
    """Let two engines talk over the rig's devices, and return what it costs them.

    Args:
        seconds: for how long is measured, after a few of warming up.
    """
    with tempfile.TemporaryDirectory(prefix="tui-call-cost-") as name:
        _, speech = make_speech(Path(name), seconds + 2 * _WARM_UP_SECONDS)
        async with call_on_devices([speech, speech]) as pids:
            await asyncio.sleep(_WARM_UP_SECONDS)
            return await costs(pids, seconds)


@contextlib.asynccontextmanager
async def call_on_devices(
    said: Sequence[Path], heard: Sequence[Path] = ()
) -> AsyncIterator[list[int]]:
    """Let two engines talk over the rig's devices; give the engines' process numbers.

    Args:
        said: a WAV file for the microphone of each.
        heard: for a WAV file of what the speaker of each plays, from just before anything is said.
    """
    with AudioRig(_DEVICES) as rig, temporary_home():
        os.environ.update(rig.environment)
        async with two_engines([_sound(side) for side in _DEVICES]) as (clients, pids):
            with contextlib.ExitStack() as speaking:
                await talk(*clients)
                for side, file in zip(_DEVICES, heard, strict=False):
                    speaking.callback(rig.listen(side, file).stop)
                for side, file in zip(_DEVICES, said, strict=True):
                    mouth = speaking.enter_context(rig.begin_to_say(side, file))
                    speaking.callback(mouth.terminate)
                yield pids


def _sound(device: str) -> dict[str, str]:
    return {"TUI_CALL_AUDIO__MICROPHONE": device, "TUI_CALL_AUDIO__SPEAKER": device}


async def talk(caller: EngineClient, callee: EngineClient) -> None:
    """Let one call the other, who answers."""
    await caller.command(Call(callee.snapshot.me.account))
    await reach(callee, rings, "ringing")
    await callee.command(Answer())
    for client in (caller, callee):
        await reach(client, phase("active"), "the call")


async def costs(pids: list[int], seconds: float) -> list[Cost]:
    """Return what processes take in some seconds from now."""
    before = [(reading(pid), memory_mb(pid)) for pid in pids]
    await asyncio.sleep(seconds)
    found: list[Cost] = []
    for pid, (earlier, memory) in zip(pids, before, strict=True):
        now = memory_mb(pid)
        found.append(Cost(reading(pid).since(earlier), now, now - memory))
    return found


def cost_of_libraries(seconds: float) -> float:
    """Return the percent of a core that Opus and the echo canceller take for one call.

    They are asked every 20 ms, as in a call: a processor that sleeps between two frames forgets,
    and they take up to twice of what they take in one go.
    """
    said = hum(seconds)
    frames = processed_frames(said, said)
    took = 0.0
    for _ in range(len(said) // FRAME_SAMPLES):
        time.sleep(FRAME_SECONDS)
        began = time.thread_time()
        next(frames)
        took += time.thread_time() - began
    return 100 * took / seconds


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.engine_cost", description=__doc__)
    parser.add_argument("--seconds", type=float, default=30.0)
    seconds = parser.parse_args().seconds
    sides = asyncio.run(costs_of_a_call(seconds))
    for side, cost in zip(("caller", "callee"), sides, strict=True):
        print(f"{side}\n{cost}\n")
    print(f"Opus and the echo canceller alone: {cost_of_libraries(seconds):.2f} %")


if __name__ == "__main__":
    main()
