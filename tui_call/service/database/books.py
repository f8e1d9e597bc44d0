"""The book of policies, grants and memberships, read as of one epoch."""

import asyncio
from typing import Any

import msgspec
from sqlalchemy import Select, case, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tui_call.permissions.book import Book, Grant, NamedPolicy
from tui_call.permissions.policies import PolicySource
from tui_call.permissions.terms import PolicyKind, known_terms
from tui_call.service.database import tables
from tui_call.service.database.connection import Database
from tui_call.service.database.epoch import read_epoch
from tui_call.signaling.policies import Epoch

_PART = 500
"""Rows that are read between two moments for others; a larger part holds the loop for long."""


class Books:
    """Reads the book of a store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(self) -> tuple[Book, Epoch]:
        """Return the book and the epoch at which it was so."""

        async def query(connection: AsyncConnection) -> tuple[Book, Epoch]:
            return await read_book(connection), await read_epoch(connection)

        return await self._database.read(query)

    async def epoch(self) -> Epoch:
        """Return the present epoch."""
        return await self._database.read(read_epoch)


async def read_book(connection: AsyncConnection) -> Book:
    """Return the book as a transaction sees it."""
    policies = [
        NamedPolicy(
            row.name,
            PolicyKind(row.kind),
            known_terms(PolicyKind(row.kind), msgspec.json.decode(row.terms)),
        )
        for row in await _rows(connection, select(tables.policies).order_by("name"))
    ]
    grants = [
        Grant(PolicyKind(row.kind), PolicySource(row.to_kind), row.subject, row.policy, row.rank)
        for row in await _rows(connection, _granted())
    ]
    groups, memberships = tables.groups, tables.memberships
    members = await _rows(
        connection,
        select(groups.c.name, memberships.c.account).join(
            groups, groups.c.id == memberships.c.group_id
        ),
    )
    pairs = ((row.name, row.account) for row in members)
    return await asyncio.to_thread(lambda: Book(tuple(policies), tuple(grants), frozenset(pairs)))


def _granted() -> Select[*tuple[Any, ...]]:
    """Return what selects grants by names: the subject of a group's is its id."""
    grants, policies, groups = tables.grants, tables.policies, tables.groups
    of_group = grants.c.to_kind == PolicySource.GROUP.value
    return (
        select(
            grants.c.kind,
            grants.c.to_kind,
            case((of_group, groups.c.name), else_=grants.c.subject).label("subject"),
            policies.c.name.label("policy"),
            grants.c.rank,
        )
        .join(policies, policies.c.id == grants.c.policy_id)
        .outerjoin(groups, of_group & (groups.c.id == grants.c.subject))
        .order_by(grants.c.kind, grants.c.to_kind, grants.c.rank, "subject")
    )


async def _rows(connection: AsyncConnection, statement: Select[*tuple[Any, ...]]) -> list[Any]:
    """Return all rows of what may be many, in parts."""
    result = await connection.stream(statement)
    return [row async for part in result.partitions(_PART) for row in part]
