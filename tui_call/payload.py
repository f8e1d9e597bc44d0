"""What one frame of a call carries, sealed or not: its number and blocks, padded to a length.

Layout: `N u32 | block* | 80 | 00…`, a block being `tag u8 | length u16 | body`. Blocks with
unknown tags are skipped, so that later versions can add some; everything else is exact.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import assert_never

from tui_call.errors import RemoteFault

OLDEST_COPY = 8
MOST_SOUND = 1 + OLDEST_COPY
"""Blocks of a frame in which sound is looked for, wherever a frame is played, kept or read."""
NUMBER_BYTES = 4
_LARGEST_SHORT = 2**16 - 1
_LARGEST_BYTE = 2**8 - 1
_END_OF_BLOCKS = 0x80
_MOST_LOSS = 1000
_NUMBER = struct.Struct(">I")
_BLOCK = struct.Struct(">BH")
_FEEDBACK_BODY = struct.Struct(">HHHI")
_REPORT_BODY = struct.Struct(">IHB")


class _Tag(IntEnum):
    AUDIO = 1
    COPY = 2
    FEEDBACK = 3
    HOLD = 4
    END = 5
    REPORT = 6


class MalformedPayload(RemoteFault):
    """An authentic frame does not hold what a frame holds."""


@dataclass(frozen=True, slots=True)
class Audio:
    """The sound of this frame.

    Attributes:
        packet: one Opus packet of 20 ms.
    """

    packet: bytes


@dataclass(frozen=True, slots=True)
class Copy:
    """The sound of an earlier frame once more, against loss.

    Attributes:
        offset: how many frames earlier, 1-8.
        packet: one Opus packet of 20 ms.
    """

    offset: int
    packet: bytes


@dataclass(frozen=True, slots=True)
class Feedback:
    """What the sender of this frame sees of the other direction.

    Attributes:
        loss_permille: lost frames in a thousand, 0-1000.
        jitter_ms: interarrival jitter; 65535 stands for that or more.
        round_trip_ms: 0 while unknown; 65535 stands for that or more.
        control_ack: the CTL sequence number expected next.
    """

    loss_permille: int
    jitter_ms: int
    round_trip_ms: int
    control_ack: int


@dataclass(frozen=True, slots=True)
class Hold:
    """The sender holds the call, or resumes it."""

    on: bool


@dataclass(frozen=True, slots=True)
class End:
    """The sender hung up.

    Attributes:
        reason: the code of HANGUP on the control channel.
    """

    reason: int


@dataclass(frozen=True, slots=True)
class Report:
    """What it takes to measure the round trip, and how the losses of the other direction cluster.

    Attributes:
        newest: the highest frame number that arrived.
        held_ms: how long before this frame was sealed it arrived; 65535 stands for that or more.
        burst_tenths: mean number of frames lost in a row, in tenths; 0 when none was lost, 255
            stands for that or more.
    """

    newest: int
    held_ms: int
    burst_tenths: int


Block = Audio | Copy | Feedback | Hold | End | Report


def block_bytes(blocks: Sequence[Block]) -> int:
    """Return how many bytes of a profile's capacity blocks take.

    Raises:
        ValueError: a value is outside its field.
    """
    return sum(len(_encode_block(block)) for block in blocks)


def encode_payload(number: int, blocks: Sequence[Block], length: int) -> bytes:
    """Return a payload of exactly `length` bytes.

    Raises:
        ValueError: the blocks do not fit, or a value is outside its field.
    """
    try:
        payload = _NUMBER.pack(number) + b"".join(map(_encode_block, blocks))
    except struct.error as error:
        raise ValueError("a value is outside its field") from error
    padding = length - len(payload) - 1
    if padding < 0:
        raise ValueError(f"the blocks are {-padding} bytes too long for a frame")
    return payload + bytes((_END_OF_BLOCKS,)) + bytes(padding)


def parse_payload(payload: bytes) -> tuple[int, tuple[Block, ...]]:
    """Return the frame number and the blocks of known kinds.

    Raises:
        MalformedPayload: a length leads outside, a body does not fit its kind, the padding is
            missing or not zero, or a copy is of a frame before the first.
    """
    if len(payload) <= NUMBER_BYTES:
        raise MalformedPayload
    (number,) = _NUMBER.unpack_from(payload)
    blocks: list[Block] = []
    position = NUMBER_BYTES
    while payload[position] != _END_OF_BLOCKS:
        start = position + _BLOCK.size
        if start >= len(payload):
            raise MalformedPayload
        tag, length = _BLOCK.unpack_from(payload, position)
        position = start + length
        if position >= len(payload):
            raise MalformedPayload
        block = _parse_block(tag, payload[start:position])
        if isinstance(block, Copy) and block.offset > number:
            raise MalformedPayload
        if block is not None:
            blocks.append(block)
    if payload.count(0, position) != len(payload) - position - 1:
        raise MalformedPayload
    return number, tuple(blocks)


def _encode_block(block: Block) -> bytes:
    match block:
        case Audio(packet):
            tag, body = _Tag.AUDIO, packet
        case Copy(offset, packet):
            tag, body = _Tag.COPY, bytes((offset,)) + packet
        case Feedback(loss, jitter, round_trip, ack):
            limited = min(jitter, _LARGEST_SHORT), min(round_trip, _LARGEST_SHORT)
            tag, body = _Tag.FEEDBACK, _FEEDBACK_BODY.pack(loss, *limited, ack)
        case Hold(on):
            tag, body = _Tag.HOLD, bytes((on,))
        case End(reason):
            tag, body = _Tag.END, bytes((reason,))
        case Report(newest, held, burst):
            limited = min(held, _LARGEST_SHORT), min(burst, _LARGEST_BYTE)
            tag, body = _Tag.REPORT, _REPORT_BODY.pack(newest, *limited)
        case _:
            assert_never(block)
    if not _fits(tag, body):
        raise ValueError(f"{type(block).__name__} holds a value outside its field")
    return _BLOCK.pack(tag, len(body)) + body


def _parse_block(tag: int, body: bytes) -> Block | None:
    """Return a block, or None for an unknown tag."""
    try:
        known = _Tag(tag)
    except ValueError:
        return None
    if not _fits(known, body):
        raise MalformedPayload
    match known:
        case _Tag.AUDIO:
            return Audio(body)
        case _Tag.COPY:
            return Copy(body[0], body[1:])
        case _Tag.FEEDBACK:
            return Feedback(*_FEEDBACK_BODY.unpack(body))
        case _Tag.HOLD:
            return Hold(body == b"\1")
        case _Tag.END:
            return End(body[0])
        case _Tag.REPORT:
            return Report(*_REPORT_BODY.unpack(body))
        case _:
            assert_never(known)


def _fits(tag: _Tag, body: bytes) -> bool:
    match tag:
        case _Tag.AUDIO:
            return len(body) > 0
        case _Tag.COPY:
            return len(body) > 1 and 1 <= body[0] <= OLDEST_COPY
        case _Tag.FEEDBACK:
            loss = int.from_bytes(body[:2], "big")
            return len(body) == _FEEDBACK_BODY.size and loss <= _MOST_LOSS
        case _Tag.HOLD:
            return body in (b"\0", b"\1")
        case _Tag.END:
            return len(body) == 1
        case _Tag.REPORT:
            return len(body) == _REPORT_BODY.size
        case _:
            assert_never(tag)
