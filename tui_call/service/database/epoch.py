"""How new the store is: a number that grows in the transaction of each change of what people may.

Settings, presence, missed calls, and when somebody was last seen do not move it.
"""

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tui_call.service.database import tables
from tui_call.signaling.administration import Epoch

_COLUMNS = (tables.organisation.c.timeline, tables.organisation.c.epoch)


async def read_epoch(connection: AsyncConnection) -> Epoch:
    """Return the epoch that a transaction sees."""
    return Epoch(*(await connection.execute(select(*_COLUMNS))).one())


async def advance_epoch(connection: AsyncConnection) -> Epoch:
    """Move the epoch on, once in the transaction of a change; return the new one.

    It is what makes two changes at once conflict, so it comes before what a change reads.
    """
    grown = await connection.execute(
        update(tables.organisation)
        .values(epoch=tables.organisation.c.epoch + 1)
        .returning(*_COLUMNS)
    )
    return Epoch(*grown.one())
