"""Questions about people, groups and devices."""

from collections.abc import Callable, Sequence
from typing import Any

from tui_call.permissions.book import Book
from tui_call.permissions.evaluation import applying
from tui_call.permissions.policies import PolicySource
from tui_call.permissions.terms import EncryptionTerms, PolicyKind
from tui_call.service.database.moment import Moment
from tui_call.service.database.records import AccountRecord, GroupRecord
from tui_call.service.operations.work import unknown
from tui_call.service.questions.counting import grant_row, uses
from tui_call.service.questions.pages import MOST_IN_A_ROW, fitting, page_of
from tui_call.signaling.administration import (
    FindDevices,
    FindGroups,
    FindPeople,
    ShowPerson,
)
from tui_call.signaling.administration_answers import (
    DevicesFound,
    GroupsFound,
    PeopleFound,
    PersonShown,
)
from tui_call.signaling.administration_rows import (
    DeviceRow,
    GroupRow,
    PersonRow,
)

IsOnline = Callable[[str, str], bool]
"""Tells whether a device, given with its account, is connected."""


async def find_people(moment: Moment, request: FindPeople) -> PeopleFound:
    """List people."""
    if request.group and not await moment.group_exists(request.group):
        near = await moment.nearest(GroupRecord, request.group)
        raise unknown("A_NO_GROUP", request.group, near)
    found, count = await moment.people(
        request.text, request.group, request.after, page_of(request.most) + 1
    )
    book = await moment.book()
    rows = [_person_row(book, row) for row in found]
    people = fitting(rows[: page_of(request.most)])
    return PeopleFound(people=people, next=_next(people, rows, lambda row: row.account), all=count)


async def show_person(moment: Moment, request: ShowPerson, is_online: IsOnline) -> PersonShown:
    """Show one person."""
    row = await existing(moment, request.account)
    devices, _ = await moment.devices(row.id, ("", ""), MOST_IN_A_ROW)
    book = await moment.book()
    grants = [book.grant(kind, PolicySource.USER, row.id) for kind in PolicyKind]
    return PersonShown(
        person=_person_row(book, row),
        setting=row.e2ee_calls,
        devices=tuple(_device_row(device, is_online) for device in devices),
        grants=tuple(grant_row(grant, 1) for grant in grants if grant is not None),
    )


async def existing(moment: Moment, account: str) -> Any:
    """Return the row of somebody.

    Raises:
        ChangeRefused: nobody has the address.
    """
    address = moment.address(account)
    row = await moment.person(address)
    if row is None:
        raise unknown("A_NO_USER", account, await moment.nearest(AccountRecord, address))
    return row


async def find_groups(moment: Moment, request: FindGroups) -> GroupsFound:
    """List groups."""
    found, count = await moment.groups(request.text, request.after, page_of(request.most) + 1)
    book = await moment.book()
    used = await uses(moment, book)
    rows = [
        GroupRow(
            row.name,
            row.people,
            row.source,
            row.external_id or "",
            tuple(
                grant_row(grant, used[grant])
                for kind in PolicyKind
                if (grant := book.grant(kind, PolicySource.GROUP, row.name))
            ),
        )
        for row in found
    ]
    groups = fitting(rows[: page_of(request.most)])
    return GroupsFound(groups=groups, next=_next(groups, rows, lambda row: row.name), all=count)


async def find_devices(moment: Moment, request: FindDevices, is_online: IsOnline) -> DevicesFound:
    """List devices."""
    of = (await existing(moment, request.account)).id if request.account else ""
    account, _, device = request.after.partition("/")
    found, count = await moment.devices(of, (account, device), page_of(request.most) + 1)
    rows = [_device_row(row, is_online) for row in found]
    devices = fitting(rows[: page_of(request.most)])
    following = _next(devices, rows, lambda row: f"{row.account}/{row.device}")
    return DevicesFound(devices=devices, next=following, all=count)


def _person_row(book: Book, row: Any) -> PersonRow:
    terms = book.policy(applying(book, row.id, PolicyKind.ENCRYPTION).policy).terms
    assert isinstance(terms, EncryptionTerms)
    return PersonRow(
        row.id,
        row.name,
        row.role,
        row.disabled is not None,
        row.source,
        row.external_id or "",
        tuple(sorted(book.groups_of(row.id))[:MOST_IN_A_ROW]),
        row.devices,
        row.last_seen or 0,
        row.client_version,
        terms.e2ee_calls.value,
    )


def _device_row(row: Any, is_online: IsOnline) -> DeviceRow:
    return DeviceRow(
        row.id,
        row.account,
        row.name,
        row.created,
        row.revoked or 0,
        row.revoked is None and is_online(row.account, row.id),
    )


def _next(shown: Sequence[Any], found: Sequence[Any], key: Callable[[Any], str]) -> str:
    """Return where the next page begins, "" where everything that was found is shown."""
    return key(shown[-1]) if shown and len(shown) < len(found) else ""
