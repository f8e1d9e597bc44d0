"""What administrators ask at their own connection: in turn, beside everything else."""

import sqlite3

from tests.service.members import Member, Town
from tui_call.service import administering
from tui_call.signaling.administration import (
    AskReport,
    Change,
    ExtendDraft,
    FindGroups,
    NewGroup,
    Request,
    encode,
)
from tui_call.signaling.administration_answers import (
    Answer,
    ChangeOutcome,
    DraftExtended,
    GroupsFound,
    NotDone,
    decode_answer,
)
from tui_call.signaling.messages import Administer, Administered, AskForRelays, Failed, Relays


async def asks(member: Member, request: Request) -> int:
    """Ask without waiting for the answer; return its number."""
    member.client.requests += 1
    await member.client.say(Administer(member.client.requests, encode(request)))
    return member.client.requests


async def hears(member: Member, number: int) -> Answer:
    answered = await member.client.hear(Administered)
    assert answered.request == number
    return decode_answer(answered.body)


async def test_a_change_that_takes_long_holds_up_nothing_but_what_comes_after_it(
    town: Town,
) -> None:
    ada = await town.enrol("ada")
    part = ExtendDraft(draft="d", operations=(NewGroup(name="finance"),))
    assert await hears(ada, await asks(ada, part)) == DraftExtended(operations=1)
    with sqlite3.connect(town.directory / "service.db", isolation_level=None) as elsewhere:
        elsewhere.execute("BEGIN IMMEDIATE")  # another program writes, and takes its time
        change, after_it = await asks(ada, Change(draft="d")), await asks(ada, FindGroups())
        await ada.client.ask(AskForRelays, Relays)
        elsewhere.execute("ROLLBACK")
    elsewhere.close()
    outcome, found = await hears(ada, change), await hears(ada, after_it)
    assert isinstance(outcome, ChangeOutcome)
    assert outcome.change
    assert isinstance(found, GroupsFound)
    assert [group.name for group in found.groups] == ["finance"]


async def test_only_so_many_wait_for_their_turn(town: Town) -> None:
    ada = await town.enrol("ada")
    with sqlite3.connect(town.directory / "service.db", isolation_level=None) as elsewhere:
        elsewhere.execute("BEGIN IMMEDIATE")
        waiting = [
            await asks(ada, Change(operations=(NewGroup(name=f"g{number}"),)))
            for number in range(administering.MOST_WAITING)
        ]
        refused = await ada.client.ask(
            lambda number: Administer(number, encode(AskReport())), Failed
        )
        assert refused.code == "rate"
        elsewhere.execute("ROLLBACK")
    elsewhere.close()
    for number in waiting:
        assert isinstance(await hears(ada, number), ChangeOutcome)


async def test_what_cannot_be_done_is_answered_and_the_next_is_taken(town: Town) -> None:
    ada = await town.enrol("ada")
    number = await asks(ada, Change(draft="nobody knows"))
    told = await hears(ada, number)
    assert isinstance(told, NotDone)
    assert told.problems[0].code == "A_NO_DRAFT"
    done = await hears(ada, await asks(ada, Change(operations=(NewGroup(name="finance"),))))
    assert isinstance(done, ChangeOutcome)
