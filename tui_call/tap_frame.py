"""A frame on its way from the bridge worker to the tap, on a local stream.

Layout of one: `length u16 | arrival f64 | slot i64 | source u8 | size of room u8 | room | frame`;
the length is that of all behind it. The frame is that of `payload`, as its sender made it.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite

from tui_call.errors import RemoteFault

MOST_FRAME = 1200
MOST_ROOM = 64
_LENGTH = struct.Struct(">H")
_HEAD = struct.Struct(">dqBB")
_LEAST = _HEAD.size


class MalformedTapFrame(RemoteFault):
    """What comes on the stream is no frame; nothing behind it can be read either."""


@dataclass(frozen=True, slots=True)
class TapFrame:
    """What a member of a room sent.

    Attributes:
        room: id.
        source: number of the member, 1-254.
        arrival: seconds of the monotonic clock, which all processes of a computer share.
        slot: of its sound, 20 ms each of that clock from its beginning: the bridge says where a
            frame stands, and its sender's number only how far before it copies do.
        frame: the bytes of a `payload`.
    """

    room: str
    source: int
    arrival: float
    slot: int
    frame: bytes


def encode_tap_frame(frame: TapFrame) -> bytes:
    """Return a frame as it stands in the stream.

    Raises:
        ValueError: a value is outside its field.
    """
    room = frame.room.encode("ascii")
    if len(room) > MOST_ROOM or len(frame.frame) > MOST_FRAME:
        raise ValueError("too long")
    try:
        head = _HEAD.pack(frame.arrival, frame.slot, frame.source, len(room))
    except struct.error as error:
        raise ValueError("a value is outside its field") from error
    body = head + room + frame.frame
    return _LENGTH.pack(len(body)) + body


class TapFrames:
    """Takes a stream as it comes, and gives the frames that are whole."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> Iterator[TapFrame]:
        """Yield the frames that are whole with these bytes.

        Raises:
            MalformedTapFrame: see there.
        """
        self._rest += data
        start = 0
        while len(self._rest) >= start + _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._rest, start)
            end = start + _LENGTH.size + length
            if not _LEAST < length <= _LEAST + MOST_ROOM + MOST_FRAME:
                raise MalformedTapFrame
            if len(self._rest) < end:
                break
            yield _parse(self._rest[start + _LENGTH.size : end])
            start = end
        self._rest = self._rest[start:]


def _parse(body: bytes) -> TapFrame:
    arrival, slot, source, size = _HEAD.unpack_from(body)
    room, frame = body[_LEAST : _LEAST + size], body[_LEAST + size :]
    if len(room) != size or not room.isascii() or not isfinite(arrival):
        raise MalformedTapFrame
    return TapFrame(room.decode("ascii"), source, arrival, slot, frame)
