"""No devices at all: the call goes on in silence at its exact cadence."""

import time
from collections.abc import Callable

from tui_call.voice.devices.paced import PacedPort


class SilentPort(PacedPort):
    """An `AudioPort` without microphone and speaker, for a computer that has none."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(None, None, clock)
