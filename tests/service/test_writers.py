"""Every rule holds with several writers: two who share a store and know nothing of each other."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable
from pathlib import Path
from typing import TypeVar

import pytest
from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tui_call.service.database import Accounts, Database, Invites, Organisations, tables
from tui_call.service.database.epoch import advance_epoch
from tui_call.service.database.invites import EnrolledDevice, Enrollee
from tui_call.service.faults import InviteUsed, Refused, TooManyDevices
from tui_call.signaling.policies import Epoch
from tui_call.signaling.vocabulary import MOST_DEVICES

TRIES = 40
NOW, LATER = 1_000, 2_000
T = TypeVar("T")


@pytest.fixture
async def stores(store_place: Path | str) -> AsyncIterator[tuple[Database, Database]]:
    first = await Database.open(store_place)
    await Organisations(first).open("acme", "Acme", NOW)
    second = await Database.open(store_place)
    yield first, second
    await first.close()
    await second.close()


def code(number: int) -> bytes:
    return hashlib.sha256(str(number).encode()).digest()


def device(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:32]


def enrollee(device: str, user: str) -> Enrollee:
    return Enrollee(user, user.title(), device, "laptop", b"\1" * 32)


def invites(store: Database) -> Invites:
    return Invites(store, "acme", first_administers=True)


async def at_once(*work: Awaitable[T]) -> tuple[list[T], list[Refused]]:
    """Return what came of things done at once: results, and refusals. Other faults are raised."""
    outcomes = await asyncio.gather(*work, return_exceptions=True)
    refused = [one for one in outcomes if isinstance(one, Refused)]
    failed = [one for one in outcomes if isinstance(one, BaseException) and one not in refused]
    if failed:
        raise failed[0]
    return [one for one in outcomes if not isinstance(one, BaseException)], refused


async def enrol_at_once(
    stores: tuple[Database, Database],
    codes: tuple[bytes, bytes],
    number: int,
    users: tuple[str, str] = ("ada", "ada"),
) -> tuple[list[EnrolledDevice], list[Refused]]:
    return await at_once(
        *(
            invites(store).enrol(code, enrollee(device(f"{number} {side}"), user), NOW)
            for side, (store, code, user) in enumerate(zip(stores, codes, users, strict=True))
        )
    )


async def count(store: Database, table: object) -> int:
    async def query(connection: AsyncConnection) -> int:
        return await connection.scalar(select(func.count()).select_from(table)) or 0  # type: ignore[arg-type]

    return await store.read(query)


async def test_an_invite_is_spent_once(stores: tuple[Database, Database]) -> None:
    for number in range(TRIES):
        invite = code(number)
        await invites(stores[0]).add(invite, LATER, NOW, by=None, account=None)
        enrolled, refused = await enrol_at_once(stores, (invite, invite), number, ("ada", "bob"))
        assert len(enrolled) == 1
        assert [type(one) for one in refused] == [InviteUsed]
    assert await count(stores[0], tables.accounts) == TRIES


async def test_everybody_gets_an_address_of_their_own_and_one_person_administers(
    stores: tuple[Database, Database],
) -> None:
    for number in range(TRIES):
        codes = code(2 * number), code(2 * number + 1)
        for one in codes:
            await invites(stores[0]).add(one, LATER, NOW, by=None, account=None)
        enrolled, refused = await enrol_at_once(stores, codes, number)
        assert (len(enrolled), refused) == (2, [])

    async def query(connection: AsyncConnection) -> dict[str, str]:
        accounts = tables.accounts
        rows = await connection.execute(select(accounts.c.id, accounts.c.role))
        return {row.id: row.role for row in rows}

    roles = await stores[0].read(query)
    assert len(roles) == 2 * TRIES
    assert list(roles.values()).count("admin") == 1


async def test_a_person_has_no_more_devices_than_allowed(stores: tuple[Database, Database]) -> None:
    for number in range(TRIES // 4):
        first = code(3 * number)
        await invites(stores[0]).add(first, LATER, NOW, by=None, account=None)
        (owner, *_), _ = await at_once(
            invites(stores[0]).enrol(first, enrollee(device(f"owner {number}"), "ada"), NOW)
        )
        account, links = owner.record.account, (code(3 * number + 1), code(3 * number + 2))

        async def prepare(
            connection: AsyncConnection,
            account: str = account,
            owner: str = owner.record.device,
            links: tuple[bytes, bytes] = links,
            number: int = number,
        ) -> None:
            """Leave room for one more, and give two links out."""
            for other in range(MOST_DEVICES - 2):
                await connection.execute(
                    insert(tables.devices).values(
                        id=device(f"other {number} {other}"), account=account, name="",
                        login_key=b"\1" * 32, created=NOW,
                    )
                )  # fmt: skip
            for link in links:
                await connection.execute(
                    insert(tables.invites).values(
                        code_sha256=link, account=account, created=NOW, expires=LATER, device=owner
                    )
                )

        await stores[0].write(prepare)
        enrolled, refused = await enrol_at_once(stores, links, TRIES + number)
        assert len(enrolled) == 1
        assert [type(one) for one in refused] == [TooManyDevices]
        found = await Accounts(stores[1]).find(account)
        assert found is not None
        assert len(found.devices) == MOST_DEVICES


async def test_no_two_changes_have_the_same_epoch_and_none_is_made_in_vain(
    stores: tuple[Database, Database],
) -> None:
    tries = 0

    async def change(connection: AsyncConnection) -> Epoch:
        nonlocal tries
        tries += 1
        epoch = await advance_epoch(connection)
        await asyncio.sleep(0)
        return epoch

    epochs, _ = await at_once(*(store.write(change) for _ in range(100) for store in stores))
    assert sorted(epochs) == [Epoch(0, number) for number in range(1, 201)]
    assert tries == len(epochs)


async def test_a_rule_over_many_rows_holds(stores: tuple[Database, Database]) -> None:
    """As that of the last administrator: each of two may go, both may not."""
    people = [f"person-{number}" for number in range(2 * TRIES)]

    async def add(connection: AsyncConnection) -> None:
        await connection.execute(
            insert(tables.accounts),
            [
                {"id": one, "name": "", "search_text": "", "role": "admin", "on_demand": False,
                 "created": NOW}
                for one in people
            ],
        )  # fmt: skip

    await stores[0].write(add)

    def demote(person: str, pair: tuple[str, str]):
        async def change(connection: AsyncConnection) -> bool:
            accounts = tables.accounts
            administrators = await connection.scalar(
                select(func.count())
                .select_from(accounts)
                .where(accounts.c.id.in_(pair), accounts.c.role == "admin")
            )
            if administrators != 2:
                return False
            await connection.execute(
                update(accounts).where(accounts.c.id == person).values(role="member")
            )
            return True

        return change

    for pair in zip(people[::2], people[1::2], strict=True):
        done, _ = await at_once(
            *(store.write(demote(person, pair)) for store, person in zip(stores, pair, strict=True))
        )
        assert sorted(done) == [False, True]
