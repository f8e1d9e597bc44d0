"""The packets of a call as somebody on the way sees them, and what he can do with them."""

from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.one_process import Resident, Village, a_call, until, village
from tests.support.udp_forwarder import Direction
from tests.support.ways import Ways, ways
from tui_call.calls import path_monitor
from tui_call.control.actions import HangUp, Hold, Mute
from tui_call.e2ee import media
from tui_call.engine.media.media import Media

FRAMES_PER_STEP = 64


@dataclass(frozen=True, slots=True)
class Watched:
    """Two people whose packets pass the forwarder."""

    ada: Resident
    ben: Resident
    way: Ways


@pytest.fixture
async def watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Watched]:
    async with village(tmp_path, monkeypatch) as here, ways(monkeypatch) as way:
        yield await _both(here, way)


async def _both(here: Village, way: Ways) -> Watched:
    return Watched(await here.resident("ada"), await here.resident("ben"), way)


def events(person: Resident) -> list[str]:
    return [event.sentence.code for event in person.call.events]


async def test_speech_silence_and_a_change_of_keys_have_one_size(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(media, "FRAMES_PER_STEP", FRAMES_PER_STEP)
    ada, ben = watched.ada, watched.ben
    async with a_call(ada, ben):
        await ben.hears_more(FRAMES_PER_STEP)  # speech
        await ada.order(Mute(True))
        await ben.hears_more(FRAMES_PER_STEP)  # muted
        await ada.order(Mute(False))
        await ada.order(Hold(True))
        await ben.hears_more(FRAMES_PER_STEP)  # held
        await ada.order(Hold(False))
        assert ada.statistics.frames_sent >= 3 * FRAMES_PER_STEP
        assert ben.statistics.foreign_dropped == 0
        assert ada.statistics.packet_sizes == ben.statistics.packet_sizes == (160,)
        await ada.order(HangUp())
    for direction in Direction:
        packets = watched.way.audio(direction)
        assert len(packets) > 3 * FRAMES_PER_STEP
        assert len({len(packet) for packet in packets}) == 1, direction


async def test_replayed_and_altered_packets_are_not_heard_and_do_not_end_the_call(
    watched: Watched,
) -> None:
    ada, ben = watched.ada, watched.ben
    async with a_call(ada, ben):
        await ben.hears_more()
        recorded = watched.way.audio(Direction.TO_CALLEE)[:50]
        before = ben.statistics.frames_received
        for packet in recorded:
            watched.way.newest.send(Direction.TO_CALLEE, packet)
            watched.way.newest.send(Direction.TO_CALLEE, packet[:-1] + bytes([packet[-1] ^ 1]))
            watched.way.newest.send(Direction.TO_CALLER, packet)
        watched.way.newest.send(Direction.TO_CALLEE, b"\x80" + bytes(1599))
        await until(lambda: ben.statistics.datagrams_filtered == 1)
        await ben.hears_more(50)
        await ada.hears_more()
        # SRTP has let none of them through: what was heard more is what was sent more.
        assert ben.statistics.frames_received - before <= ada.statistics.frames_sent - before
        assert (ada.phase, ben.phase) == ("active", "active")


@pytest.mark.lengthy
async def test_a_gap_is_told_and_a_long_one_ends_the_call_on_both_sides(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, ben, way = watched.ada, watched.ben, watched.way
    async with a_call(ada, ben):
        await ben.hears_more()
        way.passes = False
        for person in (ada, ben):
            await until(lambda person=person: "G_RECONNECT" in events(person))
        await until(lambda: ada.call.quality == "lost")
        way.passes = True
        for person in (ada, ben):
            await until(lambda person=person: "G_SOUND_BACK" in events(person))
        await ben.hears_more()
        monkeypatch.setattr(path_monitor, "LOST_AFTER", 2.0)
        way.passes = False
        for person in (ada, ben):
            await until(lambda person=person: person.phase == "ended")
            assert person.call.end_reason is not None
            assert person.call.end_reason.code == "G_LOST"


async def test_whoever_has_the_keys_of_srtp_has_none_of_the_sound(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: dict[Media, list[bytes]] = defaultdict(list)
    open_packet = Media.open

    def overheard(self: Media, packet: bytes, *rest: Any) -> None:
        opened[self].append(packet)
        open_packet(self, packet, *rest)

    monkeypatch.setattr(Media, "open", overheard)
    ada, ben = watched.ada, watched.ben
    async with a_call(ada, ben):
        await ben.hears_more()
        assert ben.active.media is not None
        assert ada.active.media is not None
        for own, others in zip(
            opened[ben.active.media][:10], opened[ada.active.media][:10], strict=True
        ):
            ben.active._packet(0, own)
            ben.active._packet(0, own[:-1] + bytes([own[-1] ^ 1]))
            ben.active._packet(0, others)
        assert (ben.statistics.replayed_dropped, ben.statistics.foreign_dropped) == (10, 20)
        await ben.hears_more(50)
        assert ben.phase == "active"
