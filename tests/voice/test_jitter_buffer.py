from tui_call.voice.jitter_buffer import (
    MOST_CATCH_UP,
    MOST_GAPS,
    MOST_HELD,
    MOST_TARGET,
    Gap,
    JitterBuffer,
    Play,
)

FRAME = 0.02


def started(first: int = 0, target: float = 0.02) -> JitterBuffer:
    """Return a buffer that plays frame `first`, which arrived in time, after `target`."""
    buffer = JitterBuffer(target)
    buffer.insert(first, b"%d" % first, first * FRAME)
    start = buffer.start_time(0.0)
    assert start is not None
    buffer.start(start)
    assert buffer.take(start) == Play(b"%d" % first)
    return buffer


def play_on(buffer: JitterBuffer, numbers: range, delay: float = 0.0) -> list[Play | Gap | None]:
    """Frames arrive in time, `delay` after the path's best; return what was handed out."""
    handed = []
    for number in numbers:
        buffer.insert(number, b"%d" % number, number * FRAME + delay)
        handed.append(buffer.take(number * FRAME + 0.02))
    return handed


def test_nothing_starts_before_something_came() -> None:
    buffer = JitterBuffer()
    assert buffer.idle
    assert buffer.start_time(5.0) is None


def test_frames_play_in_order_whatever_order_they_came_in() -> None:
    buffer = started()
    for number in (3, 1, 2):
        buffer.insert(number, b"%d" % number, 0.03)
    handed = [buffer.take(0.02 + FRAME * n) for n in (1, 2, 3)]
    assert handed == [Play(b"1"), Play(b"2"), Play(b"3")]


def test_a_gap_offers_the_frame_after_it() -> None:
    buffer = started()
    buffer.insert(2, b"2", 0.04)
    assert buffer.take(0.04) == Gap(b"2")
    assert buffer.take(0.06) == Play(b"2")
    assert buffer.counters.lost == 1


def test_a_frame_that_comes_late_is_late_and_not_lost() -> None:
    buffer = started()
    buffer.insert(2, b"2", 0.04)
    assert buffer.take(0.04) == Gap(b"2")
    assert buffer.counters.lost == 1
    buffer.insert(1, b"1", 0.05)
    assert (buffer.counters.lost, buffer.counters.late) == (0, 1)
    buffer.insert(1, b"1", 0.05)
    assert (buffer.counters.lost, buffer.counters.late) == (0, 1)


def test_what_was_held_up_is_waited_for_and_played() -> None:
    buffer = started()
    play_on(buffer, range(1, 60))
    due = 60 * FRAME + 0.02
    assert [buffer.take(due), buffer.take(due + FRAME)] == [Gap(), Gap()]
    for number in (60, 61, 62):
        buffer.insert(number, b"%d" % number, due + 0.03)
    handed = [buffer.take(due + FRAME * n) for n in (2, 3, 4)]
    assert handed == [Play(b"60"), Play(b"61"), Play(b"62")]
    assert buffer.counters.lost == 0
    assert abs(buffer.excess - 0.04) < 1e-6  # for the player to take away


def test_what_was_waited_for_in_vain_has_had_its_time() -> None:
    buffer = started()
    play_on(buffer, range(1, 60))
    due = 60 * FRAME + 0.02
    assert [buffer.take(due), buffer.take(due + FRAME)] == [Gap(), Gap()]
    for number in (63, 64):
        buffer.insert(number, b"%d" % number, number * FRAME)
    handed = [buffer.take(due + FRAME * n) for n in (2, 3, 4)]
    assert handed == [Gap(b"63"), Play(b"63"), Play(b"64")]
    assert buffer.counters.lost == 3
    assert abs(buffer.excess) < 1e-6


def test_a_copy_stands_in_for_a_lost_frame_and_is_waited_for() -> None:
    buffer = started()
    now = 0.02
    for number in range(1, 100):
        if number % 10:
            buffer.insert(number, b"%d" % number, number * FRAME)
            if number > 3:
                buffer.insert_copy(number - 3, 3, b"copy", number * FRAME)
        now += FRAME
        buffer.take(now)
    assert abs(buffer.wanted_delay - (3 * FRAME + 0.002)) < 1e-9
    assert buffer.counters.from_copies == 0  # the delay is for the player to bring about
    late = started()
    for number in (1, 2, 4, 5, 6):
        late.insert(number, b"%d" % number, number * FRAME)
    late.insert_copy(3, 3, b"three", 6 * FRAME)
    assert [late.take(0.12 + FRAME * n) for n in range(4)][2] == Play(b"three")
    assert (late.counters.from_copies, late.counters.lost) == (1, 0)


def test_a_copy_changes_nothing_where_the_frame_is_there_or_over() -> None:
    buffer = started()
    buffer.insert_copy(0, 2, b"over", 0.04)
    buffer.insert(1, b"1", 0.02)
    buffer.insert_copy(1, 2, b"copy", 0.06)
    buffer.insert_copy(2, 2, b"copy", 0.08)
    buffer.insert(2, b"2", 0.08)  # the frame itself is better
    assert [buffer.take(0.04), buffer.take(0.06)] == [Play(b"1"), Play(b"2")]
    assert (buffer.counters.received, buffer.counters.duplicates) == (3, 0)


def test_copies_are_not_waited_for_when_none_come_any_more() -> None:
    buffer = started()
    buffer.insert(1, b"1", FRAME)
    buffer.insert_copy(0, 1, b"0", FRAME)
    assert buffer.wanted_delay > 0.02
    play_on(buffer, range(2, 110))
    assert buffer.wanted_delay == 0.02


