"""Admin: lists that the service is asked for, a draft, and publishing it."""

from collections.abc import Iterator

import msgspec
import pytest

from tests.support.fake_engine import HOSTILE, said
from tests.support.fake_organisation import (
    GROUPS,
    POLICIES,
    Organisation,
    administrator,
    outcome,
    refused,
)
from tests.tui.conftest import Running, Start
from tui_call.control.actions import Administer
from tui_call.signaling.administration import (
    Change,
    Explain,
    FindPeople,
)
from tui_call.signaling.administration_answers import Answer
from tui_call.signaling.administration_rows import (
    ConcernedRow,
    IssuedLink,
    PersonRow,
    PolicyRow,
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
    Revert,
    RevokeDevice,
    SetPolicy,
    TakeGrant,
)
from tui_call.signaling.policies import Epoch
from tui_call.tui.widgets.rows import Rows

GRANT = GrantPolicy(policy="finance-e2ee", to="group", subject="finance", rank=1)


async def shows(it: Running, text: str) -> None:
    """Wait until the screen shows what the service answered."""
    await it.until(lambda: text in it.text)


async def grant_to_finance(it: Running) -> None:
    """Open the first policy and grant it to a group."""
    await shows(it, "finance-e2ee")
    await it.press("enter")
    await grant_to_finance_again(it)


async def grant_to_finance_again(it: Running) -> None:
    await it.press("plus", "enter")
    await it.type("finance")
    await it.press("enter")
    await it.type("1")
    await it.press("enter")
    await shows(it, "draft: 1 change, 39 people")


async def publish(it: Running) -> None:
    """Look at the difference, and publish it."""
    await it.press("ctrl+y")
    await shows(it, "y Publish")
    await it.press("y")


def drafted(organisation: Organisation) -> object:
    """Return the operation that was tried last."""
    tried = [one for one in organisation.asked if isinstance(one, Change) and one.what_if]
    return tried[-1].operations[-1]


# Lists


async def test_each_list_is_asked_for_when_it_is_shown(start: Start) -> None:
    async with start(administrator(), "4", organisation=Organisation()) as it:
        await shows(it, "finance (1)")
        assert "2 people, staff (2)" in it.text
        assert "4 policies" in it.text
        for text in ("person000@acme", "finance-e2ee (1)", "revoked", "policy.grant"):
            await it.press("right")
            await shows(it, text)
        await it.press("right", "left", "left")
        await shows(it, "online")


async def test_a_long_list_comes_in_pages_as_one_goes_down(start: Start) -> None:
    organisation = Organisation()
    async with start(administrator(), "4", "right", organisation=organisation) as it:
        await shows(it, "250 people")
        for _ in range(2):
            await it.press("end")
            await it.until(lambda: len(it.app.screen.query_one(Rows)._rows) % 100 != 1)
        await it.until(lambda: len(it.app.screen.query_one(Rows)._rows) == 250)
        await it.press("end")
        assert "> person249@acme" in it.text
        pages = [one.after for one in organisation.asked if isinstance(one, FindPeople)]
        assert pages == ["", "person099@acme", "person199@acme"]


async def test_the_service_searches(start: Start) -> None:
    organisation = Organisation()
    async with start(administrator(), "4", "right", "slash", organisation=organisation) as it:
        await it.type("Person 237")
        await shows(it, "1 person")
        await it.press("enter")
        assert "> person237@acme" in it.text
        await it.press("slash")
        await it.type("0")
        await shows(it, "Nothing like that. Press esc to see all.")
        await it.press("escape")
        await shows(it, "250 people")


async def test_a_click_on_a_list_shows_it(start: Start) -> None:
    async with start(administrator(), "4", organisation=Organisation()) as it:
        await it.pilot.click("TabLine", offset=(23, 0))
        await shows(it, "finance-e2ee (1)")


async def test_a_service_that_is_away_is_said(start: Start) -> None:
    async with start(administrator(), organisation=Organisation()) as it:
        it.engine.refuse(Administer, "unavailable", said("F_SERVICE_AWAY"))
        await it.press("4")
        assert said("F_SERVICE_AWAY").text in it.text


# Draft


async def test_a_draft_is_tried_stands_in_the_first_line_and_is_undone(start: Start) -> None:
    organisation = Organisation()
    async with start(administrator(), "4", organisation=organisation) as it:
        await grant_to_finance(it)
        assert drafted(organisation) == GRANT
        assert "39 people: " in it.text
        await it.press("1")
        assert "draft: 1 change, 39 people" in it.text
        await it.press("4", "u")
        assert "draft" not in it.text
        assert organisation.published == []


async def test_publishing_shows_the_difference_first(start: Start) -> None:
    organisation = Organisation()
    async with start(administrator(), "4", organisation=organisation) as it:
        await grant_to_finance(it)
        await it.press("ctrl+y")
        await shows(it, "y Publish")
        assert "39 people: " in it.text
        assert organisation.published == []
        await it.press("y")
        await shows(it, "Published as change 15.")
        assert organisation.published == [(GRANT,)]
        changes = [one for one in organisation.asked if isinstance(one, Change)]
        assert [one.expected_epoch for one in changes if not one.what_if] == [Epoch(0, 7)]
        assert "draft" not in it.text


