"""Operations on policies and to whom they are granted."""

import msgspec
from msgspec.structs import replace

from tui_call.foreign_text import clean
from tui_call.permissions.book import HIGHEST_RANK, ranks, with_rank, without_rank
from tui_call.permissions.terms import InvalidTerms, PolicyKind, as_mapping, known_terms, terms_from
from tui_call.service.database.records import (
    AccountRecord,
    GrantRecord,
    GroupRecord,
    PolicyRecord,
)
from tui_call.service.operations import park_groups
from tui_call.service.operations.work import Work, new_id, refused
from tui_call.signaling.operations import (
    GrantPolicy,
    Kind,
    NewPolicy,
    RemovePolicy,
    RenamePolicy,
    SetPolicy,
    TakeGrant,
)
from tui_call.signaling.policies import GrantedTo

LONGEST_NAME = 64


async def new_policy(work: Work, operation: NewPolicy) -> None:
    """Make a policy with all its terms."""
    name = await _free_name(work, operation.name)
    terms = as_mapping(terms_from(PolicyKind(operation.kind), operation.terms))
    policy = PolicyRecord(new_id(), name, operation.kind, _json(terms), work.now)
    await park_groups.make_sure_it_is_there(work, None, policy)
    work.open.rows.put(policy)


async def set_policy(work: Work, operation: SetPolicy) -> None:
    """Change terms of a policy."""
    policy = await work.policy(operation.name)
    if not operation.terms:
        raise InvalidTerms("none")
    kind = PolicyKind(policy.kind)
    before = known_terms(kind, policy.given)
    after = terms_from(kind, operation.terms, before)
    if after != before:
        # Terms that only a later version knows stay.
        changed = replace(policy, terms=_json({**policy.given, **as_mapping(after)}))
        await park_groups.make_sure_it_is_there(work, policy, changed)
        work.open.rows.put(changed)


async def rename_policy(work: Work, operation: RenamePolicy) -> None:
    """Give a policy another name."""
    policy = await work.policy(operation.name)
    if operation.new != policy.name:
        work.open.rows.put(replace(policy, name=await _free_name(work, operation.new)))


async def remove_policy(work: Work, operation: RemovePolicy) -> None:
    """Remove a policy that is granted to nobody."""
    policy = await work.policy(operation.name)
    grants = await work.open.rows.having(GrantRecord, "policy_id", policy.id)
    if any(grant.to_kind == "organisation" for grant in grants):
        raise refused("A_ORG_POLICY", policy=policy.name)
    if grants:
        where = await _subject_name(work, grants[0])
        more = f" and {len(grants) - 1} more" if len(grants) > 1 else ""
        raise refused("A_IN_USE", policy=policy.name, where=where + more)
    work.open.rows.remove(policy)


async def grant_policy(work: Work, operation: GrantPolicy) -> None:
    """Let a policy apply; a grant of the same kind to the same subject is replaced."""
    policy = await work.policy(operation.policy)
    subject = await _subject(work, operation.to, operation.subject)
    if operation.rank is not None:
        if operation.to != "group":
            raise refused("A_RANK_OF_GROUP")
        if operation.rank < HIGHEST_RANK:
            raise refused("A_RANK", n=HIGHEST_RANK)
    grant = await _grant_of(work, policy.kind, operation.to, subject)
    if grant is None:
        grant = GrantRecord(new_id(), policy.kind, operation.to, subject, policy.id, 0)
    work.open.rows.put(replace(grant, policy_id=policy.id))
    if operation.to == "group":
        await _rank(work, grant, operation.rank)
        work.granted.append((policy.kind, operation.subject))


async def take_grant(work: Work, operation: TakeGrant) -> None:
    """Take a grant away from a person or group."""
    if operation.to == "organisation":
        raise refused("A_ORG_GRANT")
    subject = await _subject(work, operation.to, operation.subject)
    kinds: tuple[Kind, ...] = (operation.kind,) if operation.kind else ("encryption", "calling")
    found = [await _grant_of(work, kind, operation.to, subject) for kind in kinds]
    grants = [grant for grant in found if grant is not None]
    if not grants:
        raise refused("A_NO_GRANT", who=operation.subject)
    if len(grants) > 1:
        raise refused("A_WHICH_KIND", who=operation.subject)
    (grant,) = grants
    work.open.rows.remove(grant)
    if grant.to_kind == "group":
        order = await _order(work, grant.kind)
        await set_ranks(work, grant.kind, without_rank(order, grant.subject))


async def set_ranks(work: Work, kind: Kind, order: tuple[str, ...]) -> None:
    """Give the grants of a kind to groups the ranks of an order of the groups' ids."""
    rank_of = ranks(order)
    for grant in await _of_groups(work, kind):
        if grant.rank != rank_of[grant.subject]:
            work.open.rows.put(replace(grant, rank=rank_of[grant.subject]))


async def _rank(work: Work, grant: GrantRecord, rank: int | None) -> None:
    order = await _order(work, grant.kind)
    after = with_rank(order, grant.subject, rank)
    await set_ranks(work, grant.kind, after)
    if rank is not None and rank > len(after):
        work.note("A_RANK_LAST", rank=rank, n=len(after))


async def _order(work: Work, kind: Kind) -> tuple[str, ...]:
    """Return the groups with a ranked grant of a kind, the highest first."""
    ranked = [grant for grant in await _of_groups(work, kind) if grant.rank]
    return tuple(grant.subject for grant in sorted(ranked, key=lambda grant: grant.rank))


async def _of_groups(work: Work, kind: Kind) -> list[GrantRecord]:
    found = await work.open.rows.having(GrantRecord, "to_kind", "group")
    return [grant for grant in found if grant.kind == kind]


async def _grant_of(work: Work, kind: Kind, to: GrantedTo, subject: str) -> GrantRecord | None:
    for grant in await work.open.rows.having(GrantRecord, "subject", subject):
        if (grant.kind, grant.to_kind) == (kind, to):
            return grant
    return None


async def _subject(work: Work, to: GrantedTo, given: str) -> str:
    if to == "user":
        return (await work.account(given)).id
    if to == "group":
        return (await work.group(given)).id
    if given:
        raise refused("A_ORG_SUBJECT")
    return ""


async def _subject_name(work: Work, grant: GrantRecord) -> str:
    if grant.to_kind == "group":
        group = await work.open.rows.get(GroupRecord, grant.subject)
        return f"group {group.name}" if group else "a group"
    person = await work.open.rows.get(AccountRecord, grant.subject)
    return person.id if person else "somebody"


async def _free_name(work: Work, given: str) -> str:
    if given != clean(given, LONGEST_NAME) or " " in given or given.startswith("-") or not given:
        raise refused("A_POLICY_NAME", who=given, n=LONGEST_NAME)
    if await work.open.rows.having(PolicyRecord, "name", given):
        raise refused("A_POLICY_TAKEN", who=given)
    return given


def _json(terms: dict[str, bool | int | str]) -> str:
    return msgspec.json.encode(terms).decode()
