"""What the service and a bridge worker say to each other on a local stream: JSON, a struct a line.

The service says how each room has to be, whole, each time that it changes; saying it again changes
nothing. The worker knows rooms, legs and numbers, and nobody's name. Every command carries the
fence of its room: one that is lower than what the worker has seen of that room comes from a service
that is no longer in charge, and is ignored.
"""

from typing import Annotated, Literal

import msgspec

from tui_call.signaling.liveness import Alive, LivenessCheck

VERSION = 3
MOST_LINE = 65_536

UNREACHED_SECONDS = 1.5
"""Frames that were to reach the tap are lost for so long before the worker says so: a tap that was
killed is replaced in less."""

Hears = Literal["room", "music", "nothing"]
ToneName = Literal["join", "leave", "kept"]
LegState = Literal["connected", "silent", "closed"]


class _Line(msgspec.Struct, frozen=True, tag_field="type", forbid_unknown_fields=False):
    pass


class RoomMember(msgspec.Struct, frozen=True):
    """Somebody in a room.

    Attributes:
        source: 1-254, put into each packet that its legs send.
        legs: ids; what is sent goes to all, what comes is taken from all.
        speaks: its packets are passed on.
        hears: what it is sent.
    """

    source: Annotated[int, msgspec.Meta(ge=1, le=254)]
    legs: tuple[str, ...] = ()
    speaks: bool = True
    hears: Hears = "room"


class SetRoom(_Line, frozen=True, tag="set_room"):
    """A room as it has to be now. A leg that stands in two rooms is in the one told last.

    Attributes:
        room: id; the sides of one call are rooms of their own.
        speakers: how many are heard at once where more than four are in it.
        tapped: the frames of all who speak are passed on to the tap, also those nobody is sent.
        only_tapped: what cannot be passed on to the tap nobody is sent: it has to be recorded.
        kind: as the call's.
    """

    room: str
    fence: int
    members: tuple[RoomMember, ...]
    speakers: Annotated[int, msgspec.Meta(ge=1)] = 3
    tapped: bool = False
    only_tapped: bool = False
    kind: Literal["standard"] = "standard"


class CloseRoom(_Line, frozen=True, tag="close_room"):
    """Forget a room; its legs go with it, unless they stand in another one."""

    room: str
    fence: int


class PlayTone(_Line, frozen=True, tag="play_tone"):
    """Play a tone of source 0 once to all of a room who hear it, or to one of them (`source`)."""

    room: str
    fence: int
    tone: ToneName
    source: int = 0


class DescribeLeg(_Line, frozen=True, tag="describe_leg"):
    """Make a leg for an offer; answered by `LegDescription`."""

    room: str
    fence: int
    leg: str
    offer: str


class CloseLeg(_Line, frozen=True, tag="close_leg"):
    """End a leg."""

    room: str
    fence: int
    leg: str


ToWorker = SetRoom | CloseRoom | PlayTone | DescribeLeg | CloseLeg | LivenessCheck


class WorkerHello(_Line, frozen=True, tag="worker_hello"):
    """First line of a worker to each service that comes; then its rooms, and how its legs are.

    Attributes:
        version: of this protocol.
        worker: names this process; another one has another name.
    """

    version: int
    worker: str


class CarriedRooms(_Line, frozen=True, tag="carried_rooms"):
    """Some of the rooms that a worker carries for a service that comes, with the fence of each."""

    rooms: tuple[tuple[str, int], ...]


class LegDescription(_Line, frozen=True, tag="leg_description"):
    """Answer to `DescribeLeg`: SDP, or "" with what is wrong with the offer."""

    leg: str
    answer: str
    fault: str = ""


class LegChanged(_Line, frozen=True, tag="leg_changed"):
    """A leg is connected, has brought nothing for two seconds, or is closed."""

    leg: str
    state: LegState


class TapReached(_Line, frozen=True, tag="tap_reached"):
    """Whether the frames of tapped rooms reach the tap: told when they no longer do, or do again.

    They do not where the tap cannot be connected, or leaves too much unread, for
    `UNREACHED_SECONDS`. A worker that has said nothing of it reaches the tap, or need not.
    """

    reached: bool


FromWorker = WorkerHello | CarriedRooms | LegDescription | LegChanged | TapReached | Alive

_encoder = msgspec.json.Encoder()
to_worker_decoder = msgspec.json.Decoder(ToWorker)
from_worker_decoder = msgspec.json.Decoder(FromWorker)


def encode_line(message: ToWorker | FromWorker) -> bytes:
    """Return a message as one line."""
    return _encoder.encode(message) + b"\n"
