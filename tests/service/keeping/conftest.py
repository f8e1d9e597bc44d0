"""A service with people, and with what was kept of their calls."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.service.keeping.kept_town import KeptTown, kept_town
from tests.support.members import Clock


@pytest.fixture
async def kept(tmp_path: Path, clock: Clock) -> AsyncIterator[KeptTown]:
    async with kept_town(tmp_path / "state", clock) as running:
        yield running
