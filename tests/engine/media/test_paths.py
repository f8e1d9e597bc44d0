"""The paths of a call as their owner has them."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from tui_call.engine.media import paths as paths_module
from tui_call.engine.media.paths import Network, Paths
from tui_call.transport import peer_connection
from tui_call.transport.connection_state import ConnectionState, NoAddress


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
    monkeypatch.setattr(peer_connection, "PeerConnection", Relayed)
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


class Gathering:
    """A connection that finds an address, or none."""

    datagrams_filtered = 0
    finds = True
    made: list["Gathering"]

    def __init__(self, *, relay_only: bool, **_: object) -> None:
        self.relay_only = relay_only
        self.closed = False
        self.made.append(self)

    async def gather(self) -> None:
        if not self.finds:
            raise NoAddress

    async def create_answer(self, offer: str) -> str:
        await self.gather()
        return f"answer to {offer}"

    async def close(self) -> None:
        self.closed = True


class Ringing:
    """Paths of a call that rings, and what they told."""

    def __init__(self) -> None:
        self.network = Network()
        self.told: list[tuple[int, str]] = []
        self.news = asyncio.Event()
        self.paths = Paths(lambda: self.network, lambda *_: None, self._tell, self._fail)

    def _tell(self, number: int, sdp: str) -> None:
        self.told.append((number, sdp))
        self.news.set()

    def _fail(self, number: int) -> None:
        self._tell(number, "failed")

    async def gathered(self) -> None:
        self.paths.gather(0)
        await self.paths._tasks.wait()

    async def answered(self) -> tuple[int, str]:
        self.news.clear()
        self.paths.answer(0, "an offer")
        async with asyncio.timeout(20.0):
            await self.news.wait()
        return self.told[-1]


@pytest.fixture
def ringing(monkeypatch: pytest.MonkeyPatch) -> Ringing:
    monkeypatch.setattr(Gathering, "made", [], raising=False)
    monkeypatch.setattr(peer_connection, "PeerConnection", Gathering)
    return Ringing()


async def test_what_was_gathered_while_it_rang_serves_the_answer(ringing: Ringing) -> None:
    await ringing.gathered()
    assert await ringing.answered() == (0, "answer to an offer")
    assert len(Gathering.made) == 1


async def test_no_address_while_it_rings_is_no_end_of_the_call(
    ringing: Ringing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Gathering, "finds", False)
    await ringing.gathered()
    assert ringing.told == []
    monkeypatch.setattr(Gathering, "finds", True)
    assert await ringing.answered() == (0, "answer to an offer")


async def test_no_address_at_the_answer_is_told(
    ringing: Ringing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Gathering, "finds", False)
    await ringing.gathered()
    assert await ringing.answered() == (0, "failed")


async def test_addresses_from_before_relays_were_asked_for_are_not_told(ringing: Ringing) -> None:
    await ringing.gathered()
    ringing.network = Network(relay_only=True)
    await ringing.answered()
    before, after = Gathering.made
    assert after.relay_only
    assert before.closed


async def test_an_answer_that_is_made_again_has_addresses_of_its_own(ringing: Ringing) -> None:
    await ringing.gathered()
    await ringing.answered()
    await ringing.answered()
    assert [connection.closed for connection in Gathering.made] == [True, False]


async def test_what_fails_in_taking_a_packet_or_a_state_of_a_path_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[dict[str, Callable[[object], None]]] = []
    failures: list[str] = []

    class Telling(Gathering):
        def __init__(self, **told: Any) -> None:
            super().__init__(relay_only=False)
            made.append(told)

    def fail(*_: object) -> None:
        raise KeyError

    monkeypatch.setattr(Gathering, "made", [], raising=False)
    monkeypatch.setattr(peer_connection, "PeerConnection", Telling)
    paths = Paths(Network, fail, fail, fail, on_failure=lambda work, _: failures.append(work))
    paths.gather(0)
    made[0]["on_packet"](b"packet")
    made[0]["on_state"](ConnectionState.FAILED)
    await paths.close_all()
    assert failures == ["packet", "state of a path"]
