"""The bus of a service that is one process."""

import asyncio
import logging
from collections.abc import Callable
from typing import TypeVar

from tui_call.service.bus.bus import Hear, Returned, Take
from tui_call.service.bus.traffic import Address, Announcement, BusMessage

_T = TypeVar("_T")

log = logging.getLogger(__name__)


class InProcessBus:
    """Hands on at once, loses nothing, and tells later what nobody took."""

    def __init__(self) -> None:
        self._takers: dict[str, list[tuple[str, Take]]] = {}
        self._hearing: list[Hear] = []
        self._returned: Returned | None = None

    def publish(self, to: Address | None, message: BusMessage) -> None:
        """Send, as `Bus.publish`."""
        takers = list(self._takers) if to is None else [to.account]
        device = "" if to is None else to.device
        taken = False
        for account in takers:
            for one, take in tuple(self._takers.get(account, ())):
                if device in ("", one):
                    taken = True
                    _hand(take, message)
        if to is not None and device and not taken and self._returned is not None:
            asyncio.get_running_loop().call_soon(self._returned, to, message)

    def subscribe(self, address: Address, take: Take) -> None:
        """Begin to take, as `Bus.subscribe`."""
        self._takers.setdefault(address.account, []).append((address.device, take))

    def unsubscribe(self, address: Address, take: Take) -> None:
        """Take no more, as `Bus.unsubscribe`."""
        takers = self._takers.get(address.account, [])
        if (address.device, take) in takers:
            takers.remove((address.device, take))
            if not takers:
                del self._takers[address.account]

    def announce(self, announcement: Announcement) -> None:
        """Let everybody know, as `Bus.announce`."""
        for hear in self._hearing:
            _hand(hear, announcement)

    def listen(self, hear: Hear) -> None:
        """Begin to hear, as `Bus.listen`."""
        self._hearing.append(hear)

    def when_returned(self, returned: Returned) -> None:
        """Have somebody told, as `Bus.when_returned`."""
        self._returned = returned


def _hand(take: Callable[[_T], None], what: _T) -> None:
    """Hand something on; a defect of one who takes it is none of the others."""
    try:
        take(what)
    except Exception:
        log.exception("not taken", {"type": type(what).__name__})
