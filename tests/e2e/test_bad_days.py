"""Engines and service killed without a word, before, during and after the set-up of a call."""

import signal
import time
from pathlib import Path

import pytest

from tests.e2e.conftest import REKEY_AFTER_S
from tests.support.engines import Person, Street, a_call, online, place
from tui_call.control.actions import Answer, Call, HangUp, Hold
from tui_call.control.views import SentenceView
from tui_call.engine.calls.call_watch import WITHHELD_AFTER
from tui_call.voice.sound import FRAME_SECONDS

_NONE = SentenceView("", "", "")

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


def how_they_ended(person: Person) -> list[str]:
    return [call.end_reason.code for call in person.snapshot.history]


async def test_a_killed_engine_is_missed_by_the_other_and_can_be_called_again(
    street: Street,
) -> None:
    ada, ben = street.ada, street.ben
    async with a_call(ben, ada):
        await ada.hears_more()
        code = ada.call.member.code
        await ben.kill()
        await ada.until(lambda one: "G_RECONNECT" in one.events)
        await ada.until(lambda one: one.call.quality == "lost")
        assert ada.phase == "active"
        await ada.order(HangUp())
        await ada.until(lambda one: one.phase == "ended")
        await ben.start()
    await ben.until(online)
    async with a_call(ada, ben):
        assert ada.call.member.code != code
        assert (ada.shield, ben.shield) == (ada.shield, ben.shield)
    assert "traceback" not in (ada.log + ben.log).casefold()


async def test_an_engine_that_was_stopped_and_goes_on_blames_nobody(street: Street) -> None:
    """Longer than a service may keep a message, and shorter than silence that ends a call."""
    ada, ben = street.ada, street.ben
    async with a_call(ben, ada):
        await ben.hears_more()
        ben.process.send_signal(signal.SIGSTOP)
        stopped = time.monotonic()
        try:
            await ada.until(lambda one: one.call.quality == "lost")
            await ada.until(lambda _: time.monotonic() > stopped + WITHHELD_AFTER + 3)
        finally:
            ben.process.send_signal(signal.SIGCONT)
            await ben.client.close()
            await ben.attach()
        await ben.until(lambda one: "G_STOOD_STILL" in one.events)
        for person in (ada, ben):
            await person.until(lambda one: one.call.quality == "good")
            await person.hears_more()
            assert "R_WITHHELD" not in person.events
        assert ben.statistics.generation == 1, "who was idle has fresh keys"
        assert (ada.phase, ben.phase) == ("active", "active")


async def test_whoever_was_killed_in_a_call_can_call_again_at_once(street: Street) -> None:
    """The other end waits half a minute for the sound, and is not busy with a dead call for it."""
    ada, ben = street.ada, street.ben
    async with a_call(ben, ada):
        await ada.hears_more()
        first = ada.call.id
        await ben.kill()
        await ben.start()
        await ben.until(online)
        await ben.order(Call(ada.account))
        await ada.until(lambda one: one.phase == "ringing" and one.call.ringing_here)
        assert ada.call.id != first
        await ada.order(Answer())
        for person in (ada, ben):
            await person.until(lambda one: one.phase == "active")
        await ada.hears_more()
        await ben.hears_more()
    await ada.until(lambda one: how_they_ended(one)[:2] == ["G_ENDED", "R_REPLACED"])
    assert "R_BUSY" not in [*ada.notices, *ben.notices]
    assert "traceback" not in (ada.log + ben.log).casefold()


async def test_whoever_was_killed_while_it_rang_rings_again(street: Street) -> None:
    ben, cleo = street.ben, street.cleo
    await place(ben, cleo)
    first = cleo.call.id
    await ben.kill()
    await ben.start()
    await ben.until(online)
    await ben.order(Call(cleo.account))
    await cleo.until(lambda one: one.call.id != first and one.call.ringing_here)
    await cleo.order(Answer())
    for person in (ben, cleo):
        await person.until(lambda one: one.phase == "active")
    await ben.hears_more()


