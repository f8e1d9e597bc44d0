"""An organisation of more people than an engine is told of: found, watched, called."""

import sqlite3
from collections.abc import Iterable, Iterator

import pytest

from tests.support.one_process import Resident, Village, until
from tui_call.control.actions import (
    AddContact,
    Answer,
    Call,
    FindPeople,
    HangUp,
    SetPresence,
    SetUp,
    ShowPeople,
)
from tui_call.control.views import PersonView
from tui_call.engine import directory
from tui_call.engine.changes import MOST_PEOPLE_AT_ONCE
from tui_call.engine.service.watched_people import FIRST_PAGE
from tui_call.signaling.messages import Person, WatchPeople
from tui_call.signaling.service_file import read_local_invite

PEOPLE = 500
WANTED = "Person 437"


def joined(here: Village) -> Iterator[tuple[str, str]]:
    """Return address and name of all but one of five hundred people."""
    for number in range(1, PEOPLE + 1):
        if number != int(WANTED[-3:]):
            yield f"p{number:03}@{here.service.organisation.id}", f"Person {number:03}"


def insert(here: Village, people: Iterable[tuple[str, str]]) -> None:
    """Let people of these addresses and names be in the organisation, without devices."""
    with sqlite3.connect(here.directory / "service" / "service.db") as store:
        rows = [(at, name, f"{name} {at}".casefold()) for at, name in people]
        store.executemany(
            "INSERT INTO accounts (id, name, search_text, role, on_demand, created)"
            " VALUES (?, ?, ?, 'member', 0, 1)",
            rows,
        )
        store.executemany(
            "INSERT INTO account_settings (account, e2ee_calls) VALUES (?, 'on')",
            [(at,) for at, *_ in rows],
        )
    store.close()


@pytest.fixture
async def large(here: Village, ada: Resident) -> Village:
    """Let all of them be in the organisation."""
    insert(here, joined(here))
    return here


async def again(person: Resident) -> None:
    """Have somebody log in anew."""
    await person.engine.membership.disconnect()
    assert person.engine.account.joined is not None
    await person.engine.membership.connect(
        person.engine.account.joined, person.engine.profile.identity
    )
    await person.engine.membership.online(10)


@pytest.fixture
async def ada(here: Village) -> Resident:
    """Ada, who was here first, and logs in once all have joined."""
    return await here.resident("ada")


@pytest.fixture
async def wanted(large: Village, ada: Resident) -> Resident:
    """The 437th of five hundred; nobody knows of them."""
    await again(ada)
    await until(lambda: ada.snapshot.service.more_people)
    return await comes(large, WANTED)


async def comes(here: Village, name: str) -> Resident:
    engine = await here.engine(name.replace(" ", "-").lower())
    invite = read_local_invite(here.directory / "service")
    await engine.handler.act(SetUp(name, e2ee=True, invite=invite, protection="plain"))
    await until(lambda: engine.rights.own.on)
    return Resident(engine)


def seen(by: Resident, whom: Resident) -> PersonView | None:
    return next((one for one in by.snapshot.people if one.account == whom.account), None)


def presence(by: Resident, whom: Resident) -> str:
    person = seen(by, whom)
    return person.presence if person else ""


async def test_the_437th_is_found_by_name_seen_online_and_called(
    ada: Resident, wanted: Resident
) -> None:
    assert seen(ada, wanted) is None
    assert len(ada.snapshot.people) <= FIRST_PAGE
    found = await ada.order(FindPeople("437"))
    assert (found["found"], found["more"]) == ([wanted.account], False)
    assert presence(ada, wanted) == "free"
    await ada.order(ShowPeople((wanted.account,)))
    await wanted.order(SetPresence("away"))
    await until(lambda: presence(ada, wanted) == "away")
    await wanted.order(SetPresence("free"))
    await until(lambda: presence(ada, wanted) == "free")
    await ada.order(Call(wanted.account))
    await until(lambda: wanted.phase == "ringing")
    await wanted.order(Answer())
    await until(lambda: ada.phase == wanted.phase == "active")
    await ada.hears_more()
    await ada.order(HangUp())


async def test_somebody_whom_the_engine_does_not_know_is_called_by_name(
    ada: Resident, wanted: Resident
) -> None:
    await ada.order(Call(WANTED.lower()))
    await until(lambda: wanted.phase == ada.phase == "ringing")
    await ada.order(HangUp())


async def test_somebody_who_came_without_being_announced_is_found_by_name(
    here: Village, ada: Resident
) -> None:
    insert(here, [(f"late@{here.service.organisation.id}", "Latecomer")])
    assert not ada.snapshot.service.more_people
    await ada.order(Call("latecomer"))
    await until(lambda: ada.phase == "ended")
    assert ada.call.end_reason.code == "R_OFFLINE"


async def test_contacts_are_watched_and_the_rows_of_a_screen_as_long_as_it_shows_them(
    large: Village, ada: Resident, wanted: Resident
) -> None:
    other = f"p001@{large.service.organisation.id}"
    contact = {wanted.account}
    expected: list[set[str]] = []

    async def watches(accounts: set[str]) -> None:
        """The other person here watches nobody."""
        expected.append(accounts)
        watched = lambda: [set(one.accounts) for one in large.gateway.of(WatchPeople)]  # noqa: E731
        await until(lambda: [one for one in watched() if one] == expected)

    await ada.order(AddContact(wanted.account))
    await watches(contact)
    await ada.order(ShowPeople((other,)))
    await watches({*contact, other})
    await ada.order(ShowPeople(()))
    await watches(contact)
    await again(ada)
    await watches(contact)
    await wanted.order(SetPresence("do_not_disturb"))
    await until(lambda: presence(ada, wanted) == "do_not_disturb")


async def test_all_who_were_found_are_told_before_the_answer(ada: Resident, large: Village) -> None:
    await again(ada)
    await until(lambda: ada.snapshot.service.more_people and ada.untold == [])
    found = await ada.order(FindPeople("Person"))
    assert len(found["found"]) > 2 * MOST_PEOPLE_AT_ONCE
    assert ada.untold == []


async def test_who_was_found_makes_room_for_others_and_contacts_stay(
    ada: Resident, wanted: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = ada.snapshot.people[0].account
    await ada.order(AddContact(first))
    monkeypatch.setattr(directory, "MOST_PEOPLE", 60)
    for number in range(200):
        ada.engine.people.learn([Person(f"new{number}@x", f"New {number}", "free")])
    listed = {person.account for person in ada.snapshot.people}
    assert first in listed
    assert {"new199@x", wanted.account} - listed == {wanted.account}
    assert len(listed) <= 61
