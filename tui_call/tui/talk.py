"""What a key means when only its presses can be seen: push to talk, and keys that wake late.

Terminals tell presses and repeats, never releases. Time comes in as `now`, in monotonic seconds.
"""

from enum import Enum, auto
from typing import Literal

TAP_WITHIN = 0.7
RELEASED_AFTER = 0.25
QUIET_BEFORE_ARMED = 0.8

Microphone = Literal["open", "close"]


class _State(Enum):
    IDLE = auto()
    PRESSED = auto()
    HELD = auto()
    LATCHED = auto()
    CLOSING = auto()


class PushToTalk:
    """Opens a muted microphone while the key repeats; a tap latches it until the next press."""

    def __init__(self) -> None:
        self._state = _State.IDLE
        self._first = 0.0
        self._last = 0.0

    def press(self, now: float, muted: bool) -> Microphone | None:
        """Take a press or a repeat.

        Args:
            now: monotonic seconds.
            muted: the microphone is muted, so that there is something to open.

        Returns:
            What to do with the microphone, None to leave it.
        """
        self.tick(now)
        before, self._last = self._state, now
        if before is _State.LATCHED and muted:
            before = _State.IDLE  # closed otherwise since then
        match before:
            case _State.IDLE if muted:
                self._state, self._first = _State.PRESSED, now
                return "open"
            case _State.PRESSED:
                self._state = _State.HELD
            case _State.LATCHED:
                # The repeats of a press that closes must not open again.
                self._state, self._first = _State.CLOSING, now
                return "close"
            case _:
                pass
        return None

    def tick(self, now: float) -> Microphone | None:
        """Take note that time passed; returns what to do with the microphone."""
        match self._state:
            case _State.PRESSED if now - self._first >= TAP_WITHIN:
                self._state = _State.LATCHED
            case _State.HELD if now - self._last >= RELEASED_AFTER:
                self._state = _State.IDLE
                return "close"
            case _State.CLOSING if (
                now - self._first >= TAP_WITHIN and now - self._last >= RELEASED_AFTER
            ):
                self._state = _State.IDLE
            case _:
                pass
        return None

    def reset(self) -> None:
        """Forget what was pressed: somebody muted or opened the microphone otherwise."""
        self._state = _State.IDLE

    @property
    def latched(self) -> bool:
        """Whether a tap keeps the microphone open."""
        return self._state is _State.LATCHED

    @property
    def busy(self) -> bool:
        """Whether `tick` has something to wait for."""
        return self._state in (_State.PRESSED, _State.HELD, _State.CLOSING)


class LateKeys:
    """Keys that work only after a time without any key: typing must not answer a call."""

    def __init__(self, now: float, quiet: float = QUIET_BEFORE_ARMED) -> None:
        self._quiet = quiet
        self._since = now

    def armed(self, now: float) -> bool:
        """Whether a key pressed now counts."""
        return now - self._since >= self._quiet

    def disturb(self, now: float) -> None:
        """A key that did not count, or pasted text: the quiet time starts again."""
        self._since = now
