"""What a process does around an engine: one a profile, a log, signals, an end."""

import asyncio
import gc
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tui_call.config.paths import ProfilePaths
from tui_call.control import platform
from tui_call.control.actions import SetUp
from tui_call.control.door import Door
from tui_call.control.pace import until_next
from tui_call.control.processes import run_module
from tui_call.control.server import ControlServer
from tui_call.engine.engine import Engine
from tui_call.engine.root import build
from tui_call.errors import LocalFault
from tui_call.logs import log_to
from tui_call.profile.derive import in_child
from tui_call.profile.profile import Profile
from tui_call.transport.impairment import Impairment

LOG_FILE = "engine.log"
LOOK_INTERVAL = 1.0

WAITING_THREADS = 64
"""For what waits on the system. Python's own few would all wait for servers' names where no answer
comes, and a microphone be closed, or a file written, only after them."""

log = logging.getLogger(__name__)


class NotRead(LocalFault):
    """The file with the invite of this engine cannot be read."""


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """How to run an engine.

    Attributes:
        profile: whose.
        name: set the profile up under this name if it is new, without a screen.
        invite_file: where the link of the invite is that it joins by.
        loss: percent of outgoing datagrams that are lost on purpose.
        jitter: milliseconds by which they are late at most, on purpose.
        burst: how many are lost in a row, on purpose.
        outage: milliseconds for which all are held up once, on purpose.
        seed: of what happens to them.
        delay: milliseconds by which they are late at least, on purpose.
    """

    profile: str
    name: str = ""
    invite_file: Path | None = None
    loss: float = 0.0
    jitter: float = 0.0
    burst: int = 1
    outage: float = 0.0
    seed: int = 0
    delay: float = 0.0


async def run_engine(options: EngineOptions) -> None:
    """Run an engine until it is told to stop, or until nobody needs it any more.

    Raises:
        ProfileInUse: another engine runs with this profile.
        LocalFault: the profile or the control socket cannot be opened, or the profile's files turn
            out damaged when the keyring has opened them.
    """
    let_many_wait(asyncio.get_running_loop())
    paths = ProfilePaths(options.profile)
    platform.make_private_directory(paths.state_directory)
    log_to(paths.state_directory / LOG_FILE)
    profile = Profile.open(paths.data_directory, derive=in_child(run_module), ask_keyring=False)
    engine = build(
        paths,
        profile,
        lambda handler: ControlServer(Door.of(paths), handler),
        _impairment(options),
    )
    platform.stop_on_signals(asyncio.get_running_loop(), engine.ending.stopping.set)
    try:
        await engine.start()
        log.info("engine listens")
        if options.name and engine.account.joined is None:
            await _set_up_without_a_screen(engine, options)
        await _until_the_end(engine)
    finally:
        await engine.close()
    if engine.ending.failure is not None:
        raise engine.ending.failure
    log.info("engine ends")


def let_many_wait(loop: asyncio.AbstractEventLoop) -> None:
    """Let what runs beside an event loop wait for a network that is away, and hold up nothing."""
    loop.set_default_executor(ThreadPoolExecutor(WAITING_THREADS, "waiting"))


async def _set_up_without_a_screen(engine: Engine, options: EngineOptions) -> None:
    link = ""
    if options.invite_file is not None:
        try:
            link = options.invite_file.read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise NotRead(path=options.invite_file) from error
    await engine.handler.act(SetUp(options.name, e2ee=True, invite=link, protection="plain"))


async def _until_the_end(engine: Engine) -> None:
    """Wait for the order to stop, or until neither screen, call nor setting needs the engine."""
    idle_since = time.monotonic()
    frozen = False
    while not engine.ending.stopping.is_set():
        frozen = _mind_the_collector(engine, frozen)
        if engine.server.clients or engine.calls.busy or engine.configuration.current.engine.stay:
            idle_since = time.monotonic()
        if time.monotonic() - idle_since > engine.configuration.current.engine.end_when_idle_s:
            return
        try:
            async with asyncio.timeout(until_next(LOOK_INTERVAL)):
                await engine.ending.stopping.wait()
        except TimeoutError:
            continue


def _mind_the_collector(engine: Engine, frozen: bool) -> bool:
    """Keep the garbage collector away while a call is up: it stops the world for too long."""
    busy = engine.calls.busy
    if busy and not frozen:
        gc.freeze()
        gc.disable()
    elif frozen and not busy:
        gc.enable()
        gc.unfreeze()
        gc.collect()
    return busy


def _impairment(options: EngineOptions) -> Impairment | None:
    if not (options.loss or options.jitter or options.outage or options.delay):
        return None
    seed = options.seed + len(options.profile)
    return Impairment(
        options.loss / 100, options.jitter, seed, options.burst, options.outage, options.delay
    )
