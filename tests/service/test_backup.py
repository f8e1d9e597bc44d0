"""A backup of a service: whole while it runs, put back as a whole, and asked for where it helps."""

import asyncio
import contextlib
import random
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.support.members import Clock, Town
from tests.support.members import town as run_town
from tui_call.service import backup
from tui_call.service.backup import BackupThere, NoBackup, back_up, restore
from tui_call.service.database import Database, Organisations, tables
from tui_call.service.faults import (
    CertificateUnusable,
    DatabaseUnusable,
    NotBegun,
    ServiceAlreadyRunning,
    StateUnusable,
    StoreElsewhere,
)
from tui_call.service.server import Service, ServiceOptions
from tui_call.service.sole_use import sole_use
from tui_call.service.store_place import DATABASE_FILE, StorePlace

RESTORE = "tui-call admin store restore FILE"


def begun_here(state: Path) -> ServiceOptions:
    """Options of a start that begins nothing."""
    return ServiceOptions(state, listen="127.0.0.1", personal=False)


async def start(state: Path) -> None:
    async with Service(begun_here(state)):
        pass


def everything(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in directory.iterdir()}


async def test_what_was_backed_up_while_it_ran_goes_on_on_another_computer(
    tmp_path: Path, clock: Clock
) -> None:
    before, file, after = tmp_path / "before", tmp_path / "acme.backup", tmp_path / "after"
    async with run_town(before, clock) as town:
        ada = await town.enrol("ada")
        facts = await asyncio.to_thread(back_up, StorePlace(before), file)
        assert (facts.organisation, facts.people) == (town.service.organisation.id, 1)
        await town.enrol("too.late")
        place = town.service.place
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir() if "acme" in path.name] == ["acme.backup"]
    after.mkdir()
    restored = await restore(StorePlace(after), file)
    assert (restored.facts, restored.aside) == (facts, None)
    async with run_town(after, clock) as town:
        assert (town.service.place.pin, town.service.place.port) == (place.pin, place.port)
        again = await town.log_in(ada.identity)
        assert again.welcome.role == "admin"
        assert again.welcome.epoch > ada.welcome.epoch, "what is put back is news to engines"
        assert (await town.enrol("too.late")).account.startswith("too.late@")


async def test_a_backup_takes_nothing_s_place_unasked(town: Town, tmp_path: Path) -> None:
    file, place = tmp_path / "file", StorePlace(town.directory)
    file.write_text("something else")
    with pytest.raises(BackupThere, match="--yes replaces it"):
        back_up(place, file)
    assert file.read_text() == "something else"
    back_up(place, file, replace=True)
    assert file.read_bytes().startswith(b"SQLite format 3")
    with pytest.raises(StateUnusable, match="cannot be written"):
        back_up(place, tmp_path / "nowhere" / "file")
    with pytest.raises(NotBegun):
        back_up(StorePlace(tmp_path / "nowhere"), tmp_path / "other")


async def test_a_damaged_store_is_not_backed_up_over_a_good_backup(
    tmp_path: Path, clock: Clock
) -> None:
    state, file = tmp_path / "state", tmp_path / "file"
    async with run_town(state, clock):
        back_up(StorePlace(state), file)
    good = file.read_bytes()
    damage(state / DATABASE_FILE, 4)
    with pytest.raises(DatabaseUnusable, match="put it back from a backup"):
        back_up(StorePlace(state), file, replace=True)
    assert file.read_bytes() == good
    assert {path.name for path in tmp_path.iterdir()} == {"state", "file"}


