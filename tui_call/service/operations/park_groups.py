"""The groups that policies name for calls that are parked.

A policy names a group as terms do, by its name; every change keeps the two together.
"""

import msgspec
from msgspec.structs import replace

from tui_call.service.database.records import GroupRecord, PolicyRecord
from tui_call.service.operations.work import Work


async def make_sure_it_is_there(
    work: Work, before: PolicyRecord | None, after: PolicyRecord
) -> None:
    """Make sure that there is the group that a change makes a policy name.

    A store of before this was a rule can have a policy that names none; its other terms can be
    changed.

    Raises:
        ChangeRefused: there is no such group; the nearest is named.
    """
    if after.park_group and (before is None or after.park_group != before.park_group):
        await work.group(after.park_group)


async def policies_that_name(work: Work, group: str) -> list[PolicyRecord]:
    """Return the policies that name a group, as they are now."""
    policies = await work.open.rows.all(PolicyRecord)
    return [policy for policy in policies if policy.park_group == group]


async def follow(work: Work, group: GroupRecord, name: str) -> None:
    """Let the policies that name a group name it as it is called now."""
    for policy in await policies_that_name(work, group.name):
        terms = msgspec.json.encode({**policy.given, "park_group": name}).decode()
        work.open.rows.put(replace(policy, terms=terms))
