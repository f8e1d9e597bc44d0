"""A store in PostgreSQL: not there, gone away and back, and without a session's state."""

import asyncio
import shutil
from contextlib import AsyncExitStack, suppress
from pathlib import Path

import pytest
from sqlalchemy import insert, make_url, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.support.members import SOON, Clock, town, until
from tests.support.postgresql import PostgreSQLServer, made, running
from tui_call.service.certificate import FILE as CERTIFICATE
from tui_call.service.database import Accounts, Database, postgresql, tables
from tui_call.service.database.postgresql import MOST_CONNECTIONS
from tui_call.service.faults import DatabaseUnusable, NotBegun
from tui_call.service.server import Service, ServiceOptions
from tui_call.signaling.messages import ChangeName, Done

SSL_REQUEST = bytes.fromhex("04d2162f")
"""https://www.postgresql.org/docs/15/protocol-message-formats.html"""


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


async def test_a_server_elsewhere_has_to_prove_its_name_unless_the_url_says_otherwise() -> None:
    """A server that knows no TLS stands at another address of this computer."""

    async def without_tls(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first = await reader.read(8)
        writer.write(b"N")
        writer.close()
        await writer.wait_closed()
        asked.append(first)

    asked: list[bytes] = []
    server = await asyncio.start_server(without_tls, "127.0.0.2")
    port = server.sockets[0].getsockname()[1]
    for way, told in (("", "does not support SSL"), ("?sslmode=disable", "cannot be reached")):
        with pytest.raises(DatabaseUnusable, match=told):
            await Database.open(f"postgresql+psycopg://x@127.0.0.2:{port}/x{way}")
    server.close()
    await until(lambda: len(asked) == 2)
    assert [words[4:] == SSL_REQUEST for words in asked] == [True, False]


async def test_what_another_session_locks_holds_changes_up_for_a_bounded_time_and_no_read(
    postgresql_server: PostgreSQLServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql, "LOCK_MILLISECONDS", 50)
    url = postgresql_server.new_database()
    store = await Database.open(url)
    name = make_url(url).database or ""
    with postgresql_server.connect(name) as other, other.transaction():
        other.execute("LOCK TABLE audit IN SHARE MODE")
        async with asyncio.timeout(SOON):
            waiting = [store.write(note) for _ in range(100)]
            answers = await asyncio.gather(*waiting, return_exceptions=True)
            assert await notes(store) == 0
        assert {str(answer) for answer in answers} == {str(DatabaseUnusable("away"))}
    await store.write(note)
    assert await notes(store) == 1
    await store.close()


async def test_nothing_of_a_session_outlasts_a_transaction(
    postgresql_server: PostgreSQLServer,
) -> None:
    """A pooler may give each transaction another session."""
    store = await Database.open(postgresql_server.new_database())
    for _ in range(20):
        await store.write(note)  # a read would end in a rollback, after which the driver forgets

    async def leftovers(connection: AsyncConnection) -> list[object]:
        return [
            await connection.scalar(text(f"SELECT count(*) FROM {view}"))
            for view in ("pg_prepared_statements", "pg_listening_channels()")
        ] + [await connection.scalar(text("SHOW lock_timeout"))]

    assert await store.read(leftovers) == [0, 0, "0"]
    with postgresql_server.connect() as connection:
        held = connection.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")
        assert held.fetchall() == [(0,)]
    await store.close()


async def test_who_goes_away_while_something_is_read_costs_no_connection(
    postgresql_server: PostgreSQLServer,
) -> None:
    store = await Database.open(postgresql_server.new_database())
    accounts = Accounts(store)
    for turns in range(60):
        reading = asyncio.create_task(accounts.login("ab" * 16))
        for _ in range(turns):
            await asyncio.sleep(0)
        reading.cancel()
        with suppress(asyncio.CancelledError):
            await reading

    async def connections(connection: AsyncConnection) -> int:
        made = "SELECT sessions FROM pg_stat_database WHERE datname = current_database()"
        return await connection.scalar(text(made)) or 0

    assert await store.read(connections) <= MOST_CONNECTIONS
    await store.close()


async def test_two_services_share_one_store(
    postgresql_server: PostgreSQLServer, tmp_path: Path
) -> None:
    url, clock = postgresql_server.new_database(), Clock()
    async with town(tmp_path / "first", clock, store_url=url) as first:
        (tmp_path / "second").mkdir()
        shutil.copy(tmp_path / "first" / CERTIFICATE, tmp_path / "second")
        async with town(tmp_path / "second", clock, store_url=url) as second:
            assert second.service.organisation.id == first.service.organisation.id
            ada = await first.enrol("ada")
            bob = await second.enrol("ada")
            await second.log_in(ada.identity)
        roles = [member.welcome.role for member in (ada, bob)]
        assert (bob.account == ada.account, roles) == (False, ["admin", "member"])
    assert not list(tmp_path.rglob("service.db"))


async def test_a_certificate_beside_an_empty_store_elsewhere_begins_nothing(
    postgresql_server: PostgreSQLServer, tmp_path: Path
) -> None:
    async with town(tmp_path / "state", store_url=postgresql_server.new_database()):
        pass
    with pytest.raises(DatabaseUnusable, match="missing or empty"):
        async with town(tmp_path / "state", store_url=postgresql_server.new_database()):
            pass


async def test_no_organisation_begins_unasked_in_a_store_elsewhere(
    postgresql_server: PostgreSQLServer, tmp_path: Path
) -> None:
    options = ServiceOptions(
        tmp_path / "state",
        listen="127.0.0.1",
        personal=False,
        store_url=postgresql_server.new_database(),
    )
    with pytest.raises(NotBegun, match="serve --init"):
        async with Service(options):
            pass


async def test_without_its_store_a_service_keeps_who_is_connected_and_goes_on_when_it_is_back(
    tmp_path: Path,
) -> None:
    with made() as server:
        with running(server):
            url = server.new_database()
            async with AsyncExitStack() as services:
                service = await services.enter_async_context(
                    town(tmp_path / "state", store_url=url)
                )
                ada, bob = await service.enrol("ada"), await service.enrol("bob")
                closing = services.pop_all()
        async with closing:
            visitor = await service.visit()
            challenge = await visitor.greet()
            login = bob.identity.login(challenge, service.service.place.pin, int(service.clock()))
            assert (await visitor.fails(login)).code == "store"
            failed = await ada.client.fails(ChangeName(1, "Ada King"))
            assert (failed.code, failed.request) == ("store", 1)
            with running(server):
                await ada.client.ask(lambda number: ChangeName(number, "Ada King"), Done)
                await service.log_in(bob.identity)
