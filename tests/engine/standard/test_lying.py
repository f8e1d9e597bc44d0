"""An engine whose service lies about standard calls: E2EE, the microphone and the screen hold."""

import secrets
from collections.abc import Iterator
from itertools import islice
from typing import Any

import pytest
from msgspec.structs import replace

from tests.support.by_bridge import call, end_of, hear_each_other, legs, speak
from tests.support.one_process import (
    Raw,
    Resident,
    Village,
    a_call,
    everything_was_read,
    until,
)
from tui_call.control.actions import Call, Consent, GoE2EE, HangUp, Park, Retrieve
from tui_call.service.standard_calls import requests
from tui_call.service.standard_calls.told import CallNames, parked_call
from tui_call.signaling.messages import encode
from tui_call.signaling.standard_calls import (
    CallChanged,
    CallMember,
    CallNews,
    Parked,
    ParkedCall,
    TransferUnderWay,
)
from tui_call.standard_calls.state import ParkedAt, StandardCall

HOSTILE = "\x1b[31mred\x1b]0;title\x07 \u202egro.live [@click=app.quit]"
EVE = "eve@elsewhere"


def new_id() -> str:
    return secrets.token_hex(16)


def told(person: Resident) -> CallChanged:
    """Return what the service has told of the call in front."""
    front = person.engine.calls.front
    assert front is not None
    assert front.standard is not None
    return front.standard.told


def unused_numbers(*members: CallMember) -> Iterator[int]:
    """Yield the numbers that none of them has; which they have follows from their call's id."""
    return (number for number in range(1, 255) if number not in {one.number for one in members})


def rings(to: Resident, call: str, caller: str = EVE, **told: Any) -> CallChanged:
    """Return that a call rings at somebody."""
    members = (
        CallMember(1, caller, "Eve", "talking", new_id(), "phone", new_id()),
        CallMember(2, to.account, "", "ringing", added_by=caller),
    )
    return CallChanged(call, told.pop("sequence", 1), told.pop("members", members), **told)


def says(here: Village, to: Resident, *told: CallChanged) -> None:
    """Let the service tell all of it, and not only the last of each call."""
    here.say(to, *(Raw(encode(one)) for one in told))


def nothing_failed(here: Village) -> None:
    assert "traceback" not in here.log
    assert "Traceback" not in here.log
    assert "not handled" not in here.log


async def test_no_standard_call_takes_the_place_of_an_e2ee_one(
    here: Village, ada: Resident, ben: Resident
) -> None:
    async with a_call(ada, ben):
        record = ada.engine.calls.front
        assert record is not None
        e2ee = record.id.hex()
        says(here, ada, rings(ada, e2ee), rings(ada, e2ee, ben.account, sequence=2))
        await everything_was_read(ada)
        assert ada.engine.calls.front is record
        assert (ada.call.kind, ada.call.shield.code) == ("e2ee", ben.call.shield.code)
        await ada.hears_more()
        await ben.hears_more()
    nothing_failed(here)


async def test_no_standard_call_moves_to_the_id_of_an_e2ee_one(
    here: Village, ada: Resident, ben: Resident
) -> None:
    cleo = await here.resident("cleo")
    await speak(ada, cleo)
    owned = ada.engine.calls.front
    assert owned is not None
    assert owned.standard is not None
    mine = owned.standard.own
    assert mine is not None
    async with a_call(ada, ben):
        record = ada.engine.calls.front
        assert record is not None
        eve = CallMember(
            next(unused_numbers(mine)), EVE, "Eve", "talking", new_id(), "phone", new_id()
        )
        members = (mine, eve)
        says(here, ada, CallChanged(record.id.hex(), 9, members))
        await everything_was_read(ada)
        assert ada.engine.calls.front is record
        assert ada.call.kind == "e2ee"
        await ada.hears_more()
        await cleo.order(HangUp())
        await until(lambda: owned.ended is not None)
    nothing_failed(here)


def invented_members(*present: CallMember) -> tuple[CallMember, CallMember]:
    """One whose names are hostile, and one whose address is hostile, too."""
    one, other = islice(unused_numbers(*present), 2)
    return (
        CallMember(one, EVE, HOSTILE, "talking", new_id(), HOSTILE, new_id(), added_by=HOSTILE),
        CallMember(other, HOSTILE, HOSTILE, "talking", new_id(), HOSTILE, new_id()),
    )


