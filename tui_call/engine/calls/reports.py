"""What is told to those who watch a call."""

from dataclasses import dataclass
from typing import Protocol

from tui_call.calls.effects import (
    Ended,
    KeyChanged,
    LeaveAsked,
    LeaveOver,
    LeaveRefused,
    MayLeave,
    MicrophoneSilent,
    NoteArrived,
    PathTaken,
    PeerCompared,
    PeerHeld,
    PeerMuted,
    PeerProven,
    StartMedia,
    StartRinging,
    StateChanged,
)
from tui_call.calls.path_monitor import PathEvent
from tui_call.voice.coding import Coding


@dataclass(frozen=True, slots=True)
class LegAddress:
    """Which device a leg leads to, in which call.

    Attributes:
        call_id: 16 bytes.
        account: whose device it is.
        device: 16 bytes.
    """

    call_id: bytes
    account: str
    device: bytes


@dataclass(frozen=True, slots=True)
class CodingChanged:
    """Frames should be encoded in another way from now on."""

    coding: Coding


Report = (
    PeerProven
    | KeyChanged
    | StartRinging
    | StartMedia
    | PathTaken
    | PeerMuted
    | PeerHeld
    | PeerCompared
    | NoteArrived
    | LeaveAsked
    | LeaveRefused
    | LeaveOver
    | MayLeave
    | MicrophoneSilent
    | StateChanged
    | PathEvent
    | CodingChanged
)
"""Told when it has been done, as far as it is the leg's to do."""


class CallObserver(Protocol):
    """Watches calls. It may post events; they are taken when all that is under way is done."""

    def leg_reports(self, leg: LegAddress, report: Report) -> None:
        """Take what happened in one leg of a call."""
        ...

    def call_ended(self, call_id: bytes, end: Ended) -> None:
        """Take the end of a call as a whole."""
        ...
