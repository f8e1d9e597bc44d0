"""What comes over the bus for a connection, handed to it."""

import contextlib

from tui_call.errors import LocalFault
from tui_call.service.bus.bus import Bus
from tui_call.service.bus.traffic import (
    Address,
    BusMessage,
    CallsWait,
    LoggedIn,
    Posted,
    TurnOut,
)
from tui_call.service.faults import AccountDisabled, DeviceRevoked, Replaced
from tui_call.service.missed_calls import MissedCallDelivery
from tui_call.service.session import ClientSession
from tui_call.signaling.messages import Deliver, Undeliverable
from tui_call.tasks import Tasks


class BusDelivery:
    """Takes for all connections of this process."""

    def __init__(self, bus: Bus, missed_calls: MissedCallDelivery) -> None:
        self._bus = bus
        self._missed_calls = missed_calls
        self._telling = Tasks()

    def take(self, session: ClientSession, message: BusMessage) -> None:
        """Take something for one connection."""
        match message:
            case Posted():
                self._post(session, message)
            case LoggedIn(login):
                if login > session.login:
                    session.end(Replaced())
            case TurnOut():
                self.turn_out(session, message.disabled_by)
            case CallsWait():
                self._telling.spawn(self._tell_missed_calls(session))
            case _:
                session.put(message)

    def turn_out(self, session: ClientSession, disabled_by: str) -> None:
        """End a connection whose device was revoked, or whose person is disabled."""
        session.end(AccountDisabled(disabled_by) if disabled_by else DeviceRevoked())

    async def close(self) -> None:
        """Tell nothing more."""
        self._telling.cancel()
        await self._telling.wait()

    def _post(self, session: ClientSession, posted: Posted) -> None:
        """Let another device's message wait, or tell that device that there is no place for it."""
        message = posted.message
        if posted.paid:
            session.replies.grant(message.from_device)
        if not session.post(message) and isinstance(message, Deliver):
            back = Undeliverable(message.call, message.sequence, *session.address, "crowded")
            self._bus.publish(Address(message.from_account, message.from_device), back)

    async def _tell_missed_calls(self, session: ClientSession) -> None:
        with contextlib.suppress(LocalFault):
            await self._missed_calls.tell(session)
