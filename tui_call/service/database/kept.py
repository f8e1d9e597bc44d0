"""The index of what is kept of standard calls: whose it is, of which parts and files it consists.

A row tells of a recording or transcript before its first frame is kept, so it changes in the
transaction of the call that it is of (`StandardCalls.save`). Who comes, who goes, what is closed or
ended may be said again, which changes nothing.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, delete, exists, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tui_call.service.database import tables
from tui_call.service.database.connection import Database
from tui_call.signaling.kept import KindOfKept
from tui_call.signaling.tap_messages import KeptFile

_kept, _parts = tables.kept, tables.kept_parts
_files, _people = tables.kept_files, tables.kept_people

_TRACK = re.compile(r"track-([0-9]+)-")


@dataclass(frozen=True, slots=True)
class BeginKept:
    """A recording or transcript begins; who is in the call comes by `ComeIntoKept`.

    Attributes:
        id: its own.
        call: of which it is.
        home: names the service on whose disk it is.
        started_by: account, "" where a rule started it.
        call_began: Unix seconds, as are all times here and below.
        keep_days: the least that the calling policies of those in the call say, 0 for ever; who
            comes later shortens it by `NarrowKept`.
        at: when it begins.
    """

    id: str
    kind: KindOfKept
    call: str
    call_began: int
    home: str
    started_by: str
    keep_days: int
    at: int

    @property
    def by_rule(self) -> bool:
        """A calling policy demands it (compliance recording)."""
        return self.started_by == ""


@dataclass(frozen=True, slots=True)
class ComeIntoKept:
    """Somebody is in the call now while it is kept; `number` as in `TapMember.person`."""

    kept: str
    account: str
    number: int
    at: int


@dataclass(frozen=True, slots=True)
class LeaveKept:
    """Somebody has left the call."""

    kept: str
    account: str
    at: int


@dataclass(frozen=True, slots=True)
class NeverInKept:
    """Somebody has left the call before any of it was kept."""

    kept: str
    account: str


@dataclass(frozen=True, slots=True)
class NarrowKept:
    """Somebody has come whose calling policy may want it kept for fewer days."""

    kept: str
    keep_days: int


@dataclass(frozen=True, slots=True)
class BeginPart:
    """A part is about to be opened by a tap, which is ordered under a fence."""

    kept: str
    part: int
    fence: int
    at: int


@dataclass(frozen=True, slots=True)
class ClosePart:
    """A part is closed; said again it changes nothing, unless there are files after all.

    Attributes:
        seconds: how long it is.
        files: what it consists of.
        why: as in `tap_messages.PartClosed`.
    """

    kept: str
    part: int
    at: int
    seconds: float
    files: tuple[KeptFile, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True)
class EndKept:
    """It goes on no more; its last part may be closed a little later."""

    kept: str
    at: int


KeptChange = (
    BeginKept | ComeIntoKept | LeaveKept | NeverInKept | NarrowKept | BeginPart | ClosePart
    | EndKept
)  # fmt: skip


class KeptParts:
    """The parts that taps write."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def close(self, closed: ClosePart) -> None:
        """Write down that a part is closed.

        Raises:
            DatabaseUnusable: it cannot be written now.
        """

        async def change(connection: AsyncConnection) -> None:
            await _close_part(connection, closed)

        await self._database.write(change)

    async def unclosed(self, home: str) -> list[tuple[str, int]]:
        """Return the parts of a service, by id and number, of which no tap has said the end."""
        rows = await self._database.read_one(_UNCLOSED, {"home": home})
        return [(row.kept, row.part) for row in rows]


_UNCLOSED = (
    select(_parts.c.kept, _parts.c.part)
    .join(_kept, _kept.c.id == _parts.c.kept)
    .where(_kept.c.home == bindparam("home"), _parts.c.closed.is_(None))
)


async def carry_out(connection: AsyncConnection, changes: Sequence[KeptChange]) -> None:
    """Change rows in the transaction of what they follow from."""
    for change in changes:
        match change:
            case BeginKept():
                await _begin(connection, change)
            case ComeIntoKept():
                await _come(connection, change)
            case LeaveKept():
                await _leave(connection, change.kept, change.at, change.account)
            case NeverInKept():
                await _take_out(connection, change)
            case NarrowKept():
                await _narrow(connection, change)
            case BeginPart():
                await _begin_part(connection, change)
            case ClosePart():
                await _close_part(connection, change)
            case EndKept():
                await _end(connection, change)


async def _begin(connection: AsyncConnection, begun: BeginKept) -> None:
    await connection.execute(
        insert(_kept).values(
            id=begun.id,
            kind=begun.kind,
            call=begun.call,
            call_began=begun.call_began,
            home=begun.home,
            started_by=begun.started_by,
            by_rule=begun.by_rule,
            keep_days=begun.keep_days,
            began=begun.at,
        )
    )


async def _come(connection: AsyncConnection, came: ComeIntoKept) -> None:
    """Add a row, but for who is there already or left in this second."""
    there = await connection.execute(
        update(_people)
        .where(
            _people.c.kept == came.kept,
            _people.c.number == came.number,
            or_(_people.c.went.is_(None), _people.c.went >= came.at),
        )
        .values(went=None)
    )
    if not there.rowcount:
        await connection.execute(
            insert(_people).values(
                kept=came.kept, number=came.number, came=came.at, account=came.account
            )
        )


async def _leave(connection: AsyncConnection, kept: str, at: int, account: str = "") -> None:
    """Let one person, or all, have gone."""
    whose = [_people.c.account == account] if account else []
    await connection.execute(
        update(_people)
        .where(_people.c.kept == kept, _people.c.went.is_(None), *whose)
        .values(went=at)
    )


async def _take_out(connection: AsyncConnection, never: NeverInKept) -> None:
    await connection.execute(
        delete(_people).where(_people.c.kept == never.kept, _people.c.account == never.account)
    )


async def _narrow(connection: AsyncConnection, narrow: NarrowKept) -> None:
    longer = or_(_kept.c.keep_days == 0, _kept.c.keep_days > narrow.keep_days)
    await connection.execute(
        update(_kept).where(_kept.c.id == narrow.kept, longer).values(keep_days=narrow.keep_days)
    )


async def _begin_part(connection: AsyncConnection, begun: BeginPart) -> None:
    await connection.execute(
        insert(_parts).values(kept=begun.kept, part=begun.part, fence=begun.fence, began=begun.at)
    )


async def _close_part(connection: AsyncConnection, closed: ClosePart) -> None:
    news = _parts.c.closed.is_(None)
    if closed.files:
        news |= ~exists().where(_files.c.kept == closed.kept, _files.c.part == closed.part)
    done = await connection.execute(
        update(_parts)
        .where(_parts.c.kept == closed.kept, _parts.c.part == closed.part, news)
        .values(closed=closed.at, seconds=closed.seconds, why=closed.why)
    )
    if done.rowcount and closed.files:
        await connection.execute(
            insert(_files),
            [
                {
                    "kept": closed.kept,
                    "name": file.name,
                    "part": closed.part,
                    "person": _person_in(file.name),
                    "size": file.size,
                    "sha256": file.sha256,
                }
                for file in closed.files
            ],
        )


async def _end(connection: AsyncConnection, ended: EndKept) -> None:
    await connection.execute(
        update(_kept)
        .where(_kept.c.id == ended.kept, _kept.c.ended.is_(None))
        .values(ended=ended.at)
    )
    await _leave(connection, ended.kept, ended.at)


def _person_in(name: str) -> int:
    """Return the number of who is in a file, 0 for all."""
    track = _TRACK.match(name)
    return int(track[1]) if track else 0
