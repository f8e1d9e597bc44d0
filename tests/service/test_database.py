"""The store: its one writer, what is in its way, and files that are none."""

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.support.members import soon
from tests.support.rights import permissions_hold
from tui_call.service.database import (
    Accounts,
    Database,
    MissedCalls,
    Organisations,
    accounts,
    sqlite,
    tables,
)
from tui_call.service.faults import DatabaseUnusable


@pytest.fixture
async def store(store_place: Path | str) -> AsyncIterator[Database]:
    database = await Database.open(store_place)
    yield database
    await database.close()


def row(action: str) -> object:
    return insert(tables.audit).values(time=1, actor="", action=action, subject="", detail="")


async def actions(store: Database) -> list[str]:
    async def query(connection: AsyncConnection) -> list[str]:
        return list(await connection.scalars(select(tables.audit.c.action)))

    return await store.read(query)


async def test_a_database_is_opened_again_as_it_was(store_place: Path | str) -> None:
    for new_id in ("home-aaaa", "home-bbbb"):
        store = await Database.open(store_place)
        organisation = await Organisations(store).open(new_id, "", 1)
        assert organisation is not None
        assert (organisation.id, organisation.name) == ("home-aaaa", "Home")
        await store.close()


async def test_a_change_that_fails_leaves_nothing(store: Database) -> None:
    async def change(connection: AsyncConnection) -> None:
        await connection.execute(row("half"))
        raise ValueError("the other half")

    with pytest.raises(ValueError, match="other half"):
        await store.write(change)
    assert await actions(store) == []