async def test_what_is_replaced_stays_beside_it_with_its_journal(
    tmp_path: Path, clock: Clock
) -> None:
    state, file, killed = tmp_path / "state", tmp_path / "file", tmp_path / "killed"
    async with run_town(state, clock) as town:
        back_up(StorePlace(state), file)
        await town.enrol("ada")
        with pytest.raises(ServiceAlreadyRunning), sole_use(state):
            await restore(StorePlace(state), file)
        shutil.copytree(state, killed)  # as a service that is killed leaves it
    assert (killed / f"{DATABASE_FILE}-wal").stat().st_size
    restored = await restore(StorePlace(killed), file)
    assert restored.aside == killed / f"{DATABASE_FILE}.replaced-1"
    with contextlib.closing(sqlite3.connect(restored.aside)) as store:
        assert store.execute("SELECT count(*) FROM devices").fetchone() == (1,)
    assert (await StorePlace(killed).examine()).people == 0
    async with run_town(killed, clock) as town:
        await town.enrol("ben")
    again = await restore(StorePlace(killed), file)
    assert again.aside == killed / f"{DATABASE_FILE}.replaced-2"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda file, _: file.unlink(),
        lambda file, _: file.write_bytes(b""),
        lambda file, _: file.write_bytes(b"garbage" * 500),
        lambda file, _: file.write_bytes(file.read_bytes()[:-8192]),
        lambda file, _: damage(file, 4),
        lambda file, state: shutil.copyfile(state / DATABASE_FILE, file),
    ],
    ids=["missing", "empty", "garbage", "cut", "damaged", "copied"],
)
async def test_what_is_no_backup_changes_nothing(
    tmp_path: Path, clock: Clock, spoil: Callable[[Path, Path], object]
) -> None:
    state, file = tmp_path / "state", tmp_path / "file"
    async with run_town(state, clock):
        back_up(StorePlace(state), file)
        spoil(file, state)
    before = everything(state)
    with pytest.raises(NoBackup, match="is not a backup of a service"):
        await restore(StorePlace(state), file)
    assert everything(state) == before | {"service.lock": b""} or everything(state) == before
    await start(state)


@pytest.mark.parametrize("cut_before", ["_set_aside", "_put_in_place"])
async def test_a_restore_that_was_cut_off_is_made_again(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch, cut_before: str
) -> None:
    state, file, other = tmp_path / "state", tmp_path / "file", tmp_path / "other"
    async with run_town(state, clock):
        back_up(StorePlace(state), file)
    async with run_town(other, clock) as town:
        of_other = town.service.organisation.id
    with monkeypatch.context() as patched:
        patched.setattr(backup, cut_before, cut)
        with pytest.raises(StateUnusable, match="Input/output error"):
            await restore(StorePlace(other), file)
    fault = CertificateUnusable if cut_before == "_set_aside" else DatabaseUnusable
    with pytest.raises(fault) as found:
        await start(other)
    assert found.value.sentence.remedies[0].action == RESTORE
    restored = await restore(StorePlace(other), file)
    await start(other)
    kept = list(other.glob(f"{DATABASE_FILE}.replaced-*"))
    assert of_other in {(await StorePlace(other).examine()).organisation, *map(organisation, kept)}
    assert restored.facts.organisation == (await StorePlace(state).examine()).organisation


def cut(*_: object) -> None:
    raise OSError(5, "Input/output error")


def organisation(file: Path) -> str:
    with contextlib.closing(sqlite3.connect(file)) as store:
        (found,) = store.execute("SELECT id FROM organisation").fetchone()
        return str(found)


# What a start finds


async def test_a_copy_of_a_running_service_is_found_at_start(tmp_path: Path, clock: Clock) -> None:
    async with run_town(tmp_path / "state", clock) as town:
        with_all, alone = tmp_path / "all", tmp_path / "alone"
        for copy in (with_all, alone):
            copy.mkdir()
            shutil.copy(town.directory / DATABASE_FILE, copy)
        for beside in ("certificate.pem", "port"):
            shutil.copy(town.directory / beside, with_all)
    assert (with_all / DATABASE_FILE).stat().st_size
    for copy, match in ((with_all, "empty beside certificate.pem"), (alone, "copies of a running")):
        before = (copy / DATABASE_FILE).read_bytes()
        with pytest.raises(DatabaseUnusable, match=match) as found:
            await start(copy)
        assert found.value.sentence.remedies[0].action == RESTORE
        assert (copy / DATABASE_FILE).read_bytes() == before


