"""The paths of a call as their owner has them."""

import asyncio

import pytest

from tui_call.engine import paths as paths_module
from tui_call.engine.paths import Network, Paths


class Relayed:
    """A connection through a relay that died: it is told of the end again and again."""

    datagrams_filtered = 0
    closing = 0

    def __init__(self, **_: object) -> None:
        pass

    async def gather(self) -> None:
        """Nothing to find."""

    async def close(self) -> None:
        Relayed.closing += 1
        await asyncio.Event().wait()


@pytest.fixture
def dead_relay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Relayed, "closing", 0)
    monkeypatch.setattr(paths_module, "PeerConnection", Relayed)
    monkeypatch.setattr(paths_module, "CLOSING_SECONDS", 0.01)


@pytest.mark.usefixtures("dead_relay")
async def test_the_end_does_not_wait_for_a_relay_that_died() -> None:
    paths = Paths(Network, lambda *_: None, lambda *_: None, lambda _: None)
    await paths.close_all()
    paths.gather(0)
    paths.gather(1)
    async with asyncio.timeout(20.0):
        await paths.close_all()
    assert Relayed.closing == 2
