"""A process beside the service that hangs, found by another service than started it."""

import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.bridged_town import Recorder
from tests.support.connections import until
from tui_call.service.local_process import LocalProcess
from tui_call.service.process_link import Streams


@pytest.fixture
async def tap(tmp_path: Path) -> AsyncIterator[Recorder]:
    (tmp_path / "state").mkdir(mode=0o700)
    process = Recorder(tmp_path / "state")
    process.start()
    yield process
    await process.end()


async def test_one_that_hangs_is_ended_whichever_service_started_it(
    tap: Recorder, tmp_path: Path
) -> None:
    found: list[Streams] = []
    later = LocalProcess("tap", tmp_path / "state", tuple)

    async def is_found() -> bool:
        try:
            found.append(await later.connect())
        except OSError:
            return False
        return True

    while not await is_found():
        pass
    [(_, writer)] = found
    os.kill(tap.pid, signal.SIGSTOP)
    later.kill()
    await until(lambda: not tap.runs)
    writer.close()
