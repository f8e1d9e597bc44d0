"""A service with people and with what was kept of their calls."""

import hashlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection
from yarl import URL

from tests.support.members import Clock, Member, Town, town
from tui_call.service.database import Database, StandardCalls, tables
from tui_call.service.database.kept import (
    BeginKept,
    BeginPart,
    ClosePart,
    ComeIntoKept,
    EndKept,
    KeptChange,
)
from tui_call.service.keeping.options import KeepingOptions
from tui_call.service.standard_calls.assembly import home_of
from tui_call.signaling.kept import (
    PATH,
    TICKET_HEADER,
    AskForFile,
    DeleteKept,
    FileTicket,
    KeptList,
    KindOfKept,
    ListedKept,
    ListKept,
)
from tui_call.signaling.messages import Done, Failed
from tui_call.signaling.tap_messages import KeptFile

CALL = "c" * 32
FILE = "mix-1.opus"
SOUND = bytes(range(256)) * 1000


@dataclass
class Fetched:
    """An answer to `GET`."""

    status: int
    body: bytes
    headers: dict[str, str]


@dataclass
class KeptTown:
    """A running service, its store beside it, and its recordings.

    Attributes:
        town: the service.
        store: its database, opened a second time.
        recordings: the directory of the files.
    """

    town: Town
    store: Database
    recordings: Path

    @property
    def home(self) -> str:
        return home_of(self.town.directory)

    @property
    def now(self) -> int:
        return int(self.town.clock())

    async def keep(
        self,
        kept: str,
        people: Sequence[Member],
        *,
        by_rule: bool = False,
        kind: KindOfKept = "recording",
        keep_days: int = 0,
        home: str = "",
        ended: bool = True,
        why: str = "",
        content: bytes = SOUND,
    ) -> None:
        """Keep something of a call of an hour that is just over; the first of the people began."""
        began = self.now - 3600
        by = "" if by_rule else people[0].account
        changes: list[KeptChange] = [
            BeginKept(kept, kind, CALL, began - 60, home or self.home, by, keep_days, began),
            BeginPart(kept, 1, 1, began),
        ]
        for number, member in enumerate(people, 1):
            # They are as old as the call: a test enrols them just before it.
            changes.append(ComeIntoKept(kept, member.account, number, self.now))
        files = () if not content else (described(FILE, content),)
        changes.append(ClosePart(kept, 1, self.now, 3600.0, files, why))
        await self.change(*changes)
        if ended:
            await self.change(EndKept(kept, self.now))
        if content:
            self.put(kept, FILE, content)

    def put(self, kept: str, name: str, content: bytes) -> None:
        place = self.recordings / kept
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        (place / name).write_bytes(content)

    async def change(self, *changes: KeptChange) -> None:
        assert await StandardCalls(self.store).save([], [], self.now, changes)

    async def appoint(self, member: Member, role: str) -> None:
        """Give somebody a role, as administrators do."""

        async def change(connection: AsyncConnection) -> None:
            accounts = tables.accounts
            await connection.execute(
                accounts.update().where(accounts.c.id == member.account).values(role=role)
            )

        await self.store.write(change)

    async def audit(self, *actions: str) -> list[tuple[str, str, str]]:
        """Return actor, action and subject of what the audit has of kept things."""

        async def query(connection: AsyncConnection) -> list[tuple[Any, ...]]:
            log = tables.audit.c
            wanted = select(log.actor, log.action, log.subject).order_by(log.id)
            rows = await connection.execute(wanted)
            return [tuple(row) for row in rows]

        return [row for row in await self.store.read(query) if row[1] in actions]

    async def known(self) -> list[str]:
        """Return the ids that the index still has, in whatever state."""

        async def query(connection: AsyncConnection) -> list[str]:
            return list(await connection.scalars(select(tables.kept.c.id).order_by("id")))

        return await self.store.read(query)

    async def fetch(self, kept: str, file: str, ticket: str, **headers: str) -> "Fetched":
        """Return what `GET` gives."""
        url = URL(self.town.url(f"{PATH}/{kept}/{file}"), encoded=True)
        sent = {TICKET_HEADER: ticket, **headers} if ticket else headers
        async with self.town.http.get(url, headers=sent, ssl=self.town.pinned) as answer:
            return Fetched(answer.status, await answer.read(), dict(answer.headers))


@asynccontextmanager
async def kept_town(
    directory: Path, clock: Clock, keeping: KeepingOptions | None = None
) -> AsyncIterator[KeptTown]:
    options = KeepingOptions() if keeping is None else keeping
    async with town(directory, clock, keeping=options) as running:
        store = await Database.open(directory / "service.db")
        try:
            yield KeptTown(running, store, directory / "recordings")
        finally:
            await store.close()


def described(name: str, content: bytes) -> KeptFile:
    return KeptFile(name, len(content), hashlib.sha256(content).hexdigest())


async def listed(member: Member, kind: KindOfKept | str = "", before: int = 0) -> list[ListedKept]:
    found = await member.client.ask(
        lambda number: ListKept(number, kind, before),  # type: ignore[arg-type]
        KeptList,
    )
    return list(found.kept)


async def ticket(member: Member, kept: str, file: str = FILE) -> FileTicket:
    return await member.client.ask(lambda number: AskForFile(number, kept, file), FileTicket)


async def refused_file(member: Member, kept: str, file: str = FILE) -> Failed:
    return await member.client.ask(lambda number: AskForFile(number, kept, file), Failed)


async def delete(member: Member, kept: str) -> None:
    await member.client.ask(lambda number: DeleteKept(number, kept), Done)


async def refused_deletion(member: Member, kept: str) -> Failed:
    return await member.client.ask(lambda number: DeleteKept(number, kept), Failed)
