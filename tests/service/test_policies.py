"""The book that a service keeps: whom it tells what, how soon, and what goes on without a store."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.permissions.policy_cases import (
    CASES,
    POLICIES,
    PolicyCase,
    case,
    to_all,
    to_group,
    to_user,
)
from tests.support.members import Clock, Identity, Town, until
from tests.support.members import town as run_town
from tui_call.permissions.book import Book
from tui_call.permissions.evaluation import evaluate
from tui_call.permissions.terms import CallingTerms
from tui_call.service.database import Books, Database, tables
from tui_call.service.database.epoch import advance_epoch
from tui_call.service.faults import DatabaseUnusable
from tui_call.service.limits import FAILURE_COST, Limits, Rate
from tui_call.service.policies import CurrentPolicies, told_policies
from tui_call.signaling.messages import (
    VERSION,
    AskEpoch,
    Challenge,
    ChangePolicy,
    CurrentEpoch,
    Done,
    Failed,
    Hello,
    PolicyChanged,
    Welcome,
)
from tui_call.signaling.policies import Epoch


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_an_engine_is_told_is_the_policy_that_applies(case: PolicyCase) -> None:
    told = told_policies(case.book, case.person)
    evaluation = evaluate(case.book, case.person)
    for one, expected, decided in zip(
        told, case.expected, (evaluation.encryption, evaluation.calling), strict=True
    ):
        origin = (one.name, one.source, one.group, one.rank)
        assert origin == (expected.policy, expected.source, expected.group, expected.rank)
        terms = decided.policy.terms
        assert {name: getattr(one, name) for name in terms.__slots__} == {
            name: getattr(terms, name) for name in terms.__slots__
        }
    encryption, calling = told
    assert encryption.compliance_recording == calling.compliance_recording


class Shelf:
    """Books as a test puts them, in place of a store."""

    def __init__(self, book: Book) -> None:
        self.book, self.number = book, 1
        self.away = False

    def put(self, book: Book) -> None:
        self.book, self.number = book, self.number + 1

    async def epoch(self) -> Epoch:
        if self.away:
            raise DatabaseUnusable
        return Epoch(0, self.number)

    async def read(self) -> tuple[Book, Epoch]:
        return self.book, await self.epoch()


class Street:
    """People who are connected, and what they are told."""

    def __init__(self, people: Iterable[str]) -> None:
        self.people = list(people)
        self.told: dict[str, PolicyChanged] = {}
        self.at_first: Callable[[], object] = self.told.copy

    def tell(self, account: str, news: PolicyChanged) -> None:
        if not self.told:
            self.at_first()
        self.told[account] = news

    async def policies(self, shelf: Shelf, clock: Clock) -> CurrentPolicies:
        books = cast("Books", shelf)
        return await CurrentPolicies.open(books, clock, lambda: self.people, self.tell)


FINANCE = tuple(("finance", f"person-{number}@acme") for number in range(50))


def granted(*grants: object, members: Iterable[tuple[str, str]] = FINANCE) -> Book:
    organisation = case("nothing is granted").grants
    return Book(POLICIES, (*organisation, *grants), frozenset(members))  # type: ignore[arg-type]


async def test_only_those_are_told_to_whom_other_policies_apply(clock: Clock) -> None:
    shelf, street = Shelf(granted()), Street(f"person-{number}@acme" for number in range(1000))
    policies = await street.policies(shelf, clock)
    own = to_user("person-7@acme", "no-e2ee")
    shelf.put(granted(to_group("finance", 1, "choice"), own))
    await policies.look()
    assert set(street.told) == {account for _, account in FINANCE}
    told = street.told["person-1@acme"]
    assert (told.policy.name, told.policy.group, told.policy.rank) == ("choice", "finance", 1)
    assert told.epoch == policies.epoch == Epoch(0, 2)
    assert street.told["person-7@acme"].policy.source == "user"
    street.told.clear()
    shelf.put(granted(to_group("others", 1, "only-e2ee"), to_group("finance", 2, "choice"), own))
    await policies.look()
    moved = {account for _, account in FINANCE} - {"person-7@acme"}
    assert set(street.told) == moved, "a rank is told, too"
    street.told.clear()
    shelf.put(shelf.book)
    await policies.look()
    assert street.told == {}, "another epoch alone concerns nobody"


async def test_who_waits_may_go_while_others_are_told(clock: Clock) -> None:
    shelf, street = Shelf(granted()), Street(f"person-{number}@acme" for number in range(1000))
    policies = await street.policies(shelf, clock)
    shelf.put(granted(to_all("choice")))
    waiting = asyncio.create_task(policies.look())
    street.at_first = waiting.cancel
    await until(lambda: len(street.told) == len(street.people))
    assert waiting.cancelled()


async def test_others_have_their_turns_while_many_are_told(clock: Clock) -> None:
    street = Street(f"person-{number}@acme" for number in range(1_000))
    shelf = Shelf(granted())
    policies = await street.policies(shelf, clock)
    turns: list[int] = []

    async def watch() -> None:
        while True:
            turns.append(len(street.told))
            await asyncio.sleep(0)

    watching = asyncio.create_task(watch())
    shelf.put(granted(to_all("choice")))
    await policies.look()
    watching.cancel()
    assert len(street.told) == 1_000
    assert max(after - before for before, after in itertools.pairwise(turns)) <= 50


async def test_without_its_store_the_book_goes_on_and_its_age_grows(clock: Clock) -> None:
    shelf, street = Shelf(granted(to_all("choice"))), Street(["clerk@acme"])
    policies = await street.policies(shelf, clock)
    shelf.away = True
    shelf.put(granted())
    clock.now += 90
    await policies.look()
    assert (policies.of("clerk@acme").policy.name, policies.epoch) == ("choice", Epoch(0, 1))
    assert await age(policies) == 90
    shelf.away = False
    await policies.look()
    assert street.told["clerk@acme"].policy.name == "organisation"
    assert await age(policies) == 0


async def age(policies: CurrentPolicies) -> float:
    answers: list[object] = []

    class Asks:
        account = "clerk@acme"
        put = staticmethod(answers.append)

    await policies.answer(Asks(), AskEpoch(1, policies.epoch))  # type: ignore[arg-type]
    [answer] = answers
    assert isinstance(answer, CurrentEpoch)
    return answer.age


@asynccontextmanager
async def another_service(town: Town) -> AsyncIterator[Database]:
    """Open the store once more, as another service that shares it does."""
    store = await Database.open(town.directory / "service.db")
    yield store
    await store.close()


async def say_of_everybody(store: Database, terms: str) -> None:
    """Change the terms of the organisation's encryption policy."""
    policies = tables.policies

    async def change(connection: AsyncConnection) -> None:
        await advance_epoch(connection)
        await connection.execute(
            update(policies).where(policies.c.kind == "encryption").values(terms=terms)
        )

    await store.write(change)


