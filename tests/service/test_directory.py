"""Who there is, who is there now, and who is told when that changes."""

import asyncio

import pytest

from tests.service.members import Town
from tui_call.service import directory, watches
from tui_call.service.bus.online_devices import OnlineDevices
from tui_call.service.bus.traffic import DevicePresence
from tui_call.service.enrolment import LONGEST_NAME
from tui_call.signaling.messages import (
    MESSAGE_BYTES,
    Device,
    ListPeople,
    Lookup,
    People,
    Person,
    PersonChanged,
    Presence,
    SetPresence,
    decode_service,
    encode,
)


async def test_a_person_is_looked_up_with_devices(town: Town) -> None:
    ada, bob = await town.enrol("ada"), await town.enrol("bob", "Bob Ross")
    found = await ada.client.ask(lambda n: Lookup(n, bob.account), People)
    assert found.people == (
        Person(bob.account, "Bob Ross", "free", (Device(bob.device, "laptop", True),)),
    )
    for nobody in ("zoe@" + town.service.organisation.id, "no address", "", "a" * 5_000):
        assert (await ada.client.ask(lambda n, a=nobody: Lookup(n, a), People)).people == ()


async def test_people_are_found_by_part_of_name_or_address_without_wildcards(town: Town) -> None:
    ada = await town.enrol("ada", "Ada Ångström")
    for user, name in (("bob", "Bob 100%"), ("c_c", "Cleo"), ("dan", "Däniel")):
        await town.enrol(user, name)
    for text, names in (
        ("", ["Ada Ångström", "Bob 100%", "Cleo", "Däniel"]),
        ("ÅNGSTRÖM", ["Ada Ångström"]),
        ("BOB@home", ["Bob 100%"]),
        ("%", ["Bob 100%"]),
        ("_", ["Cleo"]),
        ("nobody", []),
    ):
        found = await ada.client.ask(lambda n, t=text: ListPeople(n, t), People)
        assert [person.name for person in found.people] == names
        assert all(person.devices == () for person in found.people)


async def test_presence_comes_to_those_who_were_shown_the_person(town: Town) -> None:
    ada, bob = await town.enrol("ada"), await town.enrol("bob")
    cleo = await town.enrol("cleo")
    await ada.client.ask(lambda n: Lookup(n, bob.account), People)
    await bob.client.say(SetPresence("do_not_disturb"))
    assert (await ada.client.hear(PersonChanged)).person.presence == "do_not_disturb"
    await town.leave(bob)
    gone = (await ada.client.hear(PersonChanged)).person
    assert gone.presence == "offline"
    assert [device.online for device in gone.devices] == [False]
    await town.log_in(bob.identity)
    assert (await ada.client.hear(PersonChanged)).person.presence == "free"
    await cleo.client.hears_nothing_more()


async def test_who_lists_everybody_is_told_who_joins_and_what_they_do_then(town: Town) -> None:
    ada, bob = await town.enrol("ada"), await town.enrol("bob")
    await ada.client.ask(ListPeople, People)
    await bob.client.ask(lambda n: ListPeople(n, "ada"), People)
    cleo = await town.enrol("cleo")
    joined, came = await ada.client.hear(PersonChanged), await ada.client.hear(PersonChanged)
    assert (joined.person.account, joined.person.presence) == (cleo.account, "offline")
    assert (came.person.account, came.person.presence) == (cleo.account, "free")
    await cleo.client.say(SetPresence("away"))
    assert (await ada.client.hear(PersonChanged)).person.presence == "away"
    await bob.client.hears_nothing_more()


async def test_an_organisation_too_large_to_list_is_not_told_of_joins(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(directory, "MOST_WATCHED_UNASKED", 1)
    ada = await town.enrol("ada")
    await town.enrol("bob")
    assert len((await ada.client.ask(ListPeople, People)).people) == 2
    await town.enrol("cleo")
    await ada.client.hears_nothing_more()


async def test_a_connection_watches_only_so_many_people(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watches, "MOST_LOOKED_UP", 1)
    ada, bob = await town.enrol("ada"), await town.enrol("bob")
    cleo = await town.enrol("cleo")
    for other in (bob, cleo):
        await ada.client.ask(lambda n, a=other.account: Lookup(n, a), People)
    await bob.client.say(SetPresence("away"))
    await bob.client.hears_nothing_more()
    await cleo.client.say(SetPresence("busy"))
    assert (await ada.client.hear(PersonChanged)).person.account == cleo.account


async def test_the_same_presence_again_is_told_to_nobody(town: Town) -> None:
    ada, bob = await town.enrol("ada"), await town.enrol("bob")
    await ada.client.ask(lambda n: Lookup(n, bob.account), People)
    for presence in ("free", "busy", "busy", "busy"):
        await bob.client.say(SetPresence(presence))
    await bob.client.hears_nothing_more()
    assert (await ada.client.hear(PersonChanged)).person.presence == "busy"
    await ada.client.hears_nothing_more()


async def test_who_changes_again_and_again_is_told_of_now_and_then_and_in_the_end_truly(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = 0.1
    monkeypatch.setattr(directory, "HELD_BACK", held)
    ada, bob = await town.enrol("ada"), await town.enrol("bob")
    await ada.client.ask(lambda n: Lookup(n, bob.account), People)
    began = asyncio.get_running_loop().time()
    for _ in range(60):
        await bob.client.say(SetPresence("busy"))
        await bob.client.say(SetPresence("free"))
    await bob.client.say(SetPresence("away"))
    while (await ada.client.hear(PersonChanged)).person.presence != "away":
        pass
    passed = asyncio.get_running_loop().time() - began
    told = sum(isinstance(one, PersonChanged) for one in ada.client.heard)
    assert told <= directory.TOLD_AT_ONCE.burst + passed / held + 1
    await ada.client.hears_nothing_more()


def test_devices_of_one_account_are_summed_up() -> None:
    told: list[tuple[set[Presence], Presence]] = [
        ({"free", "busy"}, "busy"),
        ({"do_not_disturb", "free"}, "do_not_disturb"),
        ({"away", "free"}, "free"),
        ({"away"}, "away"),
        ({"offline"}, "offline"),
        (set(), "offline"),
    ]
    for devices, together in told:
        online = OnlineDevices()
        for number, presence in enumerate(devices):
            online.hear(DevicePresence("ada@home", str(number), 1.0, 1, presence))
        assert online.presence("ada@home") == together


def test_the_longest_list_fits_into_a_message() -> None:
    person = Person("a" * 64, "\U0001f9d1" * LONGEST_NAME, "do_not_disturb")
    frame = encode(People(2**63 - 1, (person,) * directory.MOST_LISTED))
    assert len(frame.encode()) <= MESSAGE_BYTES
    decode_service(frame)
