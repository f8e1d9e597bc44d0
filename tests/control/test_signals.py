"""What signals do to a program that has something to put in order."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tui_call.control import platform

WAITS = """
import asyncio
from tui_call.control import platform

async def main():
    stopped = asyncio.Event()
    platform.stop_on_signals(asyncio.get_running_loop(), stopped.set, hang_up="ends")
    print("waits", flush=True)
    await stopped.wait()

asyncio.run(main())
"""


def _mind_hang_ups() -> None:
    """Undo that a test run of nohup ignores hang-ups, as it is in a terminal."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture(autouse=True)
def _signals_as_before() -> Iterator[None]:
    numbers = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)
    before = {number: signal.getsignal(number) for number in numbers}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
async def test_a_signal_stops(number: signal.Signals) -> None:
    loop, stopped = asyncio.get_running_loop(), asyncio.Event()
    platform.stop_on_signals(loop, stopped.set, hang_up="stops")
    os.kill(os.getpid(), number)
    async with asyncio.timeout(10):
        await stopped.wait()
    for handled in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.remove_signal_handler(handled)


async def test_a_hang_up_is_ignored_where_the_terminal_does_not_matter() -> None:
    loop, stopped = asyncio.get_running_loop(), asyncio.Event()
    platform.stop_on_signals(loop, stopped.set)
    os.kill(os.getpid(), signal.SIGHUP)
    os.kill(os.getpid(), signal.SIGTERM)
    async with asyncio.timeout(10):
        await stopped.wait()
    for handled in (signal.SIGINT, signal.SIGTERM):
        loop.remove_signal_handler(handled)


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGHUP, -signal.SIGHUP), (signal.SIGTERM, 0)]
)
def test_a_hang_up_ends_at_once_where_nothing_can_be_shown(
    number: signal.Signals, status: int
) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", WAITS], stdout=subprocess.PIPE, preexec_fn=_mind_hang_ups
    )
    assert process.stdout is not None
    with process.stdout as output:
        assert output.readline() == b"waits\n"
        process.send_signal(number)
        assert process.wait(10) == status


PUTS_IN_ORDER = """
import os, signal, sys
from tui_call.control import platform

if sys.argv[1] == "ignores":
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
# Not print: the signal may come while "waits" is still being printed.
with platform.putting_in_order_on_hang_up(lambda: os.write(1, b"in order\\n")):
    print("waits", flush=True)
    sys.stdin.readline()
before = signal.SIG_IGN if sys.argv[1] == "ignores" else signal.SIG_DFL
assert signal.getsignal(signal.SIGHUP) is before
"""


@pytest.mark.parametrize(
    ("how", "said", "status"), [("minds", b"in order\n", -signal.SIGHUP), ("ignores", b"", 0)]
)
def test_what_is_left_is_put_in_order_on_a_hang_up(how: str, said: bytes, status: int) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", PUTS_IN_ORDER, how],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, preexec_fn=_mind_hang_ups,
    )  # fmt: skip
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"waits\n"
        process.send_signal(signal.SIGHUP)
        assert process.communicate(b"\n", 10)[0] == said
        assert process.returncode == status
