"""Calls that are recorded by rule: how they come about, and how each in them is."""

import contextlib
import sqlite3

from tests.support.callers import Caller, CallTown
from tui_call.signaling.operations import GrantPolicy, NewPolicy
from tui_call.signaling.standard_calls import CallChanged, CallMember


async def rules(calls: CallTown, user: str) -> None:
    """Have the calls of somebody recorded by rule."""
    await calls.administers(
        NewPolicy(
            name="bank", kind="calling", terms={"compliance_recording": True, "recording": True}
        ),
        GrantPolicy(policy="bank", to="user", subject=user),
    )


def states(told: CallChanged) -> list[str]:
    return [member.state for member in told.members]


def are_kept(members: tuple[CallMember, ...]) -> bool:
    return all(member.kept == "kept" for member in members)


async def is_on(call: str, one: Caller) -> CallChanged:
    """Wait until the files of a recording are open."""
    return await one.sees_when(
        call, lambda told: any(news.what == "recording" for news in told.news)
    )


async def begun(calls: CallTown) -> tuple[Caller, Caller, str]:
    """Return two people who hear the tone of a call that is recorded by rule, and the call."""
    ada, ben = await calls.callers("ada", "ben")
    await rules(calls, "ben")
    call = await ada.places(ben)
    await ben.answers(call)
    for one in (ada, ben):
        await one.has_sound(call)
    await is_on(call, ada)
    return ada, ben, call


async def recorded(calls: CallTown) -> tuple[Caller, Caller, str]:
    """Return two people who speak in a call that is recorded by rule, and the call."""
    ada, ben, call = await begun(calls)
    calls.town.clock.now += 1
    await ada.sees_when(call, lambda told: are_kept(told.members))
    assert speak(calls, call) == 2
    return ada, ben, call


def stored(calls: CallTown, what: str) -> list[tuple[object, ...]]:
    with contextlib.closing(sqlite3.connect(calls.town.directory / "service.db")) as connection:
        return connection.execute(f"SELECT {what}").fetchall()


def speak(calls: CallTown, call: str) -> int:
    """Return how many are heard in a call."""
    return sum(member.speaks for member in calls.bridge.rooms[call].members)
