"""Standard calls that are passed on, asked about first, parked and retrieved, by commands.

Held and parked people's tones are in nobody's recording; those who wait hear music.
"""

import asyncio
import re
import sys

import pytest

from tests.support.company import Company
from tests.support.engines import DEADLINE, online
from tests.support.tmux import Terminal
from tests.support.who_hears_whom import MUSIC, who_hears_whom

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


async def test_a_call_is_passed_on_and_who_did_it_is_free_at_once(company: Company) -> None:
    await company.speak("ada", "ben")
    await company.says("ada", "transfer", "cleo")
    await company.is_over_for("ada")
    await company.rings_at("cleo")
    await company["ben"].until(lambda one: "G_TRANSFER_YOU" in one.events)
    await who_hears_whom(company.home, ben="")  # no music: at devices it is heard to ring there
    await company.answer("cleo")
    await company.all_hear("ben", "cleo")


async def rings_back(company: Company, words: str) -> None:
    """Wait until it rings back at Ada and says why; let her speak with Ben again."""
    await company.rings_at("ada")
    told = [event.sentence for event in company["ada"].call.events]
    assert (told[-1].code, told[-1].text) == ("G_TRANSFER_BACK", f"{words}. Ben is back with you.")
    await company.answer("ada")
    await company.all_hear("ada", "ben")


async def test_what_is_declined_rings_back_and_goes_on(company: Company) -> None:
    await company.speak("ada", "ben")
    await company.says("ada", "transfer", "cleo")
    await company.rings_at("cleo")
    await company.says("cleo", "decline")
    await rings_back(company, "Cleo declined")


async def test_who_takes_only_e2ee_gets_no_call_that_is_passed_on(company: Company) -> None:
    await company.says("cleo", "config", "set", "e2ee.calls", "require")
    try:
        await company.speak("ada", "ben")
        await company.says("ada", "transfer", "cleo")
        await rings_back(company, "Cleo takes only E2EE calls")
    finally:
        await company.says("cleo", "config", "set", "e2ee.calls", "on")


async def test_what_is_passed_on_to_who_is_offline_rings_back(company: Company) -> None:
    await company.speak("ada", "ben")
    dora = company["dora"]
    account = dora.account
    await dora.stop()
    await company.says("ada", "transfer", account)
    await rings_back(company, "Dora is offline")
    await dora.start()
    await dora.until(online)


async def test_when_who_is_passed_on_hangs_up_it_rings_no_more(company: Company) -> None:
    await company.speak("ada", "ben")
    await company.says("ada", "transfer", "cleo")
    await company.rings_at("cleo")
    await company.says("ben", "hangup")
    await company.is_over_for("ada", "ben", "cleo")


async def asked(company: Company) -> None:
    """Let Ada and Ben speak, and Ada ask Cleo first."""
    await company.speak("ada", "ben")
    await company.says("ada", "transfer", "cleo", "--ask")
    await company.rings_at("cleo")
    await company.answer("cleo")
    await who_hears_whom(company.home, ada="cleo", ben=MUSIC, cleo="ada")
    assert company["ada"].call.consulting


async def test_who_asked_first_joins_the_two_and_leaves(company: Company) -> None:
    await asked(company)
    await company.says("ada", "complete")
    await company.is_over_for("ada")
    await company.all_hear("ben", "cleo")


async def test_who_asked_first_comes_back(company: Company) -> None:
    await asked(company)
    await company.says("ada", "hangup")
    await company.is_over_for("cleo")
    await company.all_hear("ada", "ben")


async def test_when_who_was_asked_goes_the_first_two_speak_again(company: Company) -> None:
    await asked(company)
    await company.says("cleo", "hangup")
    await company.all_hear("ada", "ben")


async def test_when_who_waits_goes_the_other_two_go_on(company: Company) -> None:
    await asked(company)
    await company.says("ben", "hangup")
    await company.all_hear("ada", "cleo")
    assert not company["ada"].call.consulting


async def test_a_parked_call_is_retrieved_once_with_its_people(company: Company) -> None:
    await company.speak("ada", "ben", "dora")
    said = await company.says("ada", "park")
    found = re.search(r"\b\d{2,4}\b", said)
    assert found is not None, said
    slot = found[0]
    await company.is_over_for("ada")
    await who_hears_whom(company.home, ben=MUSIC, dora=MUSIC)
    assert slot in await company.says("cleo", "parked")
    await company.says("cleo", "retrieve", slot)
    await company.all_hear("ben", "cleo", "dora")
    assert await company.is_refused("ada", "retrieve", slot)
    await company.all_hear("ben", "cleo", "dora")


async def test_by_keys_somebody_is_called_parked_retrieved_and_passed_on(company: Company) -> None:
    with Terminal([sys.executable, "-m", "tui_call", "--profile", "ada"]) as app:

        async def shows(pattern: str) -> None:
            await asyncio.to_thread(app.wait_for, pattern, DEADLINE)

        await shows("> [A-Z]")  # somebody is chosen
        app.press("/", "b", "e", "n")
        await shows("> Ben")
        app.press("Enter")
        await shows("s Standard")
        app.press("s")
        await company.rings_at("ben")
        await company.answer("ben")
        await company.all_hear("ada", "ben")
        await shows(r"NOT E2EE +Ben .*MIC ON[\s\S]*ctrl\+x +End")
        app.press("p")
        await shows("Parked at 71")
        await who_hears_whom(company.home, ben=MUSIC)
        app.press("P")
        await shows(r"> 71 Ben[\s\S]*enter +Choose")  # keys that work
        app.press("Enter")
        await company.all_hear("ada", "ben")
        await shows(r"NOT E2EE +Ben .*MIC ON[\s\S]*ctrl\+x +End")
        app.press("x")
        await shows("Transfer to")
        app.press("c", "l", "e", "o")
        await shows(r"> Cleo[\s\S]*enter +[A-Z]")
        app.press("Enter")
        await company.rings_at("cleo")
        await company.answer("cleo")
        await company.all_hear("ben", "cleo")
        await shows("You passed Ben on to Cleo")
