"""Tags and fields of the control channel, one canonical form each."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.e2ee.handshake_reference import SDP
from tui_call.e2ee.control_messages import (
    MOST_DESCRIPTION_BYTES,
    Answer,
    ControlMessage,
    Decline,
    HangUp,
    Hold,
    LeaveAsk,
    LeaveNo,
    LeaveYes,
    Muted,
    Note,
    Reconnect,
    ReconnectAsk,
    ReconnectRole,
    Rekey1,
    Rekey2,
    RekeyAck,
    RekeyAsk,
    Ringing,
    decode_control,
    encode_control,
)
from tui_call.e2ee.errors import FailureKind, ProtocolFailure
from tui_call.e2ee.messages import CONTROL_PADDING, pad

NONCE = bytes(range(16))
WIRE: list[tuple[ControlMessage, bytes]] = [
    (Ringing(), b"\x01"),
    (Answer(SDP), b"\x02" + SDP.encode()),
    (Decline(3), b"\x03\x03"),
    (HangUp(0), b"\x04\x00"),
    (Hold(True), b"\x05\x01"),
    (Muted(False), b"\x06\x00"),
    (Note("ä"), b"\x07\xc3\xa4"),
    (LeaveAsk(NONCE, "add", "Cid"), b"\x08" + NONCE + b"\x03addCid"),
    (LeaveYes(NONCE, "room 5"), b"\x09" + NONCE + b"room 5"),
    (LeaveNo(NONCE), b"\x0a" + NONCE),
    (Reconnect(2, ReconnectRole.ANSWER, SDP), b"\x0b\x00\x02\x01" + SDP.encode()),
    (ReconnectAsk(513), b"\x0c\x02\x01"),
    (Rekey1(1, b"x" * 32, b"e" * 1184), b"\x0d\0\0\0\x01" + b"x" * 32 + b"e" * 1184),
    (Rekey2(1, b"x" * 32, b"c" * 1088), b"\x0e\0\0\0\x01" + b"x" * 32 + b"c" * 1088),
    (RekeyAck(258), b"\x0f\0\0\x01\x02"),
    (RekeyAsk(), b"\x10"),
]


@pytest.mark.parametrize(
    ("message", "wire"), WIRE, ids=lambda part: type(part).__name__ if part else ""
)
def test_the_bytes_of_every_message(message: ControlMessage, wire: bytes) -> None:
    assert encode_control(message) == wire
    assert decode_control(wire) == message
    # In the channel an ack of four bytes stands before them; every message has a size that fits.
    assert len(pad(bytes(4) + wire, CONTROL_PADDING)) in CONTROL_PADDING


def test_every_tag_has_its_case_here() -> None:
    assert {wire[0] for _, wire in WIRE} == set(range(1, 17))


RESERVED_TAGS = range(17, 32)
"""For groups (docs/protocol.md)."""


@pytest.mark.parametrize(
    "data", [b"", b"\x00", b"\xff anything", *(bytes([tag]) + b"anything" for tag in RESERVED_TAGS)]
)
def test_an_unknown_tag_is_no_message(data: bytes) -> None:
    assert decode_control(data) is None


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        (FailureKind.CONTENT, b"\x01\x00"),
        (FailureKind.BAD_DESCRIPTION, b"\x02v=0"),
        (FailureKind.CONTENT, b"\x02\xff"),
        (FailureKind.CONTENT, b"\x03"),
        (FailureKind.CONTENT, b"\x05\x02"),
        (FailureKind.CONTENT, b"\x07\xff"),
        (FailureKind.CONTENT, b"\x07" + b"x" * 2001),
        (FailureKind.CONTENT, b"\x08" + NONCE),
        (FailureKind.CONTENT, b"\x08" + NONCE + b"\x09add"),
        (FailureKind.CONTENT, b"\x08" + NONCE + b"\x00" + b"x" * 257),
        (FailureKind.CONTENT, b"\x09" + NONCE[1:]),
        (FailureKind.CONTENT, b"\x09" + NONCE + b"x" * 257),
        (FailureKind.CONTENT, b"\x0b\x00\x02\x02" + SDP.encode()),
        (FailureKind.BAD_DESCRIPTION, b"\x0b\x00\x02\x01"),
        (FailureKind.CONTENT, b"\x0d" + bytes(1219)),
    ],
)
def test_malformed_fields(kind: FailureKind, data: bytes) -> None:
    with pytest.raises(ProtocolFailure) as caught:
        decode_control(data)
    assert caught.value.kind is kind


@settings(deadline=None)
@given(st.binary(max_size=80))
def test_no_bytes_raise_anything_but_a_protocol_failure(data: bytes) -> None:
    for tag in range(18):
        with suppress(ProtocolFailure):
            message = decode_control(bytes([tag]) + data)
            assert message is None or encode_control(message) == bytes([tag]) + data


def test_what_a_message_cannot_hold_is_refused_when_it_is_made() -> None:
    Note("ä" * 1000)
    LeaveAsk(NONCE, "x" * 255, "ä" * 128)
    with pytest.raises(ValueError, match="2000"):
        Note("ä" * 1000 + "x")
    with pytest.raises(ValueError, match="255"):
        LeaveAsk(NONCE, "x" * 256, "")
    with pytest.raises(ValueError, match="256"):
        LeaveAsk(NONCE, "add", "ä" * 129)
    with pytest.raises(ValueError, match="256"):
        LeaveYes(NONCE, "x" * 257)


def test_the_longest_description_fits_the_largest_message() -> None:
    longest = SDP.ljust(MOST_DESCRIPTION_BYTES, "\n")
    for message in (Answer(longest), Reconnect(1, ReconnectRole.OFFER, longest)):
        assert len(pad(bytes(4) + encode_control(message), CONTROL_PADDING)) == 8192
    for make in (Answer, lambda sdp: Reconnect(1, ReconnectRole.OFFER, sdp)):
        with pytest.raises(ProtocolFailure) as caught:
            make(longest + "\n")
        assert caught.value.kind is FailureKind.BAD_DESCRIPTION
