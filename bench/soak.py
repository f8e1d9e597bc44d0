"""`python -m bench.soak`: a call of fifteen minutes between two engines, both of which hum.

They speak and hear through sound devices of the audio rig. After two minutes nothing may grow any
more. What is heard is compared with what noise suppression and codec make of what was said: there
may be no click in it. A computer that does too much else makes devices late, and they click then.
"""

import argparse
import asyncio
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.engine_cost import Cost, call_on_devices, costs
from bench.table import Row
from tests.support.clicks import BLOCK_SAMPLES, Texture, clicks
from tests.support.measured_sound import hum, processed_frames, write_wav
from tui_call.voice.alignment import align
from tui_call.voice.devices.sound_file import read_sound_file
from tui_call.voice.samples import Samples
from tui_call.voice.sound import SAMPLE_RATE

SECONDS = 900.0
SETTLED_SECONDS = 120.0
GROWTH_BAR_MB = 10.0
_MINUTE = 60.0


@dataclass(frozen=True, slots=True)
class Soaked:
    """What one side took and heard.

    Attributes:
        cost: from `SETTLED_SECONDS` to the end.
        clicks: when there were any, in seconds of what was heard.
    """

    cost: Cost
    clicks: list[float]

    @property
    def rows(self) -> list[Row]:
        """The lines of a table."""
        return [
            Row("memory, grown", GROWTH_BAR_MB, True, " MB", self.cost.growth_mb),
            Row("clicks", 0, True, "", len(self.clicks)),
        ]


async def soak(seconds: float = SECONDS, settled: float = SETTLED_SECONDS) -> list[Soaked]:
    """Make the call; return both sides of it.

    Args:
        seconds: how long it lasts.
        settled: after how many of them memory and processor time count.
    """
    minute = hum(_MINUTE)
    # The two say nothing at the same time that the other says: it would be taken for an echo.
    minutes = [minute, np.roll(minute, len(minute) // 2)]
    with tempfile.TemporaryDirectory(prefix="tui-call-soak-") as name:
        said = [Path(name) / f"said{side}.wav" for side in range(2)]
        heard = [Path(name) / f"heard{side}.wav" for side in range(2)]
        for file, samples in zip(said, minutes, strict=True):
            write_wav(file, np.tile(samples, int(seconds // _MINUTE) + 1))
        async with call_on_devices(said, heard) as pids:
            await asyncio.sleep(settled)
            taken = await costs(pids, seconds - settled)
        return [
            Soaked(
                cost, clicks_in(read_sound_file(ear), read_sound_file(mouth), read_sound_file(far))
            )
            for cost, ear, mouth, far in zip(taken, heard, reversed(said), said, strict=True)
        ]


def clicks_in(heard: Samples, said: Samples, far: Samples) -> list[float]:
    """Return when there are clicks in what was heard, in seconds.

    Args:
        heard: by one of the two.
        said: by the other.
        far: what came from that other's speaker.
    """
    own = np.concatenate(list(processed_frames(said, far)))
    minute = round(_MINUTE * SAMPLE_RATE)
    lag = align(said[:minute], heard[: 2 * minute]).percentile(50)
    if lag is None:
        return [0.0]  # it is not what was said: the worst of clicks
    heard_texture, own_texture = Texture(), Texture()
    own_texture.add(own, round(lag * SAMPLE_RATE) // BLOCK_SAMPLES)
    heard_texture.add(heard[: len(heard) // BLOCK_SAMPLES * BLOCK_SAMPLES])
    return clicks(heard_texture, own_texture)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.soak", description=__doc__)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    seconds = parser.parse_args().seconds
    sides = asyncio.run(soak(seconds, min(SETTLED_SECONDS, seconds / 2)))
    for name, side in zip(("caller", "callee"), sides, strict=True):
        print(name)
        for row in side.rows:
            print(f"  {row}")
        if side.clicks:
            print(f"  clicks at {', '.join(f'{at:.2f}' for at in side.clicks)} s")


if __name__ == "__main__":
    main()
