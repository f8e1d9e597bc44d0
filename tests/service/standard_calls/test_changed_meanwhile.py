"""What people say or may changes while an act of theirs is saved, and holds for that, too."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.service.standard_calls.kept_calls import calls_to_keep, may_keep, records
from tests.support.callers import Caller, CallTown, new_id
from tests.support.members import Clock, until
from tui_call.service.database import Accounts, LoginRecord, StandardCalls
from tui_call.signaling.call_acts import (
    AnswerAct,
    HangUpAct,
    MergeAct,
    ParkAct,
    PlaceAct,
    RetrieveAct,
)
from tui_call.signaling.messages import ActInCall, ChangeSetting, Done
from tui_call.signaling.operations import DisablePerson


@pytest.fixture
async def calls(tmp_path: Path, clock: Clock) -> AsyncIterator[CallTown]:
    async with calls_to_keep(tmp_path / "state", clock) as running:
        await may_keep(running, park=True)
        yield running


@asynccontextmanager
async def saved_slowly(
    act: Coroutine[Any, Any, object], monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[None]:
    """Let an act be judged, and saved once the block is over."""
    saving, may_save, save = asyncio.Event(), asyncio.Event(), StandardCalls.save

    async def slowly(*arguments: Any) -> bool:
        saving.set()
        await may_save.wait()
        return await save(*arguments)

    monkeypatch.setattr(StandardCalls, "save", slowly)
    asks = asyncio.ensure_future(act)
    await saving.wait()
    yield
    may_save.set()
    await asks


async def says(who: Caller, word: str) -> None:
    """Say in the settings whether one may be recorded and captioned."""
    await who.member.client.ask(lambda number: ChangeSetting(number, None, word, word), Done)


def news_of(who: Caller) -> list[tuple[str, str]]:
    return [("uncaptioned", who.account), ("refused", who.account)]


@pytest.mark.parametrize("comes", ["places", "answers", "retrieves"])
async def test_who_refuses_while_being_let_in_is_neither_recorded_nor_captioned(
    comes: str, calls: CallTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, (ben, cleo) = calls.people[0], await calls.callers("ben", "cleo")
    await says(ada, "allow")
    await says(ben, "allow")
    elsewhere = await calls.second_device(ben)
    act, call = await way_in(comes, ada, ben, cleo)
    async with saved_slowly(ben.does(act, call), monkeypatch):
        await says(elsewhere, "refuse")
    if comes == "places":
        await ada.answers(call)
    told = await ada.sees_when(
        call, lambda told: bool(told.news) and told.news[-1].what == "refused"
    )
    assert [(one.what, one.who) for one in told.news] == news_of(ben)
    for one in (ada, ben):
        await one.has_sound(call)
    await records(calls, ada, call)
    told = await ada.sees_when(call, lambda told: "kept" in {one.kept for one in told.members})
    assert {one.account: one.kept for one in told.members}[ben.account] == "refused"
    kept = {(one.kept, one.captioned) for one in calls.tap.rooms[call].members}
    assert kept == {(True, True), (False, False)}


async def way_in(
    comes: str, ada: Caller, ben: Caller, cleo: Caller
) -> tuple[PlaceAct | AnswerAct | RetrieveAct, str]:
    """Return an act by which ben comes into a call in which ada is, or will be, and the call."""
    if comes == "places":
        await ada.places(cleo)  # so that the bridge is there
        return PlaceAct((ada.account,), ben.instance), new_id()
    if comes == "answers":
        return AnswerAct(ben.instance), await ada.places(ben)
    call = await cleo.places(ada)
    await ada.answers(call)
    slot = (await cleo.ask(ParkAct(), call)).slot
    return RetrieveAct(slot, ben.instance), call


async def test_who_refuses_while_two_calls_become_one_is_not_captioned_in_that(
    calls: CallTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, (ben, cleo) = calls.people[0], await calls.callers("ben", "cleo")
    call, other = await calls.talk(ada, cleo), await calls.talk(ada, ben)
    looks, may_look, login = asyncio.Event(), asyncio.Event(), Accounts.login

    async def slowly(accounts: Accounts, device: str) -> LoginRecord | None:
        known = await login(accounts, device)
        if device == ben.member.identity.device:
            looks.set()
            await may_look.wait()
        return known

    monkeypatch.setattr(Accounts, "login", slowly)
    await says(ben, "refuse")
    await looks.wait()
    await ada.does(MergeAct(other), call)
    may_look.set()
    told = await ada.sees_when(call, lambda told: "refused" in {one.what for one in told.news})
    assert [(one.what, one.who) for one in told.news] == news_of(ben)


async def test_who_is_disabled_while_placing_a_call_is_in_none(
    calls: CallTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    ben, eve = await calls.callers("ben", "eve")
    await eve.does(HangUpAct(), await eve.places(ben))  # the bridge is there
    call, act = new_id(), PlaceAct((ben.account,), eve.instance)
    asks = eve.member.client.say(ActInCall(1, new_id(), act, call))
    async with saved_slowly(asks, monkeypatch):
        await calls.administers(DisablePerson(account=eve.account))
        await until(lambda: not calls.town.service.online.any_of(eve.account))
    await ben.sees_when(call, lambda told: told.over != "")
