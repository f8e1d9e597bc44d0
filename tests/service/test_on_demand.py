"""Accounts whose process starts when somebody looks them up."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support.members import Clock, Identity, Member, Town, until
from tests.support.members import town as run_town
from tui_call.service import on_demand
from tui_call.service.faults import DatabaseUnusable
from tui_call.signaling.invite import parse_invite
from tui_call.signaling.messages import Failed, ListPeople, Lookup, People, Welcome


@dataclass
class Starter:
    """Stands for whoever starts processes: it enrols or logs in as the account, or does not."""

    works: bool = True
    calls: list[tuple[str, Path, str]] = field(default_factory=list)
    town: Town | None = None
    member: Member | None = None

    async def __call__(self, user: str, directory: Path, link: str) -> None:
        self.calls.append((user, directory, link))
        assert self.town is not None
        if not self.works:
            raise OSError("no such program")
        if link:
            self.member = await self.town.enrol("somebody", code=parse_invite(link).code)
        else:
            assert self.member is not None
            self.member = await self.town.log_in(self.member.identity)


@pytest.fixture
def starter() -> Starter:
    return Starter()


@pytest.fixture
async def town(tmp_path: Path, clock: Clock, starter: Starter) -> AsyncIterator[Town]:
    async with run_town(tmp_path / "state", clock, start_account=starter) as running:
        starter.town = running
        yield running


def echo(town: Town) -> str:
    return f"echo@{town.service.organisation.id}"


async def test_the_account_is_listed_as_free_while_its_process_is_off(
    town: Town, starter: Starter
) -> None:
    ada = await town.enrol("ada")
    assert ada.welcome.role == "admin"  # a program is not the first person
    people = (await ada.client.ask(ListPeople, People)).people
    assert [(p.account, p.name, p.presence) for p in people if p.account != ada.account] == [
        (echo(town), "Echo (test)", "free")
    ]
    assert starter.calls == []


async def test_a_lookup_starts_it_and_waits_until_it_is_online(
    town: Town, starter: Starter
) -> None:
    ada = await town.enrol("ada")
    (person,) = (await ada.client.ask(lambda n: Lookup(n, echo(town)), People)).people
    assert starter.member is not None
    assert starter.member.account == echo(town)
    assert starter.member.welcome.name == "Echo (test)"
    assert starter.member.welcome.setting == "on"
    assert starter.member.welcome.role == "member"
    assert [(d.id, d.online) for d in person.devices] == [(starter.member.device, True)]
    ((user, directory, _),) = starter.calls
    assert (user, directory) == ("echo", town.directory / "on-demand" / "echo")
    assert directory.is_dir()
    await ada.client.ask(lambda n: Lookup(n, echo(town)), People)
    assert len(starter.calls) == 1


async def test_it_logs_in_the_next_time_and_enrols_anew_where_its_state_is_lost(
    town: Town, starter: Starter
) -> None:
    ada = await town.enrol("ada")
    devices = []
    for lost in (False, False, True):
        if lost:
            (town.directory / "on-demand" / "echo").rmdir()
        (person,) = (await ada.client.ask(lambda n: Lookup(n, echo(town)), People)).people
        devices.append([device.id for device in person.devices])
        assert starter.member is not None
        await town.leave(starter.member)
    links = [bool(link) for _, _, link in starter.calls]
    assert links == [True, False, True]
    assert devices[0] == devices[1] != devices[2]
    assert len(devices[2]) == 1  # the device that is lost was revoked


async def test_several_lookups_at_once_start_one_process(town: Town, starter: Starter) -> None:
    ada, bob = await town.enrol("ada"), await town.enrol("bob")
    for member in (ada, bob, ada):
        await member.client.say(Lookup(9, echo(town)))
    for member in (ada, bob, ada):
        (person,) = (await member.client.hear(People)).people
        assert person.devices[0].online
    assert len(starter.calls) == 1


async def test_other_requests_are_answered_while_it_starts(
    town: Town, starter: Starter, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = asyncio.Event()

    async def slowly(self: Starter, user: str, directory: Path, link: str) -> None:
        self.calls.append((user, directory, link))
        await gate.wait()

    monkeypatch.setattr(Starter, "__call__", slowly)
    ada = await town.enrol("ada")
    await ada.client.say(Lookup(100, echo(town)))
    await ada.client.hears_nothing_more()
    for number in range(20):
        await ada.client.say(Lookup(200 + number, echo(town)))
    assert (await ada.client.hear(Failed)).code == "rate"
    await until(lambda: bool(starter.calls))
    await town.leave(ada)  # the lookups end with their connection
    gate.set()


@pytest.mark.parametrize("works", [True, False])
async def test_a_process_that_does_not_come_online_leaves_nobody_waiting(
    town: Town, starter: Starter, works: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def silent(self: Starter, user: str, directory: Path, link: str) -> None:
        self.calls.append((user, directory, link))
        if not self.works:
            raise OSError("no such program")

    monkeypatch.setattr(Starter, "__call__", silent)
    monkeypatch.setattr(on_demand, "START_WITHIN", 0.05)
    starter.works = works
    ada = await town.enrol("ada")
    for _ in range(2):
        (person,) = (await ada.client.ask(lambda n: Lookup(n, echo(town)), People)).people
        assert person.devices == ()
    assert len(starter.calls) == 2
    codes = {parse_invite(link).code for _, _, link in starter.calls}
    assert len(codes) == 2
    stale = Identity().enrolment(parse_invite(starter.calls[0][2]).code, "eve")
    client = await town.visit()
    await client.greet()
    assert (await client.fails(stale)).code == "invite_unknown"


async def test_a_device_that_is_replaced_while_connected_is_disconnected(
    town: Town, starter: Starter, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = await town.enrol("ada")
    await ada.client.ask(lambda n: Lookup(n, echo(town)), People)
    assert starter.member is not None
    first = starter.member.identity
    await town.leave(starter.member)
    (town.directory / "on-demand" / "echo").rmdir()
    come_back = Starter.__call__
    returned: list[Member] = []

    async def both(self: Starter, user: str, directory: Path, link: str) -> None:
        returned.append(await town.log_in(first))
        await come_back(self, user, directory, link)

    monkeypatch.setattr(Starter, "__call__", both)
    (person,) = (await ada.client.ask(lambda n: Lookup(n, echo(town)), People)).people
    assert (await returned[0].client.hear(Failed)).code == "device_revoked"
    assert await returned[0].client.is_closed()
    assert [device.id for device in person.devices] == [starter.member.device]


async def test_a_broken_database_while_it_starts_is_an_answer_too(
    town: Town, starter: Starter, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise DatabaseUnusable

    ada = await town.enrol("ada")
    monkeypatch.setattr("tui_call.service.directory.Directory.look_up", broken)
    for account in (echo(town), ada.account):
        failed = await ada.client.ask(lambda n, a=account: Lookup(n, a), Failed)
        assert failed.code == "store"


async def test_a_person_who_has_the_address_keeps_it(
    tmp_path: Path, clock: Clock, starter: Starter
) -> None:
    async with run_town(tmp_path / "state", clock) as town:
        person = await town.enrol("echo")
    async with run_town(tmp_path / "state", clock, start_account=starter) as town:
        ada = await town.enrol("ada")
        (found,) = (await ada.client.ask(lambda n: Lookup(n, person.account), People)).people
        assert (found.name, found.presence) == ("Echo", "offline")
        assert starter.calls == []


async def test_without_a_starter_the_account_is_an_ordinary_one(
    tmp_path: Path, clock: Clock, starter: Starter
) -> None:
    async with run_town(tmp_path / "state", clock, start_account=starter):
        pass
    async with run_town(tmp_path / "state", clock) as town:
        ada = await town.enrol("ada")
        (found,) = (await ada.client.ask(lambda n: Lookup(n, echo(town)), People)).people
        assert found.presence == "offline"
        assert isinstance(ada.welcome, Welcome)
