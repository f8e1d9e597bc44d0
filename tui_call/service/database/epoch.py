"""How new the store is: a number that grows in the transaction of each change of what people may.

Settings, presence, missed calls, and when somebody was last seen do not move it. A store that is
put back begins a later timeline: what engines have of before would be newer otherwise.
"""

from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tui_call.service.database import tables
from tui_call.signaling.policies import Epoch

_COLUMNS = (tables.organisation.c.timeline, tables.organisation.c.epoch)
# The mode conflicts with itself and with writing, not with reading. The lock takes no snapshot:
# https://www.postgresql.org/docs/15/sql-lock.html
_WAIT_FOR_TURN = text(f"LOCK TABLE {tables.organisation.name} IN SHARE ROW EXCLUSIVE MODE")


async def read_epoch(connection: AsyncConnection) -> Epoch:
    """Return the epoch that a transaction sees."""
    return Epoch(*(await connection.execute(select(*_COLUMNS))).one())


async def advance_epoch(connection: AsyncConnection) -> Epoch:
    """Move the epoch on, once and first of all in the transaction of a change; return the new one.

    It is what two changes at once conflict about. In PostgreSQL the second would wait for the first
    and then find that it has begun too early; so it waits before it has seen anything.
    """
    if connection.dialect.name == "postgresql":
        await connection.execute(_WAIT_FOR_TURN)
    grown = await connection.execute(
        update(tables.organisation)
        .values(epoch=tables.organisation.c.epoch + 1)
        .returning(*_COLUMNS)
    )
    return Epoch(*grown.one())


async def begin_timeline(connection: AsyncConnection, timeline: int) -> None:
    """Be newer than all that was, whatever its number."""
    await connection.execute(update(tables.organisation).values(timeline=timeline))
