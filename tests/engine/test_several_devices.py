"""A person with two devices: both ring, one answers, and the other stops."""

import pytest

from tests.support.one_process import Resident, Village, until
from tui_call.control.actions import (
    Answer,
    Call,
    ChangeSetting,
    Compare,
    Decline,
    DismissCall,
    HangUp,
    Mute,
)


@pytest.fixture
async def phone(here: Village, ben: Resident) -> Resident:
    """Ben's other device."""
    return await here.device(ben, "phone")


async def ring(caller: Resident, *devices: Resident) -> None:
    """Call until every device rings, and the caller knows."""
    await caller.order(Call(devices[0].account))
    await until(lambda: all(device.phase == "ringing" for device in devices))
    await until(lambda: caller.phase == "ringing")


async def test_the_first_to_answer_wins_and_the_other_stops(
    ada: Resident, ben: Resident, phone: Resident
) -> None:
    await ring(ada, ben, phone)
    assert ada.call.member.code is None, "no code before it is known which device answers"
    assert ben.call.member.code is not None
    rang_with = ben.call.member.code.digits
    await phone.order(Answer())
    await until(lambda: ben.phase == "ended")
    await until(lambda: ada.phase == phone.phase == "active")

    assert ben.call.end_reason is not None
    assert ben.call.end_reason.code == "R_TAKEN"
    assert ben.call.end_reason.text.startswith("You answered on ")
    assert "another device" not in ben.call.end_reason.text
    assert ada.call.member.code is not None
    assert phone.call.member.code is not None
    assert ada.call.member.code.digits == phone.call.member.code.digits
    assert rang_with != ada.call.member.code.digits
    assert ben.call.member.code is None, (
        "what nobody speaks on must not be compared with what they do"
    )
    await ada.hears_more()
    await phone.hears_more()
    await phone.order(HangUp())
    await until(lambda: ada.phase == "ended")
    assert [past.direction for past in ben.snapshot.history] == ["incoming"]
    assert [past.direction for past in phone.snapshot.history] == ["incoming"]
    assert [past.direction for past in ada.snapshot.history] == ["outgoing"]


async def test_the_key_of_all_devices_is_the_person_s(
    ada: Resident, ben: Resident, phone: Resident
) -> None:
    await ring(ada, ben, phone)
    await phone.order(Answer())
    await until(lambda: ada.phase == phone.phase == "active")
    assert ada.call.shield.code == "SH_NEW"
    await ada.order(Compare("match", "digits", code=ada.code))
    await ada.order(HangUp())
    await until(lambda: phone.phase == "ended")
    await ben.order(DismissCall())

    await ring(ada, ben, phone)
    await ben.order(Answer())
    await until(lambda: ada.phase == ben.phase == "active")
    assert ada.call.shield.code == "SH_COMPARED"


async def test_a_decline_on_one_device_is_meant_for_all(
    ada: Resident, ben: Resident, phone: Resident
) -> None:
    await ring(ada, ben, phone)
    await ben.order(Decline())
    await until(lambda: ada.phase == "ended")
    await until(lambda: phone.phase == "")

    assert ada.call.end_reason is not None
    assert ada.call.end_reason.code == "R_DECLINED"
    assert [past.direction for past in phone.snapshot.history] == ["incoming"]
    assert "R_CANCELLED" not in phone.notices


async def test_whoever_gives_up_leaves_a_missed_call_on_every_device(
    ada: Resident, ben: Resident, phone: Resident
) -> None:
    await ring(ada, ben, phone)
    await ada.order(HangUp())
    await until(lambda: ben.phase == phone.phase == "ended")

    for device in (ben, phone):
        assert device.call.end_reason is not None
        assert device.call.end_reason.code == "R_CANCELLED"
        assert [past.direction for past in device.history.calls] == ["missed"]


async def test_a_device_that_is_busy_or_gone_leaves_the_call_to_the_others(
    here: Village, ada: Resident, ben: Resident, phone: Resident
) -> None:
    cleo = await here.resident("cleo")
    await ring(cleo, ben, phone)
    await ben.order(Answer())
    await until(lambda: cleo.phase == ben.phase == "active")
    await phone.order(DismissCall())

    await ada.order(Call(ben.account))
    await until(lambda: phone.phase == "ringing")
    await phone.order(Answer())
    await until(lambda: ada.phase == phone.phase == "active")
    assert ben.call.member.account == cleo.account
    await ada.hears_more()


async def test_a_refusal_of_one_device_does_not_end_the_call(
    ada: Resident, ben: Resident, phone: Resident
) -> None:
    await ben.order(ChangeSetting("e2ee.calls", "off"))
    await ada.order(Call(ben.account))
    await until(lambda: phone.phase == "ringing")
    await phone.order(Answer())
    await until(lambda: ada.phase == phone.phase == "active")


async def test_when_all_devices_refuse_the_call_is_refused(
    ada: Resident, ben: Resident, phone: Resident
) -> None:
    await ring(ada, ben, phone)
    await phone.order(Decline())
    await until(lambda: ada.phase == "ended")
    for device in (ben, phone):
        await device.order(ChangeSetting("e2ee.calls", "off"))
    await ada.order(Call(ben.account))
    await until(lambda: ada.phase == "ended")

    assert ada.call.end_reason is not None
    assert ada.call.end_reason.code == "R_NO_STANDARD"


async def test_a_mute_before_the_answer_holds_on_whichever_device_answers(
    ada: Resident, ben: Resident, phone: Resident
) -> None:
    await ada.order(Call(ben.account))
    await ada.order(Mute(True))
    await until(lambda: ben.phase == phone.phase == "ringing")
    await phone.order(Answer())
    await until(lambda: ada.phase == phone.phase == "active")

    assert ada.call.microphone == "muted"
    await until(lambda: phone.call.member.silent)
