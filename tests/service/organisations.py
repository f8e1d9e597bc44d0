"""An organisation in a database of its own, changed without clients."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.support.members import Clock
from tui_call.permissions.book import Book
from tui_call.service.changes import Actor, OrganisationChanges, WholeOutcome
from tui_call.service.database import Database, Invites, Organisations, tables
from tui_call.service.database.books import Books
from tui_call.service.database.changing import ChangeStore
from tui_call.service.database.invites import Enrollee
from tui_call.service.enrolment import Enrolment
from tui_call.service.place import ServicePlace
from tui_call.signaling.administration import Change
from tui_call.signaling.administration_answers import NotDone
from tui_call.signaling.operations import (
    AddMember,
    AddPerson,
    GrantPolicy,
    NewGroup,
    NewPolicy,
    Operation,
    PutPerson,
)
from tui_call.signaling.policies import Epoch

ORGANISATION = "acme"
BY_SERVICE = Actor("")
CHIEF = Actor("chief@acme", "d1" * 16, "192.0.2.7")
HISTORY = {"audit", "audit_rows"}
CHOICE = {"e2ee_calls": "user_choice"}

Rows = dict[str, set[tuple[Any, ...]]]


@dataclass
class Acme:
    """An organisation whose administrator is `chief@acme`."""

    store: Database
    changes: OrganisationChanges
    clock: Clock
    chief: Actor = CHIEF

    async def do(self, *operations: Operation, by: Actor | None = None, **how: Any) -> WholeOutcome:
        """Carry operations out, all of which have to be allowed."""
        done = await self.changes.carry_out(by or self.chief, Change(operations=operations, **how))
        assert isinstance(done, WholeOutcome), done
        return done

    async def refused(self, *operations: Operation, by: Actor | None = None, **how: Any) -> NotDone:
        """Try operations that must not be done, and check that they left nothing."""
        before = await self.rows()
        done = await self.changes.carry_out(by or self.chief, Change(operations=operations, **how))
        assert isinstance(done, NotDone), done
        assert await self.rows() == before
        return done

    async def code(self, *operations: Operation, **how: Any) -> str:
        """Return why operations are refused."""
        (problem,) = (await self.refused(*operations, **how)).problems
        return problem.code

    async def rows(self) -> Rows:
        """Return every row of every table."""

        async def query(connection: AsyncConnection) -> Rows:
            return {
                table.name: {tuple(row) for row in await connection.execute(select(table))}
                for table in tables.metadata.sorted_tables
            }

        return await self.store.read(query)

    async def decided(self) -> Rows:
        """Return all rows but the audit and the epoch."""
        rows = await self.rows()
        rows["organisation"] = {row[:-2] for row in rows["organisation"]}
        return {table: found for table, found in rows.items() if table not in HISTORY}

    async def enrol(self, code: str, enrollee: Enrollee) -> None:
        """Spend an invite."""
        hashed = hashlib.sha256(code.encode()).digest()
        await Invites(self.store, ORGANISATION).enrol(hashed, enrollee, int(self.clock()))

    async def latest_change(self) -> int:
        """Return the number of the newest entry of the audit."""
        return max(row[0] for row in (await self.rows())["audit"])

    async def book(self) -> Book:
        return (await Books(self.store).read())[0]

    async def epoch(self) -> Epoch:
        return (await Books(self.store).read())[1]


@asynccontextmanager
async def acme(store: Database) -> AsyncIterator[Acme]:
    """Begin an organisation in an empty database, and close that at the end."""
    async with reopened(store) as running:
        await Organisations(store).open(ORGANISATION, "Acme", int(running.clock()))
        await running.do(AddPerson(address="chief", name="Chief", role="admin"), by=BY_SERVICE)
        await store.write(_give_the_chief_a_device)
        yield running


async def _give_the_chief_a_device(connection: AsyncConnection) -> None:
    await connection.execute(
        insert(tables.devices).values(
            id=CHIEF.device, account=CHIEF.account, name="desk", login_key=bytes(32), created=1
        )
    )


@asynccontextmanager
async def reopened(store: Database) -> AsyncIterator[Acme]:
    """Go on with an organisation, and close its database at the end."""
    clock = Clock()
    place = ServicePlace("127.0.0.1", "calls.acme.example", 25_111, bytes(32))
    enrolment = Enrolment(Invites(store, ORGANISATION), place, clock, lambda: False)
    changes = OrganisationChanges(ChangeStore(store), ORGANISATION, enrolment, clock)
    try:
        yield Acme(store, changes, clock)
    finally:
        await store.close()


async def peopled(org: Acme) -> None:
    """Add three people and one of a feed, three groups, and policies, one of them granted."""
    await org.do(
        *(AddPerson(address=name) for name in ("clerk", "cashier", "auditor")),
        NewGroup(name="finance"),
        NewGroup(name="staff"),
        AddMember(group="finance", account="clerk"),
        AddMember(group="finance", account="cashier@acme"),
        AddMember(group="staff", account="clerk"),
        NewPolicy(name="finance-e2ee", kind="encryption", terms=CHOICE),
        NewPolicy(name="no-e2ee", kind="encryption", terms={"e2ee_calls": "disabled"}),
        NewPolicy(name="bank", kind="calling", terms={"compliance_recording": True}),
        GrantPolicy(policy="no-e2ee", to="group", subject="staff"),
        PutPerson(address="hired", source="hr", groups=("hired",)),
    )
