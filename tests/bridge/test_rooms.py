"""Rooms and legs of a worker as services order them. Time is virtual."""

from tests.support.bridge_rooms import FRAME_SECONDS, TONES_OF_TESTS, Scene, member, people
from tests.support.whole_frame import whole_frame
from tui_call.bridge.rooms import Rooms
from tui_call.bridge.tones import NO_TONES
from tui_call.bridge_packet import HOP, MOST_PACKET, MUTED, TONES, with_hop
from tui_call.e2ee.media import SizeProfile
from tui_call.payload import Audio, block_bytes, parse_payload
from tui_call.signaling.bridge_messages import CloseRoom, PlayTone, SetRoom
from tui_call.signaling.fences import MOST_FENCES
from tui_call.tap_frame import TapFrame


def tones(scene: Scene, leg: str) -> list[tuple[int, bytes]]:
    """Return number and sound of the frames of source 0."""
    found: list[tuple[int, bytes]] = []
    for frame in scene.frames_of(leg, TONES):
        number, (audio,) = parse_payload(frame)
        assert isinstance(audio, Audio)
        found.append((number, audio.packet))
    return found


def test_rooms_do_not_hear_each_other() -> None:
    scene = Scene(people(2))
    scene.tell((member(1, leg="a"), member(2, leg="b")), room="another")
    assert scene.say("leg1") == {"leg2"}
    assert scene.say("a") == {"b"}


def test_a_leg_is_in_the_room_that_was_told_last_and_goes_on_counting() -> None:
    scene = Scene(people(3))
    scene.say("leg1")
    scene.tell((member(2), member(7, leg="seven")), room="another")
    assert scene.say("leg1") == {"leg3"}
    assert scene.say("leg2") == {"seven"}
    scene.say("seven")
    assert [packet.hop for packet in scene.got["leg2"]] == [0, 1]
    scene.tell(people(3))
    assert scene.say("leg1") == {"leg2", "leg3"}
    assert scene.say("seven") == set()


def test_with_a_room_go_its_legs_unless_they_are_in_another_one() -> None:
    scene = Scene(people(3))
    scene.tell((member(2),), room="another")
    assert scene.rooms.order(CloseRoom("room", 1), scene.now) == {"leg1", "leg3"}
    assert scene.rooms.order(CloseRoom("room", 1), scene.now) == frozenset()
    assert scene.rooms.fences == (("another", 1),)
    assert scene.say("leg1") == set()


def test_a_leg_that_is_gone_is_sent_nothing() -> None:
    scene = Scene(people(3))
    scene.rooms.closed("leg2")
    scene.rooms.closed("leg2")
    assert scene.say("leg1") == {"leg3"}
    scene.got.clear()
    scene.pass_time(1.0)
    assert scene.got["leg2"] == []


def test_who_holds_hears_nothing_and_is_not_heard() -> None:
    scene = Scene((member(1), member(2), member(3, speaks=False, hears="nothing")))
    assert scene.say("leg1") == {"leg2"}
    assert scene.say("leg3") == set()
    scene.pass_time(1.0)
    assert {packet.source for packet in scene.got["leg3"]} == {HOP}


def test_who_waits_hears_music_and_nothing_else() -> None:
    scene = Scene((member(1), member(2, hears="music"), member(3, hears="music")))
    for _ in range(50):
        scene.say("leg1")
        scene.pass_time()
    heard = tones(scene, "leg2")
    assert len(heard) >= 49
    assert [number for number, _ in heard] == [heard[0][0] + n for n in range(len(heard))]
    first = TONES_OF_TESTS.music.index(heard[0][1])
    turned = TONES_OF_TESTS.music[first:] + TONES_OF_TESTS.music[:first]
    assert [sound for _, sound in heard] == [turned[n % 3] for n in range(len(heard))]
    assert tones(scene, "leg3") == heard
    assert tones(scene, "leg1") == []
    assert scene.frames_of("leg2", 1) == []


