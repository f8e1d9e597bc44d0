"""One-time invites, stored as hashes, and the enrolment that spends one."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tui_call.service.database import accounts, audit, tables
from tui_call.service.database.accounts import LoginRecord
from tui_call.service.database.audit import AuditEntry
from tui_call.service.database.connection import Database
from tui_call.service.database.records import AccountRecord, of_row
from tui_call.service.faults import (
    InviteExpired,
    InviteUnknown,
    InviteUsed,
    LoginRefused,
    Refused,
    TooManyDevices,
)
from tui_call.signaling.vocabulary import MOST_DEVICES, Role

# Codes stay known this long after their end, so that a late visitor learns what is wrong.
REMEMBERED = 30 * 86_400


@dataclass(frozen=True, slots=True)
class Enrollee:
    """Who wants to join, checked and cleaned.

    Attributes:
        user: part of the address before the @; a number is added where it is taken.
        name: as others see it.
        device: 32 hexadecimal digits.
        login_key: Ed25519 public key, 32 bytes.
    """

    user: str
    name: str
    device: str
    device_name: str
    login_key: bytes


@dataclass(frozen=True, slots=True)
class EnrolledDevice:
    """An enrolment that was carried out.

    Attributes:
        record: the new device with its account.
        revoked: devices of the account that the new one replaces.
        joined: the account is new.
    """

    record: LoginRecord
    revoked: tuple[str, ...]
    joined: bool


class Invites:
    """Makes and spends invites of one organisation."""

    def __init__(
        self, database: Database, organisation: str, *, first_administers: bool = False
    ) -> None:
        """Prepare.

        Args:
            database: where they are kept.
            organisation: part of new addresses behind the @.
            first_administers: whoever comes first is its administrator, as in a personal service.
        """
        self._database = database
        self._organisation = organisation
        self._first_administers = first_administers

    async def add(
        self,
        code_sha256: bytes,
        expires: int,
        now: int,
        *,
        by: str | None,
        account: str | None,
        device: str | None = None,
        made_with: str | None = None,
    ) -> None:
        """Store an invite.

        Args:
            code_sha256: hash of its code.
            expires: Unix seconds.
            now: Unix seconds.
            by: account of who made it, None for the service.
            account: account that it enrols a device of, None for a new person. It replaces an
                unused one for the same account.
            device: device of that account that links the new one; it is then added to the
                account's devices, else it replaces them.
            made_with: device of the administrator who made it.
        """

        async def change(connection: AsyncConnection) -> None:
            await add(
                connection, code_sha256, expires, now,
                by=by, account=account, device=device, made_with=made_with,
            )  # fmt: skip
            entry = AuditEntry(by or audit.BY_SERVICE, "invite.add", account or "")
            await audit.record(connection, now, entry)

        await self._database.write(change)

    async def reach_elsewhere(self, now: int) -> bool:
        """Return whether anybody on another computer may have an invite or have used one.

        People of this computer join by invites of the service itself, which name no maker.
        """

        async def query(connection: AsyncConnection) -> bool:
            invites, devices = tables.invites, tables.devices
            waiting = select(invites.c.created).where(
                invites.c.created_by.is_not(None), invites.c.used.is_(None), invites.c.expires > now
            )
            linked = select(devices.c.id).where(
                devices.c.linked_by.is_not(None), devices.c.revoked.is_(None)
            )
            if await connection.scalar(select(waiting.exists() | linked.exists())):
                return True
            # A used invite is forgotten one day; that somebody was invited is not.
            made = select(tables.audit.c.id).where(
                tables.audit.c.actor != audit.BY_SERVICE,
                or_(
                    tables.audit.c.action == "invite.add",
                    tables.audit.c.id.in_(
                        select(tables.audit_rows.c.change).where(
                            tables.audit_rows.c.table_name == invites.name
                        )
                    ),
                ),
            )
            people = (
                select(func.count())
                .select_from(tables.accounts)
                .where(tables.accounts.c.on_demand.is_(False))
            )
            return bool(await connection.scalar(select(made.exists()))) and bool(
                (await connection.scalar(people) or 0) > 1
            )

        return await self._database.read(query)

    async def expires(self, code_sha256: bytes) -> int:
        """Return when an unused invite expires, 0 where it is unknown or used."""

        async def query(connection: AsyncConnection) -> int:
            invites = tables.invites
            expires = await connection.scalar(
                select(invites.c.expires).where(
                    invites.c.code_sha256 == code_sha256, invites.c.used.is_(None)
                )
            )
            return expires or 0

        return await self._database.read(query)

    async def enrol(self, code_sha256: bytes, applicant: Enrollee, now: int) -> EnrolledDevice:
        """Spend an invite: add account (if it is for a new one) and device.

        An invite that this very device used already gives the same answer again: the first
        answer may have been lost on its way.

        Raises:
            InviteUnknown: no such code, it is for somebody who is disabled, or who made it could
                not make it now.
            InviteUsed: another device used it.
            InviteExpired: too late.
            LoginRefused: the device id is taken.
            TooManyDevices: the account has as many as it may have.
        """

        async def change(connection: AsyncConnection) -> EnrolledDevice:
            invite = (
                await connection.execute(
                    select(tables.invites).where(tables.invites.c.code_sha256 == code_sha256)
                )
            ).one_or_none()
            if invite is None:
                raise InviteUnknown
            known = await accounts.login_record(connection, applicant.device)
            if invite.used is not None:
                if known and not known.revoked and _same(known, invite, applicant):
                    return EnrolledDevice(known, (), joined=False)
                raise InviteUsed
            _check(invite, known, now)
            return await self._admit(connection, invite, applicant, now)

        return await self._database.write(change)

    async def _admit(
        self, connection: AsyncConnection, invite: Row[Any], applicant: Enrollee, now: int
    ) -> EnrolledDevice:
        joined, account = invite.account is None, invite.account
        revoked: tuple[str, ...] = ()
        await _make_sure_they_may_come(connection, account)
        await _make_sure_of_its_maker(connection, invite)
        if joined:
            account = await self._add_account(connection, applicant, now)
        elif invite.device is None:
            revoked = await _replace_devices(connection, account, now)
        await connection.execute(
            insert(tables.devices).values(
                id=applicant.device,
                account=account,
                name=applicant.device_name,
                login_key=applicant.login_key,
                created=now,
                linked_by=invite.device,
            )
        )
        await connection.execute(
            update(tables.invites)
            .where(tables.invites.c.code_sha256 == invite.code_sha256)
            .values(used=now, used_by=applicant.device)
        )
        await audit.record(connection, now, AuditEntry(account, "device.enrol", applicant.device))
        record = await accounts.login_record(connection, applicant.device)
        assert record is not None
        return EnrolledDevice(record, revoked, joined)

    async def _add_account(self, connection: AsyncConnection, applicant: Enrollee, now: int) -> str:
        account = await self._free_address(connection, applicant.user)
        people = await connection.scalar(
            select(func.count())
            .select_from(tables.accounts)
            .where(tables.accounts.c.on_demand.is_(False))
        )
        role: Role = "admin" if self._first_administers and not people else "member"
        await accounts.add(connection, account, applicant.name, role, "off", now)
        await audit.record(connection, now, AuditEntry(account, "account.add", account, role))
        return account

    async def _free_address(self, connection: AsyncConnection, user: str) -> str:
        taken = set(
            await connection.scalars(
                select(tables.accounts.c.id).where(
                    tables.accounts.c.id.startswith(user, autoescape=True)
                )
            )
        )
        number, address = 1, f"{user}@{self._organisation}"
        while address in taken:
            number += 1
            address = f"{user}-{number}@{self._organisation}"
        return address


async def add(
    connection: AsyncConnection,
    code_sha256: bytes,
    expires: int,
    now: int,
    *,
    by: str | None,
    account: str | None,
    device: str | None = None,
    made_with: str | None = None,
) -> None:
    """Insert an invite as `Invites.add` does, without its audit."""
    invites = tables.invites
    await connection.execute(delete(invites).where(invites.c.expires < now - REMEMBERED))
    if account is not None:
        await connection.execute(
            delete(invites).where(invites.c.account == account, invites.c.used.is_(None))
        )
    await connection.execute(
        insert(invites).values(
            code_sha256=code_sha256,
            account=account,
            created_by=by,
            created=now,
            expires=expires,
            device=device,
            made_with=made_with,
        )
    )


def _check(invite: Row[Any], known: LoginRecord | None, now: int) -> None:
    refusal: Refused | None = None
    if invite.expires <= now:
        refusal = InviteExpired()
    elif known is not None:
        refusal = LoginRefused("enrolled")
    if refusal:
        raise refusal


def _same(known: LoginRecord, invite: Row[Any], applicant: Enrollee) -> bool:
    return invite.used_by == known.device and known.login_key == applicant.login_key


async def _make_sure_they_may_come(connection: AsyncConnection, account: str | None) -> None:
    """Refuse a device of somebody disabled: it would be let in with them one day, unseen."""
    disabled = select(tables.accounts.c.disabled).where(tables.accounts.c.id == account)
    if await connection.scalar(disabled) is not None:
        raise InviteUnknown


async def _make_sure_of_its_maker(connection: AsyncConnection, invite: Row[Any]) -> None:
    """Refuse what who made it could not make now; what the service made is worth its word."""
    if invite.device is not None:
        await _make_sure_of_the_link(connection, invite)
    elif invite.created_by is not None:
        await _make_sure_of_the_administrator(connection, invite)


async def _make_sure_of_the_administrator(connection: AsyncConnection, invite: Row[Any]) -> None:
    """Refuse where who made it administers no more, or the device that did was removed since."""
    accounts, devices = tables.accounts, tables.devices
    found = await connection.execute(
        select(accounts)
        .join(devices, devices.c.account == accounts.c.id)
        .where(
            accounts.c.id == invite.created_by,
            devices.c.id == invite.made_with,
            devices.c.revoked.is_(None),
        )
    )
    maker = found.one_or_none()
    if maker is None or not of_row(AccountRecord, maker).administers:
        raise InviteUnknown


async def _make_sure_of_the_link(connection: AsyncConnection, invite: Row[Any]) -> None:
    """Refuse where the device that made the link was removed since, or there is no room."""
    devices = await _devices(connection, invite.account)
    if invite.device not in devices:
        raise InviteUnknown
    if len(devices) >= MOST_DEVICES:
        raise TooManyDevices


async def _devices(connection: AsyncConnection, account: str) -> tuple[str, ...]:
    return tuple(
        await connection.scalars(
            select(tables.devices.c.id).where(
                tables.devices.c.account == account, tables.devices.c.revoked.is_(None)
            )
        )
    )


async def _replace_devices(connection: AsyncConnection, account: str, now: int) -> tuple[str, ...]:
    devices = await _devices(connection, account)
    for device in devices:
        await accounts.revoke(connection, device, account, now)
    return devices
