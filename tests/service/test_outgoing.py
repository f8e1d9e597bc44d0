"""What waits for a client: in turns, within bounds, and the newest news only."""

import pytest

from tui_call.service import outgoing
from tui_call.service.enrolment import LONGEST_NAME
from tui_call.service.outgoing import Outgoing
from tui_call.signaling.messages import (
    MESSAGE_BYTES,
    CallChanged,
    CallNote,
    Deliver,
    Done,
    NameChanged,
    PeopleChanged,
    Person,
    PersonChanged,
    Policy,
    PolicyChanged,
    RoleChanged,
    ServiceMessage,
    SettingChanged,
    encode,
)
from tui_call.signaling.standard_calls import CallNews, NewsCode
from tui_call.signaling.vocabulary import MOST_DEVICES, Device, Presence

POLICY = Policy("Home", "organisation", "user_choice")


def letter(sender: str, number: int = 0) -> Deliver:
    return Deliver("ab" * 16, number, sender, "cd" * 16, b"sealed")


def change(account: str, presence: Presence) -> PersonChanged:
    return PersonChanged(Person(account, account, presence))


async def everything(waiting: Outgoing) -> list[object]:
    waiting.close()
    found: list[object] = []
    while (message := await waiting.next()) is not None:
        found.append(message)
    return found


async def test_senders_take_turns_and_answers_are_not_behind_them() -> None:
    waiting = Outgoing()
    for number in range(3):
        assert waiting.post(letter("eve@x", number))
    assert waiting.post(letter("ada@x"))
    assert waiting.put(Done(1))
    assert waiting.put(Done(2))
    assert await everything(waiting) == [
        Done(1), letter("eve@x"), Done(2), letter("ada@x"), letter("eve@x", 1), letter("eve@x", 2)
    ]  # fmt: skip


async def test_of_a_call_the_newest_is_told_with_all_that_happened() -> None:
    waiting, call = Outgoing(), "ab" * 16
    happened = [CallNews("joined", "ada@x"), CallNews("muted", "ada@x"), CallNews("left", "ada@x")]
    for sequence, news in enumerate(happened):
        assert waiting.put(CallChanged(call, sequence, (), news=(news,)))
    assert waiting.put(Done(1))
    assert await everything(waiting) == [CallChanged(call, 2, (), news=tuple(happened)), Done(1)]


async def test_what_somebody_does_again_and_again_pushes_nothing_else_out_of_a_call() -> None:
    """Who starts a recording could hide that from whoever reads slowly."""
    waiting, call = Outgoing(), "ab" * 16
    kinds: tuple[NewsCode, ...] = (
        "muted", "unmuted", "held", "resumed", "agreed", "refused", "captions", "captions_over",
    )  # fmt: skip
    happened = [CallNews("recording", "eve@x"), CallNews("joined", "ada@x")]
    again = [CallNews(what, "eve@x") for what in kinds]
    for news in (*happened, *again * 100):
        assert waiting.put(CallChanged(call, 1, (), news=(news,)))
    (told,) = await everything(waiting)
    assert isinstance(told, CallChanged)
    assert told.news[: len(happened)] == tuple(happened)
    assert told.news[-len(again) :] == tuple(again)


async def test_calls_that_others_begin_and_end_take_a_bounded_place() -> None:
    waiting = Outgoing()
    for number in range(1000):
        assert waiting.put(CallChanged(f"{number:032x}", 1, (), over="R_CANCELLED"))
    told = await everything(waiting)
    assert len(told) == outgoing.MOST_CALLS
    assert told[-1] == CallChanged(f"{999:032x}", 1, (), over="R_CANCELLED")


async def test_one_sender_has_few_places_and_takes_none_of_another_s() -> None:
    waiting = Outgoing()
    taken = [waiting.post(letter("eve@x", number)) for number in range(100)]
    assert taken.count(True) == outgoing.MOST_POST_OF_ONE
    assert waiting.post(letter("ada@x"))
    assert isinstance(await waiting.next(), Deliver)
    assert waiting.post(letter("eve@x"))


async def test_notes_of_a_call_take_the_places_of_who_wrote_them_and_none_of_answers() -> None:
    waiting, written = Outgoing(), ("ab" * 16, "cd" * 16, "eve@x", "ef" * 16, "01" * 16)
    taken = [waiting.post(CallNote(*written, str(number))) for number in range(1_000)]
    assert taken.count(True) == outgoing.MOST_POST_OF_ONE
    assert waiting.post(letter("ada@x"))
    assert waiting.put(Done(1))


async def test_all_senders_together_have_bounded_places() -> None:
    waiting = Outgoing()
    taken = [waiting.post(letter(f"{number}@x")) for number in range(1_000)]
    assert taken.count(True) == outgoing.MOST_POST


async def test_news_of_one_person_takes_one_place_and_is_the_newest() -> None:
    waiting = Outgoing()
    for _ in range(outgoing.MOST_ANSWERS):
        assert waiting.put(change("ada@x", "free"))
        assert waiting.put(change("bob@x", "busy"))
    assert waiting.put(change("ada@x", "away"))
    assert waiting.put(Done(1))
    both = PeopleChanged((change("ada@x", "away").person, change("bob@x", "busy").person))
    assert await everything(waiting) == [both, Done(1)]


async def test_so_many_changes_of_people_go_in_one_list_as_fit_into_a_message() -> None:
    waiting = Outgoing()
    devices = (Device("ab" * 16, "\U0001f9d1" * LONGEST_NAME, online=False),) * MOST_DEVICES
    for number in range(outgoing.MOST_PEOPLE + 1):
        address = f"{number}".zfill(64)
        person = Person(address, "\U0001f9d1" * LONGEST_NAME, "do_not_disturb", devices)
        waiting.put(PersonChanged(person))
    people, other = await everything(waiting)
    assert isinstance(people, PeopleChanged)
    assert len(people.people) == outgoing.MOST_PEOPLE
    assert len(encode(people).encode()) <= MESSAGE_BYTES
    assert isinstance(other, PersonChanged)


@pytest.mark.parametrize(
    "news",
    [PolicyChanged(POLICY), SettingChanged("off"), NameChanged("Ada King"), RoleChanged("admin")],
)
async def test_news_of_one_self_takes_one_place(news: ServiceMessage) -> None:
    waiting = Outgoing()
    for _ in range(2 * outgoing.MOST_ANSWERS):
        assert waiting.put(news)
    assert await everything(waiting) == [news]


async def test_answers_that_nobody_reads_are_too_many_at_some_time() -> None:
    waiting = Outgoing()
    taken = [waiting.put(Done(number)) for number in range(2 * outgoing.MOST_ANSWERS)]
    assert taken.count(True) == outgoing.MOST_ANSWERS
    assert await waiting.next() == Done(0)
    assert waiting.put(Done(1))
