"""Whose effective policy a change makes another one, found from the books before and after."""

from collections.abc import Iterable, Sequence

from tui_call.permissions.book import Book, Grant
from tui_call.permissions.evaluation import applying
from tui_call.permissions.policies import PolicySource
from tui_call.permissions.terms import EncryptionTerms, PolicyKind
from tui_call.service.database.records import (
    AccountRecord,
    GrantRecord,
    GroupRecord,
    MembershipRecord,
    PolicyRecord,
)
from tui_call.service.database.rows import ChangedRecord, paced
from tui_call.signaling.administration_rows import (
    Applied,
    Effect,
    KeptOwn,
)
from tui_call.signaling.operations import Kind

_POLICY_ROWS = (GrantRecord, GroupRecord, MembershipRecord, PolicyRecord)


def concerns_policies(changed: Iterable[ChangedRecord]) -> bool:
    """Tell whether a change can make another policy apply to anybody."""
    return any(isinstance(one.record, _POLICY_ROWS) for one in changed)


async def members_concerned(changed: Iterable[ChangedRecord]) -> list[str] | None:
    """Return those whose groups are others; None where more than that concerns policies."""
    accounts: set[str] = set()
    async for one in paced(changed):
        if isinstance(one.record, MembershipRecord):
            accounts.add(one.record.account)
        elif isinstance(one.record, GroupRecord) and one.before is None:
            continue  # nothing is granted to a new group alone
        elif isinstance(one.record, _POLICY_ROWS):
            return None
    return sorted(accounts)


async def came_or_went(changed: Iterable[ChangedRecord]) -> set[str]:
    """Return the people who are new or removed: there is no policy of theirs to compare."""
    return {
        one.record.id
        async for one in paced(changed)
        if isinstance(one.record, AccountRecord) and not (one.before and one.after)
    }


async def effects(before: Book, after: Book, people: Iterable[str]) -> list[Effect]:
    """Return those of the people to whom another policy applies, or one that says otherwise."""
    found: list[Effect] = []
    async for account in paced(people):
        for kind in PolicyKind:
            was, is_now = applying(before, account, kind), applying(after, account, kind)
            if not _same(before, was, after, is_now):
                found.append(
                    Effect(account, kind.value, applied(before, was), applied(after, is_now))
                )
    return found


async def kept(after: Book, granted: Sequence[tuple[Kind, str]]) -> list[KeptOwn]:
    """Return the people of groups that were granted a policy, to whom another one applies."""
    found: dict[tuple[str, str], KeptOwn] = {}
    for kind, group in granted:
        async for account in paced(sorted(after.members_of(group))):
            grant = applying(after, account, PolicyKind(kind))
            if (grant.to, grant.subject) != (PolicySource.GROUP, group):
                found[kind, account] = KeptOwn(account, grant.policy)
    return list(found.values())


def applied(book: Book, grant: Grant) -> Applied:
    """Return a grant that wins, as administrators read it."""
    of_group = grant.to is PolicySource.GROUP
    terms = book.policy(grant.policy).terms
    return Applied(
        grant.policy,
        grant.to.value,
        grant.subject if of_group else "",
        grant.rank,
        terms.e2ee_calls.value if isinstance(terms, EncryptionTerms) else "",
    )


def _same(before: Book, was: Grant, after: Book, is_now: Grant) -> bool:
    if was is is_now:
        return True
    return (was.policy, was.to) == (is_now.policy, is_now.to) and (
        before.policy(was.policy).terms == after.policy(is_now.policy).terms
    )
