"""A bridge worker in a process of its own, a service's end of its stream, and light members.

A light member is the product's connection and the packets of the bridge's protocol, and no more.
"""

import asyncio
import itertools
from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.support.companion import CompanionAlone, ServicesEnd, frames_socket
from tests.support.connections import until
from tests.support.whole_frame import whole_frame
from tui_call.bridge_packet import HOP, MUTED, BridgePacket, encode_packet, parse_packet
from tui_call.control import platform
from tui_call.payload import Audio, Feedback, Report
from tui_call.service.process_link import Streams
from tui_call.signaling.bridge_messages import (
    CarriedRooms,
    DescribeLeg,
    FromWorker,
    Hears,
    LegChanged,
    LegDescription,
    RoomMember,
    SetRoom,
    ToWorker,
    WorkerHello,
    encode_line,
    from_worker_decoder,
)
from tui_call.transport.connection_state import ConnectionState
from tui_call.transport.peer_connection import PeerConnection
from tui_call.voice.sound import FRAME_SECONDS

SPEECH = 30
SOUND = bytes(108)
"""As long as a frame of Opus at 43.2 kbit/s."""


class ServiceEnd(ServicesEnd[FromWorker]):
    """A service's end of the stream to a worker."""

    def __init__(self, streams: Streams) -> None:
        super().__init__(streams, from_worker_decoder.decode)

    @classmethod
    async def connect(cls, path: Path) -> Self:
        """Connect, and wait for the worker's first line."""
        end = cls(await platform.connect(path))
        await until(lambda: end.heard)
        return end

    @property
    def hello(self) -> WorkerHello:
        first = self.heard[0]
        assert isinstance(first, WorkerHello)
        return first

    @property
    def rooms(self) -> dict[str, int]:
        """The worker's rooms when this end came, with the fence of each."""
        said = [one.rooms for one in self.heard if isinstance(one, CarriedRooms)]
        return dict(itertools.chain.from_iterable(said))

    def say(self, *messages: ToWorker) -> None:
        self.writer.write(b"".join(map(encode_line, messages)))

    def state(self, leg: str) -> str:
        """Return what was said of a leg last."""
        said = [it.state for it in self.heard if isinstance(it, LegChanged) and it.leg == leg]
        return said[-1] if said else ""

    async def describe(self, room: str, leg: str, offer: str, fence: int = 1) -> LegDescription:
        """Return the worker's answer to an offer."""
        self.say(DescribeLeg(room, fence, leg, offer))

        def answers() -> list[LegDescription]:
            return [it for it in self.heard if isinstance(it, LegDescription) and it.leg == leg]

        await until(answers)
        return answers()[-1]


class LightMember:
    """A member with one leg.

    Attributes:
        number: in the room.
        got: all packets that came, by source.
        take: is given each packet.
        connection: its leg's other end.
    """

    def __init__(self, number: int, room: str = "room", leg: str = "", **options: Any) -> None:
        self.number, self.room = number, room
        self.leg = leg or f"{room} {number}"
        self.got: defaultdict[int, list[BridgePacket]] = defaultdict(list)
        self.take: Callable[[bytes], object] = self.keep
        self.connection = PeerConnection(
            on_packet=lambda data: self.take(data), on_state=lambda _: None, **options
        )
        self._hop = self._frame = 0

    @property
    def connected(self) -> bool:
        return self.connection.state is ConnectionState.CONNECTED

    @property
    def said(self) -> int:
        """How many frames it has sent: the number of the next."""
        return self._frame

    async def join(self, service: ServiceEnd, fence: int = 1) -> None:
        """Connect to the bridge, in a room that was told of."""
        offer = await self.connection.create_offer()
        described = await service.describe(self.room, self.leg, offer, fence)
        await self.connection.accept_answer(described.answer)
        await until(lambda: self.connected and service.state(self.leg) == "connected")

    def say(self, level: int = SPEECH, sound: bytes = SOUND, source: int = 0) -> None:
        """Send the next frame."""
        self.send(source, level, whole_frame(self._frame, [Audio(sound)]))
        self._frame += 1

    def report(self, loss: float, newest: int) -> None:
        """Tell the bridge what came of its way."""
        blocks = (Feedback(round(loss * 1000), 0, 0, 0), Report(newest, 0, 10))
        self.send(HOP, MUTED, whole_frame(0, blocks))

    def send(self, source: int, level: int, frame: bytes) -> None:
        """Send any packet."""
        self.connection.send(encode_packet(BridgePacket(self._hop, source, level, 0, frame)))
        self._hop += 1

    def heard(self) -> set[int]:
        """Return the members that came through since the last time."""
        sources = {source for source in self.got if source != HOP}
        self.got.clear()
        return sources

    def keep(self, data: bytes) -> None:
        """Take a packet for `got`."""
        packet = parse_packet(data)
        self.got[packet.source].append(packet)


async def send_evenly(member: LightMember, level: int, sounds: Sequence[bytes] = (SOUND,)) -> None:
    """Send 50 packets a second, those sounds in turn, and keep nothing that comes."""
    clock = asyncio.get_running_loop().time
    due = clock()
    while True:
        member.say(level, sounds[member.said % len(sounds)])
        member.got.clear()
        due = max(due + FRAME_SECONDS, clock() - FRAME_SECONDS)
        await asyncio.sleep(due - clock())


def room_of(
    members: Iterable[LightMember],
    *,
    fence: int = 1,
    hears: Mapping[int, Hears] = {},
    silent: Container[int] = (),
) -> SetRoom:
    """Return a room of members, who all speak and hear it unless told otherwise."""
    found = tuple(members)
    told = tuple(
        RoomMember(one.number, (one.leg,), one.number not in silent, hears.get(one.number, "room"))
        for one in found
    )
    return SetRoom(found[0].room, fence, told)


class WorkerAlone(CompanionAlone[ServiceEnd]):
    """Use as `async with WorkerAlone(directory) as worker`: a process, and a first service.

    Attributes:
        frames: where it looks for a tap.
        members: closed in the end.
    """

    def __init__(self, directory: Path, *arguments: str) -> None:
        self.directory = directory
        self.log = directory / "bridge.log"
        self.frames = frames_socket(directory)
        self.members: list[LightMember] = []
        super().__init__(
            "tui_call.bridge", ServiceEnd, directory / "bridge" / "bridge.sock",
            "--address", "127.0.0.1", "--log", str(self.log), "--tap", str(self.frames),
            *arguments,
        )  # fmt: skip

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for member in self.members:
            await member.connection.close()
        await super().__aexit__(kind, error, trace)

    async def meet(self, count: int, room: str = "room", **options: Any) -> list[LightMember]:
        """Let so many people join a room, and wait until all are connected."""
        members = [LightMember(number, room, **options) for number in range(1, count + 1)]
        self.members += members
        self.service.say(room_of(members))
        await asyncio.gather(*(member.join(self.service) for member in members))
        return members
