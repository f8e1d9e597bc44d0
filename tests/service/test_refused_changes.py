"""What is wrong with a change is told with what helps, and nothing is done."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.service.organisations import CHOICE, Acme, acme, peopled
from tui_call.service.changes import Actor
from tui_call.service.database import Database
from tui_call.service.database.invites import Enrollee
from tui_call.service.faults import InviteUnknown
from tui_call.signaling.administration import MOST_LINKS
from tui_call.signaling.invite import parse_invite
from tui_call.signaling.operations import (
    AddMember,
    AddPerson,
    CallCheck,
    ChangeRole,
    DisablePerson,
    DropMember,
    GrantPolicy,
    InvitePerson,
    NewGroup,
    NewPolicy,
    Operation,
    PolicyCheck,
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
from tui_call.signaling.policies import Epoch


@pytest.fixture
async def org(tmp_path: Path) -> AsyncIterator[Acme]:
    async with acme(await Database.open(tmp_path / "service.db")) as running:
        await peopled(running)
        yield running


BAD: dict[str, tuple[tuple[Operation, ...], str, str]] = {
    "an unknown person": ((ChangeRole(account="clark", role="admin"),), "A_NO_USER", "clerk@acme"),
    "an unknown group": ((AddMember(group="finanse", account="clerk"),), "A_NO_GROUP", "finance"),
    "an unknown policy": (
        (GrantPolicy(policy="finance-e2e", to="organisation"),), "A_NO_POLICY", "finance-e2ee",
    ),
    "an unknown term": (
        (SetPolicy(name="no-e2ee", terms={"e2ee_call": "required"}),),
        "F_INVALID_TERMS", "e2ee_calls",
    ),
    "an unknown device": ((RevokeDevice(device="ab" * 16),), "A_NO_DEVICE", "ab" * 16),
    "an unknown change": ((Revert(change=99),), "A_NO_CHANGE", "99"),
    "a policy with a space": (
        (NewPolicy(name="no e2ee", kind="encryption", terms=CHOICE),), "A_POLICY_NAME", "no e2ee",
    ),
    "a policy without a name": (
        (NewPolicy(name="", kind="encryption", terms=CHOICE),), "A_POLICY_NAME", "",
    ),
    "a group of two names": ((NewGroup(name="sales|staff"),), "A_GROUP_NAME", "sales|staff"),
    "a group of a feed of two names": (
        (PutPerson(address="eve", source="hr", groups=("a;b",)),), "A_GROUP_NAME", "a;b",
    ),
    "a policy that looks like an option": (
        (RenamePolicy(name="bank", new="-"),), "A_POLICY_NAME", "-",
    ),
    "a policy taken by the other kind": (
        (NewPolicy(name="bank", kind="encryption", terms=CHOICE),), "A_POLICY_TAKEN", "bank",
    ),
    "a policy renamed to one that is there": (
        (RenamePolicy(name="bank", new="no-e2ee"),), "A_POLICY_TAKEN", "no-e2ee",
    ),
    "terms of both kinds": (
        (NewPolicy(name="all", kind="encryption", terms={**CHOICE, "captions": True}),),
        "F_INVALID_TERMS", "captions",
    ),
    "terms of the other kind": (
        (SetPolicy(name="bank", terms=CHOICE),), "F_INVALID_TERMS", "e2ee_calls",
    ),
    "no terms": ((SetPolicy(name="bank", terms={}),), "F_INVALID_TERMS", ""),
    "rank 0": (
        (GrantPolicy(policy="bank", to="group", subject="staff", rank=0),), "A_RANK", "1",
    ),
    "a rank for a person": (
        (GrantPolicy(policy="bank", to="user", subject="clerk", rank=1),), "A_RANK_OF_GROUP", "",
    ),
    "a name with the organisation": (
        (GrantPolicy(policy="bank", to="organisation", subject="acme"),), "A_ORG_SUBJECT", "",
    ),
    "the organisation's policy removed": (
        (RemovePolicy(name="organisation"),), "A_ORG_POLICY", "organisation",
    ),
    "the organisation's grant taken": (
        (TakeGrant(to="organisation", subject="", kind="calling"),), "A_ORG_GRANT", "",
    ),
    "a policy in use removed": ((RemovePolicy(name="no-e2ee"),), "A_IN_USE", "group staff"),
    "a group with a grant removed": ((RemoveGroup(name="staff"),), "A_GRANTED", "no-e2ee"),
    "a new policy that parks for an unknown group": (
        (NewPolicy(name="new", kind="calling", terms={"park_group": "finanse"}),),
        "A_NO_GROUP", "finance",
    ),
    "a policy that parks for an unknown group": (
        (SetPolicy(name="bank", terms={"park_group": "finanse"}),), "A_NO_GROUP", "finance",
    ),
    "a policy that parks for a group that went": (
        (RemoveGroup(name="finance"), SetPolicy(name="bank", terms={"park_group": "finance"})),
        "A_NO_GROUP", "finance",
    ),
    "a group that a policy parks for removed": (
        (SetPolicy(name="bank", terms={"park_group": "finance"}), RemoveGroup(name="finance")),
        "A_PARKS_FOR", "bank",
    ),
    "a grant that is not there": (
        (TakeGrant(to="group", subject="finance"),), "A_NO_GRANT", "finance",
    ),
    "the last administrator removed": (
        (RemovePerson(account="chief"),), "A_LAST_ADMIN", "chief@acme",
    ),
    "the last administrator demoted": (
        (ChangeRole(account="chief", role="auditor"),), "A_LAST_ADMIN", "chief@acme",
    ),
    "the last administrator disabled": (
        (ChangeRole(account="clerk", role="admin"), DisablePerson(account="clerk"),
         DisablePerson(account="chief")),
        "A_LAST_ADMIN", "chief@acme",
    ),
    "somebody of a feed demoted": ((ChangeRole(account="hired", role="auditor"),), "A_FEED", "hr"),
    "somebody of a feed disabled": ((DisablePerson(account="hired"),), "A_FEED", "hr"),
    "somebody of a feed removed": ((RemovePerson(account="hired"),), "A_FEED", "hr"),
    "somebody of a feed in another file": (
        (PutPerson(address="hired", source="ldap"),), "A_FEED", "hr",
    ),
    "a place in a group by a feed": (
        (DropMember(group="hired", account="hired"),), "A_FEED", "hr",
    ),
    "a group of a feed renamed": ((RenameGroup(name="hired", new="new"),), "A_FEED", "hr"),
    "a group of a feed removed": ((RemoveGroup(name="hired"),), "A_FEED", "hr"),
    "somebody who is there": ((AddPerson(address="clerk"),), "A_PERSON_TAKEN", "clerk@acme"),
    "a group that is there": ((NewGroup(name="staff"),), "A_GROUP_TAKEN", "staff"),
    "a guest": ((AddPerson(address="guest.ada"),), "A_GUEST", "guest.ada"),
    "somebody of another organisation": (
        (AddPerson(address="ada@else"),), "A_OTHER_ORG", "@acme",
    ),
    "no address": ((PutPerson(address="Ada Lovelace"),), "A_ADDRESS", "Ada Lovelace"),
    "a name of which nothing shows": (
        (AddPerson(address="ada", name="\u202e\x1b\u200b"),), "A_NO_NAME", "ada@acme",
    ),
    "a group of which nothing shows": ((NewGroup(name="\x1b\x07"),), "A_NO_NAME", ""),
    "a group with a long name": ((NewGroup(name="g" * 65),), "A_LONG_NAME", "64"),
    "an address twice": (
        (PutPerson(address="ada"), PutPerson(address="ada@acme")), "A_TWICE", "ada@acme",
    ),
    "one not in the group": (
        (DropMember(group="staff", account="cashier"),), "A_NO_MEMBER", "staff",
    ),
    "missing people before others": (
        (TakeMissing(source="hr", then="disable"), AddPerson(address="ada")), "A_NOT_LAST", "",
    ),
    "missing people of no feed": ((TakeMissing(source="", then="remove"),), "A_NO_FEED", ""),
    "an invite for a disabled person": (
        (DisablePerson(account="clerk"), InvitePerson(account="clerk")), "A_DISABLED", "clerk@acme",
    ),
    "two invites for one person": (
        (InvitePerson(account="clerk"), InvitePerson(account="clerk")), "A_TWICE", "clerk@acme",
    ),
    "a revert with something else": (
        (Revert(change=2), NewGroup(name="new")), "A_REVERT_ALONE", "",
    ),
    "a change that kept no rows": ((Revert(change=1),), "A_NOTHING_KEPT", "1"),
}  # fmt: skip


@pytest.mark.parametrize("given", BAD)
async def test_bad_input_changes_nothing_and_is_told_with_what_helps(org: Acme, given: str) -> None:
    operations, code, said = BAD[given]
    not_done = await org.refused(*operations)
    assert not_done.why == "input"
    (problem,) = not_done.problems
    assert problem.code == code
    assert said in problem.text
    assert operations[problem.operation]
    assert (await org.refused(*operations, what_if=True)).problems == not_done.problems


async def test_what_does_not_hold_afterwards_is_told_and_nothing_is_done(org: Acme) -> None:
    grant = GrantPolicy(policy="finance-e2ee", to="group", subject="finance", rank=1)
    holds = (
        PolicyCheck(user="clerk", terms={**CHOICE, "captions": True}),
        CallCheck(call=("clerk", "cashier@acme"), allowed=True),
        CallCheck(call=("clerk@acme", "chief"), allowed=False),
    )
    assert (await org.do(grant, what_if=True, checks=holds)).effects
    fails = (
        PolicyCheck(user="clerk", terms={"e2ee_calls": "required"}),
        PolicyCheck(user="clark", terms=CHOICE),
        PolicyCheck(user="clerk", terms={"e2ee": "off"}),
        CallCheck(call=("clerk", "chief"), allowed=True),
        CallCheck(call=("clerk", "cashier"), allowed=False),
        CallCheck(call=("clerk", "clerk@acme"), allowed=True),
    )
    not_done = await org.refused(grant, checks=(holds[0], *fails))
    assert [problem.code for problem in not_done.problems] == ["A_TEST"] * 6
    assert "Test 2" in not_done.problems[0].text
    assert "Y_OWN_POLICY at chief@acme" in not_done.problems[3].text
    assert "Name somebody else. Nothing was applied." in not_done.problems[5].text


async def test_compliance_recording_rules_a_call_out_and_an_unseen_client_does_not(
    org: Acme,
) -> None:
    for policy, terms, allowed in (
        ("organisation", {**CHOICE, "min_client": "99.0"}, True),
        ("calls", {"compliance_recording": True}, False),
    ):
        call = CallCheck(call=("chief", "auditor"), allowed=allowed)
        await org.do(SetPolicy(name=policy, terms=terms), checks=(call,))


async def test_the_first_twenty_of_many_problems_are_told_by_operation(org: Acme) -> None:
    good = [PutPerson(address=f"p{number}") for number in range(700)]
    bad = [PutPerson(address=f"P {number}") for number in range(30)]
    not_done = await org.refused(*good[:500], *bad, *good[500:])
    assert (len(not_done.problems), not_done.all_problems) == (20, 30)
    assert [problem.operation for problem in not_done.problems] == list(range(500, 520))


async def test_more_than_twenty_people_go_only_by_their_number(org: Acme) -> None:
    people = [PutPerson(address=f"p{number}", source="hr") for number in range(20)]
    await org.do(*people)
    missing = TakeMissing(source="hr", then="remove")
    for removals in (None, 20, 22):
        not_done = await org.refused(missing, removals=removals)
        assert [problem.code for problem in not_done.problems] == ["A_REMOVALS"]
        assert "--removals 21" in not_done.problems[0].text
    done = await org.do(missing, removals=21)
    assert sum(row.table == "person" for row in done.rows) == 21
    await org.do(*people)
    await org.do(TakeMissing(source="hr", then="disable"))
    await org.do(TakeMissing(source="hr", then="remove"))


async def test_an_administrator_goes_where_another_one_comes(org: Acme) -> None:
    roles = {"chief": "member", "clerk": "admin"}
    await org.do(*(ChangeRole(account=who, role=role) for who, role in roles.items()))
    assert (await org.refused(NewGroup(name="g"))).why == "not_allowed"
    clerk, second = Actor("clerk@acme"), Actor("second@acme")
    await org.do(AddPerson(address="second", role="admin"), by=clerk)
    await org.do(DisablePerson(account="second"), by=clerk)
    not_done = await org.refused(NewGroup(name="g"), by=second)
    assert [problem.code for problem in not_done.problems] == ["A_READER"]


async def test_a_change_that_waited_while_its_device_was_revoked_is_not_made(org: Acme) -> None:
    (invite,) = (
        await org.do(ChangeRole(account="clerk", role="admin"), InvitePerson(account="clerk"))
    ).links
    stolen = "5e" * 16
    await org.enrol(
        parse_invite(invite.link).code, Enrollee("clerk", "Clerk", stolen, "laptop", bytes(32))
    )
    clerk = Actor("clerk@acme", stolen)
    await org.do(NewGroup(name="a"), by=clerk)
    await org.do(RevokeDevice(device=stolen))
    not_done = await org.refused(NewGroup(name="b"), by=clerk)
    assert (not_done.why, not_done.problems[0].code) == ("not_allowed", "A_READER")


async def test_what_a_device_made_before_it_was_revoked_lets_nobody_in(org: Acme) -> None:
    (own,) = (
        await org.do(ChangeRole(account="clerk", role="admin"), InvitePerson(account="clerk"))
    ).links
    stolen, strange = "5e" * 16, "af" * 16
    await org.enrol(
        parse_invite(own.link).code, Enrollee("clerk", "Clerk", stolen, "laptop", bytes(32))
    )
    made = await org.do(InvitePerson(account="chief"), by=Actor("clerk@acme", stolen))
    await org.do(RevokeDevice(device=stolen))
    enrollee = Enrollee("x", "X", strange, "laptop", bytes(32))
    before = await org.rows()
    with pytest.raises(InviteUnknown):
        await org.enrol(parse_invite(made.links[0].link).code, enrollee)
    assert await org.rows() == before


async def test_a_plan_of_another_state_is_stale_and_says_who_changed_it(org: Acme) -> None:
    seen = await org.epoch()
    await org.do(NewGroup(name="a"), expected_epoch=seen)
    not_done = await org.refused(NewGroup(name="b"), expected_epoch=seen)
    assert (not_done.why, not_done.epoch) == ("stale", Epoch(0, seen.number + 1))
    assert not_done.problems[0].text.startswith("Changed by chief meanwhile")


async def test_one_change_makes_only_so_many_links(org: Acme) -> None:
    people = [f"p{number}" for number in range(MOST_LINKS + 1)]
    await org.do(*(AddPerson(address=name) for name in people))
    invites = [InvitePerson(account=name) for name in people]
    assert len((await org.do(*invites[1:])).links) == MOST_LINKS
    assert await org.code(*invites) == "A_MOST_LINKS"
