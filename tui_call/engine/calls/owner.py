"""What a call of any kind is to those who look after all calls: its owner, and its way of sound.

An E2EE call is owned by a `CallRunner`, a standard one by a `StandardCallOwner`. Who asks for one
of these two by name needs what only that kind has.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

from tui_call.calls.path_monitor import PathMonitor
from tui_call.engine.calls.leg_figures import LegCounts
from tui_call.reasons import EndReason
from tui_call.voice.coding import Coding

if TYPE_CHECKING:
    from tui_call.voice.playout import PlayoutStatistics
    from tui_call.voice.redundancy import Sending
    from tui_call.voice.samples import Samples


class PlayedVoice(Protocol):
    """What is played, with its figures."""

    def pull(self, now: float, samples: int, *, whole_frames: bool = False) -> "Samples":
        """Return the next samples at `now`, as the audio thread asks for them."""
        ...

    def statistics(self) -> "PlayoutStatistics":
        """Return the figures so far."""
        ...


class VoiceMedia(Protocol):
    """The sound of a call between the audio thread and the way that it takes."""

    @property
    def playout(self) -> "PlayedVoice":
        """What is heard."""
        ...

    @property
    def monitor(self) -> PathMonitor:
        """Of the way on which it comes."""
        ...

    @property
    def round_trip(self) -> float | None:
        """As measured last, seconds; None before."""
        ...

    @property
    def sending(self) -> "Sending":
        """How frames are sent now."""
        ...

    @property
    def frames_sent(self) -> int:
        """Of sound."""
        ...

    @property
    def packet_sizes(self) -> set[int]:
        """Of all that was sent, bytes."""
        ...

    @property
    def foreign_dropped(self) -> int:
        """Packets that are not of this call."""
        ...

    @property
    def replayed_dropped(self) -> int:
        """Packets that came a second time."""
        ...

    @property
    def coding(self) -> Coding:
        """How the encoder should work."""
        ...


class VoiceLeg(Protocol):
    """Where the microphone's frames go, and the others' come from."""

    @property
    def media(self) -> VoiceMedia | None:
        """The sound, None before it can begin and after it is over."""
        ...

    @property
    def counts(self) -> LegCounts:
        """What is counted of its way."""
        ...

    def voices(self) -> Mapping[int, float]:
        """Return how loud each of several people is, dBFS, by the number in the call."""
        ...

    def frame(self, opus: bytes | None) -> None:
        """Send a frame of the microphone, None for silence."""
        ...

    async def last_frames(self) -> None:
        """Return when the frames that say the end are out, or cannot be."""
        ...


class CallOwner(Protocol):
    """The only one who lets something happen in a call."""

    @property
    def id(self) -> bytes:
        """16 bytes."""
        ...

    @property
    def account(self) -> str:
        """Who is at the other end; of several, who was called or called first."""
        ...

    @property
    def voice(self) -> VoiceLeg:
        """The leg that stands for the call."""
        ...

    @property
    def over(self) -> bool:
        """Whether nothing more has to be said about it."""
        ...

    def answer(self) -> None:
        """Take the call, which rings here."""
        ...

    def end(self, reason: EndReason) -> None:
        """End, cancel or decline it."""
        ...

    def hold(self, on: bool) -> None:
        """Tell that the person here holds it, or does no more."""
        ...

    def mute(self, on: bool) -> None:
        """Tell that the microphone is closed, or open."""
        ...

    def find_new_path(self) -> None:
        """Look for another way through the network; the call goes on meanwhile."""
        ...

    def addresses_changed(self) -> None:
        """Go over to a way from the addresses of now."""
        ...

    def hide_addresses(self) -> None:
        """Leave ways that tell this computer's addresses, for those through a relay."""
        ...

    def service_back(self) -> None:
        """Say at once what waited for the service."""
        ...

    async def close(self) -> None:
        """Take no more time, and close every way."""
        ...
