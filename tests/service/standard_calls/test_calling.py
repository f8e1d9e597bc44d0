"""Standard calls from the first request to the end, as each of their people is told of them."""

from tests.service.standard_calls.callers import CallTown
from tui_call.signaling.standard_calls import HangUpAct


async def test_a_call_is_placed_taken_heard_and_ended(calls: CallTown) -> None:
    ada, ben = await calls.caller("ada"), await calls.caller("ben")
    assert ada.member.welcome.bridge
    call = await ada.places(ben)
    told = await ben.sees_states(call, "joining", "ringing")
    assert [member.name for member in told.members] == ["Ada", "Ben"]
    assert told.worker == calls.bridge.name
    await ben.answers(call)
    await ada.has_sound(call)
    await ben.has_sound(call)
    told = await ada.sees_states(call, "talking", "talking")
    assert told.members[1].device_name == "laptop"
    room = calls.bridge.rooms[call]
    assert [member.source for member in room.members] == [m.number for m in told.members]
    assert all(len(member.legs) == 1 and member.speaks for member in room.members)
    await ada.does(HangUpAct(), call)
    for one in (ada, ben):
        over = await one.sees(call, over="G_ENDED")
        assert over.over_by == ada.account
    assert call not in calls.bridge.rooms
