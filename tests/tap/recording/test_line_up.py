"""A person's packets in a row, one a slot; which it is, `tests/bridge/test_timeline` shows."""

from dataclasses import replace

from tui_call.signaling.tap_messages import TapMember
from tui_call.tap.interfaces import MemberFrame
from tui_call.tap.recording.line_up import WAITED_FOR, Line
from tui_call.voice.sound import FRAME_SECONDS

ADA, ADA_AGAIN = TapMember(1, 11, kept=True), TapMember(2, 11, kept=True)


def frame(
    slot: int, packet: bytes, *copies: tuple[int, bytes], member: TapMember = ADA
) -> MemberFrame:
    return MemberFrame(member, slot, 0.0, slot, packet, copies)


def popped(slots: int, *frames: MemberFrame) -> list[bytes]:
    line = Line(0)
    for one in frames:
        line.take(one)
    return [line.pop() for _ in range(slots)]


def test_packets_stand_in_their_slots_in_whatever_order_they_come() -> None:
    assert popped(5, frame(3, b"three"), frame(1, b"one")) == [b"", b"one", b"", b"three", b""]


def test_a_copy_stands_where_nothing_else_comes() -> None:
    frames = frame(1, b"one"), frame(3, b"three", (1, b"two"), (2, b"one"))
    assert popped(4, *frames) == [b"", b"one", b"two", b"three"]


def test_a_copy_that_came_first_stands_for_no_frame_that_came_itself() -> None:
    assert popped(2, frame(1, b"one", (1, b"not heard")), frame(0, b"null")) == [b"null", b"one"]


def test_of_one_who_goes_on_as_another_member_the_newer_sound_is_taken() -> None:
    frames = frame(0, b"before"), frame(1, b"late"), frame(1, b"now", member=ADA_AGAIN)
    assert popped(2, *frames) == [b"before", b"now"]


def behind(*frames: MemberFrame) -> list[bytes]:
    """Return for each slot what may be told of it by the packet behind."""
    line, found = Line(0), list[bytes]()
    for one in frames:
        line.take(one)
    for _ in range(4):
        line.pop()
        found.append(line.behind)
    return found


def test_where_no_packet_was_there_in_time_the_one_behind_is_told() -> None:
    late = replace(frame(2, b"two"), arrival=(2 + WAITED_FOR + 1) * FRAME_SECONDS)
    in_time = frame(0, b"null"), frame(1, b"one"), frame(3, b"three")
    assert behind(*in_time) == [b"", b"", b"three", b""]
    assert behind(*in_time, late) == [b"", b"", b"three", b""]
    assert behind(*in_time, frame(2, b"two")) == [b"", b"", b"", b""]
    assert behind(*in_time, frame(4, b"four", (2, b"two"))) == [b"", b"", b"", b""]


def test_what_comes_after_its_slot_is_over_fills_nothing() -> None:
    line = Line(7)
    line.take(frame(6, b"over"))
    line.take(frame(7, b"now", (1, b"over")))
    assert line.pop() == b"now"
    assert (line.slot, line.held) == (8, 0)
