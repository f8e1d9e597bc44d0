"""`python -m bench.nat`, as root: calls between computers behind NATs, and into another network.

Two engines, a service and coturn run in network namespaces of this machine (`bench.namespaces`).
The tables say which way the sound took in each combination of NATs, and for how long it was away
when a network went.
"""

import argparse
import asyncio
import contextlib
import os
import secrets
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

from bench.namespaces import SERVER_ADDRESS, Internet, Nat, internet
from tests.support.engines import ENVIRONMENT, Home, Person, hang_up, place, until
from tests.support.sockets import udp_ports
from tui_call.config.paths import ProfilePaths
from tui_call.control import launch
from tui_call.control.actions import Answer
from tui_call.control.views import CallView
from tui_call.signaling.invite import parse_invite
from tui_call.signaling.service_file import NoServiceHere, read_local_invite

NATS: tuple[Nat, ...] = ("restricted", "symmetric")
PROGRAM = (sys.executable, "-P", "-m", "tui_call")
RELAY_PORT = 3478
SERVICE_PORT = 7443
SWITCH_WITHIN_MS = 600
SILENCE_WITHIN_MS = 1000
BOTH_WITHIN_MS = 2500
_ESTABLISHED = "01"
"""State of a connection (proc(5), "/proc/net/tcp")."""
DARK_SECONDS = (0.0, 2.0)


def begin(command: list[str], environment: dict[str, str]) -> "subprocess.Popen[bytes]":
    """Start a process without a terminal."""
    silent = subprocess.DEVNULL
    variables = {**os.environ, **environment}
    return subprocess.Popen(command, env=variables, stdin=silent, stdout=silent, stderr=silent)


class Elsewhere(Person):
    """A person whose engine runs in a namespace.

    Attributes:
        where: the beginning of a command line that runs there, in the same process.
    """

    def __init__(self, where: list[str], profile: str, environment: dict[str, str]) -> None:
        super().__init__(ProfilePaths(profile), environment)
        self.where = where
        self.environment = environment

    async def start(self, *arguments: str) -> None:
        profile = self.paths.profile
        command = [*self.where, "--profile", profile, "engine", *arguments]
        self.process = begin(command, self.environment)
        self.client = await launch.attach_to(profile, self.process, "cli")

    def when(self, code: str) -> list[float]:
        """Return the Unix times of events of the call, to its newest."""
        return [event.at for event in self.call.events if event.sentence.code == code]


@dataclass(frozen=True, slots=True)
class Lab:
    """Two people, each behind a gate."""

    net: Internet
    ada: Elsewhere
    ben: Elsewhere

    @property
    def both(self) -> tuple[Elsewhere, Elsewhere]:
        return self.ada, self.ben


@contextlib.contextmanager
def process(command: list[str], environment: dict[str, str]) -> Iterator[None]:
    """Run something beside what is measured."""
    running = begin(command, environment)
    try:
        yield
    finally:
        running.terminate()
        running.wait()


@contextlib.asynccontextmanager
async def lab(directory: Path, nat_a: Nat, nat_b: Nat) -> AsyncIterator[Lab]:
    """Build everything; two people who can call each other live in it."""
    secret, state = directory / "secret", directory / "service"
    secret.write_text(secrets.token_hex(16))
    environment = _environment(directory, secret)
    serve = [*PROGRAM, "serve", "--personal", "--state-directory", str(state)]
    serve += ["--port", str(SERVICE_PORT)]
    async with contextlib.AsyncExitStack() as closing:
        net = closing.enter_context(internet(f"t{os.getpid()}", nat_a, nat_b))
        home = await closing.enter_async_context(Home(directory))
        for command in (_relay(directory, secret), serve):
            closing.enter_context(process(net.inside("server", *command), environment))
        await until(lambda: _invite(state))
        people = []
        for name in ("ada", "ben"):
            person = Elsewhere(net.inside(name, *PROGRAM), name, environment)
            home._people.append(person)  # noqa: SLF001 - that ends their processes
            await person.start()
            await person.set_up(name.title(), invite=_invite(state))
            people.append(person)
        yield Lab(net, *people)


def _environment(directory: Path, secret: Path) -> dict[str, str]:
    """Return that of all processes."""
    return {
        **ENVIRONMENT,
        "TUI_CALL_HOME": str(directory),
        "TUI_CALL_SERVICE__LISTEN": SERVER_ADDRESS,
        "TUI_CALL_SERVICE__PUBLIC_ADDRESS": SERVER_ADDRESS,
        "TUI_CALL_RELAY__SECRET_FILE": str(secret),
        "TUI_CALL_RELAY__SERVERS": "stun:{0}, turn:{0}, turn:{0}?transport=tcp".format(
            f"{SERVER_ADDRESS}:{RELAY_PORT}"
        ),
    }


def _relay(directory: Path, secret: Path) -> list[str]:
    """Return the command that relays."""
    return [
        "turnserver", "-n", "--no-cli", "--no-dtls", "--no-tls", "--log-file=stdout",
        f"--listening-ip={SERVER_ADDRESS}", f"--listening-port={RELAY_PORT}",
        "--use-auth-secret", f"--static-auth-secret={secret.read_text()}", "--realm=bench",
        f"--pidfile={directory / 'coturn.pid'}", f"--userdb={directory / 'coturn.db'}",
    ]  # fmt: skip


def _invite(state: Path) -> str:
    """Return an invite as somebody far away would get it, "" while there is none."""
    try:
        return replace(parse_invite(read_local_invite(state)), host=SERVER_ADDRESS).link
    except NoServiceHere:
        return ""


