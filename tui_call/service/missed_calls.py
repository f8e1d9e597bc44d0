"""Word left by those who called in vain, told until a device has it."""

from collections.abc import Callable

from tui_call.service import database
from tui_call.service.faults import NobodyThere
from tui_call.service.presence import LiveDevice, OnlineDevices
from tui_call.signaling.messages import AcknowledgeMissedCall, LeaveMissedCall, MissedCall


class MissedCalls:
    """Keeps missed calls and tells them."""

    def __init__(
        self,
        stored: database.MissedCalls,
        online: OnlineDevices,
        wall_clock: Callable[[], float],
    ) -> None:
        self._stored = stored
        self._online = online
        self._wall_clock = wall_clock

    async def leave(self, caller: LiveDevice, message: LeaveMissedCall) -> None:
        """Keep a missed call, and tell it at once to devices that are connected.

        Raises:
            NobodyThere: there is no such account.
        """
        added = await self._stored.add(
            message.call, caller.account, message.to_account, int(self._wall_clock())
        )
        if not added:
            raise NobodyThere
        for device in self._online.of(message.to_account):
            await self.tell(device, call=message.call)

    async def tell(self, device: LiveDevice, call: str | None = None) -> None:
        """Tell a device what its account missed, or only one call of it."""
        for missed in await self._stored.of(device.account):
            if call in (None, missed.call):
                device.put(MissedCall(missed.call, missed.from_account, missed.name, missed.time))

    async def told(self, device: LiveDevice, message: AcknowledgeMissedCall) -> None:
        """Forget a missed call that a device of the called account has."""
        await self._stored.remove(message.call, message.from_account, device.account)
