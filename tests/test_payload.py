"""Payloads: exact inside their bounds, blind to unknown tags, never another error."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_call.payload import (
    Audio,
    Block,
    Copy,
    End,
    Feedback,
    Hold,
    MalformedPayload,
    Report,
    block_bytes,
    encode_payload,
    parse_payload,
)

packets = st.binary(min_size=1, max_size=100)
short = st.integers(0, 2**16 - 1)
blocks = st.lists(
    st.builds(Audio, packets)
    | st.builds(Copy, st.integers(1, 8), packets)
    | st.builds(Report, st.integers(0, 2**32 - 1), short, st.integers(0, 255))
    | st.builds(Feedback, st.integers(0, 1000), short, short, st.integers(0, 2**32 - 1))
    | st.builds(Hold, st.booleans())
    | st.builds(End, st.integers(0, 255)),
    max_size=6,
)


@given(st.integers(8, 2**32 - 1), blocks, st.integers(0, 50))
def test_what_goes_in_comes_out(number: int, contents: list[Block], padding: int) -> None:
    length = 700 + padding
    payload = encode_payload(number, contents, length)
    assert len(payload) == length
    assert payload[4 + block_bytes(contents)] == 0x80
    assert parse_payload(payload) == (number, tuple(contents))


def test_the_layout() -> None:
    contents = (
        Audio(b"op"),
        Copy(2, b"us"),
        Feedback(20, 3, 40, 5),
        Hold(True),
        End(7),
        Report(6, 5, 4),
    )
    assert encode_payload(258, contents, 51).hex() == (
        "000001020100026f7002000302757303000a001400030028000000050400010105000107"
        "060007000000060005048000000000"
    )


def test_unknown_tags_are_skipped() -> None:
    payload = bytes.fromhex("00000009 0700021122 04000100 080000 ff0001aa 80 0000")
    assert parse_payload(payload) == (9, (Hold(False),))


@pytest.mark.parametrize(
    "payload",
    [
        "",
        "00000000",
        "0000000000",
        "00000000 0100",
        "00000000 010000 80",
        "00000000 01000161",
        "00000000 010002 6180",
        "00000000 07ffff 80",
        "00000000 04000102 80",
        "00000000 040000 80",
        "00000000 0400020001 80",
        "00000000 050000 80",
        "00000000 05000201ff 80",
        "00000009 02000101 80",
        "00000009 0200020061 80",
        "00000009 0200020961 80",
        "00000001 0200020261 80",
        "00000000 03000900000000000000000 0 80",
        "00000000 03000a03e90000000000000000 80",
        "00000000 80 00 01",
        "00000000 80 80",
    ],
)
def test_what_does_not_fit_is_refused(payload: str) -> None:
    with pytest.raises(MalformedPayload):
        parse_payload(bytes.fromhex(payload.replace(" ", "")))


@given(st.binary(max_size=60))
def test_garbage_is_parsed_or_refused(payload: bytes) -> None:
    try:
        _, contents = parse_payload(payload)
    except MalformedPayload:
        return
    assert all(isinstance(block, Block) for block in contents)


@pytest.mark.parametrize(
    ("number", "block"),
    [
        (-1, Hold(True)),
        (2**32, Hold(True)),
        (0, Audio(b"")),
        (0, Audio(bytes(2**16))),
        (0, Copy(0, b"a")),
        (0, Copy(9, b"a")),
        (0, Copy(256, b"a")),
        (0, Copy(1, b"")),
        (0, Feedback(1001, 0, 0, 0)),
        (0, Feedback(-1, 0, 0, 0)),
        (0, Feedback(0, -1, 0, 0)),
        (0, Feedback(0, 0, 0, 2**32)),
        (0, Report(2**32, 0, 0)),
        (0, Report(0, -1, 0)),
        (0, End(256)),
        (0, Audio(bytes(86))),
    ],
)
def test_what_cannot_be_said_is_refused(number: int, block: Block) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the words differ, the class is the contract
        encode_payload(number, [block], 93)


def test_a_payload_may_be_full() -> None:
    payload = encode_payload(0, [Audio(bytes(85))], 93)
    assert payload[-1] == 0x80
    assert parse_payload(payload) == (0, (Audio(bytes(85)),))


def test_long_delays_are_told_as_the_longest() -> None:
    payload = encode_payload(0, [Feedback(0, 70_000, 10**9, 0), Report(7, 10**6, 300)], 60)
    assert parse_payload(payload) == (0, (Feedback(0, 65_535, 65_535, 0), Report(7, 65_535, 255)))
