"""A man in the middle of real engines: what he gets, what he cannot, and what gives him away."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.one_process import Resident, Village, a_call, until, village
from tui_call.calls.states import State
from tui_call.control.actions import Call, Compare, HangUp
from tui_call.control.server import ActionRefused
from tui_call.drill.interception import Interception
from tui_call.drill.intruder import Intruder
from tui_call.e2ee.security_code import security_code
from tui_call.voice.devices.files import BUILT_IN_SECONDS
from tui_call.voice.speech_like import speech_like

SECONDS = 2.0


@pytest.fixture
def intruder() -> Intruder:
    return Intruder(SECONDS)


@pytest.fixture
async def here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, intruder: Intruder
) -> AsyncIterator[Village]:
    async with village(tmp_path, monkeypatch, intruder.router) as village_here:
        yield village_here
        await intruder.close()


@pytest.fixture
async def ada(here: Village) -> Resident:
    return await here.resident("ada")


@pytest.fixture
async def ben(here: Village, ada: Resident) -> Resident:
    return await here.resident("ben")


def digits(resident: Resident) -> str:
    assert resident.call.member.code is not None
    return resident.call.member.code.digits


def only(intruder: Intruder) -> Interception:
    (interception,) = intruder.interceptions
    return interception


async def test_two_strangers_get_two_codes_and_he_hears_both(
    ada: Resident, ben: Resident, intruder: Intruder
) -> None:
    intruder.attacks = True
    async with a_call(ada, ben):
        mine = only(intruder)
        assert (ada.call.shield.code, ben.call.shield.code) == ("SH_NEW", "SH_NEW")
        assert digits(ada) != digits(ben)
        for resident, call in ((ada, mine.with_caller), (ben, mine.with_callee)):
            assert call.leg.core.session is not None
            own = security_code(call.leg.core.session.security_code_secret)
            assert digits(resident) == own.digits
        await until(lambda: mine.with_caller.tape.full and mine.with_callee.tape.full)
        await ada.hears_more()
        await ben.hears_more()
        said = speech_like(BUILT_IN_SECONDS)
        for resident, call in ((ada, mine.with_caller), (ben, mine.with_callee)):
            found = call.tape.matches(said, resident.statistics.input_started)
            assert found.heard
            assert call.tape.seconds == SECONDS


async def test_who_says_that_the_codes_differ_ends_both_calls(
    ada: Resident, ben: Resident, intruder: Intruder
) -> None:
    intruder.attacks = True
    async with a_call(ada, ben):
        await ada.order(Compare("differ", code=ada.code))
        await until(lambda: ada.phase == ben.phase == "ended")
    assert ada.call.end_reason is not None
    assert ada.call.end_reason.code == "SH_DIFFER"
    with pytest.raises(ActionRefused, match="codes with Ben differed on"):
        await ada.order(Call(ben.account))


async def test_known_keys_stop_him_on_both_sides_before_it_rings(
    ada: Resident, ben: Resident, intruder: Intruder
) -> None:
    async with a_call(ada, ben):
        assert digits(ada) == digits(ben)
    assert intruder.interceptions == []
    before = ben.call.id
    intruder.attacks = True
    await ada.order(Call(ben.account))
    await until(lambda: ada.phase == "ended" and ben.notices)
    assert ada.call.end_reason is not None
    assert ada.call.end_reason.code == "R_KEY_CHANGED"
    assert ada.call.shield.code == "SH_CHANGED"
    assert ben.notices == ["R_KEY_CHANGED"]
    assert ben.call.id == before, "it never rang"
    mine = only(intruder)
    assert mine.with_caller.leg.core.session is None
    assert mine.with_caller.tape.seconds == mine.with_callee.tape.seconds == 0


@pytest.mark.parametrize("caller_ends", [True, False])
async def test_a_hang_up_reaches_the_other_end(
    ada: Resident, ben: Resident, intruder: Intruder, caller_ends: bool
) -> None:
    intruder.attacks = True
    async with a_call(ada, ben):
        await (ada if caller_ends else ben).order(HangUp())
        await until(lambda: ada.phase == ben.phase == "ended")
    mine = only(intruder)
    assert mine.with_caller.leg.state is mine.with_callee.leg.state is State.ENDED


async def test_a_caller_who_gives_up_stops_the_ringing(
    ada: Resident, ben: Resident, intruder: Intruder
) -> None:
    intruder.attacks = True
    await ada.order(Call(ben.account))
    await until(lambda: ben.phase == "ringing" and ada.phase == "ringing")
    await ada.order(HangUp())
    await until(lambda: ben.phase == "ended")


async def test_a_call_to_nobody_is_left_alone(
    here: Village, ada: Resident, ben: Resident, intruder: Intruder
) -> None:
    intruder.attacks = True
    account, device = ben.account, ben.device
    await ben.engine.close()
    await until(lambda: here.service.online.find(account, device) is None)
    await ada.order(Call(account))
    await until(lambda: ada.phase == "ended")
    assert ada.call.end_reason is not None
    assert ada.call.end_reason.code == "R_OFFLINE"
    assert intruder.interceptions == []
