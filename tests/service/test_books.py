"""The book out of a store: every case of policy is decided as the pure function decides it."""

from collections.abc import Mapping
from pathlib import Path

import msgspec
from sqlalchemy import delete, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.permissions.policy_cases import CASES, applied
from tests.service.organisations import acme
from tui_call.permissions.book import Book
from tui_call.permissions.evaluation import evaluate
from tui_call.permissions.policies import PolicySource
from tui_call.permissions.terms import as_mapping
from tui_call.service.database import Accounts, Books, Database, Organisations, tables
from tui_call.signaling.operations import SetPolicy
from tui_call.signaling.policies import Epoch

_MADE_AT = {"created": 1}


async def write_book(connection: AsyncConnection, book: Book) -> None:
    """Have a store hold this book and no other, with ids as they are random there."""
    for table in (tables.memberships, tables.grants, tables.policies, tables.groups):
        await connection.execute(delete(table))
    await connection.execute(delete(tables.account_settings))
    await connection.execute(delete(tables.accounts))
    granted = {grant.subject for grant in book.grants if grant.to is PolicySource.GROUP}
    groups = sorted({group for group, _ in book.memberships} | granted)
    ids = {name: f"{number:032x}" for number, name in enumerate(groups)}
    policies = {policy.name: f"{number:032x}" for number, policy in enumerate(book.policies)}
    await _write_people(connection, book, ids)
    for policy in book.policies:
        terms = msgspec.json.encode(as_mapping(policy.terms)).decode()
        await connection.execute(
            insert(tables.policies).values(
                id=policies[policy.name],
                name=policy.name,
                kind=policy.kind,
                terms=terms,
                **_MADE_AT,
            )
        )
    for number, grant in enumerate(book.grants):
        await connection.execute(
            insert(tables.grants).values(
                id=f"{number:032x}", kind=grant.kind, to_kind=grant.to,
                subject=ids.get(grant.subject, grant.subject),
                policy_id=policies[grant.policy], rank=grant.rank,
            )
        )  # fmt: skip


async def _write_people(connection: AsyncConnection, book: Book, ids: Mapping[str, str]) -> None:
    """Write groups, by the ids that they have, and who is in them."""
    accounts = sorted({account for _, account in book.memberships})
    rows = {
        tables.groups: [{"id": ids[name], "name": name, **_MADE_AT} for name in ids],
        tables.accounts: [
            {"id": one, "name": "", "search_text": "", "role": "member", "on_demand": False}
            | _MADE_AT
            for one in accounts
        ],
        tables.memberships: [
            {"group_id": ids[group], "account": account} for group, account in book.memberships
        ],
    }
    for table, values in rows.items():
        if values:
            await connection.execute(insert(table), values)


async def test_each_case_of_policy_is_decided_the_same_out_of_a_store(
    store_place: Path | str,
) -> None:
    store = await Database.open(store_place)
    await Organisations(store).open("acme", "Acme", 1)
    for case in CASES:

        async def change(connection: AsyncConnection, book: Book = case.book) -> None:
            await write_book(connection, book)

        await store.write(change)
        book, _ = await Books(store).read()
        assert book.memberships == case.book.memberships, case.name
        assert set(book.grants) == set(case.book.grants), case.name
        assert applied(evaluate(book, case.person)) == case.expected, case.name
    await store.close()


async def test_a_changed_policy_is_in_the_book_at_a_later_epoch_and_a_setting_moves_none(
    store_place: Path | str,
) -> None:
    store = await Database.open(store_place)
    books, accounts = Books(store), Accounts(store)
    async with acme(store) as org:
        await accounts.ensure_on_demand("echo@acme", "Echo", "off", 1)
        before, epoch = await books.read()
        required = SetPolicy(
            name="organisation", terms={"e2ee_calls": "required", "relay_only": True}
        )
        await org.do(required)
        await org.do(required)  # as it is
        assert await accounts.change_setting("echo@acme", "on", 3)
        after, later = await books.read()
    assert later == Epoch(0, epoch.number + 1)
    evaluations = [evaluate(book, "echo@acme").encryption.policy for book in (before, after)]
    assert [str(policy.terms.e2ee_calls) for policy in evaluations] == ["disabled", "required"]  # type: ignore[union-attr]
