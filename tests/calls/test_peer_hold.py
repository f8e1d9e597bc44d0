"""What two ways say of one hold, in every order in which they can say it."""

from hypothesis import given
from hypothesis import strategies as st

from tui_call.calls.peer_hold import BELIEVED_A_SECOND, BELIEVED_AT_ONCE, MOST_AHEAD, PeerHold


class Way:
    """Brings changes to a `PeerHold`, and keeps what its news come to."""

    def __init__(self) -> None:
        self.hold = PeerHold()
        self.on = False
        self.now = 0.0

    def sound(self, on: bool) -> None:
        self.on = on if self.hold.in_media(on, self.now) else self.on

    def channel(self, on: bool) -> None:
        self.on = on if self.hold.in_order(on) else self.on


@given(st.lists(st.booleans(), min_size=1, max_size=20), st.data())
def test_the_last_change_holds_whatever_the_sound_lost(
    changes: list[bool], data: st.DataObject
) -> None:
    way = Way()
    late: list[bool] = []
    for on in changes:
        late.append(on)
        if data.draw(st.booleans(), "the sound shows it"):
            way.sound(on)
        for _ in range(data.draw(st.integers(0, len(late)), "what the service brings")):
            way.channel(late.pop(0))
    for on in late:
        way.channel(on)
    assert way.on is changes[-1]


@given(st.integers(1, MOST_AHEAD), st.data())
def test_what_the_sound_has_shown_holds_however_late_the_service_brings_it(
    count: int, data: st.DataObject
) -> None:
    way = Way()
    changes = [number % 2 == 0 for number in range(count)]
    late: list[bool] = []
    for on in changes:
        way.now += 1 / BELIEVED_A_SECOND
        way.sound(on)
        late.append(on)
        for _ in range(data.draw(st.integers(0, len(late)), "what the service brings")):
            way.channel(late.pop(0))
            assert way.on is on
    while late:
        way.channel(late.pop(0))
        assert way.on is changes[-1]


def test_without_sound_the_control_channel_is_enough() -> None:
    hold = PeerHold()
    assert [hold.in_order(on) for on in (True, True, False)] == [True, False, True]


def test_a_peer_that_says_it_in_the_sound_alone_fills_nothing() -> None:
    hold = PeerHold()
    for number in range(MOST_AHEAD):
        assert hold.in_media(True, 2 * number / BELIEVED_A_SECOND)
        assert hold.in_media(False, (2 * number + 1) / BELIEVED_A_SECOND)
    assert len(hold._ahead) == MOST_AHEAD


def test_a_peer_that_changes_its_mind_with_every_frame_makes_little_news() -> None:
    hold = PeerHold()
    news = [hold.in_media(number % 2 == 0, number * 0.02) for number in range(500)]
    assert 1 <= sum(news) <= BELIEVED_AT_ONCE + 10 * BELIEVED_A_SECOND


def test_what_the_sound_showed_and_the_control_channel_leaves_out_is_waited_for_no_longer() -> None:
    hold = PeerHold()
    assert hold.in_media(True, 0.0)
    assert hold.in_media(False, 0.0)
    assert not hold.in_order(False)
    assert hold.in_order(True), "the sound is ahead by nothing any more"
