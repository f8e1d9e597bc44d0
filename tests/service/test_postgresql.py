"""A store in PostgreSQL: not there, gone away and back, and without a session's state."""

import asyncio

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.service.members import SOON
from tests.support.postgresql import PostgreSQLServer, made, running
from tui_call.service.database import Accounts, Database, tables
from tui_call.service.faults import DatabaseUnusable


async def note(connection: AsyncConnection) -> None:
    await connection.execute(
        insert(tables.audit).values(time=1, actor="", action="noted", subject="", detail="")
    )


async def notes(store: Database) -> int:
    async def query(connection: AsyncConnection) -> int:
        return len(list(await connection.scalars(select(tables.audit.c.id))))

    return await store.read(query)


async def test_a_server_that_went_away_is_told_of_at_once_and_found_again() -> None:
    with made() as server:
        with running(server):
            store = await Database.open(server.new_database())
            await store.write(note)
        with pytest.raises(DatabaseUnusable, match="cannot reach its database now"):
            await notes(store)
        async with asyncio.timeout(SOON):
            waiting = [store.write(note) for _ in range(100)]
            answers = await asyncio.gather(*waiting, return_exceptions=True)
        assert {type(answer) for answer in answers} == {DatabaseUnusable}
        with running(server):
            await store.write(note)
            assert await notes(store) == 2
        await store.close()


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("mysql://root@localhost/x", "store.url has to be"),
        ("nothing at all", "store.url has to be"),
        ("postgresql+psycopg://x@/x?host=/nowhere", "cannot be reached"),
    ],
)
async def test_a_url_of_nothing_is_told_of_as_it_is_opened(url: str, told: str) -> None:
    with pytest.raises(DatabaseUnusable, match=told):
        await Database.open(url)


async def test_nothing_of_a_session_outlasts_a_transaction(
    postgresql_server: PostgreSQLServer,
) -> None:
    """A pooler may give each transaction another session."""

    store = await Database.open(postgresql_server.new_database())
    for number in range(20):
        await Accounts(store).ensure_on_demand(f"echo-{number}@home", "Echo", "off", 1)
        await Accounts(store).find("echo-0@home")

    async def leftovers(connection: AsyncConnection) -> list[object]:
        return [
            await connection.scalar(text(f"SELECT count(*) FROM {view}"))
            for view in ("pg_prepared_statements", "pg_listening_channels()")
        ]

    assert await store.read(leftovers) == [0, 0]
    with postgresql_server.connect() as connection:
        held = connection.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")
        assert held.fetchall() == [(0,)]
    await store.close()
