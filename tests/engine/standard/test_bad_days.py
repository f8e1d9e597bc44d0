"""Standard calls on bad days of the bridge and of the network, as people see and hear them."""

import asyncio
import signal

import pytest
from msgspec import structs

from tests.support.by_bridge import (
    call,
    call_with,
    end_of,
    events,
    hear_each_other,
    heard,
    legs,
    member,
    speak,
    states,
)
from tests.support.one_process import Resident, Village, everything_was_read, until
from tui_call.control.actions import Answer, Call, HangUp, Hold, Mute
from tui_call.engine.calls.standard_call import StandardCallOwner
from tui_call.engine.service.door import cut
from tui_call.signaling.call_acts import HangUpAct
from tui_call.signaling.standard_calls import ActInCall, CallChanged, CallMember


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGSTOP], ids=["killed", "hangs"])
async def test_another_worker_carries_a_call_on_and_all_are_heard_again(
    here: Village, ada: Resident, ben: Resident, cleo: Resident, end: signal.Signals
) -> None:
    await speak(ada, ben, cleo)
    await cleo.order(Hold(on=True))
    await until(lambda: heard(ada) == {ben.account} and member(ada, cleo).holding)
    before = {one.account: legs(one).counts.path_number for one in (ada, ben, cleo)}
    [worker] = here.workers
    worker.send_signal(end)
    await asyncio.to_thread(worker.wait, 10)
    people = (ada, ben, cleo)
    await until(lambda: all(legs(p).counts.path_number > before[p.account] for p in people))
    await until(lambda: heard(ada) == {ben.account} and heard(ben) == {ada.account})
    await until(lambda: states(ada) == {"Ben": "here", "Cleo": "here"})
    assert member(ada, cleo).holding
    assert heard(cleo) == set()
    for one in people:
        assert one.phase == "active"
        assert "G_RECONNECT_STANDARD" in events(one)
        assert "G_BACK_STANDARD" in events(one)


async def test_a_worker_of_which_the_service_lost_sight_is_given_new_legs(
    here: Village, ada: Resident, ben: Resident
) -> None:
    await speak(ada, ben)
    before = legs(ben).counts.path_number
    [owner] = ben.engine.calls.owners
    assert isinstance(owner, StandardCallOwner)
    assert owner.record.standard is not None
    told = owner.record.standard.told
    owner.take(structs.replace(told, sequence=told.sequence + 1, worker=""))
    owner.take(structs.replace(told, sequence=told.sequence + 2))
    await until(lambda: legs(ben).counts.path_number > before)
    await ben.hears_more()


async def test_a_connection_to_the_service_that_breaks_leaves_the_sound_alone(
    here: Village, ada: Resident, ben: Resident
) -> None:
    await speak(ada, ben)
    before = legs(ada).counts.path_number
    link = ada.engine.membership.link
    assert link is not None
    frames = link._frames
    assert frames is not None
    cut(frames)
    await until(lambda: "G_SERVICE" in events(ada) and "G_SERVICE_BACK" in events(ada))
    await ada.hears_more()
    await ada.order(Mute(on=True))
    await until(lambda: member(ben, ada).silent)
    assert legs(ada).counts.path_number == before
    assert states(ben) == {"Ada": "here"}


async def test_what_is_ordered_while_the_service_is_away_is_done_when_it_is_back(
    here: Village, ada: Resident, ben: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    await call(ada, ben)
    link = ben.engine.membership.link
    assert link is not None
    frames = link._frames
    assert frames is not None
    cut(frames)
    await ben.order(Answer())
    assert ben.phase == "connecting"
    await hear_each_other(ada, ben)
    await ben.order(HangUp())
    await until(lambda: call_with(ada, ben).phase == "ended")


async def test_an_engine_that_ends_tells_the_service_before_it_goes(
    here: Village, ada: Resident, ben: Resident
) -> None:
    await speak(ada, ben)
    await ada.engine.close()
    told = [message.act for message in here.gateway.of(ActInCall)]
    assert HangUpAct() in told
    await until(lambda: end_of(ben) == "G_ENDED")
    assert ben.call.end_reason is not None
    assert "Ada hung up." in ben.call.end_reason.text


@pytest.mark.parametrize(
    ("standard", "comes"), [(False, "deliver"), (True, "call_changed")], ids=["E2EE", "standard"]
)
async def test_nothing_rings_at_an_engine_that_has_closed_its_calls_and_not_gone_yet(
    here: Village, ada: Resident, ben: Resident, standard: bool, comes: str
) -> None:
    await ada.engine.call_watch.close()
    await ben.order(Call(ada.account, standard=standard))
    await until(lambda: any(f'"type":"{comes}"' in one for one in here.gateway.sent))
    await everything_was_read(ada)
    assert ada.engine.calls.owners == ()
    assert ada.snapshot.calls == ()


async def test_an_engine_that_was_killed_hangs_up_calls_of_which_it_knows_nothing(
    here: Village, ada: Resident, ben: Resident
) -> None:
    def told(call: str, device: str) -> CallChanged:
        there = CallMember(1, ada.account, "Ada", "lost", device=device, instance=32 * "a")
        return CallChanged(call, 1, (there, CallMember(2, ben.account, "Ben", "talking")))

    elsewhere, here_before = 32 * "1", 32 * "2"
    here.say(ada, told(elsewhere, 32 * "d"), told(here_before, ada.device))
    await until(lambda: here.gateway.of(ActInCall))
    asked = [(message.call, message.act) for message in here.gateway.of(ActInCall)]
    assert asked == [(here_before, HangUpAct())]
    assert ada.snapshot.calls == ()


async def test_nothing_is_kept_of_what_was_asked_in_calls_that_are_over(
    here: Village, ada: Resident, ben: Resident
) -> None:
    for _ in range(2):
        await speak(ada, ben)
        await ada.order(HangUp())
        await until(lambda: ada.phase == ben.phase == "ended")
    unknown = 32 * "2"
    there = CallMember(1, ada.account, "Ada", "lost", device=ada.device, instance=32 * "a")
    here.say(ada, CallChanged(unknown, 1, (there,)))
    await until(lambda: any(one.call == unknown for one in here.gateway.of(ActInCall)))
    acts = ada.engine.handler._dispatch.standard._acts
    await until(lambda: not acts._waiting)
    assert [name for name, kept in vars(acts).items() if isinstance(kept, dict) and kept] == []
