"""A process that is killed while it imports people has imported all of them or none."""

import asyncio
import contextlib
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.service.import_process import IMPORTED
from tests.service.organisations import acme
from tests.support.postgresql import PostgreSQLServer
from tui_call.service.database import Database, tables
from tui_call.service.database.epoch import read_epoch

SOON = 60.0
WRITTEN = (tables.accounts, tables.account_settings, tables.memberships, tables.audit_rows)

NewStore = Callable[[], Path | str]


@pytest.fixture(params=["sqlite", "postgresql"])
def new_store(request: pytest.FixtureRequest, tmp_path: Path) -> NewStore:
    """Return what gives the place of a new store, each time another one."""
    if request.param == "sqlite":
        return lambda: tmp_path / f"{len(list(tmp_path.iterdir()))}.db"
    server: PostgreSQLServer = request.getfixturevalue("postgresql_server")
    return server.new_database


async def import_people(place: Path | str, killed_after: float | None) -> None:
    """Run an import, and kill it so many seconds after it has begun unless it has ended."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.service.import_process", str(place),
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    async with asyncio.timeout(SOON):
        assert await process.stdout.readline() == b"begins\n"
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(killed_after):
                await process.wait()
        if process.returncode is None:
            process.kill()
        await process.communicate()
    if killed_after is None:
        assert process.returncode == 0


async def written(place: Path | str) -> tuple[int, ...]:
    """Return how many rows there are of what an import writes, and the epoch."""

    async def query(connection: AsyncConnection) -> tuple[int, ...]:
        counts = [
            await connection.scalar(select(func.count()).select_from(table)) or 0
            for table in WRITTEN
        ]
        return (*counts, (await read_epoch(connection)).number)

    store = await Database.open(place)  # which finds damaged pages, too
    try:
        return await store.read(query)
    finally:
        await store.close()


async def all_or_nothing(new_store: NewStore, moments: list[float | None]) -> None:
    """Check what is left of an import that is killed at each of some moments; None is never."""
    found: list[tuple[int, ...]] = []
    for killed_after in moments:
        place = new_store()
        async with acme(await Database.open(place)):
            pass
        before = await written(place)
        await import_people(place, killed_after)
        after = await written(place)
        found.append(tuple(new - old for new, old in zip(after, before, strict=True)))
    nothing, everything = found[0], found[-1]
    assert set(nothing) == {0}
    assert everything[:3] == (IMPORTED,) * 3
    assert everything[-1] == 1
    assert set(found) == {nothing, everything}


@pytest.mark.lengthy
async def test_an_import_that_is_killed_leaves_all_or_nothing(new_store: NewStore) -> None:
    await all_or_nothing(new_store, [0.0, 0.4, 0.8, None])


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_an_import_that_is_killed_at_any_moment_leaves_all_or_nothing(
    new_store: NewStore,
) -> None:
    await all_or_nothing(new_store, [*(number / 10 for number in range(20)), None])
