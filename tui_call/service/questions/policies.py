"""Questions about policies: to whom one applies, why, and how far it has come."""

from collections import defaultdict
from dataclasses import dataclass

from tui_call.permissions.book import Book, Grant
from tui_call.permissions.evaluation import Decision, applying, evaluate
from tui_call.permissions.policies import E2EECalls, PolicySource
from tui_call.permissions.terms import EncryptionTerms, PolicyKind, as_mapping, is_older
from tui_call.service.database.moment import Moment
from tui_call.service.database.records import PolicyRecord
from tui_call.service.operations.checks import (
    CallParty,
    make_sure_they_are_two,
    may_be_standard,
    obstacle,
    too_old,
)
from tui_call.service.operations.effects import applied
from tui_call.service.operations.work import unknown
from tui_call.service.questions.counting import grant_row, uses
from tui_call.service.questions.pages import MOST_IN_A_ROW, fitting, page_of
from tui_call.service.questions.people import existing
from tui_call.signaling.administration import (
    Explain,
    FindConcerned,
    FindPolicies,
)
from tui_call.signaling.administration_answers import (
    ConcernedFound,
    Explained,
    PoliciesFound,
    Reported,
)
from tui_call.signaling.administration_rows import (
    CallExplained,
    ConcernedRow,
    KindExplained,
    PolicyRow,
    ReportRow,
    RuleRow,
)

_FIRST = (PolicySource.ORGANISATION, PolicySource.GROUP, PolicySource.USER)


async def find_policies(moment: Moment, request: FindPolicies) -> PoliciesFound:
    """List policies with their grants."""
    book = await moment.book()
    used = await uses(moment, book)
    grants: defaultdict[str, list[Grant]] = defaultdict(list)
    for grant in sorted(book.grants, key=_order):
        grants[grant.policy].append(grant)
    wanted = sorted(
        (one for one in book.policies if request.text.lower() in one.name.lower()),
        key=lambda policy: policy.name,
    )
    behind = [policy for policy in wanted if policy.name > request.after]
    rows = [
        PolicyRow(
            policy.name,
            policy.kind.value,
            as_mapping(policy.terms),
            tuple(grant_row(one, used[one]) for one in grants[policy.name][:MOST_IN_A_ROW]),
            sum(used[one] for one in grants[policy.name]),
            len(grants[policy.name]),
        )
        for policy in behind[: page_of(request.most)]
    ]
    policies = fitting(rows)
    return PoliciesFound(
        policies=policies,
        epoch=await moment.epoch(),
        next=policies[-1].name if len(policies) < len(behind) else "",
        all=len(wanted),
    )


def _order(grant: Grant) -> tuple[int, int, str]:
    return _FIRST.index(grant.to), grant.rank, grant.subject


async def find_concerned(moment: Moment, request: FindConcerned) -> ConcernedFound:
    """List the people to whom a policy applies."""
    book = await moment.book()
    kinds = [policy.kind for policy in book.policies if policy.name == request.policy]
    if not kinds:
        near = await moment.nearest(PolicyRecord, request.policy)
        raise unknown("A_NO_POLICY", request.policy, near)
    concerned: dict[str, Grant] = {}
    async for person in moment.everybody():
        grant = applying(book, person.id, kinds[0])
        if grant.policy == request.policy:
            concerned[person.id] = grant
    # The store gives them in its own order, which may be that of a language.
    behind = sorted(account for account in concerned if account > request.after)
    people = fitting([_concerned(one, concerned[one]) for one in behind[: page_of(request.most)]])
    following = people[-1].account if people and len(people) < len(behind) else ""
    return ConcernedFound(people=people, next=following, all=len(concerned))


def _concerned(account: str, grant: Grant) -> ConcernedRow:
    group = grant.subject if grant.to is PolicySource.GROUP else ""
    return ConcernedRow(account, grant.to.value, group, grant.rank)


async def explain(moment: Moment, request: Explain, *, bridge: bool) -> Explained:
    """Tell which rules were tried for a person, and what a call to another would be.

    Args:
        moment: of the store.
        request: about whom.
        bridge: standard calls can be made here.

    Raises:
        ChangeRefused: nobody has an address, or both are one person's.
    """
    row, book = await existing(moment, request.account), await moment.book()
    found, call = evaluate(book, row.id), None
    if request.other:
        other = await existing(moment, request.other)
        call = _call(
            book,
            CallParty(row.id, row.client_version, row.e2ee_calls),
            CallParty(other.id, other.client_version, other.e2ee_calls),
            bridge=bridge,
        )
    return Explained(
        account=row.id,
        kinds=tuple(_explained(book, row.id, kind, found.of(kind)) for kind in PolicyKind),
        setting=row.e2ee_calls,
        client=row.client_version,
        client_too_old=too_old(book, row.id, row.client_version),
        call=call,
    )


def _explained(book: Book, account: str, kind: PolicyKind, decision: Decision) -> KindExplained:
    return KindExplained(
        kind.value,
        tuple(
            RuleRow(rule.to.value, rule.rank, rule.group, rule.policy, rule.result.value)
            for rule in decision.rules
        ),
        applied(book, applying(book, account, kind)),
        as_mapping(decision.policy.terms),
    )


def _call(book: Book, one: CallParty, other: CallParty, *, bridge: bool) -> CallExplained:
    make_sure_they_are_two((one, other))
    found = obstacle(book, (one, other))
    if found is None:
        return CallExplained(other.account, allowed=True)
    standard = bridge and may_be_standard(book, (one, other))
    return CallExplained(other.account, False, found.reason, found.at, found.why, standard)


@dataclass(slots=True)
class _Count:
    people: int = 0
    turned_on: int = 0
    too_old: int = 0
    never_seen: int = 0


async def report(moment: Moment) -> Reported:
    """Tell how far each encryption policy has come."""
    book, counts = await moment.book(), defaultdict[str, _Count](_Count)
    async for person in moment.everybody():
        name = applying(book, person.id, PolicyKind.ENCRYPTION).policy
        terms, count = _terms(book, name), counts[name]
        count.people += 1
        count.turned_on += _turned_on(terms, person.e2ee_calls)
        count.too_old += bool(person.client_version) and is_older(
            person.client_version, terms.min_client
        )
        count.never_seen += person.last_seen is None
    rows = [
        ReportRow(
            policy.name,
            _terms(book, policy.name).e2ee_calls.value,
            counts[policy.name].people,
            counts[policy.name].turned_on,
            counts[policy.name].too_old,
            counts[policy.name].never_seen,
        )
        for policy in sorted(book.policies, key=lambda policy: policy.name)
        if policy.kind is PolicyKind.ENCRYPTION
    ]
    return Reported(rows=fitting(rows))


def _terms(book: Book, policy: str) -> EncryptionTerms:
    terms = book.policy(policy).terms
    assert isinstance(terms, EncryptionTerms)
    return terms


def _turned_on(terms: EncryptionTerms, setting: str) -> bool:
    """Tell whether E2EE calls are on for somebody, as far as policy and setting decide."""
    if terms.e2ee_calls is E2EECalls.USER_CHOICE:
        return setting != "off"
    return terms.e2ee_calls is E2EECalls.REQUIRED