async def test_what_another_service_changed_is_told_within_moments(town: Town) -> None:
    ada = await town.enrol("ada")
    async with another_service(town) as other:
        await say_of_everybody(other, '{"e2ee_calls": "required", "a_later_term": 7}')
        changed = await ada.client.hear(PolicyChanged)
    assert (changed.policy.e2ee_calls, changed.epoch) == ("required", Epoch(0, 1))


async def log_in_as(town: Town, identity: Identity, version: str) -> Welcome | Failed:
    client = await town.visit()
    await client.say(Hello(VERSION, version))
    challenge = await client.hear(Challenge)
    await client.say(identity.login(challenge, town.service.place.pin, int(town.clock())))
    return await client.hear(Welcome | Failed)  # type: ignore[arg-type]


async def test_a_client_that_is_too_old_is_told_at_its_login_which_version_is_needed(
    town: Town,
) -> None:
    ada = await town.enrol("ada")
    async with another_service(town) as other:
        await say_of_everybody(other, '{"e2ee_calls": "disabled", "min_client": "1.4"}')
        await ada.client.hear(PolicyChanged)
    for version in ("1.3.9", "test", ""):
        refused = await log_in_as(town, ada.identity, version)
        assert isinstance(refused, Failed)
        assert (refused.code, refused.min_client) == ("version", "1.4")
        assert refused.detail == "The service needs tui-call 1.4 or newer: update tui-call."
    assert town.service.online.find(ada.account, ada.device) is not None, "who is in stays"
    for version in ("1.4", "2.0.0"):
        assert isinstance(await log_in_as(town, ada.identity, version), Welcome)


async def test_an_office_full_of_old_clients_keeps_no_new_one_out(tmp_path: Path) -> None:
    limits = Limits(address=Rate(burst=FAILURE_COST, per_second=0))
    async with run_town(tmp_path / "state", limits=limits) as town:
        ada = await town.enrol("ada")
        async with another_service(town) as other:
            await say_of_everybody(other, '{"e2ee_calls": "disabled", "min_client": "1.4"}')
            await ada.client.hear(PolicyChanged)
        for _ in range(FAILURE_COST):
            assert isinstance(await log_in_as(town, ada.identity, "1.3"), Failed)
        assert isinstance(await log_in_as(town, ada.identity, "1.4"), Welcome)


async def test_who_proves_no_key_learns_nothing_of_versions(town: Town) -> None:
    ada = await town.enrol("ada")
    async with another_service(town) as other:
        await say_of_everybody(other, '{"e2ee_calls": "disabled", "min_client": "1.4"}')
        await ada.client.hear(PolicyChanged)
    stranger = Identity(device=ada.device, account=ada.account)
    refused = await log_in_as(town, stranger, "1.3")
    assert isinstance(refused, Failed)
    assert (refused.code, refused.min_client) == ("login_refused", "")


async def test_both_policies_and_their_epoch_come_with_the_login(town: Town) -> None:
    ada = await town.enrol("ada")
    assert ada.welcome.calling is not None
    assert (ada.welcome.calling.name, ada.welcome.calling.source) == ("calls", "organisation")
    may_not = {name for name in CallingTerms.__slots__ if not getattr(ada.welcome.calling, name)}
    assert ada.welcome.personal
    assert may_not == {"compliance_recording", "park_group", "keep_days"}
    before = ada.welcome.epoch
    await ada.client.ask(lambda n: ChangePolicy(n, "user_choice"), Done)
    told = [message for message in ada.client.heard if isinstance(message, PolicyChanged)]
    assert told[0].epoch > before
    assert (await town.log_in(ada.identity)).welcome.epoch == told[0].epoch


async def test_who_has_older_policies_gets_the_present_ones_with_the_answer(town: Town) -> None:
    ada = await town.enrol("ada")
    await ada.client.ask(lambda n: ChangePolicy(n, "user_choice"), Done)
    known = ada.client.heard[-2].epoch  # type: ignore[union-attr]
    ada.client.heard.clear()
    told = await ada.client.ask(lambda n: AskEpoch(n, known), CurrentEpoch)
    assert (told.epoch, ada.client.heard) == (known, [told])
    assert told.age < 10
    ada.client.heard.clear()
    told = await ada.client.ask(lambda n: AskEpoch(n, ada.welcome.epoch), CurrentEpoch)
    changed, _ = ada.client.heard
    assert isinstance(changed, PolicyChanged)
    assert (changed.policy.e2ee_calls, changed.epoch) == ("user_choice", told.epoch)
