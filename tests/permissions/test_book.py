"""The book finds what is granted to whom, and ranks have no gap and no double."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.permissions.policy_cases import (
    CALLING,
    ENCRYPTION,
    GROUP,
    ORGANISATION,
    USER,
    case,
    to_group,
    to_user,
)
from tui_call.permissions.book import InvalidRank, ranks, with_rank, without_rank

BOOK = case(
    "a book", to_group("staff", 2, "no-e2ee"), to_group("finance", 1, "choice"),
    to_group("staff", 1, "quiet"), to_user("clerk@acme", "desk"),
    groups="staff finance", others={"chief@acme": "staff"},
).book  # fmt: skip


def test_policies_and_grants_are_found() -> None:
    assert BOOK.policy("quiet").kind is CALLING
    found = BOOK.grant(ENCRYPTION, GROUP, "staff")
    assert found is not None
    assert (found.policy, found.rank) == ("no-e2ee", 2)
    assert BOOK.grant(CALLING, USER, "clerk@acme") == to_user("clerk@acme", "desk")
    assert BOOK.grant(ENCRYPTION, USER, "clerk@acme") is None
    everybody = BOOK.grant(CALLING, ORGANISATION, "")
    assert everybody is not None
    assert everybody.policy == "calls"
    with pytest.raises(KeyError):
        BOOK.policy("nothing")


def test_people_and_groups_are_found_both_ways() -> None:
    assert BOOK.groups_of("clerk@acme") == {"staff", "finance"}
    assert BOOK.members_of("staff") == {"clerk@acme", "chief@acme"}
    assert BOOK.groups_of("nobody@acme") == BOOK.members_of("nothing") == frozenset()


def test_grants_to_groups_come_by_rank_and_by_kind() -> None:
    assert [grant.subject for grant in BOOK.ranked(ENCRYPTION)] == ["finance", "staff"]
    assert [grant.subject for grant in BOOK.ranked(CALLING)] == ["staff"]


@pytest.mark.parametrize(
    ("group", "rank", "order"),
    [
        ("new", None, "a b c new"),
        ("new", 1, "new a b c"),
        ("new", 2, "a new b c"),
        ("new", 4, "a b c new"),
        ("new", 9, "a b c new"),
        ("b", None, "a b c"),
        ("b", 1, "b a c"),
        ("b", 2, "a b c"),
        ("b", 3, "a c b"),
        ("b", 9, "a c b"),
    ],
)
def test_a_grant_takes_its_place_among_ranks(group, rank, order) -> None:
    assert with_rank(["a", "b", "c"], group, rank) == tuple(order.split())


@pytest.mark.parametrize("rank", [0, -1])
def test_no_rank_is_above_the_first(rank: int) -> None:
    with pytest.raises(InvalidRank, match="The highest rank is 1"):
        with_rank(["a"], "b", rank)


def test_ranks_close_up_where_one_goes() -> None:
    assert ranks(without_rank(["a", "b", "c"], "b")) == {"a": 1, "c": 2}
    assert without_rank(["a"], "b") == ("a",)


names = st.sampled_from("abcdefgh")
changes = st.tuples(names, st.none() | st.integers(1, 12)) | names


@given(st.lists(changes, max_size=40))
def test_ranks_are_without_gap_or_double_after_any_changes(made) -> None:
    order: tuple[str, ...] = ()
    for change in made:
        before = order
        match change:
            case (group, rank):
                order = with_rank(order, group, rank)
                place = ranks(order)[group]
                if rank is not None:
                    assert place == min(rank, len(order))
                elif group in before:
                    assert order == before
            case group:
                order = without_rank(order, group)
        assert sorted(ranks(order).values()) == list(range(1, len(order) + 1))
        others = set(before) & set(order) - {change[0]}
        assert [one for one in order if one in others] == [one for one in before if one in others]
