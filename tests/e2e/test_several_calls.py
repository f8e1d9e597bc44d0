"""Three people and two calls, by commands: who hears whom is read off what each engine recorded."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from tests.support.audio_rig import AudioRig
from tests.support.engines import Home, Person, Street, online, place
from tests.support.tmux import Terminal
from tests.support.who_hears_whom import recording, say_tones, speaker, who_hears_whom
from tui_call.control.actions import Answer, Call, Compare, HangUp, Swap
from tui_call.control.views import CallView
from tui_call.sentences import sentence

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

DEVICE = "left"
DEVICE_SETTINGS = {
    "PORT": "devices",
    "MICROPHONE": DEVICE,
    "SPEAKER": DEVICE,
    "HEADPHONES": "true",
    "NOISE_SUPPRESSION": "false",  # a steady tone is noise
}


@pytest.fixture(scope="module")
def tones(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the tone of each one."""
    folder = tmp_path_factory.mktemp("sound")
    say_tones(folder)
    return folder


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def with_tones(
    tones: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Street]:
    """A street whose people each say a tone of their own, and record what they hear."""
    async with Home(tmp_path_factory.mktemp("home")) as home:
        yield await saying_tones(home, tones)


async def saying_tones(home: Home, tones: Path) -> Street:
    ada = await speaker(home, "ada", tones)
    ben, cleo = await asyncio.gather(*(speaker(home, one, tones) for one in ("ben", "cleo")))
    return Street(home, ada, ben, cleo)


@pytest_asyncio.fixture(loop_scope="session")
async def street(with_tones: Street) -> AsyncIterator[Street]:
    """Ada, Ben and Cleo; Ada and Ben speak, and Cleo calls Ben."""
    ada, ben, cleo = with_tones.ada, with_tones.ben, with_tones.cleo
    with with_tones.home.paths_here():
        try:
            await cleo_waits(with_tones)
            yield with_tones
        finally:
            for person in (ada, cleo):
                for call in person.snapshot.calls:
                    if not call.ended:
                        await person.order(HangUp(call=call.id))
            await ben.until(lambda one: all(call.ended for call in one.snapshot.calls))


async def cleo_waits(street: Street) -> None:
    """Let Ada and Ben speak, and Cleo call Ben."""
    ada, ben, cleo = street.ada, street.ben, street.cleo
    await place(ada, ben)
    await ben.order(Answer())
    await who_hears_whom(street.home, ada="ben", ben="ada")
    await cleo.order(Call(ben.account))
    await ben.until(lambda one: places(one) == [("Ada", "front"), ("Cleo", "waiting")])
    await cleo.until(lambda one: one.phase == "ringing")


def places(person: Person) -> list[tuple[str, str]]:
    return [(call.member.name, call.place) for call in person.snapshot.calls]


def call_with(person: Person, name: str) -> CallView:
    return next(call for call in person.snapshot.calls if call.member.name == name)


async def says(street: Street, *words: str) -> str:
    """Let Ben give a command, which is carried out; return what it prints."""
    said = await street.home.command("--profile", "ben", *words)
    assert (said.status, said.errors) == (0, "")
    return said.output


async def test_who_is_held_hears_nothing_and_comes_back_by_a_swap(street: Street) -> None:
    ada, ben, cleo = street.ada, street.ben, street.cleo
    await who_hears_whom(street.home, ada="ben", ben="ada")
    await says(street, "answer", "--hold")
    await who_hears_whom(street.home, ada="", ben="cleo", cleo="ben")
    assert places(ben) == [("Cleo", "front"), ("Ada", "held")]
    assert ada.call.member.holding
    assert ada.code != cleo.code
    for name, person in (("Ada", ada), ("Cleo", cleo)):
        code = call_with(ben, name).member.code
        assert code is not None
        assert code.digits == person.code
    await ben.order(Compare("match", code=ben.code))
    assert [call.shield.code for call in ben.snapshot.calls] == ["SH_COMPARED", "SH_NEW"]

    await says(street, "swap")
    await who_hears_whom(street.home, ada="ben", ben="ada", cleo="")
    assert [call.shield.code for call in ben.snapshot.calls] == ["SH_NEW", "SH_COMPARED"]
    await says(street, "hold")
    await who_hears_whom(street.home, ada="", ben="", cleo="")
    await says(street, "swap")
    await who_hears_whom(street.home, ada="", ben="cleo", cleo="ben")
    await says(street, "hangup", call_with(ben, "Ada").id)
    await ada.until(lambda one: one.phase == "ended")
    await who_hears_whom(street.home, ben="cleo", cleo="ben")
    assert ben.shield == "SH_COMPARED"


