"""Accounts, their settings and devices."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass

from msgspec.structs import replace
from sqlalchemy import bindparam, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tui_call.service.database import audit, tables
from tui_call.service.database.audit import AuditEntry, AuditRow
from tui_call.service.database.connection import Database
from tui_call.service.database.epoch import advance_epoch
from tui_call.service.database.records import AccountRecord, SettingRecord, as_row, of_row
from tui_call.service.database.store_clock import store_clock
from tui_call.signaling.vocabulary import CaptionsWord, EncryptionSetting, RecordingWord, Role

LONGEST_SEARCH_TEXT = 256


@dataclass(frozen=True, slots=True)
class Account:
    """A row of the directory.

    Attributes:
        devices: id and name of each device that is not revoked, oldest first.
    """

    id: str
    name: str
    role: Role
    on_demand: bool
    devices: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class LoginRecord:
    """What a login is checked against, and what a client is told after it.

    Attributes:
        linked_by: the device of the same account that linked this one, None if none did.
        disabled: the person is kept out.
        recording_of_me, captions_of_me: what the person says of being kept in standard calls.
        read: when, by the store's clock, Unix seconds; of two logins the later one counts.
    """

    account: str
    name: str
    role: Role
    setting: EncryptionSetting
    device: str
    login_key: bytes
    revoked: bool
    linked_by: str | None
    disabled: bool
    recording_of_me: RecordingWord
    captions_of_me: CaptionsWord
    read: float


@dataclass(frozen=True, slots=True)
class Seen:
    """Somebody was here: until when, in Unix seconds, and the version that the client said."""

    account: str
    time: int
    client_version: str


class Accounts:
    """Reads and changes accounts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, account: str) -> Account | None:
        """Return an account with its devices."""

        async def query(connection: AsyncConnection) -> Account | None:
            row = (
                await connection.execute(
                    select(tables.accounts).where(tables.accounts.c.id == account)
                )
            ).one_or_none()
            if row is None:
                return None
            devices = await connection.execute(
                select(tables.devices.c.id, tables.devices.c.name)
                .where(tables.devices.c.account == account, tables.devices.c.revoked.is_(None))
                .order_by(tables.devices.c.created, tables.devices.c.id)
            )
            return Account(
                row.id, row.name, row.role, row.on_demand, tuple((d.id, d.name) for d in devices)
            )

        return await self._database.read(query)

    async def find_several(self, accounts: Collection[str]) -> list[Account]:
        """Return those of some accounts that there are, with their devices."""

        async def query(connection: AsyncConnection) -> list[Account]:
            devices = await connection.execute(
                select(tables.devices.c.account, tables.devices.c.id, tables.devices.c.name)
                .where(tables.devices.c.account.in_(accounts), tables.devices.c.revoked.is_(None))
                .order_by(tables.devices.c.created, tables.devices.c.id)
            )
            of_account = defaultdict[str, list[tuple[str, str]]](list)
            for device in devices:
                of_account[device.account].append((device.id, device.name))
            rows = await connection.execute(
                select(tables.accounts).where(tables.accounts.c.id.in_(accounts))
            )
            return [
                Account(row.id, row.name, row.role, row.on_demand, tuple(of_account[row.id]))
                for row in rows
            ]

        return await self._database.read(query) if accounts else []

    async def search(self, text: str, most: int, after: str = "") -> list[Account]:
        """Return accounts whose name or address holds the text, by name, without devices.

        Args:
            text: what to look for, "" for everybody.
            most: how many at most.
            after: the account behind which to begin, "" for the first.
        """
        column = tables.accounts.c.search_text
        found = select(tables.accounts)
        if text:
            found = found.where(column.contains(text.casefold(), autoescape=True))
        if after:
            earlier = select(column).where(tables.accounts.c.id == after)
            found = found.where(column > earlier.scalar_subquery())
        rows = await self._database.read_one(found.order_by(column).limit(most), {})
        return [Account(row.id, row.name, row.role, row.on_demand) for row in rows]

    async def login(self, device: str) -> LoginRecord | None:
        """Return what is known of a device, revoked or not."""
        rows = await self._database.read_one(_LOGIN, {"device": device})
        return LoginRecord(*rows[0]) if rows else None

    async def disabled_by_device(self, devices: Collection[str]) -> dict[tuple[str, str], bool]:
        """Return whether people are disabled, by account and device.

        Args:
            devices: whose people; those that are revoked or not there are left out.
        """
        of_devices = (
            select(tables.devices.c.account, tables.devices.c.id, tables.accounts.c.disabled)
            .join(tables.accounts, tables.accounts.c.id == tables.devices.c.account)
            .where(tables.devices.c.id.in_(devices), tables.devices.c.revoked.is_(None))
        )
        rows = await self._database.read_one(of_devices, {})
        return {(row.account, row.id): row.disabled is not None for row in rows}

    async def change_setting(
        self,
        account: str,
        setting: EncryptionSetting | None,
        now: int,
        *,
        recording_of_me: RecordingWord | None = None,
        captions_of_me: CaptionsWord | None = None,
    ) -> SettingRecord | None:
        """Change what is given of an account's own settings; return them, None where they were so.

        Args:
            account: whose.
            setting: of E2EE calls.
            now: Unix seconds.
            recording_of_me: as in `LoginRecord`.
            captions_of_me: the same.
        """
        settings = tables.account_settings
        wanted = (
            (settings.c.e2ee_calls, setting, ""),
            (settings.c.recording_of_me, recording_of_me, "recording_of_me "),
            (settings.c.captions_of_me, captions_of_me, "captions_of_me "),
        )

        async def change(connection: AsyncConnection) -> SettingRecord | None:
            changed = False
            own = settings.c.account == account
            for column, value, of in wanted:
                anew = update(settings).where(own, column != value).values({column.name: value})
                if value is not None and (await connection.execute(anew)).rowcount:
                    changed = True
                    entry = AuditEntry(account, "setting.change", account, f"{of}{value}")
                    await audit.record(connection, now, entry)
            found = await connection.execute(select(settings).where(own))
            return of_row(SettingRecord, found.one()) if changed else None

        return await self._database.write(change)

    async def rename(self, account: str, name: str, now: int) -> bool:
        """Change how an account is called; tell whether it was called otherwise."""

        async def change(connection: AsyncConnection) -> bool:
            renamed = await connection.execute(
                update(tables.accounts)
                .where(tables.accounts.c.id == account, tables.accounts.c.name != name)
                .values(name=name, search_text=search_text(name, account))
            )
            if renamed.rowcount:
                entry = AuditEntry(account, "account.rename", account, name)
                await audit.record(connection, now, entry)
            return bool(renamed.rowcount)

        return await self._database.write(change)

    async def seen(self, people: Sequence[Seen]) -> None:
        """Note when people were here last, some hundred in a transaction."""
        for start in range(0, len(people), _SEEN_AT_ONCE):
            part = people[start : start + _SEEN_AT_ONCE]

            async def change(connection: AsyncConnection, part: Sequence[Seen] = part) -> None:
                await connection.execute(_SET_SEEN, [asdict(one) for one in part])

            await self._database.write(change)

    async def appoint(self, account: str, now: int) -> bool:
        """Make somebody an administrator who may log in; tell whether there is such an account."""

        async def change(connection: AsyncConnection) -> bool:
            accounts = tables.accounts
            row = (
                await connection.execute(select(accounts).where(accounts.c.id == account))
            ).one_or_none()
            if row is None:
                return False
            before = of_row(AccountRecord, row)
            after = replace(before, role="admin", disabled=None)
            if after != before:
                await connection.execute(
                    update(accounts)
                    .where(accounts.c.id == account)
                    .values(role=after.role, disabled=after.disabled)
                )
                await advance_epoch(connection)
                entry = AuditEntry(audit.BY_SERVICE, "account.appoint", account, after.role)
                written = AuditRow(accounts.name, account, as_row(before), as_row(after))
                await audit.record(connection, now, entry, [written])
            return True

        return await self._database.write(change)

    async def addresses(self) -> list[str]:
        """Return everybody's address."""

        async def query(connection: AsyncConnection) -> list[str]:
            return list(await connection.scalars(select(tables.accounts.c.id)))

        return await self._database.read(query)

    async def ensure_on_demand(
        self, account: str, name: str, setting: EncryptionSetting, now: int
    ) -> bool:
        """Put an account that is started when called into the directory, if it is not there.

        Returns:
            Whether it is there now; False where a person has this address.
        """

        async def change(connection: AsyncConnection) -> bool:
            existing = await connection.scalar(
                select(tables.accounts.c.on_demand).where(tables.accounts.c.id == account)
            )
            if existing is not None:
                return bool(existing)
            await add(connection, account, name, "member", setting, now, on_demand=True)
            entry = AuditEntry(audit.BY_SERVICE, "account.add", account)
            await audit.record(connection, now, entry)
            return True

        return await self._database.write(change)

    async def revoke(self, device: str, actor: str, now: int) -> None:
        """Revoke a device: it can log in no more."""

        async def change(connection: AsyncConnection) -> None:
            await revoke(connection, device, actor, now)

        await self._database.write(change)


