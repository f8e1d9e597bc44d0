"""Further devices of an account: linked by the first one, and removed by it."""

import secrets

import pytest

from tests.support.members import Identity, Member, Town, until
from tui_call.service.database.accounts import Accounts, LoginRecord
from tui_call.service.database.invites import MOST_DEVICES
from tui_call.service.enrolment import LINK_LIFE_SECONDS
from tui_call.signaling.invite import parse_invite
from tui_call.signaling.messages import (
    CreateInvite,
    Done,
    Failed,
    InviteCreated,
    LinkDevice,
    Lookup,
    People,
    PersonChanged,
    RemoveDevice,
    Welcome,
)


async def code_from(member: Member) -> str:
    created = await member.client.ask(LinkDevice, InviteCreated)
    return parse_invite(created.link).code


async def refused(town: Town, code: str, user: str = "eve") -> str:
    client = await town.visit()
    await client.greet()
    return (await client.fails(Identity().enrolment(code, user))).code


async def devices_of(member: Member) -> dict[str, bool]:
    answer = await member.client.ask(lambda n: Lookup(n, member.account), People)
    return {device.id: device.online for device in answer.people[0].devices}


async def test_a_link_adds_a_device_to_the_account_and_both_are_listed(town: Town) -> None:
    ada = await town.enrol("ada")
    assert await devices_of(ada) == {ada.device: True}
    second = await town.enrol("whoever", "Another Name", await code_from(ada))
    assert second.account == ada.account
    assert (second.welcome.name, second.welcome.role) == ("Ada", "admin")
    changed = await ada.client.hear(PersonChanged)
    assert second.device in {device.id for device in changed.person.devices}
    assert await devices_of(second) == {ada.device: True, second.device: True}


async def test_a_link_works_once_for_ten_minutes_and_a_newer_one_takes_its_place(
    town: Town,
) -> None:
    ada = await town.enrol("ada")
    used = await code_from(ada)
    await town.enrol("x", code=used)
    assert await refused(town, used) == "invite_used"
    created = await ada.client.ask(LinkDevice, InviteCreated)
    assert created.expires == int(town.clock()) + LINK_LIFE_SECONDS
    town.clock.now += LINK_LIFE_SECONDS
    assert await refused(town, parse_invite(created.link).code) == "invite_expired"
    older, newer = await code_from(ada), await code_from(ada)
    assert await refused(town, older) == "invite_unknown"
    await town.enrol("x", code=newer)


async def test_only_a_device_that_was_not_linked_itself_links_and_removes(town: Town) -> None:
    ada, ben = await town.enrol("ada"), await town.enrol("ben")
    second = await town.enrol("x", code=await code_from(ada))
    assert (await second.client.ask(LinkDevice, Failed)).code == "not_allowed"
    for device in (ada.device, ben.device, secrets.token_hex(16)):
        failed = await second.client.ask(lambda n, d=device: RemoveDevice(n, d), Failed)
        assert failed.code == "not_allowed"
    failed = await ben.client.ask(lambda n: RemoveDevice(n, second.device), Failed)
    assert failed.code == "not_allowed"
    assert await devices_of(ada) == {ada.device: True, second.device: True}


async def test_a_device_that_is_removed_while_it_logs_in_is_turned_out(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = await town.enrol("ada")
    second = await town.enrol("x", code=await code_from(ada))
    await town.leave(second)
    look, looked = Accounts.login, False

    async def look_before_it_is_removed(accounts: Accounts, device: str) -> LoginRecord | None:
        nonlocal looked
        found = await look(accounts, device)
        if not looked:
            looked = True
            await ada.client.ask(lambda n: RemoveDevice(n, second.device), Done)
        return found

    monkeypatch.setattr(Accounts, "login", look_before_it_is_removed)
    again = await town.log_in(second.identity)
    assert (await again.client.hear(Failed)).code == "device_revoked"
    assert await again.client.is_closed()


async def test_a_removed_device_is_turned_out_at_once_and_turned_away_later(town: Town) -> None:
    ada = await town.enrol("ada")
    second = await town.enrol("x", code=await code_from(ada))
    for _ in range(2):
        await ada.client.ask(lambda n: RemoveDevice(n, second.device), Done)
    assert (await second.client.hear(Failed)).code == "device_revoked"
    assert await second.client.is_closed()
    client = await town.visit()
    login = second.identity.login(await client.greet(), town.service.place.pin, int(town.clock()))
    assert (await client.fails(login)).code == "device_revoked"
    assert await devices_of(ada) == {ada.device: True}


async def test_a_device_may_remove_itself(town: Town) -> None:
    ada = await town.enrol("ada")
    second = await town.enrol("x", code=await code_from(ada))
    await second.client.ask(lambda n: RemoveDevice(n, second.device), Done)
    assert await second.client.is_closed()
    await until(lambda: town.service.online.find(second.account, second.device) is None)
    assert await devices_of(ada) == {ada.device: True}


async def test_a_link_of_a_device_that_was_removed_since_is_worth_nothing(town: Town) -> None:
    ada = await town.enrol("ada")
    code = await code_from(ada)
    await ada.client.ask(lambda n: RemoveDevice(n, ada.device), Done)
    assert await refused(town, code) == "invite_unknown"


async def test_an_account_has_so_many_devices_and_a_refused_link_can_still_be_used(
    town: Town,
) -> None:
    ada = await town.enrol("ada")
    linked = [await town.enrol("x", code=await code_from(ada)) for _ in range(MOST_DEVICES - 1)]
    code = await code_from(ada)
    assert await refused(town, code) == "too_many_devices"
    await ada.client.ask(lambda n: RemoveDevice(n, linked[0].device), Done)
    assert (await town.enrol("x", code=code)).account == ada.account


async def test_an_ordinary_invite_still_makes_an_account(town: Town) -> None:
    ada = await town.enrol("ada")
    await code_from(ada)
    code = parse_invite((await ada.client.ask(CreateInvite, InviteCreated)).link).code
    ben = await town.enrol("ben", code=code)
    assert ben.account.startswith("ben@")


async def test_a_lost_answer_is_given_again_to_the_same_device(town: Town) -> None:
    ada = await town.enrol("ada")
    code, identity = await code_from(ada), Identity()
    for _ in range(2):
        client = await town.visit()
        await client.greet()
        await client.say(identity.enrolment(code, "x"))
        assert (await client.hear(Welcome)).account == ada.account