@contextlib.asynccontextmanager
async def a_call(here: Lab) -> AsyncIterator[None]:
    """Have a call that both hear."""
    await place(here.ada, here.ben)
    await here.ben.order(Answer())
    for person in here.both:
        await person.until(lambda one: one.phase == "active")
    for person in here.both:
        await person.hears_more()
    yield
    await hang_up(here.ada, here.ben)


# The matrix


async def matrix() -> bool:
    """Call through every combination of NATs; return whether all connected."""
    print("NATs of caller and callee     the sound goes          answer to sound")
    connected = True
    for nat_a, nat_b in product(NATS, NATS):
        with tempfile.TemporaryDirectory() as folder:
            try:
                async with lab(Path(folder), nat_a, nat_b) as here, a_call(here):
                    ways = f"{here.ada.call.path}, {here.ben.call.path}"
                    set_up = f"{here.ben.statistics.setup_ms:7.0f} ms"
            except AssertionError:
                ways, set_up, connected = "nowhere", "", False
        print(f"{nat_a:>10} - {nat_b:<16} {ways:<24}{set_up}")
    return connected


# Another network


def _code(call: CallView) -> str:
    assert call.member.code is not None
    return call.member.code.digits


async def _back_again(here: Lab, since: float, path: int, generation: int) -> float:
    """Wait for a new path at both ends; return after how many ms both had sound again."""
    for person in here.both:
        await person.until(lambda one: one.statistics.path_number >= path)
        await person.until(lambda one: one.events.count("G_NEW_PATH") >= 1)
        await person.hears_more()
    for person in here.both:
        await person.until(lambda one: one.statistics.generation == generation)
        assert person.phase == "active"
    heard = [
        at
        for person in here.both
        for code in ("G_SOUND_BACK", "G_NEW_PATH")
        for at in person.when(code)
    ]
    return (max(heard) - since) * 1000


async def switch_networks(dark: float) -> float:
    """Take Ben's interface away in a call and bring another one up after so many seconds."""
    with tempfile.TemporaryDirectory() as folder:
        async with lab(Path(folder), "restricted", "restricted") as here, a_call(here):
            code = _code(here.ada.call)
            here.net.cut()
            await asyncio.sleep(dark)
            since = time.time()
            here.net.switch()
            back = await _back_again(here, since, 1, 1)
            assert _code(here.ada.call) == _code(here.ben.call) == code
            return back


async def lose_the_way(*, service_too: bool) -> float:
    """Let the way of a call swallow everything; no interface and no address changes.

    Args:
        service_too: the connection to the service as well, as where a NAT was started again.
    """
    with tempfile.TemporaryDirectory() as folder:
        async with lab(Path(folder), "restricted", "restricted") as here, a_call(here):
            code = _code(here.ada.call)
            ports = {str(port) for _, (_, port) in udp_ports(here.ben.process.pid)}
            connections = _tcp_ports(here.ben.process.pid) if service_too else set[str]()
            since = time.time()
            for protocol, mapped in (("tcp", connections), ("udp", ports)):
                for port in mapped:
                    here.net.filter("gate-b", "-p", protocol, "--sport", port)
                    here.net.filter("gate-b", "-p", protocol, "--dport", port)
            back = await _back_again(here, since, 1, 1)
            assert _code(here.ada.call) == _code(here.ben.call) == code
            return back


def _tcp_ports(process: int) -> set[str]:
    """Return the local ports of the connections in the namespace of a process."""
    lines = Path(f"/proc/{process}/net/tcp").read_text().splitlines()[1:]
    fields = [line.split() for line in lines]
    return {str(int(one[1].partition(":")[2], 16)) for one in fields if one[3] == _ESTABLISHED}


def _row(what: str, figures: list[float], bar: float) -> bool:
    median = statistics.median(figures)
    shown = ", ".join(f"{figure:.0f}" for figure in figures)
    print(f"{what:<52}{shown:>18}   median {median:.0f} ms, at most {bar:.0f}")
    return median <= bar


async def reconnection(runs: int) -> bool:
    """Measure how soon there is sound again; return whether that is soon enough."""
    print("\nsound at both ends again, same code, one generation later     ms")
    met = True
    for dark in DARK_SECONDS:
        figures = [await switch_networks(dark) for _ in range(runs)]
        what = f"after the new address; {dark:g} s without a network"
        met = _row(what, figures, SWITCH_WITHIN_MS) and met
    for service_too, what, bar in (
        (False, "after the way was lost; only silence tells", SILENCE_WITHIN_MS),
        (True, "the same, and the service's connection with it", BOTH_WITHIN_MS),
    ):
        figures = [await lose_the_way(service_too=service_too) for _ in range(runs)]
        met = _row(what, figures, bar) and met
    return met


_PROGRAMS = ("ip", "iptables", "turnserver")


async def _all(runs: int) -> bool:
    connected = await matrix()
    return await reconnection(runs) and connected


def main() -> None:
    """Print the tables; fail where something is not as it has to be."""
    arguments = argparse.ArgumentParser(prog="python -m bench.nat", description=__doc__)
    arguments.add_argument("--runs", type=int, default=3)
    options = arguments.parse_args()
    if os.geteuid() != 0:
        sys.exit("bench.nat makes network namespaces: run it as root.")
    if missing := [program for program in _PROGRAMS if shutil.which(program) is None]:
        sys.exit(f"bench.nat needs {', '.join(missing)}: install iproute2, iptables and coturn.")
    sys.exit(not asyncio.run(_all(options.runs)))


if __name__ == "__main__":
    main()
