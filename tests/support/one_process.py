"""A service and engines in the process of the test, which can look into them and interfere.

The sound is the built-in signal, the network is loopback, and nobody watches a screen.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar, cast

import pytest

from tests.support.logs import logging_to
from tui_call.config.paths import ProfilePaths
from tui_call.control import launch
from tui_call.control.actions import Action, Answer, Call, HangUp, LinkDevice, SetUp
from tui_call.control.deltas import AnyDelta, Key
from tui_call.control.lines import Statistics
from tui_call.control.platform import NetworkNews
from tui_call.control.processes import Process
from tui_call.control.replica import Replica
from tui_call.control.server import ControlServer, Handler
from tui_call.control.views import PARTS, CallView, Part, Snapshot
from tui_call.engine.calls.leg import Leg
from tui_call.engine.engine import Engine
from tui_call.engine.root import build
from tui_call.engine.service import network_watch
from tui_call.engine.service.network_watch import NetworkPicture
from tui_call.engine.views.statistics import statistics_of
from tui_call.profile.contacts import Contacts
from tui_call.profile.history import History
from tui_call.profile.profile import Profile
from tui_call.sentences import Sentence
from tui_call.service import directory as people_directory
from tui_call.service.beginning import NewOrganisation
from tui_call.service.bus.traffic import Address
from tui_call.service.relays import RelayAccess
from tui_call.service.routing import MakeRouter, Router
from tui_call.service.server import Service, ServiceOptions
from tui_call.service.standard_calls.options import BridgeOptions
from tui_call.signaling import messages as signaling
from tui_call.signaling.messages import ClientMessage, ServiceMessage
from tui_call.signaling.service_file import read_local_invite

DEADLINE = 30.0
SERVICE = "service"
LOG = "engine.log"

_Message = TypeVar("_Message", bound=ClientMessage)


class Command:
    """Stands in for the control socket, with a command attached that is told all that changes."""

    clients, screens = 1, 0

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self._told: Replica | None = None

    async def start(self) -> None:
        self._told = Replica(self._handler.snapshot())

    async def close(self, *, told: bool) -> None:
        self._told = None

    @property
    def untold(self) -> list[Key]:
        """What changed and was not told: nothing, once all that happened is over."""
        if self._told is None:
            return []
        now, told = self._handler.snapshot(), self._told
        return [one.key for part in PARTS for one in told.differences(part, getattr(now, part))]

    def publish(self, part: Part, value: object) -> None:
        if self._told is not None:
            for delta in list(self._told.differences(part, value)):
                self._told.apply(delta)

    def publish_delta(self, delta: AnyDelta) -> None:
        if self._told is not None:
            self._told.apply(delta)

    def publish_latest(self, message: object) -> None: ...


@dataclass
class Resident:
    """A person with an engine."""

    engine: Engine

    @property
    def account(self) -> str:
        assert self.engine.account.joined is not None
        return self.engine.account.joined.account

    @property
    def device(self) -> str:
        return self.engine.profile.identity.device_id.hex()

    @property
    def snapshot(self) -> Snapshot:
        """All that the person's screens show."""
        return self.engine.handler.snapshot()

    def lists(self, other: "Resident") -> bool:
        """Whether the service has told this person of another one."""
        return any(person.account == other.account for person in self.snapshot.people)

    @property
    def contacts(self) -> Contacts:
        return self.engine.account.contacts

    @property
    def history(self) -> History:
        return self.engine.account.history

    @property
    def untold(self) -> list[Key]:
        """What changed here and no screen was told of."""
        return cast("Command", self.engine.server).untold

    @property
    def call(self) -> CallView:
        call = self.snapshot.front
        assert call is not None
        return call

    @property
    def phase(self) -> str:
        record = self.engine.calls.current
        return record.phase.value if record else ""

    @property
    def code(self) -> str:
        """The digits that the person looks at."""
        code = self.call.member.code
        assert code is not None
        return code.digits

    @property
    def active(self) -> Leg:
        """The leg that stands for the call."""
        record = self.engine.calls.current
        assert record is not None
        leg = self.engine.calls.leg(record)
        assert leg is not None
        return leg

    @property
    def statistics(self) -> Statistics:
        record = self.engine.calls.current
        leg = self.engine.calls.voice(record) if record else None
        figures = statistics_of(leg, self.engine.sound, self.engine.clock.now())
        return figures or Statistics()

    @property
    def notices(self) -> list[str]:
        return [notice.sentence.code for notice in self.engine.notices.all]

    async def order(self, action: Action) -> Any:
        return await self.engine.handler.act(action)

    async def hears_more(self, frames: int = 25) -> None:
        before = self.statistics.frames_received
        await until(lambda: self.statistics.frames_received >= before + frames)


