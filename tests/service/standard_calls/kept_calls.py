"""Calls of which something is kept: how they come about, and what the store has of them."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

from tests.support.callers import Caller, CallTown, call_town
from tests.support.members import Clock, until
from tui_call.signaling.call_acts import RecordAct
from tui_call.signaling.operations import SetPolicy
from tui_call.signaling.standard_calls import CallChanged


@asynccontextmanager
async def calls_to_keep(directory: Path, clock: Clock) -> AsyncIterator[CallTown]:
    """Run a service whose policy lets everything be kept."""
    async with call_town(directory, clock) as running:
        await running.caller("ada")
        await may_keep(running)
        yield running


async def may_keep(calls: CallTown, **but: bool) -> None:
    terms = {"recording": True, "transcription": True, "captions": True, **but}
    await calls.administers(SetPolicy(name="calls", terms=dict(terms)))


async def talk_of(calls: CallTown, *users: str) -> tuple[list[Caller], str]:
    people = [calls.people[0], *await calls.callers(*users)]
    return people, await calls.talk(*people)


async def records(calls: CallTown, who: Caller, call: str, **how: bool) -> CallChanged:
    """Begin a recording, and let everybody hear the tone."""
    await who.does(RecordAct(on=True, **how), call)
    told = await who.sees_when(call, lambda told: told.recording is not None and is_on(told))
    calls.town.clock.now += 1.1
    await until(lambda: any(member.kept for member in calls.tap.rooms[call].members))
    return told


def is_on(told: CallChanged) -> bool:
    return told.recording is not None and not told.recording.starting


def marks(told: CallChanged) -> set[str]:
    return {member.kept for member in told.members}


def rows(calls: CallTown, what: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(calls.town.directory / "service.db")) as connection:
        return connection.execute(f"SELECT {what}").fetchall()
