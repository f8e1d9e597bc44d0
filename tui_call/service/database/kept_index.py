"""Reads the index of what is kept for who may know of it, and removes from it.

What is removed is marked first, together with its audit row: from then on nobody finds it. Its rows
go when its files are gone, so that what was broken off between is gone on with.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    and_,
    delete,
    exists,
    false,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from tui_call.service.database import audit, tables
from tui_call.service.database import kept as kept_changes
from tui_call.service.database.audit import AuditEntry
from tui_call.service.database.connection import Database
from tui_call.service.database.kept import EndKept
from tui_call.signaling.kept import KindOfKept
from tui_call.signaling.vocabulary import Role

_kept, _parts = tables.kept, tables.kept_parts
_files, _people = tables.kept_files, tables.kept_people
_accounts, _devices = tables.accounts, tables.devices

_SEE_ALL: tuple[Role, ...] = ("auditor", "admin")


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who asks, as the store has it now; `created` is since when there is this account."""

    account: str
    role: Role
    created: int


@dataclass(frozen=True, slots=True)
class IndexedPart:
    """A part; `closed` is None while its files are written."""

    part: int
    closed: int | None
    seconds: float
    why: str


@dataclass(frozen=True, slots=True)
class IndexedFile:
    """A file of a closed part; `account` is whose it is, "" for all."""

    name: str
    part: int
    account: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Indexed:
    """A recording or transcript.

    Attributes:
        home: names the service on whose disk it is.
        started_by: account, "" where a rule started it; `started_by_name` its name.
        keep_days: the least that calling policies said of those who were in it, 0 for ever.
        began, ended: Unix seconds; `ended` None while it goes on.
        call_began: Unix seconds; None where that is not known.
        was_in: who asks was in the call while it was kept.
        people: account, name and number of each who was, in the order in which they came; the
            name of one whose account is gone, or another person's by now, is the address.
    """

    id: str
    kind: KindOfKept
    call: str
    home: str
    started_by: str
    started_by_name: str
    by_rule: bool
    keep_days: int
    began: int
    ended: int | None
    call_began: int | None
    was_in: bool
    parts: tuple[IndexedPart, ...] = ()
    files: tuple[IndexedFile, ...] = ()
    people: tuple[tuple[str, str, int], ...] = ()

    @property
    def runs(self) -> bool:
        """It goes on, or its last part is being closed."""
        return self.ended is None or any(part.closed is None for part in self.parts)

    @property
    def finishing(self) -> bool:
        """It is over, and its last part is being closed."""
        return self.ended is not None and self.runs

    @property
    def cut_short(self) -> bool:
        """A part of it broke off."""
        return any(part.why for part in self.parts)


@dataclass(frozen=True, slots=True)
class Disposable:
    """What a sweep looks at; as in `Indexed`. `removed` is since when it is nobody's."""

    id: str
    kind: KindOfKept
    home: str
    by_rule: bool
    keep_days: int
    ended: int | None
    removed: int | None


class KeptIndex:
    """Finds what is kept, for people and for the sweep."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def listed(
        self, device: str, kind: KindOfKept | None, before: int, most: int
    ) -> tuple[Viewer, list[Indexed]] | None:
        """Return what somebody may know of, the newest first; None for a device without rights.

        Args:
            device: of who asks.
            kind: None for both.
            before: those that began earlier, 0 for all.
            most: how many.
        """

        async def query(connection: AsyncConnection) -> tuple[Viewer, list[Indexed]] | None:
            viewer = await _viewer(connection, device)
            if viewer is None:
                return None
            wanted = _visible(viewer).order_by(_kept.c.began.desc(), _kept.c.id).limit(most)
            if kind is not None:
                wanted = wanted.where(_kept.c.kind == kind)
            if before:
                wanted = wanted.where(_kept.c.began < before)
            rows = (await connection.execute(wanted)).all()
            return viewer, await _with_details(connection, rows)

        return await self._database.read(query)

    async def find(self, device: str, kept: str) -> tuple[Viewer, Indexed] | None:
        """Return one, None where the device's account may not know of it or there is none."""

        async def query(connection: AsyncConnection) -> tuple[Viewer, Indexed] | None:
            viewer = await _viewer(connection, device)
            if viewer is None:
                return None
            rows = (await connection.execute(_visible(viewer).where(_kept.c.id == kept))).all()
            found = await _with_details(connection, rows)
            return (viewer, found[0]) if found else None

        return await self._database.read(query)

    async def note(self, entry: AuditEntry, now: int) -> None:
        """Write down what is about to be done with one."""

        async def change(connection: AsyncConnection) -> None:
            await audit.record(connection, now, entry)

        await self._database.write(change)

    async def mark_removed(self, entry: AuditEntry, now: int) -> bool:
        """Let nobody find its subject any more, with its audit row; False where that was done."""

        async def change(connection: AsyncConnection) -> bool:
            marked = await connection.execute(
                update(_kept)
                .where(_kept.c.id == entry.subject, _kept.c.removed.is_(None))
                .values(removed=now)
            )
            if marked.rowcount:
                await audit.record(connection, now, entry)
            return bool(marked.rowcount)

        return await self._database.write(change)

    async def forget(self, kept: str) -> None:
        """Delete the rows of one that was marked, and has no files any more."""

        async def change(connection: AsyncConnection) -> None:
            for table in (_people, _files, _parts):
                await connection.execute(delete(table).where(table.c.kept == kept))
            await connection.execute(delete(_kept).where(_kept.c.id == kept))

        await self._database.write(change)

    async def end_abandoned(self, home: str, now: int, away: int) -> None:
        """Let those be over whose call is: each ends with its call, in whatever way.

        Args:
            home: names this service.
            now: Unix seconds, as all times here.
            away: a call that began before and that another service runs is taken to be over: its
                computer has not come back to end it.
        """

        async def change(connection: AsyncConnection) -> None:
            calls = tables.standard_calls
            over = and_(_kept.c.home == home, _kept.c.call.not_in(select(calls.c.call)))
            own = select(calls.c.call).where(calls.c.home == home)
            left = and_(_kept.c.began <= away, _kept.c.call.not_in(own))
            gone = select(_kept.c.id).where(_kept.c.ended.is_(None), or_(over, left))
            for kept in (await connection.scalars(gone)).all():
                await kept_changes.carry_out(connection, [EndKept(kept, now)])

        await self._database.write(change)

    async def all(self) -> list[Disposable]:
        """Return all there is, the oldest first."""
        rows = await self._database.read_one(_ALL, {})
        return [Disposable(*row) for row in rows]

    async def bring_home(self, kept: Sequence[str], home: str) -> None:
        """Say that the files of some are on the disk of this service now."""

        async def change(connection: AsyncConnection) -> None:
            await connection.execute(update(_kept).where(_kept.c.id.in_(kept)).values(home=home))

        await self._database.write(change)


