"""The organisation and its encryption policy."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tui_call.service.database import audit, tables
from tui_call.service.database.connection import Database
from tui_call.signaling.messages import E2EECalls, Policy

FIRST_POLICY = "organisation"
FIRST_NAME = "Home"


@dataclass(frozen=True, slots=True)
class Organisation:
    """Who runs this service.

    Attributes:
        id: part of each address behind the @.
        name: as people see it.
        policy: the encryption policy for whom nothing more specific applies.
        own_certificate: SHA-256 of the certificate that the service made for itself, None before.
    """

    id: str
    name: str
    policy: Policy
    own_certificate: bytes | None


class Organisations:
    """Reads and changes the one organisation of a service."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def open(self, new_id: str, name: str, now: int) -> Organisation | None:
        """Return the organisation; make it at the first start, with E2EE calls disabled.

        Args:
            new_id: used only where there is none yet; "" makes none, and None is returned.
            name: display name; a stored one that differs is changed. "" keeps it.
            now: Unix seconds.
        """

        async def change(connection: AsyncConnection) -> Organisation | None:
            stored = await connection.scalar(select(tables.organisation.c.name))
            if stored is None and not new_id:
                return None
            if stored is None:
                await _create(connection, new_id, name or FIRST_NAME, now)
            elif name and stored != name:
                await connection.execute(update(tables.organisation).values(name=name))
                await audit.record(
                    connection, now, audit.BY_SERVICE, "organisation.rename", detail=name
                )
            return await _read(connection)

        return await self._database.write(change)

    async def keep_certificate(self, pin: bytes) -> None:
        """Note the SHA-256 of the certificate that the service made for itself."""

        async def change(connection: AsyncConnection) -> None:
            await connection.execute(update(tables.organisation).values(own_certificate_sha256=pin))

        await self._database.write(change)

    async def change_policy(
        self,
        actor: str,
        now: int,
        *,
        e2ee_calls: E2EECalls | None = None,
        require_compared: bool | None = None,
        relay_only: bool | None = None,
    ) -> Policy:
        """Change what is given of the organisation's policy; return the policy."""
        changes: dict[str, E2EECalls | bool | None] = {
            "e2ee_calls": e2ee_calls,
            "require_compared": require_compared,
            "relay_only": relay_only,
        }
        given = {column: value for column, value in changes.items() if value is not None}

        async def change(connection: AsyncConnection) -> Policy:
            policy = (await _read(connection)).policy
            changed = {
                column: value for column, value in given.items() if getattr(policy, column) != value
            }
            for column, value in changed.items():
                await connection.execute(
                    update(tables.policies)
                    .where(tables.policies.c.name == policy.name)
                    .values({column: value})
                )
                detail = value if column == "e2ee_calls" else f"{column}={value}"
                await audit.record(
                    connection, now, actor, "policy.change", policy.name, str(detail)
                )
            return (await _read(connection)).policy

        return await self._database.write(change)


async def _create(connection: AsyncConnection, new_id: str, name: str, now: int) -> None:
    await connection.execute(
        insert(tables.policies).values(
            name=FIRST_POLICY,
            e2ee_calls="disabled",
            require_compared=False,
            relay_only=False,
            compliance_recording=False,
        )
    )
    await connection.execute(
        insert(tables.organisation).values(id=new_id, name=name, policy=FIRST_POLICY, created=now)
    )
    await audit.record(connection, now, audit.BY_SERVICE, "organisation.add", new_id)


async def _read(connection: AsyncConnection) -> Organisation:
    organisation, policies = tables.organisation, tables.policies
    row = (
        await connection.execute(
            select(
                organisation.c.id,
                organisation.c.name.label("organisation_name"),
                organisation.c.own_certificate_sha256,
                policies,
            ).join(policies, policies.c.name == organisation.c.policy)
        )
    ).one()
    return Organisation(row.id, row.organisation_name, _policy(row), row.own_certificate_sha256)


def _policy(row: Row[Any]) -> Policy:
    return Policy(
        row.name,
        "organisation",
        row.e2ee_calls,
        require_compared=row.require_compared,
        relay_only=row.relay_only,
        compliance_recording=row.compliance_recording,
    )
