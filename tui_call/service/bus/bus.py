"""What every bus does. Nothing but a bus knows which connections are where.

Delivery returns nothing: whoever publishes learns later, if at all, that nobody was there. What is
published may be lost, come twice or come out of order; all that listens has to bear it, and
`tests/service/bus` shows that it does. What is announced may come twice or out of order; a bus that
may lose it repeats it.
"""

from collections.abc import Callable
from typing import Protocol

from tui_call.service.bus.traffic import Address, Announcement, BusMessage

Take = Callable[[BusMessage], None]
"""Takes what comes for a device, without waiting."""
Hear = Callable[[Announcement], None]
Returned = Callable[[Address, BusMessage], None]


class Bus(Protocol):
    """Between connections, whether they are in one process or not."""

    def publish(self, to: Address | None, message: BusMessage) -> None:
        """Send a message to a device, to all devices of an account, or, to None, to everybody."""
        ...

    def subscribe(self, address: Address, take: Take) -> None:
        """Have a connection of a device take what is for it."""
        ...

    def unsubscribe(self, address: Address, take: Take) -> None:
        """Have it take nothing more."""
        ...

    def announce(self, announcement: Announcement) -> None:
        """Let all gateways know."""
        ...

    def listen(self, hear: Hear) -> None:
        """Hear what gateways announce, this one too; in the order of listening."""
        ...

    def when_returned(self, returned: Returned) -> None:
        """Have somebody told of what was published from here for one device, and nobody took."""
        ...
