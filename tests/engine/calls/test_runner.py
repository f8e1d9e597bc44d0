"""The owner of a call: events are taken in order, whoever posts them and whenever."""

import pytest

from tests.calls.device import Device, WatchedCall
from tests.calls.two_devices import World
from tui_call.calls.acknowledged import Envelope
from tui_call.calls.effects import (
    Effect,
    Ended,
    PeerMuted,
    PeerProven,
    SendMessage,
    StartRinging,
    StateChanged,
)
from tui_call.calls.events import (
    CallBegins,
    CodesCompared,
    Event,
    MessageArrived,
    MuteChanged,
    NoteWritten,
    PersonAnswers,
    PersonHangsUp,
    TimePassed,
)
from tui_call.calls.states import State
from tui_call.e2ee.credentials import LocalIdentity
from tui_call.engine.calls.reports import LegAddress, Report
from tui_call.reasons import EndReason


class Hasty(Device):
    """A device whose person says no the moment that it rings, while more is under way."""

    def leg_reports(self, leg: LegAddress, report: Report) -> None:
        super().leg_reports(leg, report)
        if isinstance(report, StartRinging) and not self.machine.is_caller:
            self.runner.post(PersonHangsUp(EndReason.BUSY))
            assert self.state is State.RINGING, "what is posted waits for its turn"


class HastyWorld(World):
    make_device = Hasty


def test_what_is_decided_while_effects_are_under_way_comes_after_them() -> None:
    world = HastyWorld()
    world.caller.start()
    assert world.run_until(lambda: bool(world.caller.whole))

    kinds = [type(effect) for effect in world.callee.effects]
    proven = kinds.index(PeerProven)
    assert kinds[proven:] == [
        PeerProven, StateChanged, StartRinging, SendMessage, SendMessage, StateChanged, Ended,
    ]  # fmt: skip
    assert world.callee.whole == [Ended(EndReason.BUSY, by_peer=False)]
    assert world.caller.whole == [Ended(EndReason.BUSY, by_peer=True)]


def test_of_a_burst_of_events_each_is_taken_once_and_in_order() -> None:
    world = World().ring()
    runner = world.callee.runner
    for event in (MuteChanged(on=True), PersonAnswers(), CodesCompared(on=True)):
        runner.post(event)
    assert world.run_until(lambda: {at.state for at in world.devices} == {State.SECURE})
    for reason in (EndReason.HUNG_UP, EndReason.CODES_DIFFER):
        runner.post(PersonHangsUp(reason))
    world.settle()

    assert world.callee.whole == [Ended(EndReason.HUNG_UP, by_peer=False)]
    assert world.caller.whole == [Ended(EndReason.HUNG_UP, by_peer=True)]


def test_a_call_that_is_over_is_silent_and_wakes_nobody() -> None:
    world = World().talk()
    world.caller.hang_up()
    world.settle()
    world.run(60)

    assert world.time.next_event() == float("inf")
    assert all(device.leg.media is None for device in world.devices)
    assert all(device.paths == set() for device in world.devices)


async def test_what_comes_once_the_paths_are_closed_rings_nowhere_and_opens_no_other() -> None:
    world = World()
    world.caller.start()
    assert world.run_until(lambda: len(world.devices) == 2)
    await world.callee.runner.close()
    world.run(5)
    assert StartRinging not in {type(effect) for effect in world.callee.effects}


class Failing(Device):
    """A device on which some of what the runner does for a call fails, and is told.

    Attributes:
        broken: what fails, by its name; "leg_reports" as often as it is done, all else once.
        failures: what was told.
    """

    def __init__(
        self, world: World, machine: WatchedCall, own: LocalIdentity, peer: LocalIdentity
    ) -> None:
        self.broken: set[str] = set()
        self.failures: list[tuple[str, str]] = []
        super().__init__(world, machine, own, peer)

    def failed(self, work: str, error: BaseException) -> None:
        self.failures.append((work, type(error).__name__))

    def leg_reports(self, leg: LegAddress, report: Report) -> None:
        super().leg_reports(leg, report)
        if "leg_reports" in self.broken:
            raise KeyError(leg.account)

    def send(self, leg: LegAddress, payload: bytes, repeat: bool) -> None:
        if "send" in self.broken:
            self.broken.remove("send")
            raise KeyError(leg.account)
        super().send(leg, payload, repeat)


class FailingWorld(World):
    """Both devices are such; the callee's observer always fails."""

    make_device = Failing

    def _invited(self, envelope: Envelope) -> None:
        super()._invited(envelope)
        faulty(self).broken.add("leg_reports")


