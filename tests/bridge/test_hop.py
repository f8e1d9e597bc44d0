"""Losses and room of each leg's own way, both directions. Time is virtual."""

import itertools

from tests.support.bridge_rooms import FRAME, FRAME_SECONDS, Scene, people
from tui_call.bridge_packet import HOP, MUTED, BridgePacket, encode_packet
from tui_call.payload import Feedback, Report, parse_payload

QUICK = 0.03


def talk(
    scene: Scene, seconds: float, *, losses: dict[str, float], trip: float | None = None
) -> None:
    """Let all three speak, and report twice a second what they see."""
    for frame in range(round(seconds / FRAME_SECONDS)):
        for source in (1, 2, 3):
            scene.say(f"leg{source}", 30, b"%d" % frame)
        scene.pass_time()
        if frame % 25 == 0:
            for leg, loss in losses.items():
                scene.report(leg, loss, trip)


def said(scene: Scene, leg: str) -> list[Feedback | Report]:
    frames = [packet.frame for packet in scene.got[leg] if packet.source == HOP]
    return [
        block
        for frame in frames
        for block in parse_payload(frame)[1]
        if isinstance(block, Feedback | Report)
    ]


def test_who_reports_loss_gets_packets_again_one_to_three_frames_later_and_nobody_else() -> None:
    scene = Scene(people(3))
    talk(scene, 4.0, losses={"leg1": 0.10, "leg2": 0.0})
    scene.got.clear()
    talk(scene, 1.0, losses={})
    mine = [packet for packet in scene.got["leg1"] if packet.source == 3]
    again = {packet.again for packet in mine} - {0}
    assert again
    assert again <= {1, 2, 3}
    first = [packet.frame for packet in mine if packet.again == 0]
    for packet in mine:
        if packet.again:
            now = mine.index(packet)
            newest = max(int(earlier.frame) for earlier in mine[:now] if not earlier.again)
            if newest >= 3:
                assert newest - int(packet.frame) == packet.again
    assert first == [b"%d" % frame for frame in range(50)]
    assert all(packet.again == 0 for packet in scene.got["leg2"])


def test_the_more_is_lost_the_more_often_a_packet_comes_again() -> None:
    often: list[int] = []
    for loss in (0.0, 0.03, 0.10, 0.25):
        scene = Scene(people(3))
        talk(scene, 6.0, losses={"leg1": loss})
        scene.got.clear()
        talk(scene, 0.5, losses={})
        often.append(sum(packet.again > 0 for packet in scene.got["leg1"]))
    assert often[0] == 0
    assert often == sorted(set(often))


def test_where_a_queue_grows_there_is_less_until_one_speaker_is_left_and_all_later() -> None:
    scene = Scene(people(3))
    talk(scene, 6.0, losses={"leg1": 0.10}, trip=QUICK)
    heard: list[tuple[int, int]] = []

    def look(seconds: float) -> None:
        scene.got.clear()
        talk(scene, seconds, losses={})
        packets = [packet for packet in scene.got["leg1"] if packet.source != HOP]
        again = len({packet.again for packet in packets}) - 1
        heard.append((again, len({packet.source for packet in packets})))

    look(0.4)
    for _ in range(4):
        _wait_in_a_queue(scene, "leg1", 3.1)
        look(0.4)
    assert heard[0] == (2, 2)
    assert heard[-1] == (0, 1)
    assert sorted(heard, reverse=True) == heard
    assert scene.frames_of("leg2", 1), "others hear all"
    talk(scene, 300.0, losses={"leg1": 0.0}, trip=None)
    look(0.4)
    assert heard[-1][1] == 2


def test_on_a_narrow_way_who_speaks_beside_others_is_heard_at_least_every_second() -> None:
    scene = Scene(people(3))
    talk(scene, 6.0, losses={"leg1": 0.10}, trip=QUICK)
    for _ in range(4):
        _wait_in_a_queue(scene, "leg1", 3.1)
    scene.got.clear()
    talk(scene, 60.0, losses={})
    assert len(scene.got["leg1"]) < 60 * 55, "there is room for one alone"
    for source in (2, 3):
        frames = [int(frame) for frame in scene.frames_of("leg1", source)]
        gaps = [b - a for a, b in itertools.pairwise([0, *frames, 60 * 50])]
        assert max(gaps) * FRAME_SECONDS <= 1.0


def _wait_in_a_queue(scene: Scene, leg: str, seconds: float) -> None:
    """Report a round trip that is half a second longer than it was."""
    for _ in range(round(seconds / 0.5)):
        for source in (1, 2, 3):
            scene.say(f"leg{source}", 30, b"0")
        newest = scene.got[leg][-1]
        scene.now += 0.5
        scene.report_of(leg, newest.hop, 0.10)


def test_each_sender_is_told_what_came_of_its_own_way() -> None:
    scene = Scene(people(2))
    lost = range(0, 200, 10)
    for hop in range(200):
        if hop not in lost:
            packet = BridgePacket(hop, 0, 30, 0, b"frame")
            scene.rooms.packet("leg1", encode_packet(packet), scene.now)
        packet = BridgePacket(hop, 0, 30, 0, b"frame")
        scene.rooms.packet("leg2", encode_packet(packet), scene.now)
        scene.pass_time()
    *_, feedback, report = said(scene, "leg1")
    assert isinstance(feedback, Feedback)
    assert 90 <= feedback.loss_permille <= 110
    assert isinstance(report, Report)
    assert 180 <= report.newest < 200
    assert report.burst_tenths == 10
    *_, feedback, _ = said(scene, "leg2")
    assert isinstance(feedback, Feedback)
    assert feedback.loss_permille == 0


def test_a_beat_comes_ten_times_a_second_where_nothing_else_is_sent() -> None:
    scene = Scene(people(2))
    scene.pass_time(2.0)
    assert len(scene.got["leg1"]) == 20
    assert {packet.source for packet in scene.got["leg1"]} == {HOP}
    assert all(parse_payload(packet.frame) for packet in scene.got["leg1"])
    scene.got.clear()
    for _ in range(100):
        scene.say("leg2")
        scene.pass_time()
    assert sum(packet.source == HOP for packet in scene.got["leg1"]) == 0


def test_what_stays_on_the_hop_is_passed_on_to_nobody() -> None:
    scene = Scene(people(3))
    assert scene.say("leg1", MUTED, b"rubbish", HOP) == set()
    assert scene.say("leg1", MUTED, b"", HOP) == set()
    scene.report("leg1", 1.0)
    assert scene.say("leg1") == {"leg2", "leg3"}


def test_a_report_about_what_was_never_sent_measures_nothing() -> None:
    scene = Scene(people(2))
    scene.say("leg2")
    for _ in range(100):
        scene.now += 0.2
        scene.report_of("leg1", 2**32 - 1, 0.0)
        scene.report_of("leg1", 77, 0.0)
    scene.say("leg2")
    assert scene.frames_of("leg1", 2) == [FRAME] * 2
