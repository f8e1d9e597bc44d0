"""Orders of a person that name a call, somebody to forget, or a time."""

import time
from types import SimpleNamespace
from typing import Literal

import pytest

from tests.support.one_process import Resident, Village, a_call, until
from tui_call.control.actions import (
    Action,
    AddContact,
    DismissCall,
    Forget,
    HangUp,
    Mute,
    SetPresence,
    Swap,
)
from tui_call.control.server import ActionRefused
from tui_call.engine.service import own_presence
from tui_call.identifiers import AccountId
from tui_call.signaling import messages as signaling


async def refused(person: Resident, order: Action, code: str, words: str) -> None:
    with pytest.raises(ActionRefused) as refusal:
        await person.order(order)
    assert refusal.value.sentence is not None
    assert (refusal.value.code, refusal.value.sentence.code) == (code, words)


async def test_an_order_for_a_call_that_is_not_there_changes_nothing(
    ada: Resident, ben: Resident
) -> None:
    async with a_call(ada, ben):
        first = ada.call.id
        await ada.order(Mute(on=True, call=first))
        assert ada.call.microphone == "muted"
    await refused(ada, HangUp(call=first), "wrong_state", "N_CALL_OVER")
    await refused(ada, HangUp(call="0" * 32), "not_found", "N_UNKNOWN_CALL")
    async with a_call(ada, ben):
        for order in (HangUp(call=first), Mute(on=True, call=first)):
            await refused(ada, order, "wrong_state", "N_CALL_OVER")
        await refused(ada, Swap(), "wrong_state", "N_NO_OTHER_CALL")
        assert (ada.phase, ada.call.microphone) == ("active", "on")


async def test_two_screens_take_a_call_that_is_over_off_and_none_is_refused(
    ada: Resident, ben: Resident
) -> None:
    async with a_call(ada, ben):
        first = ada.call.id
    for _ in range(2):
        await ada.order(DismissCall(call=first))
        assert ada.snapshot.calls == ()
    await refused(ada, DismissCall(call="0" * 32), "not_found", "N_UNKNOWN_CALL")
    async with a_call(ada, ben):
        await ada.order(DismissCall(call=first))
        assert ada.phase == "active"


async def test_who_is_forgotten_is_no_stranger(ada: Resident, ben: Resident) -> None:
    async with a_call(ada, ben):
        pass
    async with a_call(ada, ben):
        pass
    await ada.order(AddContact(ben.account, "Benjamin"))
    newest, oldest = (past.at for past in ada.history.calls)
    await ada.order(Forget(ben.account, newest))
    assert [past.at for past in ada.snapshot.history] == [oldest]
    key = ada.contacts.get(AccountId(ben.account)).identity_key
    await ada.order(Forget(ben.account))
    contact = ada.contacts.get(AccountId(ben.account))
    assert (ada.snapshot.history, contact.listed) == ((), False)
    assert contact.identity_key == key != b""


async def test_a_mistyped_address_of_the_own_organisation_is_no_contact(
    here: Village, ada: Resident
) -> None:
    nobody = f"nobody@{here.service.organisation.id}"
    await refused(ada, AddContact(nobody), "not_found", "R_NO_USER")
    assert not ada.contacts.get(AccountId(nobody)).listed
    await ada.order(AddContact("somebody@elsewhere"))
    assert ada.contacts.get(AccountId("somebody@elsewhere")).listed


async def test_who_cannot_be_asked_for_while_the_service_is_away_is_a_contact(
    here: Village, ada: Resident
) -> None:
    nobody = f"nobody@{here.service.organisation.id}"
    await ada.engine.membership.disconnect()
    await ada.order(AddContact(nobody))
    assert ada.contacts.get(AccountId(nobody)).listed


async def test_do_not_disturb_ends_when_it_was_to_end(
    ada: Resident, ben: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    until_then = time.time() + 3_600
    await ada.order(SetPresence("do_not_disturb", until_then))
    me = ada.snapshot.me
    assert (me.presence, me.presence_until) == ("do_not_disturb", until_then)
    monkeypatch.setattr(own_presence, "time", SimpleNamespace(time=lambda: until_then))
    await until(lambda: ada.snapshot.me.presence == "free")
    assert ada.snapshot.me.presence_until == 0


@pytest.mark.parametrize("presence", ["do_not_disturb", "free"])
async def test_what_was_said_of_presence_outlives_the_engine(
    here: Village, ada: Resident, presence: Literal["do_not_disturb", "free"]
) -> None:
    until_then = time.time() + 3_600 if presence == "do_not_disturb" else 0
    await ada.order(SetPresence("do_not_disturb"))
    await ada.order(SetPresence(presence, until_then))
    await ada.engine.close()
    here.gateway.received.clear()
    ada = Resident(await here.engine("ada"))
    me = ada.snapshot.me
    assert (me.presence, me.presence_until) == (presence, until_then)
    await until(lambda: here.gateway.of(signaling.SetPresence))
    assert here.gateway.of(signaling.SetPresence)[0].presence == presence