async def test_who_was_killed_while_called_and_calls_back_is_not_taken_for_glare(
    street: Street,
) -> None:
    cleo, ada = street.cleo, street.ada
    await place(cleo, ada)
    await cleo.until(lambda one: one.phase == "ringing")
    await ada.kill()
    await ada.start()
    await ada.until(online)
    await ada.order(Call(cleo.account))
    await cleo.until(lambda one: one.call.direction == "incoming")
    if cleo.phase == "ringing":
        await cleo.order(Answer())
    for person in (cleo, ada):
        await person.until(lambda one: one.phase == "active")
    await cleo.hears_more()


async def test_without_a_service_a_call_ends_with_its_reason(street: Street) -> None:
    ada = street.ada
    async with street.home.without_service():
        await ada.until(lambda one: one.snapshot.service.state != "online")
        assert ada.snapshot.service.problem is not None
        assert ada.snapshot.service.problem.code == "G_SERVICE"
        await ada.order(Call(street.ben.account))
        await ada.until(lambda one: one.phase == "ended")
        assert ada.call.end_reason is not None
        assert ada.call.end_reason.code == "R_NO_SERVICE"
    for person in (ada, street.ben):
        await person.until(online)
    async with a_call(ada, street.ben):
        pass


def told(person: Person) -> list[str]:
    return [notice.sentence.text for notice in person.snapshot.notices]


async def test_a_personal_service_that_lost_its_store_says_so_and_begins_nothing_anew(
    street: Street, tmp_path: Path
) -> None:
    ada, state = street.ada, street.home.service_directory
    async with street.home.without_service():
        kept = [path.rename(tmp_path / path.name) for path in state.glob("service.db*")]
    words = "Your personal service did not start: service.db is missing or empty beside"
    try:
        await ada.until(lambda one: (one.snapshot.service.problem or _NONE).text.startswith(words))
        await ada.until(lambda one: [at for at in told(one) if at.startswith(words)])
    finally:
        for path in kept:
            path.rename(state / path.name)
    for person in (ada, street.ben):
        await person.until(online)
    async with a_call(ada, street.ben):
        pass


async def test_a_service_killed_while_it_rings_comes_back_and_the_call_is_set_up(
    street: Street,
) -> None:
    ben, cleo = street.ben, street.cleo
    await place(ben, cleo)
    async with street.home.without_service():
        for person in (ben, cleo):
            await person.until(lambda one: one.snapshot.service.state != "online")
        assert (ben.phase, cleo.phase) == ("ringing", "ringing")
        await cleo.order(Answer())
    for person in (ben, cleo):
        await person.until(lambda one: one.phase == "active")
    await ben.hears_more()


async def test_hold_works_without_a_service_and_the_rekey_that_waited_is_made(
    street: Street,
) -> None:
    ben, ada = street.ben, street.ada
    async with a_call(ben, ada):
        async with street.home.without_service():
            for person in (ben, ada):
                await person.until(lambda one: one.snapshot.service.state != "online")
            await ben.order(Hold(True))
            await ada.until(lambda one: one.call.member.holding)
            await ben.order(Hold(False))
            await ada.until(lambda one: not one.call.member.holding)
            due = (REKEY_AFTER_S + 1) / FRAME_SECONDS
            await ben.until(lambda one: one.statistics.frames_sent > due)
            assert ben.statistics.generation == 0
        for person in (ben, ada):
            await person.until(lambda one: "G_SERVICE_BACK" in one.events)
            assert "R_WITHHELD" not in person.events
            await person.until(lambda one: one.statistics.generation == 1)
            await person.hears_more()
        assert ben.call.member.code is not None
        assert ada.call.member.code is not None
        assert ben.call.member.code.digits == ada.call.member.code.digits


async def test_a_service_killed_in_a_call_is_not_missed_until_the_next_one(street: Street) -> None:
    cleo, ada = street.cleo, street.ada
    async with a_call(cleo, ada):
        async with street.home.without_service():
            for person in (cleo, ada):
                await person.until(lambda one: one.snapshot.service.state != "online")
                await person.until(lambda one: "G_SERVICE" in one.events)
                await person.hears_more()
            await cleo.order(HangUp())  # travels in the media stream
            for person in (cleo, ada):
                await person.until(lambda one: one.phase == "ended")
                assert person.call.end_reason is not None
                assert person.call.end_reason.code == "G_ENDED"
                assert person.snapshot.service.state != "online"
        for person in (cleo, ada):
            await person.until(online)
    async with a_call(ada, cleo):
        await ada.hears_more()
