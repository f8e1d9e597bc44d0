"""Standard calls that ring back at who passed them on or parked them, when nobody took them.

Engines, service and worker are real; people wait by the service's clock, which a test moves on.
"""

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.by_bridge import (
    SILENT,
    hear_each_other,
    heard,
    loudness,
    speak,
    states,
)
from tests.support.one_process import Resident, Village, until, village
from tui_call.control.actions import Answer, Call, ListParked, Park, Retrieve, Transfer
from tui_call.control.views import HistoryView
from tui_call.service.standard_calls.options import BridgeOptions
from tui_call.standard_calls.state import (
    PARK_RING_SECONDS,
    PARK_ROUNDS,
    PARK_SECONDS,
    RING_SECONDS,
)

pytestmark = pytest.mark.e2e


@dataclass
class AheadOfTime:
    """The time of day, and what people have waited beyond."""

    waited: float = 0.0

    def __call__(self) -> float:
        return time.time() + self.waited

    def wait(self, seconds: float) -> None:
        self.waited += seconds


@pytest.fixture
def clock() -> AheadOfTime:
    """The service's."""
    return AheadOfTime()


@pytest.fixture
async def here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: AheadOfTime
) -> AsyncIterator[Village]:
    """A service with a bridge, and nobody yet."""
    options = BridgeOptions()
    async with village(tmp_path, monkeypatch, bridge=options, wall_clock=clock) as running:
        yield running


@pytest.fixture
async def ada(here: Village) -> Resident:
    """Ada, who administers."""
    return await here.resident("ada")


@pytest.fixture
async def ben(here: Village, ada: Resident) -> Resident:
    """Ben, of the same service."""
    return await here.resident("ben")


@pytest.fixture
async def cleo(here: Village, ben: Resident) -> Resident:
    """Cleo, of the same service."""
    return await here.resident("cleo")


async def hears_music(*people: Resident) -> None:
    await until(lambda: all(heard(one) == set() and loudness(one) > SILENT for one in people))


async def rings_back(person: Resident, words: str) -> None:
    """Wait until a call comes back, and says why."""
    await until(lambda: person.call.ringing_here and person.call.events)
    assert person.call.events[-1].sentence.text == words


async def takes_back(ada: Resident, ben: Resident) -> None:
    """Let Ada answer what rings back.

    Ben does not hear her yet: her number of before is free again by the service's clock alone.
    """
    await ada.order(Answer())
    await until(lambda: heard(ada) == {ben.account} and states(ben) == {"Ada": "here"})


def missed(person: Resident) -> list[HistoryView]:
    return [past for past in person.snapshot.history if past.direction == "missed"]


async def passed_on(ada: Resident, ben: Resident, cleo: Resident) -> None:
    """Let Ada and Ben speak, and Ada pass Ben on to Cleo."""
    await speak(ada, ben)
    await ada.order(Transfer(cleo.account))
    await until(lambda: cleo.call.ringing_here)


async def test_what_nobody_answers_rings_back_after_a_minute(
    clock: AheadOfTime, ada: Resident, ben: Resident, cleo: Resident
) -> None:
    await passed_on(ada, ben, cleo)
    clock.wait(RING_SECONDS)
    await rings_back(ada, "Cleo did not answer. Ben is back with you.")
    assert len(missed(cleo)) == 1
    await until(lambda: heard(ben) == set())
    await takes_back(ada, ben)
    assert cleo.phase in ("", "ended")


async def test_where_nobody_answers_what_rings_back_the_call_is_over(
    clock: AheadOfTime, ada: Resident, ben: Resident, cleo: Resident
) -> None:
    await passed_on(ada, ben, cleo)
    clock.wait(RING_SECONDS)
    await until(lambda: ada.call.ringing_here)
    clock.wait(RING_SECONDS)
    await until(lambda: ben.phase == "ended")
    assert "Nobody answered. The call has ended." in [one.sentence.text for one in ben.call.events]
    await until(lambda: len(missed(ada)) == len(missed(cleo)) == 1)


async def test_of_whom_two_wait_takes_no_call_that_is_passed_on(
    here: Village, ada: Resident, ben: Resident, cleo: Resident
) -> None:
    dora, eli, fay = [await here.resident(name) for name in ("dora", "eli", "fay")]
    await speak(dora, cleo)
    for waits in (eli, fay):
        await waits.order(Call(cleo.account, standard=True))
    await until(lambda: len(cleo.snapshot.calls) == 3)
    await speak(ada, ben)
    await ada.order(Transfer(cleo.account))
    await rings_back(ada, "Cleo is in another call. Ben is back with you.")
    await ada.order(Answer())
    await hear_each_other(ada, ben)
    await hear_each_other(dora, cleo)
    assert len(cleo.snapshot.calls) == 3


async def test_a_parked_call_rings_back_after_two_minutes(
    clock: AheadOfTime, ada: Resident, ben: Resident
) -> None:
    await speak(ada, ben)
    slot = (await ada.order(Park()))["slot"]
    await hears_music(ben)
    clock.wait(PARK_SECONDS)
    await rings_back(ada, f"Nobody took {slot}. Ben is ringing back.")
    await takes_back(ada, ben)
    assert (await ada.order(ListParked()))["parked"] == []


async def test_who_retrieves_what_just_rings_back_answers_it(
    clock: AheadOfTime, ada: Resident, ben: Resident
) -> None:
    await speak(ada, ben)
    slot = (await ada.order(Park()))["slot"]
    clock.wait(PARK_SECONDS)
    await until(lambda: ada.call.ringing_here)
    await ada.order(Retrieve(slot))
    await until(lambda: heard(ada) == {ben.account} and states(ben) == {"Ada": "here"})


async def test_a_parked_call_waits_on_where_nobody_answers_and_is_over_after_three_rounds(
    clock: AheadOfTime, ada: Resident, ben: Resident
) -> None:
    await speak(ada, ben)
    slot, ends = (await ada.order(Park()))["slot"], list[str]()
    for _ in range(PARK_ROUNDS):
        assert [row["slot"] for row in (await ada.order(ListParked()))["parked"]] == [slot]
        await hears_music(ben)
        clock.wait(PARK_SECONDS)
        await until(lambda: ada.call.ringing_here)
        assert missed(ada) == []  # he waits on
        clock.wait(PARK_RING_SECONDS)
        await until(lambda: not ada.call.ringing_here)
        assert ada.call.end_reason is not None
        ends.append(ada.call.end_reason.code)
    await until(lambda: ben.phase == "ended")
    text = [one.sentence.text for one in ben.call.events]
    assert f"Ada did not answer ({PARK_RING_SECONDS:.0f} s)." in text
    assert f"Nobody took {slot}. The call has ended." in text
    assert ends == [*["G_PARK_WAITS"] * (PARK_ROUNDS - 1), "R_CANCELLED"]
    await until(lambda: len(missed(ada)) == 1)
    assert [past.direction for past in ada.snapshot.history] == ["missed", "outgoing"]
    assert (await ada.order(ListParked()))["parked"] == []


async def test_what_somebody_else_retrieves_while_it_rings_back_was_not_missed(
    clock: AheadOfTime, ada: Resident, ben: Resident, cleo: Resident
) -> None:
    await speak(ada, ben)
    slot = (await ada.order(Park()))["slot"]
    clock.wait(PARK_SECONDS)
    await until(lambda: ada.call.ringing_here)
    await cleo.order(Retrieve(slot))
    await hear_each_other(ben, cleo)
    assert ada.call.end_reason is not None
    assert ada.call.end_reason.text == "Cleo took the call of Ben."
    assert missed(ada) == []
