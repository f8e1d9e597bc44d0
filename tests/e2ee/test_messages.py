"""Layouts and padding: one form for each message, everything else refused."""

from collections.abc import Sequence
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.e2ee import handshake_reference as reference
from tests.e2ee.machines import after_offer
from tui_call.e2ee.credentials import CAPABILITY_PROTOCOL
from tui_call.e2ee.errors import FailureKind, ProtocolFailure
from tui_call.e2ee.messages import (
    CONTROL_PADDING,
    OFFER_PADDING,
    RESPOND_PADDING,
    Invite,
    MessageHeader,
    MessageType,
    RefusalReason,
    Refuse,
    Respond,
    encode_abort,
    offer_parts,
    pad,
    peek,
    unpad,
)

PADDINGS = (RESPOND_PADDING, OFFER_PADDING, CONTROL_PADDING)
RUN = reference.Handshake(reference.ADA, reference.BOB, reference.CALL_ID, reference.LEG)
M1 = RUN.m1()
M2 = RUN.respond(M1)
M3 = RUN.offer(reference.SDP.encode())
REFUSE = RUN.refusal(M1, 3)
ABORT = reference.header(6, reference.CALL_ID, reference.LEG) + b"\0"
CTL = reference.control(
    reference.CALL_ID, reference.LEG, bytes(32), bytes(12), bytes(32), 0, bytes(5)
)
MESSAGES = {
    MessageType.M1: M1,
    MessageType.M2: M2,
    MessageType.M3: M3,
    MessageType.CTL: CTL,
    MessageType.REFUSE: REFUSE,
    MessageType.ABORT: ABORT,
}


def malformed(message: bytes) -> bool:
    with pytest.raises(ProtocolFailure) as caught:
        peek(message)
    return caught.value.kind is FailureKind.MALFORMED


@pytest.mark.parametrize("message_type", MessageType)
def test_the_header_of_every_message(message_type: MessageType) -> None:
    message = MESSAGES[message_type]
    assert peek(message) == MessageHeader(message_type, reference.CALL_ID, reference.LEG)
    assert peek(message).encode() == message[:21]


def test_the_sizes_of_the_specification() -> None:
    sizes = {message_type: len(message) for message_type, message in MESSAGES.items()}
    assert sizes == {
        MessageType.M1: 1415,
        MessageType.M2: 21 + 32 + 1088 + 32 + 768 + 16,
        MessageType.M3: 21 + 4096 + 16,
        MessageType.CTL: 21 + 8 + 256 + 16,
        MessageType.REFUSE: 21 + 1 + 233 + 64,
        MessageType.ABORT: 22,
    }


@pytest.mark.parametrize("message_type", MessageType)
def test_missing_and_trailing_bytes(message_type: MessageType) -> None:
    message = MESSAGES[message_type]
    for wrong in (message[:-1], message + b"\0", message[:21], message[:20], b""):
        assert malformed(wrong)


@pytest.mark.parametrize("message_type", MessageType)
@pytest.mark.parametrize(
    ("position", "value"),
    [(0, 0), (0, 2), (1, 0), (1, 7), (2, 1), (3, 0), (3, 2), (20, 4), (20, 255)],
    ids=["v0", "v2", "type 0", "type 7", "suite 257", "suite 0", "suite 2", "leg 4", "leg 255"],
)
def test_unknown_version_type_suite_and_leg(
    message_type: MessageType, position: int, value: int
) -> None:
    changed = bytearray(MESSAGES[message_type])
    changed[position] = value
    assert malformed(bytes(changed))


def test_an_abort_claims_no_reason() -> None:
    assert encode_abort(reference.CALL_ID, reference.LEG) == ABORT
    assert malformed(ABORT[:-1] + b"\1")


def test_invite_respond_and_refuse_come_back_as_they_were() -> None:
    invite = Invite.decode(M1)
    assert invite.encode() == M1
    assert (invite.from_account, invite.to_account) == (
        reference.ADA.account,
        reference.BOB.account,
    )
    assert invite.to_device == reference.BOB.device_id
    respond = Respond.decode(M2)
    assert respond.encode() == M2
    assert respond.open_part() == M2[:1173]
    refuse = Refuse.decode(REFUSE)
    assert refuse.encode() == REFUSE
    assert refuse.reason is RefusalReason.VERSION
    assert offer_parts(M3) == (peek(M3), M3[21:])


