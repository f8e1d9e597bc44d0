"""Who lists, exports and deletes what was kept, and until when, by commands of real processes."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.company import Company
from tests.support.engines import until
from tui_call.sentences import text_of

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

NINETY_DAYS = 90 * 86_400
NOT_THERE = "There is no such recording"
NOT_ALLOWED = text_of("N_KEPT_NOT_ALLOWED")


async def recorded(company: Company, starter: str) -> str:
    """Have a recording of the call that is on; return its id once its files are closed."""
    await company.says(starter, "record")
    for name in ("ada", "ben"):
        await company[name].until(lambda one: one.call.own_kept in ("asked", "kept"))
        if company[name].call.own_kept == "asked":
            await company.says(name, "agree")
        await company[name].until(lambda one: one.call.own_kept == "kept")
    await company["ada"].hears_more(50)
    await company.says(starter, "record", "off")
    while (newest := (await listed(company, starter))[0])["state"] == "running":
        pass
    return str(newest["id"])


async def listed(company: Company, name: str) -> list[dict[str, object]]:
    return json.loads(await company.says(name, "recordings", "--json"))["kept"]


async def ids(company: Company, name: str) -> list[object]:
    return [one["id"] for one in await listed(company, name)]


async def test_each_row_of_the_table_and_the_end_of_its_days(
    company: Company, tmp_path: Path
) -> None:
    await company.speak("ada", "ben")
    older, newer = [await recorded(company, "ben") for _ in range(2)]
    await company.rest()
    folder = str(tmp_path)
    # Who was in the call exports, and who started it deletes.
    for name in ("ada", "ben"):
        assert await ids(company, name) == [newer, older]
        await company.says(name, "recordings", "export", newer, folder)
    # An outsider finds nothing.
    assert await ids(company, "dora") == []
    for words in (("export", newer, folder), ("delete", newer)):
        assert NOT_THERE in await company.is_refused("dora", "recordings", *words)
    # An auditor lists and exports.
    await company.becomes("dora", "auditor")
    assert await ids(company, "dora") == [newer, older]
    await company.says("dora", "recordings", "export", newer, folder)
    assert NOT_ALLOWED in await company.is_refused("dora", "recordings", "delete", newer)
    await company.becomes("dora", "member")
    assert await ids(company, "dora") == []
    # An administrator lists and deletes.
    await company.becomes("cleo", "admin")
    assert await ids(company, "cleo") == [newer, older]
    assert NOT_ALLOWED in await company.is_refused("cleo", "recordings", "export", older, folder)
    await company.says("cleo", "recordings", "delete", older, "--yes")
    assert await ids(company, "ben") == [newer]
    # After its days it is gone, without anybody's doing.
    directory = company.home.service_directory
    assert [path.name for path in (directory / "recordings").iterdir()] == [newer]
    async with company.home.without_service():
        with closing(sqlite3.connect(directory / "service.db")) as store, store:
            store.execute("UPDATE kept SET ended = ended - ?", (NINETY_DAYS,))
    await until(lambda: not list((directory / "recordings").iterdir()))
    assert await ids(company, "ben") == []
    audit = await company.says("ada", "admin", "audit", "list")
    for done in ("recording.export", "recording.delete"):
        assert done in audit
