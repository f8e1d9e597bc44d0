"""Clients of the service that `bench.service` measures, some thousands to a process.

`python -m bench.service_load DIRECTORY SECONDS PEOPLE` takes one order a line on its standard
input, as JSON: the name of a method of `Crowd` under `do`, and its arguments. It prints the answer
as a line. It ends with its standard input, and in any case after so many seconds.
"""

import asyncio
import gc
import json
import signal
import statistics
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from bench.service_client import Client, Heard, Target, trusting
from bench.service_process import device, login_key, user
from tui_call.control import platform
from tui_call.service.tls_buffer import keep_small_buffers
from tui_call.signaling.messages import (
    Administer,
    Administered,
    ListPeople,
    People,
    Send,
    SetPresence,
)
from tui_call.signaling.service_file import read_running_service

PAYLOAD = 600
LOST_AFTER = 20.0
"""Seconds; a message that is late is not lost."""
CONTACTS = 40
"""That an engine watches, with the rows that its screen shows."""
CALL = "ab" * 16


@dataclass
class Crowd:
    """The clients of this process, by number."""

    target: Target
    organisation: str
    people: int
    clients: dict[int, Client] = field(default_factory=dict[int, Client])
    heard: Heard = field(default_factory=Heard)

    async def connect(
        self, numbers: list[int], at_once: int, settle: bool, port: int = 0
    ) -> dict[str, Any]:
        """Connect clients, some at a time.

        Args:
            numbers: which.
            at_once: how many at a time.
            settle: ask what engines ask after a login.
            port: only set up TLS with another port.

        Returns:
            How many got in, and why others did not.
        """
        failed: Counter[str] = Counter()
        turns = asyncio.Semaphore(at_once)
        loop, context = asyncio.get_running_loop(), trusting()

        async def come(number: int) -> None:
            async with turns:
                try:
                    _, client = await loop.create_connection(
                        lambda: Client(self.heard),
                        "127.0.0.1",
                        port or self.target.port,
                        ssl=context,
                        ssl_handshake_timeout=120,
                    )
                    self.clients[number] = client
                    if not port:
                        await client.log_in(self.target, self._account(number), device(number))
                    if settle:
                        await client.settle(self._account(number), self._contacts(number))
                except (OSError, TimeoutError) as error:
                    failed[f"{type(error).__name__} {error}"] += 1

        await asyncio.gather(*map(come, numbers))
        return {"in": len(numbers) - failed.total(), "failed": dict(failed)}

    async def leave(self, numbers: list[int]) -> int:
        """Let clients go."""
        for number in numbers:
            self.clients.pop(number).leave()
        await asyncio.sleep(0)
        return len(numbers)

    async def forget(self) -> int:
        """Count news from now on."""
        self.heard.news.clear()
        self.heard.delays.clear()
        return 0

    async def news(self) -> dict[str, Any]:
        """Return what was heard since, and when the latest of it was."""
        return {"news": dict(self.heard.news), "latest": self.heard.latest}

    async def set_presence(self, number: int, presence: Any) -> int:
        """Change what somebody says of themselves."""
        self.clients[number].say(SetPresence(presence))
        return 0

    async def account(self, number: int) -> str:
        """Return somebody's address."""
        return self._account(number)

    async def administer(self, number: int, operations: list[dict[str, Any]]) -> float:
        """Make a change as an administrator; return when that began."""
        body = msgspec.Raw(json.dumps({"ask": "change", "operations": operations}).encode())
        began = time.monotonic()
        answer = await self.clients[number].ask(
            lambda request: Administer(request, body), Administered
        )
        if b"not_done" in bytes(answer.body):
            raise RuntimeError(bytes(answer.body))
        return began

    async def search(self, number: int, texts: list[str]) -> list[float]:
        """Return how long each search took, in seconds."""
        took: list[float] = []
        for text in texts:
            began = time.monotonic()
            await self.clients[number].ask(lambda request, t=text: ListPeople(request, t), People)
            took.append(time.monotonic() - began)
            await asyncio.sleep(0.25)  # it costs tokens of the device
        return took

    async def route(self, numbers: list[int], rate: float, seconds: float) -> dict[str, Any]:
        """Send sealed messages from each client to the next one, which acknowledges them.

        Returns:
            How many were sent and arrived, and how long they took, in seconds.
        """
        self.heard.delays.clear()
        began, sent = time.monotonic(), 0
        pairs = list(zip(numbers, numbers[1:] + numbers[:1], strict=True))
        while (now := time.monotonic()) < began + seconds:
            while sent < (now - began) * rate:
                sender, receiver = pairs[sent % len(pairs)]
                self._send(sender, receiver, sent)
                sent += 1
            await asyncio.sleep(0.001)
        deadline = time.monotonic() + LOST_AFTER
        while len(self.heard.delays) < sent and time.monotonic() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
        delays = sorted(self.heard.delays)
        return {
            "sent": sent,
            "arrived": len(delays),
            "median": statistics.median(delays),
            "p99": delays[len(delays) * 99 // 100],
        }

    def _send(self, sender: int, receiver: int, sequence: int) -> None:
        to = self._account(receiver), device(receiver)
        payload = time.monotonic_ns().to_bytes(8) + bytes(PAYLOAD)
        self.clients[sender].say(Send(CALL, sequence, *to, payload))

    def _contacts(self, number: int) -> tuple[str, ...]:
        """Return whom somebody knows: everybody is known by as many."""
        others = range(number + 1, number + 1 + CONTACTS)
        return tuple(self._account(other % self.people) for other in others)

    def _account(self, number: int) -> str:
        return f"{user(number)}@{self.organisation}"


async def obey(directory: Path, people: int) -> None:
    """Carry out orders until there are no more."""
    running = read_running_service(directory)
    target = Target(running.port, bytes.fromhex(running.pin), login_key())
    crowd = Crowd(target, running.organisation, people)
    orders = asyncio.StreamReader(limit=1 << 22)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)
    while line := await orders.readline():
        order = json.loads(line)
        answer = await getattr(crowd, order.pop("do"))(**order)
        print(json.dumps(answer), flush=True)


def main() -> None:
    """Be a crowd; a collection would stop thousands of clients at once, as happens to no engine."""
    gc.disable()
    signal.alarm(int(sys.argv[2]))
    platform.raise_open_file_limit()
    keep_small_buffers()
    asyncio.run(obey(Path(sys.argv[1]), int(sys.argv[3])))


if __name__ == "__main__":
    main()
