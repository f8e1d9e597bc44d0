"""Several calls of one person at once: who hears whom, and what each end sees of it."""

import asyncio

import pytest

from tests.engine.two_calls import (
    SILENT,
    end_of,
    events,
    hear_each_other,
    in_two_calls,
    is_held,
    loudness,
    places,
    refused,
    state_of,
    view_of,
    waits,
)
from tests.support.one_process import Resident, Village, a_call, happened, until
from tests.support.ways import ways
from tui_call.calls import path_monitor
from tui_call.control.actions import (
    Answer,
    Call,
    Compare,
    Decline,
    DismissCall,
    FindNewPath,
    HangUp,
    Hold,
    Mute,
    Note,
    SetPresence,
    Silence,
    Swap,
    Talk,
)
from tui_call.voice.devices.port import DeviceEvent


@pytest.fixture
async def cleo(here: Village, ben: Resident) -> Resident:
    """Cleo, of the same service."""
    return await here.resident("cleo")


async def test_who_calls_beside_a_call_waits_without_a_sound(
    ada: Resident, ben: Resident, cleo: Resident
) -> None:
    async with a_call(ada, ben):
        await waits(cleo, ben)
        assert places(ben) == [("Ada", "front"), ("Cleo", "waiting")]
        assert happened(ben.call)[-1].code == "G_WAITING"
        assert (ben.call.phase, view_of(ben, cleo).phase) == ("active", "ringing")
        await ben.hears_more()
        await ben.order(Decline())
        await until(lambda: end_of(cleo) == "R_DECLINED")
        assert places(ben) == [("Ada", "front")]
        assert ben.notices == []
    assert [(past.direction, past.end_reason.code) for past in ben.snapshot.history] == [
        ("incoming", "R_DECLINED"),
        ("incoming", "G_ENDED"),
    ]


async def test_only_the_call_in_front_is_heard_and_the_other_goes_on_in_silence(
    ada: Resident, ben: Resident, cleo: Resident
) -> None:
    await in_two_calls(ada, ben, cleo)
    assert places(ben) == [("Cleo", "front"), ("Ada", "held")]
    await hear_each_other(ben, cleo)
    held, spoken = (ben.engine.calls.leg(state_of(ben, other)) for other in (ada, cleo))
    assert held is not None
    assert held.media is not None
    assert spoken is not None
    assert spoken.media is not None
    sent = held.media.frames_sent, spoken.media.frames_sent
    await ada.hears_more(100)
    more = held.media.frames_sent - sent[0], spoken.media.frames_sent - sent[1]
    assert abs(more[0] - more[1]) <= 1
    assert held.media.packet_sizes == spoken.media.packet_sizes
    assert len(held.media.packet_sizes) == 1
    assert loudness(ada) < SILENT
    assert happened(ada.call)[-1].code == "G_HELD"
    assert view_of(ben, ada).on_hold

    await ben.order(Swap())
    assert places(ben) == [("Ada", "front"), ("Cleo", "held")]
    await until(lambda: is_held(cleo) and not is_held(ada))
    await hear_each_other(ben, ada)
    await until(lambda: loudness(cleo) < SILENT)


async def test_talking_ends_where_it_began(ada: Resident, ben: Resident, cleo: Resident) -> None:
    await in_two_calls(ada, ben, cleo)
    for other in (ada, cleo):
        await ben.order(Mute(on=True, call=view_of(ben, other).id))

    def open_to() -> list[str]:
        return [call.member.name for call in ben.snapshot.calls if not call.muted]

    await ben.order(Talk(on=True))
    assert open_to() == ["Cleo"]
    await ben.order(Swap())
    await ben.order(Mute(on=False))
    assert sorted(open_to()) == ["Ada", "Cleo"]
    await ben.order(Talk(on=False))
    assert open_to() == ["Ada"]
    await ben.order(Talk(on=False))
    assert open_to() == [], "nobody began to talk: the call in front"

    for _ in range(2):
        await ben.order(Talk())
        await ben.order(Swap())
        assert open_to() != []
        await ben.order(Talk())
        assert open_to() == []
    await ben.order(Talk(on=True))
    await ben.order(Swap())
    await ben.order(Talk(on=True))
    assert open_to() == [ben.call.member.name], "a new beginning ends the one before"
    await ben.order(HangUp())
    await ben.order(Mute(on=False, call=ben.call.id))
    await ben.order(Talk(on=False))
    assert open_to() != [], "what was begun is over"


