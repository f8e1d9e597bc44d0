"""The computer's clock is set back while people speak: what waits for a time waits no longer."""

from tests.service.standard_calls.ruled_calls import are_kept, begun, rules, speak
from tests.support.callers import CallTown
from tui_call.signaling.call_acts import HangUpAct
from tui_call.standard_calls.keeping import RULE_SECONDS


async def test_a_clock_that_is_set_back_during_the_tone_keeps_nobody_unheard(
    calls: CallTown,
) -> None:
    ada, _, call = await begun(calls)
    calls.town.clock.set_back = 3600
    calls.town.clock.now += 1
    await ada.sees_when(call, lambda told: are_kept(told.members))
    assert speak(calls, call) == 2


async def test_a_call_that_must_be_recorded_ends_in_time_whatever_the_clock_is_set_to(
    calls: CallTown,
) -> None:
    ada, ben = await calls.callers("ada", "ben")
    await rules(calls, "ben")
    calls.tap.stuck = True
    call = await ada.places(ben)
    await ben.answers(call)
    calls.town.clock.set_back = 3600
    calls.town.clock.now += RULE_SECONDS
    await ada.sees(call, over="N_COMPLIANCE")


async def test_once_nobody_calls_the_clock_of_the_computer_counts_again(calls: CallTown) -> None:
    ada, ben = await calls.callers("ada", "ben")
    first = await ada.places(ben)
    calls.town.clock.set_back = 3600
    await ada.does(HangUpAct(), first)
    told = await ada.sees_when(await ada.places(ben), lambda told: bool(told.members))
    assert told.began == calls.town.clock.wall()
