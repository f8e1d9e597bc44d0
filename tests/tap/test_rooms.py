"""What a tap does of what services order. Time is virtual; writers and speech are doubles."""

import asyncio
from dataclasses import replace

import pytest
from msgspec import structs

from tests.support.fake_tap import TapScene
from tests.support.kept_sound import Talker, part
from tests.support.tap_process import tap_frame
from tui_call.payload import (
    MOST_SOUND,
    NUMBER_BYTES,
    Audio,
    Copy,
    block_bytes,
    encode_payload,
)
from tui_call.signaling.tap_messages import CloseTap, KeptPart, PartClosed, SetTap, TapMember
from tui_call.tap.interfaces import MemberFrame
from tui_call.tap_frame import TapFrame

ADA = TapMember(1, 11, kept=True, transcribed=True, captioned=True)
BEN = TapMember(2, 12, captioned=True)
RECORDING, TRANSCRIPT = part(), structs.replace(part(), kept="f" * 32)
ALL = SetTap("room", 1, (ADA, BEN), RECORDING, TRANSCRIPT, captions=True)


def frame(source: int, number: int = 0, room: str = "room") -> TapFrame:
    """Return a frame with something said in it."""
    talker = Talker(source, (b"sound",), begun=1000.0)
    return tap_frame(room, talker.frame(number, copies=(1,) if number else ()))


def said_at(number: int, arrival: float) -> MemberFrame:
    return replace(Talker(1, (b"sound",)).frame(number), arrival=arrival)


async def test_a_frame_goes_to_those_who_want_it_of_this_member() -> None:
    scene = TapScene()
    scene.order(ALL)
    scene.intake.take(frame(1, 5))
    scene.intake.take(frame(2, 7))
    (recorded,) = scene.keeper.recordings[0].frames
    assert (recorded.member, recorded.number, recorded.packet) == (ADA, 5, b"sound")
    assert recorded.copies == ((1, b"sound"),)
    assert [(room, one.member.person) for room, one in scene.speech.frames] == [
        ("room", 11), ("room", 12),
    ]  # fmt: skip


async def test_frames_of_whom_no_order_names_are_dropped_and_counted() -> None:
    scene = TapScene()
    scene.order(ALL)
    for dropped in (frame(3), frame(1, room="another"), TapFrame("room", 1, 0.0, 0, b"rubbish")):
        scene.intake.take(dropped)
    assert scene.intake.dropped == 3
    scene.order(structs.replace(ALL, members=(BEN,)))
    scene.intake.take(frame(1))
    scene.order(CloseTap("room", 1))
    scene.intake.take(frame(2))
    assert scene.intake.dropped == 5
    assert scene.keeper.recordings[0].frames == []
    assert scene.speech.frames == []


async def test_of_two_sounds_in_a_frame_that_is_taken_which_is_heard() -> None:
    """What a member lets others hear is what is kept of it, whatever else it sends."""
    scene = TapScene()
    scene.order(ALL)
    heard, silent = Audio(b"heard"), Copy(1, b"copied")
    for number, blocks in (
        (9, (heard, Audio(b"not heard"))),
        (10, (*[silent] * MOST_SOUND, heard)),
    ):
        length = NUMBER_BYTES + block_bytes(blocks) + 1
        scene.intake.take(
            TapFrame("room", 1, 1000.0, number, encode_payload(number, blocks, length))
        )
    packets = [recorded.packet for recorded in scene.keeper.recordings[0].frames]
    assert packets == [b"heard", b""]


async def test_a_frame_without_sound_is_taken_as_one() -> None:
    """Of who is muted, so that the recorder knows of it."""
    scene = TapScene()
    scene.order(ALL)
    scene.intake.take(TapFrame("room", 1, 1000.0, 9, encode_payload(9, (), NUMBER_BYTES + 1)))
    (recorded,) = scene.keeper.recordings[0].frames
    assert (recorded.number, recorded.packet, recorded.copies) == (9, b"", ())


