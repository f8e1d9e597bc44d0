"""Audit rows: who did what, written in the transaction of the change itself."""

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from tui_call.service.database import tables

BY_SERVICE = ""


async def record(
    connection: AsyncConnection,
    now: int,
    actor: str,
    action: str,
    subject: str = "",
    detail: str = "",
) -> None:
    """Add a row.

    Args:
        connection: in the transaction of the change.
        now: Unix seconds.
        actor: account, or `BY_SERVICE`.
        action: for example "policy.change".
        subject: account, device or policy that it was done to.
        detail: what changed, never a secret.
    """
    await connection.execute(
        insert(tables.audit).values(
            time=now, actor=actor, action=action, subject=subject, detail=detail
        )
    )
