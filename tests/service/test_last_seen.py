"""When somebody was here last, and with which version: kept, but not by a write for each login."""

from pathlib import Path

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.support.members import Clock, town
from tui_call.service.database import Accounts, Database, Organisations, Seen, tables
from tui_call.service.faults import DatabaseUnusable
from tui_call.service.last_seen import LastSeen


async def known(store: Database) -> dict[str, tuple[int | None, str]]:
    async def query(connection: AsyncConnection) -> dict[str, tuple[int | None, str]]:
        rows = await connection.execute(select(tables.accounts))
        return {row.id: (row.last_seen, row.client_version) for row in rows}

    return await store.read(query)


async def a_store(place: Path | str, *people: str) -> Database:
    store = await Database.open(place)
    await Organisations(store).open("acme", "Acme", 1)
    for account in people:
        await Accounts(store).ensure_on_demand(account, "", "off", 1)
    return store


async def test_who_was_here_is_in_the_store_when_the_service_has_ended(tmp_path: Path) -> None:
    clock = Clock()
    async with town(tmp_path / "state", clock) as service:
        ada = await service.enrol("ada")
        bob = await service.enrol("bob")
        came = int(clock())
        clock.now += 100
        await service.leave(bob)
        directory = service.directory
    store = await Database.open(directory / "service.db")
    assert (await known(store))[ada.account] == (came + 100, "test")
    assert (await known(store))[bob.account] == (came + 100, "test")
    await store.close()


async def test_of_several_notes_the_latest_counts_in_whatever_order_they_are_written(
    store_place: Path | str,
) -> None:
    store = await a_store(store_place, "ada@acme", "bob@acme")
    clock = Clock(10)
    last_seen = LastSeen(Accounts(store), clock)
    last_seen.note("ada@acme", "1.0")
    clock.now = 20
    last_seen.note("ada@acme", "1.1\x1b[31m" + "x" * 100)
    last_seen.note("gone@acme", "1")
    await last_seen.write()
    await Accounts(store).seen([Seen("ada@acme", 15, "0.9")])  # of another gateway, late
    await last_seen.close()
    stored = await known(store)
    ada, bob = stored["ada@acme"], stored["bob@acme"]
    assert (ada[0], ada[1][:4], len(ada[1])) == (20, "1.1[", 64)
    assert bob == (None, "")
    await store.close()


async def test_what_could_not_be_written_is_written_later(tmp_path: Path) -> None:
    store = await a_store(tmp_path / "service.db", "ada@acme", "bob@acme")

    class Away(Accounts):
        async def seen(self, people: object) -> None:
            last_seen.note("bob@acme", "2")  # meanwhile
            raise DatabaseUnusable("away")

    accounts = Away(store)
    last_seen = LastSeen(accounts, Clock(10))
    last_seen.note("ada@acme", "1")
    await last_seen.write()
    accounts.__class__ = Accounts
    await last_seen.close()
    assert await known(store) == {"ada@acme": (10, "1"), "bob@acme": (10, "2")}
    await store.close()
