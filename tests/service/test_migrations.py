"""The history of the tables: stores of former versions are brought up, and nothing is lost."""

import asyncio
import contextlib
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import URL, create_engine

from tui_call.permissions.evaluation import evaluate
from tui_call.permissions.policies import PolicySource
from tui_call.permissions.terms import CallingTerms, E2EECalls, EncryptionTerms
from tui_call.service.database import (
    Accounts,
    Books,
    Database,
    Enrollee,
    Invites,
    Organisations,
    tables,
)
from tui_call.service.database.connection import MIGRATIONS
from tui_call.service.faults import DatabaseUnusable, InviteUnknown

# As a service wrote it: two people with devices, invites used and not, a changed policy, a missed
# call, and the audit of it.
STORE_0003 = Path(__file__).with_name("store_0003.sql")
KEPT = ("accounts", "account_settings", "devices", "invites", "missed_calls", "audit")


def rows(path: Path, table: str) -> list[dict[str, Any]]:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(f"SELECT * FROM {table} ORDER BY 1")]


def leave_behind(path: Path, revision: str, *statements: str) -> None:
    """Make a store as it was at a revision, with some rows."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    engine = create_engine(URL.create("sqlite", database=str(path)))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()


async def test_the_migrations_make_the_tables_that_the_code_knows(store_place: Path | str) -> None:
    await (await Database.open(store_place)).close()
    of_file = URL.create("sqlite", database=str(store_place))
    engine = create_engine(of_file if isinstance(store_place, Path) else store_place)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, tables.metadata) == []
        assert context.get_current_revision() is not None
    engine.dispose()


async def test_a_database_of_the_first_version_is_brought_up_with_its_devices(
    tmp_path: Path,
) -> None:
    path = tmp_path / "service.db"
    leave_behind(
        path,
        "0001",
        "INSERT INTO accounts VALUES ('ada@home', 'Ada', 'ada', 'admin', 0, 1)",
        "INSERT INTO account_settings VALUES ('ada@home', 'on')",
        "INSERT INTO devices VALUES ('ab', 'ada@home', 'tower', x'00', 1, NULL)",
    )
    store = await Database.open(path)
    record = await Accounts(store).login("ab")
    await store.close()
    assert record is not None
    assert (record.account, record.revoked, record.linked_by) == ("ada@home", False, None)


async def test_a_store_of_one_policy_keeps_everything_and_says_the_same(tmp_path: Path) -> None:
    path = tmp_path / "service.db"
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.executescript(STORE_0003.read_text("utf-8"))
    before = {table: rows(path, table) for table in KEPT}
    (organisation,) = rows(path, "organisation")
    store = await Database.open(path)
    opened = await Organisations(store).open("", "", 1)
    book, _ = await Books(store).read()
    await store.close()

    assert opened is not None
    assert (opened.id, opened.name) == (organisation["id"], "Acme")
    assert opened.own_certificate == organisation["own_certificate_sha256"]
    evaluation = evaluate(book, "anybody@home")
    assert evaluation.encryption.source is PolicySource.ORGANISATION
    assert evaluation.encryption.policy.name == "organisation"
    assert evaluation.encryption_terms == EncryptionTerms(
        E2EECalls.USER_CHOICE, require_compared=True, relay_only=True
    )
    for table in KEPT:
        after = rows(path, table)
        assert len(after) == len(before[table]) > 0
        for old, new in zip(before[table], after, strict=True):
            assert new.items() >= old.items()
    assert {row["kind"] for row in rows(path, "grants")} == {"encryption", "calling"}
    assert rows(path, "organisation")[0]["epoch"] == 0


async def test_calls_of_a_personal_service_of_before_may_do_everything_unless_somebody_said_what(
    tmp_path: Path,
) -> None:
    path = tmp_path / "service.db"
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.executescript(STORE_0003.read_text("utf-8"))
    store = await Database.open(path)
    before = await Books(store).read()
    opened = [await Organisations(store).open_calls(2) for _ in range(2)]
    after = await Books(store).read()
    await store.close()

    assert opened == [True, False]
    everything = CallingTerms(transcription=True, recording=True, park=True)
    assert evaluate(before[0], "anybody@home").calling_terms == CallingTerms()
    assert evaluate(after[0], "anybody@home").calling_terms == everything
    assert after[1] > before[1], "engines that know the one before are told"


async def test_of_what_was_kept_before_the_audit_says_when_its_call_began(tmp_path: Path) -> None:
    path = tmp_path / "service.db"
    kept = "(id, kind, call, home, started_by, by_rule, keep_days, began)"
    audit = "(time, actor, action, subject, detail)"
    leave_behind(
        path,
        "0006",
        f"INSERT INTO kept {kept} VALUES ('a', 'transcript', 'c', 'h', 'ada@home', 0, 0, 150)",
        f"INSERT INTO kept {kept} VALUES ('b', 'transcript', 'd', 'h', 'ada@home', 0, 0, 150)",
        f"INSERT INTO audit {audit} VALUES (110, 'ada@home', 'call.place', 'e', '')",
        f"INSERT INTO audit {audit} VALUES (120, 'ada@home', 'call.place', 'c', '')",
        f"INSERT INTO audit {audit} VALUES (130, 'ada@home', 'call.add', 'c', '')",
    )
    await (await Database.open(path)).close()
    assert {row["id"]: row["call_began"] for row in rows(path, "kept")} == {"a": 120, "b": None}


async def test_by_an_invite_of_before_comes_in_who_has_it_of_the_service_alone(
    tmp_path: Path,
) -> None:
    path = tmp_path / "service.db"
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.executescript(STORE_0003.read_text("utf-8"))
    unused = [invite for invite in rows(path, "invites") if invite["used"] is None]
    assert {invite["created_by"] for invite in unused} == {None, "ada@home-fuqw"}
    store = await Database.open(path)
    came = set[str | None]()
    for number, invite in enumerate(unused):
        enrollee = Enrollee("cleo", "Cleo", f"{number:032x}", "laptop", bytes(32))
        with contextlib.suppress(InviteUnknown):
            await Invites(store, "home-fuqw").enrol(
                invite["code_sha256"], enrollee, invite["created"] + 1
            )
            came.add(invite["created_by"])
    await store.close()
    assert came == {None}, "with which device an administrator made one is not known"


async def test_of_several_that_start_at_once_one_makes_the_tables(store_place: Path | str) -> None:
    stores = await asyncio.gather(*(Database.open(store_place) for _ in range(4)))
    opened = await asyncio.gather(
        *(Organisations(store).open(f"org-{n}", "", 1) for n, store in enumerate(stores))
    )
    for store in stores:
        await store.close()
    assert len({organisation.id for organisation in opened if organisation}) == 1


async def test_a_migration_that_fails_leaves_no_half_of_it(tmp_path: Path) -> None:
    path = tmp_path / "service.db"
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE audit_rows (id INTEGER)")  # the last table to be made
    with pytest.raises(DatabaseUnusable, match="already exists"):
        await Database.open(path)
    with contextlib.closing(sqlite3.connect(path)) as connection:
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        assert names.fetchall() == [("audit_rows",)]


async def test_a_database_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "service.db"
    await (await Database.open(path)).close()
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(DatabaseUnusable, match="newer version"):
        await Database.open(path)
