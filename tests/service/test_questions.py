"""What administrators and auditors read: pages, which policy applies and why, what was changed."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.service.organisations import CHOICE, ORGANISATION, Acme, acme, peopled
from tests.support.postgresql import PostgreSQLServer
from tui_call.service.database import Accounts, Database
from tui_call.service.database.accounts import Seen
from tui_call.service.database.moment import Moments
from tui_call.service.operations.work import ChangeRefused
from tui_call.service.questions import changes, people, policies
from tui_call.signaling.administration import (
    Explain,
    FindChanges,
    FindConcerned,
    FindDevices,
    FindGroups,
    FindPeople,
    FindPolicies,
    ShowChange,
    ShowPerson,
)
from tui_call.signaling.administration_rows import (
    CallExplained,
    ChangedRow,
    ChangeRow,
    GrantRow,
    RuleRow,
)
from tui_call.signaling.operations import (
    AddMember,
    DropMember,
    GrantPolicy,
    PutPerson,
    RemoveGroup,
    RenameGroup,
    SetPolicy,
    TakeGrant,
)


@pytest.fixture
async def org(store_place: Path | str) -> AsyncIterator[Acme]:
    async with acme(await Database.open(store_place)) as running:
        await peopled(running)
        yield running


async def look(org: Acme, question: Any, request: Any, *more: Any, **facts: Any) -> Any:
    moments = Moments(org.store, ORGANISATION)
    return await moments.read(lambda moment: question(moment, request, *more, **facts))


async def would_be(org: Acme, one: str, other: str, *, bridge: bool = False) -> CallExplained:
    """Return what a call between two people would be."""
    asked = Explain(account=one, other=other)
    call = (await look(org, policies.explain, asked, bridge=bridge)).call
    assert isinstance(call, CallExplained)
    return call


def offline(_account: str, _device: str) -> bool:
    return False


async def test_people_come_in_pages_by_address(org: Acme) -> None:
    await org.do(*(PutPerson(address=f"p{number:03}") for number in range(250)))
    found, after = list[str](), ""
    while True:
        page = await look(org, people.find_people, FindPeople(after=after))
        found += [person.account for person in page.people]
        if not (after := page.next):
            break
    assert page.all == len(found) == 255
    assert found == sorted(found)
    few = await look(org, people.find_people, FindPeople(text="P24", most=3))
    assert [person.account for person in few.people] == ["p240@acme", "p241@acme", "p242@acme"]
    assert (few.next, few.all) == ("p242@acme", 10)


async def test_people_of_a_group_and_what_is_known_of_each(org: Acme) -> None:
    await Accounts(org.store).seen([Seen("clerk@acme", 7, "1.2")])
    found = await look(org, people.find_people, FindPeople(group="finance"))
    assert [person.account for person in found.people] == ["cashier@acme", "clerk@acme"]
    clerk = found.people[1]
    assert (clerk.groups, clerk.last_seen, clerk.client) == (("finance", "staff"), 7, "1.2")
    assert clerk.e2ee_calls == "disabled"
    with pytest.raises(ChangeRefused, match="finance"):
        await look(org, people.find_people, FindPeople(group="finanse"))


async def test_a_person_is_shown_with_grants_or_the_nearest_is_named(org: Acme) -> None:
    await org.do(GrantPolicy(policy="bank", to="user", subject="clerk"))
    shown = await look(org, people.show_person, ShowPerson(account="clerk"), offline)
    assert shown.grants == (GrantRow("bank", "calling", "user", "clerk@acme", 0, 1),)
    assert (shown.setting, shown.devices) == ("off", ())
    with pytest.raises(ChangeRefused, match="clerk@acme"):
        await look(org, people.show_person, ShowPerson(account="klerk"), offline)
    (device,) = (await look(org, people.find_devices, FindDevices(), offline)).devices
    assert (device.device, device.online) == (org.chief.device, False)


async def test_groups_and_policies_say_to_how_many_they_apply(org: Acme) -> None:
    await org.do(GrantPolicy(policy="finance-e2ee", to="group", subject="finance", rank=1))
    groups = (await look(org, people.find_groups, FindGroups())).groups
    assert [(group.name, group.people, group.source) for group in groups] == [
        ("finance", 2, ""), ("hired", 1, "hr"), ("staff", 1, ""),
    ]  # fmt: skip
    assert groups[0].grants[0].people == 2
    assert groups[2].grants[0].people == 0, "the clerk is in a higher ranked group"
    found = await look(org, policies.find_policies, FindPolicies(text="E2EE"))
    assert [(one.name, one.people, one.all_grants) for one in found.policies] == [
        ("finance-e2ee", 2, 1), ("no-e2ee", 0, 1),
    ]  # fmt: skip
    assert found.epoch == await org.epoch()
    concerned = await look(org, policies.find_concerned, FindConcerned(policy="finance-e2ee"))
    assert [(one.account, one.group, one.rank) for one in concerned.people] == [
        ("cashier@acme", "finance", 1), ("clerk@acme", "finance", 1),
    ]  # fmt: skip
    with pytest.raises(ChangeRefused, match="finance-e2ee"):
        await look(org, policies.find_concerned, FindConcerned(policy="finance-e2e"))


async def test_all_to_whom_a_policy_applies_are_paged_through_in_any_order_of_the_store(
    postgresql_server: PostgreSQLServer,
) -> None:
    async with acme(await Database.open(postgresql_server.new_database("en"))) as org:
        await org.do(*(PutPerson(address=one) for one in ("clerk", "clerk1", "clerk_a", "z")))
        everybody = await look(org, people.find_people, FindPeople())
        addresses = [person.account for person in everybody.people]
        assert addresses != sorted(addresses)
        found, after = list[str](), ""
        while True:
            asked = FindConcerned(policy="organisation", after=after, most=1)
            page = await look(org, policies.find_concerned, asked)
            found += [person.account for person in page.people]
            if not (after := page.next):
                break
        assert sorted(found) == sorted(addresses)
        assert page.all == len(found)


async def test_a_change_concerns_as_many_people_as_a_policy_applies_to(org: Acme) -> None:
    await Accounts(org.store).ensure_on_demand("echo@acme", "Echo", "off", 1)
    await org.do(AddMember(group="finance", account="echo"))
    found = await look(org, policies.find_policies, FindPolicies(text="calls"))
    (calls,) = found.policies
    tried = await org.do(SetPolicy(name="calls", terms={"captions": False}), what_if=True)
    assert len(tried.effects) == calls.people
    tried = await org.do(
        GrantPolicy(policy="bank", to="group", subject="finance"),
        GrantPolicy(policy="bank", to="user", subject="clerk"),
        GrantPolicy(policy="finance-e2ee", to="user", subject="echo"),
        what_if=True,
    )
    assert {one.account for one in tried.effects} == {"clerk@acme", "cashier@acme"}
    assert [one.account for one in tried.kept] == ["clerk@acme"]
    tried = await org.do(DropMember(group="finance", account="echo"), what_if=True)
    assert (len(tried.rows), tried.effects) == (1, [])


async def test_explain_tells_every_rule_and_what_a_call_would_be(org: Acme) -> None:
    await org.do(GrantPolicy(policy="finance-e2ee", to="group", subject="finance", rank=1))
    await Accounts(org.store).change_setting("clerk@acme", "on", 1)
    ask = Explain(account="clerk", other="chief@acme")
    found = await look(org, policies.explain, ask, bridge=False)
    assert found.kinds[0].rules == (
        RuleRow("user", 0, "", "", "none"),
        RuleRow("group", 1, "finance", "finance-e2ee", "applies"),
        RuleRow("group", 2, "staff", "no-e2ee", "not_reached"),
        RuleRow("organisation", 0, "", "organisation", "not_reached"),
    )
    assert (found.setting, found.kinds[0].terms["e2ee_calls"]) == ("on", "user_choice")
    assert found.call == CallExplained(
        "chief@acme", False, "Y_OWN_POLICY", "chief@acme", "organisation: disabled"
    )


async def test_explain_names_the_first_thing_in_the_way_of_a_call(org: Acme) -> None:
    ask = Explain(account="clerk", other="chief")
    accounts = Accounts(org.store)
    await org.do(
        SetPolicy(name="organisation", terms={**CHOICE, "min_client": "2.0"}),
        TakeGrant(to="group", subject="staff"),
        GrantPolicy(policy="bank", to="user", subject="chief"),
    )
    for account in ("clerk@acme", "chief@acme"):
        await accounts.seen([Seen(account, 1, "1.9")])
    said = [await would_be(org, "clerk", "chief")]
    await accounts.change_setting("clerk@acme", "on", 1)
    await org.do(SetPolicy(name="organisation", terms={"min_client": ""}))
    said.append(await would_be(org, "clerk", "chief"))
    await org.do(TakeGrant(to="user", subject="chief"))
    await accounts.change_setting("chief@acme", "on", 1)
    said.append(await would_be(org, "clerk", "chief"))
    await org.do(SetPolicy(name="organisation", terms={"min_client": "2.0"}))
    found = await look(org, policies.explain, ask, bridge=False)
    said.append(found.call)
    assert [(call.code, call.at) for call in said] == [
        ("Y_OWN_SETTING", "clerk@acme"),
        ("Y_OWN_COMPLIANCE", "chief@acme"),
        ("", ""),
        ("Y_OWN_OLD", "clerk@acme"),
    ]
    assert (found.client, found.client_too_old) == ("1.9", True)


@pytest.mark.parametrize("other", ["clerk", "clerk@acme"])
async def test_explain_refuses_a_call_to_oneself(org: Acme, other: str) -> None:
    with pytest.raises(ChangeRefused, match="A call needs two people"):
        await would_be(org, "clerk", other)


async def test_explain_tells_where_a_call_would_be_standard(org: Acme) -> None:
    assert not (await would_be(org, "clerk", "chief")).standard, "without a bridge"
    standard = await would_be(org, "clerk", "chief", bridge=True)
    assert (standard.allowed, standard.standard, standard.code) == (False, True, "Y_OWN_POLICY")
    await org.do(GrantPolicy(policy="bank", to="user", subject="chief"))
    recorded = await would_be(org, "chief", "clerk", bridge=True)
    assert (recorded.standard, recorded.code) == (True, "Y_OWN_COMPLIANCE")
    await org.do(
        TakeGrant(to="user", subject="chief"),
        GrantPolicy(policy="finance-e2ee", to="user", subject="chief"),
    )
    accounts = Accounts(org.store)
    for setting, standard_call in (("on", True), ("require", False)):
        await accounts.change_setting("chief@acme", setting, 1)
        assert (await would_be(org, "chief", "clerk", bridge=True)).standard is standard_call
    await org.do(SetPolicy(name="finance-e2ee", terms={"e2ee_calls": "required"}))
    assert not (await would_be(org, "clerk", "chief", bridge=True)).standard


async def test_changes_are_found_by_actor_subject_and_time(org: Acme) -> None:
    org.clock.now += 100
    renamed = await org.do(RenameGroup(name="finance", new="money"))
    for request in (
        FindChanges(since=int(org.clock())),
        FindChanges(subject="money"),
        FindChanges(actor="chief", most=1),
    ):
        found = (await look(org, changes.find_changes, request)).changes
        assert found[0].change == renamed.change, request
    (newest,) = (await look(org, changes.find_changes, FindChanges(most=1))).changes
    assert newest == ChangeRow(
        renamed.change, int(org.clock()), "chief@acme", org.chief.device, org.chief.address,
        "group.rename", "finance", "money", 1,
    )  # fmt: skip
    older = await look(org, changes.find_changes, FindChanges(after=str(newest.change)))
    assert [change.change for change in older.changes] == [3, 2, 1]
    assert not (await look(org, changes.find_changes, FindChanges(actor="clerk"))).changes


async def test_a_change_is_shown_with_names_of_what_is_gone_by_now(org: Acme) -> None:
    made = await org.do(*(PutPerson(address=f"p{n}", groups=("gone",)) for n in range(80)))
    await org.do(RemoveGroup(name="gone"))
    rows, after = list[ChangedRow](), ""
    while True:
        page = await look(org, changes.show_change, ShowChange(change=made.change, after=after))
        rows += page.rows
        if not (after := page.next):
            break
    assert rows == list(made.rows)
    assert "gone: p7@acme" in {row.key for row in rows}
    assert page.change.rows == len(rows)
    with pytest.raises(ChangeRefused, match="99"):
        await look(org, changes.show_change, ShowChange(change=99))