def test_a_tone_is_played_once_to_all_who_hear_the_room() -> None:
    scene = Scene((member(1), member(2), member(3, hears="nothing"), member(4, hears="music")))
    scene.rooms.order(PlayTone("room", 1, "join"), scene.now)
    scene.rooms.order(PlayTone("nowhere", 1, "join"), scene.now)
    scene.pass_time(0.1)
    scene.rooms.order(PlayTone("room", 1, "leave"), scene.now)
    scene.pass_time(0.1)
    for leg in ("leg1", "leg2"):
        assert [sound for _, sound in tones(scene, leg)] == [b"j1", b"j2", b"l1"]
        assert sorted(tones(scene, leg)) == tones(scene, leg), "its number grows"
    assert tones(scene, "leg3") == []
    assert not {sound for _, sound in tones(scene, "leg4")} & {b"j1", b"j2", b"l1"}


def test_a_tone_that_is_ordered_before_the_tones_are_made_is_played_then() -> None:
    """By rule the first call has the recording on while the worker still makes them."""
    scene = Scene(people(2))
    scene.rooms.tones = NO_TONES
    scene.rooms.order(PlayTone("room", 1, "kept"), scene.now)
    scene.pass_time(0.3)
    assert tones(scene, "leg1") == []
    scene.rooms.tones = TONES_OF_TESTS
    scene.pass_time(0.1)
    assert [sound for _, sound in tones(scene, "leg1")] == [b"k1", b"k2"]


def test_after_a_stall_the_newest_music_is_sent_and_not_all_of_it() -> None:
    scene = Scene((member(1), member(2, hears="music")))
    scene.now += 3.0
    scene.pass_time(0.02)
    assert len(tones(scene, "leg2")) == 5


def test_orders_of_a_service_that_is_no_longer_in_charge_are_ignored() -> None:
    scene = Scene()
    scene.tell(people(2), fence=3)
    scene.tell(people(1), fence=2)
    scene.rooms.order(PlayTone("room", 2, "join"), scene.now)
    assert scene.rooms.order(CloseRoom("room", 2), scene.now) == frozenset()
    assert scene.say("leg1") == {"leg2"}
    scene.pass_time()
    assert tones(scene, "leg1") == []
    scene.tell(people(3), room="another", fence=1)
    scene.tell(people(3), fence=4)
    assert scene.rooms.fences == (("room", 4), ("another", 1)), "a fence is one of its room"
    assert not scene.rooms.in_charge("room", 3)


def test_the_fence_of_a_room_outlives_it_but_not_all_rooms_that_there_ever_were() -> None:
    rooms = Rooms(TONES_OF_TESTS, 0.0, tap=bool)
    assert rooms.in_charge("lives", 9)
    rooms.order(SetRoom("lives", 9, ()), 0.0)
    assert rooms.in_charge("over", 9)
    rooms.order(SetRoom("over", 9, ()), 0.0)
    rooms.order(CloseRoom("over", 9), 0.0)
    assert not rooms.in_charge("over", 8)
    for number in range(MOST_FENCES):
        rooms.in_charge(f"room {number}", 9)
    assert rooms.in_charge("over", 8), "it was the oldest"
    assert not rooms.in_charge("lives", 8)


def test_rubbish_and_packets_of_no_leg_are_counted_and_heard_by_nobody() -> None:
    scene = Scene(people(2))
    for data in (b"", b"1234", bytes(MOST_PACKET + 1), bytes((0, 0, 0, 0, 1, 200, 0))):
        assert scene.rooms.packet("leg1", data, scene.now) == []
    assert scene.say("nobody") == set()
    assert scene.rooms.dropped == 5
    assert scene.say("leg1") == {"leg2"}


