"""Sealed messages and their acknowledgements, from device to device.

Nothing is kept: the sender sends again until the other device acknowledges. What is sealed is
neither read nor logged.
"""

from collections.abc import Callable

from tui_call.identifiers import IdentifierError, parse_identifier
from tui_call.service.database import Accounts
from tui_call.service.faults import Malformed
from tui_call.service.online_devices import LiveDevice, OnlineDevices
from tui_call.signaling.messages import (
    Acknowledge,
    Acknowledged,
    Deliver,
    Send,
    Undeliverable,
    UndeliverableReason,
)


class Router:
    """Passes messages on between the devices that are connected."""

    def __init__(self, accounts: Accounts, online: OnlineDevices) -> None:
        self._accounts = accounts
        self._online = online

    async def take(self, sender: LiveDevice, message: Send) -> None:
        """Pass a message on; its receiver may reply at no cost if the sender paid for it."""
        check_call(message.call)
        receiver = self._online.find(message.to_device)
        if sender.paid and receiver is not None:
            receiver.grant_replies(sender.device)
        await self.send(sender, message)

    async def take_receipt(self, sender: LiveDevice, message: Acknowledge) -> None:
        """Pass the acknowledgement of a message on."""
        check_call(message.call)
        self.acknowledge(sender, message)

    async def send(self, sender: LiveDevice, message: Send) -> None:
        """Deliver to the device, or tell the sender why not."""
        receiver = self._online.find(message.to_device)
        if receiver is not None and receiver.account == message.to_account:
            delivered = receiver.post(
                Deliver(
                    message.call,
                    message.sequence,
                    sender.account,
                    sender.device,
                    message.payload,
                )
            )
            if not delivered:
                sender.put(undeliverable(message, "crowded"))
            return
        account = await self._accounts.find(message.to_account)
        devices = dict(account.devices) if account else {}
        reason = "offline" if message.to_device in devices else "unknown"
        sender.put(undeliverable(message, reason))

    def acknowledge(self, sender: LiveDevice, message: Acknowledge) -> None:
        """Tell a device that its message arrived; where that gets lost, it will ask again."""
        receiver = self._online.find(message.to_device)
        if receiver is not None and receiver.account == message.to_account:
            receiver.post(
                Acknowledged(message.call, message.sequence, sender.account, sender.device)
            )


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


MakeRouter = Callable[[Accounts, OnlineDevices], Router]
