"""What becomes of a recording whose worker, tap and service are killed; all are real processes."""

from pathlib import Path

import pytest

from tests.support.company import Company
from tests.support.counted_sound import count_aloud
from tests.support.kept_kills import SERVICE, TAP, WORKER, exported, kill, missed, record
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


async def in_one_call(company: Company, folder: Path) -> None:
    """Record a call in which all is killed in turn, and look at what is exported of it."""
    await record(company)
    kills = await kill(company, WORKER, TAP, SERVICE)
    assert "G_KEPT_AGAIN" in company["ben"].events
    kept = await exported(company, folder)
    await company.rest()
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
