"""What is recorded of a call, by a real service, a real bridge worker and a real tap."""

import asyncio
import contextlib
import hashlib
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing
from pathlib import Path

import pytest

from tests.support.bridge_worker import SPEECH, send_evenly
from tests.support.bridged_town import Bridge, Recorder, Speaker, bridged_town, talk
from tests.support.connections import until
from tests.support.kept_sound import TONES, decoded, encoded, heard, length, tone
from tui_call.service.standard_calls.processes import RECORDINGS
from tui_call.signaling.call_acts import AgreeAct, HangUpAct, RecordAct
from tui_call.signaling.messages import CallChanged

pytestmark = pytest.mark.e2e


@pytest.fixture
async def state(tmp_path: Path) -> Path:
    (tmp_path / "state").mkdir()
    return tmp_path / "state"


@pytest.fixture
async def bridge(state: Path) -> AsyncIterator[Bridge]:
    process = Bridge(state)
    yield process
    await process.end()


@pytest.fixture
async def tap(state: Path) -> AsyncIterator[Recorder]:
    process = Recorder(state)
    yield process
    await process.end()


@asynccontextmanager
async def speaking(people: Sequence[Speaker]) -> AsyncIterator[None]:
    """Let each of two people speak with a tone of its own."""
    tasks = [
        asyncio.create_task(send_evenly(person.leg, SPEECH, encoded(tone(frequency, 1.0))))
        for person, frequency in zip(people, TONES.values(), strict=False)
        if person.leg is not None
    ]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


def index(state: Path, what: str) -> list[tuple[str | int | None, ...]]:
    with closing(sqlite3.connect(state / "service.db")) as connection:
        return connection.execute(f"SELECT {what}").fetchall()


def all_kept(told: CallChanged) -> bool:
    return [member.kept for member in told.members] == ["kept", "kept"]


async def test_a_recording_goes_on_in_a_second_part_when_the_tap_is_killed(
    state: Path, bridge: Bridge, tap: Recorder
) -> None:
    async with bridged_town(state, bridge, tap) as running, AsyncExitStack() as legs:
        (ada, ben), call = await talk(running, 2, legs)
        async with speaking((ada, ben)):
            await ben.caller.does(AgreeAct(on=True), call)
            await ada.caller.does(RecordAct(on=True, tracks=True), call)
            told = await ben.caller.sees_when(
                call, lambda told: told.recording is not None and not told.recording.starting
            )
            assert told.recording is not None
            directory = state / RECORDINGS / told.recording.id
            running.clock.now += 1.1
            await ben.caller.sees_when(call, all_kept)
            await until(lambda: written(directory / "mix-1.opus") > 1.0)
            tap.kill()
            await ben.caller.sees_when(
                call, lambda told: "kept_again" in {news.what for news in told.news}
            )
            await until(lambda: written(directory / "mix-2.opus") > 1.0)
        await ada.caller.does(HangUpAct(), call)
        await until(lambda: None not in {row[0] for row in index(state, "closed FROM kept_parts")})
        assert index(state, "part, why FROM kept_parts") == [(1, "N_KEPT_CUT"), (2, "")]
        for name, size, digest in index(state, "name, size, sha256 FROM kept_files"):
            data = (directory / str(name)).read_bytes()
            assert (len(data), hashlib.sha256(data).hexdigest()) == (size, digest)
    for part in (1, 2):
        lengths = {length(directory / name) for name in files_of(part)}
        assert max(lengths) - min(lengths) <= 0.04
        assert {1, 2} in heard(decoded(directory / f"mix-{part}.opus"))
        for person in (1, 2):
            track = decoded(directory / f"track-{person}-{part}.opus")
            assert set[int]().union(*heard(track)) - {0} == {person}


def files_of(part: int) -> list[str]:
    return [f"mix-{part}.opus", *(f"track-{person}-{part}.opus" for person in (1, 2))]


def written(file: Path) -> float:
    """Return how many seconds of a file can be played by now."""
    return length(file) if file.exists() and file.stat().st_size > 200 else 0.0