@pytest.mark.parametrize("placed", [False, True])
async def test_answering_may_end_the_call_in_front(
    ada: Resident, ben: Resident, cleo: Resident, placed: bool
) -> None:
    async with a_call(ben, ada) if placed else a_call(ada, ben):
        await waits(cleo, ben)
        over = ben.call.id
        await ben.order(Answer(call=view_of(ben, cleo).id, front="end"))
        await until(lambda: ada.phase == "ended" and ben.phase == cleo.phase == "active")
        assert places(ben) == [("Cleo", "front")]
        assert await refused(ben, HangUp(call=over)) == ("wrong_state", "N_CALL_OVER")
        await hear_each_other(ben, cleo)
        assert end_of(ada) == "G_ENDED"
        await ben.order(HangUp())


async def test_who_is_held_stays_held_when_the_other_call_ends(
    ada: Resident, ben: Resident, cleo: Resident
) -> None:
    await in_two_calls(ada, ben, cleo)
    await cleo.order(HangUp())
    await until(lambda: places(ben) == [("Ada", "front"), ("Cleo", "over")])
    assert ben.call.on_hold
    assert is_held(ada)
    await until(lambda: loudness(ben) < SILENT)
    assert loudness(ada) < SILENT
    await ben.order(DismissCall(call=view_of(ben, cleo).id))
    assert places(ben) == [("Ada", "front")]
    await ben.order(Hold(call=ben.call.id))
    await until(lambda: not is_held(ada))
    await hear_each_other(ben, ada)


async def test_what_was_meant_for_a_call_that_ends_goes_to_no_other_one(
    ada: Resident, ben: Resident, cleo: Resident
) -> None:
    await in_two_calls(ada, ben, cleo)
    await cleo.order(HangUp())
    await until(lambda: places(ben) == [("Ada", "front"), ("Cleo", "over")])
    for order in (Hold(), Hold(on=False), Note("for Cleo alone"), Mute(on=False)):
        assert await refused(ben, order) == ("wrong_state", "C_OTHER_IN_FRONT")
    assert (ben.call.on_hold, ben.call.notes) == (True, ())
    await ada.hears_more()
    assert (is_held(ada), ada.call.notes) == (True, ())
    await ben.order(Hold(on=False, call=ben.call.id))
    await until(lambda: not is_held(ada))


async def test_ending_twice_quickly_ends_one_call(
    ada: Resident, ben: Resident, cleo: Resident
) -> None:
    await in_two_calls(ada, ben, cleo)
    spoken = ben.call.id
    await ben.order(HangUp(call=spoken))
    assert await refused(ben, HangUp(call=spoken)) == ("wrong_state", "N_CALL_OVER")
    assert await refused(ben, HangUp()) == ("wrong_state", "C_OTHER_IN_FRONT")
    await until(lambda: cleo.phase == "ended")
    await ada.hears_more()
    assert (ada.phase, ben.phase, ben.call.on_hold) == ("active", "active", True)
    await ben.order(HangUp(call=ben.call.id))
    await until(lambda: ada.phase == "ended")


@pytest.mark.parametrize("call_id", ["0" * 32, "over"])
async def test_an_order_for_a_call_that_is_not_there_does_nothing_to_those_that_are(
    ada: Resident, ben: Resident, cleo: Resident, call_id: str
) -> None:
    async with a_call(cleo, ben):
        over = ben.call.id
    code = "wrong_state" if call_id == "over" else "not_found"
    call_id = over if call_id == "over" else call_id
    await in_two_calls(ada, ben, cleo)
    before = ben.snapshot.calls
    for order in (
        Answer(call=call_id), Decline(call=call_id), Silence(call=call_id), HangUp(call=call_id),
        Mute(call=call_id), Hold(call=call_id), Swap(call=call_id), Note("x", call=call_id),
        FindNewPath(call=call_id), Compare("undo", call=call_id),
    ):  # fmt: skip
        assert (await refused(ben, order))[0] == code, order
    if call_id == over:
        await ben.order(DismissCall(call=call_id))  # it is off the screen already
    else:
        assert (await refused(ben, DismissCall(call=call_id)))[0] == code
    after = ben.snapshot.calls
    for one, other in zip(before, after, strict=True):
        assert (one.id, one.place, one.muted, one.on_hold) == (
            other.id, other.place, other.muted, other.on_hold
        )  # fmt: skip


