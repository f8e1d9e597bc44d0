"""Admin, opened: policies, people, groups and devices, each changed by what goes into the draft."""

import msgspec

from tests.support.fake_organisation import (
    POLICIES,
    Organisation,
    administrator,
    outcome,
)
from tests.tui.administering import GRANT, drafted, publish, shows
from tests.tui.conftest import Start
from tui_call.signaling.administration import (
    Change,
    Explain,
)
from tui_call.signaling.administration_answers import Answer
from tui_call.signaling.administration_rows import (
    ConcernedRow,
    IssuedLink,
)
from tui_call.signaling.operations import (
    AddMember,
    AddPerson,
    ChangeRole,
    DisablePerson,
    DropMember,
    GrantPolicy,
    InvitePerson,
    NewGroup,
    NewPolicy,
    RevokeDevice,
    SetPolicy,
    TakeGrant,
)


async def test_terms_of_a_policy_are_changed_each_in_its_way(start: Start) -> None:
    organisation = Organisation()
    async with start(administrator(), "4", organisation=organisation) as it:
        await shows(it, "finance-e2ee")
        await it.press("enter")
        await shows(it, "relay_only")
        await it.press("enter", "end", "enter")
        await shows(it, "user choice -> required")
        await it.press("down", "enter", "down", "enter")
        await it.type("0.2.0")
        await it.press("enter")
        await shows(it, "draft: 3 changes")
        terms = {"e2ee_calls": "required", "require_compared": True, "min_client": "0.2.0"}
        wanted = [
            one.terms for one in organisation.asked[-1].operations  # type: ignore[union-attr]
            if isinstance(one, SetPolicy)
        ]  # fmt: skip
        assert {name: term for each in wanted for name, term in each.items()} == terms


async def test_of_many_grants_it_is_said_how_many_more_there_are(start: Start) -> None:
    finance = msgspec.structs.replace(POLICIES[0], all_grants=31)
    async with start(administrator(), "4", organisation=Organisation(policies=(finance,))) as it:
        await shows(it, "finance (1), 30 more")
        await it.press("enter")
        await shows(it, "relay_only")
        assert "30 more" in it.text


async def test_an_address_stands_whole_where_there_is_room(start: Start) -> None:
    long = "first.administrator.of.all@acme"
    organisation = Organisation()
    organisation.concerned = (ConcernedRow(long, "group", "finance", 1),)
    for size, whole in (((80, 24), True), ((60, 24), False)):
        async with start(administrator(), "4", size=size, organisation=organisation) as it:
            await shows(it, "finance-e2ee")
            await it.press("enter")
            await shows(it, "first.administrator")
            assert (long in it.text) is whole
            assert "finance (1)" in it.text


async def test_a_number_is_no_text(start: Start) -> None:
    organisation = Organisation()
    async with start(administrator(), "4", organisation=organisation) as it:
        await shows(it, "finance-e2ee")
        await it.press("end", "enter")
        await shows(it, "keep_days")
        await it.press("down", "down", "enter", "ctrl+u")
        await it.type("long")
        await it.press("enter")
        assert "A whole number." in it.text
        await it.press("ctrl+u")
        await it.type("30")
        await it.press("enter")
        await shows(it, "0 -> 30")


async def test_a_grant_is_taken_away_or_gets_another_rank(start: Start) -> None:
    organisation = Organisation()
    async with start(administrator(), "4", organisation=organisation) as it:
        await shows(it, "finance-e2ee")
        await it.press("enter")
        await shows(it, "granted to")
        await it.press(*("down",) * 4, "enter", "end", "enter")
        await shows(it, "draft: 1 change")
        assert drafted(organisation) == TakeGrant(to="group", subject="finance", kind="encryption")
        await it.press("u", "enter", "enter", "ctrl+u")
        await it.type("2")
        await it.press("enter")
        await shows(it, "draft: 1 change")
        assert drafted(organisation) == msgspec.structs.replace(GRANT, rank=2)