@dataclass(frozen=True, slots=True)
class Raw:
    """Text that a lying service sends as a message."""

    text: str


@dataclass
class Gateway:
    """What the service decoded and sent, as it saw it.

    Attributes:
        received: every text frame of a client with what it was decoded to.
        sent: every text frame to a client.
    """

    received: list[tuple[bytes, ClientMessage]] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)

    def of(self, kind: type[_Message]) -> list[_Message]:
        """Return what was received of a kind, in order."""
        return [message for _, message in self.received if isinstance(message, kind)]


class Network:
    """What the computers of the village see of their network, whatever this computer does."""

    def __init__(self) -> None:
        self.picture = NetworkPicture(frozenset({"192.0.2.7"}), ("192.0.2.7", ""))

    def change(self, *addresses: str) -> None:
        """Let the engines find other addresses at their next look."""
        source = addresses[0] if addresses else ""
        found = frozenset(addresses or ("127.0.0.1",))
        self.picture = NetworkPicture(found, (source, ""), connected=bool(addresses))


@dataclass
class Village:
    """Everything but the bridge in one process: `async with village(directory, monkeypatch) as …`.

    Attributes:
        workers: of the bridge, as they were started.
    """

    directory: Path
    service: Service
    gateway: Gateway
    network: Network
    workers: list[Process]
    _closing: AsyncExitStack
    _residents: list[Resident] = field(default_factory=list["Resident"])

    @property
    def log(self) -> str:
        """What engines and service have logged."""
        file = self.directory / LOG
        return file.read_text() if file.exists() else ""

    async def engine(self, name: str) -> Engine:
        """Return the engine of a profile, which may be new or not; it is closed in the end."""
        paths = ProfilePaths(name)
        profile = Profile.open(paths.data_directory)
        engine = build(paths, profile, lambda handler: cast("ControlServer", Command(handler)))
        await engine.start()
        self._closing.push_async_callback(engine.close)
        return engine

    async def device(self, holder: Resident, name: str) -> Resident:
        """Return one more device of somebody, linked and online."""
        link = str((await holder.order(LinkDevice()))["link"])
        engine = await self.engine(name)
        await engine.handler.act(SetUp("", e2ee=True, invite=link, protection="plain", device=name))
        await until(lambda: engine.rights.own.on)
        return Resident(engine)

    async def resident(self, name: str, *, invite: str = "", e2ee: bool = True) -> Resident:
        """Return somebody who is set up and online, and knows all who are, as they do.

        Args:
            name: of the profile and, with a capital, of the person.
            invite: spent for that, one of the service's without it.
            e2ee: wait until E2EE calls are on.
        """
        engine = await self.engine(name)
        invite = invite or read_local_invite(self.directory / SERVICE)
        await engine.handler.act(SetUp(name.title(), e2ee=True, invite=invite, protection="plain"))
        await until(lambda: engine.rights.own.on or not e2ee)
        resident = Resident(engine)
        for other in self._residents:
            if self.service.online.find(other.account, other.device) is not None:
                await until(lambda other=other: resident.lists(other) and other.lists(resident))
        self._residents.append(resident)
        return resident

    def say(self, to: Resident, *messages: ServiceMessage | Raw) -> None:
        """Let the service say something to an engine, true or not."""
        for message in messages:
            address = Address(to.account, to.device)
            self.service.bus.publish(address, cast("ServiceMessage", message))


