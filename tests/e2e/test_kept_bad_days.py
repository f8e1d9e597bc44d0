"""What becomes of a recording whose worker, tap and service are killed; all are real processes."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.company import Company
from tests.support.counted_sound import count_aloud
from tests.support.kept_kills import PEOPLE, SERVICE, TAP, WORKER, exported, kill, missed, record
from tests.support.kept_sound import decoded, heard, length

pytestmark = [pytest.mark.e2e, pytest.mark.sound, pytest.mark.asyncio(loop_scope="session")]

NUMBERS = {"ada": 1, "ben": 2}
"""Who says which tone of `kept_sound`."""
SECOND = 5
"""Windows in which tones are looked for."""
MOST_MISSED = 1.0
PART_WITHIN = 2.0
"""Seconds after the end of a tap to the next part."""


@pytest.mark.parametrize(
    "times", [1, pytest.param(10, marks=[pytest.mark.slow, pytest.mark.timeout(1500)])]
)
async def test_whatever_is_killed_what_was_recorded_plays_and_it_goes_on(
    company: Company, tmp_path: Path, times: int
) -> None:
    count_aloud(company.tones)
    for turn in range(times):
        await in_one_call(company, tmp_path / str(turn))


async def test_where_nothing_more_can_be_written_all_are_told_and_what_there_is_plays(
    company: Company, tmp_path: Path
) -> None:
    await record(company)
    await company["ben"].until(lambda one: one.call.own_kept == "kept")
    await company["ada"].hears_more(100)
    with no_more_to_be_written(company):
        for name in PEOPLE:
            await company[name].until(lambda one: one.call.recording is None)
            assert "N_KEPT_FAILED" in company[name].events
        await company.all_hear(*PEOPLE)
        kept = await exported(company, tmp_path / "kept")
    assert kept.state == "cut_short"
    for path in (kept.mixes[0], *(track for [track] in kept.tracks.values())):
        assert len(heard(decoded(path))) > SECOND


@contextmanager
def no_more_to_be_written(company: Company) -> Iterator[None]:
    """Let the tap make no file longer than a recording is by now."""
    [tap] = company.home.numbers(TAP)
    now = max(file.stat().st_size for file in company.home.service_directory.rglob("*.opus"))
    before = resource.prlimit(tap, resource.RLIMIT_FSIZE)
    resource.prlimit(tap, resource.RLIMIT_FSIZE, (now, before[1]))
    yield
    resource.prlimit(tap, resource.RLIMIT_FSIZE, before)


async def in_one_call(company: Company, folder: Path) -> None:
    """Record a call in which all is killed in turn, and look at what is exported of it."""
    await record(company)
    kills = await kill(company, WORKER, TAP, SERVICE)
    assert "G_KEPT_AGAIN" in company["ben"].events
    await company.says("ben", "record", "off")
    await company.rest()
    kept = await exported(company, folder)
    assert kept.state == "cut_short"
    assert len(kept.mixes) == 2, "only another tap begins another part"
    for mix, *tracks in zip(kept.mixes, *kept.tracks.values(), strict=True):
        lengths = [length(path) for path in (mix, *tracks)]
        assert max(lengths) - min(lengths) <= 0.04
        assert heard(decoded(mix)).count(set(NUMBERS.values())) > SECOND
    for name, tracks in kept.tracks.items():
        for track in tracks:
            assert set[int]().union(*heard(decoded(track))) - {0} == {NUMBERS[name]}
    for one in missed(company, kills, kept.tracks):
        assert one.before <= MOST_MISSED, one
        assert one.after <= (PART_WITHIN if one.process == TAP else MOST_MISSED), one