async def test_the_same_by_keys_and_ending_twice_quickly_ends_one_call(street: Street) -> None:
    ada, ben, cleo = street.ada, street.ben, street.cleo
    with Terminal([sys.executable, "-m", "tui_call", "--profile", "ben"]) as app:

        async def shows(pattern: str) -> None:
            await asyncio.to_thread(app.wait_for, pattern, 20.0)

        await shows("Cleo +CALLS YOU TOO .*w Look")
        await shows("End  w Look")  # keys that work
        app.press("w")
        await shows("Cleo calls you too")
        await shows("a Hold and answer")
        app.press("a")
        await who_hears_whom(street.home, ada="", ben="cleo", cleo="ben")
        await shows("E2EE [a-z]+ +Cleo .*MIC ON")
        await shows(r"Ada .*ON HOLD.*w Swap")
        await shows("End  w Swap")
        app.press("w")
        await who_hears_whom(street.home, ada="ben", ben="ada", cleo="")
        await shows(r"Cleo .*ON HOLD.*w Swap")
        app.press("h")
        await who_hears_whom(street.home, ada="", ben="", cleo="")
        app.press("h")
        await who_hears_whom(street.home, ada="ben", ben="ada", cleo="")
        app.press("C-x", "C-x")
        await shows(
            "Cleo is still on hold and hears nothing.|Another call came to the front|call is over"
        )
        await ada.until(lambda one: one.phase == "ended")
        await who_hears_whom(street.home, ben="", cleo="")
        assert cleo.phase == "active"
        await shows("End  w Go back")
        app.press("w")
        await who_hears_whom(street.home, ben="cleo", cleo="ben")
        assert ben.call.member.name == "Cleo"
        app.press("q")
        await shows("Leave it running")
        app.press("Down", "Enter")
        await asyncio.to_thread(app.wait_for_exit)


async def test_the_call_in_front_may_be_ended_for_the_one_that_waits(street: Street) -> None:
    await says(street, "answer", "--end")
    await street.ada.until(lambda one: one.phase == "ended")
    await who_hears_whom(street.home, ben="cleo", cleo="ben")
    assert places(street.ben) == [("Cleo", "front")]


async def test_who_is_declined_interrupts_nobody(street: Street) -> None:
    await says(street, "decline")
    await street.cleo.until(lambda one: one.phase == "ended")
    assert street.cleo.call.end_reason is not None
    assert street.cleo.call.end_reason.code == "R_DECLINED"
    await who_hears_whom(street.home, ada="ben", ben="ada")
    assert places(street.ben) == [("Ada", "front")]


async def test_when_the_call_in_front_ends_the_held_one_waits_for_its_person(
    street: Street,
) -> None:
    await says(street, "answer", "--hold")
    await who_hears_whom(street.home, ada="", ben="cleo", cleo="ben")
    await street.cleo.order(HangUp())
    await street.ben.until(lambda one: places(one) == [("Ada", "front"), ("Cleo", "over")])
    await who_hears_whom(street.home, ada="", ben="")
    await says(street, "hold", street.ben.call.id)
    await who_hears_whom(street.home, ada="ben", ben="ada")