async def test_what_a_call_has_stays_with_it(ada: Resident, ben: Resident, cleo: Resident) -> None:
    await in_two_calls(ada, ben, cleo)
    held, front = view_of(ben, ada), view_of(ben, cleo)
    assert held.member.code is not None
    assert front.member.code is not None
    assert held.member.code != front.member.code
    assert held.member.code.digits == ada.code
    await ben.order(Compare("match", code=held.member.code.digits, call=held.id))
    assert view_of(ben, ada).shield.code == "SH_COMPARED"
    assert view_of(ben, cleo).shield.code == "SH_NEW"
    await ben.order(Mute(on=True))
    await ben.order(Note("hold the line", call=held.id))
    await until(lambda: [note.text for note in ada.call.notes] == ["hold the line"])
    assert not cleo.call.notes
    await ben.order(Swap())
    assert (view_of(ben, ada).muted, view_of(ben, cleo).muted) == (False, True)
    await hear_each_other(ben, ada)
    await until(lambda: loudness(cleo) < SILENT)
    await ben.order(Swap())
    assert ben.call.microphone == "muted"
    await cleo.hears_more()
    assert loudness(cleo) < SILENT, "not even the end of what was said to Ada"


@pytest.mark.parametrize("fails", ["hold", "sound"])
async def test_who_is_not_to_hear_hears_nothing_whatever_fails_in_a_swap(
    ada: Resident, ben: Resident, cleo: Resident, monkeypatch: pytest.MonkeyPatch, fails: str
) -> None:
    await in_two_calls(ada, ben, cleo)
    await ben.order(Mute(on=True, call=view_of(ben, ada).id))
    await hear_each_other(ben, cleo)

    def fail(*_: object) -> None:
        raise ValueError

    broken = ben.engine.calls.runner(state_of(ben, cleo)) if fails == "hold" else ben.engine.sound
    monkeypatch.setattr(broken, "post" if fails == "hold" else "connect", fail)
    with pytest.raises(ValueError):  # noqa: PT011 - nobody foresaw it, so it says nothing
        await ben.order(Swap())
    await until(lambda: loudness(cleo) < SILENT)
    await ada.hears_more()
    assert loudness(ada) < SILENT
    monkeypatch.undo()


async def test_calling_somebody_holds_the_call_in_front(
    ada: Resident, ben: Resident, cleo: Resident
) -> None:
    async with a_call(ada, ben):
        assert await refused(ben, Call(ada.account)) == ("wrong_state", "C_SAME_PERSON")
        assert not ben.call.on_hold
        await ben.order(Call(cleo.account))
        await until(lambda: cleo.phase == "ringing" and is_held(ada))
        assert places(ben) == [("Cleo", "front"), ("Ada", "held")]
        await ben.order(Swap())
        await until(lambda: not is_held(ada))
        await cleo.order(Answer())
        await until(lambda: cleo.phase == "active" and is_held(cleo))
        await hear_each_other(ben, ada)
        assert loudness(cleo) < SILENT
        await ben.order(HangUp(call=view_of(ben, cleo).id))
        await until(lambda: cleo.phase == "ended")
        assert places(ben) == [("Ada", "front"), ("Cleo", "over")]
        assert ben.phase == ada.phase == "active"


async def test_both_swap_at_once(
    here: Village, ada: Resident, ben: Resident, cleo: Resident
) -> None:
    dan = await here.resident("dan")
    await in_two_calls(ada, ben, cleo)
    await waits(dan, ada)
    await ada.order(Answer())
    await until(lambda: dan.phase == "active")
    await asyncio.gather(ada.order(Swap()), ben.order(Swap()))
    await until(lambda: places(ada) == [("Ben", "front"), ("Dan", "held")])
    await until(lambda: not (is_held(ada) or is_held(ben)))
    assert places(ben) == [("Ada", "front"), ("Cleo", "held")]
    await hear_each_other(ada, ben)
    await asyncio.gather(ada.order(Swap()), ben.order(Swap()))
    await until(lambda: view_of(ben, ada).member.holding and view_of(ada, ben).member.holding)
    await ada.order(Swap())
    await until(lambda: not view_of(ben, ada).member.holding)
    assert (ada.call.on_hold, is_held(ada)) == (False, True), "one end holds yet"
    await until(lambda: loudness(ada) < SILENT)


