"""A service on loopback with a clock that passes when told."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.members import Clock, Town
from tests.support.members import town as run_town
from tests.support.ready_store import _ready_stores  # noqa: F401 - a fixture


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def town(tmp_path: Path, clock: Clock) -> AsyncIterator[Town]:
    async with run_town(tmp_path / "state", clock) as running:
        yield running
