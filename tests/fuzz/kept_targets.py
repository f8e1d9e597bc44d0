"""Parsers of what is kept of a call: packets as devices sent them, and files that were cut off."""

from functools import cache

from tests.fuzz.target import NotOfThePeer, Target
from tests.support.kept_sound import encoded, tone
from tui_call.tap.recording.mix import Mix
from tui_call.tap.recording.ogg import BrokenPage, PageFlag, encode_page, last_page
from tui_call.tap.recording.opus_file import SILENT_PACKET, opus_head
from tui_call.voice.opus import is_frame


def kept_targets() -> list[Target]:
    packets = (SILENT_PACKET, *encoded(tone(500, 0.1)))
    pages = encode_page([opus_head()], 0, 1, 0, PageFlag.FIRST) + encode_page(packets, 960, 1, 2)
    return [
        Target("packet that is mixed", packets, mix_packet, (NotOfThePeer,)),
        Target("file that was cut off", (pages,), last_page, (BrokenPage,)),
    ]


def mix_packet(packet: bytes) -> None:
    if not is_frame(packet):
        raise NotOfThePeer
    _mix().mixed({1: packet})


@cache
def _mix() -> Mix:
    return Mix()
