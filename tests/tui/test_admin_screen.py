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
from tests.tui.administering import (
    GRANT,
    drafted,
    grant_to_finance,
    grant_to_finance_again,
    publish,
    shows,
)
from tests.tui.conftest import Start
from tui_call.control.actions import Administer
from tui_call.signaling.administration import (
    Change,
    FindPeople,
)
from tui_call.signaling.administration_answers import Answer
from tui_call.signaling.administration_rows import (
    PersonRow,
    PolicyRow,
)
from tui_call.signaling.operations import (
    Revert,
)
from tui_call.signaling.policies import Epoch
from tui_call.tui.widgets.rows import Rows

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


async def test_a_draft_that_changes_nothing_says_so_and_is_not_published(start: Start) -> None:
    nothing = outcome(rows=(), all_rows=0, effects=(), all_effects=0)
    organisation = Organisation(changes=lambda _: nothing)
    async with start(administrator(), "4", organisation=organisation) as it:
        await shows(it, "finance-e2ee")
        await it.press("enter")
        await shows(it, "require_compared")
        await it.press("down", "enter", "enter")
        await shows(it, "draft: 2 changes")
        await it.press("ctrl+y")
        await shows(it, "Nothing to change.")
        await it.press("y")
        assert "y Publish" not in it.text
        assert "Published" not in it.text
        assert organisation.published == []


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
