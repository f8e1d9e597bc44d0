"""What calls need is loaded beside the event loop; what peers say meanwhile waits in order."""

import asyncio

import pytest

from tui_call.engine.media import libraries
from tui_call.engine.media.libraries import CallLibraries


@pytest.fixture
def loading(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Let libraries be loaded when the test says so."""
    loaded = asyncio.Event()

    async def load() -> None:
        await loaded.wait()

    monkeypatch.setattr(libraries, "load", load)
    return loaded


def broken() -> None:
    raise ValueError


async def test_what_comes_while_libraries_are_loaded_is_done_in_order(
    loading: asyncio.Event,
) -> None:
    done: list[int] = []
    failures: list[str] = []
    at_hand = CallLibraries(on_failure=lambda work, _: failures.append(work))
    at_hand.begin()
    at_hand.when_loaded(lambda: done.append(1))
    at_hand.when_loaded(broken)
    at_hand.when_loaded(lambda: at_hand.when_loaded(lambda: done.append(3)))
    at_hand.when_loaded(lambda: done.append(2))
    await asyncio.sleep(0)
    assert done == []
    loading.set()
    async with asyncio.timeout(20):
        while len(done) < 3:  # noqa: ASYNC110 - it ends with the test
            await asyncio.sleep(0)
    at_hand.when_loaded(lambda: done.append(4))
    assert done == [1, 2, 3, 4]
    assert failures == ["what waited"]


async def test_nothing_waits_for_libraries_that_are_at_hand() -> None:
    done: list[int] = []
    CallLibraries(loaded=True).when_loaded(lambda: done.append(1))
    assert done == [1]
