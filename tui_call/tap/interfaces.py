"""What the tap's pieces say to each other: who gives frames, who writes, who recognises.

All of it is called in the one event loop, and nothing of it may block: what takes time (files, the
speech engine) goes on elsewhere and says later what came of it. Times are `time.monotonic` seconds.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tui_call.signaling.tap_messages import (
    KeptPart,
    PartClosed,
    PartOpened,
    SpeechState,
    Spoken,
    TapMember,
)


@dataclass(frozen=True, slots=True)
class MemberFrame:
    """A frame of a member, taken apart.

    Attributes:
        member: whose it is, as the service told of this member last.
        number: of the frame, counted by its sender.
        arrival: when it came to the worker.
        slot: of 20 ms in which its packet stands, as in `TapFrame`.
        packet: its Opus packet of 20 ms, b"" where nothing is said in it.
        copies: those of earlier frames, each with how many frames earlier, 1-8.
    """

    member: TapMember
    number: int
    arrival: float
    slot: int
    packet: bytes
    copies: tuple[tuple[int, bytes], ...] = ()


@dataclass(frozen=True, slots=True)
class Recognised:
    """What a member says.

    Attributes:
        member: as it was told of while this was said: transcribed and captioned or not.
        spoken: what it is.
    """

    member: TapMember
    spoken: Spoken


TakeFrame = Callable[[MemberFrame], None]
"""Takes a frame of somebody; it does not wait."""

SayPart = Callable[[PartOpened | PartClosed], None]
"""Tells what became of a part: opened once its files are open on the disk, closed once they are
complete there, also where it could not be opened or go on (`PartClosed.why`); then it is over, and
`close` does nothing."""

HearSpeech = Callable[[Recognised], None]
TellSpeech = Callable[[SpeechState], None]


class RecordingPart(Protocol):
    """A part of a recording that is being written; its first slot of 20 ms is when it was begun."""

    def take(self, frame: MemberFrame, /) -> None:
        """Write the frame of somebody who is kept."""
        ...

    def close(self, at: float | None = None) -> None:
        """Write what was said before a time, None for now, and complete the files.

        `SayPart` is told when that is done.
        """
        ...


class TranscriptPart(Protocol):
    """A part of a transcript that is being written."""

    def write(self, person: int, spoken: Spoken) -> None:
        """Write a final; its time is counted from `KeptPart.began`, at which the part was begun."""
        ...

    def close(self, at: float | None = None, why: str = "") -> None:
        """Complete the file; `SayPart` is told when that is done.

        Args:
            at: up to when it covers what was said, None for now.
            why: `CUT_SHORT` where some of that is missing, "" where it is all there.
        """
        ...


class PartKeeper(Protocol):
    """Writes recordings and transcripts under one directory."""

    def close_left_behind(self) -> None:
        """Close what another process left without its end; each part is told as `CUT_SHORT`."""
        ...

    def record(self, part: KeptPart, begun: float) -> RecordingPart:
        """Begin a part of a recording."""
        ...

    def transcribe(self, part: KeptPart, begun: float) -> TranscriptPart:
        """Begin a part of a transcript."""
        ...

    def acknowledged(self, kept: str, part: int) -> None:
        """Forget a closed part: the service has written it down. Until then another tap says it."""
        ...

    async def finish(self) -> None:
        """Wait until all that was closed is complete, and has been told."""
        ...


class Speech(Protocol):
    """Recognises what members say, and hands it to `HearSpeech`; its state to `TellSpeech`."""

    def listen(self, room: str, members: tuple[TapMember, ...]) -> None:
        """Recognise these of a room, and nobody else of it.

        All of them are transcribed or captioned. Who is not among them any more, or is another
        `TapMember` now (transcribed, or captioned, as it was not before), has ended what it was
        saying.
        """
        ...

    def take(self, room: str, frame: MemberFrame) -> None:
        """Take the frame of a member that is listened to."""
        ...

    async def finish(self, room: str, within: float) -> bool:
        """Wait until all that has ended in a room has been handed on.

        What is not after so many seconds, or when this is cancelled, is given up: "[…]" is handed
        on in its place.

        Returns:
            Whether all of it was that is transcribed.
        """
        ...

    def try_again(self) -> None:
        """Start the engine anew, after it stopped."""
        ...

    async def close(self) -> None:
        """End the engine."""
        ...


@dataclass(frozen=True, slots=True)
class SpeechSettings:
    """How speech is recognised.

    Attributes:
        model: a folder with a model, None for the built-in one.
        language: of it.
        threads: of the engine.
        log: where its process writes what goes wrong, None for nowhere.
    """

    model: Path | None = None
    language: str = "en"
    threads: int = 1
    log: Path | None = None


MakeKeeper = Callable[[Path, SayPart, Callable[[], float]], PartKeeper]
"""Makes a keeper of a directory, which writes no further than frames have been taken, monotonic
seconds: `tap.recording.recorder.Recorder`."""

MakeSpeech = Callable[[SpeechSettings, HearSpeech, TellSpeech], Speech]
"""Makes speech: `tap.speech.speech.RecognisedSpeech`."""
