"""Files of policies: what they may say, and the operations between what is and what they say."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cli.admin.desk import EPOCH, Desk, terms
from tui_call.cli.admin.known_policies import KnownPolicies
from tui_call.cli.admin.policy_file import FileGrant, PolicyFile, read, written
from tui_call.cli.admin.policy_plan import planned
from tui_call.permissions.book import with_rank, without_rank
from tui_call.permissions.terms import CallingTerms, as_mapping
from tui_call.signaling.administration import (
    Change,
    FindPolicies,
)
from tui_call.signaling.administration_answers import (
    ChangeOutcome,
    NotDone,
    PoliciesFound,
    Problem,
)
from tui_call.signaling.administration_rows import (
    GrantRow,
    PolicyRow,
)
from tui_call.signaling.operations import (
    CallCheck,
    GrantPolicy,
    NewPolicy,
    Operation,
    PolicyCheck,
    RemovePolicy,
    SetPolicy,
    TakeGrant,
)
from tui_call.signaling.policies import Epoch

ORGANISATION = PolicyRow(
    "organisation", "encryption", dict(terms()),
    (GrantRow("organisation", "encryption", "organisation"),),
)  # fmt: skip
CALLS = PolicyRow(
    "calls", "calling", as_mapping(CallingTerms()),
    (GrantRow("calls", "calling", "organisation"),),
)  # fmt: skip
NO_E2EE = PolicyRow(
    "no-e2ee", "encryption", dict(terms()),
    (
        GrantRow("no-e2ee", "encryption", "group", "staff", 1),
        GrantRow("no-e2ee", "encryption", "user", "temp@acme"),
    ),
)  # fmt: skip
KNOWN = (ORGANISATION, CALLS, NO_E2EE)
FILE = """\
[[policy]]
name = "finance-e2ee"
e2ee_calls = "user_choice"

[[policy]]
name = "no-e2ee"
relay_only = true

[[grant]]
policy = "finance-e2ee"
group = "finance"
rank = 1

[[grant]]
policy = "no-e2ee"
user = "auditor@acme"

[[test]]
user = "clerk@acme"
e2ee_calls = "user_choice"

[[test]]
call = ["clerk@acme", "chief@acme"]
allowed = false
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "p.toml"
    path.write_text(FILE)
    return path


@pytest.fixture
def desk_with_policies(desk: Desk) -> Desk:
    desk.answers[FindPolicies] = PoliciesFound(policies=KNOWN, epoch=EPOCH)
    return desk


def test_a_file_becomes_operations_and_checks_for_the_state_that_was_read(
    desk_with_policies: Desk, file: Path
) -> None:
    assert desk_with_policies.admin("policy", "apply", str(file)).status == 0
    (change,) = desk_with_policies.changes
    assert change == Change(
        operations=(
            NewPolicy(
                name="finance-e2ee", kind="encryption", terms=dict(terms(e2ee_calls="user_choice"))
            ),
            SetPolicy(name="no-e2ee", terms={"relay_only": True}),
            GrantPolicy(policy="no-e2ee", to="user", subject="auditor@acme"),
            GrantPolicy(policy="finance-e2ee", to="group", subject="finance", rank=1),
        ),
        expected_epoch=EPOCH,
        checks=(
            PolicyCheck("clerk@acme", {"e2ee_calls": "user_choice"}),
            CallCheck(("clerk@acme", "chief@acme"), False),
        ),
    )


def test_only_pruning_takes_away_what_the_file_does_not_name(file: Path) -> None:
    wanted, known = read(file), KnownPolicies(KNOWN, EPOCH)
    kept = set(map(repr, planned(wanted, known, prune=False)))
    pruned = [one for one in planned(wanted, known, prune=True) if repr(one) not in kept]
    assert pruned == [
        TakeGrant(to="group", subject="staff", kind="encryption"),
        TakeGrant(to="user", subject="temp@acme", kind="encryption"),
    ]
    unused = KnownPolicies((*KNOWN, PolicyRow("old", "calling", {})), EPOCH)
    assert planned(wanted, unused, prune=True)[-1] == RemovePolicy(name="old")
    everybody = PolicyFile((), (FileGrant("old", "organisation", "", None),), ())
    assert planned(everybody, unused, prune=True) == (
        TakeGrant(to="group", subject="staff", kind="encryption"),
        TakeGrant(to="user", subject="temp@acme", kind="encryption"),
        GrantPolicy(policy="old", to="organisation"),
        RemovePolicy(name="calls"),
        RemovePolicy(name="no-e2ee"),
    )


