"""Frames of members as a bridge places them: what the tap is told of which slot each has."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace

from tests.support.whole_frame import whole_frame
from tui_call.bridge.timeline import Timeline
from tui_call.payload import Audio, Block, Copy
from tui_call.tap.interfaces import MemberFrame


def payload_of(frame: MemberFrame) -> bytes:
    """Return a frame as its device sent it."""
    blocks: list[Block] = [Audio(frame.packet)] if frame.packet else []
    blocks += [Copy(earlier, packet) for earlier, packet in frame.copies]
    return whole_frame(frame.number, blocks)


def placed(frames: Iterable[MemberFrame]) -> Iterator[MemberFrame]:
    """Yield frames in the order of their arrival, without those that a bridge refuses."""
    timelines = defaultdict[int, Timeline](Timeline)
    for frame in sorted(frames, key=lambda frame: frame.arrival):
        timeline = timelines[frame.member.source]
        if (place := timeline.place(payload_of(frame), frame.arrival)) is not None:
            yield replace(frame, slot=place.slot)
