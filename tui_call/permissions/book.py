"""The book: every policy, to what each is granted, and who is in which group.

A book is a value: built once from the store, with what evaluation looks up, and never changed.
People are accounts and groups are names. Of the grants of a kind to groups each has a rank, 1 for
the highest, without gaps; the functions at the end keep them so.
"""

import itertools
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from tui_call.errors import LocalFault
from tui_call.permissions.policies import PolicySource
from tui_call.permissions.terms import PolicyKind, Terms

HIGHEST_RANK = 1

_BySubject = Mapping[str, "Grant"]


@dataclass(frozen=True, slots=True)
class NamedPolicy:
    """A policy; its name is no other policy's, of either kind."""

    name: str
    kind: PolicyKind
    terms: Terms


@dataclass(frozen=True, slots=True)
class Grant:
    """A policy applies to a person, to a group or to everybody.

    Attributes:
        kind: of the policy; a subject has at most one grant of a kind.
        to: what the subject is.
        subject: account or name of the group, "" for the organisation.
        policy: the policy's name.
        rank: of a group's grant among those of the kind, 1 is highest; 0 for the others.
    """

    kind: PolicyKind
    to: PolicySource
    subject: str
    policy: str
    rank: int = 0


@dataclass(frozen=True, slots=True)
class Book:
    """Everything that decides which policies apply.

    Attributes:
        policies: all there are.
        grants: each of a policy that there is; the organisation has one of each kind.
        memberships: group and account of each.
    """

    policies: tuple[NamedPolicy, ...]
    grants: tuple[Grant, ...]
    memberships: frozenset[tuple[str, str]] = frozenset()
    _policies: Mapping[str, NamedPolicy] = field(init=False, repr=False, compare=False)
    _grants: Mapping[tuple[PolicyKind, PolicySource], _BySubject] = field(
        init=False, repr=False, compare=False
    )
    _groups: Mapping[str, frozenset[str]] = field(init=False, repr=False, compare=False)
    _members: Mapping[str, frozenset[str]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        index = object.__setattr__  # the class is frozen
        index(self, "_policies", {policy.name: policy for policy in self.policies})
        index(self, "_grants", _by_subject(self.grants))
        index(self, "_groups", _gathered((account, group) for group, account in self.memberships))
        index(self, "_members", _gathered(self.memberships))

    def policy(self, name: str) -> NamedPolicy:
        """Return the policy of a name.

        Raises:
            KeyError: there is none.
        """
        return self._policies[name]

    def grant(self, kind: PolicyKind, to: PolicySource, subject: str) -> Grant | None:
        """Return what is granted to a person, a group or, with "", the organisation."""
        return self._grants[kind, to].get(subject)

    def grants_to_groups_of(self, account: str, kind: PolicyKind) -> list[Grant]:
        """Return what is granted to the groups that a person is in, in no order."""
        grants = self._grants[kind, PolicySource.GROUP]
        return [grants[group] for group in self.groups_of(account) if group in grants]

    def groups_of(self, account: str) -> frozenset[str]:
        """Return the groups that a person is in."""
        return self._groups.get(account, frozenset())

    def members_of(self, group: str) -> frozenset[str]:
        """Return the people of a group."""
        return self._members.get(group, frozenset())

    def ranked(self, kind: PolicyKind) -> tuple[Grant, ...]:
        """Return the grants of a kind to groups, the highest first."""
        of_groups = (one for one in self.grants if one.to is PolicySource.GROUP)
        return tuple(sorted((one for one in of_groups if one.kind is kind), key=rank_of))


def rank_of(grant: Grant) -> int:
    """Return the rank, to sort by."""
    return grant.rank


def _by_subject(grants: Iterable[Grant]) -> dict[tuple[PolicyKind, PolicySource], _BySubject]:
    indexed = {key: dict[str, Grant]() for key in itertools.product(PolicyKind, PolicySource)}
    for grant in grants:
        indexed[grant.kind, grant.to][grant.subject] = grant
    return dict(indexed)


def _gathered(pairs: Iterable[tuple[str, str]]) -> dict[str, frozenset[str]]:
    gathered: defaultdict[str, set[str]] = defaultdict(set)
    for key, value in pairs:
        gathered[key].add(value)
    return {key: frozenset(values) for key, values in gathered.items()}


# Ranks. Groups in the order of their ranks: the first has rank 1, the last as many as there are.


class InvalidRank(LocalFault):
    """There is no such rank."""


def with_rank(order: Sequence[str], group: str, rank: int | None = None) -> tuple[str, ...]:
    """Return the order of groups after a grant to one of them.

    Args:
        order: groups with a grant of the kind, the highest first.
        group: the one that is granted something; one that is there already keeps or changes its
            place, and whoever stood at the new place or behind it moves down.
        rank: 1 for the highest, one beyond the end for the last. None keeps the present one,
            else is the last.

    Raises:
        InvalidRank: below 1.
    """
    if rank is None and group in order:
        return tuple(order)
    others = without_rank(order, group)
    if rank is None:
        return (*others, group)
    if rank < HIGHEST_RANK:
        raise InvalidRank(n=HIGHEST_RANK)
    place = rank - HIGHEST_RANK
    return (*others[:place], group, *others[place:])


def without_rank(order: Sequence[str], group: str) -> tuple[str, ...]:
    """Return the order after the grant to a group was taken away; who stood behind it moves up."""
    return tuple(other for other in order if other != group)


def ranks(order: Sequence[str]) -> dict[str, int]:
    """Return the rank of each group of an order."""
    return {group: rank for rank, group in enumerate(order, HIGHEST_RANK)}
