"""Standard calls of engines, service and bridge worker that are processes of their own."""

import pytest

from tests.support.engines import Person, Street
from tui_call.control.actions import Add, Answer, Call, Consent, HangUp, Hold

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


def states(person: Person) -> dict[str, str]:
    """Return how far everybody else in the call is, by name."""
    return {member.name: member.state for member in person.call.members}


async def say_yes(person: Person, code: str) -> None:
    await person.until(lambda one: one.call.question is not None and one.call.question.code == code)
    await person.order(Consent(yes=True, code=code))


async def test_echo_takes_a_standard_call_too_and_asks_nobody(street: Street) -> None:
    cleo = street.cleo
    await cleo.until(lambda one: any("Echo" in person.name for person in one.snapshot.people))
    await cleo.order(Call("echo"))
    await cleo.until(lambda one: one.phase == "active")
    await cleo.order(HangUp())
    await cleo.until(lambda one: one.phase == "ended")
    await cleo.order(Call("echo", standard=True))
    await say_yes(cleo, "Q_FIRST")
    await cleo.until(lambda one: one.phase == "active")
    assert (cleo.call.kind, cleo.shield) == ("standard", "SH_STANDARD")
    await cleo.hears_more(50)
    await cleo.order(HangUp())


async def test_a_second_person_of_the_computer_comes_to_who_speaks_with_echo(
    street: Street,
) -> None:
    ada, ben = street.ada, street.ben
    await ada.until(lambda one: any("Echo" in person.name for person in one.snapshot.people))
    await ada.order(Call("echo", standard=True))
    await ada.until(lambda one: one.phase == "active")
    await ada.order(Add(ben.account))
    await ben.until(lambda one: one.phase == "ringing")
    await ben.order(Answer())
    await ben.until(lambda one: one.phase == "active")
    for person, others in ((ada, {"Echo (test)", "Ben"}), (ben, {"Echo (test)", "Ada"})):
        await person.until(lambda one, them=others: states(one) == dict.fromkeys(them, "here"))
        await person.hears_more(50)
    await ada.order(HangUp())
    await ben.hears_more(50)
    await ben.order(HangUp())


async def test_sound_outlives_the_service_and_what_was_ordered_meanwhile_is_done(
    street: Street,
) -> None:
    ada, ben = street.ada, street.ben
    await ada.order(Call(ben.account, standard=True))
    if ada.call.question is not None:
        await say_yes(ada, "Q_FIRST")
    await ben.until(lambda one: one.phase == "ringing")
    if ben.call.question is not None:
        await say_yes(ben, "Q_FIRST")
    else:
        await ben.order(Answer())
    for person in (ada, ben):
        await person.until(lambda one: one.phase == "active")
        await person.hears_more()
    workers = street.home.numbers("tui_call.bridge")
    async with street.home.without_service():
        await ada.until(lambda one: "G_SERVICE" in one.events)
        for person in (ada, ben):
            await person.hears_more(100)
        await ada.order(Hold(on=True))
    await ada.until(lambda one: "G_SERVICE_BACK" in one.events)
    await ben.until(lambda one: one.call.member.holding)
    await ada.order(Hold(on=False))
    for person, other in ((ada, "Ben"), (ben, "Ada")):
        await person.hears_more()
        assert states(person) == {other: "here"}
    assert street.home.numbers("tui_call.bridge") == workers
    await ada.order(HangUp())
    await ben.until(lambda one: one.phase == "ended")
