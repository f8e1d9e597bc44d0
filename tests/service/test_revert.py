"""Undoing a change: every row as it was, or the later change that is in the way is named."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.service.organisations import BY_SERVICE, CHOICE, Acme, acme, peopled
from tui_call.service.database import Accounts, Database
from tui_call.service.database.invites import Enrollee
from tui_call.signaling.operations import (
    AddMember,
    AddPerson,
    DisablePerson,
    GrantPolicy,
    InvitePerson,
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
    RevokeDevice,
    SetPolicy,
    TakeGrant,
    TakeMissing,
)


@pytest.fixture
async def org(store_place: Path | str) -> AsyncIterator[Acme]:
    async with acme(await Database.open(store_place)) as running:
        await peopled(running)
        yield running


async def enrol(org: Acme, who: str, device: str) -> None:
    """Let somebody enrol a device by a link of their own."""
    (link,) = (await org.do(InvitePerson(account=who))).links
    code = link.link.partition("code=")[2].partition("&")[0]
    await org.enrol(code, Enrollee(who, who, device, "laptop", bytes(range(32))))


DONE: dict[str, tuple[Operation, ...]] = {
    "a file": tuple(
        PutPerson(address=f"p{number}", source="hr", groups=("finance", "new"))
        for number in range(15)
    ),
    "a feed that lets somebody go": (TakeMissing(source="hr", then="remove"),),
    "a grant before others": (
        GrantPolicy(policy="finance-e2ee", to="group", subject="finance", rank=1),
    ),
    "a grant taken": (TakeGrant(to="group", subject="staff"),),
    "a grant to everybody": (GrantPolicy(policy="finance-e2ee", to="organisation"),),
    "a person removed with everything": (
        GrantPolicy(policy="bank", to="user", subject="clerk"), RemovePerson(account="clerk"),
    ),
    "a policy and its grant": (
        NewPolicy(name="new", kind="calling", terms={"keep_days": 7}),
        GrantPolicy(policy="new", to="group", subject="staff"),
    ),
    "terms and a name": (
        SetPolicy(name="bank", terms={"captions": False}), RenamePolicy(name="bank", new="safe"),
    ),
    "a group that goes": (RemoveGroup(name="finance"),),
    "a group renamed": (RenameGroup(name="finance", new="money"),),
    "a group renamed that a policy parks for": (
        SetPolicy(name="bank", terms={"park_group": "finance"}),
        RenameGroup(name="finance", new="money"),
    ),
    "groups that change their names": (
        SetPolicy(name="bank", terms={"park_group": "finance"}),
        RenameGroup(name="finance", new="aside"),
        RenameGroup(name="staff", new="finance"),
        RenameGroup(name="aside", new="staff"),
    ),
    "somebody kept out": (DisablePerson(account="clerk"),),
}  # fmt: skip


@pytest.mark.parametrize("what", DONE)
async def test_a_revert_puts_every_row_back(org: Acme, what: str) -> None:
    decided, policies = await org.decided(), await org.book()
    done = await org.do(*DONE[what])
    assert await org.decided() != decided
    undone = await org.do(Revert(change=done.change))
    assert await org.decided() == decided
    assert await org.book() == policies
    assert undone.change > done.change


async def test_a_person_comes_back_with_devices_that_can_log_in_but_without_invites(
    org: Acme,
) -> None:
    device = "ab" * 16
    await enrol(org, "clerk", device)
    await org.do(InvitePerson(account="clerk"))
    known = await Accounts(org.store).login(device)
    done = await org.do(RemovePerson(account="clerk"))
    assert await Accounts(org.store).login(device) is None
    undone = await org.do(Revert(change=done.change))
    again = await Accounts(org.store).login(device)
    assert known
    assert again == replace(known, read=again.read if again else 0)
    assert any("Invites" in note for note in undone.notes)
    assert all(row[1] != "clerk@acme" for row in (await org.rows())["invites"])


async def test_a_revoked_device_is_let_in_again_by_a_revert(org: Acme) -> None:
    device = "ab" * 16
    await enrol(org, "clerk", device)
    done = await org.do(RevokeDevice(device=device))
    known = await Accounts(org.store).login(device)
    assert known
    assert known.revoked
    await org.do(Revert(change=done.change))
    known = await Accounts(org.store).login(device)
    assert known
    assert not known.revoked


async def test_an_invite_is_withdrawn_unless_it_was_used(org: Acme) -> None:
    invited = await org.do(InvitePerson(account="clerk"))
    withdrawn = await org.do(Revert(change=invited.change))
    assert not (await org.rows())["invites"]
    assert [(row.table, row.after) for row in withdrawn.rows] == [("invite", None)]
    again = await org.do(Revert(change=withdrawn.change))
    assert (again.change, again.rows) == (0, [])
    assert again.notes
    await enrol(org, "cashier", "cd" * 16)
    used = await org.latest_change() - 1
    not_done = await org.refused(Revert(change=used))
    assert not_done.problems[0].code == "A_IN_THE_WAY"
    assert f"Change {used + 1} " in not_done.problems[0].text


IN_THE_WAY: dict[str, tuple[Operation, Operation]] = {
    "the row was changed again": (
        SetPolicy(name="bank", terms={"captions": False}),
        SetPolicy(name="bank", terms={"merge": False}),
    ),
    "the row is gone": (NewGroup(name="new"), RemoveGroup(name="new")),
    "a place in the new group": (NewGroup(name="new"), AddMember(group="new", account="clerk")),
    "a grant to the new group": (
        NewGroup(name="new"), GrantPolicy(policy="bank", to="group", subject="new"),
    ),
    "a policy that parks for the new group": (
        NewGroup(name="new"), SetPolicy(name="bank", terms={"park_group": "new"}),
    ),
    "a policy that parks for the group by its new name": (
        RenameGroup(name="finance", new="money"),
        SetPolicy(name="bank", terms={"park_group": "money"}),
    ),
    "a grant of the new policy": (
        NewPolicy(name="new", kind="encryption", terms=CHOICE),
        GrantPolicy(policy="new", to="user", subject="clerk"),
    ),
    "a place of the new person": (
        AddPerson(address="new"), AddMember(group="staff", account="new"),
    ),
    "the name is taken": (RenameGroup(name="finance", new="money"), NewGroup(name="finance")),
    "the policy's name is taken": (
        RemovePolicy(name="finance-e2ee"),
        NewPolicy(name="finance-e2ee", kind="encryption", terms=CHOICE),
    ),
    "the address is taken": (RemovePerson(account="clerk"), AddPerson(address="clerk")),
    "another grant in its place": (
        TakeGrant(to="group", subject="staff"),
        GrantPolicy(policy="finance-e2ee", to="group", subject="staff"),
    ),
    "the person is gone": (
        AddMember(group="hired", account="clerk"), RemovePerson(account="clerk"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", IN_THE_WAY)
async def test_the_later_change_in_the_way_is_named_and_goes_first(org: Acme, what: str) -> None:
    operation, after = IN_THE_WAY[what]
    decided = await org.decided()
    done = await org.do(operation)
    between = await org.do(PutPerson(address="other"))
    later = await org.do(after)
    not_done = await org.refused(Revert(change=done.change))
    (problem,) = not_done.problems
    assert problem.code == "A_IN_THE_WAY"
    assert f"Change {later.change} " in problem.text
    for change in (later, done, between):
        await org.do(Revert(change=change.change))
    assert await org.decided() == decided


async def test_what_a_person_changed_of_the_own_account_is_in_the_way_too(org: Acme) -> None:
    done = await org.do(AddPerson(address="new"))
    await Accounts(org.store).rename("new@acme", "Renamed", int(org.clock()))
    not_done = await org.refused(Revert(change=done.change))
    assert f"Change {done.change + 1} " in not_done.problems[0].text


async def test_what_moves_by_itself_is_in_no_way(org: Acme) -> None:
    done = await org.do(AddPerson(address="new"))
    await Accounts(org.store).change_setting("new@acme", "require", int(org.clock()))
    await org.do(Revert(change=done.change))
    assert all(row[0] != "new@acme" for row in (await org.decided())["accounts"])


async def test_a_policy_never_parks_for_a_group_that_went_meanwhile(org: Acme) -> None:
    await org.do(SetPolicy(name="bank", terms={"park_group": "finance"}))
    done = await org.do(SetPolicy(name="bank", terms={"park_group": ""}))
    await org.do(RenameGroup(name="finance", new="finances"))
    not_done = await org.refused(Revert(change=done.change))
    (problem,) = not_done.problems
    assert (problem.code, not_done.why) == ("A_NO_GROUP", "input")
    assert "finances" in problem.text


async def test_ranks_close_up_where_grants_came_later(org: Acme) -> None:
    first = await org.do(GrantPolicy(policy="finance-e2ee", to="group", subject="finance", rank=1))
    await org.do(GrantPolicy(policy="no-e2ee", to="group", subject="hired"))
    await org.do(Revert(change=first.change))
    book = await org.book()
    assert [(one.subject, one.rank) for one in book.grants if one.rank] == [
        ("staff", 1), ("hired", 2),
    ]  # fmt: skip


async def test_a_revert_that_takes_the_last_administrator_is_refused(org: Acme) -> None:
    promoted = await org.do(AddPerson(address="second", role="admin"))
    await org.do(RemovePerson(account="chief"), by=BY_SERVICE)
    not_done = await org.refused(Revert(change=promoted.change), by=BY_SERVICE)
    assert [problem.code for problem in not_done.problems] == ["A_LAST_ADMIN"]


async def test_a_revert_that_takes_many_away_asks_for_their_number(org: Acme) -> None:
    done = await org.do(*(AddPerson(address=f"p{number}") for number in range(30)))
    not_done = await org.refused(Revert(change=done.change))
    assert [problem.code for problem in not_done.problems] == ["A_REMOVALS"]
    await org.do(Revert(change=done.change), removals=30)
