"""Which counters of a key were already used (the sliding window of RFC 3711, section 3.3.2)."""

WINDOW_FRAMES = 1024


class ReplayWindow:
    """Remembers the newest counter and the `WINDOW_FRAMES` up to it as bits of one number."""

    def __init__(self) -> None:
        self._highest = -1
        self._seen = 0

    def accept(self, counter: int) -> bool:
        """Tell whether an authentic counter is new, and remember it.

        A counter that is older than the window may have been used, so it is not new.
        """
        ahead = counter - self._highest
        if ahead > 0:
            # Shifting by a large gap would build a large number only to cut it.
            kept = self._seen << ahead if ahead < WINDOW_FRAMES else 0
            self._seen = (kept | 1) & ((1 << WINDOW_FRAMES) - 1)
            self._highest = counter
            return True
        if -ahead >= WINDOW_FRAMES or self._seen >> -ahead & 1:
            return False
        self._seen |= 1 << -ahead
        return True