async def test_nothing_is_taken_that_was_said_before_it_might_be() -> None:
    """It waits in the stream while the tap is busy, or comes once more as a copy."""
    scene = TapScene()
    scene.order(structs.replace(ALL, members=(structs.replace(ADA, kept=False), BEN)))
    scene.now += 60
    scene.order(ALL)
    for number, copies, arrival in ((0, (), -0.1), (8, (1, 4), 0.05), (9, (1, 8), 0.07)):
        said = Talker(1, (b"sound",)).frame(number, copies=copies)
        scene.intake.take(tap_frame("room", replace(said, arrival=scene.now + arrival)))
    scene.order(ALL, structs.replace(ALL, members=(ADA,)))
    taken = scene.keeper.recordings[0].frames
    assert [(one.number, [back for back, _ in one.copies]) for one in taken] == [(8, [1]), (9, [1])]
    heard = [(one.number, len(one.copies)) for _, one in scene.speech.frames]
    assert heard == [(8, 1), (9, 1)]


async def test_by_rule_copies_of_what_was_said_before_are_recorded_since_they_are_heard() -> None:
    """Who holds the call and takes it off hold again and again has others hear nothing else."""
    scene = TapScene()
    by_rule = structs.replace(ALL, recording=part(by_rule=True))
    scene.order(structs.replace(by_rule, members=(BEN,)))
    scene.now += 60
    scene.order(by_rule)
    said = Talker(1, (b"sound",)).frame(8, copies=(1, 8))
    scene.intake.take(tap_frame("room", replace(said, arrival=scene.now + 0.01)))
    (recorded,) = scene.keeper.recordings[0].frames
    assert [back for back, _ in recorded.copies] == [1, 8]
    ((_, heard),) = scene.speech.frames
    assert heard.copies == ()


async def test_what_is_recorded_follows_from_when_it_was_said_not_from_what_is_read_first() -> None:
    scene = TapScene()
    silent = structs.replace(ADA, kept=False, transcribed=False)
    told, asked = structs.replace(ALL, transcript=None), structs.replace(ALL, members=(silent, BEN))
    scene.order(structs.replace(asked, transcript=None, at=1000.0))
    scene.now = 1001.0
    scene.order(structs.replace(told, at=1000.5))  # she agrees
    for number, arrival in ((24, 1000.49), (25, 1000.51), (50, 1000.99)):
        scene.intake.take(tap_frame("room", said_at(number, arrival)))
    scene.now = 1002.0
    scene.order(structs.replace(told, members=(silent, BEN), at=1001.5))  # and refuses
    for number, arrival in ((74, 1001.49), (75, 1001.51), (100, 1002.0)):
        scene.intake.take(tap_frame("room", said_at(number, arrival)))
    assert [one.number for one in scene.keeper.recordings[0].frames] == [25, 50, 74]
    assert [one.number for _, one in scene.speech.frames] == [25, 50, 74, 75, 100]
    scene.now = 1003.0
    scene.order(CloseTap("room", 1, at=1002.5))
    assert scene.keeper.recordings[0].ended == 1002.5


async def test_however_often_something_changes_what_others_said_before_is_recorded() -> None:
    """Who holds the call and takes it off hold again, while the tap stands for two seconds."""
    scene = TapScene()
    scene.order(ALL)
    for change in range(100):
        scene.now += 0.02
        members = (ADA, BEN) if change % 2 else (ADA,)
        scene.order(structs.replace(ALL, members=members))
    scene.intake.take(tap_frame("room", said_at(1, scene.now - 1.99)))
    assert [one.number for one in scene.keeper.recordings[0].frames] == [1]


async def test_an_order_of_the_future_is_one_of_now() -> None:
    scene = TapScene()
    scene.order(structs.replace(ALL, at=1e9))
    scene.intake.take(frame(1))
    assert [one.number for one in scene.keeper.recordings[0].frames] == [0]


async def test_to_say_the_same_again_begins_nothing_anew() -> None:
    scene = TapScene()
    scene.order(ALL, ALL, structs.replace(ALL, fence=2))
    assert [one.part for one in scene.keeper.recordings] == [RECORDING]
    assert [one.part for one in scene.keeper.transcripts] == [TRANSCRIPT]
    assert scene.rooms.fences == (("room", 2),)


async def test_orders_of_a_service_that_is_no_longer_in_charge_are_ignored() -> None:
    scene = TapScene()
    scene.order(structs.replace(ALL, fence=3), SetTap("room", 2), CloseTap("room", 2))
    assert not scene.keeper.recordings[0].closed
    scene.order(SetTap("another", 1), CloseTap("room", 3))
    assert scene.keeper.recordings[0].closed
    assert scene.rooms.fences == (("another", 1),)


