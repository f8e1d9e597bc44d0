"""Whether the peer holds the call, which is told on two ways at two speeds.

The control channel brings every change, in order, and as late as the service likes; the sound
brings it at once, and may lose it. As long as changes that the sound has shown are still to come on
the control channel, what comes there is older, and takes nothing back.

A frame comes every 20 ms, and each could say the other thing. The sound is believed a few times at
once and then once a second; the control channel tells the rest.
"""

from collections import deque

from tui_call.e2ee.allowance import Allowance

MOST_AHEAD = 32
BELIEVED_AT_ONCE = 4
BELIEVED_A_SECOND = 1.0


class PeerHold:
    """The newest that is known, and by how many changes the sound is ahead."""

    def __init__(self) -> None:
        self._on = False
        self._ahead: deque[bool] = deque(maxlen=MOST_AHEAD)
        self._allowance = Allowance(BELIEVED_AT_ONCE, BELIEVED_A_SECOND)

    def in_media(self, on: bool, now: float) -> bool:
        """Take what the sound says, which says it in several frames; tell whether it is news."""
        news = on is not self._on and self._allowance.take(now)
        if news:
            self._on = on
            self._ahead.append(on)
        return news

    def in_order(self, on: bool) -> bool:
        """Take what the control channel says; tell whether it is news."""
        if self._ahead:
            while on in self._ahead and self._ahead.popleft() is not on:
                pass
            return False
        news, self._on = on is not self._on, on
        return news
