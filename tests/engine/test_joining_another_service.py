"""A person who is set up goes to the service of a friend."""

import asyncio
from pathlib import Path

import pytest

from tests.support.one_process import Resident, Village, a_call, until, village
from tui_call.control.actions import (
    Call,
    ChangeAccountSetting,
    CreateInvite,
    Join,
    SetPresence,
    SetUp,
)
from tui_call.control.server import ActionRefused
from tui_call.sentences import sentence
from tui_call.service.server import Service, ServiceOptions
from tui_call.signaling.service_file import read_local_invite


async def test_who_had_e2ee_calls_has_them_there_and_sees_nobody_of_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with village(tmp_path, monkeypatch) as here:
        ada, ben = await here.resident("ada"), await here.resident("ben")
        await until(lambda: len(ada.snapshot.people) == 1)
        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir()
        async with Service(ServiceOptions(elsewhere, listen="127.0.0.1")) as other:
            before = ada.account
            await ada.order(SetPresence("do_not_disturb"))
            await ada.order(Join(read_local_invite(elsewhere)))
            assert ada.account != before
            assert ada.snapshot.me.presence == "do_not_disturb"
            assert ada.account.endswith(other.organisation.id)
            await until(lambda: ada.engine.rights.own.on)
            assert ada.snapshot.people == ()

            await ben.order(ChangeAccountSetting("off"))
            await until(lambda: not ben.engine.rights.own.on)
            await ben.order(Join(read_local_invite(elsewhere)))
            assert not ben.engine.rights.own.on
            await ben.order(ChangeAccountSetting("on"))
            await until(lambda: ben.engine.rights.own.on and ben.snapshot.people)
            async with a_call(ada, ben):
                await ben.hears_more()
            await ada.engine.membership.disconnect()
            await ben.engine.membership.disconnect()


async def test_who_may_not_invite_is_told_who_may(ada: Resident, ben: Resident) -> None:
    assert "link" in await ada.order(CreateInvite())
    with pytest.raises(ActionRefused) as refusal:
        await ben.order(CreateInvite())
    assert refusal.value.code == "not_allowed"
    organisation = ben.snapshot.me.organisation_name
    assert refusal.value.sentence == sentence("O_INVITE", org=organisation)
    assert organisation


async def test_an_invite_of_the_own_service_is_not_spent(here: Village) -> None:
    ada = await here.resident("ada")
    invite = str((await ada.order(CreateInvite()))["link"])
    before = ada.account
    with pytest.raises(ActionRefused, match="belong to that service already"):
        await ada.order(Join(invite))
    ben = await here.engine("ben")
    await ben.handler.act(SetUp("Ben", e2ee=True, invite=invite, protection="plain"))
    assert ada.account == before


async def test_who_calls_while_still_joining_gets_the_call_that_they_would_get_afterwards(
    here: Village, ada: Resident
) -> None:
    ben = Resident(await here.engine("ben"))
    invite = str((await ada.order(CreateInvite()))["link"])
    joins = asyncio.create_task(
        ben.order(SetUp("Ben", e2ee=True, invite=invite, protection="plain"))
    )
    await until(lambda: ben.snapshot.me.state == "ready")
    await ben.order(Call(ada.account))
    assert (ben.call.kind, ben.call.question) == ("e2ee", None)
    await joins
