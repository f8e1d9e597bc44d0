"""From policies as they are to policies as a file says: the operations between the two."""

import difflib
from collections.abc import Iterable, Iterator, Mapping

from tui_call.cli.admin.known_policies import KnownPolicies
from tui_call.cli.admin.outcome import InputRefused, input_refused
from tui_call.cli.admin.policy_file import FileGrant, FilePolicy, PolicyFile
from tui_call.permissions.book import with_rank, without_rank
from tui_call.sentences import text_of
from tui_call.signaling.administration_rows import PolicyRow
from tui_call.signaling.operations import (
    GrantPolicy,
    Kind,
    NewPolicy,
    Operation,
    RemovePolicy,
    SetPolicy,
    TakeGrant,
)
from tui_call.signaling.policies import GrantedTo

_KINDS: tuple[Kind, ...] = ("encryption", "calling")
_Subject = tuple[GrantedTo, str]


def planned(wanted: PolicyFile, known: KnownPolicies, *, prune: bool) -> tuple[Operation, ...]:
    """Return what makes policies and grants as a file says.

    Args:
        wanted: what the file says.
        known: what there is.
        prune: take away and remove what the file does not name; the organisation keeps its grants.

    Raises:
        InputRefused: a policy is of another kind here, a grant's is not known, or a rank is twice.
    """
    there = {row.name: row for row in known.rows}
    kinds = _kinds(wanted, there)
    operations: list[Operation] = [*_policies(wanted.policies, there)]
    for kind in _KINDS:
        grants = [grant for grant in wanted.grants if kinds[grant.policy] == kind]
        operations += _Grants(kind, known, prune=prune).towards(grants)
    if prune:
        operations += _removed(wanted, known, kinds)
    return tuple(operations)


def _kinds(wanted: PolicyFile, there: Mapping[str, PolicyRow]) -> dict[str, Kind]:
    """Return the kind of each policy that there will be."""
    kinds: dict[str, Kind] = {name: row.kind for name, row in there.items()}
    faults: list[str] = []
    for policy in wanted.policies:
        if kinds.setdefault(policy.name, policy.kind) != policy.kind:
            said = {"policy": policy.name, "kind": there[policy.name].kind}
            faults.append(text_of("A_TOML", "kind", **said))
    subjects: set[tuple[Kind, _Subject]] = set()
    ranks: set[tuple[Kind, int]] = set()
    for grant in wanted.grants:
        if (kind := kinds.get(grant.policy)) is None:
            near = difflib.get_close_matches(grant.policy, kinds, n=1, cutoff=0)
            faults.append(text_of("A_NO_POLICY", "near", who=grant.policy, near=", ".join(near)))
            continue
        subject: tuple[Kind, _Subject] = (kind, (grant.to, grant.subject))
        rank = (kind, grant.rank or 0)
        if subject in subjects or (grant.rank is not None and rank in ranks):
            what = grant.subject if subject in subjects else f"rank {grant.rank}"
            faults.append(text_of("A_TOML", "twice", what=what or "organisation"))
        subjects.add(subject)
        ranks.add(rank)
    if faults:
        raise InputRefused(faults)
    return kinds


def _policies(
    wanted: Iterable[FilePolicy], there: Mapping[str, PolicyRow]
) -> Iterator[NewPolicy | SetPolicy]:
    for policy in wanted:
        if policy.name not in there:
            yield NewPolicy(name=policy.name, kind=policy.kind, terms=dict(policy.terms))
            continue
        present = there[policy.name].terms
        terms = {name: value for name, value in policy.terms.items() if present.get(name) != value}
        if terms:
            yield SetPolicy(name=policy.name, terms=terms)


class _Grants:
    """The grants of a kind as they are, and as each operation leaves them."""

    def __init__(self, kind: Kind, known: KnownPolicies, *, prune: bool) -> None:
        self._kind: Kind = kind
        self._prune = prune
        grants = [grant for row in known.rows for grant in row.grants if grant.kind == kind]
        self._policy_of: dict[_Subject, str] = {
            (grant.to, grant.subject): grant.policy for grant in grants
        }
        ranked = sorted((one.rank, one.subject) for one in grants if one.to == "group")
        self._order = tuple(group for _, group in ranked)

    def towards(self, wanted: Iterable[FileGrant]) -> Iterator[GrantPolicy | TakeGrant]:
        """Yield what leads to the wanted grants."""
        by_subject: dict[_Subject, FileGrant] = {
            (grant.to, grant.subject): grant for grant in wanted
        }
        if self._prune:
            yield from self._taken(by_subject)
        for (to, subject), grant in by_subject.items():
            if to != "group" and self._policy_of.get((to, subject)) != grant.policy:
                yield GrantPolicy(policy=grant.policy, to=to, subject=subject)
        of_groups = {group: one for (to, group), one in by_subject.items() if to == "group"}
        yield from self._ranked(of_groups)

    def _taken(self, wanted: Mapping[_Subject, FileGrant]) -> Iterator[TakeGrant]:
        for to, subject in list(self._policy_of):
            if to != "organisation" and (to, subject) not in wanted:
                if to == "group":
                    self._order = without_rank(self._order, subject)
                yield TakeGrant(to=to, subject=subject, kind=self._kind)

    def _ranked(self, wanted: Mapping[str, FileGrant]) -> Iterator[GrantPolicy]:
        """Yield what brings each group, from the highest rank down, to its policy and place."""
        for place, group in enumerate(_final_order(self._order, wanted)):
            present = self._policy_of.get(("group", group), "")
            policy = wanted[group].policy if group in wanted else present
            stands = self._order[place : place + 1] == (group,)
            if stands and policy == present:
                continue
            rank = None if stands else place + 1
            self._order = with_rank(self._order, group, rank)
            yield GrantPolicy(policy=policy, to="group", subject=group, rank=rank)


def _final_order(order: tuple[str, ...], wanted: Mapping[str, FileGrant]) -> list[str]:
    """Return the groups by rank: those of the file at theirs, the others as they stand."""
    ranked = sorted((one.rank, group) for group, one in wanted.items() if one.rank is not None)
    placed = {group for _, group in ranked}
    final = [group for group in order if group not in placed]
    final += [group for group in wanted if group not in placed and group not in order]
    for rank, group in ranked:
        if rank < 1:
            raise input_refused("A_TOML", "rank", group=group)
        final.insert(rank - 1, group)
    return final


def _removed(
    wanted: PolicyFile, known: KnownPolicies, kinds: Mapping[str, Kind]
) -> Iterator[RemovePolicy]:
    """Yield the removal of policies that the file does not name and nobody needs."""
    named = {one.name for one in wanted.policies} | {one.policy for one in wanted.grants}
    replaced = {kinds[one.policy] for one in wanted.grants if one.to == "organisation"}
    for row in known.rows:
        everybodys = any(grant.to == "organisation" for grant in row.grants)
        if row.name not in named and (not everybodys or row.kind in replaced):
            yield RemovePolicy(name=row.name)
