"""What a process does around a service: one a state directory, a log, signals, an end."""

import asyncio
import contextlib
import signal

import structlog
from filelock import FileLock, Timeout

from tui_call.control import platform
from tui_call.logs import log_to
from tui_call.service.collecting import collecting_when_idle
from tui_call.service.faults import ServiceAlreadyRunning, StateUnusable
from tui_call.service.online_devices import OnlineDevices
from tui_call.service.server import Service, ServiceOptions

LOCK_FILE = "service.lock"
LOG_FILE = "service.log"

log = structlog.get_logger()


async def run_service(options: ServiceOptions) -> None:
    """Run a service until a signal (SIGTERM, SIGINT) or until it was unused for long enough.

    Raises:
        ServiceAlreadyRunning: another one has this state directory.
        StateUnusable, PortUnavailable, DatabaseUnusable, CertificateUnusable: it cannot start.
    """
    directory = options.state_directory
    platform.make_private_directory(directory)
    lock = FileLock(directory / LOCK_FILE, timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        raise ServiceAlreadyRunning(path=directory) from error
    except OSError as error:
        raise StateUnusable(path=directory, reason=error.strerror) from error
    try:
        log_to(directory / LOG_FILE)
        async with (
            Service(options) as service,
            collecting_when_idle(service.online.occupied.is_set),
        ):
            log.info("service listens")
            await _until_the_end(service.online, options.idle_seconds)
        log.info("service ends")
    finally:
        lock.release()


async def _until_the_end(online: OnlineDevices, idle_seconds: float | None) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    signals = (signal.SIGTERM, signal.SIGINT)
    # Windows has no such handlers: there SIGINT cancels the main task and SIGTERM ends at once.
    with contextlib.suppress(NotImplementedError):
        for number in signals:
            loop.add_signal_handler(number, stopped.set)
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
        with contextlib.suppress(NotImplementedError):
            for number in signals:
                loop.remove_signal_handler(number)


async def until_unused(online: OnlineDevices, seconds: float) -> None:
    """Wait until no device was connected for that long."""
    while True:
        await online.empty.wait()
        try:
            async with asyncio.timeout(seconds):
                await online.occupied.wait()
        except TimeoutError:
            return
