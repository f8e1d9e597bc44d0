"""A service with a bridge, and people with engines in this process."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.one_process import Resident, Village, village
from tui_call.service.standard_calls.options import BridgeOptions


@pytest.fixture
async def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Village]:
    """A service with a bridge, and nobody yet."""
    async with village(tmp_path, monkeypatch, bridge=BridgeOptions()) as village_here:
        yield village_here


@pytest.fixture
async def cleo(here: Village, ben: Resident) -> Resident:
    """Cleo, of the same service."""
    return await here.resident("cleo")
