"""What people are told of their own sound, and how often."""

from pathlib import Path

import pytest

from tests.support.one_process import a_call, until, village
from tui_call.control.actions import Mute
from tui_call.engine.sound.sound_hints import (
    DIGITAL_SILENCE_SECONDS,
    LATE_FROM_SECONDS,
    LATE_MS,
    MUTED_TALK_AGAIN_SECONDS,
    MUTED_TALK_SECONDS,
    SoundHints,
)


def look(
    hints: SoundHints,
    seconds: int,
    *,
    muted_talk: bool = False,
    digital_silence: float = 0.0,
    late_ms: float = 0.0,
) -> list[str]:
    """Return what is said in so many seconds in which nothing changes."""
    return [
        code
        for _ in range(seconds)
        for code in hints.look(
            muted_talk=muted_talk, digital_silence=digital_silence, late_ms=late_ms
        )
    ]


def test_a_sound_that_is_as_it_should_be_is_not_spoken_of() -> None:
    assert (
        look(SoundHints(), 3600, digital_silence=DIGITAL_SILENCE_SECONDS - 0.1, late_ms=LATE_MS)
        == []
    )


def test_who_goes_on_talking_muted_is_told_once_a_minute() -> None:
    hints = SoundHints()
    assert look(hints, MUTED_TALK_SECONDS - 1, muted_talk=True) == [], "it may be a cough"
    assert look(hints, 1) == []
    told = look(hints, 2 * MUTED_TALK_AGAIN_SECONDS, muted_talk=True)
    assert told == ["G_MUTED_TALK"] * 2


def test_a_microphone_that_is_switched_off_is_spoken_of_each_time() -> None:
    hints = SoundHints()
    assert look(hints, 60, digital_silence=DIGITAL_SILENCE_SECONDS) == ["G_MIC_SILENT"]
    assert look(hints, 1) == []
    assert look(hints, 60, digital_silence=DIGITAL_SILENCE_SECONDS) == ["G_MIC_SILENT"]


def test_a_computer_that_is_late_is_spoken_of_once_a_call_and_not_at_its_beginning() -> None:
    hints = SoundHints()
    assert look(hints, LATE_FROM_SECONDS, late_ms=LATE_MS + 1) == []
    assert look(hints, 600, late_ms=LATE_MS + 1) == ["G_ENGINE_SLOW"]


@pytest.mark.lengthy
async def test_somebody_speaks_in_a_call_and_is_muted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with village(tmp_path, monkeypatch) as here:
        ada, ben = await here.resident("ada"), await here.resident("ben")
        async with a_call(ada, ben):
            await ben.hears_more()
            await ada.order(Mute(True))
            await until(lambda: "G_MUTED_TALK" in [one.sentence.code for one in ada.call.events])
            assert "G_MUTED_TALK" not in [one.sentence.code for one in ben.call.events]
