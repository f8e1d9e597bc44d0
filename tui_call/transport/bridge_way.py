"""Where the device of a leg may speak from, and the one place of these at which it is spoken to.

A place, an own socket and an address that the device sends from, counts once an authentic check
came from it. The way back to the device is the place that the last authentic packet came from that
was not there before; it changes only where nothing has come from the one in use for a while. So
somebody who passes copies on from elsewhere does not become the way, however late or fast, and a
device that has moved is followed once its next check has come.
"""

from tui_call.e2ee.allowance import Allowance
from tui_call.transport.bridge_socket import AtSource, BridgeSocket, Source

CHECKS_A_SECOND = 100
"""From the place in use, and as many from all others: a device begins one every 20 ms."""

MOST_PLACES = 100
"""As in a whole check list (RFC 8445, section 6.1.2.5)."""

KEPT_SECONDS = 1.0
"""A place that something came from within this time stays the way back."""


class WayBack:
    """The places of one device.

    Args:
        leg: takes what comes from them.
    """

    def __init__(self, leg: AtSource) -> None:
        self._leg = leg
        self._places: dict[tuple[BridgeSocket, Source], None] = {}
        self._socket: BridgeSocket | None = None
        self._source: Source = ()
        self._came = float("-inf")
        self._checks_in_use = Allowance(CHECKS_A_SECOND, CHECKS_A_SECOND)
        self._checks_elsewhere = Allowance(CHECKS_A_SECOND, CHECKS_A_SECOND)

    def is_at(self, at: BridgeSocket, source: Source) -> bool:
        """Return whether a place is the one in use."""
        return at is self._socket and source == self._source

    def may_check(self, at: BridgeSocket, source: Source, now: float) -> bool:
        """Return whether a check from a place is to be looked at: not too many, and not of others.

        Somebody can give the address of another device for their own.
        """
        allowance = self._checks_in_use if self.is_at(at, source) else self._checks_elsewhere
        if not allowance.take(now):
            return False
        known = at.known.get(source)
        return known in (None, self._leg) or not known.is_heard_from(at, source)

    def know(self, at: BridgeSocket, source: Source) -> None:
        """Let the device speak from a place; the one that no check came from for longest goes."""
        self._places.pop((at, source), None)
        self._places[at, source] = None
        at.known[source] = self._leg
        if len(self._places) > MOST_PLACES:
            self._forget(next(place for place in self._places if not self.is_at(*place)))

    def follow(self, at: BridgeSocket, source: Source, now: float) -> None:
        """Learn from where an authentic datagram came that did not come before."""
        if not self.is_at(at, source):
            if now - self._came <= KEPT_SECONDS:
                return
            self._socket, self._source = at, source
        self._came = now

    def stay(self, at: BridgeSocket, source: Source, now: float) -> None:
        """Learn from where something came that a copy of it may have overtaken."""
        if self.is_at(at, source):
            self._came = now

    def is_heard_from(self, at: BridgeSocket, source: Source, now: float) -> bool:
        """Return whether the device speaks from a place right now."""
        return self.is_at(at, source) and now - self._came <= KEPT_SECONDS

    def send(self, datagram: bytes) -> bool:
        """Send to the device; return whether it is on its way."""
        return self._socket is not None and self._socket.send(datagram, self._source)

    def close(self) -> None:
        """Let the device speak from nowhere any more."""
        for place in tuple(self._places):
            self._forget(place)

    def _forget(self, place: tuple[BridgeSocket, Source]) -> None:
        at, source = place
        del self._places[place]
        if at.known.get(source) is self._leg:
            del at.known[source]
