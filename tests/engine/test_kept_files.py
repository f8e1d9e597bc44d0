"""Recordings and transcripts of a real service, listed, fetched and deleted by an engine."""

import errno
import json
import os
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.service.keeping.kept_town import FILE, SOUND, KeptTown, described
from tests.support.one_process import SERVICE, Resident, Village
from tui_call.control.actions import DeleteKept, ExportKept, ListKept
from tui_call.engine.service import download as downloading
from tui_call.errors import TuiCallError
from tui_call.service.database import Database
from tui_call.service.database.kept import BeginKept, BeginPart, ClosePart, ComeIntoKept, EndKept
from tui_call.service.keeping import downloads

RECORDING, TRANSCRIPT, NOTHING = "ab" * 16, "ac" * 16, "0" * 32
CALL = "c" * 32


@pytest.fixture
async def kept(here: Village) -> AsyncIterator[KeptTown]:
    """What the service of the village keeps."""
    directory = here.directory / SERVICE
    store = await Database.open(directory / "service.db")
    begun = time.time()  # the whole seconds of what is kept do not go on meanwhile
    service = SimpleNamespace(directory=directory, clock=lambda: begun)
    yield KeptTown(cast("Any", service), store, directory / "recordings")
    await store.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where things are exported to."""
    found = tmp_path / "exported"
    found.mkdir()
    return found


async def record(kept: KeptTown, *people: Resident, **how: object) -> None:
    await kept.keep(RECORDING, cast("Any", people), **how)  # type: ignore[arg-type]


async def export(person: Resident, folder: Path, kept: str = RECORDING) -> list[str]:
    result = await person.order(ExportKept(kept, str(folder)))
    return cast("list[str]", result["files"])


async def refused(person: Resident, action: Any) -> str:
    with pytest.raises(TuiCallError) as refusal:
        await person.order(action)
    return refusal.value.sentence.code


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def test_who_was_in_a_call_lists_and_fetches_it_and_the_starter_deletes_it(
    ada: Resident, ben: Resident, kept: KeptTown, folder: Path
) -> None:
    await record(kept, ada, ben)
    listed = await ben.order(ListKept())
    [one] = listed["kept"]
    assert (one["by_name"], [who["name"] for who in one["people"]]) == ("Ada", ["Ada", "Ben"])
    assert (one["may_export"], one["may_delete"]) == (True, False)
    [path] = await export(ben, folder, RECORDING[:6])
    assert Path(path).read_bytes() == SOUND
    assert await export(ben, folder) == [path], "what is here already is not fetched again"
    assert names(folder) == ["abababab-mix-1.opus"]
    assert await refused(ben, DeleteKept(RECORDING)) == "N_KEPT_NOT_ALLOWED"
    await ada.order(DeleteKept(RECORDING))
    assert (await ada.order(ListKept()))["kept"] == []


async def test_for_an_outsider_it_is_as_one_that_does_not_exist(
    here: Village, ada: Resident, ben: Resident, kept: KeptTown, folder: Path
) -> None:
    await record(kept, ada)
    for unknown in (RECORDING, NOTHING):
        assert await refused(ben, ExportKept(unknown, str(folder))) == "N_UNKNOWN_KEPT"
        assert await refused(ben, DeleteKept(unknown)) == "N_UNKNOWN_KEPT"
    assert (await ben.order(ListKept()))["kept"] == names(folder) == []


async def test_a_download_that_is_cut_off_goes_on_from_there(
    ada: Resident, kept: KeptTown, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[int] = []
    whole = downloads._pieces

    async def cut(file: Any, span: Any) -> AsyncIterator[bytes]:
        begun.append(span.begin)
        async for piece in whole(file, span):
            yield piece
            if len(begun) < 3:
                raise EOFError

    monkeypatch.setattr(downloads, "_pieces", cut)
    await record(kept, ada)
    [path] = await export(ada, folder)
    assert Path(path).read_bytes() == SOUND
    assert begun[0] == 0
    assert begun == sorted(set(begun)), "it goes on where it broke off"
    assert len(begun) == 3


async def test_one_that_is_always_cut_off_leaves_nothing(
    ada: Resident, kept: KeptTown, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def cut(_file: Any, _span: Any) -> AsyncIterator[bytes]:
        raise EOFError
        yield b""

    monkeypatch.setattr(downloads, "_pieces", cut)
    monkeypatch.setattr(downloading, "AGAIN_AFTER", 0.0)
    await record(kept, ada)
    assert await refused(ada, ExportKept(RECORDING, str(folder))) == "F_CUT_OFF"
    assert names(folder) == []


async def test_what_is_not_the_file_that_was_kept_is_not_left(
    ada: Resident, kept: KeptTown, folder: Path
) -> None:
    await record(kept, ada)
    kept.put(RECORDING, FILE, bytes(reversed(SOUND)))
    assert await refused(ada, ExportKept(RECORDING, str(folder))) == "F_NOT_THAT_FILE"
    assert names(folder) == []


async def test_a_file_of_that_name_stays_and_a_folder_has_to_be_there(
    ada: Resident, kept: KeptTown, folder: Path
) -> None:
    await record(kept, ada)
    there = folder / "abababab-mix-1.opus"
    there.write_text("mine")
    assert await refused(ada, ExportKept(RECORDING, str(folder))) == "F_FILE_THERE"
    assert there.read_text() == "mine"
    assert names(folder) == [there.name]
    for missing in (folder / "nowhere", there):
        assert await refused(ada, ExportKept(RECORDING, str(missing))) == "F_FOLDER_MISSING"


async def test_a_full_disk_leaves_nothing_half_written(
    ada: Resident, kept: KeptTown, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full(FileIO):
        def write(self, data: Any, /) -> int:
            if self.tell() > len(SOUND) // 2:
                raise OSError(errno.ENOSPC, "full")
            return super().write(data)

    monkeypatch.setattr(downloading, "create_private", lambda path: Full(path, "x"))
    await record(kept, ada)
    assert await refused(ada, ExportKept(RECORDING, str(folder))) == "F_DISK_FULL"
    assert names(folder) == []


async def test_what_goes_on_is_not_fetched_yet(ada: Resident, kept: KeptTown, folder: Path) -> None:
    await record(kept, ada, ended=False)
    assert await refused(ada, ExportKept(RECORDING, str(folder))) == "F_STILL_BEING_KEPT"


async def test_what_is_over_and_not_complete_yet_is_neither_fetched_nor_deleted(
    ada: Resident, kept: KeptTown, folder: Path
) -> None:
    await record(kept, ada)
    await kept.change(BeginPart(RECORDING, 2, 1, kept.now))
    for action in (ExportKept(RECORDING, str(folder)), DeleteKept(RECORDING)):
        assert await refused(ada, action) == "F_STILL_BEING_WRITTEN"
    await kept.change(ClosePart(RECORDING, 2, kept.now, 1.0))
    await ada.order(DeleteKept(RECORDING))


async def test_a_transcript_of_two_parts_is_written_as_text_and_json_with_names_and_times(
    ada: Resident, ben: Resident, kept: KeptTown, folder: Path
) -> None:
    await record(kept, ada)
    await transcribe(kept, ada, ben)
    wrong = DeleteKept(TRANSCRIPT, "recording")
    assert await refused(ada, wrong) == "N_UNKNOWN_KEPT", "nobody deletes one for the other"
    result = await ada.order(ExportKept("a", str(folder), "transcript"))
    paths = cast("list[str]", result["files"])
    assert [Path(path).name for path in paths] == [
        "acacacac-transcript-1.jsonl", "acacacac-transcript-2.jsonl", "acacacac-transcript.txt",
        "acacacac-transcript.json",
    ]  # fmt: skip
    assert Path(paths[2]).read_text().splitlines() == [
        f"Transcript of call {CALL}",
        f"The call began {moment(kept.now - 4100)} UTC; the times below count from there.",
        f"Written from {moment(kept.now - 4000)} UTC on, started by Ada.",
        "People: Ada, Ben",
        "",
        "00:00:02  Ada  Good morning.",
        "00:00:03  Ben  [2JGood morning to you.",
        "01:01:01  Ada  That is all.",
    ]
    exported = json.loads(Path(paths[3]).read_text())
    assert (exported["call"], exported["call_began"]) == (CALL, kept.now - 4100)
    assert (exported["began"], exported["by"]) == (kept.now - 4000, ada.account)
    assert [(one["person"], one["name"], one["account"]) for one in exported["people"]] == [
        (1, "Ada", ada.account), (2, "Ben", ben.account),
    ]  # fmt: skip
    assert [(one["name"], one["began"], one["text"]) for one in exported["lines"]] == [
        ("Ada", 1.6, "Good morning."),
        ("Ben", 3.4, "[2JGood morning to you."),
        ("Ada", 3661.2, "That is all."),
    ]
    assert await export(ada, folder, TRANSCRIPT) == paths


async def test_a_full_disk_leaves_no_half_of_the_text_of_a_transcript(
    ada: Resident, ben: Resident, kept: KeptTown, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await transcribe(kept, ada, ben)
    to_disk, whole = os.fsync, iter(range(2))  # the parts have room, their text has none

    def bring_to_disk(file: int) -> None:
        if next(whole, None) is None:
            raise OSError(errno.ENOSPC, "full")
        to_disk(file)

    with monkeypatch.context() as full:
        full.setattr(os, "fsync", bring_to_disk)
        assert await refused(ada, ExportKept(TRANSCRIPT, str(folder))) == "F_DISK_FULL"
    assert names(folder) == ["acacacac-transcript-1.jsonl", "acacacac-transcript-2.jsonl"]
    await export(ada, folder, TRANSCRIPT)
    assert "acacacac-transcript.txt" in names(folder)


def moment(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S}"


async def transcribe(kept: KeptTown, ada: Resident, ben: Resident) -> None:
    """Keep a transcript of two parts, with a line in it that is none."""
    said = (
        ((2, 3.4, "\x1b[2JGood morning to you."), (1, 1.6, "Good morning.")),
        ((1, 3661.2, "That is all."),),
    )
    began = kept.now - 4000
    await kept.change(
        BeginKept(TRANSCRIPT, "transcript", CALL, began - 100, kept.home, ada.account, 0, began),
        ComeIntoKept(TRANSCRIPT, ada.account, 1, kept.now),
        ComeIntoKept(TRANSCRIPT, ben.account, 2, kept.now),
    )
    for part, lines in enumerate(said, 1):
        content = b"no JSON\n" + b"".join(
            json.dumps({"person": who, "began": at, "ended": at + 1, "text": text}).encode() + b"\n"
            for who, at, text in lines
        )
        name = f"transcript-{part}.jsonl"
        await kept.change(
            BeginPart(TRANSCRIPT, part, 1, began),
            ClosePart(TRANSCRIPT, part, kept.now, 3600.0, (described(name, content),), ""),
        )
        kept.put(TRANSCRIPT, name, content)
    await kept.change(EndKept(TRANSCRIPT, kept.now))
