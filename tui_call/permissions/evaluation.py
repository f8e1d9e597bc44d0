"""Which policy of each kind applies to a person, and which rules were tried to find it.

A policy that is granted to the person applies, else that of the highest ranked of the person's
groups, else the organisation's. Only one applies: terms of several are never mixed.
"""

from dataclasses import dataclass
from enum import StrEnum

from tui_call.permissions.book import Book, Grant, NamedPolicy, rank_of
from tui_call.permissions.policies import PolicySource
from tui_call.permissions.terms import CallingTerms, EncryptionTerms, PolicyKind


class RuleResult(StrEnum):
    """What came of a rule."""

    NONE = "none"
    """Nothing is granted by it."""
    APPLIES = "applies"
    NOT_REACHED = "not_reached"


@dataclass(frozen=True, slots=True)
class TriedRule:
    """A rule for a person.

    Attributes:
        to: what the grant is to.
        group: its name, else "".
        rank: of the group's grant, else 0.
        policy: the name of the one granted, "" where none is.
        result: what came of it.
    """

    to: PolicySource
    group: str
    rank: int
    policy: str
    result: RuleResult


@dataclass(frozen=True, slots=True)
class Decision:
    """Which policy of a kind applies.

    Attributes:
        rules: all for this person: user, the groups that have a grant by rank, organisation.
        policy: the one that applies.
        source: what it was granted to.
        group: the group through which it applies, or "".
        rank: the rank of that group's grant; 0 where none.
    """

    rules: tuple[TriedRule, ...]
    policy: NamedPolicy
    source: PolicySource
    group: str
    rank: int


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What applies to a person, of each kind."""

    encryption: Decision
    calling: Decision

    def of(self, kind: PolicyKind) -> Decision:
        """Return the decision of a kind."""
        return self.encryption if kind is PolicyKind.ENCRYPTION else self.calling

    @property
    def encryption_terms(self) -> EncryptionTerms:
        """What the encryption policy says."""
        terms = self.encryption.policy.terms
        assert isinstance(terms, EncryptionTerms)
        return terms

    @property
    def calling_terms(self) -> CallingTerms:
        """What the calling policy says."""
        terms = self.calling.policy.terms
        assert isinstance(terms, CallingTerms)
        return terms


def evaluate(book: Book, account: str) -> Evaluation:
    """Find which policies apply to a person.

    Args:
        book: what is granted to whom.
        account: the person; one who is nowhere in the book has the organisation's.
    """
    return Evaluation(
        _decide(book, account, PolicyKind.ENCRYPTION), _decide(book, account, PolicyKind.CALLING)
    )


def applying(book: Book, account: str, kind: PolicyKind) -> Grant:
    """Return the grant that wins, as `evaluate` finds it, without looking at the other rules."""
    direct = book.grant(kind, PolicySource.USER, account)
    if direct is not None:
        return direct
    of_groups = book.grants_to_groups_of(account, kind)
    return min(of_groups, key=rank_of) if of_groups else _of_organisation(book, kind)


def _decide(book: Book, account: str, kind: PolicyKind) -> Decision:
    winner = applying(book, account, kind)
    direct = book.grant(kind, PolicySource.USER, account)
    grants = sorted(book.grants_to_groups_of(account, kind), key=rank_of)
    grants.append(_of_organisation(book, kind))
    rules = [_NO_DIRECT if direct is None else _rule(direct, winner)]
    rules.extend(_rule(grant, winner) for grant in grants)
    return Decision(
        tuple(rules), book.policy(winner.policy), winner.to, _group_of(winner), winner.rank
    )


_NO_DIRECT = TriedRule(PolicySource.USER, "", 0, "", RuleResult.NONE)


def _rule(grant: Grant, winner: Grant) -> TriedRule:
    result = RuleResult.APPLIES if grant is winner else RuleResult.NOT_REACHED
    return TriedRule(grant.to, _group_of(grant), grant.rank, grant.policy, result)


def _group_of(grant: Grant) -> str:
    return grant.subject if grant.to is PolicySource.GROUP else ""


def _of_organisation(book: Book, kind: PolicyKind) -> Grant:
    grant = book.grant(kind, PolicySource.ORGANISATION, "")
    assert grant is not None, kind  # the store keeps one of each kind
    return grant