async def test_a_screen_that_is_killed_with_three_calls_finds_them_again(street: Street) -> None:
    home, ben = street.home, street.ben
    await says(street, "answer", "--hold")
    dan = await home.person("dan")
    await dan.order(Call(ben.account))
    three = [("Cleo", "front"), ("Ada", "held"), ("Dan", "waiting")]
    await ben.until(lambda one: places(one) == three)
    command = [sys.executable, "-m", "tui_call", "--profile", "ben"]
    for _ in range(2):
        with Terminal(command) as app:
            for pattern in ("Cleo .*MIC ON", "Ada .*ON HOLD", "Dan +CALLS YOU TOO"):
                await asyncio.to_thread(app.wait_for, pattern, 20.0)
            [screen] = set(home.numbers("tui_call", "--profile", "ben")) - {ben.process.pid}
            os.kill(screen, signal.SIGKILL)
            await asyncio.to_thread(app.wait_for_exit)
    assert places(ben) == three
    await who_hears_whom(street.home, ada="", ben="cleo", cleo="ben")
    await says(street, "decline")
    await dan.until(lambda one: one.phase == "ended")


async def test_an_engine_that_is_killed_with_two_calls_has_both_in_its_history(
    tones: Path, tmp_path: Path
) -> None:
    async with Home(tmp_path) as home:  # the others have had Ada's six invites of a minute
        street = await saying_tones(home, tones)
        ada, ben, cleo = street.ada, street.ben, street.cleo
        await cleo_waits(street)
        await says(street, "answer", "--hold")
        await who_hears_whom(street.home, ben="cleo", cleo="ben")
        await ben.kill()
        for person in (ada, cleo):
            await person.until(lambda one: "G_RECONNECT" in one.events)
            assert person.phase == "active"
        await ben.start()
        await ben.until(online)
    past = [(call.member.name, call.end_reason.code) for call in ben.snapshot.history[:2]]
    assert past == [("Cleo", "G_CUT_OFF"), ("Ada", "G_CUT_OFF")]
    assert "traceback" not in (ada.log + ben.log + cleo.log).casefold()


@asynccontextmanager
async def on_the_device(rig: AudioRig, home: Home, tones: Path) -> AsyncIterator[None]:
    """Say Ben's tone into the microphone of the device, and record its speaker."""
    mouth = rig.begin_to_say(DEVICE, tones / "ben.wav")
    ear = rig.listen(DEVICE, recording(home, "ben"))
    try:
        yield
    finally:
        ear.stop()
        mouth.terminate()
        await asyncio.to_thread(mouth.wait)


@pytest.mark.sound
async def test_a_device_is_pulled_while_two_calls_are_on(tones: Path, tmp_path: Path) -> None:
    with AudioRig((DEVICE, "spare")) as rig:
        own = {name: text for name, text in rig.environment.items() if os.environ.get(name) != text}
        own |= {f"TUI_CALL_AUDIO__{key}": text for key, text in DEVICE_SETTINGS.items()}
        async with Home(tmp_path) as home:
            ada = await speaker(home, "ada", tones)
            ben, cleo = await home.person("ben", **own), await speaker(home, "cleo", tones)
            street = Street(home, ada, ben, cleo)
            async with on_the_device(rig, home, tones):
                await cleo_waits(street)
                await ben.order(Answer(front="hold"))
                await who_hears_whom(street.home, ada="", ben="cleo", cleo="ben")
                await asyncio.to_thread(rig.unplug, DEVICE)
                await ben.until(lambda one: "G_MIC_LOST" in one.events)
                await who_hears_whom(street.home, ada="", cleo="")
            two = [("Cleo", "front"), ("Ada", "held")]
            assert (places(ben), ada.phase, cleo.phase) == (two, "active", "active")
            front, held = ([one.sentence for one in call.events] for call in ben.snapshot.calls)
            lost = sentence("G_MIC_LOST", dev=DEVICE, peer="Cleo")
            assert (front.count(lost), "G_MIC_LOST" in {one.code for one in held}) == (1, False)

            await asyncio.to_thread(rig.plug, DEVICE)
            async with on_the_device(rig, home, tones):
                await ben.until(lambda one: "G_MIC_BACK" in one.events)
                await who_hears_whom(street.home, ada="", ben="cleo", cleo="ben")
                await ben.order(Swap())
                await who_hears_whom(street.home, ada="ben", ben="ada", cleo="")
                assert not {"G_MIC_LOST", "G_MIC_BACK"} & set(ben.events)
            assert "traceback" not in (ada.log + ben.log + cleo.log).casefold()