async def test_a_new_policy_is_opened_and_granted_before_it_is_there(start: Start) -> None:
    organisation = Organisation()
    async with start(administrator(), "4", "plus", "enter", organisation=organisation) as it:
        await it.type("pilots")
        await it.press("enter", "down", "enter")
        await shows(it, "encryption policy")
        new = NewPolicy(name="pilots", kind="encryption", terms={"e2ee_calls": "user_choice"})
        await it.until(lambda: drafted(organisation) == new)
        await it.press("plus", "end", "enter")
        await shows(it, "draft: 2 changes")
        assert drafted(organisation) == GrantPolicy(policy="pilots", to="organisation")
        await it.press("escape")
        assert "pilots" in it.text


async def test_people_and_groups_are_made(start: Start) -> None:
    organisation = Organisation()
    async with start(administrator(), "4", "right", "plus", organisation=organisation) as it:
        await it.type("clerk")
        await it.press("enter")
        await it.type("Clara Clerk")
        await it.press("enter")
        await it.until(
            lambda: drafted(organisation) == AddPerson(address="clerk", name="Clara Clerk")
        )
        await it.press("right", "plus")
        await it.type("pilots")
        await it.press("enter")
        await it.until(lambda: drafted(organisation) == NewGroup(name="pilots"))


async def test_what_is_done_with_a_person(start: Start) -> None:
    organisation = Organisation()
    async with start(administrator(), "4", "right", organisation=organisation) as it:
        await shows(it, "person000@acme")
        await it.press("enter")
        await shows(it, "group rank 1 finance")
        who = "person000@acme"
        await it.press("enter", "down", "enter", "down", "enter")
        await it.until(lambda: drafted(organisation) == DisablePerson(account=who))
        first = organisation.asked[-1].operations[0]  # type: ignore[union-attr]
        assert first == ChangeRole(account=who, role="admin")
        await it.press("plus")
        await it.type("legal")
        await it.press("enter")
        await it.until(lambda: drafted(organisation) == AddMember(group="legal", account=who))
        await it.press(*("down",) * 6, "enter")
        await it.until(lambda: drafted(organisation) == DropMember(group="staff", account=who))
        await it.press("down", "down", "enter")
        await it.until(lambda: drafted(organisation) == RevokeDevice(device="ab" * 16))


async def test_a_link_is_shown_once_it_is_made(start: Start) -> None:
    def answer(change: Change) -> Answer:
        link = IssuedLink("person000@acme", "tui-call://calls.acme.example/join?x", 1_787_320_000)
        return outcome(0 if change.what_if else 15, links=() if change.what_if else (link,))

    organisation = Organisation(changes=answer)
    async with start(administrator(), "4", "right", organisation=organisation) as it:
        await shows(it, "person000@acme")
        await it.press("enter")
        await shows(it, "invite")
        await it.press(*("down",) * 5, "enter")
        await it.until(lambda: drafted(organisation) == InvitePerson(account="person000@acme"))
        await publish(it)
        await shows(it, "tui-call://calls.acme.example/join?x")
        assert "It works once" in it.text


async def test_members_come_and_go(start: Start) -> None:
    organisation = Organisation()
    async with start(administrator(), "4", "right", "right", organisation=organisation) as it:
        await shows(it, "finance-e2ee (1)")
        await it.press("enter", "plus")
        await it.type("clerk@acme")
        await it.press("enter")
        added = AddMember(group="finance", account="clerk@acme")
        await it.until(lambda: drafted(organisation) == added)
        await it.press("end", "up", "enter")
        await it.until(lambda: isinstance(drafted(organisation), DropMember))


async def test_a_device_is_revoked_after_a_question(start: Start) -> None:
    organisation = Organisation()
    async with start(administrator(), *"4", "left", "left", organisation=organisation) as it:
        await shows(it, "online")
        await it.press("enter", "enter")
        assert "draft" not in it.text
        await it.press("enter", "end", "enter")
        await it.until(lambda: drafted(organisation) == RevokeDevice(device="ab" * 16))


async def test_a_call_is_tried(start: Start) -> None:
    organisation = Organisation()
    async with start(administrator(), "4", "t", organisation=organisation) as it:
        await it.type("ada@acme")
        await it.press("enter")
        await it.type("grace@acme")
        await it.press("enter")
        await shows(it, "refused, Y_OWN_POLICY at grace@acme")
        assert organisation.asked[-1] == Explain(account="ada@acme", other="grace@acme")
        assert "finance-e2ee: applies" in it.text
        assert "organisation: not reached" in it.text
        assert "client 0.0.9 is older than this policy takes" in it.text
