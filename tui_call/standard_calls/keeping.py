"""What is kept of a call: a recording and a transcript, and what each person says to it."""

from dataclasses import dataclass
from typing import Literal

OPEN_SECONDS = 15.0
"""How long the files of a part may take to be opened."""
RULE_SECONDS = 4.5
"""The same where a rule says that the call is recorded. Without them it ends, all in all within
five seconds from when it was recorded last."""
TONE_SECONDS = 1.0
"""From the tone that somebody hears to the first frame of that person that is kept."""

WhatIsKept = Literal["recording", "transcript"]
KINDS: tuple[WhatIsKept, ...] = ("recording", "transcript")
KeepingPhase = Literal["opening", "on", "reopening"]
Consent = Literal["", "asked", "agreed", "refused"]


@dataclass(frozen=True, slots=True)
class Word:
    """What holds for a person in the call: by its own word, and by its policy.

    Attributes:
        recording: whether it may be kept, in recordings and transcripts; with "ask" only once it
            has agreed in the call.
        captioned: what it says may be shown as captions.
        by_rule: its calls are recorded by rule, whatever anybody says.
        device_recording, device_captions: what its device says of both, which is above what the
            account says; "follow" where that decides.
    """

    recording: Literal["allow", "ask", "refuse"] = "ask"
    captioned: bool = True
    by_rule: bool = False
    device_recording: Literal["follow", "allow", "ask", "refuse"] = "follow"
    device_captions: Literal["follow", "allow", "refuse"] = "follow"


UNSAID = Word()


def consent_with(word: Word, consent: Consent) -> Consent:
    """Return what of somebody's consent holds who goes on with another word: none against it."""
    return consent if word.recording != "refuse" or consent == "refused" else ""


@dataclass(frozen=True, slots=True)
class ToneHeard:
    """Somebody hears the tone now, and has heard it at `until`."""

    account: str
    until: float


@dataclass(frozen=True, slots=True)
class Keeping:
    """A recording or transcript of the call.

    Attributes:
        id: by which it is found later, 32 hexadecimal digits.
        by: the account that started it, "" where a rule did.
        since: when that was.
        phase: its files are being opened, for the first time or after the tap was lost; nothing is
            kept unless it is `on`.
        tracks: of a recording: a file of each person, too.
        by_rule: all are kept, and nobody stops it.
        part: from 1; another one after each time that the tap was lost.
        part_since: when it was ordered.
        until: when its files have to be open, None once they are.
        hearing: who hears the tone now.
        heard: the accounts in the call that have heard it.
    """

    id: str
    by: str
    since: float
    phase: KeepingPhase = "opening"
    tracks: bool = False
    by_rule: bool = False
    part: int = 1
    part_since: float = 0.0
    until: float | None = None
    hearing: tuple[ToneHeard, ...] = ()
    heard: tuple[str, ...] = ()
