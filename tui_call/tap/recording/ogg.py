"""Pages of an Ogg stream (RFC 3533): how they are made, and found again in a file.

Written by hand because a muxer can neither take packets of a codec that it does not encode itself
nor end a file that another process left without its end, which takes a change of its last page.
"""

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntFlag

MOST_PACKETS = 255
"""In a page, of packets under 255 bytes."""

LONGEST_PAGE = 27 + 255 + 255 * 255

_CAPTURE = b"OggS\0"
_HEAD = struct.Struct("<5sBqIIIB")
_CHECKSUM = struct.Struct("<I")
_FLAGS_AT, _CHECKSUM_AT = 5, 22
_FULL_SEGMENT = 255
_REVERSED = bytes(int(f"{value:08b}"[::-1], 2) for value in range(256))


class PageFlag(IntFlag):
    """What is special about a page: RFC 3533 section 6, header_type_flag."""

    NONE = 0
    FIRST = 2
    LAST = 4


class BrokenPage(ValueError):
    """What stands here is no whole page."""


@dataclass(frozen=True, slots=True)
class PageHead:
    """What a page says of itself.

    Attributes:
        granule: number of samples up to its end.
        serial: of the stream.
        number: of the page, from 0.
        flags: see `PageFlag`.
        packets: how many end in it.
        size: bytes of the whole page.
    """

    granule: int
    serial: int
    number: int
    flags: PageFlag
    packets: int
    size: int


def encode_page(
    packets: Sequence[bytes],
    granule: int,
    serial: int,
    number: int,
    flags: PageFlag = PageFlag.NONE,
) -> bytes:
    """Return a page of whole packets.

    Raises:
        ValueError: the packets do not fit.
    """
    lacing = b"".join(_lacing(len(packet)) for packet in packets)
    if len(lacing) > _FULL_SEGMENT:
        raise ValueError("too much for a page")
    head = _HEAD.pack(_CAPTURE, flags, granule, serial, number, 0, len(lacing))
    return _with_checksum(head + lacing + b"".join(packets))


def as_last(page: bytes) -> bytes:
    """Return a page as the last one of its stream; it stays as long as it is."""
    return _with_checksum(page[:_FLAGS_AT] + bytes((page[_FLAGS_AT] | PageFlag.LAST,)) + page[6:])


def parse_page(data: bytes) -> PageHead:
    """Return what the page says of itself with which some bytes begin.

    Raises:
        BrokenPage: see there.
    """
    if len(data) < _HEAD.size:
        raise BrokenPage
    capture, flags, granule, serial, number, checksum, segments = _HEAD.unpack_from(data)
    lacing = data[_HEAD.size : _HEAD.size + segments]
    size = _HEAD.size + segments + sum(lacing)
    if capture != _CAPTURE or len(lacing) != segments or len(data) < size:
        raise BrokenPage
    if _checksum(_with_checksum_field(data[:size], 0)) != checksum:
        raise BrokenPage
    packets = sum(length < _FULL_SEGMENT for length in lacing)
    return PageHead(granule, serial, number, PageFlag(flags), packets, size)


def last_page(data: bytes) -> tuple[int, PageHead]:
    """Return where the last whole page begins, and what it says of itself.

    Raises:
        BrokenPage: there is none.
    """
    place = len(data)
    while (place := data.rfind(_CAPTURE, 0, place)) >= 0:
        try:
            return place, parse_page(data[place:])
        except BrokenPage:
            continue
    raise BrokenPage


def _lacing(size: int) -> bytes:
    """Return the lengths of a packet's segments: RFC 3533 section 5."""
    full, rest = divmod(size, _FULL_SEGMENT)
    return b"\xff" * full + bytes((rest,))


def _with_checksum(page: bytes) -> bytes:
    return _with_checksum_field(page, _checksum(_with_checksum_field(page, 0)))


def _with_checksum_field(page: bytes, value: int) -> bytes:
    return page[:_CHECKSUM_AT] + _CHECKSUM.pack(value) + page[_CHECKSUM_AT + _CHECKSUM.size :]


def _checksum(page: bytes) -> int:
    """Return Ogg's CRC-32: that of zlib with bits in the other order and nothing inverted."""
    value = zlib.crc32(page.translate(_REVERSED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{value:032b}"[::-1], 2)