def test_what_was_exported_changes_nothing(desk_with_policies: Desk, tmp_path: Path) -> None:
    exported = desk_with_policies.admin("policy", "export").output
    file = tmp_path / "p.toml"
    file.write_text(exported)
    assert planned(read(file), KnownPolicies(KNOWN, EPOCH), prune=True) == ()
    assert exported == written(KNOWN)
    ended = desk_with_policies.admin("policy", "apply", str(file), "--prune", "--yes")
    assert (ended.output, desk_with_policies.changes) == ("Nothing to change.\n", [])


def test_a_user_whose_address_is_short_is_who_has_that_address(
    desk_with_policies: Desk, tmp_path: Path
) -> None:
    file = tmp_path / "p.toml"
    file.write_text(written(KNOWN).replace("temp@acme", "temp"))
    ended = desk_with_policies.admin("policy", "apply", str(file), "--prune", "--yes")
    assert (ended.output, desk_with_policies.changes) == ("Nothing to change.\n", [])


def test_pages_of_two_states_are_read_again(desk: Desk, file: Path) -> None:
    read_at: list[int] = []

    def page(asked: FindPolicies) -> PoliciesFound:
        read_at.append(len(read_at))
        epoch = Epoch(0, 1 if len(read_at) == 1 else 2)
        if not asked.after:
            return PoliciesFound(policies=KNOWN[:2], epoch=epoch, next="calls")
        return PoliciesFound(policies=KNOWN[2:], epoch=epoch)

    desk.answers[FindPolicies] = page
    desk.admin("policy", "apply", str(file))
    assert len(read_at) == 4
    assert desk.changes[0].expected_epoch == Epoch(0, 2)


def test_a_plan_that_became_stale_is_made_anew_and_shown(
    desk_with_policies: Desk, file: Path
) -> None:
    stale = NotDone(why="stale", problems=(Problem("A_STALE", "Changed by Ada meanwhile."),))
    desk_with_policies.answers[Change] = lambda change: (
        ChangeOutcome(change=0, epoch=EPOCH) if change.what_if else stale
    )
    ended = desk_with_policies.admin("policy", "apply", str(file))
    assert (ended.status, ended.output) == (5, "Nothing to change.\n")
    assert len([one for one in desk_with_policies.asked if isinstance(one, FindPolicies)]) == 2


BAD = [
    ("[[policy]]\nname = 'x\n", "p.toml: "),
    ("a = " + "[" * 20_000, "p.toml: maximum recursion depth"),
    ("a = " + "9" * 20_000, "p.toml: Exceeds the limit"),
    ("[[polcy]]\nname = 'x'\n", "unknown field `polcy`"),
    ("[[policy]]\ncaptions = true\n", "policy 1: A policy has a name."),
    ("[[policy]]\nname = 'x'\n", "policy 1: Say something of the policy"),
    ("[[policy]]\nname = 'x'\ne2e_calls = 'on'\n", "policy 1: Policies do not know e2e_calls."),
    ("[[policy]]\nname = 'x'\ne2ee_calls = 'on'\n", "policy 1: e2ee_calls is one of:"),
    ("[[policy]]\nname = 'x'\ncaptions = 1\n", "policy 1: captions is one of: true, false."),
    ("[[policy]]\nname = 'x'\ncaptions = true\nrelay_only = true\n", "two kinds"),
    ("[[policy]]\nname = 'calls'\nrelay_only = true\n", "Policy calls is of kind calling here"),
    ("[[policy]]\nname = 'x'\npark = true\n" * 2, "policy x stands there twice."),
    ("[[grant]]\npolicy = 'calls'\n", "grant 1: A grant is to one user or group"),
    ("[[grant]]\npolicy = 'calls'\nuser = 'a'\ngroup = 'b'\n", "grant 1: A grant is to one"),
    ("[[grant]]\npolicy = 'calls'\nuser = 'a'\nrank = 1\n", "grant 1: A grant is to one"),
    ("[[grant]]\npolicy = 'cals'\nuser = 'a'\n", "Did you mean calls?"),
    ("[[grant]]\npolicy = 'calls'\nuser = 'a'\n" * 2, "a@acme stands there twice."),
    (
        "[[grant]]\npolicy = 'calls'\nuser = 'a'\n[[grant]]\npolicy = 'calls'\nuser = 'a@acme'\n",
        "a@acme stands there twice.",
    ),
    ("[[grant]]\npolicy = 'calls'\ngroup = 'b'\nrank = 0\n", "The rank of group b"),
    (
        "[[grant]]\npolicy = 'calls'\ngroup = 'a'\nrank = 1\n"
        "[[grant]]\npolicy = 'calls'\ngroup = 'b'\nrank = 1\n",
        "rank 1 stands there twice.",
    ),
    ("[[test]]\nuser = 'a'\n", "test 1: A test has a user and terms"),
    ("[[test]]\ncall = ['a']\nallowed = true\n", "test 1: "),
    ("[[test]]\nuser = 'a'\ncaptions = 'yes'\n", "test 1: captions is one of"),
]