async def test_what_a_service_says_of_people_draws_nothing_else_on_the_screen(
    here: Village, ada: Resident, ben: Resident
) -> None:
    await call(ben, ada)
    first = told(ada)
    hostile, bad = invented_members(*first.members)
    news = tuple(
        CallNews(what, who, whom, 71, HOSTILE)
        for what in ("joined", "left", "added", "handed_over", "transferred", "parked", "merged")
        for who, whom in ((HOSTILE, EVE), (EVE, HOSTILE))
    )
    for number, members in enumerate(((hostile,), (hostile, bad), (bad, bad)), first.sequence + 1):
        says(
            here,
            ada,
            CallChanged(
                first.call,
                number,
                (*first.members, *members),
                news=news,
                why=HOSTILE[:40],
                why_of=HOSTILE,
                transfer=TransferUnderWay(HOSTILE, HOSTILE, asks_first=bool(number % 2)),
                parked=Parked(71, HOSTILE, HOSTILE, 2**62),
                worker=HOSTILE,
            ),
            rings(ada, new_id(), HOSTILE),
        )
        await everything_was_read(ada)
        shown = repr(ada.snapshot)
        for character in (r"\x1b", r"\x07", r"\u202e"):
            assert character not in shown
    nothing_failed(here)


async def test_the_same_person_twice_and_the_highest_number_end_nothing(
    here: Village, ada: Resident, ben: Resident
) -> None:
    await speak(ada, ben)
    first = told(ada)
    own, other = first.members
    number = next(unused_numbers(own, other))
    again = CallMember(number, other.account, "", "talking", new_id(), "x", new_id())
    twice = (own, other, again)
    says(here, ada, CallChanged(first.call, 2**63 - 1, twice))
    await until(lambda: len(ada.call.members) == 2)
    await ada.order(GoE2EE())
    await until(lambda: ben.call.question is not None)
    await ada.hears_more()
    nothing_failed(here)


async def test_a_flood_of_calls_rings_no_more_than_two(
    here: Village, ada: Resident, ben: Resident
) -> None:
    async with a_call(ada, ben):
        says(here, ada, *(rings(ada, new_id(), f"eve{n}@elsewhere") for n in range(400)))
        await everything_was_read(ada)
        await ada.hears_more()
        assert len(ada.snapshot.calls) <= 4
        assert len(ada.engine.calls.records) <= 16
    nothing_failed(here)


async def test_a_call_with_the_id_of_one_to_which_somebody_agreed_asks_again(
    here: Village, ada: Resident, ben: Resident
) -> None:
    """Who places a call chooses its id: a changed client takes that of the call before."""
    async with a_call(ada, ben):
        pass
    await ada.order(Call(ben.account, standard=True))
    await ada.order(Consent(yes=True, code="Q_FIRST"))
    await until(lambda: ben.phase == "ringing")
    await ben.order(Consent(yes=True, code="Q_FIRST"))
    await hear_each_other(ada, ben)
    before = told(ben)
    await ada.order(HangUp())
    await until(lambda: ben.phase == "ended")
    says(here, ben, rings(ben, before.call, ada.account, began=before.began + 60))
    await until(lambda: ben.phase == "ringing")
    assert ben.call.question is not None
    nothing_failed(here)


async def test_a_worker_that_is_another_one_each_time_is_no_reason_for_endless_legs(
    here: Village, ada: Resident, ben: Resident
) -> None:
    await speak(ada, ben)
    first, before = told(ada), legs(ada)._newest
    says(
        here,
        ada,
        *(
            CallChanged(first.call, first.sequence + n, first.members, worker=new_id())
            for n in range(1, 101)
        ),
    )
    await everything_was_read(ada)
    assert legs(ada)._newest - before < 10
    await until(lambda: legs(ada).counts.path_number > before)
    await ada.hears_more()
    nothing_failed(here)


async def test_a_service_that_names_others_at_a_slot_spares_nobody_the_question(
    here: Village, ada: Resident, ben: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    cleo = await here.resident("cleo")
    async with a_call(cleo, ben):
        pass
    await speak(ada, ben)
    slot = (await ada.order(Park()))["slot"]

    def parked(call: StandardCall, at: ParkedAt, names: CallNames) -> ParkedCall:
        told = parked_call(call, at, names)
        return replace(told, people=(ada.account,), names=("Ada",))

    monkeypatch.setattr(requests, "parked_call", parked)
    await cleo.order(Retrieve(slot))
    await until(lambda: end_of(cleo) == "N_PARKED_OTHERS")
    await until(lambda: ben.phase == "ended")
    record = cleo.engine.calls.current
    assert record is not None
    assert not record.started
    nothing_failed(here)
