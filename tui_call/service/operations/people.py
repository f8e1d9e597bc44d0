"""Operations on people and their devices."""

from msgspec.structs import replace

from tui_call.foreign_text import clean
from tui_call.service.database.accounts import search_text
from tui_call.service.database.changing import NewInvite
from tui_call.service.database.records import (
    AccountRecord,
    DeviceRecord,
    GrantRecord,
    MembershipRecord,
    SettingRecord,
)
from tui_call.service.database.rows import paced
from tui_call.service.enrolment import LONGEST_NAME
from tui_call.service.operations.groups import group_or_new
from tui_call.service.operations.work import Work, by_hand, refused
from tui_call.signaling.administration import MOST_LINKS
from tui_call.signaling.operations import (
    AddPerson,
    ChangeRole,
    DisablePerson,
    EnablePerson,
    InvitePerson,
    PutPerson,
    RemovePerson,
    RevokeDevice,
    TakeMissing,
)
from tui_call.signaling.vocabulary import Role

FIRST_SETTING = "off"


async def add_person(work: Work, operation: AddPerson) -> None:
    """Add somebody who is not there yet."""
    account = work.address(operation.address)
    if await work.open.rows.get(AccountRecord, account):
        raise refused("A_PERSON_TAKEN", who=account)
    groups = [await work.group(name) for name in operation.groups]
    _add(work, account, _name(operation.name, account), operation.role)
    for group in groups:
        work.open.rows.put(MembershipRecord(group.id, account))


async def put_person(work: Work, operation: PutPerson) -> None:
    """Have somebody be as a file says."""
    account = work.address(operation.address)
    if account in work.put:
        raise refused("A_TWICE", who=account)
    work.put.add(account)
    found = await work.open.rows.get(AccountRecord, account)
    if found is None:
        found = _add(work, account, _name(operation.name, account), operation.role or "member")
    elif found.on_demand:
        raise refused("A_OWN_OF_SERVICE", who=account)
    elif found.source != operation.source:
        by_hand(found.source, account)
    name = _name(operation.name, account) if operation.name else found.name
    put = replace(
        found,
        name=name,
        search_text=search_text(name, account),
        role=operation.role or found.role,
        external_id=found.external_id if operation.external_id is None else operation.external_id,
    )
    _replace(work, found, _kept_by(put, operation.source))
    if operation.groups is not None:
        await _put_groups(work, account, operation.source, operation.groups)


def _kept_by(person: AccountRecord, source: str) -> AccountRecord:
    """Return somebody as kept by a source, which lets in again only whom it disabled itself.

    Nobody but a feed disables whom it keeps. So whoever is disabled by hand stays kept by hand
    until enabled: taken over now, the feed could not tell them from those whom it left out.
    """
    if not person.source and person.disabled is not None:
        return person
    return replace(person, source=source, disabled=None)


async def _put_groups(work: Work, account: str, source: str, names: tuple[str, ...]) -> None:
    """Have somebody be in groups as this source says; places by other sources stay."""
    rows = work.open.rows
    groups = [await group_or_new(work, name, source) for name in names]
    wanted = dict.fromkeys(group.id for group in groups)
    present = await rows.having(MembershipRecord, "account", account)
    for membership in present:
        if membership.source == source and membership.group_id not in wanted:
            rows.remove(membership)
    places = {membership.group_id for membership in present}
    for group in wanted:
        if group not in places:
            rows.put(MembershipRecord(group, account, source))


async def take_missing(work: Work, operation: TakeMissing) -> None:
    """Disable or remove the people of a feed whom this change did not put."""
    if work.index != work.operations - 1:
        raise refused("A_NOT_LAST")
    if not operation.source:
        raise refused("A_NO_FEED")
    rows = work.open.rows
    people = await rows.having(AccountRecord, "source", operation.source)
    missing = [person for person in people if person.id not in work.put]
    if operation.then == "remove":
        await _fetch_belongings(work, [person.id for person in missing])
    async for person in paced(missing):
        if operation.then == "remove":
            await _remove(work, person)
        elif person.disabled is None:
            _replace(work, person, replace(person, disabled=work.now))


