"""What holds after any changes: ranks without gaps, no trace of what-if, no rest of a revert."""

import asyncio
import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.service.organisations import BY_SERVICE, Acme, acme, peopled, reopened
from tui_call.permissions.book import Book
from tui_call.permissions.policies import PolicySource
from tui_call.permissions.terms import PolicyKind
from tui_call.service.changes import WholeOutcome
from tui_call.service.database import Database
from tui_call.signaling.administration import Change
from tui_call.signaling.administration_answers import NotDone
from tui_call.signaling.operations import (
    AddMember,
    AddPerson,
    ChangeRole,
    DisablePerson,
    DropMember,
    EnablePerson,
    GrantPolicy,
    NewGroup,
    NewPolicy,
    Operation,
    PutPerson,
    RemoveGroup,
    RemovePerson,
    RemovePolicy,
    RenameGroup,
    RenamePolicy,
    Revert,
    SetPolicy,
    TakeGrant,
    TakeMissing,
)

PEOPLE = st.sampled_from(["chief", "clerk", "cashier", "auditor", "hired", "new"])
GROUPS = st.sampled_from(["finance", "staff", "hired", "board"])
POLICIES = st.sampled_from(["finance-e2ee", "no-e2ee", "bank", "organisation", "calls", "fresh"])
KINDS: st.SearchStrategy[Literal["encryption", "calling"]] = st.sampled_from(
    ["encryption", "calling"]
)
SOURCES = st.sampled_from(["", "hr"])
TERMS = st.sampled_from(
    [
        {"e2ee_calls": "required"},
        {"e2ee_calls": "user_choice"},
        {"captions": False},
        {"park_group": "finance"},
        {"park_group": "board"},
    ]
)
OPERATIONS: st.SearchStrategy[Operation] = st.one_of(
    st.builds(AddPerson, address=PEOPLE, groups=st.tuples(GROUPS)),
    st.builds(
        PutPerson, address=PEOPLE, source=SOURCES, groups=st.lists(GROUPS, unique=True).map(tuple)
    ),
    st.builds(TakeMissing, source=st.just("hr"), then=st.sampled_from(["disable", "remove"])),
    st.builds(ChangeRole, account=PEOPLE, role=st.sampled_from(["member", "admin", "auditor"])),
    st.builds(DisablePerson, account=PEOPLE),
    st.builds(EnablePerson, account=PEOPLE),
    st.builds(RemovePerson, account=PEOPLE),
    st.builds(NewGroup, name=GROUPS),
    st.builds(RenameGroup, name=GROUPS, new=GROUPS),
    st.builds(RemoveGroup, name=GROUPS),
    st.builds(AddMember, group=GROUPS, account=PEOPLE),
    st.builds(DropMember, group=GROUPS, account=PEOPLE),
    st.builds(NewPolicy, name=POLICIES, kind=KINDS, terms=TERMS),
    st.builds(SetPolicy, name=POLICIES, terms=TERMS),
    st.builds(RenamePolicy, name=POLICIES, new=POLICIES),
    st.builds(RemovePolicy, name=POLICIES),
    st.builds(
        GrantPolicy,
        policy=POLICIES,
        to=st.just("group"),
        subject=GROUPS,
        rank=st.none() | st.integers(1, 5),
    ),
    st.builds(GrantPolicy, policy=POLICIES, to=st.just("user"), subject=PEOPLE),
    st.builds(GrantPolicy, policy=POLICIES, to=st.just("organisation")),
    st.builds(TakeGrant, to=st.just("group"), subject=GROUPS, kind=KINDS),
    st.builds(TakeGrant, to=st.just("user"), subject=PEOPLE, kind=KINDS),
)
CHANGES = st.lists(st.lists(OPERATIONS, min_size=1, max_size=6), min_size=1, max_size=4)


@pytest.fixture(scope="module")
def template() -> Iterator[Path]:
    """Make the store of an organisation once, to be copied for each example."""

    async def begin(path: Path) -> None:
        async with acme(await Database.open(path)) as running:
            await peopled(running)

    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "service.db"
        asyncio.run(begin(path))
        yield path


def is_whole(book: Book) -> bool:
    """Tell whether ranks have no gap, and the organisation a policy of each kind."""
    return all(
        [grant.rank for grant in ranked] == list(range(1, len(ranked) + 1))
        and book.grant(kind, PolicySource.ORGANISATION, "")
        for kind in PolicyKind
        if (ranked := book.ranked(kind)) is not None
    )


async def policies_name_groups(org: Acme) -> bool:
    """Tell whether every group that a policy names is there."""
    rows = await org.rows()
    named = {json.loads(row[3]).get("park_group", "") for row in rows["policies"]}
    return named - {""} <= {row[1] for row in rows["groups"]}


async def carry_out(
    org: Acme, *operations: Operation, what_if: bool = False
) -> WholeOutcome | NotDone:
    return await org.changes.carry_out(BY_SERVICE, Change(operations=operations, what_if=what_if))


async def allowed(org: Acme, operations: list[Operation]) -> list[Operation]:
    """Return those operations that can be done together; none of the others leaves a trace."""
    chosen: list[Operation] = []
    for operation in operations:
        before = await org.rows()
        done = await carry_out(org, *chosen, operation, what_if=True)
        assert await org.rows() == before
        if isinstance(done, WholeOutcome):
            chosen.append(operation)
        elif not chosen:
            assert await carry_out(org, operation) == done
            assert await org.rows() == before
    return chosen


async def one_change_holds(org: Acme, operations: list[Operation]) -> None:
    before, decided = await org.rows(), await org.decided()
    tried = await carry_out(org, *operations, what_if=True)
    assert await org.rows() == before, "what-if leaves every table as it was"
    done = await carry_out(org, *operations)
    assert isinstance(tried, WholeOutcome)
    assert isinstance(done, WholeOutcome)
    book = await org.book()
    assert is_whole(book)
    assert await policies_name_groups(org)
    for part in ("rows", "effects", "kept", "moved_down", "notes"):
        assert getattr(tried, part) == getattr(done, part), part
    if not done.change:
        assert await org.rows() == before
        return
    assert done.book == book
    after = await org.decided()
    undone = await carry_out(org, Revert(change=done.change))
    assert isinstance(undone, WholeOutcome), undone
    assert await org.decided() == decided, "revert puts every row back"
    redone = await carry_out(org, Revert(change=undone.change))
    assert isinstance(redone, WholeOutcome), redone
    assert await org.decided() == after, "and so does the revert of the revert"


@settings(max_examples=40, deadline=None)
@given(changes=CHANGES)
@pytest.mark.lengthy
def test_after_any_changes(template: Path, changes: list[list[Operation]]) -> None:
    async def check(path: Path) -> None:
        async with reopened(await Database.open(path)) as org:
            for operations in changes:
                if chosen := await allowed(org, operations):
                    await one_change_holds(org, chosen)

    with tempfile.TemporaryDirectory() as directory:
        asyncio.run(check(Path(shutil.copy(template, directory))))
