"""All policies as they are at one epoch, with every grant."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import msgspec

from tui_call.cli.admin.asking import AdminConversation
from tui_call.cli.admin.outcome import Unexpected
from tui_call.signaling.administration import (
    FindConcerned,
    FindGroups,
    FindPolicies,
)
from tui_call.signaling.administration_answers import (
    ConcernedFound,
    GroupsFound,
    PoliciesFound,
)
from tui_call.signaling.administration_rows import (
    GrantRow,
    PolicyRow,
)
from tui_call.signaling.policies import Epoch


@dataclass(frozen=True, slots=True)
class KnownPolicies:
    """All policies with their grants, and the epoch at which they were so."""

    rows: tuple[PolicyRow, ...]
    epoch: Epoch


async def read_policies(conversation: AdminConversation) -> KnownPolicies:
    """Return all policies.

    Raises:
        Unexpected: somebody changed them while they were read.
    """
    while True:
        pages = [page async for page in conversation.pages(FindPolicies(), PoliciesFound)]
        if len({page.epoch for page in pages}) == 1:
            break
    rows = [await _with_all_grants(conversation, row) for page in pages for row in page.policies]
    return KnownPolicies(tuple(rows), pages[0].epoch)


async def _with_all_grants(conversation: AdminConversation, row: PolicyRow) -> PolicyRow:
    """Return a policy with the grants that had no place in its row."""
    if len(row.grants) >= row.all_grants:
        return row
    grants = [grant for grant in row.grants if grant.to == "organisation"]
    grants += [grant async for grant in _of_groups(conversation, row)]
    grants += [grant async for grant in _of_people(conversation, row)]
    if len(grants) != row.all_grants:
        raise Unexpected
    return msgspec.structs.replace(row, grants=tuple(grants))


async def _of_groups(conversation: AdminConversation, row: PolicyRow) -> AsyncIterator[GrantRow]:
    async for page in conversation.pages(FindGroups(), GroupsFound):
        for grant in (grant for group in page.groups for grant in group.grants):
            if grant.policy == row.name:
                yield grant


async def _of_people(conversation: AdminConversation, row: PolicyRow) -> AsyncIterator[GrantRow]:
    async for page in conversation.pages(FindConcerned(policy=row.name), ConcernedFound):
        for one in page.people:
            if one.source == "user":
                yield GrantRow(row.name, row.kind, "user", one.account, people=1)
