"""A bridge's port with devices at it, in one process and on loopback."""

import socket
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from aioice import stun

from tests.support.connections import End, media_address, until
from tests.support.udp_forwarder import Direction, UdpForwarder
from tui_call.transport.bridge_port import BridgePort, ToldState
from tui_call.transport.description import read_offer

HERE = ("127.0.0.1", "127.0.0.2")


class Device(End):
    """A device of the product, its leg's name, and the network in its path, if there is one."""

    def __init__(self, leg: str, forwarder: UdpForwarder | None = None) -> None:
        super().__init__()
        self.leg = leg
        self.forwarder = forwarder
        self.offer = ""
        self.answer = ""
        self._sent = 0

    @property
    def ice(self) -> Any:
        return self.connection._agent.connection

    def srtp(self, payload: bytes, *, ssrc: int | None = None) -> bytes:
        """Return a packet as this device could send it; it sends nothing of its own after it."""
        sender = self.connection._connection.getSenders()[0]
        self._sent += 1
        head = b"\x80\xe0" + (0x8000 + self._sent).to_bytes(2) + bytes(4)
        source = sender._ssrc if ssrc is None else ssrc
        return sender.transport._tx_srtp.protect(head + source.to_bytes(4) + payload)

    def check(self, *, password: str | None = None, username: str | None = None) -> bytes:
        """Return a connectivity check of this device, authentic unless told otherwise."""
        ice = self.ice
        message = stun.Message(
            message_method=stun.Method.BINDING,
            message_class=stun.Class.REQUEST,
            attributes={
                "USERNAME": username or f"{ice.remote_username}:{ice.local_username}",
                "PRIORITY": 1,
                "ICE-CONTROLLING": 1,
            },
        )
        message.add_message_integrity((password or ice.remote_password).encode())
        return bytes(message)

    async def hold_back(self, payload: bytes) -> bytes:
        """Return a packet that the device sent and that its network lost."""
        assert self.forwarder is not None
        recorded = len(self.forwarder.audio(Direction.TO_CALLEE))
        self.forwarder.open = False
        self.connection.send(payload)
        await until(lambda: len(self.forwarder.audio(Direction.TO_CALLEE)) > recorded)
        self.forwarder.open = True
        return self.forwarder.audio(Direction.TO_CALLEE)[-1]

    def inject(self, *datagrams: bytes) -> None:
        """Send datagrams to the bridge as if this device did; it needs a forwarder."""
        assert self.forwarder is not None
        for datagram in datagrams:
            self.forwarder.send(Direction.TO_CALLEE, datagram)


class BridgeRig:
    """Use as `async with BridgeRig() as rig`; its clock stands still unless a test moves it.

    Attributes:
        packets: leg and payload of all that came, in order.
        told: leg and state, in order.
        now: the port's clock.
        addresses: at which the port is to be reached.
    """

    def __init__(self, addresses: tuple[str, ...] = HERE, **options: Any) -> None:
        self.packets: list[tuple[str, bytes]] = []
        self.told: list[tuple[str, ToldState]] = []
        self.now = 1000.0
        self.addresses = addresses
        self.devices: list[Device] = []
        self.port = BridgePort(
            port=0,
            addresses=lambda: self.addresses,
            on_packet=lambda leg, payload: self.packets.append((leg, payload)),
            on_state=lambda leg, state: self.told.append((leg, state)),
            clock=lambda: self.now,
            **options,
        )

    async def __aenter__(self) -> Self:
        await self.port.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for device in self.devices:
            await device.connection.close()
            if device.forwarder is not None:
                await device.forwarder.close()
        await self.port.close()

    async def offer(self, leg: str, *, forwarder: UdpForwarder | None = None) -> Device:
        """Make a device and its offer."""
        device = Device(leg, forwarder)
        self.devices.append(device)
        device.offer = await device.connection.create_offer()
        if forwarder is not None:
            device.offer = await forwarder.offer(device.offer)
        return device

    async def describe(
        self,
        leg: str,
        *,
        forwarder: UdpForwarder | None = None,
        alter_offer: Callable[[str], str] = str,
        alter_answer: Callable[[str], str] = str,
    ) -> Device:
        """Make a device and exchange descriptions, which may change on their way."""
        device = await self.offer(leg, forwarder=forwarder)
        device.answer = alter_answer(await self.port.answer(leg, alter_offer(device.offer)))
        answer = device.answer
        if forwarder is not None:
            answer = await forwarder.answer(answer)
        await device.connection.accept_answer(answer)
        return device

    async def connect(self, leg: str, *, forwarder: UdpForwarder | None = None) -> Device:
        """Make a device and wait until both ends are connected."""
        device = await self.describe(leg, forwarder=forwarder)
        await until(lambda: device.connected and (leg, "connected") in self.told)
        return device

    async def exchange(self, device: Device, count: int = 3) -> None:
        """Send packets both ways, and wait until they arrived."""
        for number in range(count):
            payload = f"{device.leg} {len(self.packets)} {number}".encode()
            device.connection.send(payload)
            await until(lambda payload=payload: (device.leg, payload) in self.packets)
            assert self.port.send(device.leg, payload)
            await until(lambda payload=payload: payload in device.received)

    def states(self, leg: str) -> list[str]:
        return [state for name, state in self.told if name == leg]

    def at(self, device: Device) -> tuple[str, int]:
        """Return where the bridge is, as the device was told."""
        return media_address(device.answer)


def candidates(description: str) -> list[tuple[str, int]]:
    return [(one.address, one.port) for one in read_offer(description).candidates]


def stranger(address: str = HERE[0]) -> socket.socket:
    """Return a socket that has no part in any leg."""
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.bind((address, 0))
    made.setblocking(False)
    return made