@asynccontextmanager
async def village(
    directory: Path,
    monkeypatch: pytest.MonkeyPatch,
    make_router: MakeRouter = Router,
    relays: RelayAccess | None = None,
    *,
    beginning: NewOrganisation | None = None,
    bridge: BridgeOptions | None = None,
    wall_clock: Callable[[], float] = time.time,
) -> AsyncIterator[Village]:
    monkeypatch.setenv("TUI_CALL_HOME", str(directory / "home"))
    monkeypatch.setenv("TUI_CALL_AUDIO__PORT", "files")
    gateway, network = _recorded(monkeypatch), Network()
    monkeypatch.setattr(network_watch, "look", lambda: network.picture)
    monkeypatch.setattr(NetworkNews, "arrived", lambda _: True)
    # Residents come one after another: to know of each a second later is most of many a test.
    monkeypatch.setattr(people_directory, "TOLD_EVERY", 0.1)
    options = ServiceOptions(
        directory / SERVICE,
        listen="127.0.0.1",
        make_router=make_router,
        relays=relays or RelayAccess(),
        personal=beginning is None,
        beginning=beginning,
        bridge=bridge,
    )
    (directory / SERVICE).mkdir()
    before = _sockets()
    with logging_to(directory / LOG):
        async with AsyncExitStack() as closing:
            workers = closing.enter_context(_workers(monkeypatch))
            service = await closing.enter_async_context(Service(options, wall_clock))
            yield Village(directory, service, gateway, network, workers, closing)
    await asyncio.sleep(0)  # a transport that was closed does so at the loop's next turn
    assert _sockets() <= before, "engines and service left a connection open at their end"


def happened(call: CallView) -> list[Sentence]:
    """Return all events but for new paths of the sound, which a busy computer brings as well."""
    events = (event.sentence for event in call.events)
    return [one for one in events if one.code != "G_NEW_PATH"]


@asynccontextmanager
async def a_call(caller: Resident, callee: Resident) -> AsyncIterator[None]:
    """Have a call that both hear; hung up at the end unless it is over."""
    await caller.order(Call(callee.account))
    await until(lambda: callee.phase == "ringing" and caller.phase == "ringing")
    await callee.order(Answer())
    await until(lambda: caller.phase == callee.phase == "active")
    yield
    if caller.phase == "active":
        await caller.order(HangUp())
    await until(lambda: {caller.phase, callee.phase} <= {"", "ended"})


def _sockets() -> set[str]:
    """Return the sockets that this process has open."""
    names = (str(at.readlink()) for at in Path("/proc/self/fd").iterdir() if at.is_symlink())
    return {name for name in names if name.startswith("socket:")}


async def everything_was_read(person: Resident) -> None:
    """Return when the engine has read all that was said, and the service all that it answered."""
    await person.engine.membership.request(lambda number: signaling.ListPeople(number), DEADLINE)


async def until(condition: Callable[[], object]) -> None:
    """Wait for something that other tasks bring about; fail after a generous deadline."""
    async with asyncio.timeout(DEADLINE):
        while not condition():  # noqa: ASYNC110 - nothing to be woken by
            await asyncio.sleep(0.01)


@contextmanager
def _workers(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Process]]:
    """Know the bridge workers that are started here, and let none outlive the test."""
    started: list[Process] = []
    start = launch.start_beside

    def start_beside(module: str, arguments: tuple[str, ...], log: Path) -> Process:
        started.append(start(module, arguments, log))
        return started[-1]

    monkeypatch.setattr(launch, "start_beside", start_beside)
    try:
        yield started
    finally:
        for process in started:
            process.terminate()
            process.wait(DEADLINE)


def _recorded(monkeypatch: pytest.MonkeyPatch) -> Gateway:
    """Listen at the place where the service takes frames apart and puts them together."""
    gateway = Gateway()
    decode, encode = signaling.decode_client, signaling.encode

    def decode_client(frame: str | bytes) -> ClientMessage:
        message = decode(frame)
        gateway.received.append((frame.encode() if isinstance(frame, str) else frame, message))
        return message

    def encode_any(message: ClientMessage | ServiceMessage | Raw) -> str:
        text = message.text if isinstance(message, Raw) else encode(message)
        if isinstance(message, Raw | ServiceMessage):
            gateway.sent.append(text)
        return text

    monkeypatch.setattr(signaling, "decode_client", decode_client)
    monkeypatch.setattr(signaling, "encode", encode_any)
    return gateway
