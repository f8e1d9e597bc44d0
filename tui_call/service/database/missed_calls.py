"""Missed calls, kept until a device of the called account has them."""

from dataclasses import dataclass

from sqlalchemy import bindparam, delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tui_call.service.database import tables
from tui_call.service.database.connection import Database

MOST_OF_ONE_CALLER = 5

_missed = tables.missed_calls
_own = tables.accounts.alias("own")
_OF = (
    select(
        func.coalesce(tables.devices.c.revoked, _own.c.disabled).label("kept_out"),
        _missed.c.call,
        _missed.c.from_account,
        tables.accounts.c.name,
        _missed.c.time,
    )
    .select_from(tables.devices)
    .join(_own, _own.c.id == tables.devices.c.account)
    .outerjoin(_missed, _missed.c.to_account == tables.devices.c.account)
    .outerjoin(tables.accounts, tables.accounts.c.id == _missed.c.from_account)
    .where(tables.devices.c.id == bindparam("device"))
    .order_by(_missed.c.time, _missed.c.call)
    .limit(bindparam("most"))
)
_KNOWN = select(_missed.c.call).where(
    _missed.c.call == bindparam("call"),
    _missed.c.from_account == bindparam("from_account"),
    _missed.c.to_account == bindparam("to_account"),
)


@dataclass(frozen=True, slots=True)
class MissedCallRecord:
    """A call that nobody took; `name` is the caller's, `time` is Unix seconds."""

    call: str
    from_account: str
    name: str
    time: int


class MissedCalls:
    """Reads and changes missed calls."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, call: str, from_account: str, to_account: str, now: int) -> bool:
        """Keep a missed call; of one caller only the newest are kept.

        One that is kept already takes no turn of those who write.

        Returns:
            Whether the called account exists.
        """
        if await self._is_kept(call, from_account, to_account):
            return True

        async def change(connection: AsyncConnection) -> bool:
            known = await connection.scalar(
                select(tables.accounts.c.id).where(tables.accounts.c.id == to_account)
            )
            if known is None:
                return False
            await _remove(connection, to_account, from_account, [call])
            await connection.execute(
                insert(tables.missed_calls).values(
                    to_account=to_account, from_account=from_account, call=call, time=now
                )
            )
            await _remove_oldest(connection, to_account, from_account)
            return True

        return await self._database.write(change)

    async def of(self, device: str, most: int) -> list[MissedCallRecord] | None:
        """Return what the account of a device missed, the oldest first and no more than so many.

        None where the device is revoked or its person disabled: that is read together, as both are
        asked at each login.
        """
        rows = await self._database.read_one(_OF, {"device": device, "most": most})
        if not rows or rows[0].kept_out is not None:
            return None
        return [
            MissedCallRecord(row.call, row.from_account, row.name, row.time)
            for row in rows
            if row.call is not None
        ]

    async def remove(self, call: str, from_account: str, to_account: str) -> None:
        """Forget a missed call that has been told; one that is not kept takes no turn either."""
        if not await self._is_kept(call, from_account, to_account):
            return

        async def change(connection: AsyncConnection) -> None:
            await _remove(connection, to_account, from_account, [call])

        await self._database.write(change)

    async def _is_kept(self, call: str, from_account: str, to_account: str) -> bool:
        key = {"call": call, "from_account": from_account, "to_account": to_account}
        return bool(await self._database.read_one(_KNOWN, key))


async def _remove_oldest(connection: AsyncConnection, to_account: str, from_account: str) -> None:
    missed = tables.missed_calls
    surplus = await connection.scalars(
        select(missed.c.call)
        .where(missed.c.to_account == to_account, missed.c.from_account == from_account)
        .order_by(missed.c.time.desc(), missed.c.call)
        .offset(MOST_OF_ONE_CALLER)
    )
    await _remove(connection, to_account, from_account, list(surplus))


async def _remove(
    connection: AsyncConnection, to_account: str, from_account: str, calls: list[str]
) -> None:
    missed = tables.missed_calls
    await connection.execute(
        delete(missed).where(
            missed.c.to_account == to_account,
            missed.c.from_account == from_account,
            missed.c.call.in_(calls),
        )
    )
