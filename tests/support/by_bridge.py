"""People who have standard calls, in the process of a test; service and bridge are real."""

import pytest

from tests.support.one_process import Resident, until
from tui_call.control.actions import Action, Answer, Call
from tui_call.control.server import ActionRefused
from tui_call.control.views import CallView, MemberView
from tui_call.engine.calls.bridge_legs import BridgeLegs

SILENT = -90.0
"""dBFS; less is silence."""


def loudness(person: Resident) -> float:
    """Return how loud it is what a person hears, dBFS."""
    levels = person.engine.sound.meters()
    return -100.0 if levels is None else levels.speaker


def heard(person: Resident) -> set[str]:
    """Return the accounts of those whose frames a person's device plays now."""
    record = person.engine.calls.front
    voice = person.engine.calls.voice(record) if record is not None else None
    numbers = voice.voices() if voice is not None else {}
    loud = {number for number, level in numbers.items() if level > SILENT}
    return {member.account for member in person.call.members if member.number in loud}


async def hear_each_other(*people: Resident) -> None:
    """Wait until each of some people hears all others, and nobody else."""
    everybody = {person.account for person in people}
    await until(lambda: all(heard(one) == everybody - {one.account} for one in people))


def states(person: Resident) -> dict[str, str]:
    """Return how far everybody else in the call in front is, by name."""
    return {member.name: member.state for member in person.call.members}


def member(person: Resident, other: Resident) -> MemberView:
    """Return somebody as another one sees them in the call in front."""
    return next(one for one in person.call.members if one.account == other.account)


def events(person: Resident) -> list[str]:
    return [event.sentence.code for event in person.call.events]


def question(person: Resident) -> str:
    """Return the code of what a person is asked by what stands in front, "" for nothing."""
    front = person.snapshot.front
    return front.question.code if front is not None and front.question is not None else ""


async def refused(person: Resident, action: Action) -> str:
    """Return the code of the sentence with which an order is refused."""
    with pytest.raises(ActionRefused) as caught:
        await person.order(action)
    assert caught.value.sentence is not None
    return caught.value.sentence.code


def end_of(person: Resident) -> str:
    """Return the code of the end of the call that is shown, "" while it lasts."""
    call = person.snapshot.front
    return call.end_reason.code if call is not None and call.end_reason is not None else ""


def call_with(person: Resident, other: Resident) -> CallView:
    """Return the call of a person in which somebody is."""
    return next(
        one for one in person.snapshot.calls if other.account in {m.account for m in one.members}
    )


def legs(person: Resident) -> BridgeLegs:
    """Return the ways of the call in front to the bridge."""
    record = person.engine.calls.front
    assert record is not None
    voice = person.engine.calls.voice(record)
    assert isinstance(voice, BridgeLegs)
    return voice


async def call(caller: Resident, *callees: Resident) -> None:
    """Call by the bridge until it rings at all; all who answer join."""
    first, *others = (one.account for one in callees)
    await caller.order(Call(first, others=tuple(others), standard=True, all_join=True))
    await until(lambda: all(one.phase == "ringing" for one in (caller, *callees)))


async def speak(caller: Resident, *callees: Resident) -> None:
    """Have a standard call that all hear."""
    await call(caller, *callees)
    for one in callees:
        await one.order(Answer())
    await until(lambda: all(one.phase == "active" for one in (caller, *callees)))
    await hear_each_other(caller, *callees)
