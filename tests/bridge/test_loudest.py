"""Who of many has one of a few places. Time is virtual."""

from hypothesis import given
from hypothesis import strategies as st

from tui_call.bridge.loudest import CLEARLY_LOUDER, KEPT_SECONDS, Loudest
from tui_call.bridge_packet import LEVEL_UNKNOWN, MUTED

FRAME = 0.02
SPEECH, NOISE = 30, 70

levels = st.one_of(st.integers(0, MUTED), st.just(LEVEL_UNKNOWN))


def filled(level: int, places: int = 3) -> Loudest:
    loudest = Loudest(places)
    for source in range(1, places + 1):
        assert loudest.takes(source, level, 0.0)
    return loudest


def test_somebody_who_starts_is_heard_with_the_first_packet() -> None:
    loudest = filled(NOISE)
    assert loudest.takes(8, SPEECH, FRAME)


def test_among_three_who_speak_a_fourth_as_loud_is_not_heard() -> None:
    loudest = filled(SPEECH)
    assert not loudest.takes(4, SPEECH, FRAME)
    assert loudest.heard == {1, 2, 3}


def test_the_louder_one_takes_the_place_of_the_quietest() -> None:
    loudest = filled(SPEECH)
    loudest.takes(2, SPEECH - 10, FRAME)
    loudest.takes(3, SPEECH - 20, FRAME)
    assert loudest.takes(4, SPEECH - CLEARLY_LOUDER, FRAME)
    assert loudest.heard == {2, 3, 4}


def test_a_place_is_kept_over_a_breath_and_no_longer() -> None:
    loudest = filled(SPEECH)
    for frame in range(1, 21):
        now = frame * FRAME
        assert all(loudest.takes(source, NOISE, now) for source in (1, 2, 3))
        assert not loudest.takes(4, SPEECH, now), now
    assert loudest.takes(4, SPEECH, KEPT_SECONDS + FRAME)


def test_a_place_of_who_sends_nothing_any_more_is_free() -> None:
    loudest = filled(SPEECH)
    for source in (4, 5, 6):
        assert loudest.takes(source, NOISE, KEPT_SECONDS + FRAME)


def test_noise_of_much_the_same_level_does_not_change_places() -> None:
    loudest = filled(NOISE)
    for frame in range(100):
        level = NOISE - frame % CLEARLY_LOUDER
        for source in range(1, 9):
            loudest.takes(source, level, frame * FRAME)
        assert loudest.heard == {1, 2, 3}


def test_who_is_muted_takes_no_place_and_loses_the_own() -> None:
    loudest = Loudest(3)
    assert not loudest.takes(1, MUTED, 0.0)
    loudest.takes(1, SPEECH, FRAME)
    assert loudest.takes(1, MUTED, 2 * FRAME), "the end of a word is not cut"
    assert not loudest.takes(1, MUTED, 3 * FRAME + KEPT_SECONDS)
    assert loudest.heard == set()


def test_who_says_no_level_takes_a_place_that_nobody_needs() -> None:
    loudest = Loudest(1)
    assert loudest.takes(1, LEVEL_UNKNOWN, 0.0)
    assert loudest.takes(2, NOISE, FRAME)
    assert not loudest.takes(1, LEVEL_UNKNOWN, FRAME)


def test_a_liar_takes_one_place_and_nothing_else() -> None:
    loudest = Loudest(3)
    for frame in range(200):
        now = frame * FRAME
        assert loudest.takes(9, 0, now)
        assert loudest.takes(1, SPEECH, now)
        assert loudest.takes(2, SPEECH, now)


@given(packets=st.lists(st.tuples(st.integers(1, 6), levels, st.integers(0, 15)), max_size=200))
def test_no_more_are_heard_than_there_are_places_and_none_is_clearly_louder(
    packets: list[tuple[int, int, int]],
) -> None:
    loudest = Loudest(3)
    said: dict[int, list[tuple[float, int]]] = {}
    now = 0.0
    for source, level, frames in packets:
        now += frames * FRAME
        heard = loudest.heard
        taken = loudest.takes(source, level, now)
        loudness = 1 if level == LEVEL_UNKNOWN else MUTED - level
        if taken and source not in heard:
            said[source] = []
        if source in loudest.heard | heard:
            said.setdefault(source, []).append((now, loudness))
        assert len(loudest.heard) <= 3
        assert taken == (source in loudest.heard)
        assert len(heard - loudest.heard - {source}) <= 1
        if not taken and source not in heard and loudness:
            quietest = min(
                max((loud for at, loud in said[other] if now - at <= KEPT_SECONDS), default=0)
                for other in loudest.heard
            )
            assert len(loudest.heard) == 3
            assert quietest
            assert loudness < quietest + CLEARLY_LOUDER
