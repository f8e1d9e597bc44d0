"""How much another side may cause: so many at once, and so many a second after that."""


class Allowance:
    """Tokens that come back with time; rested at first.

    Args:
        at_once: how many a rested one gives, at least 1.
        per_second: how many come back.
    """

    def __init__(self, at_once: int, per_second: float) -> None:
        self._most = float(at_once)
        self._per_second = per_second
        self._left = self._most
        self._filled = 0.0

    def take(self, now: float) -> bool:
        """Take one, if there is one, at a time in monotonic seconds."""
        gained = max(0.0, now - self._filled) * self._per_second
        self._left, self._filled = min(self._most, self._left + gained), now
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True
