"""Who in a room gets which packet. Time is virtual."""

from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.bridge_rooms import FRAME_SECONDS, Scene, member, people
from tui_call.bridge.room import ALL_HEARD, NUMBER_RESTS_SECONDS
from tui_call.bridge_packet import HOP, LEVEL_UNKNOWN, MUTED
from tui_call.signaling.bridge_messages import RoomMember

numbers = st.lists(st.integers(1, 12), unique=True, max_size=9)
rooms = numbers.flatmap(
    lambda sources: st.tuples(
        *(
            st.builds(
                member,
                st.just(source),
                speaks=st.booleans(),
                hears=st.sampled_from(("room", "room", "music", "nothing")),
            )
            for source in sources
        )
    )
)
packets = st.tuples(
    st.integers(1, 12),
    st.one_of(st.integers(0, MUTED), st.just(LEVEL_UNKNOWN)),
    st.integers(0, 254),
)
steps = st.lists(st.one_of(rooms, packets, packets, packets), max_size=60)


@given(steps=steps)
def test_a_packet_goes_to_those_who_hear_the_room_under_the_number_of_who_sent_it(
    steps: list[tuple[RoomMember, ...] | tuple[int, int, int]],
) -> None:
    scene = Scene()
    there: dict[int, RoomMember] = {}
    hops: defaultdict[str, int] = defaultdict(int)
    for step in steps:
        scene.got.clear()
        scene.pass_time()
        if not step or isinstance(step[0], RoomMember):
            there = {one.source: one for one in step if isinstance(one, RoomMember)}
            scene.tell(there.values())
        else:
            sender, level, claimed = step
            sent = scene.say(f"leg{sender}", level, b"what is said", claimed)
            others = {
                leg
                for one in there.values()
                if one.hears == "room" and one.source != sender
                for leg in one.legs
            }
            speaks = sender in there and there[sender].speaks
            assert sent in (others if speaks else set(), set())
            if speaks and len(there) <= ALL_HEARD:
                assert sent == others
            for leg in sent:
                newest = scene.got[leg][-1]
                assert (newest.source, newest.level) == (sender, level)
                assert newest.frame == b"what is said"
        for leg, got in scene.got.items():
            assert [packet.hop for packet in got] == [hops[leg] + n for n in range(len(got))]
            hops[leg] += len(got)


@pytest.mark.parametrize(
    ("count", "heard"), [(2, 2), (4, 4), (5, 3), (8, 3), (16, 3)], ids=lambda value: str(value)
)
def test_up_to_four_people_all_are_heard_and_beyond_three(count: int, heard: int) -> None:
    scene = Scene(people(count))
    for _ in range(10):
        for source in range(1, count + 1):
            scene.say(f"leg{source}", 30)
        scene.pass_time()
    got = {
        source: {packet.source for packet in scene.got[f"leg{source}"]} - {HOP}
        for source in range(1, count + 1)
    }
    assert all(source not in sources for source, sources in got.items()), "nobody hears oneself"
    assert len(set().union(*got.values())) == heard


def test_how_many_are_heard_is_a_number_of_the_room() -> None:
    scene = Scene(people(8), speakers=5)
    for source in range(1, 9):
        scene.say(f"leg{source}", 30)
    assert {packet.source for packet in scene.got["leg8"]} == {1, 2, 3, 4, 5}


def test_of_eight_somebody_who_starts_is_heard_from_the_first_packet_on() -> None:
    scene = Scene(people(8))
    for frame in range(100):
        for source in range(1, 8):
            scene.say(f"leg{source}", 70)
        if frame >= 50:
            scene.say("leg8", 25, b"%d" % frame)
        scene.pass_time()
    assert scene.frames_of("leg1", 8) == [b"%d" % frame for frame in range(50, 100)]


def test_all_legs_of_a_member_hear_and_are_heard() -> None:
    both = RoomMember(1, ("old", "new"))
    scene = Scene((both, member(2)))
    assert scene.say("leg2") == {"old", "new"}
    assert scene.say("old") == {"leg2"}
    assert scene.say("new") == {"leg2"}
    assert {packet.source for packet in scene.got["leg2"]} == {1}


def test_a_leg_that_is_said_to_be_two_members_is_the_last_one_and_hears_nothing_of_itself() -> None:
    scene = Scene((member(1, leg="both"), member(2, leg="both"), member(3)))
    assert scene.say("both") == {"leg3"}
    assert [packet.source for packet in scene.got["leg3"]] == [2]
    assert scene.say("leg3") == {"both"}
    assert len(scene.got["both"]) == 1


def test_a_number_is_not_given_to_another_one_within_ten_seconds() -> None:
    scene = Scene(people(3))
    scene.say("leg3", frame=b"the first")
    scene.tell(people(2))
    scene.pass_time(1.0)
    scene.tell((*people(2), member(3, leg="another")))
    assert scene.say("another", frame=b"too early") == set()
    scene.tell((*people(2), member(3, leg="another")))
    assert scene.say("another", frame=b"told again") == set()
    scene.pass_time(NUMBER_RESTS_SECONDS)
    assert scene.say("another", frame=b"the second") == {"leg1", "leg2"}
    assert scene.frames_of("leg1", 3) == [b"the first", b"the second"]


def test_who_comes_back_by_the_same_leg_is_heard_at_once() -> None:
    scene = Scene(people(3))
    scene.tell(people(2))
    scene.pass_time()
    scene.tell(people(3))
    assert scene.say("leg3") == {"leg1", "leg2"}


def test_a_member_with_a_new_leg_stays_the_member() -> None:
    scene = Scene(people(2))
    scene.tell((member(1), member(2, leg="new")))
    assert scene.say("new") == {"leg1"}
    assert scene.say("leg2") == set(), "the old leg is nobody's"


def test_when_somebody_comes_and_goes_nobody_else_loses_a_packet() -> None:
    scene = Scene(people(3))
    for frame in range(60):
        count = 3 + frame // 10 % 3  # up to five and back, across the limit
        scene.tell(people(count))
        for source in (1, 2):
            scene.say(f"leg{source}", 20, b"%d" % frame)
        scene.say("leg3", MUTED)
        scene.pass_time(FRAME_SECONDS)
    assert (
        scene.frames_of("leg1", 2) == scene.frames_of("leg2", 1) == [b"%d" % n for n in range(60)]
    )
