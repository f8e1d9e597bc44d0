"""What changed, shown once for everything that happens at a moment."""

import asyncio

from tui_call.engine.changes import MOST_PEOPLE_AT_ONCE, MOST_PEOPLE_DUE, Changes
from tui_call.identifiers import AccountId


def shown_by(changes: Changes) -> list[str]:
    """Return what is shown, as it comes."""
    shown: list[str] = []
    changes.listen(shown.append, shown.append)
    return shown


def accounts(count: int) -> list[AccountId]:
    return [AccountId(f"p{number}@home") for number in range(count)]


async def test_of_many_people_some_are_shown_at_a_time_and_calls_once_for_them() -> None:
    changes, many = Changes(), accounts(MOST_PEOPLE_AT_ONCE + 3)
    shown = shown_by(changes)
    changes.show_people(*many)
    await asyncio.sleep(0)
    assert shown == ["calls", *many[:MOST_PEOPLE_AT_ONCE]]
    await asyncio.sleep(0)
    assert shown[MOST_PEOPLE_AT_ONCE + 1 :] == ["calls", *many[MOST_PEOPLE_AT_ONCE:]]


async def test_an_answer_waits_until_all_people_of_now_are_shown() -> None:
    changes, many = Changes(), accounts(200)
    shown = shown_by(changes)
    changes.show_people(*many)
    await changes.settled()
    assert set(shown) == {"calls", *many}


async def test_more_people_than_are_ever_known_are_shown_as_a_whole() -> None:
    changes = Changes()
    shown = shown_by(changes)
    changes.show_people(*accounts(MOST_PEOPLE_DUE + 1))
    await changes.settled()
    assert shown == ["people", "calls"]
