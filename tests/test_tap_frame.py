"""Frames on their way from the bridge worker to the tap."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_call.tap_frame import (
    MOST_FRAME,
    MalformedTapFrame,
    TapFrame,
    TapFrames,
    encode_tap_frame,
)

frames = st.builds(
    TapFrame,
    st.text("0123456789abcdef-", max_size=34),
    st.integers(1, 254),
    st.floats(0, 1e9),
    st.integers(-(2**63), 2**63 - 1),
    st.binary(min_size=1, max_size=MOST_FRAME),
)


@given(st.lists(frames, max_size=5), st.integers(1, 700))
def test_what_is_put_in_comes_out_however_the_stream_is_cut(
    sent: list[TapFrame], piece: int
) -> None:
    stream, taken, came = b"".join(map(encode_tap_frame, sent)), TapFrames(), list[TapFrame]()
    for start in range(0, len(stream), piece):
        came += taken.feed(stream[start : start + piece])
    assert came == sent


@pytest.mark.parametrize(
    "frame",
    [
        TapFrame("a" * 65, 1, 0, 0, b"x"),
        TapFrame("a", 256, 0, 0, b"x"),
        TapFrame("a", 1, 0, 2**63, b"x"),
        TapFrame("a", 1, 0, 0, bytes(MOST_FRAME + 1)),
    ],
)
def test_what_does_not_fit_is_not_sent(frame: TapFrame) -> None:
    with pytest.raises(ValueError, match=r"too long|outside"):
        encode_tap_frame(frame)


@pytest.mark.parametrize(
    "stream",
    [
        b"\0\0",
        b"\xff\xff",
        b"\0\x13" + bytes(16) + b"\1\x09a",  # a room longer than what is there
        b"\0\x14" + bytes(16) + b"\1\1\xffx",
        b"\0\x14\x7f\xf0" + bytes(14) + b"\1\1ax",  # arrives never
        b"\0\x14\x7f\xf8" + bytes(14) + b"\1\1ax",
    ],
)
def test_a_stream_that_holds_no_frames_is_not_read_on(stream: bytes) -> None:
    with pytest.raises(MalformedTapFrame):
        list(TapFrames().feed(stream))


@given(st.binary(max_size=300))
def test_whatever_comes_is_frames_or_malformed(stream: bytes) -> None:
    try:
        for frame in TapFrames().feed(stream):
            assert len(frame.frame) <= MOST_FRAME + 64
    except MalformedTapFrame:
        pass
