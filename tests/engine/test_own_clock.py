"""A computer that slept or stood still: it knows so, and blames nobody for what it did not hear."""

import pytest

from tests.support.one_process import Resident, a_call, until
from tui_call.control.actions import Mute
from tui_call.engine.calls import call_watch
from tui_call.engine.own_clock import STANDSTILL, OwnClock


class Time:
    """Two clocks of a computer, in virtual time."""

    def __init__(self) -> None:
        self.monotonic = self.since_boot = 1000.0

    def clock(self) -> OwnClock:
        return OwnClock(lambda: self.monotonic, lambda: self.since_boot)

    def passes(self, seconds: float, *, suspended: bool = False) -> None:
        self.since_boot += seconds
        self.monotonic += 0.0 if suspended else seconds


def events(person: Resident) -> list[str]:
    return [event.sentence.code for event in person.call.events]


@pytest.mark.parametrize("suspended", [True, False], ids=["asleep", "stopped"])
def test_time_in_which_nothing_ran_is_left_out_and_told_once(suspended: bool) -> None:
    computer = Time()
    clock = computer.clock()
    began = clock.now()
    for _ in range(100):
        computer.passes(STANDSTILL - 0.1)  # busy, but alive
        clock.now()
    assert clock.now() - began == pytest.approx(100 * (STANDSTILL - 0.1))
    assert clock.stood_still() == 0
    before = clock.now()
    computer.passes(60.0, suspended=suspended)
    assert clock.now() == pytest.approx(before)
    computer.passes(1.0)
    assert clock.now() == pytest.approx(before + 1.0)
    assert clock.stood_still() == pytest.approx(60.0)
    assert clock.stood_still() == 0


async def test_a_computer_that_slept_looks_for_the_call_at_once_and_blames_nobody(
    ada: Resident, ben: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(call_watch, "WITHHELD_AFTER", 5.0)
    async with a_call(ada, ben):
        await ada.hears_more()
        clock = ada.engine.clock
        asleep = clock._since_boot
        monkeypatch.setattr(clock, "_since_boot", lambda: asleep() + 60.0)
        await until(lambda: "G_STOOD_STILL" in events(ada))
        for person in (ada, ben):
            await until(lambda one=person: one.active.figures.path_number == 1)
            await person.hears_more()
            assert "R_WITHHELD" not in events(person)
        assert ada.phase == ben.phase == "active"
        assert events(ada).count("G_STOOD_STILL") == 1


@pytest.mark.lengthy
async def test_a_peer_that_was_killed_is_no_service_that_holds_back(
    ada: Resident, ben: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(call_watch, "WITHHELD_AFTER", 1.0)
    async with a_call(ada, ben):
        await ada.hears_more()
        monkeypatch.setattr(ben.active.paths, "send", lambda packet: None)  # noqa: ARG005
        await ben.engine.membership.disconnect()
        await ada.order(Mute(True))
        sound = ada.active.media
        assert sound is not None
        clock = ada.engine.clock
        await until(lambda: sound.monitor.silence(clock.now()) > 4.0)
        assert "G_RECONNECT" in events(ada)
        assert "R_WITHHELD" not in events(ada)
