"""The index of what is kept of calls: how it changes, together with the call or not at all."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Table, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tui_call.service.database import ActRecord, CallChange, Database, StandardCalls, tables
from tui_call.service.database.kept import (
    BeginKept,
    BeginPart,
    ClosePart,
    ComeIntoKept,
    EndKept,
    KeptChange,
    LeaveKept,
)
from tui_call.service.database.standard_calls import StoredCall
from tui_call.signaling.tap_messages import KeptFile

KEPT, CALL = "a" * 32, "c" * 32
MIX = KeptFile("mix-1.opus", 1000, "0" * 64)
TRACK = KeptFile("track-2-1.opus", 500, "1" * 64)
BEGINNING = (
    BeginKept(KEPT, "recording", CALL, "home", "ada@acme", keep_days=30, at=100),
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
    record = ActRecord("ada@acme", "recording.start", CALL)
    assert await StandardCalls(store).save([CallChange(None, call)], [record], 100, BEGINNING)
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


async def test_what_a_rule_started_is_nobodys(store: Database) -> None:
    await save(store, BeginKept(KEPT, "transcript", CALL, "home", "", 0, 100))
    assert await rows(store, tables.kept, "kind", "by_rule") == [("transcript", True)]
