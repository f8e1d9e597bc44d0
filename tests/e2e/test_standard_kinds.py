"""Calls of both kinds beside each other, from one kind to the other, and from device to device."""

import pytest

from tests.support.company import Company
from tests.support.engines import Person, place
from tests.support.linked import linked
from tests.support.who_hears_whom import (
    MUSIC,
    heard_until,
    missed_seconds,
    mouth_and_ear,
    recording,
    who_hears_whom,
)

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


def kinds(person: Person) -> list[tuple[str, str]]:
    """Return place and kind of each call."""
    return [(call.place, call.kind) for call in person.snapshot.calls if not call.ended]


async def test_two_calls_become_one(company: Company) -> None:
    await company.speak("ada", "ben")
    await company.call("cleo", "ada")
    await company.says("ada", "answer", "--hold")
    await who_hears_whom(company.home, ada="cleo", ben=MUSIC, cleo="ada")
    await company.says("ada", "merge")
    await company.all_hear("ada", "ben", "cleo")
    assert kinds(company["ada"]) == [("front", "standard")]


async def test_a_call_goes_on_at_another_device_and_nobody_else_misses_anything(
    company: Company,
) -> None:
    sound = mouth_and_ear(company.home, "laptop", company.tones)
    company.people["laptop"] = await linked(company.home, "dora", "laptop", **sound)
    await company.speak("dora", "ben", "cleo")
    others = {"ben": "cleo", "cleo": "ben"}
    since = {name: heard_until(recording(company.home, name)) for name in others}
    await company.says("dora", "handover", "laptop")
    await company.rings_at("laptop")
    await company.answer("laptop")
    await company.all_hear("laptop", "ben", "cleo")
    await company.is_over_for("dora")
    for name, other in others.items():
        assert missed_seconds(company.home, name, since[name], other) == 0


async def e2ee_call(company: Company) -> None:
    """Let Ada and Ben speak, E2EE."""
    await place(company["ada"], company["ben"])
    await company.answer("ben")
    await company.all_hear("ada", "ben")
    assert company["ada"].call.kind == company["ben"].call.kind == "e2ee"


async def test_who_holds_a_call_of_one_kind_speaks_in_one_of_the_other(company: Company) -> None:
    await e2ee_call(company)
    await company.call("cleo", "ben")
    await company.says("ben", "answer", "--hold")
    await who_hears_whom(company.home, ada="", ben="cleo", cleo="ben")
    assert sorted(kinds(company["ben"])) == [("front", "standard"), ("held", "e2ee")]
    await company.says("ben", "swap")
    await who_hears_whom(company.home, ada="ben", ben="ada", cleo=MUSIC)
    await company.says("ben", "swap")
    await who_hears_whom(company.home, ada="", ben="cleo", cleo="ben")


async def test_two_leave_e2ee_together_for_a_third_and_go_back(company: Company) -> None:
    await e2ee_call(company)
    await company.says("ada", "leave", "add")
    await company.says("ada", "yes")
    await company["ben"].until(lambda one: one.call.question is not None)
    await who_hears_whom(company.home, ada="", ben="")
    await company.says("ben", "yes")
    for name in ("ada", "ben"):
        await company[name].until(lambda one: kinds(one) == [("front", "standard")])
    await company.all_hear("ada", "ben")
    await company.says("ada", "add", "cleo")
    await company.rings_at("cleo")
    await company.answer("cleo")
    await company.all_hear("ada", "ben", "cleo")
    await company.says("cleo", "hangup")
    await company.all_hear("ada", "ben")
    await goes_e2ee_again(company)


async def goes_e2ee_again(company: Company) -> None:
    """Let Ada ask Ben, without a ring, to go back up to E2EE."""
    await company.says("ada", "e2ee")
    await company["ben"].until(lambda one: one.call.question is not None)
    assert not company["ben"].call.ringing_here
    await company.all_hear("ada", "ben")
    await company.says("ben", "yes")
    for name in ("ada", "ben"):
        await company[name].until(lambda one: kinds(one) == [("front", "e2ee")])
    await company.all_hear("ada", "ben")
    assert company["ada"].code == company["ben"].code
