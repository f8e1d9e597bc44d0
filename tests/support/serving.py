"""The service of an organisation, run by the commands that somebody types."""

import asyncio
import os
import re
import shlex
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from tests.support.engines import DEADLINE, Home, said_by

BEGIN_ACME = ("serve", "--init", "--organisation", "acme", "--name", "Acme", "--admin")
"""The first administrator's name follows."""


@asynccontextmanager
async def serving(home: Home, *arguments: str) -> AsyncIterator[list[str]]:
    """Run `tui-call serve` and give the two lines that it says; it ends as it should."""
    process = await home.begin(*arguments)
    assert process.stdout is not None
    async with asyncio.timeout(DEADLINE):
        lines = [(await process.stdout.readline()).decode().rstrip() for _ in range(2)]
    assert process.returncode is None, await said_by(process)
    yield lines
    process.send_signal(signal.SIGTERM)
    said = await said_by(process)
    assert (said.status, said.output, said.errors) == (0, "", "")


@asynccontextmanager
async def administered(home: Home) -> AsyncIterator[None]:
    """Run the service of an organisation that Ada, of the default profile, administers."""
    async with serving(home, *BEGIN_ACME, "Ada", "--public-address", "127.0.0.1") as begun:
        join = words_after(begun[1], "First administrator, once")
        joined = await home.command(*join, "--name", "Ada", "--protection", "plain")
        assert joined.status == 0, joined
        yield


@contextmanager
def saying_nothing(home: Home) -> Iterator[None]:
    """Let the service that runs stand still until the end of the block; its connections stay."""
    [service] = home.numbers("serve")
    os.kill(service, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(service, signal.SIGCONT)


def words_after(line: str, beginning: str) -> list[str]:
    """Return the words of the command behind the beginning of a line and a time."""
    told = re.fullmatch(rf"{beginning}, until \d{{4}}-\d\d-\d\d \d\d:\d\d: tui-call (.*)", line)
    assert told is not None, line
    return shlex.split(told[1])
