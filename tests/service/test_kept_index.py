"""The index of what is kept of calls: how it changes, together with the call or not at all."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Table, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tui_call.service.database import CallChange, Database, StandardCalls, tables
from tui_call.service.database.audit import AuditEntry
from tui_call.service.database.kept import (
    BeginKept,
    BeginPart,
    ClosePart,
    ComeIntoKept,
    EndKept,
    KeptChange,
    LeaveKept,
)
from tui_call.service.database.kept_index import KeptIndex
from tui_call.service.database.standard_calls import StoredCall
from tui_call.signaling.tap_messages import KeptFile

KEPT, CALL = "a" * 32, "c" * 32
MIX = KeptFile("mix-1.opus", 1000, "0" * 64)
TRACK = KeptFile("track-2-1.opus", 500, "1" * 64)
BEGINNING = (
    BeginKept(KEPT, "recording", CALL, 90, "home", "ada@acme", keep_days=30, at=100),
    ComeIntoKept(KEPT, "ada@acme", 1, 100),
    ComeIntoKept(KEPT, "bob@acme", 2, 100),
    BeginPart(KEPT, 1, fence=4, at=100),
)


@pytest.fixture
async def store(store_place: Path | str) -> AsyncIterator[Database]:
    database = await Database.open(store_place)
    yield database
    await database.close()


async def save(store: Database, *kept: KeptChange) -> None:
    assert await StandardCalls(store).save([], [], 100, kept)


async def rows(store: Database, table: Table, *columns: str) -> list[tuple[Any, ...]]:
    async def query(connection: AsyncConnection) -> Sequence[Any]:
        wanted = [table.c[column] for column in columns]
        return (await connection.execute(select(*wanted).order_by(*wanted))).all()

    return [tuple(row) for row in await store.read(query)]


async def people(store: Database) -> list[tuple[Any, ...]]:
    return await rows(store, tables.kept_people, "account", "number", "came", "went")


async def parts(store: Database) -> list[tuple[Any, ...]]:
    return await rows(store, tables.kept_parts, "part", "fence", "closed", "seconds", "why")


async def test_a_recording_is_in_the_index_with_its_call_its_audit_row_and_who_is_there(
    store: Database,
) -> None:
    call = StoredCall(CALL, "home", 1, 1, "{}")
    entry = AuditEntry("ada@acme", "recording.start", CALL)
    assert await StandardCalls(store).save([CallChange(None, call)], [entry], 100, BEGINNING)
    began = await rows(store, tables.kept, "id", "started_by", "by_rule", "keep_days", "ended")
    assert began == [(KEPT, "ada@acme", False, 30, None)]
    assert await people(store) == [("ada@acme", 1, 100, None), ("bob@acme", 2, 100, None)]
    assert await parts(store) == [(1, 4, None, 0.0, "")]
    assert await rows(store, tables.audit, "action") == [("recording.start",)]


async def test_a_call_that_has_moved_on_leaves_nothing_in_the_index(store: Database) -> None:
    moved = StoredCall(CALL, "home", 1, 1, "{}")
    assert not await StandardCalls(store).save([CallChange(moved, moved)], [], 100, BEGINNING)
    assert await rows(store, tables.kept, "id") == []


async def test_who_comes_and_goes_while_it_is_kept_is_there_with_each_time(
    store: Database,
) -> None:
    await save(store, *BEGINNING)
    await save(store, ComeIntoKept(KEPT, "bob@acme", 2, 103))
    await save(store, LeaveKept(KEPT, "bob@acme", 110), LeaveKept(KEPT, "bob@acme", 111))
    await save(store, ComeIntoKept(KEPT, "bob@acme", 2, 110))
    await save(store, LeaveKept(KEPT, "bob@acme", 120))
    await save(store, ComeIntoKept(KEPT, "bob@acme", 2, 130))
    await save(store, EndKept(KEPT, 140), EndKept(KEPT, 150))
    assert await people(store) == [
        ("ada@acme", 1, 100, 140),
        ("bob@acme", 2, 100, 120),
        ("bob@acme", 2, 130, 140),
    ]
    assert await rows(store, tables.kept, "ended") == [(140,)]


async def test_a_part_is_closed_once_with_its_files(store: Database) -> None:
    await save(store, *BEGINNING)
    await save(store, ClosePart(KEPT, 1, 120, 19.5, (MIX, TRACK)))
    await save(store, ClosePart(KEPT, 1, 130, 30.0, (), "N_DISK"))
    await save(store, ClosePart(KEPT, 7, 130, 30.0, (MIX,)), ClosePart("b" * 32, 1, 130, 1, (MIX,)))
    assert await parts(store) == [(1, 4, 120, 19.5, "")]
    assert await rows(store, tables.kept_files, "name", "part", "person", "size", "sha256") == [
        ("mix-1.opus", 1, 0, 1000, "0" * 64),
        ("track-2-1.opus", 1, 2, 500, "1" * 64),
    ]


async def test_files_of_a_part_are_told_later_where_its_disk_stood_still(store: Database) -> None:
    await save(store, *BEGINNING)
    await save(store, ClosePart(KEPT, 1, 120, 19.0, (), "N_KEPT_FAILED"))
    await save(store, ClosePart(KEPT, 1, 125, 0.0, (), "N_KEPT_FAILED"))
    await save(store, ClosePart(KEPT, 1, 130, 19.5, (MIX,), "N_KEPT_FAILED"))
    await save(store, ClosePart(KEPT, 1, 140, 20.0, (MIX, TRACK), "N_KEPT_FAILED"))
    assert await parts(store) == [(1, 4, 130, 19.5, "N_KEPT_FAILED")]
    assert await rows(store, tables.kept_files, "name") == [("mix-1.opus",)]


async def test_what_a_rule_started_is_nobodys(store: Database) -> None:
    await save(store, BeginKept(KEPT, "transcript", CALL, 90, "home", "", 0, 100))
    assert await rows(store, tables.kept, "kind", "by_rule") == [("transcript", True)]


async def account(store: Database, name: str, role: str, created: int = 1) -> str:
    """Put somebody with a device into the store; return the device."""
    device = hashlib.sha256(name.encode()).hexdigest()[:32]

    async def change(connection: AsyncConnection) -> None:
        values = {"id": f"{name}@acme", "name": name.title(), "search_text": name, "role": role}
        new = insert(tables.accounts).values(on_demand=False, created=created, **values)
        await connection.execute(new)
        owned = {"id": device, "account": f"{name}@acme", "name": "laptop", "login_key": b"k" * 32}
        await connection.execute(insert(tables.devices).values(created=1, **owned))

    await store.write(change)
    return device


@pytest.mark.parametrize(
    ("name", "role", "created", "sees", "was_in"),
    [
        ("bob", "member", 1, True, True),
        ("bob", "member", 100, True, True),
        ("bob", "member", 101, False, False),
        ("eve", "member", 1, False, False),
        ("eve", "auditor", 1, True, False),
        ("eve", "admin", 1, True, False),
        ("bob", "auditor", 101, True, False),
    ],
)
async def test_who_was_in_the_call_and_who_sees_all_find_it(
    store: Database, name: str, role: str, created: int, sees: bool, was_in: bool
) -> None:
    await save(store, *BEGINNING, ClosePart(KEPT, 1, 120, 19.5, (MIX, TRACK)), EndKept(KEPT, 120))
    device = await account(store, name, role, created)
    index = KeptIndex(store)
    found, listed = await index.find(device, KEPT), await index.listed(device, None, 0, 10)
    assert listed is not None
    assert (found is not None, len(listed[1])) == (sees, sees)
    assert await index.find(device, "f" * 32) is None
    if found is not None:
        assert (found[1].was_in, found[1].runs, found[1].cut_short) == (was_in, False, False)
        assert found[1] == listed[1][0]
        assert [(file.name, file.account) for file in found[1].files] == [
            ("mix-1.opus", ""),
            ("track-2-1.opus", "bob@acme"),
        ]
        assert {(who, number) for who, _, number in found[1].people} == {
            ("ada@acme", 1),
            ("bob@acme", 2),
        }


@pytest.mark.parametrize("column", ["revoked", "disabled"])
async def test_a_device_without_rights_finds_nothing(store: Database, column: str) -> None:
    await save(store, *BEGINNING)
    device = await account(store, "bob", "admin")

    async def change(connection: AsyncConnection) -> None:
        table = tables.devices if column == "revoked" else tables.accounts
        await connection.execute(update(table).values({column: 5}))

    await store.write(change)
    index = KeptIndex(store)
    assert await index.find(device, KEPT) is None
    assert await index.listed(device, None, 0, 10) is None


async def test_one_that_is_removed_is_nobodys_and_of_two_who_remove_it_one_does(
    store: Database,
) -> None:
    await save(store, *BEGINNING, ClosePart(KEPT, 1, 120, 19.5, (MIX, TRACK)), EndKept(KEPT, 120))
    device, index = await account(store, "bob", "admin"), KeptIndex(store)
    entry = AuditEntry("bob@acme", "recording.delete", KEPT, "why")
    both = await asyncio.gather(*(index.mark_removed(entry, 200) for _ in range(2)))
    assert sorted(both) == [False, True]
    assert await index.find(device, KEPT) is None
    assert [(one.id, one.removed) for one in await index.all()] == [(KEPT, 200)]
    await index.forget(KEPT)
    assert await index.all() == []
    for table in (tables.kept_people, tables.kept_parts, tables.kept_files):
        assert await rows(store, table, "kept") == []
    assert await rows(store, tables.audit, "action", "subject") == [("recording.delete", KEPT)]


async def test_what_is_of_no_call_any_more_is_over(store: Database) -> None:
    call = StoredCall(CALL, "home", 1, 1, "{}")
    assert await StandardCalls(store).save([CallChange(None, call)], [], 100, BEGINNING)
    gone = BeginKept("b" * 32, "transcript", "d" * 32, 90, "home", "ada@acme", 0, 100)
    elsewhere = BeginKept("e" * 32, "transcript", "d" * 32, 90, "other", "ada@acme", 0, 100)
    await save(store, gone, elsewhere)
    await KeptIndex(store).end_abandoned("home", 300, 99)
    ended = await rows(store, tables.kept, "id", "ended")
    assert ended == [(KEPT, None), ("b" * 32, 300), ("e" * 32, None)]
    await KeptIndex(store).end_abandoned("home", 400, 100)
    ended = await rows(store, tables.kept, "id", "ended")
    assert ended == [(KEPT, None), ("b" * 32, 300), ("e" * 32, 400)], "its own service runs it"