def test_a_frame_before_the_first_is_late_and_changes_no_loss() -> None:
    buffer = started(first=10)
    buffer.insert(9, b"9", 0.03)
    assert (buffer.counters.lost, buffer.counters.late) == (0, 1)


def test_a_frame_that_comes_twice_is_taken_once() -> None:
    buffer = started()
    for _ in range(3):
        buffer.insert(0, b"again", 0.02)
        buffer.insert(1, b"1", 0.02)
    assert buffer.counters.received == 2
    assert buffer.counters.duplicates == 5


def test_a_number_far_below_the_highest_is_late_and_not_held() -> None:
    buffer = started(first=5000)
    buffer.insert(3, b"3", 0.02)
    assert buffer.counters.late == 1


def test_it_becomes_idle_after_an_outage_and_starts_with_what_is_worth_playing() -> None:
    buffer = started()
    play_on(buffer, range(1, 60))
    now = 59 * FRAME + 0.02
    for _ in range(MOST_GAPS):
        now += FRAME
        assert buffer.take(now) == Gap()
    assert buffer.take(now + FRAME) is None
    assert buffer.idle
    back = 100 * FRAME
    for number in range(60, 101):  # the path's queue comes out at once
        buffer.insert(number, b"%d" % number, back)
    assert buffer.start_time(back) == back
    buffer.start(back)
    oldest = 100 - round(MOST_CATCH_UP / FRAME) - 1
    assert buffer.take(back) == Play(b"%d" % oldest)
    assert buffer.excess < MOST_CATCH_UP + 1e-6
    assert buffer.counters.skipped == oldest - 60


def test_a_path_that_is_slower_for_good_is_followed() -> None:
    buffer = started()
    play_on(buffer, range(1, 60))
    now = 59 * FRAME + 0.02
    while not buffer.idle:
        now += FRAME
        buffer.take(now)
    arrival = 60 * FRAME + 2.0
    buffer.insert(60, b"60", arrival)
    start = buffer.start_time(arrival)
    assert start is not None
    assert abs(start - arrival - 0.02) < 1e-6
    buffer.start(start)
    assert buffer.take(start) == Play(b"60")


def test_a_peer_whose_numbers_leap_has_none_of_them_remembered() -> None:
    buffer = started()
    for leap in range(1, 1000):
        buffer.insert(1025 * leap, b"x", 0.02)
    assert not buffer._lost
    assert buffer.counters.lost > 500_000


def test_loss_alone_adds_no_delay() -> None:
    buffer = started()
    for number in range(1, 400):
        if number % 3:
            buffer.insert(number, b"%d" % number, number * FRAME)
        buffer.take(number * FRAME + 0.02)
    assert abs(buffer.excess) < 1e-6
    assert abs(buffer.waited - 0.02) < 1e-6


def test_frames_that_were_never_sent_here_are_no_loss_and_the_next_one_plays_at_its_time() -> None:
    buffer = started()
    while not buffer.idle:
        buffer.take(0.04)
    buffer.insert(301, b"301", 301 * FRAME, absent=300)
    assert buffer.start_time(301 * FRAME) == 301 * FRAME + 0.02
    buffer.start(301 * FRAME + 0.02)
    assert buffer.take(301 * FRAME + 0.02) == Play(b"301")
    assert buffer.counters.lost == 0


def test_of_a_gap_only_what_was_sent_is_lost_and_what_comes_late_after_all_is_late() -> None:
    buffer = started()
    buffer.insert(5, b"5", 5 * FRAME, absent=3)
    buffer.insert_copy(4, 1, b"4", 5 * FRAME)
    handed = [buffer.take(0.02 + FRAME * number) for number in range(1, 6)]
    assert handed == [Gap(), Gap(), Gap(b"4"), Play(b"4"), Play(b"5")]
    assert buffer.counters.lost == 1
    buffer.insert(3, b"3", 7 * FRAME)
    assert (buffer.counters.lost, buffer.counters.late) == (1, 1)


def test_a_delay_that_only_another_clock_explains_is_skipped_at_once() -> None:
    buffer = started()
    play_on(buffer, range(1, 20))
    for number in range(20, 60):  # from here the sender's frames are half a second younger
        buffer.insert(number, b"%d" % number, number * FRAME - 0.5)
    assert buffer.take(20 * FRAME + 0.02) == Play(b"45", instead_of=b"20")
    assert buffer.counters.skipped == 25
    assert buffer.excess < 0.03
    assert buffer.take(21 * FRAME + 0.02) == Play(b"46")


def test_target_stays_in_its_limits() -> None:
    buffer = JitterBuffer(5.0)
    assert buffer.target == MOST_TARGET
    buffer.target = -1.0
    assert buffer.target == 0.0


def test_wanted_delay_follows_spread_and_appetite() -> None:
    buffer = started(target=0.02)
    assert buffer.wanted_delay == 0.02
    buffer.pull_seconds = 0.03
    assert abs(buffer.wanted_delay - 0.032) < 1e-9
    for number in range(1, 200):
        buffer.insert(number, b"", number * FRAME + (0.05 if number % 2 else 0.0))
    assert abs(buffer.wanted_delay - 0.082) < 1e-9


def test_nobody_pulls_and_it_stays_small() -> None:
    buffer = started()
    for number in range(1, 1000):
        buffer.insert(number, b"", number * FRAME)
    assert buffer.counters.skipped == 999 - MOST_HELD
    assert buffer.counters.lost == 0


def test_a_huge_step_in_numbers_takes_no_time_and_no_memory() -> None:
    buffer = started()
    buffer.insert(2**32 - 1, b"far", 0.03)
    now = 0.02
    while not buffer.idle:
        now += FRAME
        buffer.take(now)
    assert buffer.counters.lost == MOST_GAPS + 1
