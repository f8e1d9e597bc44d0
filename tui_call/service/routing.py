"""Sealed messages and their acknowledgements, from device to device.

Nothing is kept: the sender sends again until the other device acknowledges. What is sealed is
neither read nor logged.
"""

import contextlib
from collections.abc import Callable

from tui_call.errors import LocalFault
from tui_call.identifiers import IdentifierError, parse_identifier
from tui_call.service.bus.bus import Bus
from tui_call.service.bus.online_devices import OnlineDevices
from tui_call.service.bus.traffic import Address, BusMessage, Posted
from tui_call.service.database import Accounts
from tui_call.service.faults import Malformed
from tui_call.service.session import ClientSession
from tui_call.signaling.messages import (
    Acknowledge,
    Acknowledged,
    Deliver,
    Send,
    Undeliverable,
    UndeliverableReason,
)
from tui_call.tasks import Tasks

MOST_RETURNED = 256
"""Whose senders are told at a time; others send again."""


class Router:
    """Passes messages on between devices.

    Attributes:
        bus: by which they go.
        online: who is connected, for whoever has to know.
    """

    def __init__(self, accounts: Accounts, bus: Bus, online: OnlineDevices) -> None:
        self.bus = bus
        self.online = online
        self._accounts = accounts
        self._returning = Tasks()
        bus.when_returned(self._returned)

    async def take(self, sender: ClientSession, message: Send) -> None:
        """Pass a message on; its receiver may reply at no cost if the sender paid for it."""
        check_call(message.call)
        await self.send(sender, message)

    async def take_receipt(self, sender: ClientSession, message: Acknowledge) -> None:
        """Pass the acknowledgement of a message on; where it gets lost, there will be another."""
        check_call(message.call)
        self.acknowledge(sender, message)

    async def send(self, sender: ClientSession, message: Send) -> None:
        """Deliver to the device; the sender is told where nobody takes it."""
        deliver = Deliver(message.call, message.sequence, *sender.address, message.payload)
        self.bus.publish(
            Address(message.to_account, message.to_device), Posted(deliver, sender.paid)
        )

    def acknowledge(self, sender: ClientSession, message: Acknowledge) -> None:
        """Tell a device that its message arrived."""
        acknowledged = Acknowledged(message.call, message.sequence, *sender.address)
        self.bus.publish(Address(message.to_account, message.to_device), Posted(acknowledged))

    async def close(self) -> None:
        """Tell no sender anything more."""
        self._returning.cancel()
        await self._returning.wait()

    def _returned(self, to: Address, message: BusMessage) -> None:
        match message:
            case Posted(Deliver() as deliver) if self._returning.running < MOST_RETURNED:
                self._returning.spawn(self._tell_sender(to, deliver))
            case _:
                return

    async def _tell_sender(self, to: Address, message: Deliver) -> None:
        with contextlib.suppress(LocalFault):
            account = await self._accounts.find(to.account)
            known = account is not None and to.device in dict(account.devices)
            reason: UndeliverableReason = "offline" if known else "unknown"
            back = Undeliverable(message.call, message.sequence, *to, reason)
            self.bus.publish(Address(message.from_account, message.from_device), back)


def check_call(call: str) -> None:
    """Raise `Malformed` for what is no id of a call."""
    try:
        parse_identifier(call)
    except IdentifierError as error:
        raise Malformed(error.sentence) from error


def undeliverable(message: Send, reason: UndeliverableReason) -> Undeliverable:
    """Return what the sender is told of a message that does not go out."""
    return Undeliverable(
        message.call, message.sequence, message.to_account, message.to_device, reason
    )


MakeRouter = Callable[[Accounts, Bus, OnlineDevices], Router]
