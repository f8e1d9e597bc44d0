"""Who there is, who is there now, and who is told when that changes."""

import asyncio
import socket

import pytest

from tests.support.members import Client, Member, Town, until
from tui_call.service import directory, watches
from tui_call.service.bus.online_devices import OnlineDevices
from tui_call.service.bus.traffic import DevicePresence
from tui_call.service.enrolment import LONGEST_NAME
from tui_call.signaling.administration import Change
from tui_call.signaling.administration import encode as encode_request
from tui_call.signaling.messages import (
    MESSAGE_BYTES,
    Administer,
    Administered,
    Done,
    ListPeople,
    Lookup,
    People,
    PeopleChanged,
    Person,
    PersonChanged,
    SetPresence,
    WatchPeople,
    decode_service,
    encode,
)
from tui_call.signaling.operations import RemovePerson
from tui_call.signaling.vocabulary import Device, Presence


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
    told = await ada.client.hear(PersonChanged)
    while told.person.presence != "free":  # who joins comes soon after; both may be one news
        assert (told.person.account, told.person.presence) == (cleo.account, "offline")
        told = await ada.client.hear(PersonChanged)
    assert told.person.account == cleo.account
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


async def test_a_client_is_told_of_its_own_person_whomever_it_looked_up_since(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watches, "MOST_LOOKED_UP", 2)
    ada, bob, cleo = [await town.enrol(name) for name in ("ada", "bob", "cleo")]
    for one in (ada, bob, cleo):
        await ada.client.ask(lambda n, a=one.account: Lookup(n, a), People)
    await bob.client.say(SetPresence("away"))
    await bob.client.hears_nothing_more()
    await ada.client.say(SetPresence("busy"))
    assert (await ada.client.hear(PersonChanged)).person.account == ada.account


