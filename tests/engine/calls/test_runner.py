"""The owner of a call: events are taken in order, whoever posts them and whenever."""

from tests.calls.device import Device
from tests.calls.two_devices import World
from tui_call.calls.effects import Ended, PeerProven, SendMessage, StartRinging, StateChanged
from tui_call.calls.events import CodesCompared, MuteChanged, PersonAnswers, PersonHangsUp
from tui_call.calls.states import State
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
