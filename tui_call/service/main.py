"""What a process does around a service: one a state directory, a log, signals, an end."""

import asyncio
import contextlib
import logging
import signal
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator

from tui_call.logs import log_to
from tui_call.service.bus.online_devices import OnlineDevices
from tui_call.service.collecting import collecting_when_idle
from tui_call.service.server import Service, ServiceOptions
from tui_call.service.sole_use import sole_use

LOG_FILE = "service.log"

log = logging.getLogger(__name__)


@contextlib.asynccontextmanager
async def running(options: ServiceOptions) -> AsyncGenerator[Service]:
    """Have a service, the only one of its state directory, that logs there.

    Raises:
        ServiceAlreadyRunning: another one has this state directory.
        AlreadyBegun, NotBegun: it is to begin an organisation, or there is none.
        StateUnusable, PortUnavailable, DatabaseUnusable, CertificateUnusable: it cannot start.
    """
    directory = options.state_directory
    with sole_use(directory):
        log_to(directory / LOG_FILE)
        async with (
            Service(options) as service,
            collecting_when_idle(service.online.occupied.is_set),
        ):
            log.info("service listens")
            yield service
        log.info("service ends")


async def run_service(
    options: ServiceOptions, started: Callable[[Service], Awaitable[None]] | None = None
) -> None:
    """Run a service until a signal (SIGTERM, SIGINT) or until it was unused for long enough.

    Args:
        options: how to run it.
        started: told once it listens.

    Raises: as `running`.
    """
    async with running(options) as service:
        with _told_to_stop() as stopped:
            if started is not None:
                await started(service)
            await _until_the_end(stopped, service.online, options.idle_seconds)


@contextlib.contextmanager
def _told_to_stop() -> Generator[asyncio.Event]:
    """Have an event that a signal sets.

    Windows has no such handlers: there SIGINT cancels the main task and SIGTERM ends at once.
    """
    stopped, loop = asyncio.Event(), asyncio.get_running_loop()
    signals = (signal.SIGTERM, signal.SIGINT)
    with contextlib.suppress(NotImplementedError):
        for number in signals:
            loop.add_signal_handler(number, stopped.set)
    try:
        yield stopped
    finally:
        with contextlib.suppress(NotImplementedError):
            for number in signals:
                loop.remove_signal_handler(number)


async def _until_the_end(
    stopped: asyncio.Event, online: OnlineDevices, idle_seconds: float | None
) -> None:
    told = asyncio.create_task(stopped.wait())  # noqa: TID251 - waited for below
    ends: set[asyncio.Task[object]] = {told}
    if idle_seconds is not None:
        until = until_unused(online, idle_seconds)
        ends.add(asyncio.create_task(until))  # noqa: TID251 - as above
    try:
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for end in ends:
            end.cancel()


async def until_unused(online: OnlineDevices, seconds: float) -> None:
    """Wait until no device was connected for that long."""
    while True:
        await online.empty.wait()
        try:
            async with asyncio.timeout(seconds):
                await online.occupied.wait()
        except TimeoutError:
            return