def faulty(world: World) -> Failing:
    """Return the callee's device."""
    assert isinstance(world.callee, Failing)
    return world.callee


def let_core_fail(
    device: Device, monkeypatch: pytest.MonkeyPatch, at: type[Event]
) -> list[type[Event]]:
    """Have the core of a device fail at some events; return those at which it did."""
    handle = device.machine.handle
    failed: list[type[Event]] = []

    def failing(event: Event, now: float) -> list[Effect]:
        if isinstance(event, at):
            failed.append(type(event))
            raise KeyError(device.peer.account_id)
        return handle(event, now)

    monkeypatch.setattr(device.machine, "handle", failing)
    return failed


def test_a_call_whose_observer_fails_at_each_report_is_had_to_its_end() -> None:
    world = FailingWorld().talk()
    world.caller.hang_up()
    world.settle()
    world.run(60)

    assert world.callee.whole == [Ended(EndReason.HUNG_UP, by_peer=True)]
    assert world.callee.paths == set()
    assert world.time.next_event() == float("inf")
    assert ("StartRinging", "KeyError") in faulty(world).failures
    assert ("StartMedia", "KeyError") in faulty(world).failures


def test_a_call_that_nobody_takes_ends_in_time_though_an_effect_of_its_ringing_failed() -> None:
    world = FailingWorld()
    world.caller.start()
    world.until_callee(State.WAIT_OFFER)
    faulty(world).broken.add("send")
    world.until_callee(State.RINGING)
    assert world.run_until(lambda: bool(world.caller.whole))
    world.settle()

    assert faulty(world).failures[0][0] == "PeerProven"
    assert ("SendMessage", "KeyError") in faulty(world).failures
    assert StartRinging in {type(report) for report in world.callee.reports}
    assert [end.reason for end in world.callee.whole] == [EndReason.CANCELLED]


def test_what_waits_behind_an_event_whose_effects_fail_is_taken() -> None:
    world = FailingWorld().ring()
    faulty(world).broken.add("send")
    for event in (PersonAnswers(), MuteChanged(on=True)):
        world.callee.runner.post(event)
    assert world.run_until(lambda: {at.state for at in world.devices} == {State.SECURE})
    assert world.run_until(lambda: PeerMuted(on=True) in world.caller.reports)


def test_a_message_at_which_the_core_fails_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    world = FailingWorld().talk()
    let_core_fail(world.callee, monkeypatch, MessageArrived)
    world.caller.handle(NoteWritten("one"))
    assert world.run_until(lambda: ("MessageArrived", "KeyError") in faulty(world).failures)
    monkeypatch.undo()
    world.caller.handle(NoteWritten("two"))
    assert world.run_until(lambda: "two" in world.callee.notes)
    assert {at.state for at in world.devices} == {State.SECURE}


def test_a_call_whose_core_fails_at_its_deadline_is_ended_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = FailingWorld().ring()
    failed = let_core_fail(world.callee, monkeypatch, TimePassed)
    assert world.run_until(lambda: bool(world.callee.whole))
    world.run(60)

    assert failed == [TimePassed]
    assert ("TimePassed", "KeyError") in faulty(world).failures
    assert world.callee.whole == [Ended(EndReason.HUNG_UP, by_peer=False)]
    assert world.callee.runner.over


def test_a_call_whose_core_cannot_be_ended_is_heard_by_nobody_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = FailingWorld().talk()
    let_core_fail(world.callee, monkeypatch, PersonHangsUp)
    world.callee.hang_up()
    assert world.callee.whole == [Ended(EndReason.HUNG_UP, by_peer=False)]
    world.run(1)

    assert world.callee.leg.media is None
    assert world.callee.paths == set()
    assert world.callee.runner.over
    assert world.run_until(lambda: bool(world.caller.whole))
    assert [end.reason for end in world.caller.whole] == [EndReason.CONNECTION_LOST]
    assert len(world.callee.whole) == 1


def test_a_call_that_is_over_is_not_ended_again_by_a_core_that_fails_after_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = FailingWorld().talk()
    world.weather.loss = 1.0
    world.callee.hang_up()
    failed = let_core_fail(world.callee, monkeypatch, TimePassed)
    world.run(120)

    assert failed == [TimePassed]
    assert world.callee.whole == [Ended(EndReason.HUNG_UP, by_peer=False)]
    assert world.callee.runner.over


def test_a_call_that_cannot_even_begin_is_over_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    world = FailingWorld()
    let_core_fail(world.caller, monkeypatch, CallBegins)
    world.caller.start()
    assert world.caller.whole == [Ended(EndReason.HUNG_UP, by_peer=False)]
