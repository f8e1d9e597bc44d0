"""A tap that is there, and that the frames of calls do not reach."""

from tests.service.standard_calls.kept_calls import is_on
from tests.support.callers import CallTown
from tui_call.signaling.call_acts import CaptionsAct, RecordAct
from tui_call.signaling.operations import SetPolicy
from tui_call.signaling.tap_messages import SpeechState


async def test_who_keeps_or_reads_is_told_and_it_goes_on_or_ends(calls: CallTown) -> None:
    ada, ben = await calls.callers("ada", "ben")
    await calls.administers(SetPolicy(name="calls", terms={"recording": True, "captions": True}))
    call = await calls.talk(ada, ben)
    await ada.does(RecordAct(on=True), call)
    await ada.does(CaptionsAct(on=True), call)
    await ben.sees_when(call, is_on)
    calls.tap.say(SpeechState("", "en"))
    await ben.sees(call, captions_language="en")
    calls.bridge.reach_tap(False)
    told = await ben.sees(call, captions="N_TAP")
    assert (told.recording is not None, is_on(told)) == (True, False)
    calls.bridge.reach_tap(True)
    told = await ben.sees_when(call, lambda told: told.captions == "" and is_on(told))
    assert told.captions_language == "en"
    part = calls.tap.rooms[call].recording
    assert part is not None
    assert part.part == 2
    calls.bridge.reach_tap(False)
    await ben.sees(call, captions="N_TAP")
    calls.town.clock.now += 15
    told = await ben.sees_when(call, lambda told: told.recording is None)
    assert [(news.what, news.why) for news in told.news] == [("recording_over", "N_TAP")]
