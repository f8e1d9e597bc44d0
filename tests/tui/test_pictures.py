"""What the main screens look like, as SVG: `pytest tests/tui --snapshot-update` makes them anew."""

import pytest
from pytest_textual_snapshot import SVGImageExtension
from syrupy.assertion import SnapshotAssertion

from tests.support.fake_engine import (
    GRACE,
    HOSTILE,
    NOW,
    PEOPLE,
    active_call,
    person,
    ready,
    ringing_call,
    said,
)
from tests.support.fake_organisation import Organisation, administrator
from tests.tui.conftest import Running, Start
from tui_call.control.lines import Meters, Statistics

SIZES = ((140, 45), (100, 30), (80, 24))


@pytest.fixture
def picture(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    return snapshot.use_extension(SVGImageExtension)


async def same_in_all_sizes(it: Running, name: str, picture: SnapshotAssertion) -> None:
    for columns, rows in SIZES:
        await it.pilot.resize_terminal(columns, rows)
        await it.settle()
        assert it.app.export_screenshot() == picture(name=f"{name}-{columns}x{rows}")


async def test_people_settings_and_calls(start: Start, picture: SnapshotAssertion) -> None:
    async with start(ready()) as it:
        await same_in_all_sizes(it, "people", picture)
        await it.press("3")
        await same_in_all_sizes(it, "settings", picture)
        await it.press("2")
        await same_in_all_sizes(it, "calls", picture)


async def test_call_and_keys(start: Start, picture: SnapshotAssertion) -> None:
    async with start(ready(call=active_call())) as it:
        it.engine.push(Meters(-18, -31, speaking=True))
        it.engine.push(Statistics(delay_ms=84, loss=0.004, jitter_ms=6, packet_sizes=(211,)))
        await it.settle()
        await it.press("t")
        await same_in_all_sizes(it, "call", picture)
        await it.press("v")
        await same_in_all_sizes(it, "keys", picture)


async def test_keys_of_a_person(start: Start, picture: SnapshotAssertion) -> None:
    async with start(ready(), "v") as it:
        await same_in_all_sizes(it, "in-person", picture)
        await it.press("escape", "down", "down", "down", "v")
        await same_in_all_sizes(it, "key-changed", picture)


async def test_must_compare(start: Start, picture: SnapshotAssertion) -> None:
    alan = PEOPLE[1]
    shield = said("SH_MUST_COMPARE", policy="finance-e2ee", n=93)
    call = active_call(alan, shield=shield, compare_by=NOW + 93)
    async with start(ready(call=call), "v") as it:
        await same_in_all_sizes(it, "must-compare", picture)


async def test_incoming(start: Start, picture: SnapshotAssertion) -> None:
    async with start(ready(call=ringing_call())) as it:
        await same_in_all_sizes(it, "incoming", picture)


async def test_admin(start: Start, picture: SnapshotAssertion) -> None:
    async with start(administrator(), "4", organisation=Organisation()) as it:
        await it.until(lambda: "finance (1)" in it.text)
        await same_in_all_sizes(it, "admin", picture)
        await it.press("enter")
        await it.until(lambda: "38 more" in it.text)
        await it.press("down", "enter")
        await it.until(lambda: "39 people: " in it.text)
        await same_in_all_sizes(it, "policy", picture)
        await it.press("ctrl+y")
        await it.until(lambda: "y Publish" in it.text)
        await same_in_all_sizes(it, "publish", picture)


async def test_hostile_names(start: Start, picture: SnapshotAssertion) -> None:
    hostile = person(HOSTILE, devices=(HOSTILE,))
    async with start(ready(people=(hostile, GRACE), call=active_call(hostile))) as it:
        assert it.app.export_screenshot() == picture(name="hostile-call")
        await it.press("1")
        assert it.app.export_screenshot() == picture(name="hostile-people")
