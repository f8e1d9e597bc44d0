"""Notes in standard calls of people whose engines, service and bridge are real."""

import secrets

from tests.support.by_bridge import events, hear_each_other, refused, speak
from tests.support.one_process import Resident, Village, until
from tui_call.control.actions import Add, Answer, Call, Hold, Note, Park, Transfer
from tui_call.signaling.standard_calls import CallNote


def notes(person: Resident) -> list[tuple[str, str]]:
    """Return who wrote what in the call in front, "you" for the own ones."""
    return [("you" if one.mine else one.by, one.text) for one in person.call.notes]


async def test_all_in_the_call_see_what_is_written_and_by_whom(
    ada: Resident, ben: Resident, cleo: Resident
) -> None:
    await ada.order(Call(ben.account, standard=True))
    await until(lambda: ben.phase == "ringing")
    assert await refused(ada, Note("before anybody is there")) == "N_NOTYET"
    await ben.order(Answer())
    await hear_each_other(ada, ben)
    assert next(one for one in ada.call.capabilities if one.name == "notes").on
    await ada.order(Add(cleo.account))
    await until(lambda: cleo.phase == "ringing")
    await ben.order(Note("at \x1beight"))
    await until(lambda: notes(ada) == [("Ben", "at eight")])
    await cleo.order(Answer())
    await hear_each_other(ada, ben, cleo)
    await cleo.order(Hold(on=True))
    await ada.order(Note("at nine"))
    await until(lambda: notes(ben) == [("you", "at eight"), ("Ada", "at nine")])
    await until(lambda: notes(cleo) == [("Ada", "at nine")])
    assert cleo.call.events[-1].sentence.text == "Ada sent a note."
    assert notes(ada) == [("Ben", "at eight"), ("you", "at nine")]


async def test_what_nobody_can_read_is_not_shown_as_sent(ada: Resident, ben: Resident) -> None:
    await speak(ada, ben)
    assert await refused(ada, Note(" ")) == "O_NOTE_EMPTY"
    assert await refused(ada, Note("ä" * 1001)) == "O_NOTE_LONG"
    await ada.order(Park())
    await until(lambda: ben.call.slot != 0)
    assert await refused(ben, Note("anybody?")) == "N_PARKED"
    assert ben.call.notes == ()


async def test_who_is_passed_on_takes_the_notes_along(
    ada: Resident, ben: Resident, cleo: Resident
) -> None:
    await speak(ada, ben)
    await ada.order(Note("Cleo knows more"))
    await ada.order(Transfer(cleo.account))
    await until(lambda: cleo.phase == "ringing")
    await cleo.order(Answer())
    await hear_each_other(ben, cleo)
    await cleo.order(Note("ask me"))
    await until(lambda: notes(ben) == [("Ada", "Cleo knows more"), ("Cleo", "ask me")])


async def test_a_note_that_comes_twice_is_one_and_one_of_no_call_is_none(
    here: Village, ada: Resident, ben: Resident
) -> None:
    await speak(ada, ben)

    def note(call: str, by: Resident, text: str, act: str = "") -> CallNote:
        instance, act = secrets.token_hex(16), act or secrets.token_hex(16)
        return CallNote(call, act, by.account, by.device, instance, text)

    call, twice = ada.call.id, secrets.token_hex(16)
    here.say(
        ada,
        note(secrets.token_hex(16), ben, "of another call"),
        note(call, ada, "in the own name"),
        note(call, ben, "\x1b\x07"),
        note(call, ben, "at eight", twice),
        note(call, ben, "at eight", twice),
    )
    await ben.order(Note("last"))
    await until(lambda: ("Ben", "last") in notes(ada))
    assert notes(ada) == [("Ben", "at eight"), ("Ben", "last")]
    assert events(ada).count("G_NOTE") == 2
