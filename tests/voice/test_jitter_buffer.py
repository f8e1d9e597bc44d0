from tui_call.voice.jitter_buffer import MOST_GAPS, MOST_HELD, MOST_TARGET, Gap, JitterBuffer, Play

FRAME = 0.02


def started(first: int = 0, target: float = 0.02) -> JitterBuffer:
    """Return a buffer that plays frame `first`, which arrived in time, after `target`."""
    buffer = JitterBuffer(target)
    buffer.insert(first, b"%d" % first, first * FRAME)
    start = buffer.start_time(0.0)
    assert start is not None
    buffer.start(start)
    assert buffer.take(start, quiet=False) == Play(b"%d" % first)
    return buffer


def play_on(buffer: JitterBuffer, numbers: range, delay: float = 0.0) -> list[Play | Gap | None]:
    """Frames arrive in time, `delay` after the path's best; return what was handed out."""
    handed = []
    for number in numbers:
        buffer.insert(number, b"%d" % number, number * FRAME + delay)
        handed.append(buffer.take(number * FRAME + 0.02, quiet=False))
    return handed


def test_nothing_starts_before_something_came() -> None:
    buffer = JitterBuffer()
    assert buffer.idle
    assert buffer.start_time(5.0) is None


def test_frames_play_in_order_whatever_order_they_came_in() -> None:
    buffer = started()
    for number in (3, 1, 2):
        buffer.insert(number, b"%d" % number, 0.03)
    handed = [buffer.take(0.02 + FRAME * n, quiet=False) for n in (1, 2, 3)]
    assert handed == [Play(b"1"), Play(b"2"), Play(b"3")]


def test_a_gap_offers_the_frame_after_it() -> None:
    buffer = started()
    buffer.insert(2, b"2", 0.04)
    assert buffer.take(0.04, quiet=False) == Gap(b"2")
    assert buffer.take(0.06, quiet=False) == Play(b"2")
    assert buffer.counters.lost == 1


def test_a_frame_that_comes_late_is_late_and_not_lost() -> None:
    buffer = started()
    assert buffer.take(0.04, quiet=False) == Gap()
    assert buffer.counters.lost == 1
    buffer.insert(1, b"1", 0.05)
    assert (buffer.counters.lost, buffer.counters.late) == (0, 1)


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


def test_it_becomes_idle_after_an_outage_and_starts_with_the_newest_in_time() -> None:
    buffer = started()
    now = 0.02
    for _ in range(MOST_GAPS):
        now += FRAME
        assert buffer.take(now, quiet=False) == Gap()
    assert buffer.take(now + FRAME, quiet=False) is None
    assert buffer.idle
    for number in range(8, 18):  # the path's queue comes out at once
        buffer.insert(number, b"%d" % number, 17 * FRAME)
    start = buffer.start_time(17 * FRAME)
    assert start is not None
    assert abs(start - (17 * FRAME + 0.02 - FRAME)) < 1e-6 or start == 17 * FRAME
    buffer.start(17 * FRAME + 0.02)
    assert buffer.take(17 * FRAME + 0.02, quiet=False) == Play(b"17")
    assert buffer.counters.skipped == 9


def test_loss_alone_adds_no_delay() -> None:
    buffer = started()
    for number in range(1, 400):
        if number % 3:
            buffer.insert(number, b"%d" % number, number * FRAME)
        buffer.take(number * FRAME + 0.02, quiet=False)
    assert abs(buffer.excess) < 1e-6
    assert abs(buffer.waited - 0.02) < 1e-6


def test_delay_above_the_wanted_is_skipped_in_a_quiet_place() -> None:
    buffer = started()
    play_on(buffer, range(1, 20))
    play_on(buffer, range(20, 122), delay=-0.03)  # from here the path is 30 ms quicker
    assert buffer.counters.skipped == 0
    for number in range(122, 125):
        buffer.insert(number, b"%d" % number, number * FRAME - 0.03)
    assert buffer.take(122 * FRAME + 0.02, quiet=True) == Play(b"123", instead_of=b"122")
    assert buffer.take(123 * FRAME + 0.02, quiet=True) == Play(b"124")
    assert buffer.counters.skipped == 1


def test_delay_above_the_wanted_is_skipped_in_loud_sound_after_two_seconds() -> None:
    buffer = started()
    play_on(buffer, range(1, 20))
    for number in range(20, 330):
        buffer.insert(number, b"%d" % number, number * FRAME - 0.03)
        buffer.insert(number + 1, b"%d" % (number + 1), number * FRAME - 0.01)
        buffer.take(number * FRAME + 0.02, quiet=False)
    assert buffer.counters.skipped == 1


def test_delay_far_above_the_wanted_is_skipped_at_once() -> None:
    buffer = started()
    play_on(buffer, range(1, 20))
    for number in range(20, 135):
        for ahead in range(5):
            buffer.insert(number + ahead, b"%d" % (number + ahead), (number + ahead) * FRAME - 0.09)
        buffer.take(number * FRAME + 0.02, quiet=False)
    assert buffer.counters.skipped == 4
    assert buffer.excess < 0.02


def test_skipping_waits_for_a_frame_to_go_on_with() -> None:
    buffer = started()
    play_on(buffer, range(1, 20))
    handed = play_on(buffer, range(20, 125), delay=-0.03)  # never one more than is due
    assert all(isinstance(slot, Play) for slot in handed)
    buffer.insert(125, b"125", 125 * FRAME - 0.03)
    assert buffer.take(125 * FRAME + 0.02, quiet=True) == Play(b"125")
    assert buffer.counters.skipped == 0


def test_a_larger_target_inserts_gaps_without_losing_a_frame() -> None:
    buffer = started()
    buffer.target = 0.06
    now, handed = 0.02, []
    for number in range(1, 12):
        buffer.insert(number, b"%d" % number, number * FRAME)
        now += FRAME
        handed.append(buffer.take(now, quiet=False))
    assert [slot for slot in handed if isinstance(slot, Play)] == [
        Play(b"%d" % number) for number in range(1, 10)
    ]
    assert buffer.counters.lost == 0


def test_target_stays_in_its_limits() -> None:
    buffer = JitterBuffer(5.0)
    assert buffer.target == MOST_TARGET
    buffer.target = -1.0
    assert buffer.target == 0.0


def test_wanted_delay_follows_spread_and_appetite() -> None:
    buffer = started(target=0.02)
    assert buffer.wanted_delay == 0.02
    buffer.pull_seconds = 0.03
    assert abs(buffer.wanted_delay - 0.034) < 1e-9
    for number in range(1, 200):
        buffer.insert(number, b"", number * FRAME + (0.05 if number % 2 else 0.0))
    assert abs(buffer.wanted_delay - 0.084) < 1e-9


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
        buffer.take(now, quiet=False)
    assert buffer.counters.lost == MOST_GAPS + 1
