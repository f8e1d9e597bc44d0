"""The intruder in the service: its routing is his, and he may take every call apart."""

from tui_call.drill.interception import Interception, Party
from tui_call.e2ee.errors import ProtocolFailure
from tui_call.e2ee.messages import MessageType, peek
from tui_call.identifiers import IdentifierError, parse_account_id, parse_identifier
from tui_call.service.bus.bus import Bus
from tui_call.service.bus.online_devices import OnlineDevices
from tui_call.service.bus.traffic import Address
from tui_call.service.database import Accounts
from tui_call.service.routing import Router
from tui_call.service.session import ClientSession
from tui_call.signaling.messages import Acknowledge, Send, ServiceMessage


class Intruder:
    """Whoever has the service in his hands.

    Attributes:
        attacks: he takes every new call; while not, the service is honest.
        interceptions: the calls that he took, in their order.
    """

    def __init__(self, tape_seconds: float) -> None:
        """Wait.

        Args:
            tape_seconds: how much he keeps of each voice.
        """
        self.attacks = False
        self.interceptions: list[Interception] = []
        self.tape_seconds = tape_seconds

    def router(self, accounts: Accounts, bus: Bus, online: OnlineDevices) -> Router:
        """Return the service's router, as `ServiceOptions.make_router`."""
        return _SubvertedRouter(accounts, bus, online, self)

    async def close(self) -> None:
        """Leave all calls."""
        for interception in self.interceptions:
            await interception.close()

    def holding(self, call: str) -> Interception | None:
        """Return the interception that a call id belongs to."""
        return next((one for one in self.interceptions if one.concerns(call)), None)


class _SubvertedRouter(Router):
    """Passes on what the intruder does not want."""

    def __init__(
        self, accounts: Accounts, bus: Bus, online: OnlineDevices, intruder: Intruder
    ) -> None:
        super().__init__(accounts, bus, online)
        self._intruder = intruder

    async def send(self, sender: ClientSession, message: Send) -> None:
        """Give a message to the intruder if the call is his; a new invite makes it so."""
        interception = self._intruder.holding(message.call)
        if interception is not None:
            interception.take(message)
        elif not (self._intruder.attacks and self._intercept(sender, message)):
            await super().send(sender, message)

    def acknowledge(self, sender: ClientSession, message: Acknowledge) -> None:
        """Give a receipt to the intruder if it is for something of his."""
        interception = self._intruder.holding(message.call)
        if interception is not None:
            interception.take_acknowledgement(message)
        else:
            super().acknowledge(sender, message)

    def _intercept(self, sender: ClientSession, message: Send) -> bool:
        """Begin with both calls, if this is an invite for a device that is here."""
        receiver = Address(message.to_account, message.to_device)
        if self.online.find(*receiver) is None:
            return False
        try:
            if peek(message.payload).type is not MessageType.M1:
                return False
            begun = Interception(
                _party(sender.address),
                _party(receiver),
                message,
                self._hand,
                self._intruder.tape_seconds,
            )
        except (ProtocolFailure, IdentifierError):
            return False
        self._intruder.interceptions.append(begun)
        return True

    def _hand(self, to: Party, message: ServiceMessage) -> None:
        self.bus.publish(Address(to.account, to.device.hex()), message)


def _party(device: Address) -> Party:
    return Party(parse_account_id(device.account), parse_identifier(device.device))