_SEEN_AT_ONCE = 500
_LAST_SEEN = tables.accounts.c.last_seen
_SET_SEEN = (
    update(tables.accounts)
    .where(
        tables.accounts.c.id == bindparam("account"),
        or_(_LAST_SEEN.is_(None), bindparam("time") >= _LAST_SEEN),
    )
    .values(last_seen=bindparam("time"), client_version=bindparam("client_version"))
)


_LOGIN = (
    select(
        tables.devices.c.account,
        tables.accounts.c.name,
        tables.accounts.c.role,
        tables.account_settings.c.e2ee_calls,
        tables.devices.c.id,
        tables.devices.c.login_key,
        tables.devices.c.revoked.is_not(None),
        tables.devices.c.linked_by,
        tables.accounts.c.disabled.is_not(None),
        tables.account_settings.c.recording_of_me,
        tables.account_settings.c.captions_of_me,
        store_clock(),
    )
    .join(tables.accounts, tables.accounts.c.id == tables.devices.c.account)
    .join(tables.account_settings, tables.account_settings.c.account == tables.accounts.c.id)
    .where(tables.devices.c.id == bindparam("device"))
)


async def login_record(connection: AsyncConnection, device: str) -> LoginRecord | None:
    """Return the record of a device, or None."""
    row = (await connection.execute(_LOGIN, {"device": device})).one_or_none()
    return None if row is None else LoginRecord(*row)


async def add(
    connection: AsyncConnection,
    account: str,
    name: str,
    role: Role,
    setting: EncryptionSetting,
    now: int,
    *,
    on_demand: bool = False,
) -> None:
    """Insert an account with its setting."""
    await connection.execute(
        insert(tables.accounts).values(
            id=account,
            name=name,
            search_text=search_text(name, account),
            role=role,
            on_demand=on_demand,
            created=now,
        )
    )
    await connection.execute(
        insert(tables.account_settings).values(account=account, e2ee_calls=setting)
    )


def search_text(name: str, account: str) -> str:
    """Return what a search of the directory looks in."""
    return f"{name} {account}".casefold()[:LONGEST_SEARCH_TEXT]


async def revoke(connection: AsyncConnection, device: str, actor: str, now: int) -> None:
    """Mark a device as revoked."""
    await connection.execute(
        update(tables.devices)
        .where(tables.devices.c.id == device, tables.devices.c.revoked.is_(None))
        .values(revoked=now)
    )
    await audit.record(connection, now, AuditEntry(actor, "device.revoke", device))