_ALL = select(
    _kept.c.id,
    _kept.c.kind,
    _kept.c.home,
    _kept.c.by_rule,
    _kept.c.keep_days,
    _kept.c.ended,
    _kept.c.removed,
).order_by(_kept.c.began)


async def _viewer(connection: AsyncConnection, device: str) -> Viewer | None:
    row = (
        await connection.execute(
            select(_accounts.c.id, _accounts.c.role, _accounts.c.created)
            .join(_devices, _devices.c.account == _accounts.c.id)
            .where(
                _devices.c.id == device,
                _devices.c.revoked.is_(None),
                _accounts.c.disabled.is_(None),
            )
        )
    ).one_or_none()
    return Viewer(*row) if row is not None else None


def _visible(viewer: Viewer) -> Select[*tuple[Any, ...]]:
    """Return what selects all that somebody may know of.

    An account that was made anew is another person's than the one who had the address before.
    """
    was_in = exists().where(
        _people.c.kept == _kept.c.id,
        _people.c.account == viewer.account,
        _people.c.came >= viewer.created,
    )
    all_of_it: ColumnElement[bool] = true() if viewer.role in _SEE_ALL else false()
    return select(_kept, was_in.label("was_in")).where(
        _kept.c.removed.is_(None), or_(all_of_it, was_in)
    )


async def _with_details(connection: AsyncConnection, rows: Sequence[Row[Any]]) -> list[Indexed]:
    ids = [row.id for row in rows]
    people = await _people_of(connection, ids)
    parts, files = defaultdict[str, list[Any]](list), defaultdict[str, list[Any]](list)
    wanted = select(_parts).where(_parts.c.kept.in_(ids)).order_by(_parts.c.kept, _parts.c.part)
    for row in await connection.execute(wanted) if ids else ():
        parts[row.kept].append(IndexedPart(row.part, row.closed, row.seconds, row.why))
    for row in await connection.execute(_files_of(ids)) if ids else ():
        account = people[row.kept].get(row.person, ("", ""))[0]
        files[row.kept].append(IndexedFile(row.name, row.part, account, row.size, row.sha256))
    return [
        Indexed(
            row.id,
            row.kind,
            row.call,
            row.home,
            row.started_by,
            _called(row.started_by, people[row.id]),
            row.by_rule,
            row.keep_days,
            row.began,
            row.ended,
            row.call_began,
            bool(row.was_in),
            tuple(parts[row.id]),
            tuple(files[row.id]),
            tuple((*one, number) for number, one in people[row.id].items()),
        )
        for row in rows
    ]


def _called(account: str, people: Mapping[int, tuple[str, str]]) -> str:
    """Return the name of somebody among those who were there, the address where it is none's."""
    return next((name for one, name in people.values() if one == account), account)


def _files_of(ids: Sequence[str]) -> Select[*tuple[Any, ...]]:
    return (
        select(_files)
        .where(_files.c.kept.in_(ids))
        .order_by(_files.c.kept, _files.c.part, _files.c.person, _files.c.name)
    )


async def _people_of(
    connection: AsyncConnection, ids: Sequence[str]
) -> defaultdict[str, dict[int, tuple[str, str]]]:
    """Return account and name of those who were in each, by number, in the order they came."""
    of_them = (_accounts.c.id == _people.c.account, _accounts.c.created <= _people.c.came)
    found = defaultdict[str, dict[int, tuple[str, str]]](dict)
    wanted = (
        select(_people.c.kept, _people.c.number, _people.c.account, _accounts.c.name)
        .outerjoin(_accounts, and_(*of_them))
        .where(_people.c.kept.in_(ids))
        .order_by(_people.c.kept, _people.c.came, _people.c.number)
    )
    for row in await connection.execute(wanted) if ids else ():
        found[row.kept][row.number] = (row.account, row.name or row.account)
    return found