async def test_a_missed_call_that_is_kept_or_not_there_takes_no_turn_of_who_writes(
    store: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def people(connection: AsyncConnection) -> None:
        for name in ("ada@home", "bob@home"):
            await accounts.add(connection, name, name, "member", "off", 1)

    await store.write(people)
    missed, call = MissedCalls(store), ("ab" * 16, "ada@home", "bob@home")
    assert await missed.add(*call, 1)
    write, written = store.write, list[object]()

    async def counted(change: Callable[[AsyncConnection], Awaitable[object]]) -> object:
        written.append(change)
        return await write(change)

    monkeypatch.setattr(store, "write", counted)
    assert await missed.add(*call, 2)
    await missed.remove("cd" * 16, *call[1:])
    assert not written
    await missed.remove(*call)
    assert await missed.add(*call, 3)
    assert len(written) == 2


async def test_a_fault_of_the_database_is_one_sentence_without_the_data(store: Database) -> None:
    async def change(connection: AsyncConnection) -> None:
        await connection.execute(
            insert(tables.accounts).values(
                id="private", name="n", search_text="", role="king", on_demand=False, created=1
            )
        )

    async def query(connection: AsyncConnection) -> None:
        await connection.exec_driver_sql("SELECT private FROM nowhere")

    for attempt in (store.write(change), store.read(query)):
        with pytest.raises(DatabaseUnusable) as caught:
            await attempt
        assert str(caught.value) == "The service cannot use its database."


async def test_changes_run_one_after_another_in_their_order(store: Database) -> None:
    running = 0

    def change(action: str):
        async def run(connection: AsyncConnection) -> None:
            nonlocal running
            running += 1
            assert running == 1
            await connection.execute(row(action))
            running -= 1

        return run

    await asyncio.gather(*(store.write(change(str(number))) for number in range(20)))
    assert await actions(store) == [str(number) for number in range(20)]


@pytest.mark.parametrize("fails", [False, True])
async def test_who_goes_away_does_not_take_the_change_along(store: Database, fails: bool) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def change(connection: AsyncConnection) -> None:
        begun.set()
        await go_on.wait()
        await connection.execute(row("kept"))
        if fails:
            raise ValueError

    waiting = asyncio.create_task(store.write(change))
    await soon(begun.wait())
    waiting.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await waiting
    go_on.set()

    async def after(connection: AsyncConnection) -> None:
        await connection.execute(row("after"))

    await store.write(after)
    assert await actions(store) == (["after"] if fails else ["kept", "after"])


async def test_closing_carries_out_what_waits(tmp_path: Path) -> None:
    store = await Database.open(tmp_path / "service.db")

    async def change(connection: AsyncConnection) -> None:
        await connection.execute(row("late"))

    waiting = asyncio.create_task(store.write(change))
    await asyncio.sleep(0)
    await store.close()
    await waiting
    with contextlib.closing(sqlite3.connect(tmp_path / "service.db")) as connection:
        assert connection.execute("SELECT action FROM audit").fetchall() == [("late",)]


async def test_reads_go_on_while_a_change_runs(store: Database) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def change(connection: AsyncConnection) -> None:
        await connection.execute(row("slow"))
        begun.set()
        await go_on.wait()

    waiting = asyncio.create_task(store.write(change))
    await soon(begun.wait())
    assert await actions(store) == []
    go_on.set()
    await waiting
    assert await actions(store) == ["slow"]


async def test_files_that_are_no_database_are_left_alone(tmp_path: Path) -> None:
    garbage = tmp_path / "service.db"
    garbage.write_bytes(b"not a database" * 1_000)
    with pytest.raises(DatabaseUnusable, match=r"service\.db cannot be used \(file is not"):
        await Database.open(garbage)
    assert garbage.read_bytes() == b"not a database" * 1_000
    with pytest.raises(DatabaseUnusable, match="unable to open"):
        await Database.open(tmp_path)


@pytest.mark.parametrize("name", ["what?mode=ro", "100%25", "100%", "a#b", "a b&c=d", "file:x"])
async def test_it_lies_where_its_path_says_whatever_characters_that_has(
    tmp_path: Path, name: str
) -> None:
    directory = tmp_path / name
    directory.mkdir()
    for _ in range(2):
        store = await Database.open(directory / "service.db")
        assert await Organisations(store).open("home-aaaa", "", 1) is not None
        await store.close()
    assert list(tmp_path.iterdir()) == [directory]
    with contextlib.closing(sqlite3.connect(directory / "service.db")) as connection:
        assert connection.execute("SELECT id FROM organisation").fetchall() == [("home-aaaa",)]


@pytest.mark.parametrize("protected", ["service.db", "."])
async def test_what_cannot_be_written_is_refused_as_it_is_opened(
    tmp_path: Path, protected: str
) -> None:
    path = tmp_path / "state" / "service.db"
    path.parent.mkdir()
    await (await Database.open(path)).close()
    protected_path, mode = path.parent / protected, (path.parent / protected).stat().st_mode
    protected_path.chmod(mode & ~0o222)
    try:
        with (
            permissions_hold(),
            pytest.raises(DatabaseUnusable, match=r"cannot be written \(.*wri"),
        ):
            await Database.open(path)
    finally:
        protected_path.chmod(mode)
    store = await Database.open(path)
    assert await actions(store) == []
    await store.close()


async def test_what_another_program_holds_is_said_to_be_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "service.db"
    await (await Database.open(path)).close()
    connect = sqlite3.connect
    with contextlib.closing(connect(path, isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        monkeypatch.setattr(sqlite3, "connect", lambda *a, **k: connect(*a, **k, timeout=0))
        with pytest.raises(DatabaseUnusable, match="held by another program"):
            await Database.open(path)


async def test_a_full_disk_undoes_the_change_that_needs_more_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "service.db"
    await (await Database.open(path)).close()
    with contextlib.closing(sqlite3.connect(path)) as connection:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
    no_more = (*sqlite._PRAGMAS, f"max_page_count = {pages}")
    monkeypatch.setattr(sqlite, "_PRAGMAS", no_more)
    store = await Database.open(path)

    async def change(connection: AsyncConnection) -> None:
        for number in range(200):
            await connection.execute(row("x" * 32 + str(number)))

    with pytest.raises(DatabaseUnusable, match=r"cannot be written \(.*full\): make room"):
        await store.write(change)
    assert await actions(store) == []
    await store.close()


async def test_a_change_says_that_another_program_holds_the_file_and_later_ones_are_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "service.db"
    monkeypatch.setattr(sqlite, "_PRAGMAS", (*sqlite._PRAGMAS, "busy_timeout = 10"))
    store = await Database.open(path)

    async def change(connection: AsyncConnection) -> None:
        await connection.execute(row("done"))

    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseUnusable, match="held by another program"):
            await store.write(change)
    await store.write(change)
    assert await actions(store) == ["done"]
    await store.close()


async def test_no_text_has_a_nul_in_it(store: Database) -> None:
    """Which is none to PostgreSQL: it neither keeps one nor looks for one."""
    accounts = Accounts(store)
    assert await accounts.find("no\0body") is None
    assert await accounts.search("\0", 5) == []
    assert await accounts.login("\0" * 32) is None
    assert await accounts.ensure_on_demand("a\0da@home", "A\0da", "off", 1)
    assert not await accounts.rename("ada@home\0", "x", 1)
    (found,) = await accounts.search("da", 5)
    assert (found.id, found.name) == ("a\ufffdda@home", "A\ufffdda")


async def test_damaged_pages_are_noticed_as_it_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "service.db"
    store = await Database.open(path)
    await store.close()
    with contextlib.closing(sqlite3.connect(path)) as connection:
        page_size = connection.execute("PRAGMA page_size").fetchone()[0]
        root = connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'missed_calls'"
        ).fetchone()[0]
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = bytearray(path.read_bytes())
    begin = (root - 1) * page_size
    content[begin : begin + page_size] = b"\xa5" * page_size
    path.write_bytes(content)
    with pytest.raises(DatabaseUnusable, match="put it back from a backup"):
        await Database.open(path)
    assert path.read_bytes() == content