RESERVED_FLAG, RESERVED_CAPABILITIES, RESERVED_REASONS = 2, 6, (5, 6)
"""For groups (docs/protocol.md)."""


def test_nothing_is_sent_that_is_reserved_for_groups() -> None:
    flags = int.from_bytes(Invite.decode(M1).encode()[21 + 64 + 64 + 16 :][:2], "big")
    assert (flags, flags & RESERVED_FLAG) == (1, 0)
    assert not CAPABILITY_PROTOCOL & RESERVED_CAPABILITIES
    assert not {*RefusalReason} & {*RESERVED_REASONS}


@pytest.mark.parametrize("flags", [0, 2, 3, 0x8001])
def test_reserved_flags_and_an_invite_without_e2ee(flags: int) -> None:
    with pytest.raises(ProtocolFailure) as caught:
        Invite.decode(RUN.m1(flags=flags.to_bytes(2, "big")))
    assert caught.value.kind is FailureKind.MALFORMED


@pytest.mark.parametrize("field", ["from", "to"])
def test_an_invite_with_an_account_that_is_none(field: str) -> None:
    with pytest.raises(ProtocolFailure) as caught:
        Invite.decode(RUN.m1(**{field: b"ADA@home".ljust(64, b"\0")}))
    assert caught.value.kind is FailureKind.MALFORMED


@pytest.mark.parametrize("reason", [0, *RESERVED_REASONS, 255])
def test_a_refusal_for_no_known_reason(reason: int) -> None:
    with pytest.raises(ProtocolFailure) as caught:
        Refuse.decode(REFUSE[:21] + bytes([reason]) + REFUSE[22:])
    assert caught.value.kind is FailureKind.MALFORMED


@pytest.mark.parametrize("parse", [Invite.decode, Respond.decode, Refuse.decode, offer_parts])
def test_a_parser_takes_no_other_type(parse: object) -> None:
    assert callable(parse)
    with pytest.raises(ProtocolFailure) as caught:
        parse(ABORT)
    assert caught.value.kind is FailureKind.MALFORMED


@settings(deadline=None)
@given(st.binary(max_size=64), st.integers(0, 9000))
def test_peek_raises_nothing_but_protocol_failures(start: bytes, length: int) -> None:
    for message in (start.ljust(length, b"\0"), M1[: len(start)] + start, M1[:21] + start):
        with suppress(ProtocolFailure):
            assert peek(message).encode() == message[:21]


@settings(deadline=None)
@given(st.binary(max_size=600), st.sampled_from(PADDINGS))
def test_padding_comes_off_again(data: bytes, sizes: Sequence[int]) -> None:
    padded = pad(data, sizes)
    assert len(padded) == min(size for size in sizes if size >= len(data) + 4)
    assert unpad(padded, sizes) == data


@pytest.mark.parametrize("sizes", PADDINGS)
def test_data_fills_the_largest_size_and_no_more(sizes: Sequence[int]) -> None:
    most = sizes[-1] - 4
    assert unpad(pad(bytes(most), sizes), sizes) == bytes(most)
    with pytest.raises(ValueError, match="more than the message holds"):
        pad(bytes(most + 1), sizes)


@settings(deadline=None)
@given(st.binary(max_size=40), st.integers(0, 2**32 - 1))
def test_unpad_raises_nothing_but_protocol_failures(data: bytes, length: int) -> None:
    for padded in (
        data,
        length.to_bytes(4, "big") + data,
        (length.to_bytes(4, "big") + data).ljust(256, b"\0"),
    ):
        with suppress(ProtocolFailure):
            assert pad(unpad(padded, CONTROL_PADDING), CONTROL_PADDING) == padded


def test_padding_that_is_not_the_smallest_or_not_zero_is_refused() -> None:
    for padded in (pad(b"x", (1024,)), pad(b"x", (256,))[:-1] + b"\1", b"\0\0\0\1", b""):
        with pytest.raises(ProtocolFailure) as caught:
            unpad(padded, CONTROL_PADDING)
        assert caught.value.kind is FailureKind.CONTENT


def test_what_the_machines_send_is_well_formed() -> None:
    caller, callee = after_offer()
    for message in (caller.invite, callee.respond_message, caller.stored_offer):
        assert peek(message).call_id == reference.CALL_ID
