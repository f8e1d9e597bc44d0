"""The service that `bench.service` measures, in a process that also times the turns of its loop.

`python -m bench.service_process DIRECTORY PEOPLE` makes an organisation of so many people, of whom
the first is administrator, says so, and serves them until its standard input ends. For a line
there it prints the longest turn of the loop since the line before, in milliseconds of its own
processor time.

`python -m bench.service_process DIRECTORY 0` accepts TLS connections with the certificate
that is there, does nothing else, and prints its port.
"""

import asyncio
import os
import selectors
import signal
import socket
import sqlite3
import ssl
import sys
import time
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tui_call.service.certificate import FILE
from tui_call.service.main import run_service
from tui_call.service.server import DATABASE_FILE, Service, ServiceOptions

BACKLOG = 4096


def login_key() -> Ed25519PrivateKey:
    """Return the login key of all devices of the benchmark."""
    return Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def user(number: int) -> str:
    """Return the name before the @ of somebody."""
    return f"person{number:05}"


def device(number: int) -> str:
    """Return the id of somebody's device."""
    return f"{number:032x}"


class TurnTimer(selectors.DefaultSelector):
    """Tells how long a loop was at work between two times that it looked for events."""

    def __init__(self) -> None:
        super().__init__()
        self.longest = 0.0
        self._began = time.thread_time()

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self.longest = max(self.longest, time.thread_time() - self._began)
        try:
            return super().select(timeout)
        finally:
            self._began = time.thread_time()

    def take(self) -> float:
        """Return the longest turn so far in seconds, and begin anew."""
        longest, self.longest = self.longest, 0.0
        return longest


async def make_organisation(options: ServiceOptions, people: int) -> None:
    """Begin a service, and put people with a device each into its database."""
    async with Service(options) as service:
        organisation = service.organisation.id
    now, public = int(time.time()), login_key().public_key().public_bytes_raw()
    accounts = [f"{user(number)}@{organisation}" for number in range(people)]
    with sqlite3.connect(options.state_directory / DATABASE_FILE) as database:
        database.executemany(
            "INSERT INTO accounts (id, name, search_text, role, on_demand, created)"
            " VALUES (?, ?, ?, ?, 0, ?)",
            [
                (one, f"Person {number:05}", f"person {number:05} {one}", role, now)
                for number, one in enumerate(accounts)
                for role in ["member" if number else "admin"]
            ],
        )
        database.executemany(
            "INSERT INTO account_settings (account, e2ee_calls) VALUES (?, 'on')",
            [(one,) for one in accounts],
        )
        database.executemany(
            "INSERT INTO devices (id, account, name, login_key, created)"
            " VALUES (?, ?, 'laptop', ?, ?)",
            [(device(number), one, public, now) for number, one in enumerate(accounts)],
        )
    database.close()


async def serve(options: ServiceOptions, turns: TurnTimer) -> None:
    """Serve until standard input ends."""

    def answer() -> None:
        if os.read(sys.stdin.fileno(), 4096):
            print(turns.take() * 1000, flush=True)
        else:
            signal.raise_signal(signal.SIGTERM)

    asyncio.get_running_loop().add_reader(sys.stdin.fileno(), answer)
    await run_service(options)


async def accept_only(directory: Path) -> None:
    """Set TLS up with whoever connects, as asyncio does it, until standard input ends."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_cert_chain(directory / FILE)
    listening = socket.create_server(("127.0.0.1", 0), backlog=BACKLOG)
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    server = await loop.create_server(asyncio.Protocol, sock=listening, ssl=context)
    loop.add_reader(sys.stdin.fileno(), ended.set)
    print(listening.getsockname()[1], flush=True)
    await ended.wait()
    server.close()


def main() -> None:
    """Serve people, or nobody."""
    directory, people = Path(sys.argv[1]), int(sys.argv[2])
    if not people:
        asyncio.run(accept_only(directory))
        return
    options = ServiceOptions(directory, listen="127.0.0.1")
    directory.mkdir()
    asyncio.run(make_organisation(options, people))
    print("ready to serve", flush=True)
    turns = TurnTimer()
    with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(turns)) as runner:
        runner.run(serve(options, turns))


if __name__ == "__main__":
    main()
