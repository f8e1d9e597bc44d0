"""What the service and a tap say to each other on a local stream: JSON, a struct a line.

The service says of each room what is kept and read of it, whole, each time that it changes; saying
it again changes nothing. The tap knows rooms, numbers and tracks, and nobody's name. Every command
carries the fence of its room, as at the bridge.

A recording or transcript is kept in parts: another tap, or another service, goes on in the next
part. A part is opened by the first `SetTap` that names it, and closed by the first that does not;
what the tap says of a closed part is said until it is acknowledged. The tap plays no tone and
decides nothing about people: who must not be kept is not named as kept.
"""

from typing import Annotated

import msgspec

from tui_call.signaling.liveness import Alive, LivenessCheck

VERSION = 3
"""Of this, and of the frames that come from the bridge: see `tap_frame`."""
MOST_LINE = 65_536
LEAST_TO_BEGIN = 200 * 1_000_000
"""Bytes free on the disk of what is kept, below which nothing is begun."""

CUT_SHORT = "N_KEPT_CUT"
"""Why a part is closed of which something is missing, as a rule what comes after its end."""

ALL_HEARD_WITHIN = 40.0
"""Seconds for what was said to be recognised, before a tap closes a transcript without it."""

Id = Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{32}\Z")]


class _Line(msgspec.Struct, frozen=True, tag_field="type", forbid_unknown_fields=False):
    pass


class TapMember(msgspec.Struct, frozen=True):
    """Somebody in a room.

    Attributes:
        source: its number in the room, by which its frames come.
        person: number of who it is among the people of the call, from 1; the same for one who left
            and came back, and for two devices of one person. Names its track.
        kept: it is in the recording.
        transcribed: it is in the transcript.
        captioned: what it says may be shown.
    """

    source: Annotated[int, msgspec.Meta(ge=1, le=254)]
    person: Annotated[int, msgspec.Meta(ge=1)]
    kept: bool = False
    transcribed: bool = False
    captioned: bool = False


class KeptPart(msgspec.Struct, frozen=True):
    """A part of a recording or transcript, as it has to be open now.

    Attributes:
        kept: id of the recording or transcript: names its directory.
        part: from 1.
        began: seconds of the call at which it begins: a recognised word's time counts from the
            beginning of the call.
        mix: write a file of all who are kept.
        tracks: write a file for each person who is kept.
        by_rule: the call ends where it cannot be written, so that has to be known soon.
    """

    kept: Id
    part: Annotated[int, msgspec.Meta(ge=1, le=999)]
    began: float = 0.0
    mix: bool = True
    tracks: bool = False
    by_rule: bool = False


class SetTap(_Line, frozen=True, tag="set_tap"):
    """What is kept and read of a room, as it has to be now.

    Attributes:
        room: id.
        members: all whose frames may come; frames of others are dropped.
        recording: the part to be written, None for none.
        transcript: the same, of what is said.
        captions: somebody shows them; without this and a transcript nothing is recognised.
        at: from when on it is so, `time.monotonic` of this computer; None for when it is read. What
            is kept of a frame follows from when it came to the worker, whichever is read first.
    """

    room: str
    fence: int
    members: tuple[TapMember, ...] = ()
    recording: KeptPart | None = None
    transcript: KeptPart | None = None
    captions: bool = False
    at: float | None = None


class CloseTap(_Line, frozen=True, tag="close_tap"):
    """Close what is open of a room, and forget it; `at` as in `SetTap`."""

    room: str
    fence: int
    at: float | None = None


class AcknowledgePart(_Line, frozen=True, tag="acknowledge_part"):
    """`PartClosed` has been written down, and need not be said again."""

    kept: Id
    part: int


class TryAgain(_Line, frozen=True, tag="try_again"):
    """Start the speech engine anew, after it stopped."""


ToTap = SetTap | CloseTap | AcknowledgePart | TryAgain | LivenessCheck


class TapHello(_Line, frozen=True, tag="tap_hello"):
    """First line of a tap to each service that comes; then its rooms, and what it says of parts.

    Attributes:
        version: of this protocol.
        tap: names this process; another one has another name.
    """

    version: int
    tap: str


class TappedRooms(_Line, frozen=True, tag="tapped_rooms"):
    """Some of the rooms that a tap knows, for a service that comes, with the fence of each."""

    rooms: tuple[tuple[str, int], ...]


class PartOpened(_Line, frozen=True, tag="part_opened"):
    """The files of a part are open on the disk: what comes from now on is kept."""

    kept: Id
    part: int


class KeptFile(msgspec.Struct, frozen=True):
    """A file that is closed.

    Attributes:
        name: in the directory of the recording: "mix-1.opus", "track-2-1.opus" (person 2, part 1),
            "transcript-1.jsonl".
        size: bytes.
        sha256: of the whole file, 64 hexadecimal digits.
    """

    name: Annotated[str, msgspec.Meta(pattern=r"\A[a-z0-9-]{1,40}\.[a-z]{1,6}\Z")]
    size: int
    sha256: str


class PartClosed(_Line, frozen=True, tag="part_closed"):
    """A part is closed, in good order or because it could not go on.

    Attributes:
        seconds: its length.
        files: what it consists of.
        why: "" in good order; "N_DISK", "N_KEPT_FAILED" (it could not be opened or written),
            `CUT_SHORT` (another process left it without its end, or what was said could not all be
            recognised in time).
    """

    kept: Id
    part: int
    seconds: float
    files: tuple[KeptFile, ...] = ()
    why: str = ""


class Spoken(_Line, frozen=True, tag="spoken"):
    """What somebody says; a later revision of an utterance replaces the earlier one.

    Attributes:
        source: number of the member.
        utterance: grows with each of the room, whichever tap hears it.
        revision: of the utterance, from 1.
        text: all of it so far.
        stable: so many characters of it stay as they are.
        began, ended: seconds of the call's monotonic clock (`time.monotonic` of this computer).
        final: it is over.
    """

    room: str
    source: int
    utterance: int
    revision: int
    text: str
    stable: int
    began: float
    ended: float
    final: bool


class SpeechState(_Line, frozen=True, tag="speech_state"):
    """Whether speech is recognised, or would be.

    Attributes:
        fault: "" where it is, else N_ENGINE (none is installed), N_ENGINE_MODEL (the folder is not
            one that it reads), N_ENGINE_HUNG (it stopped answering, or died again and again).
        language: of the model, for example "en"; "" where that is not known.
        loading: the model is being loaded; what is said meanwhile is recognised afterwards.
    """

    fault: str = ""
    language: str = ""
    loading: bool = False


FromTap = TapHello | TappedRooms | PartOpened | PartClosed | Spoken | SpeechState | Alive

_encoder = msgspec.json.Encoder()
to_tap_decoder = msgspec.json.Decoder(ToTap)
from_tap_decoder = msgspec.json.Decoder(FromTap)


def encode_line(message: ToTap | FromTap) -> bytes:
    """Return a message as one line."""
    return _encoder.encode(message) + b"\n"