@pytest.mark.parametrize("first", ["caller", "callee"])
async def test_who_waits_hangs_up_as_it_is_answered(
    ada: Resident, ben: Resident, cleo: Resident, first: str
) -> None:
    async with a_call(ada, ben):
        await waits(cleo, ben)
        orders = [cleo.order(HangUp()), ben.order(Answer(call=view_of(ben, cleo).id))]
        await asyncio.gather(*(orders if first == "caller" else reversed(orders)))
        await until(lambda: cleo.phase == "ended")
        await until(lambda: "Cleo" not in dict(places(ben)) or view_of(ben, cleo).ended)
        assert places(ben)[0] == ("Ada", "front")
        assert ada.phase == ben.phase == "active"
        assert is_held(ada) is ben.call.on_hold is True
        await ben.order(Hold(on=False, call=ben.call.id))
        await until(lambda: not is_held(ada))


@pytest.mark.lengthy
async def test_of_many_callers_at_once_one_rings_and_two_wait(here: Village, ada: Resident) -> None:
    callers = [await here.resident(f"caller{number}") for number in range(10)]
    await asyncio.gather(*(one.order(Call(ada.account)) for one in callers))
    await until(lambda: sum(end_of(one) == "R_BUSY" for one in callers) == 7)
    assert [place for _, place in places(ada)] == ["front", "waiting", "waiting"]
    assert ada.call.ringing_here
    await ada.order(Answer())
    await until(lambda: ada.phase == "active")
    await ada.hears_more()
    await ada.order(HangUp(call=ada.call.id))
    await until(lambda: ada.call.ringing_here)
    assert [place for _, place in places(ada)] == ["front", "waiting", "over"]


async def test_a_device_that_is_lost_is_told_in_the_call_that_needs_it(
    ada: Resident, ben: Resident, cleo: Resident
) -> None:
    await in_two_calls(ada, ben, cleo)
    for told in ben.engine.sound._listeners:
        told(DeviceEvent("lost", "microphone", "headset"))
    assert any(code in ("G_MIC_LOST", "N_MIC") for code in events(view_of(ben, cleo)))
    assert not any(code in ("G_MIC_LOST", "N_MIC") for code in events(view_of(ben, ada)))
    await ada.hears_more()
    await cleo.hears_more()


async def test_a_held_call_that_loses_its_path_finds_another(
    ada: Resident, ben: Resident, cleo: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(path_monitor, "SUSPECT_AFTER", 20.0)
    async with ways(monkeypatch) as through, a_call(ada, ben):
        await waits(cleo, ben)
        await ben.order(Answer())
        await until(lambda: is_held(ada) and cleo.phase == "active")
        code = ada.code
        monkeypatch.setattr(path_monitor, "SUSPECT_AFTER", 0.4)
        through.forwarders[0].open = False
        await until(lambda: ada.active.figures.path_number > 0)
        await ada.hears_more()
        await cleo.hears_more()
        assert (is_held(ada), view_of(ben, ada).on_hold) == (True, True)
        assert ada.code == code
        assert loudness(ada) < SILENT
        await ben.order(HangUp(call=view_of(ben, cleo).id))


async def test_do_not_disturb_lets_nobody_wait(
    ada: Resident, ben: Resident, cleo: Resident
) -> None:
    async with a_call(ada, ben):
        await ben.order(SetPresence("do_not_disturb"))
        await cleo.order(Call(ben.account))
        await until(lambda: end_of(cleo) == "R_DND")
        assert places(ben) == [("Ada", "front")]


async def test_another_device_of_the_person_with_whom_one_speaks_waits(
    here: Village, ada: Resident, ben: Resident
) -> None:
    phone = await here.device(ada, "phone")
    async with a_call(ada, ben):
        await waits(phone, ben)
        await ben.order(Answer())
        await until(lambda: phone.phase == "active" and is_held(ada))
        assert places(ben) == [("Ada", "front"), ("Ada", "held")]
        await phone.order(HangUp())
        await until(lambda: ben.call.on_hold)
        await ben.order(Hold(call=ben.call.id))
