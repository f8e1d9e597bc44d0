"""People who speak at once, at the pace of a call, to the real engine in its process."""

import re
from itertools import pairwise

import pytest

from tests.support.live_speech import speak_live
from tests.support.word_error import BECKETT, TWO_CITIES, recording, words_of, wrong_words


@pytest.mark.slow
@pytest.mark.sound
@pytest.mark.e2e
async def test_two_who_speak_at_once_are_understood_each_alone() -> None:
    said = {1: TWO_CITIES, 2: BECKETT}
    sounds = {1: recording("two_cities"), 2: recording("beckett")}
    live = await speak_live(sounds, lambda _: 0.0)
    texts = {who: " ".join(one.text for one in live.finals_of(who)) for who in said}
    wrong = sum(wrong_words(said[who], texts[who]) for who in said)
    assert wrong <= 0.08 * sum(len(words_of(text)) for text in said.values()), texts
    assert not re.search(r"failed|matter", texts[1])
    assert not re.search(r"best|despair", texts[2])
    for who, sound in sounds.items():
        finals = live.finals_of(who)
        assert all(a.ended <= b.began for a, b in pairwise(finals))
        assert finals[0].began >= live.began - 0.5
        assert finals[-1].ended <= live.began + len(sound) / 48_000 + 0.5
