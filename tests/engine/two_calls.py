"""Two calls of one person at once: what is looked at in them, and how they come about."""

import pytest

from tests.support.one_process import Resident, until
from tui_call.control.actions import Action, Answer, Call
from tui_call.control.server import ActionRefused
from tui_call.control.views import CallView
from tui_call.engine.calls.call_state import CallState

SILENT = -90.0
"""dBFS; less is silence."""


def places(person: Resident) -> list[tuple[str, str]]:
    """Return with whom a person has calls, in their order, and where each stands."""
    return [(call.member.name, call.place) for call in person.snapshot.calls]


def view_of(person: Resident, other: Resident) -> CallView:
    return next(one for one in person.snapshot.calls if one.member.account == other.account)


def state_of(person: Resident, other: Resident) -> CallState:
    [found] = person.engine.calls.with_account(other.account)  # pyright: ignore[reportArgumentType]
    return found


def events(call: CallView) -> list[str]:
    return [event.sentence.code for event in call.events]


def loudness(person: Resident) -> float:
    levels = person.engine.sound.meters()
    return -100.0 if levels is None else levels.speaker


async def hear_each_other(first: Resident, second: Resident) -> None:
    await until(lambda: loudness(first) > SILENT and loudness(second) > SILENT)


async def waits(caller: Resident, callee: Resident) -> None:
    """Let somebody call who has a call, until it waits there."""
    before = len(callee.engine.calls.at_hand.waiting)
    await caller.order(Call(callee.account))
    await until(lambda: len(callee.engine.calls.at_hand.waiting) > before)
    await until(lambda: caller.phase == "ringing")


async def refused(person: Resident, order: Action) -> tuple[str, str]:
    with pytest.raises(ActionRefused) as refusal:
        await person.order(order)
    return refusal.value.code, refusal.value.sentence.code


def is_held(person: Resident) -> bool:
    return person.call.member.holding


def end_of(person: Resident) -> str:
    reason = person.call.end_reason
    return reason.code if reason else ""


async def in_two_calls(ada: Resident, ben: Resident, cleo: Resident) -> None:
    """Let Ben speak with Cleo, and hold Ada."""
    await ada.order(Call(ben.account))
    await until(lambda: ben.phase == "ringing")
    await ben.order(Answer())
    await until(lambda: ada.phase == ben.phase == "active")
    await waits(cleo, ben)
    await ben.order(Answer())
    await until(lambda: cleo.phase == ben.phase == "active" and is_held(ada))
    await until(lambda: loudness(ada) < SILENT)
