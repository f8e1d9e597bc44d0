import numpy as np

from tui_call.voice.alignment import align
from tui_call.voice.meter import level_db
from tui_call.voice.speech_like import speech_like


def test_it_is_the_same_each_time_and_a_longer_one_begins_alike() -> None:
    short, long = speech_like(2.0), speech_like(3.0)
    assert len(short) == 96_000
    assert np.array_equal(long[:96_000], short)
    assert len(speech_like(0.0)) == 0


def test_it_is_as_loud_as_speech_and_has_pauses() -> None:
    sound = speech_like(10.0)
    assert -30 < level_db(sound) < -12
    assert np.max(np.abs(sound)) < 12_000
    quiet = [not sound[at : at + 960].any() for at in range(0, len(sound), 960)]
    assert 0.03 < np.mean(quiet) < 0.5


def test_every_stretch_is_found_where_it_is() -> None:
    sound = speech_like(8.0)
    alignment = align(sound, np.concatenate((np.zeros(4800, np.int16), sound)))
    assert alignment.heard
    assert set(alignment.delays) == {0.1}