async def test_the_next_part_closes_the_one_before_and_none_is_begun_twice() -> None:
    scene = TapScene()
    second = structs.replace(ALL, recording=structs.replace(RECORDING, part=2))
    scene.order(ALL, second)
    one, two = scene.keeper.recordings
    assert (one.closed, two.closed) == (True, False)
    scene.parts.take(PartClosed(RECORDING.kept, 1, 1.0))
    scene.order(ALL)
    assert (two.closed, len(scene.keeper.recordings)) == (True, 2)
    assert scene.parts.acknowledge((RECORDING.kept, 1))
    assert not scene.parts.acknowledge((RECORDING.kept, 2)), "of which nobody was told"


async def test_what_another_tap_left_behind_is_not_begun_but_said() -> None:
    scene = TapScene()
    left = PartClosed(RECORDING.kept, 1, 9.0, why="N_KEPT_CUT")
    scene.parts.take(left)
    scene.order(ALL)
    assert scene.keeper.recordings == []
    assert [*scene.parts.to_say()] == scene.said == [left]


async def test_who_is_listened_to_is_so_for_what_it_is_used_for() -> None:
    scene = TapScene()
    ada = structs.replace(ADA, kept=False)  # a recording does not listen
    for told, listened in (
        (ALL, (ada, BEN)),
        (structs.replace(ALL, captions=False), (structs.replace(ada, captioned=False),)),
        (structs.replace(ALL, transcript=None), (structs.replace(ada, transcribed=False), BEN)),
        (structs.replace(ALL, transcript=None, captions=False), ()),
    ):
        scene.order(told)
        assert scene.speech.listened["room"] == listened


async def test_only_finals_of_those_who_are_kept_are_written_down() -> None:
    scene = TapScene()
    scene.order(ALL)
    scene.hear(ADA, "hel", final=False)
    scene.hear(ADA, "hello")
    scene.hear(structs.replace(BEN, kept=True), "recorded and captioned only")
    scene.hear(ADA, "elsewhere", room="another")
    assert scene.keeper.transcripts[0].finals == [(11, "hello")]


async def test_a_transcript_is_closed_once_the_last_word_is_in_it() -> None:
    scene = TapScene()
    scene.order(ALL)
    scene.now += 10
    scene.order(structs.replace(ALL, transcript=_next_part(TRANSCRIPT)))
    first, second = scene.keeper.transcripts
    scene.now -= 5
    scene.hear(ADA, "said before")
    scene.now += 6
    scene.hear(ADA, "said after")
    scene.order(CloseTap("room", 1))
    scene.hear(ADA, "and the last word")
    assert (first.finals, first.closed) == ([(11, "said before")], False)
    scene.speech.ready.set()
    await scene.rooms.close(seconds=1)
    assert second.finals == [(11, "said after"), (11, "and the last word")]
    assert first.closed
    assert second.closed


@pytest.mark.parametrize(("all_recognised", "why"), [(True, ""), (False, "N_KEPT_CUT")])
async def test_a_transcript_lasts_until_it_is_stopped_and_says_whether_all_is_in_it(
    all_recognised: bool, why: str
) -> None:
    scene = TapScene()
    scene.order(ALL)
    scene.now += 10
    scene.order(structs.replace(ALL, transcript=None))
    scene.now += 30
    scene.speech.all_recognised = all_recognised
    scene.speech.ready.set()
    await scene.rooms.close(seconds=1)
    (transcript,) = scene.keeper.transcripts
    assert (transcript.ended, transcript.why) == (1010.0, why)


async def test_at_the_end_speech_that_says_nothing_holds_up_no_transcript_for_long() -> None:
    scene = TapScene()
    scene.order(ALL)
    async with asyncio.timeout(5):
        await scene.rooms.close(seconds=0)
    assert scene.keeper.transcripts[0].why == "N_KEPT_CUT"
    assert scene.keeper.recordings[0].closed


def _next_part(before: KeptPart) -> KeptPart:
    return structs.replace(before, part=before.part + 1)