@pytest.mark.parametrize(("content", "told"), BAD)
def test_what_a_file_cannot_say_is_told_and_nothing_is_changed(
    desk_with_policies: Desk, tmp_path: Path, content: str, told: str
) -> None:
    file = tmp_path / "p.toml"
    file.write_text(content)
    ended = desk_with_policies.admin("policy", "apply", str(file))
    assert (ended.status, ended.output, desk_with_policies.changes) == (3, "", [])
    assert told in ended.errors


# Ranks: the operations are carried out one after the other, as the service does

GROUPS = st.sampled_from("abcdefg")
RANKED = st.dictionaries(GROUPS, st.none() | st.integers(1, 9), max_size=7)


def carried_out(order: tuple[str, ...], operations: Sequence[Operation]) -> tuple[str, ...]:
    for one in operations:
        match one:
            case GrantPolicy(_, "group", group, rank):
                order = with_rank(order, group, rank)
            case TakeGrant("group", group):
                order = without_rank(order, group)
            case _:
                raise AssertionError(one)
    return order


def granted(policy: str, order: Sequence[str]) -> PolicyRow:
    grants = tuple(
        GrantRow(policy, "encryption", "group", group, rank) for rank, group in enumerate(order, 1)
    )
    return PolicyRow(policy, "encryption", dict(terms()), grants)


@given(st.lists(GROUPS, unique=True), RANKED, st.booleans())
def test_ranks_become_those_of_the_file(
    order: list[str], ranks: dict[str, Any], prune: bool
) -> None:
    seen: set[int] = set()
    for group, rank in list(ranks.items()):
        if rank in seen:
            del ranks[group]
        elif rank is not None:
            seen.add(rank)
    wanted = PolicyFile(
        (), tuple(FileGrant("p", "group", group, rank) for group, rank in ranks.items()), ()
    )
    known = KnownPolicies((granted("p", order),), EPOCH)
    operations = planned(wanted, known, prune=prune)
    if prune and not ranks:
        assert operations[-1] == RemovePolicy(name="p")
        operations = operations[:-1]
    final = carried_out(tuple(order), operations)
    assert set(final) == set(ranks) | (set() if prune else set(order))
    for group, rank in ranks.items():
        beyond = sum(1 for other in ranks.values() if other and rank and other < rank)
        if rank is not None:
            place = final.index(group) + 1
            assert place == rank or (place < rank and place > beyond)
    others = [group for group in order if group not in ranks or ranks[group] is None]
    kept = [group for group in final if group in others]
    assert kept == [group for group in others if group in final]
    again = KnownPolicies((granted("p", final),), EPOCH)
    assert [one for one in planned(wanted, again, prune=prune)
            if not isinstance(one, RemovePolicy)] == []  # fmt: skip


def test_a_plan_is_what_the_wire_carries(file: Path) -> None:
    for one in planned(read(file), KnownPolicies(KNOWN, EPOCH), prune=True):
        assert msgspec.json.decode(msgspec.json.encode(one), type=Operation) == one
