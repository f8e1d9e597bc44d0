"""Two services with one store: who may be here no more at one of them stays at neither."""

import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import msgspec
import pytest

from tests.support.members import Clock, Member, Town, until
from tests.support.members import town as run_town
from tests.support.postgresql import PostgreSQLServer
from tui_call.service import turning_out
from tui_call.service.certificate import FILE as CERTIFICATE
from tui_call.service.database import Accounts
from tui_call.service.faults import DatabaseUnusable
from tui_call.signaling.administration import Change, encode
from tui_call.signaling.administration_answers import ChangeOutcome, answer_of
from tui_call.signaling.invite import parse_invite
from tui_call.signaling.messages import (
    Administer,
    Administered,
    Done,
    Failed,
    InviteCreated,
    LinkDevice,
    RemoveDevice,
)
from tui_call.signaling.operations import (
    DisablePerson,
    Operation,
    RemovePerson,
    RevokeDevice,
)

WHEN_THE_EPOCH_MOVES, AGAIN_AND_AGAIN = 3_600.0, 0.01
Towns = tuple[Town, Town]


@pytest.fixture
async def towns(
    postgresql_server: PostgreSQLServer,
    tmp_path: Path,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> AsyncIterator[Towns]:
    monkeypatch.setattr(
        turning_out, "LOOK_SECONDS", getattr(request, "param", WHEN_THE_EPOCH_MOVES)
    )
    here, there = tmp_path / "here", tmp_path / "there"
    url = postgresql_server.new_database()
    async with AsyncExitStack() as running:
        first = await running.enter_async_context(run_town(here, clock, store_url=url))
        there.mkdir()
        shutil.copy(here / CERTIFICATE, there)
        yield first, await running.enter_async_context(run_town(there, clock, store_url=url))


async def do(member: Member, operation: Operation) -> None:
    body = encode(Change(operations=(operation,)))
    answer = await member.client.ask(lambda n: Administer(n, body), Administered)
    assert isinstance(answer_of(msgspec.json.decode(answer.body)), ChangeOutcome)


KEPT_OUT: dict[str, tuple[Callable[[Member], Operation], str]] = {
    "disabled": (lambda bob: DisablePerson(account=bob.account), "login_refused"),
    "removed": (lambda bob: RemovePerson(account=bob.account), "device_revoked"),
    "revoked": (lambda bob: RevokeDevice(device=bob.device), "device_revoked"),
}


@pytest.mark.parametrize("how", KEPT_OUT)
async def test_who_is_kept_out_at_one_service_is_turned_out_at_the_other(
    towns: Towns, how: str
) -> None:
    here, there = towns
    ada, bob, cleo = await here.enrol("ada"), await there.enrol("bob"), await there.enrol("cleo")
    operation, code = KEPT_OUT[how]
    await do(ada, operation(bob))
    failed = await bob.client.hear(Failed)
    name = there.service.organisation.name
    assert (failed.code, failed.disabled_by) == (code, name if how == "disabled" else "")
    assert await bob.client.is_closed()
    await until(lambda: not there.service.online.any_of(bob.account))
    await cleo.client.hears_nothing_more()


@pytest.mark.parametrize("towns", [AGAIN_AND_AGAIN], indirect=True)
async def test_a_device_that_its_person_removes_at_one_service_is_turned_out_at_the_other(
    towns: Towns,
) -> None:
    here, there = towns
    ada = await here.enrol("ada")
    linked = parse_invite((await ada.client.ask(LinkDevice, InviteCreated)).link).code
    phone = await there.enrol("ada", code=linked)
    await ada.client.ask(lambda n: RemoveDevice(n, phone.device), Done)
    assert (await phone.client.hear(Failed)).code == "device_revoked"
    assert await phone.client.is_closed()


@pytest.mark.parametrize("towns", [AGAIN_AND_AGAIN], indirect=True)
async def test_nobody_is_turned_out_for_want_of_a_store_and_it_is_made_up_for(
    towns: Towns, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = towns
    ada, bob = await here.enrol("ada"), await there.enrol("bob")
    asked = 0

    async def away(*_: object) -> dict[tuple[str, str], bool]:
        nonlocal asked
        asked += 1
        raise DatabaseUnusable

    with monkeypatch.context() as unusable:
        unusable.setattr(Accounts, "disabled_by_device", away)
        await do(ada, DisablePerson(account=bob.account))
        await until(lambda: asked > 1)
        await bob.client.hears_nothing_more()
    assert (await bob.client.hear(Failed)).disabled_by
