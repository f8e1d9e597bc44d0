"""Notes in standard calls at the service: who may send one, who gets it, and what is kept of it."""

import pytest

from tests.support.callers import Caller, CallTown, new_id
from tui_call.signaling.call_acts import MOST_NOTE_BYTES, AddAct, NoteAct, ParkAct, RetrieveAct
from tui_call.signaling.messages import ActAnswered, ActInCall, Lookup, People, encode
from tui_call.signaling.standard_calls import CallNote


async def notes_of(person: Caller) -> list[tuple[str, str]]:
    """Return all that a device got by now: who wrote what."""
    for _ in range(2):  # answers and what others send take turns
        await person.member.client.ask(lambda number: Lookup(number, "x@nowhere"), People)
    heard = person.member.client.heard
    return [(one.from_account, one.text) for one in heard if isinstance(one, CallNote)]


async def test_a_note_goes_to_those_who_have_answered_and_to_nobody_else(calls: CallTown) -> None:
    ada, ben, cleo, dan, eve = await calls.callers("ada", "ben", "cleo", "dan", "eve")
    tower = await calls.second_device(ben)
    call = await calls.talk(ada, ben, cleo)
    await ada.does(AddAct((dan.account,)), call)
    await ada.does(NoteAct("at eight"), call)
    for person in (ben, cleo):
        assert await notes_of(person) == [(ada.account, "at eight")]
    for person in (ada, dan, eve, tower):
        assert await notes_of(person) == []
    written = next(one for one in ben.member.client.heard if isinstance(one, CallNote))
    assert (written.call, written.instance) == (call, ada.instance)


async def test_nobody_writes_in_who_is_not_in_the_call(calls: CallTown) -> None:
    ada, ben, eve = await calls.callers("ada", "ben", "eve")
    tower = await calls.second_device(ada)
    call = await calls.talk(ada, ben)
    await ada.does(AddAct((eve.account,)), call)
    for person in (eve, tower):
        for one in (call, new_id(), ""):
            assert await person.refused(NoteAct("let me in"), one) == "N_UNKNOWN_CALL"
    assert await notes_of(ada) == await notes_of(ben) == []


async def test_where_nobody_could_read_it_the_writer_is_told(calls: CallTown) -> None:
    ada, ben, cleo = await calls.callers("ada", "ben", "cleo")
    call = await ada.places(ben)
    assert await ada.refused(NoteAct("hello"), call) == "N_NOTYET"
    await ben.answers(call)
    await ada.has_sound(call)
    await ben.has_sound(call)
    slot = (await ada.ask(ParkAct(), call)).slot
    assert await ada.refused(NoteAct("wait for me"), call) == "N_UNKNOWN_CALL"
    assert await ben.refused(NoteAct("anybody?"), call) == "N_NOTYET"
    assert await notes_of(ben) == []
    await cleo.does(RetrieveAct(slot, cleo.instance), call)
    await cleo.does(NoteAct("here I am"), call)
    assert await notes_of(ben) == [(cleo.account, "here I am")]


async def test_nothing_of_a_note_is_kept_and_it_changes_nothing(calls: CallTown) -> None:
    ada, ben = await calls.callers("ada", "ben")
    call = await calls.talk(ada, ben)
    audit, room = calls.audit(), calls.bridge.rooms[call]
    await ada.does(NoteAct("the-secret-of-the-day"), call)
    assert await notes_of(ben) == [(ada.account, "the-secret-of-the-day")]
    assert (calls.audit(), calls.bridge.rooms[call]) == (audit, room)
    files = [file for file in calls.town.directory.rglob("*") if file.is_file()]
    assert files
    assert not any(b"the-secret-of-the-day" in file.read_bytes() for file in files)


@pytest.mark.parametrize("text", ["", "ä" * (MOST_NOTE_BYTES // 2 + 1), "a" * 2001])
async def test_a_note_is_of_so_many_bytes(calls: CallTown, text: str) -> None:
    ada, ben = await calls.callers("ada", "ben")
    call = await calls.talk(ada, ben)
    longest = "ä" * (MOST_NOTE_BYTES // 2)
    good = note_frame(call, longest)
    bad = good.replace(longest, text)
    assert (await ada.member.client.fails(bad)).code == "malformed"
    await ada.member.client.say(good)
    assert (await ada.member.client.hear(ActAnswered)).refused == ""
    assert await notes_of(ben) == [(ada.account, longest)]


def note_frame(call: str, text: str) -> str:
    """Return the message of an engine that sends a note."""
    return encode(ActInCall(1_000, new_id(), NoteAct(text), call))
