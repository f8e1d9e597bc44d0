"""What becomes of a recording whose worker, tap and service are killed; all are real processes."""

import json
import os
import random
import signal
from pathlib import Path

import pytest

from tests.support.company import Company
from tests.support.engines import until
from tests.support.kept_sound import decoded, heard, length

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

ADA, BEN = 1, 2
"""Who says which tone of `kept_sound`."""
SECOND = 5
"""Windows in which tones are looked for."""


async def killed(company: Company, module: str) -> None:
    """Kill a process, and wait until there is another one and all hear each other."""
    [process] = company.home.numbers(module)
    os.kill(process, signal.SIGKILL)
    await until(lambda: bool(set(company.home.numbers(module)) - {process}))
    await goes_on(company)


async def goes_on(company: Company) -> None:
    """Wait until two hear each other, are still recorded, and have said something more."""
    await company.all_hear("ada", "ben")
    for name in ("ada", "ben"):
        await company[name].until(
            lambda one: one.snapshot.service.state == "online" and one.call.own_kept == "kept"
        )
    await company["ada"].hears_more(random.randint(50, 100))


async def closed(company: Company) -> dict[str, str]:
    """Return the newest recording as it is listed, once its files are closed."""
    while True:
        newest = json.loads(await company.says("ben", "recordings", "--json"))["kept"][0]
        if newest["state"] != "running":
            return newest


@pytest.mark.parametrize(
    "times", [1, pytest.param(10, marks=[pytest.mark.slow, pytest.mark.timeout(1500)])]
)
async def test_whatever_is_killed_what_was_recorded_plays_and_it_goes_on(
    company: Company, tmp_path: Path, times: int
) -> None:
    await company.speak("ada", "ben")
    await company.says("ada", "record", "--tracks")
    await company["ben"].until(lambda one: one.call.own_kept == "asked")
    await company.says("ben", "agree")
    await goes_on(company)
    for _ in range(times):
        for module in ("tui_call.bridge", "tui_call.tap"):
            await killed(company, module)
        async with company.home.without_service():
            pass
        await goes_on(company)
    assert "G_KEPT_AGAIN" in company["ben"].events
    await company.says("ben", "record", "off")
    kept = await closed(company)
    assert kept["state"] == "cut_short"
    await company.says("ben", "recordings", "export", kept["id"], str(tmp_path))
    assert len(list(tmp_path.glob("*-mix-*"))) == times + 1, "only another tap begins another part"
    for part in range(1, times + 2):
        [mix] = tmp_path.glob(f"*-mix-{part}.opus")
        tracks = [next(tmp_path.glob(f"*-track-{who}-{part}-*.opus")) for who in (ADA, BEN)]
        lengths = [length(path) for path in (mix, *tracks)]
        assert max(lengths) - min(lengths) <= 0.04
        assert heard(decoded(mix)).count({ADA, BEN}) > SECOND
        for who, track in zip((ADA, BEN), tracks, strict=True):
            assert set[int]().union(*heard(decoded(track))) - {0} == {who}
