"""When the service is asked again where it did not answer, or refused."""

import math
import time

AGAIN_SECONDS = 10.0
"""After how long."""


class SecondTry:
    """Of one thing that is asked at each login, and must not wait for another login."""

    def __init__(self) -> None:
        self.spare()

    def spare(self) -> None:
        """Need none: it is being asked, or there is an answer."""
        self._at = math.inf

    def need(self) -> None:
        """Have it asked again later."""
        self._at = time.monotonic() + AGAIN_SECONDS

    def due(self, now: float) -> bool:
        """Return whether it is time to; `now` is monotonic seconds."""
        return now >= self._at