async def test_who_chose_people_is_told_of_them_now_and_then_and_of_nobody_else(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(directory, "MOST_WATCHED_UNASKED", 0)
    ada, *others = [await town.enrol(name) for name in ("ada", "bob", "cleo", "dan")]
    bob, cleo, dan = others
    await ada.client.ask(ListPeople, People)
    nobody = "nobody@nowhere"
    chosen = (bob.account, cleo.account, nobody)
    await ada.client.ask(lambda n: WatchPeople(n, chosen), Done)
    assert told(ada.client) == [(bob.account, "free"), (cleo.account, "free")]
    await ada.client.ask(lambda n: WatchPeople(n, (cleo.account, dan.account)), Done)
    assert told(ada.client)[2:] == [(dan.account, "free")]
    await bob.client.say(SetPresence("away"))
    await bob.client.hears_nothing_more()
    await cleo.client.say(SetPresence("away"))
    await until_told(ada.client, [(cleo.account, "away")])


async def test_a_presence_goes_to_those_alone_who_watch_the_person(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In an organisation of any size: one message for each client that watches."""
    monkeypatch.setattr(directory, "MOST_WATCHED_UNASKED", 5)
    everybody = [await town.enrol(f"person{number}") for number in range(12)]
    bob, *others = everybody
    watching = others[:3]
    for one in others:
        await one.client.ask(ListPeople, People)
    for one in watching:
        await one.client.ask(lambda n: WatchPeople(n, (bob.account,)), Done)
        one.client.heard.clear()
    await bob.client.say(SetPresence("away"))
    for one in watching:
        await until_told(one.client, [(bob.account, "away")])
    for one in others[3:]:
        assert told(one.client) == []
        await one.client.hears_nothing_more()


async def test_changes_of_many_go_in_one_list_and_whom_one_calls_at_once(town: Town) -> None:
    ada, *others = [await town.enrol(name) for name in ("ada", "bob", "cleo", "dan", "eve")]
    bob, cleo, dan, eve = others
    accounts = tuple(one.account for one in others)
    await ada.client.ask(lambda n: WatchPeople(n, accounts), Done)
    await ada.client.ask(lambda n: Lookup(n, eve.account), People)
    ada.client.heard.clear()
    await bob.client.say(SetPresence("away"))
    await until_told(ada.client, [(bob.account, "away")])
    for one in (cleo, dan, bob):
        await one.client.say(SetPresence("busy"))
    for one in (cleo, dan, bob):
        await one.client.hears_nothing_more()
    await eve.client.say(SetPresence("busy"))
    first, then = await ada.client.hear(PersonChanged), await ada.client.hear(PeopleChanged)
    assert (first.person.account, first.person.presence) == (eve.account, "busy")
    listed = {person.account: person.presence for person in then.people}
    assert listed == {one.account: "busy" for one in (cleo, dan, bob)}
    await ada.client.hears_nothing_more()


@pytest.mark.parametrize("calls", [True, False])
async def test_of_who_is_removed_those_who_watch_are_told_that_they_are_gone(
    town: Town, calls: bool
) -> None:
    ada, bob, cleo = await town.enrol("ada"), await town.enrol("bob", "B"), await town.enrol("cleo")
    if calls:
        await cleo.client.ask(lambda n: Lookup(n, bob.account), People)
    else:
        await cleo.client.ask(lambda n: WatchPeople(n, (bob.account,)), Done)
    cleo.client.heard.clear()
    removal = encode_request(Change(operations=(RemovePerson(account=bob.account),)))
    await ada.client.ask(lambda n: Administer(n, removal), Administered)
    gone = (await cleo.client.hear(PersonChanged)).person
    assert gone == Person(bob.account, "B", "offline")
    assert await bob.client.is_closed()
    await cleo.client.hears_nothing_more()


async def test_a_broken_socket_is_told_apart_from_a_goodbye(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(directory, "BACK_WITHIN", 0.5)
    ada, bob = await town.enrol("ada"), await town.enrol("bob")
    await ada.client.ask(lambda n: WatchPeople(n, (bob.account,)), Done)
    ada.client.heard.clear()
    await breaks(town, bob)
    bob = await town.log_in(bob.identity)
    await bob.client.say(SetPresence("away"))
    await until_told(ada.client, [(bob.account, "away")])
    assert (bob.account, "offline") not in told(ada.client)
    await town.leave(bob)
    await until_told(ada.client, [(bob.account, "offline")])
    bob = await town.log_in(bob.identity)
    await until_told(ada.client, [(bob.account, "offline"), (bob.account, "free")])
    await breaks(town, bob)
    await ada.client.hear(PersonChanged)
    assert told(ada.client)[-1] == (bob.account, "offline")


async def test_people_are_listed_page_by_page(town: Town) -> None:
    everybody = [(await town.enrol(f"person{number}")).account for number in range(5)]
    reader, found, after, more = await town.enrol("zoe"), list[str](), "", True
    everybody.append(reader.account)
    while more:
        page = await reader.client.ask(lambda n, a=after: ListPeople(n, "", a, 2), People)
        found += [person.account for person in page.people]
        after, more = found[-1], page.more
        assert len(page.people) <= 2
    assert found == everybody


def told(client: Client) -> list[tuple[str, Presence]]:
    """Return whom and what a client was told of, in order."""
    found: list[Person] = []
    for message in client.heard:
        if isinstance(message, PersonChanged):
            found.append(message.person)
        elif isinstance(message, PeopleChanged):
            found += message.people
    return [(person.account, person.presence) for person in found]


async def until_told(client: Client, expected: list[tuple[str, Presence]]) -> None:
    while told(client)[-len(expected) :] != expected:
        await client.hear(PersonChanged)


async def breaks(town: Town, member: Member) -> None:
    """Have a member's connection end without a word."""
    member.client.frames.get_extra_info("socket").shutdown(socket.SHUT_RDWR)
    await until(lambda: town.service.online.find(member.account, member.device) is None)


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
