"""A recorded call of two who count, in which bridge worker, tap and service are killed.

What a file misses is told without a clock: it is what the other one heard, and no file has.
"""

import json
import os
import random
import signal
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.support.company import Company
from tests.support.counted_sound import MOMENT, moments
from tests.support.engines import until
from tests.support.kept_sound import decoded
from tests.support.rig_pair import samples_of
from tests.support.who_hears_whom import WINDOW, heard_until, recording
from tui_call.voice.sound import SAMPLE_RATE

PEOPLE = ("ada", "ben")
WORKER, TAP, SERVICE = "tui_call.bridge", "tui_call.tap", "serve"

_NEAR = MOMENT
"""Seconds between windows of two files that have the same moment in them."""


@dataclass(frozen=True)
class Kill:
    """What was killed, and which sample each heard then.

    Attributes:
        process: what was killed.
        since: samples from which on all was well.
        at: of the kill.
        until: from which on all was well again.
    """

    process: str
    since: dict[str, int]
    at: dict[str, int]
    until: dict[str, int]


@dataclass(frozen=True)
class Missed:
    """What no file has of what somebody heard around a kill, in seconds.

    Attributes:
        process: what was killed.
        before: heard before it was.
        after: heard since, until all was well.
    """

    process: str
    before: float
    after: float


@dataclass(frozen=True)
class Exported:
    """What is exported of a recording.

    Attributes:
        state: as it is listed.
        mixes: a file a part.
        tracks: the same, of each person.
    """

    state: str
    mixes: list[Path]
    tracks: dict[str, list[Path]]


async def record(company: Company) -> None:
    """Have two speak who are recorded, a track each."""
    first, other = PEOPLE
    await company.speak(first, other)
    await company.says(first, "record", "--tracks")
    await company[other].until(lambda one: one.call.own_kept == "asked")
    await company.says(other, "agree")


async def kill(company: Company, *processes: str) -> list[Kill]:
    """Kill one after the other, each at some moment at which all goes well."""
    kills: list[Kill] = []
    since = await _goes_on(company)
    for process in processes:
        at = await _killed(company, process)
        until_well = await _goes_on(company)
        kills.append(Kill(process, since, at, until_well))
        since = until_well
    return kills


async def _goes_on(company: Company) -> dict[str, int]:
    """Return from which sample on two hear each other and are recorded; some more follows."""
    await company.all_hear(*PEOPLE)
    for name in PEOPLE:
        await company[name].until(
            lambda one: one.snapshot.service.state == "online" and one.call.own_kept == "kept"
        )
    since = {name: heard_until(recording(company.home, name)) for name in PEOPLE}
    await company[PEOPLE[0]].hears_more(random.randint(50, 100))
    return since


async def _killed(company: Company, process: str) -> dict[str, int]:
    """Kill something, wait until there is another one; return which sample each heard then."""
    killed_at = time.monotonic()
    if process == SERVICE:
        async with company.home.without_service():
            pass
    else:
        [number] = company.home.numbers(process)
        os.kill(number, signal.SIGKILL)
        await until(lambda: bool(set(company.home.numbers(process)) - {number}))
    return {name: await _heard_at(company, name, killed_at) for name in PEOPLE}


async def exported(company: Company, folder: Path) -> Exported:
    """Have the files of the newest recording, which is over, in a new folder."""
    [name, other] = PEOPLE
    while (newest := await _newest(company, name))["state"] == "running":
        pass
    folder.mkdir()
    await company.says(other, "recordings", "export", newest["id"], str(folder))
    mixes = sorted(folder.glob("*-mix-*.opus"))
    tracks = {name: sorted(folder.glob(f"*-track-*-{name}.opus")) for name in PEOPLE}
    return Exported(newest["state"], mixes, tracks)


async def _newest(company: Company, name: str) -> dict[str, str]:
    listed: dict[str, list[dict[str, str]]] = json.loads(
        await company.says(name, "recordings", "--json")
    )
    return listed["kept"][0]


def missed(company: Company, kills: Iterable[Kill], tracks: dict[str, list[Path]]) -> list[Missed]:
    """Return what was missed around each kill, of whom it is most.

    Args:
        company: who spoke; the call has to be over, so that all they heard is written.
        kills: in it.
        tracks: of each person, all parts.
    """
    lacking = {
        listener: _lacking(company, listener, speaker, tracks[speaker])
        for listener, speaker in (PEOPLE, PEOPLE[::-1])
    }

    def most(begin: dict[str, int], end: dict[str, int]) -> float:
        return max(
            MOMENT * sum(found[begin[name] // WINDOW : end[name] // WINDOW])
            for name, found in lacking.items()
        )

    return [Missed(one.process, most(one.since, one.at), most(one.at, one.until)) for one in kills]


def _lacking(
    company: Company, listener: str, speaker: str, tracks: Sequence[Path]
) -> Sequence[bool]:
    """Tell of each window of what somebody heard whether a moment is in it that no track has."""
    kept = [
        moment
        for path in tracks
        for moment in moments(decoded(path), speaker)
        if moment is not None
    ]
    heard = moments(samples_of(recording(company.home, listener)), speaker)
    return [
        moment is not None and all(abs(moment - one) > _NEAR for one in kept) for moment in heard
    ]


async def _heard_at(company: Company, name: str, at: float) -> int:
    """Return which sample somebody heard at a moment; what is heard is written half by half."""
    wav = recording(company.home, name)
    before = heard_until(wav)
    await until(lambda: heard_until(wav) > before)
    return heard_until(wav) - round((time.monotonic() - at) * SAMPLE_RATE)
