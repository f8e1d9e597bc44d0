"""Parsers of what is kept of a call: packets as devices sent them, and files that were cut off."""

from functools import cache

import msgspec

from tests.fuzz.target import NotOfThePeer, Target
from tests.support.kept_sound import encoded, tone
from tui_call.signaling.vocabulary import MOST_SPOKEN
from tui_call.tap.recording.mix import Mix, SlotSound
from tui_call.tap.recording.ogg import BrokenPage, PageFlag, encode_page, last_page
from tui_call.tap.recording.opus_file import SILENT_PACKET, opus_head
from tui_call.tap.speech.decoding import MemberSound
from tui_call.tap.speech.engine_messages import (
    LENGTH,
    EngineAlive,
    Left,
    Ready,
    SpeakerFrame,
    Understood,
    encode,
    from_engine_decoder,
)
from tui_call.tap.speech.recogniser import Heard
from tui_call.tap.speech.utterances import Utterances
from tui_call.voice.opus import is_frame


def kept_targets() -> list[Target]:
    packets = (SILENT_PACKET, *encoded(tone(500, 0.1)))
    pages = encode_page([opus_head()], 0, 1, 0, PageFlag.FIRST) + encode_page(packets, 960, 1, 2)
    said = (Ready("en"), Understood(1, "so far", 2, 1.0, 2.0, final=False), Left(1), EngineAlive())
    answers = tuple(encode(each)[LENGTH.size :] for each in said)
    return [
        Target("packet that is recognised", packets, recognise_packet),
        Target(
            "answer of a speech engine",
            answers,
            read_answer,
            (msgspec.DecodeError, UnicodeDecodeError),
        ),
        Target("packet that is mixed", packets, mix_packet, (NotOfThePeer,)),
        Target("file that was cut off", (pages,), last_page, (BrokenPage,)),
    ]


def recognise_packet(packet: bytes) -> None:
    assert [len(sound) for sound, _ in MemberSound().take(SpeakerFrame(1, 1, 1.0, packet))] == [320]


def read_answer(answer: bytes) -> None:
    message = from_engine_decoder.decode(answer)
    if isinstance(message, Understood):
        heard = Heard(message.text, message.stable, message.began, message.ended, message.final)
        spoken = Utterances("room", 1, lambda: 1).take(heard, 1.0)
        assert spoken is None or len(spoken.text) <= MOST_SPOKEN


def mix_packet(packet: bytes) -> None:
    if not is_frame(packet):
        raise NotOfThePeer
    _mix().mixed({1: (SlotSound(packet),)})


@cache
def _mix() -> Mix:
    return Mix()
