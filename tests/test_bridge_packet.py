"""Packets between a device and the bridge."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_call.bridge_packet import (
    HEAD_BYTES,
    LEVEL_UNKNOWN,
    MOST_PACKET,
    BridgePacket,
    MalformedPacket,
    encode_packet,
    parse_packet,
)

packets = st.builds(
    BridgePacket,
    hop=st.integers(0, 2**32 - 1),
    source=st.integers(0, 255),
    level=st.one_of(st.integers(0, 127), st.just(LEVEL_UNKNOWN)),
    again=st.integers(0, 255),
    frame=st.binary(max_size=200),
)


@given(packet=packets)
def test_what_was_sent_is_read(packet: BridgePacket) -> None:
    assert parse_packet(encode_packet(packet)) == packet


def test_the_layout() -> None:
    packet = BridgePacket(hop=0x01020304, source=5, level=6, again=7, frame=b"\x08\x09")
    assert encode_packet(packet) == bytes(range(1, 10))


def test_the_hop_begins_again_after_the_last_number() -> None:
    packet = BridgePacket(hop=2**32 + 3, source=1, level=0, again=0, frame=b"")
    assert parse_packet(encode_packet(packet)).hop == 3


@pytest.mark.parametrize(
    "data",
    [b"", bytes(HEAD_BYTES - 1), bytes(MOST_PACKET + 1), bytes((0, 0, 0, 0, 1, 128, 0))],
    ids=["nothing", "no whole head", "too long", "no level"],
)
def test_rubbish_is_refused(data: bytes) -> None:
    with pytest.raises(MalformedPacket):
        parse_packet(data)


@pytest.mark.parametrize(
    "packet",
    [BridgePacket(0, 256, 0, 0, b""), BridgePacket(0, 1, 0, 0, bytes(MOST_PACKET))],
    ids=["a source that is none", "a frame too long"],
)
def test_what_does_not_fit_is_not_sent(packet: BridgePacket) -> None:
    with pytest.raises(ValueError, match=r"outside|long"):
        encode_packet(packet)
