"""The organisation, and with which policies it begins."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

import msgspec
from sqlalchemy import and_, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tui_call.service.database import accounts, audit, tables
from tui_call.service.database.audit import AuditEntry
from tui_call.service.database.connection import Database
from tui_call.service.database.epoch import advance_epoch, begin_timeline
from tui_call.signaling.operations import (
    Kind,
    Term,
)

_Policies = Mapping[Kind, tuple[str, Mapping[str, Term]]]

FIRST_POLICIES: _Policies = {
    "encryption": ("organisation", {"e2ee_calls": "disabled"}),
    "calling": ("calls", {}),
}
PERSONAL_POLICIES: _Policies = {
    **FIRST_POLICIES,
    # With what is on by itself: all but recording by rule.
    "calling": ("calls", {"transcription": True, "recording": True, "park": True}),
}
_UNTOUCHED = '{"compliance_recording": false}'
"""Terms of a calling policy that was made for a store which had none, and never changed."""
FIRST_NAME = "Home"


@dataclass(frozen=True, slots=True)
class Organisation:
    """Who runs this service.

    Attributes:
        id: part of each address behind the @.
        name: as people see it.
        own_certificate: SHA-256 of the key of the certificate that the service made for itself, in
            older stores of the certificate; None before.
    """

    id: str
    name: str
    own_certificate: bytes | None


class Organisations:
    """Begins and reads the one organisation of a service."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def open(
        self, new_id: str, name: str, now: int, administrator: tuple[str, str] | None = None
    ) -> Organisation | None:
        """Return the organisation; make it where there is none, with E2EE calls disabled.

        Args:
            new_id: used only where there is none yet; "" makes none, and None is returned.
            name: display name; a stored one that differs is changed. "" keeps it.
            now: Unix seconds.
            administrator: address and name of a new one's first, who has no device yet; None for
                a personal service, in which calls may do everything.
        """

        async def change(connection: AsyncConnection) -> Organisation | None:
            stored = await connection.scalar(select(tables.organisation.c.name))
            if stored is None and not new_id:
                return None
            if stored is None:
                policies = PERSONAL_POLICIES if administrator is None else FIRST_POLICIES
                await _create(connection, new_id, name or FIRST_NAME, now, policies)
                if administrator is not None:
                    await _add_administrator(connection, *administrator, now)
            elif name and stored != name:
                await connection.execute(update(tables.organisation).values(name=name))
                renamed = AuditEntry(audit.BY_SERVICE, "organisation.rename", detail=name)
                await audit.record(connection, now, renamed)
            return await _read(connection)

        return await self._database.write(change)

    async def open_calls(self, now: int) -> bool:
        """Let calls of a personal service do everything, where nobody said what they may.

        Services of before had a policy that said one thing alone, and no calls to which it applied.

        Args:
            now: Unix seconds.

        Returns:
            Whether they could not before.
        """
        policies = tables.policies
        untouched = and_(policies.c.kind == "calling", policies.c.terms == _UNTOUCHED)
        rows = await self._database.read_one(select(policies.c.name).where(untouched), {})
        if not rows:
            return False
        name, terms = PERSONAL_POLICIES["calling"]

        async def change(connection: AsyncConnection) -> None:
            await advance_epoch(connection)
            opened = update(policies).where(untouched).values(terms=_stored(terms))
            await connection.execute(opened)
            detail = " ".join(f"{term}={value}" for term, value in terms.items())
            changed = AuditEntry(audit.BY_SERVICE, "policy.change", name, detail)
            await audit.record(connection, now, changed)

        await self._database.write(change)
        return True

    async def put_back(self, made: int, now: int) -> None:
        """Note that the store was put back; calls that were on when it was copied are over.

        Args:
            made: when the backup was made, Unix seconds.
            now: Unix seconds; also the new timeline, which is later than any before.
        """

        async def change(connection: AsyncConnection) -> None:
            await begin_timeline(connection, now)
            await connection.execute(delete(tables.park_slots))
            await connection.execute(delete(tables.standard_calls))
            restored = AuditEntry(audit.BY_SERVICE, "store.restore", detail=f"made={made}")
            await audit.record(connection, now, restored)

        await self._database.write(change)

    async def keep_certificate(self, pin: bytes) -> None:
        """Note the SHA-256 of the key of the certificate that the service made for itself."""

        async def change(connection: AsyncConnection) -> None:
            await connection.execute(update(tables.organisation).values(own_certificate_sha256=pin))

        await self._database.write(change)


def _stored(terms: Mapping[str, Term]) -> str:
    return msgspec.json.encode(terms).decode()


async def _create(
    connection: AsyncConnection, new_id: str, name: str, now: int, policies: _Policies
) -> None:
    await connection.execute(insert(tables.organisation).values(id=new_id, name=name, created=now))
    for kind, (policy, terms) in policies.items():
        policy_id = secrets.token_hex(16)
        await connection.execute(
            insert(tables.policies).values(
                id=policy_id,
                name=policy,
                kind=kind,
                terms=_stored(terms),
                created=now,
            )
        )
        await connection.execute(
            insert(tables.grants).values(
                id=secrets.token_hex(16),
                kind=kind,
                to_kind="organisation",
                subject="",
                policy_id=policy_id,
                rank=0,
            )
        )
    await audit.record(connection, now, AuditEntry(audit.BY_SERVICE, "organisation.add", new_id))


async def _add_administrator(
    connection: AsyncConnection, address: str, name: str, now: int
) -> None:
    await accounts.add(connection, address, name, "admin", "off", now)
    added = AuditEntry(audit.BY_SERVICE, "account.add", address, "admin")
    await audit.record(connection, now, added)


async def _read(connection: AsyncConnection) -> Organisation:
    row = (await connection.execute(select(tables.organisation))).one()
    return Organisation(row.id, row.name, row.own_certificate_sha256)