async def test_leaving_the_difference_publishes_nothing(start: Start) -> None:
    organisation = Organisation()
    async with start(administrator(), "4", organisation=organisation) as it:
        await grant_to_finance(it)
        await it.press("ctrl+y")
        await shows(it, "y Publish")
        await it.press("escape")
        assert "draft: 1 change, 39 people" in it.text
        assert organisation.published == []


async def test_a_stale_draft_is_shown_anew_before_it_counts(start: Start) -> None:
    epochs = iter((7, 7, 8, 8))

    def answer(change: Change) -> Answer:
        if change.what_if:
            return outcome(epoch=Epoch(0, next(epochs)))
        if change.expected_epoch == Epoch(0, 7):
            return refused("stale", "A_STALE", "Changed by grace@acme meanwhile. Nothing was done.")
        return outcome(16)

    organisation = Organisation(changes=answer)
    async with start(administrator(), "4", organisation=organisation) as it:
        await grant_to_finance(it)
        await publish(it)
        await shows(it, "Changed by grace@acme meanwhile.")
        await shows(it, "y Publish")
        assert len(organisation.published) == 1
        await it.press("y")
        await shows(it, "Published as change 16.")


async def test_what_the_service_refuses_does_not_stay_in_the_draft(start: Start) -> None:
    def answer(change: Change) -> Answer:
        return refused("input", "A_LAST_ADMIN", "ada@acme is the last administrator.")

    organisation = Organisation(changes=answer)
    async with start(administrator(), "4", "right", organisation=organisation) as it:
        await shows(it, "person000@acme")
        await it.press("enter")
        await shows(it, "access")
        await it.press("enter", "end", "enter")
        await shows(it, "ada@acme is the last administrator.")
        assert "draft" not in it.text


async def test_what_reverts_a_change_stands_alone(start: Start) -> None:
    organisation = Organisation()
    async with start(administrator(), "4", organisation=organisation) as it:
        await grant_to_finance(it)
        await it.press("escape", "left")
        await shows(it, "policy.grant")
        await it.press("enter")
        await shows(it, "disabled -> required")
        await it.press(*("down",) * 5, "enter")
        assert "stands alone" in it.text
        await it.press("escape", "u", "enter")
        await shows(it, "draft: 1 change")
        assert drafted(organisation) == Revert(change=14)


# What is opened


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


# Who may


async def test_members_have_no_key_for_it(start: Start) -> None:
    async with start(administrator("member"), "4", organisation=Organisation()) as it:
        assert it.mode == "people"
        assert "4 Admin" not in it.text


async def test_auditors_read_and_change_nothing(start: Start) -> None:
    organisation = Organisation()
    async with start(administrator("auditor"), "4", organisation=organisation) as it:
        await shows(it, "finance-e2ee")
        assert "+ New" not in it.text
        await it.press("plus", "ctrl+y", "u", "enter")
        await shows(it, "e2ee_calls")
        await it.press("enter")
        await shows(it, "You can read here. Changes need an administrator.")
        await it.press("escape", "plus", "escape", "left", "left")
        await shows(it, "online")
        await it.press("enter")
        assert "You can read here. Changes need an administrator." in it.text
        assert not any(isinstance(one, Change) for one in organisation.asked)


async def test_a_demotion_closes_all_of_it_and_forgets_the_draft(start: Start) -> None:
    organisation = Organisation()
    async with start(administrator(), "4", organisation=organisation) as it:
        await grant_to_finance(it)
        await publish(it)
        await shows(it, "Published as change 15.")
        await grant_to_finance_again(it)
        asked = len(organisation.asked)
        it.engine.change(me=administrator("member").me)
        await it.settle()
        assert it.mode == "people"
        assert len(organisation.asked) == asked
        assert "draft" not in it.text
        it.engine.change(me=administrator().me)
        await it.settle()
        await it.press("4")
        await shows(it, "finance-e2ee")
        assert "draft" not in it.text


# How it looks


def hostile() -> Organisation:
    """Return an organisation in which every name is meant to harm."""
    name = HOSTILE[:200]
    policy = PolicyRow(name, "encryption", {name: name}, POLICIES[0].grants)
    person = PersonRow(f"{name}@acme", name, "member", groups=(name,), client=name)
    group = msgspec.structs.replace(GROUPS[0], name=name, source=name)
    return Organisation((policy,), (person,), (group,))


def forbidden(text: str) -> Iterator[str]:
    return (each for each in "\x1b\x9b\u202e\u2069\ufeff" if each in text)


@pytest.mark.parametrize("size", [(60, 15), (80, 24), (120, 40)])
async def test_hostile_names_are_only_text(start: Start, size: tuple[int, int]) -> None:
    async with start(administrator(), "4", size=size, organisation=hostile()) as it:
        for turns in ((), ("right",), ("right",)):
            await it.press(*turns)
            await shows(it, "@click=app")
            await it.press("enter")
            assert list(forbidden(it.text)) == []
            assert it.app.return_value is None
            await it.press("escape")


@pytest.mark.parametrize("size", [(60, 15), (80, 24), (120, 40)])
async def test_the_draft_and_its_keys_are_seen_in_every_size(
    start: Start, size: tuple[int, int]
) -> None:
    async with start(administrator(), "4", size=size, organisation=Organisation()) as it:
        await grant_to_finance(it)
        await it.press("escape")
        assert "draft: 1 change, 39 people" in it.text
        assert "ctrl+y Publish" in it.text
        assert all(len(line) == size[0] for line in it.text.splitlines())
