"""A service with a bridge, and a clock that passes when told."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.callers import CallTown, call_town
from tests.support.members import Clock


@pytest.fixture
async def calls(tmp_path: Path, clock: Clock) -> AsyncIterator[CallTown]:
    async with call_town(tmp_path / "state", clock) as running:
        yield running