def test_a_frame_larger_than_any_of_sound_is_neither_heard_nor_recorded() -> None:
    scene = Scene(people(2))
    scene.tell(people(2), tapped=True)
    sound = Audio(bytes(max(SizeProfile).capacity - block_bytes([Audio(b"1")]) + 1))
    assert scene.say("leg1", frame=whole_frame(1, [sound])) == {"leg2"}
    larger = with_hop(1, bytes((9, 30, 0)) + whole_frame(2, [sound, sound]))
    assert scene.rooms.packet("leg1", larger, scene.now) == []
    assert (len(scene.tapped), scene.rooms.dropped) == (1, 1)


def test_who_comes_late_hears_that_it_is_kept_alone_and_whole_whatever_else_is_played() -> None:
    scene = Scene(people(3))
    scene.rooms.order(PlayTone("room", 1, "join"), scene.now)
    scene.pass_time()
    scene.rooms.order(PlayTone("room", 1, "kept", source=3), scene.now)
    scene.pass_time(0.1)
    assert [sound for _, sound in tones(scene, "leg1")] == [b"j1", b"j2"]
    alone = tones(scene, "leg3")
    assert [sound for _, sound in alone] == [b"j1", b"k1", b"k2"]
    assert len({number for number, _ in alone}) == 3, "no two of one number"


def test_a_tone_waits_for_the_one_before_it() -> None:
    scene = Scene(people(2))
    for tone in ("join", "kept", "kept"):
        scene.rooms.order(PlayTone("room", 1, tone), scene.now)
    scene.pass_time(0.2)
    assert [sound for _, sound in tones(scene, "leg1")] == [b"j1", b"j2", b"k1", b"k2"]


def test_of_a_tapped_room_all_frames_of_all_who_speak_are_passed_on() -> None:
    scene = Scene()
    eight = (*people(6), member(7, speaks=False), member(8, hears="music"))
    scene.tell(eight, tapped=True)
    expected: list[TapFrame] = []
    for number in range(20):
        scene.now += FRAME_SECONDS
        for source in range(1, 9):
            level = MUTED if source == 6 else 20 + 5 * source
            frame = whole_frame(number, [Audio(b"of %d" % source)])
            scene.say(f"leg{source}", level, frame, source=200)
            if source != 7:
                slot = round(scene.now / FRAME_SECONDS)
                expected.append(TapFrame("room", source, scene.now, slot, frame))
    assert scene.tapped == expected
    assert {packet.source for packet in scene.got["leg6"]} == {1, 2, 3}, "of whom three are heard"


def test_what_must_be_recorded_and_does_not_reach_the_tap_nobody_hears() -> None:
    scene = Scene()
    scene.tell(people(2), tapped=True, only_tapped=True)
    assert scene.say("leg1") == {"leg2"}
    scene.tap_takes = False
    assert scene.say("leg1") == set()
    scene.tap_takes = True
    assert scene.say("leg1") == {"leg2"}
    scene.tell(people(2), only_tapped=True)
    assert scene.say("leg1") == set()
    scene.tap_takes = False
    scene.tell(people(2), tapped=True)
    assert scene.say("leg1") == {"leg2"}, "the tap costs no other call anything"


def test_of_a_room_that_is_not_tapped_no_frame_is_passed_on() -> None:
    scene = Scene(people(2))
    scene.tell((member(1, leg="a"), member(2, leg="b")), room="another", tapped=True)
    scene.say("leg1")
    assert (scene.tapped, scene.rooms.tapped) == ([], True)
    scene.say("a")
    assert [frame.room for frame in scene.tapped] == ["another"]
    scene.tell((member(1, leg="a"), member(2, leg="b")), room="another")
    scene.say("a")
    assert (len(scene.tapped), scene.rooms.tapped) == (1, False)


def test_who_left_is_not_passed_on() -> None:
    scene = Scene()
    scene.tell(people(3), tapped=True)
    scene.tell(people(2), tapped=True)
    scene.say("leg3")
    assert scene.tapped == []
