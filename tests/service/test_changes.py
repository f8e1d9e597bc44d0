"""Changes of the organisation: what they do, and what is told of it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.service.organisations import BY_SERVICE, CHOICE, Acme, acme, peopled
from tui_call.permissions.terms import CallingTerms
from tui_call.service.database import Database, tables
from tui_call.signaling.administration_rows import (
    Applied,
    ChangedRow,
)
from tui_call.signaling.operations import (
    AddMember,
    AddPerson,
    ChangeRole,
    DisablePerson,
    EnablePerson,
    GrantPolicy,
    InvitePerson,
    NewGroup,
    NewPolicy,
    PutPerson,
    RemoveGroup,
    RenameGroup,
    Revert,
    SetPolicy,
    TakeGrant,
    TakeMissing,
)


@pytest.fixture
async def org(store_place: Path | str) -> AsyncIterator[Acme]:
    async with acme(await Database.open(store_place)) as running:
        await peopled(running)
        yield running


async def test_names_are_cleaned_of_what_steers_a_terminal(org: Acme) -> None:
    done = await org.do(
        AddPerson(address="mallory", name="\x1b[31mMal\u202elory\n Smith"),
        PutPerson(address="sum", name="=SUM(A1)", groups=("\u200bDomain\tUsers",)),
        AddPerson(address="ada.lovelace"),
    )
    people = {
        row.key: row.after["name"] for row in done.rows if row.table == "person" and row.after
    }
    assert people == {
        "mallory@acme": "[31mMallory Smith",
        "sum@acme": "=SUM(A1)",
        "ada.lovelace@acme": "Ada Lovelace",
    }
    assert ("Domain Users", "sum@acme") in (await org.book()).memberships


async def test_a_rank_beyond_the_end_becomes_the_last_and_that_is_told(org: Acme) -> None:
    done = await org.do(GrantPolicy(policy="finance-e2ee", to="group", subject="finance", rank=9))
    assert "becomes 2" in done.notes[0]
    assert done.moved_down == 0
    done = await org.do(GrantPolicy(policy="finance-e2ee", to="group", subject="hired", rank=1))
    assert done.moved_down == 2


async def test_a_second_grant_of_a_kind_replaces_the_first_and_keeps_its_rank(org: Acme) -> None:
    await org.do(GrantPolicy(policy="finance-e2ee", to="group", subject="finance", rank=1))
    done = await org.do(GrantPolicy(policy="no-e2ee", to="group", subject="finance"))
    (row,) = done.rows
    assert row.before == {
        "policy": "finance-e2ee", "kind": "encryption", "to": "group", "subject": "finance",
        "rank": 1,
    }  # fmt: skip
    assert row.after == {**row.before, "policy": "no-e2ee"}


async def test_a_grant_of_each_kind_is_taken_by_naming_which(org: Acme) -> None:
    for policy in ("finance-e2ee", "bank"):
        await org.do(GrantPolicy(policy=policy, to="user", subject="clerk"))
    assert await org.code(TakeGrant(to="user", subject="clerk")) == "A_WHICH_KIND"
    await org.do(TakeGrant(to="user", subject="clerk", kind="calling"))
    (row,) = (await org.do(TakeGrant(to="user", subject="clerk"))).rows
    assert (row.table, row.after) == ("grant", None)


async def test_whose_policy_changes_is_told_and_who_keeps_their_own(org: Acme) -> None:
    await org.do(GrantPolicy(policy="no-e2ee", to="user", subject="cashier"))
    done = await org.do(
        GrantPolicy(policy="finance-e2ee", to="group", subject="finance", rank=1), what_if=True
    )
    (effect,) = done.effects
    assert (effect.account, effect.kind) == ("clerk@acme", "encryption")
    assert effect.before == Applied("no-e2ee", "group", "staff", 1, "disabled")
    assert effect.after == Applied("finance-e2ee", "group", "finance", 1, "user_choice")
    assert [(one.account, one.policy) for one in done.kept] == [("cashier@acme", "no-e2ee")]
    everybody = await org.do(SetPolicy(name="organisation", terms=CHOICE))
    assert {one.account for one in everybody.effects} == {
        "chief@acme", "auditor@acme", "hired@acme",
    }  # fmt: skip


async def test_people_who_come_are_no_effect_and_a_place_in_a_group_is(org: Acme) -> None:
    done = await org.do(
        PutPerson(address="new", groups=("staff",)),
        AddMember(group="staff", account="auditor"),
    )
    assert [one.account for one in done.effects] == ["auditor@acme"]


async def test_a_file_that_is_a_feed_takes_people_over_and_lets_the_missing_go(org: Acme) -> None:
    both = (
        PutPerson(address="hired", name="H. Ired", source="hr", groups=()),
        PutPerson(address="clerk", source="hr", role="auditor", external_id="17"),
    )
    await org.do(*both)
    missing = TakeMissing(source="hr", then="disable")
    done = await org.do(both[1], missing)
    assert [row.key for row in done.rows] == ["hired@acme"]
    said = {"name": "H. Ired", "role": "member", "source": "hr", "external_id": ""}
    back = ChangedRow(
        "person", "hired@acme", {**said, "disabled": True}, {**said, "disabled": False}
    )
    assert (await org.do(*both, missing)).rows == [back]
    book = await org.book()
    assert not book.groups_of("hired@acme")
    assert book.groups_of("clerk@acme") == {"finance", "staff"}, "what a file leaves out stays"


async def test_a_feed_lets_nobody_in_whom_it_did_not_disable_itself(org: Acme) -> None:
    file = (
        PutPerson(address="clerk", source="hr", groups=("finance", "board")),
        PutPerson(address="hired", source="hr"),
        TakeMissing(source="hr", then="disable"),
    )
    disabled = await org.do(DisablePerson(account="clerk"))
    await org.do(*file)
    assert (await org.do(*file)).rows == []
    assert (await org.book()).groups_of("clerk@acme") == {"finance", "staff", "board"}
    enabled = await org.do(EnablePerson(account="clerk"))
    assert [row.key for row in enabled.rows] == [row.key for row in disabled.rows]
    (taken_over,) = (await org.do(*file)).rows
    assert taken_over.after is not None
    assert taken_over.after["source"] == "hr"


async def test_a_file_of_nobody_in_particular_sets_all_that_was_set_by_hand(org: Acme) -> None:
    await org.do(PutPerson(address="clerk", groups=("finance", "board")))
    assert (await org.book()).groups_of("clerk@acme") == {"finance", "board"}


async def test_what_changes_nothing_is_no_change(org: Acme) -> None:
    before = await org.rows()
    done = await org.do(
        ChangeRole(account="chief", role="admin"),
        EnablePerson(account="clerk"),
        AddMember(group="staff", account="clerk"),
        SetPolicy(name="no-e2ee", terms={"e2ee_calls": "disabled", "relay_only": False}),
        GrantPolicy(policy="no-e2ee", to="group", subject="staff", rank=1),
        RenameGroup(name="staff", new="staff"),
        PutPerson(address="clerk", groups=("staff", "finance")),
    )
    assert (done.change, done.epoch, done.rows) == (0, await org.epoch(), [])
    assert await org.rows() == before


async def test_a_link_is_told_once_and_kept_nowhere(org: Acme) -> None:
    tried = await org.do(InvitePerson(account="clerk"), what_if=True)
    assert tried.links == ()
    done = await org.do(InvitePerson(account="clerk"))
    (link,) = done.links
    assert (link.account, link.expires) == ("clerk@acme", int(org.clock()) + 7 * 86_400)
    assert link.link.startswith("tui-call://calls.acme.example:25111/")
    assert list(tried.rows) == list(done.rows)
    code = link.link.partition("code=")[2].partition("&")[0]
    rows = await org.rows()
    assert code not in str(rows)
    ((hashed, *_),) = rows["invites"]
    assert hashed.hex() not in str(rows["audit_rows"])


async def test_names_change_hands_within_one_change(org: Acme) -> None:
    await org.do(
        RenameGroup(name="finance", new="aside"),
        RenameGroup(name="staff", new="finance"),
        RenameGroup(name="aside", new="staff"),
    )
    assert (await org.book()).groups_of("cashier@acme") == {"staff"}


async def test_a_group_that_is_renamed_is_renamed_in_the_policies_that_park_for_it(
    org: Acme,
) -> None:
    await org.do(SetPolicy(name="bank", terms={"park_group": "finance"}))
    rename = RenameGroup(name="finance", new="money")
    tried, done = await org.do(rename, what_if=True), await org.do(rename)
    assert tried.rows == done.rows
    shown = {(row.table, row.key): (row.before, row.after) for row in done.rows}
    assert set(shown) == {("group", "finance"), ("policy", "bank")}
    before, after = shown["policy", "bank"]
    assert before
    assert after == {**before, "park_group": "money"}
    terms = done.book.policy("bank").terms
    assert isinstance(terms, CallingTerms)
    assert terms.park_group == "money"
    kept = [row for row in (await org.rows())["audit_rows"] if row[0] == done.change]
    assert len(kept) == 2


async def test_a_store_whose_policy_parks_for_an_unknown_group_goes_on(org: Acme) -> None:
    unknown = '{"park_group": "gone"}'

    async def write(connection: AsyncConnection) -> None:
        policies = tables.policies
        await connection.execute(
            update(policies).where(policies.c.name == "bank").values(terms=unknown)
        )

    await org.store.write(write)
    changed = await org.do(SetPolicy(name="bank", terms={"park": True, "park_group": "gone"}))
    await org.do(Revert(change=changed.change))
    await org.do(RenameGroup(name="finance", new="money"), RemoveGroup(name="money"))
    assert await org.code(SetPolicy(name="bank", terms={"park_group": "went"})) == "A_NO_GROUP"
    await org.do(SetPolicy(name="bank", terms={"park_group": ""}))


async def test_the_audit_says_who_did_what_from_where_with_the_rows(org: Acme) -> None:
    await org.do(SetPolicy(name="organisation", terms={**CHOICE, "relay_only": True}))
    rows = await org.rows()
    change, _, *entry = max(rows["audit"])
    assert entry == [
        "chief@acme", "policy.change", "organisation", "user_choice, relay_only=True",
        org.chief.device, org.chief.address,
    ]  # fmt: skip
    ((_, _, table, _, before, after),) = [row for row in rows["audit_rows"] if row[0] == change]
    assert table == "policies"
    assert "disabled" in before
    assert "user_choice" in after
    await org.do(NewGroup(name="x"), NewPolicy(name="y", kind="calling", terms={}), by=BY_SERVICE)
    assert max((await org.rows())["audit"])[2:6] == ("", "change", "x", "2 operations")
