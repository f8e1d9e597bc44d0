"""Calls between two engines whose path dies, or whose computer comes into another network."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.one_process import Resident, Village, a_call, until, village
from tests.support.ways import Ways, ways
from tui_call.calls import path_monitor, reconnecting, rekeying
from tui_call.control.actions import Answer, Call, HangUp


@dataclass(frozen=True, slots=True)
class Watched:
    """Two people whose paths can be cut."""

    here: Village
    ada: Resident
    ben: Resident
    ways: Ways

    @property
    def both(self) -> tuple[Resident, Resident]:
        return self.ada, self.ben


@pytest.fixture
async def watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Watched]:
    monkeypatch.setattr(rekeying, "SHORTEST_INTERVAL", 0.5)
    monkeypatch.setattr(reconnecting, "OLD_PATH_SECONDS", 0.5)
    async with village(tmp_path, monkeypatch) as here, ways(monkeypatch) as through:
        ada, ben = await here.resident("ada"), await here.resident("ben")
        yield Watched(here, ada, ben, through)


def events(person: Resident) -> list[str]:
    return [event.sentence.code for event in person.call.events]


def codes(*people: Resident) -> set[str]:
    return {
        person.call.member.code.digits for person in people if person.call.member.code is not None
    }


async def on_path(number: int, *people: Resident) -> None:
    """Wait until people are on a path, alone, and hear each other on it."""
    for person in people:
        await until(lambda one=person: one.statistics.path_number == number)
        await until(lambda one=person: list(one.active.paths._open) == [number])
        await person.hears_more()


async def test_a_path_that_dies_is_replaced_without_a_word_from_anybody(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However busy the computer is: its own pauses are no silence, but while both wait for one."""
    ada, ben = watched.both
    silence = path_monitor.SUSPECT_AFTER
    monkeypatch.setattr(path_monitor, "SUSPECT_AFTER", 20.0)
    monkeypatch.setattr(reconnecting, "TRY_SECONDS", 20.0)
    async with a_call(ada, ben):
        code = codes(ada, ben)
        await ben.hears_more()
        watched.ways.passes = False
        monkeypatch.setattr(path_monitor, "SUSPECT_AFTER", silence)
        await until(lambda: all("G_RECONNECT" in events(person) for person in watched.both))
        monkeypatch.setattr(path_monitor, "SUSPECT_AFTER", 20.0)
        watched.ways.passes = True
        watched.ways.forwarders[0].open = False
        await on_path(1, ada, ben)
        await until(lambda: ada.statistics.generation == ben.statistics.generation == 1)
        assert codes(ada, ben) == code
        assert len(code) == 1
        for person in watched.both:
            assert {"G_SOUND_BACK", "G_NEW_PATH"} <= set(events(person))
            assert person.phase == "active"
        await ada.order(HangUp())
        assert ada.statistics.generation == 1


@pytest.mark.parametrize("mover", ["caller", "callee"])
async def test_a_computer_in_another_network_takes_the_call_along(
    watched: Watched, mover: str
) -> None:
    async with a_call(*watched.both):
        await watched.ben.hears_more()
        watched.here.network.picture = watched.here.network.picture  # nothing changed yet
        moved = watched.ada if mover == "caller" else watched.ben
        moved.engine.call_watch.addresses_changed(connected=True)
        await on_path(1, *watched.both)
        assert all("G_RECONNECT" not in events(person) for person in watched.both)


async def test_the_engines_notice_by_themselves_that_the_network_is_another_one(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(path_monitor, "SUSPECT_AFTER", 20.0)  # silence is not what tells
    async with a_call(*watched.both):
        watched.ways.newest.open = False
        watched.here.network.change()
        await until(lambda: all("G_NETWORK" in events(person) for person in watched.both))
        watched.here.network.change("198.51.100.7")
        await until(lambda: all(one.statistics.path_number > 0 for one in watched.both))
        for person in watched.both:
            await person.hears_more()


async def test_the_sound_goes_on_without_the_service_and_the_path_waits_for_it(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(path_monitor, "LOST_AFTER", 60.0)
    ada, ben = watched.both
    async with a_call(ada, ben):
        await ben.hears_more()
        link = ben.engine.membership.link
        assert link is not None
        send, away = type(link).send, True
        monkeypatch.setattr(type(link), "send", lambda it, message: not away and send(it, message))
        watched.ways.newest.open = False
        await until(lambda: ada.call.quality == ben.call.quality == "lost")
        assert ada.statistics.path_number == 0
        away = False
        for person in watched.both:
            person.engine.call_watch.service_back()
        await until(lambda: all(one.statistics.path_number > 0 for one in watched.both))
        await ben.hears_more()


async def test_addresses_that_change_while_it_rings_are_not_used(watched: Watched) -> None:
    ada, ben = watched.both
    await ada.order(Call(ben.account))
    await until(lambda: ada.phase == ben.phase == "ringing")
    stale = ben.active.paths._open[0]
    for person in watched.both:
        person.engine.call_watch.addresses_changed(connected=True)
    assert ben.active.paths._open[0] is not stale
    await ben.order(Answer())
    await until(lambda: ada.phase == ben.phase == "active")
    await on_path(1, *watched.both)
    await ada.order(HangUp())
    await until(lambda: {ada.phase, ben.phase} <= {"", "ended"})