async def change_role(work: Work, operation: ChangeRole) -> None:
    """Give another role."""
    person = await _kept_by_hand(work, operation.account)
    _replace(work, person, replace(person, role=operation.role))


async def disable_person(work: Work, operation: DisablePerson) -> None:
    """Keep somebody out."""
    person = await _kept_by_hand(work, operation.account)
    if person.disabled is None:
        _replace(work, person, replace(person, disabled=work.now))


async def enable_person(work: Work, operation: EnablePerson) -> None:
    """Let somebody in again."""
    person = await _kept_by_hand(work, operation.account)
    _replace(work, person, replace(person, disabled=None))


async def remove_person(work: Work, operation: RemovePerson) -> None:
    """Remove somebody with everything that is theirs."""
    person = await _kept_by_hand(work, operation.account)
    await _fetch_belongings(work, [person.id])
    await _remove(work, person)


async def invite_person(work: Work, operation: InvitePerson) -> None:
    """Make a link for somebody."""
    person = await work.account(operation.account)
    if person.on_demand:
        raise refused("A_OWN_OF_SERVICE", who=person.id)
    if person.disabled is not None:
        raise refused("A_DISABLED", who=person.id)
    if any(invite.account == person.id for invite, _ in work.invites):
        raise refused("A_TWICE", who=person.id)
    if len(work.invites) == MOST_LINKS:
        raise refused("A_MOST_LINKS", n=MOST_LINKS)
    prepared = work.prepare_invite()
    invite = NewInvite(person.id, prepared.code_sha256, prepared.expires)
    work.invites.append((invite, prepared))


async def revoke_device(work: Work, operation: RevokeDevice) -> None:
    """Keep a device out for good."""
    device = await work.open.rows.get(DeviceRecord, operation.device)
    if device is None:
        raise refused("A_NO_DEVICE", device=operation.device)
    if device.revoked is None:
        work.open.rows.put(replace(device, revoked=work.now))


def _add(work: Work, account: str, name: str, role: Role) -> AccountRecord:
    added = AccountRecord(
        account, name, search_text(name, account), role, on_demand=False, created=work.now
    )
    work.open.rows.put(added)
    work.open.rows.put(SettingRecord(account, FIRST_SETTING))
    return added


def _name(given: str, account: str) -> str:
    """Return what others see: the name cleaned, or one made of the address."""
    if not given:
        parts = account.partition("@")[0].replace("_", ".").split(".")
        given = " ".join(part.capitalize() for part in parts)
    name = clean(given, LONGEST_NAME)
    if not name:
        raise refused("A_NO_NAME", who=account)
    return name


async def _kept_by_hand(work: Work, given: str) -> AccountRecord:
    person = await work.account(given)
    if person.on_demand:
        raise refused("A_OWN_OF_SERVICE", who=person.id)
    by_hand(person.source, person.id)
    return person


def _replace(work: Work, before: AccountRecord, after: AccountRecord | None) -> None:
    if before.administers and not (after and after.administers):
        work.took_administrator = work.index
    if after is None:
        work.open.rows.remove(before)
    elif after != before:
        work.open.rows.put(after)


async def _fetch_belongings(work: Work, accounts: list[str]) -> None:
    rows = work.open.rows
    await rows.fetch(SettingRecord, "account", accounts)
    await rows.fetch(DeviceRecord, "account", accounts)
    await rows.fetch(MembershipRecord, "account", accounts)
    await rows.fetch(GrantRecord, "subject", accounts)


async def _remove(work: Work, person: AccountRecord) -> None:
    rows = work.open.rows
    belongings = [
        *await rows.having(SettingRecord, "account", person.id),
        *await rows.having(DeviceRecord, "account", person.id),
        *await rows.having(MembershipRecord, "account", person.id),
        *await rows.having(GrantRecord, "subject", person.id),
    ]
    for one in belongings:
        rows.remove(one)
    _replace(work, person, None)
