"""What can be wanted done to the sound of a microphone, and whether it can be done here."""

import importlib.util
from dataclasses import dataclass

from tui_call.errors import LocalFault


class ProcessingMissing(LocalFault):
    """No echo canceller on this computer: use headphones. See tui-call doctor."""

    sentence_code = "N_PROCESSING"


@dataclass(frozen=True, slots=True)
class Processing:
    """What is wanted; a high-pass filter against rumble comes with any of it."""

    echo_cancellation: bool = True
    noise_suppression: bool = True
    gain_control: bool = False

    @property
    def any(self) -> bool:
        """Whether there is anything to do."""
        return self.echo_cancellation or self.noise_suppression or self.gain_control


def installed() -> bool:
    """Whether the library is there; loads nothing of it."""
    return importlib.util.find_spec("livekit") is not None
