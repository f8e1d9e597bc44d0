"""Standard calls of people at command lines: who is in them, and that they outlive the bridge."""

import os
import signal

import pytest

from tests.support.company import Company
from tests.support.engines import until
from tests.support.who_hears_whom import heard_until, missed_seconds, recording, who_hears_whom

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

WORKER = "tui_call.bridge"
AGAIN_SECONDS = 3.0
"""After the worker was killed all hear each other again."""


async def test_two_speak_a_third_comes_one_holds_and_one_hangs_up(company: Company) -> None:
    await company.speak("ada", "ben")
    assert company["ada"].shield == company["ben"].shield == "SH_STANDARD"
    await company.says("ada", "add", company["cleo"].account)
    await company.rings_at("cleo")
    await who_hears_whom(company.home, ada="ben", ben="ada")
    await company.answer("cleo")
    await company.all_hear("ada", "ben", "cleo")
    await company.says("ben", "hold")
    await who_hears_whom(company.home, ada="cleo", ben="", cleo="ada")
    await company.says("ben", "hold")
    await company.all_hear("ada", "ben", "cleo")
    await company.says("ada", "hangup")
    await company["ada"].until(lambda one: one.phase == "ended")
    await who_hears_whom(company.home, ben="cleo", cleo="ben")
    await company.says("cleo", "hangup")
    await company["ben"].until(lambda one: one.phase == "ended")


async def test_several_are_rung_at_once_and_hear_each_other_as_they_come(company: Company) -> None:
    await company.call("dora", "ada", "ben", "cleo")
    await company.answer("ada")
    await company.all_hear("dora", "ada")
    await company.answer("cleo")
    await company.all_hear("dora", "ada", "cleo")
    await company.says("ben", "decline")
    await company.is_over_for("ben")
    await company.all_hear("dora", "ada", "cleo")


async def test_of_several_the_first_who_answers_has_it_and_it_rings_no_more_at_the_other(
    company: Company,
) -> None:
    await company.call("dora", "ada", "ben", all_join=False)
    answering = await company.home.begin("--profile", "ben", "answer", "--headless")
    company.calling.append(answering)
    await company.is_over_for("ada")
    assert company["ada"].call.end_reason is not None
    assert company["ada"].call.end_reason.text == "Ben took the call of Dora."
    assert [past.direction for past in company["ada"].snapshot.history[:1]] == ["incoming"]
    await company.all_hear("dora", "ben")


async def test_when_the_worker_is_killed_all_four_hear_each_other_again(company: Company) -> None:
    names = ("ada", "ben", "cleo", "dora")
    await company.speak(*names)
    [worker] = company.home.numbers(WORKER)
    heard = {name: heard_until(recording(company.home, name)) for name in names}
    os.kill(worker, signal.SIGKILL)
    await until(lambda: set(company.home.numbers(WORKER)) - {worker})
    await company.all_hear(*names)
    for name, since in heard.items():
        others = " ".join(other for other in names if other != name)
        assert missed_seconds(company.home, name, since, others) <= AGAIN_SECONDS
        assert company[name].phase == "active"
