"""Operations on groups and who is in them."""

from msgspec.structs import replace

from tui_call.foreign_text import clean
from tui_call.service.database.records import (
    GrantRecord,
    GroupRecord,
    MembershipRecord,
    PolicyRecord,
)
from tui_call.service.operations import park_groups
from tui_call.service.operations.work import Work, by_hand, new_id, refused
from tui_call.signaling.operations import (
    GROUPS_ARE_SEPARATED_BY,
    AddMember,
    DropMember,
    NewGroup,
    RemoveGroup,
    RenameGroup,
)

LONGEST_NAME = 64


async def new_group(work: Work, operation: NewGroup) -> None:
    """Make a group."""
    name = await _free_name(work, operation.name)
    work.open.rows.put(GroupRecord(new_id(), name, work.now))


async def rename_group(work: Work, operation: RenameGroup) -> None:
    """Give a group another name, also in the policies that name it."""
    group = await work.group(operation.name)
    by_hand(group.source, group.name)
    if operation.new != group.name:
        name = await _free_name(work, operation.new)
        await park_groups.follow(work, group, name)
        work.open.rows.put(replace(group, name=name))


async def remove_group(work: Work, operation: RemoveGroup) -> None:
    """Remove a group with the places in it, unless a policy is granted to it or names it."""
    group, rows = await work.group(operation.name), work.open.rows
    by_hand(group.source, group.name)
    for grant in await rows.having(GrantRecord, "subject", group.id):
        policy = await rows.get(PolicyRecord, grant.policy_id)
        raise refused("A_GRANTED", who=group.name, policy=policy.name if policy else "")
    for policy in await park_groups.policies_that_name(work, group.name):
        raise refused("A_PARKS_FOR", who=group.name, policy=policy.name)
    members = await rows.having(MembershipRecord, "group_id", group.id)
    for member in members:
        by_hand(member.source, f"{group.name}: {member.account}")
    for member in members:
        rows.remove(member)
    rows.remove(group)


async def add_member(work: Work, operation: AddMember) -> None:
    """Put somebody into a group, who may be in it."""
    group, person = await work.group(operation.group), await work.account(operation.account)
    if await work.open.rows.get(MembershipRecord, group.id, person.id) is None:
        work.open.rows.put(MembershipRecord(group.id, person.id))


async def drop_member(work: Work, operation: DropMember) -> None:
    """Take somebody out of a group."""
    group, person = await work.group(operation.group), await work.account(operation.account)
    place = await work.open.rows.get(MembershipRecord, group.id, person.id)
    if place is None:
        raise refused("A_NO_MEMBER", who=person.id, group=group.name)
    by_hand(place.source, f"{group.name}: {person.id}")
    work.open.rows.remove(place)


async def group_or_new(work: Work, name: str, source: str) -> GroupRecord:
    """Return the group of a name, made for a source where there is none."""
    cleaned = clean_name(name)
    for found in await work.open.rows.having(GroupRecord, "name", cleaned):
        return found
    group = GroupRecord(new_id(), cleaned, work.now, source)
    work.open.rows.put(group)
    return group


def clean_name(given: str) -> str:
    """Return the name of a group as it is stored.

    Raises:
        ChangeRefused: nothing of it can be shown, it is too long, or a file of people that is
            read again would have two groups of it.
    """
    name = clean(given, LONGEST_NAME + 1)
    if not name:
        raise refused("A_NO_NAME", who=given)
    if len(name) > LONGEST_NAME:
        raise refused("A_LONG_NAME", who=name, n=LONGEST_NAME)
    if any(character in name for character in GROUPS_ARE_SEPARATED_BY):
        raise refused("A_GROUP_NAME", who=name)
    return name


async def _free_name(work: Work, given: str) -> str:
    name = clean_name(given)
    if await work.open.rows.having(GroupRecord, "name", name):
        raise refused("A_GROUP_TAKEN", who=name)
    return name
