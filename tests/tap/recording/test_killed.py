"""A process that is killed while it writes loses no more than a second of any file."""

import asyncio
import random
import sys
from pathlib import Path

import pytest

from tests.support.keeper import DEADLINE_SECONDS, Kept
from tests.support.kept_sound import KEPT, decoded, heard, length
from tui_call.control.processes import ROOT

MOST_LOST = 1.0
_TIMES = 10


async def killed_at_a_random_moment(directory: Path) -> float:
    """Let another process record, and kill it; return how many seconds had been handed over."""
    writing = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.support.kept_writing", directory, cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert writing.stdout is not None
    end, spoken = random.uniform(1.5, 4.0), 0.0
    async with asyncio.timeout(DEADLINE_SECONDS):
        while spoken < end:
            spoken = float(await writing.stdout.readline())
    writing.kill()
    rest = (await writing.stdout.read()).split()
    await writing.wait()
    return float(rest[-1]) if rest else spoken


async def plays_but_for_a_second(directory: Path) -> None:
    """Kill a writer, and look at what it left, first as it is and then closed."""
    spoken = await killed_at_a_random_moment(directory)
    for path in (directory / KEPT).glob("*.opus"):
        assert length(path) > spoken - MOST_LOST, path.name
    tap = Kept(directory)
    tap.recorder.close_left_behind()
    await tap.closed(2)
    recording, transcript = sorted(tap.closings, key=lambda closed: closed.part)
    assert recording.seconds > spoken - MOST_LOST
    assert transcript.seconds > spoken - MOST_LOST
    for name, tones in (("mix", {1, 2}), ("track-1", {1}), ("track-2", {2})):
        path = directory / KEPT / f"{name}-1.opus"
        assert length(path) == pytest.approx(recording.seconds, abs=0.02)
        assert all(window == tones for window in heard(decoded(path))[2:-1]), name


@pytest.mark.e2e
async def test_a_process_that_is_killed_loses_at_most_a_second(tmp_path: Path) -> None:
    await plays_but_for_a_second(tmp_path)


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_so_it_is_whenever_it_is_killed(tmp_path: Path) -> None:
    for turn in range(_TIMES):
        await plays_but_for_a_second(tmp_path / str(turn))
