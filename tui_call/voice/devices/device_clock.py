"""An even clock from a device that asks for sound in bursts.

What a speaker has asked for, drawn over time, is a staircase: a sound card climbs a step of 10 ms a
hundred times a second, a wireless headset one of 200 ms five times. A playout that is pulled by the
staircase would have to keep a whole step ready. So it is pulled by the straight line that lies on
the staircase's corners, at the device's own speed: it learns the height of the steps within the
first ones, and follows the drift of the device's clock.
"""

_WINDOW_SECONDS = 1.0
"""Holds a few steps of the slowest device; what it asked for before the last two is forgotten."""

_MOST_AHEAD_SECONDS = 0.300


class DeviceClock:
    """Follows one stream of a device."""

    def __init__(self) -> None:
        self._asked = 0.0
        self._corners = self._corners_before = 0.0  # the highest of this window, of the last one
        self._window_ends = 0.0

    def ahead(self, asked: float, asked_at: float, now: float) -> float:
        """Return how far the line lies above the staircase at this moment.

        Args:
            asked: seconds of sound that the device asked for so far.
            asked_at: when it last did, in monotonic seconds: a look that comes late knows too.
            now: monotonic seconds.

        Returns:
            Seconds, 0 before the device began, at most 0.3: one that asks less often stands still.
        """
        if asked <= 0:
            return 0.0
        height = asked - now
        if self._asked == 0:
            self._corners = self._corners_before = asked - asked_at
            self._window_ends = now + _WINDOW_SECONDS
        elif asked != self._asked:
            self._corners = max(self._corners, asked - asked_at)
        self._asked = asked
        line = max(self._corners, self._corners_before)
        if now >= self._window_ends:
            self._corners_before, self._corners = self._corners, height
            self._window_ends = now + _WINDOW_SECONDS
        return min(line - height, _MOST_AHEAD_SECONDS)
