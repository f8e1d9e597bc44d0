"""Orders about recordings and transcripts: lists, export and deletion."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import assert_never

import msgspec

from tui_call.control import actions
from tui_call.control.private_files import write_private
from tui_call.engine.commands.exported_transcript import Export, as_json, as_text, said_in
from tui_call.engine.commands.result import NOTHING, Result
from tui_call.engine.directory import KnownPeople
from tui_call.engine.service.download import FileThere, on_disk
from tui_call.engine.service.kept_calls import KeptCalls, expect_files
from tui_call.signaling.kept import ListedKept, ListedPerson, exported_names

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
                shown = [msgspec.to_builtins(self._named(one)) for one in page.kept]
                return {"kept": shown, "more": page.more}
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
        paths = [folder / name for name in exported_names(kept)]
        parts, made = paths[: len(kept.files)], paths[len(kept.files) :]
        for file, path in zip(kept.files, parts, strict=True):
            if not await on_disk(path, _is_it, path, file.sha256):
                await self._kept.fetch(kept, file, path)
        if made:
            named = self._named(kept)
            for path, exported in zip(made, (as_text, as_json), strict=True):
                await on_disk(path, _write_exported, path, exported, named, parts)
        return [str(path) for path in paths]

    def _with_name(self, person: ListedPerson) -> ListedPerson:
        """Return somebody as called here."""
        return msgspec.structs.replace(person, name=self._name(person.account, person.name))

    def _name(self, account: str, told: str) -> str:
        """Return a name; whose address is gone, or another person's by now, is told by it alone."""
        return account if told == account else self._people.name_of(account, told)

    def _named(self, kept: ListedKept) -> ListedKept:
        """Return one with its people as they are called here."""
        people = tuple(map(self._with_name, kept.people))
        by_name = self._name(kept.by, kept.by_name) if kept.by else ""
        return msgspec.structs.replace(kept, people=people, by_name=by_name)


def _is_it(path: Path, sha256: str) -> bool:
    """Tell whether a file is here already; it is, after an export that broke off behind it."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == sha256


def _write_exported(path: Path, exported: Export, kept: ListedKept, parts: Sequence[Path]) -> None:
    """Write a transcript in one form, unless it is there already."""
    content = exported(kept, said_in(part.read_bytes() for part in parts))
    if not path.exists():
        write_private(path, content)
    elif path.read_bytes() != content:
        raise FileThere(path=path)
