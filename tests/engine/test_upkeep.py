"""Fresh keys and new paths in a call between two engines, with real sockets."""

from collections import defaultdict
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.one_process import Resident, Village, a_call, until, village
from tui_call.calls import reconnecting, rekeying
from tui_call.control.actions import FindNewPath, HangUp
from tui_call.control.server import ActionRefused
from tui_call.e2ee.media import DropCause, MediaFrame, MediaOpener
from tui_call.engine.account.configuration import Configuration
from tui_call.engine.media import media
from tui_call.transport import sealed_track

REKEY_SECONDS = 0.5


@pytest.fixture
async def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Village]:
    monkeypatch.setattr(rekeying, "SHORTEST_INTERVAL", REKEY_SECONDS)
    monkeypatch.setattr(Configuration, "rekey_interval", REKEY_SECONDS)
    monkeypatch.setattr(reconnecting, "OLD_PATH_SECONDS", 0.5)
    # A computer that is busy with other tests must not be what loses frames here.
    monkeypatch.setattr(sealed_track, "MOST_WAITING", 500)
    async with village(tmp_path, monkeypatch) as village_here:
        yield village_here


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> dict[MediaOpener, list[MediaFrame]]:
    """Every authentic frame, by whose it was, as the openers give them out."""
    frames: dict[MediaOpener, list[MediaFrame]] = defaultdict(list)
    open_packet = MediaOpener.open

    def overheard(self: MediaOpener, packet: bytes, now: float) -> MediaFrame | None:
        frame = open_packet(self, packet, now)
        if frame is not None:
            frames[self].append(frame)
        return frame

    monkeypatch.setattr(MediaOpener, "open", overheard)
    return frames


def code_of(person: Resident) -> str:
    assert person.call.member.code is not None
    return person.call.member.code.digits


async def test_three_rekeys_and_a_new_path_lose_no_frame_and_keep_the_code(
    here: Village, heard: dict[MediaOpener, list[MediaFrame]]
) -> None:
    ada, ben = await here.resident("ada"), await here.resident("ben")
    async with a_call(ada, ben):
        code = code_of(ada)
        await until(lambda: ben.statistics.generation >= 2)
        await ben.order(FindNewPath())
        for person in (ada, ben):
            await until(lambda one=person: one.statistics.path_number == 1)
            await until(
                lambda one=person: "G_NEW_PATH" in [e.sentence.code for e in one.call.events]
            )
        await until(lambda: ada.statistics.generation >= 3 and ben.statistics.generation >= 3)
        await until(lambda: len(ada.active.paths._open) == len(ben.active.paths._open) == 1)
        await ben.hears_more()
        await ada.hears_more()
        assert code_of(ada) == code_of(ben) == code
        assert ada.active.path.startswith("direct")
        assert ada.statistics.packet_sizes == ben.statistics.packet_sizes == (160,)
        await ada.order(HangUp())
    assert len(heard) == 2
    for opener, frames in heard.items():
        assert set(opener.dropped) <= {DropCause.REPLAYED}  # the copy on the other path
        numbers = [frame.number for frame in frames]
        assert sorted(numbers) == list(range(min(numbers), max(numbers) + 1))
        assert len({frame.generation for frame in frames}) > 3


async def test_a_sender_that_slept_says_nothing_before_it_has_fresh_keys(
    here: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Configuration, "rekey_interval", 1800.0)
    ada, ben = await here.resident("ada"), await here.resident("ben")
    async with a_call(ada, ben):
        await ben.hears_more()
        sound = ben.active.media
        assert sound is not None
        assert sound._sealed_at is not None
        sound._sealed_at = (sound._sealed_at[0], sound._sealed_at[1] - media.IDLE_SECONDS - 1)
        await until(lambda: sound.waits_for_keys or sound.generation == 1)
        await until(lambda: sound.generation == 1)
        assert not sound.waits_for_keys
        await ada.hears_more()
        assert ada.phase == "active"


async def test_there_is_no_new_path_without_a_call(here: Village) -> None:
    ada = await here.resident("ada")
    with pytest.raises(ActionRefused, match="no call"):
        await ada.order(FindNewPath())
