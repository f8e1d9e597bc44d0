"""Word left by those who called in vain, told until a device has it.

It is told in pages: a device has at most so many unacknowledged, and gets more when it has
acknowledged those. So many people may have called that all of it at once would be too much.
"""

from collections.abc import Callable

from tui_call.service import database
from tui_call.service.bus.bus import Bus
from tui_call.service.bus.traffic import Address, CallsWait
from tui_call.service.faults import NobodyThere, TooMany
from tui_call.service.limits import TokenBuckets
from tui_call.service.routing import check_call
from tui_call.service.session import ClientSession
from tui_call.signaling.messages import AcknowledgeMissedCall, Done, LeaveMissedCall, MissedCall

PAGE = 32


class MissedCallDelivery:
    """Keeps missed calls and tells them."""

    def __init__(
        self,
        stored: database.MissedCalls,
        bus: Bus,
        limit: TokenBuckets,
        wall_clock: Callable[[], float],
    ) -> None:
        """Prepare.

        Args:
            stored: where they are kept.
            bus: tells the devices of who was called.
            limit: of an account, for calls and for word left of them.
            wall_clock: Unix seconds.
        """
        self._stored = stored
        self._bus = bus
        self._limit = limit
        self._wall_clock = wall_clock
        self._told: dict[ClientSession, set[tuple[str, str]]] = {}

    async def leave(self, caller: ClientSession, message: LeaveMissedCall) -> None:
        """Keep a missed call, and tell it at once to devices that are connected.

        Raises:
            NobodyThere: there is no such account.
            TooMany: the account leaves too many, with whatever device.
        """
        check_call(message.call)
        if not self._limit.take(caller.account):
            raise TooMany
        if not await self.keep(message.call, caller.account, message.to_account):
            raise NobodyThere
        caller.put(Done(message.request))

    async def keep(self, call: str, caller: str, account: str) -> bool:
        """Keep that somebody called an account; tell whether there is such an account."""
        added = await self._stored.add(call, caller, account, int(self._wall_clock()))
        if added:
            self._bus.publish(Address(account), CallsWait())
        return added

    async def arrived(self, device: ClientSession) -> bool:
        """Begin to tell a device what its account missed; False where it is revoked by now."""
        self._told[device] = set()
        return await self.tell(device)

    def gone(self, device: ClientSession) -> None:
        """Forget what a device was told; it is told again when it is back."""
        self._told.pop(device, None)

    def cost(self, device: ClientSession, message: AcknowledgeMissedCall) -> int:
        """Return the tokens of an acknowledgement: none where the device has been told of it."""
        return int((message.call, message.from_account) not in self._told.get(device, ()))

    async def acknowledged(self, device: ClientSession, message: AcknowledgeMissedCall) -> None:
        """Forget a missed call that a device of the called account has; tell it the next ones."""
        await self._stored.remove(message.call, message.from_account, device.account)
        told = self._told.get(device)
        if told is not None:
            told.discard((message.call, message.from_account))
            if not told:
                await self.tell(device)

    async def tell(self, device: ClientSession) -> bool:
        """Tell a device what it was not told, as much as it may have unacknowledged.

        Returns:
            False where it is revoked.
        """
        oldest = await self._stored.of(device.device, PAGE)
        told = self._told.get(device)
        for missed in oldest or ():
            key = (missed.call, missed.from_account)
            # It may have gone away while the database was read.
            if told is not None and key not in told and len(told) < PAGE:
                told.add(key)
                device.put(MissedCall(missed.call, missed.from_account, missed.name, missed.time))
        return oldest is not None
