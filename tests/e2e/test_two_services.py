"""Two service processes with one store in PostgreSQL, changed by administrators of both at once."""

import asyncio
import random
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import aiohttp
import msgspec
import pytest

from tests.support.engines import Home
from tests.support.members import Client, Identity
from tests.support.postgresql import PostgreSQLServer
from tests.support.serving import serving, words_after
from tui_call.permissions.terms import PolicyKind
from tui_call.service.certificate import FILE as CERTIFICATE
from tui_call.service.database import Books, Database
from tui_call.signaling import administration, administration_answers
from tui_call.signaling.administration import Change
from tui_call.signaling.administration_answers import (
    ChangeOutcome,
    NotDone,
)
from tui_call.signaling.invite import parse_invite
from tui_call.signaling.messages import Administer, Administered, Welcome
from tui_call.signaling.operations import (
    AddMember,
    AddPerson,
    ChangeRole,
    DropMember,
    GrantPolicy,
    InvitePerson,
    NewGroup,
    NewPolicy,
    Operation,
    TakeGrant,
)
from tui_call.signaling.service_file import RunningService, read_running_service

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

TRIES = 180
"""Of each of the two; some are refused, as what they want is so already."""
CHANGES = 200
BEGIN = ("--init", "--organisation", "acme", "--admin", "Chief")
PEOPLE = [f"person-{number}" for number in range(6)]
GROUPS = [f"group-{number}" for number in range(5)]
ENCRYPTION, CALLING = ("choice", "only", "none"), ("desk", "quiet")
PREPARED: tuple[Operation, ...] = (
    AddPerson(address="second", role="admin"),
    *(AddPerson(address=person) for person in PEOPLE),
    *(NewGroup(name=group) for group in GROUPS),
    *(NewPolicy(name=name, kind="encryption", terms={"relay_only": True}) for name in ENCRYPTION),
    *(NewPolicy(name=name, kind="calling", terms={"park": True}) for name in CALLING),
)


class Administrator:
    """A connection to one of the services."""

    def __init__(self, client: Client, identity: Identity) -> None:
        self.client = client
        self.identity = identity

    async def change(self, *operations: Operation) -> ChangeOutcome | NotDone:
        body = administration.encode(Change(operations=operations))
        answer = await self.client.ask(lambda number: Administer(number, body), Administered)
        outcome = administration_answers.answer_of(msgspec.json.decode(answer.body))
        assert isinstance(outcome, ChangeOutcome | NotDone)
        return outcome


@asynccontextmanager
async def running_service(home: Home, *arguments: str) -> AsyncIterator[tuple[RunningService, str]]:
    """Run a service, and give where it is and what it said."""
    directory = home.directory / "state"
    directory.mkdir(parents=True, exist_ok=True)
    words = ("serve", "--state-directory", str(directory), *arguments)
    async with serving(home, *words) as lines:
        yield read_running_service(directory), lines[1]


async def visit(
    http: aiohttp.ClientSession, service: RunningService, identity: Identity, code: str = ""
) -> Administrator:
    """Log in, and before that enrol where there is an invite."""
    url = f"https://{service.host}:{service.port}/v1"
    if code:
        client = Client(await http.ws_connect(url, ssl=False))
        await client.greet()
        await client.say(identity.enrolment(code, "admin"))
        identity.account = (await client.hear(Welcome)).account
    client = Client(await http.ws_connect(url, ssl=False))
    challenge = await client.greet()
    await client.say(identity.login(challenge, bytes.fromhex(service.pin), int(time.time())))
    await client.hear(Welcome)
    return Administrator(client, identity)


def some_operation(chance: random.Random, number: int) -> Operation:
    """Return what often is in the way of what the other one does at the same time."""
    group, person = chance.choice(GROUPS), chance.choice(PEOPLE)
    policy = chance.choice((*ENCRYPTION, *CALLING))
    rank = chance.choice((None, 1, 2, 3, 9))
    return chance.choice(
        (
            AddPerson(address=f"new-{number}"),
            GrantPolicy(policy=policy, to="group", subject=group, rank=rank),
            TakeGrant(to="group", subject=group, kind=chance.choice(("encryption", "calling"))),
            AddMember(group=group, account=person),
            DropMember(group=group, account=person),
            ChangeRole(account=person, role=chance.choice(("member", "auditor"))),
        )
    )


@asynccontextmanager
async def two_administrators(
    directory: Path, url: str
) -> AsyncIterator[tuple[Administrator, Administrator]]:
    """Run two services with one store, and have an administrator at each."""
    environment = {
        "TUI_CALL_STORE__URL": url,
        "TUI_CALL_LIMITS__DEVICE_BURST": "10000",
        "TUI_CALL_LIMITS__DEVICE_PER_S": "10000",
    }
    async with AsyncExitStack() as running:
        homes = [
            await running.enter_async_context(Home(directory / name, **environment))
            for name in ("first", "second")
        ]
        http = await running.enter_async_context(aiohttp.ClientSession())
        first, said = await running.enter_async_context(running_service(homes[0], *BEGIN))
        link = words_after(said, "First administrator, once")[-1]
        chief = await visit(http, first, Identity(), parse_invite(link).code)
        assert isinstance(await chief.change(*PREPARED), ChangeOutcome)
        invited = await chief.change(InvitePerson(account="second@acme"))
        assert isinstance(invited, ChangeOutcome), invited
        (directory / "second" / "state").mkdir(parents=True)
        shutil.copy(directory / "first" / "state" / CERTIFICATE, directory / "second" / "state")
        second, _ = await running.enter_async_context(running_service(homes[1]))
        code = parse_invite(invited.links[0].link).code
        yield chief, await visit(http, second, Identity(), code)


async def test_what_two_change_at_once_breaks_no_rule_and_has_epochs_of_its_own(
    postgresql_server: PostgreSQLServer, tmp_path: Path
) -> None:
    url = postgresql_server.new_database()
    async with two_administrators(tmp_path, url) as (chief, second):
        store = await Database.open(url)
        _, begun = await Books(store).read()

        async def work(administrator: Administrator, seed: int) -> list[ChangeOutcome]:
            chance, done = random.Random(seed), list[ChangeOutcome]()
            for number in range(TRIES):
                outcome = await administrator.change(some_operation(chance, number))
                assert isinstance(outcome, ChangeOutcome) or outcome.why == "input", outcome
                done += [outcome] if isinstance(outcome, ChangeOutcome) and outcome.change else []
            return done

        of_chief, of_second = await asyncio.gather(work(chief, 1), work(second, 2))
        done = [*of_chief, *of_second]
        book, ended = await Books(store).read()
        numbers = [outcome.epoch.number for outcome in done]
        assert sorted(numbers) == list(range(begun.number + 1, ended.number + 1))
        assert len({outcome.change for outcome in done}) == len(done) >= CHANGES
        added = [
            row.key
            for outcome in done
            for row in outcome.rows
            if row.table == "person" and row.before is None
        ]
        assert len(set(added)) == len(added) > 0
        for kind in PolicyKind:
            ranks = [grant.rank for grant in book.ranked(kind)]
            assert ranks == list(range(1, len(ranks) + 1))

        gone = await asyncio.gather(
            chief.change(ChangeRole(account="second@acme", role="member")),
            second.change(ChangeRole(account="chief@acme", role="member")),
        )
        assert sum(isinstance(outcome, ChangeOutcome) for outcome in gone) == 1, gone
        await store.close()
