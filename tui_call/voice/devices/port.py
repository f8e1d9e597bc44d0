"""What the audio thread needs of a microphone and a speaker."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from tui_call.errors import LocalFault

if TYPE_CHECKING:
    from tui_call.voice.samples import Samples

DeviceKind = Literal["microphone", "speaker"]


class DeviceError(LocalFault):
    """The sound device cannot be used."""


@dataclass(frozen=True, slots=True)
class DeviceEvent:
    """A device went away or came back.

    Attributes:
        what: "lost" also when it was not there at the start; "found" when it works (again).
        kind: which side.
        name: the name asked for, "" for the system's default.
    """

    what: Literal["lost", "found"]
    kind: DeviceKind
    name: str


DeviceListener = Callable[[DeviceEvent], None]
"""Called from a thread of the port; must return soon."""


class AudioPort(Protocol):
    """A microphone and a speaker, or what stands for them.

    `read`, `write` and the levels are for one thread and never wait; `start` and `stop` may.
    """

    @property
    def has_microphone(self) -> bool:
        """Sound comes in at present."""
        ...

    @property
    def has_speaker(self) -> bool:
        """Sound goes out at present."""
        ...

    @property
    def capture_latency(self) -> float:
        """Seconds from the air to `capture_level`."""
        ...

    @property
    def playback_latency(self) -> float:
        """Seconds from the front of the playback queue to the air."""
        ...

    @property
    def capture_cushion(self) -> int:
        """Samples that should be left after a `read`, against the unevenness of the device."""
        ...

    @property
    def playback_target(self) -> int:
        """Samples that the queue should at least hold after a `write`; grows when it ran empty."""
        ...

    def start(self) -> None:
        """Open the devices.

        Raises:
            DeviceError: there can be no sound at all.
            LocalFault: a file cannot be read or written.
        """
        ...

    def stop(self) -> None:
        """Close the devices; may be called twice."""
        ...

    def read(self, out: "Samples") -> bool:
        """Fill `out` from the microphone; False, with nothing taken, when not enough is there."""
        ...

    def capture_level(self) -> int:
        """Return how many samples of the microphone wait."""
        ...

    def discard(self, samples: int) -> None:
        """Drop that many of the oldest waiting samples of the microphone."""
        ...

    def write(self, samples: "Samples") -> None:
        """Queue samples for the speaker."""
        ...

    def playback_level(self) -> int:
        """Return how many samples are queued for the speaker."""
        ...
