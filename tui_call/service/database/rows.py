"""Rows as one transaction finds and leaves them: read once, changed here, written at the end.

A list of ten thousand people is so a few statements with many rows each, and the same records
that are written are those that the audit keeps.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tui_call.service.database.records import STORED, R, Record, Stored, as_row, key_of, of_row

_T = TypeVar("_T")

PIECE = 400
"""Rows of a statement, and those that are handled before others of the loop have a turn."""

_Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChangedRecord:
    """A row before and after a change, None where there was or is none."""

    before: Record | None
    after: Record | None

    @property
    def record(self) -> Record:
        """What there is of it: afterwards, else before."""
        found = self.after or self.before
        assert found is not None
        return found


class _Rows:
    """What is known of one table."""

    def __init__(self, stored: Stored) -> None:
        self.stored = stored
        self.found: dict[_Key, Record | None] = {}
        self.now: dict[_Key, Record | None] = {}
        self.touched: dict[_Key, None] = {}
        self.all_known = False
        columns = (stored.got_by, *stored.looked_up)
        self.asked: dict[str, set[str]] = {column: set() for column in columns}
        self._index: dict[str, defaultdict[str, dict[_Key, None]]] = {
            column: defaultdict(dict) for column in columns
        }

    def learn(self, record: Record) -> None:
        """Take a row that was read, unless it is known."""
        key = key_of(record)
        if key not in self.found:
            self.found[key] = record
            self._set(key, record)

    def set(self, key: _Key, record: Record | None) -> None:
        self.found.setdefault(key, None)
        self.touched[key] = None
        self._set(key, record)

    def having(self, column: str, value: str) -> Iterator[Record]:
        for key in self._index[column][value]:
            record = self.now[key]
            assert record is not None
            yield record

    def _set(self, key: _Key, record: Record | None) -> None:
        before = self.now.get(key)
        for column, index in self._index.items():
            if before is not None:
                del index[getattr(before, column)][key]
            if record is not None:
                index[getattr(record, column)][key] = None
        self.now[key] = record


class ChangeRows:
    """The records of a transaction; see `records.STORED` for which there are."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._tables = {kind: _Rows(stored) for kind, stored in STORED.items()}

    async def fetch(self, kind: type[Record], column: str, values: Iterable[str]) -> None:
        """Read the rows whose column has one of the values, so that they are at hand."""
        rows = self._tables[kind]
        asked = rows.asked[column]
        missing = (
            [] if rows.all_known else [one for one in dict.fromkeys(values) if one not in asked]
        )
        for piece in pieces(missing):
            table = rows.stored.table
            found = await self._connection.execute(
                select(table).where(table.c[column].in_(piece)).order_by(*table.primary_key)
            )
            async for row in paced(found):
                rows.learn(of_row(kind, row))
            asked.update(piece)

    async def get(self, kind: type[R], *key: str) -> R | None:
        """Return the row of a primary key."""
        rows = self._tables[kind]
        if key not in rows.found:
            column = rows.stored.got_by
            await self.fetch(kind, column, [key[rows.stored.key.index(column)]])
        return cast("R | None", rows.now.get(key))

    async def having(self, kind: type[R], column: str, value: str) -> list[R]:
        """Return the rows whose column has a value, as they are now."""
        await self.fetch(kind, column, [value])
        return cast("list[R]", list(self._tables[kind].having(column, value)))

    async def all(self, kind: type[R]) -> list[R]:
        """Return all rows of a table, for those that have few."""
        rows = self._tables[kind]
        if not rows.all_known:
            table = rows.stored.table
            found = await self._connection.execute(select(table).order_by(*table.primary_key))
            async for row in paced(found):
                rows.learn(of_row(kind, row))
            rows.all_known = True
        return cast("list[R]", [record for record in rows.now.values() if record is not None])

    def ever(self, kind: type[R], *key: str) -> R | None:
        """Return a row that was read, as it is now or, where it is removed, as it was."""
        rows = self._tables[kind]
        return cast("R | None", rows.now.get(key) or rows.found.get(key))

    def put(self, record: Record) -> None:
        """Add a row, or replace the one with its key, which was read before."""
        self._tables[type(record)].set(key_of(record), record)

    def remove(self, record: Record) -> None:
        """Remove a row that was read before."""
        self._tables[type(record)].set(key_of(record), None)

    async def changed(self) -> list[ChangedRecord]:
        """Return the rows that are otherwise than they were found, table by table."""
        return [
            ChangedRecord(rows.found[key], rows.now[key])
            for rows in self._tables.values()
            async for key in paced(rows.touched)
            if rows.found[key] != rows.now[key]
        ]

    async def write(self, changed: list[ChangedRecord]) -> None:
        """Write what `changed` returned."""
        by_kind: dict[type[Record], list[ChangedRecord]] = {kind: [] for kind in STORED}
        async for one in paced(changed):
            by_kind[type(one.record)].append(one)
        for kind in reversed(STORED):
            await self._delete(kind, [c.before for c in by_kind[kind] if c.before and not c.after])
        for kind in STORED:
            await self._update(kind, [c for c in by_kind[kind] if c.before and c.after])
            await self._insert(kind, [c.after for c in by_kind[kind] if c.after and not c.before])

    async def _delete(self, kind: type[Record], records: list[Record]) -> None:
        statement = delete(STORED[kind].table).where(*_is_row(kind))
        for piece in pieces(records):
            await self._connection.execute(statement, [_key_of(one) for one in piece])

    async def _insert(self, kind: type[Record], records: list[Record]) -> None:
        for piece in pieces(records):
            await self._connection.execute(insert(STORED[kind].table), [as_row(r) for r in piece])

    async def _update(self, kind: type[Record], changed: list[ChangedRecord]) -> None:
        table, together = STORED[kind].table, defaultdict[tuple[str, ...], list[Any]](list)
        async for one in paced(changed):
            assert one.before
            assert one.after
            before, after = as_row(one.before), as_row(one.after)
            values = {name: value for name, value in after.items() if before[name] != value}
            together[tuple(values)].append({**values, **_key_of(one.before)})
        renamed = together.get(("name",), [])
        if "name" in STORED[kind].looked_up and len(renamed) > 1:
            # Two may take each other's name, which is free only once both have given theirs up.
            aside = [{**one, "name": one["key_id"]} for one in renamed]
            await self._execute_many(update(table).where(*_is_row(kind)), aside)
        for rows in together.values():
            await self._execute_many(update(table).where(*_is_row(kind)), rows)

    async def _execute_many(self, statement: Any, parameters: list[dict[str, Any]]) -> None:
        for piece in pieces(parameters):
            await self._connection.execute(statement, piece)


async def paced(items: Iterable[_T]) -> AsyncIterator[_T]:
    """Give items, and others of the loop a turn now and then."""
    for number, item in enumerate(items):
        if number % PIECE == PIECE - 1:
            await asyncio.sleep(0)
        yield item


def pieces(items: list[_T]) -> Iterator[list[_T]]:
    """Cut a list so that each part fits a statement."""
    for start in range(0, len(items), PIECE):
        yield items[start : start + PIECE]


def _is_row(kind: type[Record]) -> list[Any]:
    stored = STORED[kind]
    return [stored.table.c[column] == bindparam(f"key_{column}") for column in stored.key]


def _key_of(record: Record) -> dict[str, str]:
    return {f"key_{column}": getattr(record, column) for column in STORED[type(record)].key}