@pytest.mark.parametrize("seed", range(5))
async def test_pages_that_are_damaged_are_found_at_start(tmp_path: Path, seed: int) -> None:
    state = tmp_path / "state"
    state.mkdir()
    pages = await large_store(state / DATABASE_FILE)
    assert pages > 900
    damage(state / DATABASE_FILE, 140, seed)
    before = (state / DATABASE_FILE).read_bytes()
    with pytest.raises(DatabaseUnusable, match="put it back from a backup") as found:
        await start(state)
    assert found.value.sentence.remedies[0].action == RESTORE
    assert (state / DATABASE_FILE).read_bytes() == before


async def test_files_of_two_services_are_found_at_start(tmp_path: Path, clock: Clock) -> None:
    for name in ("one", "two"):
        async with run_town(tmp_path / name, clock):
            pass
    shutil.copy(tmp_path / "one" / DATABASE_FILE, tmp_path / "two" / DATABASE_FILE)
    with pytest.raises(CertificateUnusable, match="not the certificate of this service"):
        await start(tmp_path / "two")
    (tmp_path / "one" / "organisation").write_text("another")
    with pytest.raises(StateUnusable, match="files of two services"):
        await start(tmp_path / "one")


# What a check says


async def test_a_store_is_examined_while_its_service_runs(town: Town, tmp_path: Path) -> None:
    await town.enrol("ada")
    facts = await StorePlace(town.directory).examine()
    name = town.service.organisation.name
    assert (facts.organisation, facts.name) == (town.service.organisation.id, name)
    assert (facts.people, facts.faults) == (1, ())
    with pytest.raises(NotBegun):
        await StorePlace(tmp_path / "nowhere").examine()


async def test_a_store_is_examined_wherever_it_is(store_place: Path | str, tmp_path: Path) -> None:
    store = await Database.open(store_place)
    await Organisations(store).open("acme", "Acme", 1, ("ada@acme", "Ada"))
    await store.close()
    place = StorePlace(tmp_path, "" if isinstance(store_place, Path) else store_place)
    facts = await place.examine()
    assert (facts.organisation, facts.name, facts.people) == ("acme", "Acme", 1)


async def test_faults_are_told_one_by_one(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    await large_store(tmp_path / "state" / DATABASE_FILE)
    damage(tmp_path / "state" / DATABASE_FILE, 9)
    assert (await StorePlace(tmp_path / "state").examine()).faults


async def test_a_store_elsewhere_has_tools_of_its_own(tmp_path: Path) -> None:
    place = StorePlace(tmp_path, "postgresql+psycopg://localhost/acme")
    with pytest.raises(StoreElsewhere, match="pg_dump"):
        back_up(place, tmp_path / "file")
    with pytest.raises(StoreElsewhere, match="pg_restore"):
        await restore(place, tmp_path / "file")


async def large_store(path: Path) -> int:
    """Make a store of some thousand people; return its number of pages."""
    store = await Database.open(path)
    await Organisations(store).open("acme", "Acme", 1)
    people = [
        {
            "id": f"person.{n}@acme", "name": f"Person {n}", "search_text": f"person {n} " * 8,
            "role": "member", "on_demand": False, "created": 1,
        }
        for n in range(20_000)
    ]  # fmt: skip

    async def fill(connection: AsyncConnection) -> None:
        await connection.execute(insert(tables.accounts), people)

    await store.write(fill)
    await store.close()
    with contextlib.closing(sqlite3.connect(path)) as connection:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        return int(pages)


def damage(path: Path, pages: int, seed: int = 0) -> None:
    """Write something else over so many pages, each from somewhere in it to its end."""
    draw, content, size = random.Random(seed), bytearray(path.read_bytes()), 4096
    for page in draw.sample(range(1, len(content) // size), pages):
        begin = page * size + draw.choice((0, 3000))
        length = (page + 1) * size - begin
        content[begin : begin + length] = draw.randbytes(length)
    path.write_bytes(content)
