"""Orders about recordings and transcripts: lists, export and deletion."""

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, assert_never

import msgspec

from tui_call.control import actions
from tui_call.control.private_files import write_private
from tui_call.engine.commands.exported_transcript import Export, as_json, as_text, said_in
from tui_call.engine.commands.result import NOTHING, Result
from tui_call.engine.directory import KnownPeople
from tui_call.engine.service.download import FileThere, on_disk
from tui_call.engine.service.kept_calls import KeptCalls, expect_files
from tui_call.engine.shown_names import user_part
from tui_call.signaling.kept import ListedFile, ListedKept, ListedPerson

_ID_SHOWN = 8

OrderAboutKept = actions.ListKept | actions.ExportKept | actions.DeleteKept


class KeptOrders:
    """Carries them out; who may do what is the service's to say."""

    def __init__(self, kept: KeptCalls, people: KnownPeople) -> None:
        self._kept = kept
        self._people = people

    async def carry_out(self, action: OrderAboutKept) -> Result:
        """Do it.

        Raises:
            LocalFault: it cannot be done here, see `download`.
            ServiceFault: the service is away, or refused.
        """
        match action:
            case actions.ListKept(kind, before):
                page = await self._kept.listed(kind, before)
                return {"kept": [self._shown(one) for one in page.kept], "more": page.more}
            case actions.ExportKept(kept, folder, kind):
                found = await self._kept.find(kept, kind)
                return {"files": await self._export(found, Path(folder))}
            case actions.DeleteKept(kept, kind):
                await self._kept.delete(await self._kept.find(kept, kind))
                return NOTHING
            case _:
                assert_never(action)

    async def _export(self, kept: ListedKept, folder: Path) -> list[str]:
        expect_files(kept)
        paths: list[Path] = []
        for file in kept.files:
            path = folder / _name_here(kept, file)
            if not await on_disk(path, _is_it, path, file.sha256):
                await self._kept.fetch(kept, file, path)
            paths.append(path)
        if kept.kind == "transcript":
            paths += await self._export_transcript(kept, folder, paths)
        return [str(path) for path in paths]

    async def _export_transcript(
        self, kept: ListedKept, folder: Path, parts: Sequence[Path]
    ) -> list[Path]:
        """Write what the parts say as text and as JSON, with names."""
        written: list[Path] = []
        people = [self._with_name(one) for one in kept.people]
        for ending, exported in (("txt", as_text), ("json", as_json)):
            path = folder / f"{kept.id[:_ID_SHOWN]}-transcript.{ending}"
            await on_disk(path, _write_exported, path, exported, kept, people, parts)
            written.append(path)
        return written

    def _with_name(self, person: ListedPerson) -> ListedPerson:
        """Return somebody as called here."""
        return msgspec.structs.replace(person, name=self._name(person.account, person.name))

    def _name(self, account: str, told: str) -> str:
        """Return a name; whose address is gone, or another person's by now, is told by it alone."""
        return account if told == account else self._people.name_of(account, told)

    def _shown(self, kept: ListedKept) -> dict[str, Any]:
        """Return one as screens are told of it, with names as they are here."""
        people = tuple(map(self._with_name, kept.people))
        by_name = self._name(kept.by, kept.by_name) if kept.by else ""
        shown = msgspec.structs.replace(kept, people=people, by_name=by_name)
        return msgspec.to_builtins(shown)


def _name_here(kept: ListedKept, file: ListedFile) -> str:
    """Return the name of a file in the person's folder, which may have others of other calls."""
    stem, dot, ending = file.name.rpartition(".")
    who = "".join(one for one in user_part(file.person) if one.isalnum() or one in "-_.")
    return "-".join(filter(None, (kept.id[:_ID_SHOWN], stem, who))) + dot + ending


def _is_it(path: Path, sha256: str) -> bool:
    """Tell whether a file is here already; it is, after an export that broke off behind it."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == sha256


def _write_exported(
    path: Path,
    exported: Export,
    kept: ListedKept,
    people: Sequence[ListedPerson],
    parts: Iterable[Path],
) -> None:
    """Write a transcript in one form, unless it is there already."""
    content = exported(kept, people, said_in(part.read_bytes() for part in parts))
    if not path.exists():
        write_private(path, content)
    elif path.read_bytes() != content:
        raise FileThere(path=path)
