"""Which policy applies to a person and by which rule."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.permissions.policy_cases import (
    CASES,
    ENCRYPTION,
    GROUP,
    POLICIES,
    PolicyCase,
    applied,
    case,
    to_all,
    to_group,
    to_user,
)
from tui_call.permissions.book import Book
from tui_call.permissions.evaluation import RuleResult, applying, evaluate
from tui_call.permissions.terms import CallingTerms, EncryptionTerms, PolicyKind

ENCRYPTION_POLICIES = [policy.name for policy in POLICIES if policy.kind is ENCRYPTION]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_policy_that_applies(case: PolicyCase) -> None:
    evaluation = evaluate(case.book, case.person)
    assert applied(evaluation) == case.expected
    for kind in PolicyKind:
        decision, grant = evaluation.of(kind), applying(case.book, case.person, kind)
        assert (decision.policy.name, decision.source) == (grant.policy, grant.to)
        won = [rule for rule in decision.rules if rule.result is RuleResult.APPLIES]
        found = (decision.source, decision.group, decision.rank, decision.policy.name)
        assert [(rule.to, rule.group, rule.rank, rule.policy) for rule in won] == [found]


def test_the_table_is_long_and_names_each_case_once() -> None:
    assert len({case.name for case in CASES}) == len(CASES) >= 40


def test_every_rule_is_told_in_the_order_in_which_it_was_tried() -> None:
    explained = case(
        "explained", to_group("finance", 1, "choice"), to_group("legal", 2, "only-e2ee"),
        to_group("staff", 3, "no-e2ee"), groups="staff finance",
    )  # fmt: skip
    rules = evaluate(explained.book, "clerk@acme").encryption.rules
    assert [(str(one.to), one.rank, one.group, one.policy, str(one.result)) for one in rules] == [
        ("user", 0, "", "", "none"),
        ("group", 1, "finance", "choice", "applies"),
        ("group", 3, "staff", "no-e2ee", "not_reached"),
        ("organisation", 0, "", "organisation", "not_reached"),
    ]


def test_after_the_person_no_rule_is_reached() -> None:
    explained = case(
        "explained", to_group("staff", 1, "choice"), to_user("clerk@acme", "no-e2ee"),
        groups="staff",
    )  # fmt: skip
    rules = evaluate(explained.book, "clerk@acme").encryption.rules
    assert [str(rule.result) for rule in rules] == ["applies", "not_reached", "not_reached"]


def test_terms_are_those_of_the_policy_that_applies() -> None:
    recorded = case("recorded", to_all("traders"), to_user("clerk@acme", "only-e2ee"))
    evaluation = evaluate(recorded.book, "clerk@acme")
    assert isinstance(evaluation.encryption_terms, EncryptionTerms)
    assert evaluation.encryption_terms.require_compared
    assert evaluation.calling_terms == CallingTerms(compliance_recording=True, keep_days=2000)


@given(
    policies=st.lists(st.sampled_from(ENCRYPTION_POLICIES), min_size=1, max_size=12),
    mine=st.sets(st.integers(1, 12)),
    own=st.none() | st.sampled_from(ENCRYPTION_POLICIES),
    data=st.data(),
)
def test_the_policy_is_of_the_first_rule_that_has_one(policies, mine, own, data) -> None:
    grants = [to_group(f"group-{n}", n, policy) for n, policy in enumerate(policies, 1)]
    grants += [to_all("organisation"), to_all("calls")]
    grants += [to_user("clerk@acme", own)] if own else []
    groups = frozenset((f"group-{n}", "clerk@acme") for n in mine)
    book = Book(POLICIES, tuple(data.draw(st.permutations(grants))), groups)
    decision = evaluate(book, "clerk@acme").encryption
    assert decision.policy.name == next(rule.policy for rule in decision.rules if rule.policy)
    ranks = [rule.rank for rule in decision.rules if rule.to is GROUP]
    assert ranks == sorted(rank for rank in mine if rank <= len(policies))
