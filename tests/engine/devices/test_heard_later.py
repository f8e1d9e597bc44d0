"""Removals and new epochs of which somebody did not hear at first: told, and asked for, again."""

import pytest

from tests.support.one_process import Resident, Village, everything_was_read, until
from tests.support.own_devices import credential_of, devices, fails
from tui_call.control.actions import RemoveDevice
from tui_call.engine.devices.account_holder import AccountHolder
from tui_call.engine.service import second_try
from tui_call.engine.service.link_state import LinkState
from tui_call.engine.service.postbox import Postbox
from tui_call.service.directory import Directory
from tui_call.service.own_account import AccountChanges


async def test_a_removal_that_fails_at_the_service_is_told_again_in_the_same_connection(
    here: Village, ada: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(second_try, "AGAIN_SECONDS", 0.0)
    laptop = await here.device(ada, "laptop")
    with monkeypatch.context() as patch:
        patch.setattr(AccountChanges, "revoke", fails)
        result = await ada.order(RemoveDevice("laptop"))
        assert result["told"] == 0
    await until(lambda: ada.engine.profile.identity.stored.removed == ())
    await until(lambda: laptop.engine.membership.link.state is LinkState.REVOKED)


async def test_own_devices_that_the_service_did_not_tell_are_asked_for_again(
    here: Village, ada: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(second_try, "AGAIN_SECONDS", 0.0)
    await here.device(ada, "laptop")
    await ada.engine.membership.disconnect()
    await ada.order(RemoveDevice("laptop"))
    await ada.engine.close()
    with monkeypatch.context() as patch:
        patch.setattr(Directory, "look_up", fails)
        again = Resident(await here.engine("ada"))
        await until(lambda: "own devices not known" in here.log)
        assert again.engine.profile.identity.stored.removed
    await until(lambda: again.engine.profile.identity.stored.removed == ())


async def test_who_did_not_get_the_new_epoch_asks_for_it_once_its_first_device_is_back(
    here: Village, ada: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    laptop, desk = await here.device(ada, "laptop"), await here.device(ada, "desk")
    with monkeypatch.context() as patch:
        # The desk sleeps: the service lists it still, and what is sent to it waits in vain.
        patch.setattr(Postbox, "send_anew", lambda *_: None)
        await ada.order(RemoveDevice("laptop"))
        await ada.engine.close()
    await until(lambda: laptop.engine.membership.link.state is LinkState.REVOKED)
    await until(lambda: not any(view.online for view in devices(desk).values() if not view.here))
    assert credential_of(desk).epoch == 0
    await here.engine("ada")
    await until(lambda: credential_of(desk).epoch == 1)


async def test_its_first_device_is_asked_once_as_it_comes(
    here: Village, ada: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    laptop = await here.device(ada, "laptop")
    await ada.engine.close()
    await until(lambda: sum(view.online for view in devices(laptop).values()) == 1)
    asked: list[bytes] = []
    monkeypatch.setattr(AccountHolder, "asked", lambda _, device, __: asked.append(device))
    again = Resident(await here.engine("ada"))
    await until(lambda: asked)
    for _ in range(3):
        laptop.engine.own_devices.changed()
    for one in (laptop, again):
        await everything_was_read(one)
    assert len(asked) == 1
