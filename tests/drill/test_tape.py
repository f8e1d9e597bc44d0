"""What the intruder kept is held against what was said: it is found, and other speech is not."""

import numpy as np
import pytest

from tui_call.drill.stage import Voices
from tui_call.drill.tape import Tape
from tui_call.voice.coding import Coding
from tui_call.voice.opus import Encoder
from tui_call.voice.samples import Samples
from tui_call.voice.sound import FRAME_SAMPLES, FRAME_SECONDS, SAMPLE_RATE

SECONDS = 3.0
SPOKEN_FROM = 100.0
DELAY = 0.06


def taped(voice: Samples, *, missed: float = 0.0, lost: tuple[int, ...] = ()) -> Tape:
    """Return the tape of a voice of which the beginning did not reach the intruder."""
    tape, encoder = Tape(SECONDS), Encoder(Coding(32_000))
    begin = round(missed / FRAME_SECONDS)
    for number in range(round(SECONDS / FRAME_SECONDS) + 20):
        at = (begin + number) * FRAME_SAMPLES
        packet = encoder.encode(voice[at : at + FRAME_SAMPLES])
        late = 0.3 if number < 5 else 0.004 * (number % 3)  # the first ones waited for the path
        arrives = SPOKEN_FROM + (begin + number + 1) * FRAME_SECONDS + DELAY + late
        if number not in lost:
            tape.keep(number, packet, arrives)
    return tape


@pytest.fixture(scope="module")
def voices() -> Voices:
    return Voices.of(SECONDS, None)


@pytest.mark.parametrize("missed", [0.0, 2.5])
def test_what_was_said_is_found_where_it_was_said(voices: Voices, missed: float) -> None:
    tape = taped(voices.caller, missed=missed, lost=(30, 31, 70))
    found = tape.matches(voices.caller, SPOKEN_FROM)
    assert found.heard
    assert len(found.delays) > 0.9 * found.windows
    median = found.percentile(50)
    assert median is not None
    assert DELAY <= median <= DELAY + 2 * FRAME_SECONDS


def test_what_somebody_else_said_is_not_found(voices: Voices) -> None:
    found = taped(voices.caller).matches(voices.callee, SPOKEN_FROM)
    assert found.windows > 10
    assert not found.heard


def test_it_ends_when_it_is_full(voices: Voices) -> None:
    tape = taped(voices.caller)
    assert tape.full
    assert tape.seconds == SECONDS
    assert len(tape.samples()) == SECONDS * SAMPLE_RATE


def test_an_empty_one_holds_nothing() -> None:
    tape = Tape(SECONDS)
    assert (tape.seconds, tape.begins, tape.full) == (0, 0, False)
    assert len(tape.samples()) == 0


@pytest.mark.parametrize("length", [SAMPLE_RATE, 5 * SAMPLE_RATE, 60 * SAMPLE_RATE])
def test_both_voices_last_longer_than_the_call_and_differ(length: int) -> None:
    sound = np.arange(length, dtype=np.int64).astype(np.int16)
    voices = Voices.of(SECONDS, sound)
    assert len(voices.caller) == len(voices.callee) > SECONDS * SAMPLE_RATE
    assert (voices.caller[:length] == sound).all()
    assert (voices.caller[:SAMPLE_RATE] != voices.callee[:SAMPLE_RATE]).all()
