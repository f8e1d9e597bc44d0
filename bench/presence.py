"""What one presence change costs an engine that knows many people and past calls.

`python -m bench.presence` prints it: how long the loop that also carries sound is held, and how
many bytes are sent to the one screen that is attached.
"""

import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tui_call.config.paths import ProfilePaths
from tui_call.control import codec, platform
from tui_call.control.door import Door
from tui_call.control.lines import VERSION, ClientHello
from tui_call.control.server import ControlServer
from tui_call.engine.engine import Engine
from tui_call.engine.root import build
from tui_call.identifiers import AccountId
from tui_call.profile.contents import Membership
from tui_call.profile.history import PastCall, PastMember
from tui_call.profile.profile import Profile
from tui_call.signaling.messages import (
    Person,
    PersonChanged,
)
from tui_call.signaling.vocabulary import Presence

PEOPLE = 2000
PAST_CALLS = 1000
CHANGES = 200
OWN = AccountId("ada@bench")


@dataclass(frozen=True, slots=True)
class PresenceCost:
    """Of one change, medians.

    Attributes:
        held_ms: the longest that nothing else ran in the loop.
        sent_bytes: to one screen.
    """

    held_ms: float
    sent_bytes: float


def presence_cost() -> PresenceCost:
    """Measure with a profile of its own, and no service."""
    with tempfile.TemporaryDirectory(prefix="tui-call-bench-") as directory, _home(directory):
        return asyncio.run(_measure())


async def _measure() -> PresenceCost:
    paths = ProfilePaths("bench")
    profile = Profile.open(paths.data_directory)
    profile.create("plain")
    profile.membership = Membership("127.0.0.1", 1, bytes(32), "bench", OWN, "Ada")
    engine = build(paths, profile, lambda handler: ControlServer(Door.of(paths), handler))
    _fill(engine)
    await engine.server.start()
    held, sent = [], []
    reader, writer = await _attached(Door.of(paths).find())
    for number in range(CHANGES):
        presence: Presence = "away" if number % 2 else "busy"
        who = Person(f"p{number % PEOPLE}@bench", f"Person {number % PEOPLE}", presence)
        with _spinning() as gaps:
            await asyncio.sleep(0)
            engine.news.take(PersonChanged(who))
            sent.append(len(await reader.readline()))
        held.append(max(gaps) * 1000)
    writer.close()
    await engine.server.close()
    profile.close()
    return PresenceCost(statistics.median(held), statistics.median(sent))


def _fill(engine: Engine) -> None:
    """Let everybody be known, every second one by key, and some have called."""
    engine.people.learn(
        Person(f"p{number}@bench", f"Person {number}", "free") for number in range(PEOPLE)
    )
    now = time.time()
    for number in range(0, PEOPLE, 2):
        account = AccountId(f"p{number}@bench")
        engine.account.contacts.observe(account, number.to_bytes(32), 0, now)
    for number in range(PAST_CALLS):
        member = PastMember(AccountId(f"p{number}@bench"), f"Person {number}")
        engine.account.history.add(PastCall(now - number, "outgoing", 9, "G_ENDED", (member,)))


async def _attached(path: Path) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Return a connection that has read all that is so now."""
    reader, writer = await platform.connect(path)
    writer.write(codec.encode(ClientHello(VERSION, "tui")))
    for _ in ("hello", "snapshot"):
        await reader.readline()
    await asyncio.sleep(0.2)  # what was learnt at first is on its way
    return reader, writer


@contextmanager
def _spinning() -> Iterator[list[float]]:
    """Note how long each turn of the loop takes."""
    gaps: list[float] = [0.0]

    async def spin() -> None:
        before = time.perf_counter()
        while True:
            await asyncio.sleep(0)
            gaps.append((now := time.perf_counter()) - before)
            before = now

    task = asyncio.create_task(spin())
    try:
        yield gaps
    finally:
        task.cancel()


@contextmanager
def _home(directory: str) -> Iterator[None]:
    """Let a profile be in a directory that goes away."""
    names = ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR")
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(dict.fromkeys(names, directory))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


if __name__ == "__main__":
    cost = presence_cost()
    print(f"one presence change: {cost.held_ms:.2f} ms held, {cost.sent_bytes:.0f} bytes")
