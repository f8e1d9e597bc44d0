"""A personal service keeps to its computer until somebody elsewhere is asked in."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.support.members import Clock, Identity, Town
from tests.support.members import town as run_town
from tui_call.service.database.invites import REMEMBERED
from tui_call.service.enrolment import LIFE_SECONDS, LINK_LIFE_SECONDS
from tui_call.signaling.invite import parse_invite
from tui_call.signaling.messages import CreateInvite, Failed, InviteCreated, LinkDevice, Welcome

ELSEWHERE = "127.0.0.2"
"""Stands for another address of this computer: only who listens at all of them is reached."""


@asynccontextmanager
async def personal(directory: Path, clock: Clock) -> AsyncIterator[Town]:
    everywhere = "0.0.0.0"
    async with run_town(directory / "state", clock, listen=everywhere, private=True) as town:
        yield town


def is_reached(town: Town) -> bool:
    """Tell whether it has this port at that address, too: nobody else can have it then."""
    with socket.socket() as probe:
        try:
            probe.bind((ELSEWHERE, town.service.place.port))
        except OSError:
            return True
    return False


async def test_it_listens_to_others_from_the_first_invite_on(tmp_path: Path, clock: Clock) -> None:
    async with personal(tmp_path, clock) as town:
        ada, bob = await town.enrol("ada"), await town.enrol("bob")  # two of this computer
        assert not is_reached(town)
        created = await ada.client.ask(CreateInvite, InviteCreated)
        assert created.opened
        assert is_reached(town)
        again = await ada.client.ask(CreateInvite, InviteCreated)
        assert not again.opened
        await bob.client.hears_nothing_more()  # who was there stays connected
        await town.enrol("cleo")
    async with personal(tmp_path, clock) as town:
        assert is_reached(town)


async def test_a_link_for_a_device_opens_it_too_and_one_that_was_not_used_closes_again(
    tmp_path: Path, clock: Clock
) -> None:
    async with personal(tmp_path, clock) as town:
        ada = await town.enrol("ada")
        link = await ada.client.ask(LinkDevice, InviteCreated)
        assert link.opened
    clock.now += LINK_LIFE_SECONDS + 1
    async with personal(tmp_path, clock) as town:
        assert not is_reached(town)
        ada = await town.log_in(ada.identity)
        link = await ada.client.ask(LinkDevice, InviteCreated)
        assert link.opened
        client, laptop = await town.visit(), Identity()
        await client.greet()
        await client.say(laptop.enrolment(parse_invite(link.link).code, "laptop"))
        await client.hear(Welcome)
    clock.now += LIFE_SECONDS + 2 * REMEMBERED
    async with personal(tmp_path, clock) as town:
        assert is_reached(town)


async def test_it_stays_open_for_who_joined_long_ago(tmp_path: Path, clock: Clock) -> None:
    async with personal(tmp_path, clock) as town:
        ada = await town.enrol("ada")
        created = await ada.client.ask(CreateInvite, InviteCreated)
        await town.enrol("bob", code=parse_invite(created.link).code)
    clock.now += LIFE_SECONDS + 2 * REMEMBERED
    for _ in range(2):  # the second time its own new invite has made it forget the old ones
        async with personal(tmp_path, clock) as town:
            assert is_reached(town)


async def test_where_it_cannot_listen_nobody_is_invited_and_it_stays_as_it_was(
    tmp_path: Path, clock: Clock
) -> None:
    async with personal(tmp_path, clock) as town:
        ada = await town.enrol("ada")
        with socket.create_server((ELSEWHERE, town.service.place.port)):
            failed = await ada.client.ask(CreateInvite, Failed)
            assert failed.code == "unavailable"
        await town.log_in(ada.identity)
        assert not is_reached(town)
        assert (await ada_again(town, ada.identity)).opened


async def ada_again(town: Town, identity: Identity) -> InviteCreated:
    member = await town.log_in(identity)
    return await member.client.ask(CreateInvite, InviteCreated)


@pytest.mark.parametrize("listen", ["127.0.0.1", ELSEWHERE])
async def test_an_address_of_the_settings_is_kept_to(
    tmp_path: Path, clock: Clock, listen: str
) -> None:
    async with run_town(tmp_path / "state", clock, listen=listen, private=True) as town:
        assert town.service.place.local_host == listen
        assert is_reached(town) == (listen == ELSEWHERE)
