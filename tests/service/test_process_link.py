"""A link that lets go of its process, and wants it again at once."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.support.bridge_double import BridgeDouble
from tests.support.connections import until
from tui_call.service.standard_calls.links import WorkerLink, worker_link
from tui_call.signaling.bridge_messages import FromWorker, LegChanged


class Hearer:
    """Hears a worker; each change of a leg for as long as a test likes.

    Attributes:
        legs: that it has begun to hear of.
    """

    def __init__(self) -> None:
        self.legs: list[str] = []
        self.goes_on = asyncio.Event()

    async def hear(self, message: FromWorker) -> None:
        if isinstance(message, LegChanged):
            self.legs.append(message.leg)
            await self.goes_on.wait()

    async def lost(self, _: float) -> None: ...


@pytest.fixture
async def worker() -> AsyncIterator[BridgeDouble]:
    double = BridgeDouble()
    yield double
    double.kill()


@pytest.fixture
def hearer() -> Hearer:
    return Hearer()


@pytest.fixture
async def link(worker: BridgeDouble, hearer: Hearer) -> AsyncIterator[WorkerLink]:
    """Connected, while the end of a first leg is being heard of, and a second waits behind it."""
    link = worker_link(worker)
    link.open(hearer.hear, hearer.lost)
    link.want(True)
    assert await link.until_there()
    worker.report("first", "closed")
    worker.report("second", "closed")
    await until(lambda: hearer.legs)
    yield link
    await link.close()


async def test_who_waits_for_a_process_is_not_told_of_the_one_that_was_let_go(
    link: WorkerLink, hearer: Hearer
) -> None:
    link.want(False)
    link.want(True)
    waiting = asyncio.create_task(link.until_there())
    await asyncio.sleep(0)
    hearer.goes_on.set()
    assert await waiting


async def test_what_a_process_said_that_was_let_go_is_heard_no_more(
    link: WorkerLink, worker: BridgeDouble, hearer: Hearer
) -> None:
    link.want(False)
    link.want(True)
    hearer.goes_on.set()
    assert await link.until_there()
    worker.report("third", "closed")
    await until(lambda: "third" in hearer.legs)
    assert hearer.legs == ["first", "third"]
