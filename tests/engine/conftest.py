"""A service and people with engines in this process."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.one_process import Resident, Village, village
from tests.support.ready_store import _ready_stores  # noqa: F401 - a fixture


@pytest.fixture
async def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Village]:
    """A service with nobody yet."""
    async with village(tmp_path, monkeypatch) as village_here:
        yield village_here


@pytest.fixture
async def ada(here: Village) -> Resident:
    """Ada, who administers."""
    return await here.resident("ada")


@pytest.fixture
async def ben(here: Village, ada: Resident) -> Resident:
    """Ben, of the same service."""
    return await here.resident("ben")
