"""The playout on recorded and generated traces, in virtual time."""

import random
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.voice.traces import FRAME, PULL, Run, TracingDecoder, packet, steady
from tui_call.voice.alignment import align
from tui_call.voice.coding import Coding
from tui_call.voice.opus import Decoder, Encoder
from tui_call.voice.playout import Playout
from tui_call.voice.samples import Samples
from tui_call.voice.sound import FRAME_SAMPLES, FRAME_SECONDS, SAMPLE_RATE
from tui_call.voice.speech_like import speech_like


def test_nothing_received_is_silence() -> None:
    assert not Playout().pull(1.0).any()
    assert Playout().pull(1.0, 37).shape == (37,)


def test_a_clean_trace_is_played_whole_at_the_target_delay() -> None:
    run = Run(steady(500), 12.0)
    assert run.decoder.decoded == list(range(500))
    figures = run.statistics
    assert (figures.received, figures.played, figures.lost) == (500, 500, 0)
    assert figures.late == figures.duplicates == figures.skipped == figures.malformed == 0
    assert 18 <= figures.buffer_ms <= 22
    assert figures.jitter_ms < 0.1


def test_sound_begins_and_ends_without_a_click() -> None:
    sound = np.concatenate(Run(steady(50), 3.0).sound).astype(int)
    assert np.max(np.abs(np.diff(sound))) < 8000 / 100
    assert sound[-1] == 0


def test_a_voice_comes_back_over_the_noise_of_its_room_without_a_click() -> None:
    """What is heard meanwhile is a low hum, and its end would be heard in the pause of a voice."""
    hum = 150 * np.sin(2 * np.pi * 100 * np.arange(SAMPLE_RATE // 100) / SAMPLE_RATE)
    room = np.tile(hum, 2).astype(np.int16)
    decoder = TracingDecoder()
    decoder.decode = decoder.conceal = lambda *_: room.copy()
    playout = Playout(0.02, decoder)
    waiting = [entry for entry in steady(200) if not 100 <= entry[1] < 125]
    heard: list[Samples] = []
    for pull in range(4 * 200):
        now = pull * PULL / SAMPLE_RATE
        while waiting and waiting[0][0] <= now:
            arrival, number = waiting.pop(0)
            playout.insert(number, packet(number), arrival)
        heard.append(playout.pull(now, PULL))
    sound = np.concatenate(heard).astype(int)
    steps = np.abs(np.diff(sound[SAMPLE_RATE:]))
    own = np.max(np.abs(np.diff(room.astype(int))))
    assert playout.statistics().concealed
    assert np.max(steps) <= 3 * own


def test_the_end_of_a_stream_fades_into_silence() -> None:
    run = Run(steady(50), 3.0)
    assert run.statistics.concealed == 6
    assert not np.concatenate(run.sound)[-SAMPLE_RATE:].any()


def test_single_losses_are_recovered_from_the_packet_after() -> None:
    run = Run([entry for entry in steady(300) if entry[1] % 10 != 5], 5.9, fec=True)
    assert run.decoder.recovered[-28:] == list(range(15, 295, 10))
    assert run.statistics.lost == 29
    assert run.statistics.concealed <= 3  # until the buffer waits for the packet after


def test_without_fec_losses_are_concealed() -> None:
    run = Run([entry for entry in steady(300) if entry[1] % 10 != 5], 5.9)
    assert run.statistics.concealed == 29
    assert run.statistics.recovered_by_fec == 0


def test_of_a_burst_only_the_last_can_be_recovered() -> None:
    run = Run([entry for entry in steady(300) if not 100 <= entry[1] < 103], 5.9, fec=True)
    assert run.statistics.concealed == 2
    assert run.decoder.recovered == [102]


def test_malformed_packets_are_concealed_and_counted() -> None:
    playout = Playout(0.0, TracingDecoder())
    playout.insert(0, b"rubbish", 0.0)
    playout.pull(0.0)
    playout.insert(2, b"rubbish", 0.02)
    playout.pull(0.02)
    assert playout.statistics().malformed >= 1
    assert playout.statistics().concealed >= 1


@pytest.mark.parametrize("slower", [0.3, 0.4, 0.8])
def test_a_queue_on_the_path_that_grew_for_good_is_followed_within_two_seconds(
    slower: float,
) -> None:
    """The delay is as long as the path makes it: there is nothing to shorten."""
    trace = [
        (number * FRAME + 0.05 + slower * min(1.0, max(0.0, (number - 250) / 100)), number)
        for number in range(1000)
    ]
    grown = 350 * FRAME + slower
    before, after = (Run(trace, until).statistics for until in (grown + 2.0, 19.0))
    assert after.concealed == before.concealed
    assert after.stretched - before.stretched <= 20
    assert abs(after.buffer_ms - 20) < 15


def test_however_fast_frames_come_one_pull_takes_a_bounded_number() -> None:
    playout = Playout(0.0, TracingDecoder())
    for number in range(500):
        playout.insert(number, packet(number), 0.0)
    playout.pull(0.0)
    assert 200 < len(playout._arrivals) < 300
    playout.pull(0.02)
    assert not playout._arrivals


def test_copies_that_are_malformed_count_neither_as_played_nor_as_recovered() -> None:
    playout = Playout(0.0, TracingDecoder())
    for number in range(0, 80, 2):
        now = number * FRAME_SECONDS
        playout.insert(number, b"rubbish", now)
        playout.insert_copy(number - 1, 1, b"rubbish", now)
        for pull in range(2):
            playout.pull(now + pull * FRAME_SECONDS)
    figures = playout.statistics()
    assert figures.malformed > 30
    assert figures.played == figures.recovered_by_copies == 0


@pytest.mark.parametrize("outage", [0.1, 0.2, 0.5, 3.0])
@pytest.mark.parametrize("queued", [True, False])
@pytest.mark.parametrize("noise", [True, False])
def test_an_outage_leaves_no_delay(outage: float, queued: bool, noise: bool) -> None:
    """Neither in a voice nor in a street, which has neither pitch nor quiet places."""
    trace = []
    for arrival, number in steady(700):
        if 2.0 <= arrival < 2.0 + outage:
            if queued:
                trace.append((2.0 + outage, number))
        else:
            trace.append((arrival, number))
    run = Run(trace, 13.9, noise=noise)
    assert abs(run.statistics.buffer_ms - 20) < 10
    last = run.decoder.decoded[-1]
    assert 690 <= last <= 693
    assert run.decoder.decoded[-300:] == list(range(last - 299, last + 1))


@pytest.mark.parametrize("pause", [0.05, 0.3, 5.0])
def test_a_pause_of_the_sender_leaves_no_delay_and_loses_nothing_after(pause: float) -> None:
    trace = [
        (arrival + (pause if number >= 100 else 0.0), number) for arrival, number in steady(400)
    ]
    run = Run(trace, 8.0 + pause)
    assert abs(run.statistics.buffer_ms - 20) < 12
    assert run.decoder.decoded[-140:] == list(
        range(run.decoder.decoded[-1] - 139, 1 + run.decoder.decoded[-1])
    )


@pytest.mark.parametrize("path", [0.01, 0.45])
def test_another_path_delay_is_followed(path: float) -> None:
    trace = steady(200, 0.2) + [(number * FRAME + path, number) for number in range(200, 900)]
    run = Run(trace, 17.9)
    assert abs(run.statistics.buffer_ms - 20) < 22
    assert run.decoder.decoded[-300:] == sorted(run.decoder.decoded[-300:])


@pytest.mark.parametrize("rate", [1.0005, 0.9995])
def test_clocks_that_differ_leave_no_delay(rate: float) -> None:
    run = Run(steady(9000), 179.0, rate=rate)
    assert -12 < run.statistics.buffer_ms - 20 < 24
    assert run.statistics.concealed + run.statistics.skipped < 40


def test_uniform_jitter_is_absorbed() -> None:
    jitter = random.Random(3)
    trace = [(arrival + jitter.uniform(0, 0.06), number) for arrival, number in steady(1500)]
    run = Run(trace, 29.9)
    lost_share = (run.statistics.late + run.statistics.lost) / 1500
    assert lost_share < 0.06
    assert run.statistics.buffer_ms < 100


def test_a_larger_target_is_reached_and_left_again() -> None:
    playout = Playout(0.02, TracingDecoder(fec=False))
    waits = {}
    now = 0.0
    for number in range(1200):
        if number in (200, 600):
            playout.target = 0.1 if number == 200 else 0.02
        playout.insert(number, packet(number), now)
        for _ in range(4):
            playout.pull(now, PULL)
            now += PULL / SAMPLE_RATE
        waits[number] = playout.statistics().buffer_ms
    assert playout.target == 0.02
    assert abs(waits[180] - 20) < 5
    assert abs(waits[580] - 100) < 12
    assert abs(waits[1180] - 20) < 24


@given(
    seed=st.integers(0, 2**32),
    loss=st.floats(0, 0.6),
    jitter=st.floats(0, 0.2),
    duplicates=st.floats(0, 0.5),
    burst=st.integers(1, 30),
)
@settings(max_examples=60, deadline=None)
def test_on_any_trace_frames_play_once_and_in_order(
    seed: int, loss: float, jitter: float, duplicates: float, burst: int
) -> None:
    chance = random.Random(seed)
    trace: list[tuple[float, int]] = []
    losing = 0
    for arrival, number in steady(300):
        if losing == 0 and chance.random() < loss / burst:
            losing = burst
        if losing:
            losing -= 1
            continue
        trace.append((arrival + chance.uniform(0, jitter), number))
        if chance.random() < duplicates:
            trace.append((arrival + chance.uniform(0, 2 * jitter), number))
    run = Run(trace, 7.5)
    assert run.decoder.decoded == sorted(set(run.decoder.decoded))
    figures = run.statistics
    distinct = {number for _, number in trace}
    assert figures.received == len(distinct)
    assert figures.duplicates == len(trace) - len(distinct)
    held = len(
        [one for one in run.playout._buffer._held.values() if not one.is_copy]
    )  # those that came too late to begin again with
    assert figures.played + figures.skipped + figures.late + held == figures.received
    assert held < 20
    assert not set(run.decoder.recovered) & set(run.decoder.decoded)
    assert figures.buffer_ms < 450


@given(
    st.lists(
        st.tuples(
            st.integers(0, 2**32 - 1), st.binary(max_size=100), st.floats(0, 10), st.booleans()
        ),
        max_size=80,
    )
)
@settings(deadline=None)
def test_nothing_that_arrives_breaks_it(events: list[tuple[int, bytes, float, bool]]) -> None:
    playout = Playout()
    now = 0.0
    for number, audio, later, pull in events:
        now += later
        playout.insert(number, audio, now)
        if pull:
            assert playout.pull(now).shape == (FRAME_SAMPLES,)
    assert playout.pull(now + 0.1, 5000).shape == (5000,)


def test_real_speech_comes_through_loss() -> None:
    encoder = Encoder(Coding(32_000))
    encoder.use(Coding(32_000, expected_loss=20))
    said = speech_like(4.0)
    chance = random.Random(11)
    playout = Playout(0.02, Decoder())
    heard = []
    for number in range(200):
        frame = said[number * FRAME_SAMPLES :][:FRAME_SAMPLES]
        audio = encoder.encode(frame)
        if chance.random() > 0.05:
            playout.insert(number, audio, number * FRAME)
        heard += [playout.pull(number * FRAME + part * 0.005, PULL) for part in range(4)]
    alignment = align(said, np.concatenate(heard))
    assert alignment.heard
    assert len(alignment.delays) > 0.9 * alignment.windows
    assert max(alignment.delays) < 0.06
    assert playout.statistics().recovered_by_fec > 0


def spoken_through(
    arrivals: Callable[[int], float | None], copies: tuple[int, ...] = ()
) -> tuple[Samples, Samples, Playout]:
    """Return four seconds of a voice, what a playout made of it, and the playout.

    Args:
        arrivals: when a frame arrives, None where it is lost.
        copies: how many frames earlier the copies are that travel with each.
    """
    encoder = Encoder(Coding(32_000))
    said = speech_like(4.0)
    sent = [encoder.encode(frame) for frame in np.split(said, 200)]
    waiting = sorted((when, n) for n in range(200) if (when := arrivals(n)) is not None)
    playout, heard = Playout(0.02, Decoder()), []
    for tick in range(4 * 225):
        now = tick * 0.005
        while waiting and waiting[0][0] <= now:
            when, number = waiting.pop(0)
            playout.insert(number, sent[number], when)
            for offset in copies:
                if offset <= number:
                    playout.insert_copy(number - offset, offset, sent[number - offset], when)
        heard.append(playout.pull(now, PULL))
    return said, np.concatenate(heard), playout


def test_what_was_held_up_is_heard_and_leaves_no_delay() -> None:
    def held_up(number: int) -> float:
        return max(number * FRAME, 1.2) if 50 <= number < 60 else number * FRAME

    said, heard, playout = spoken_through(held_up)
    alignment = align(said, heard)
    assert abs(alignment.delays[-1] - alignment.delays[0]) < 0.010
    assert playout.statistics().lost == playout.statistics().skipped == 0


def test_copies_repair_what_the_network_lost() -> None:
    chance = random.Random(4)
    fates = [chance.random() for _ in range(200)]

    def lossy(number: int) -> float | None:
        return None if fates[number] < 0.2 else number * FRAME

    concealed = {}
    for copies in ((), (1, 3)):
        said, heard, playout = spoken_through(lossy, copies)
        concealed[copies] = playout.statistics().concealed
    assert align(said, heard).heard
    assert playout.statistics().recovered_by_copies > 25
    assert concealed[()] > 3 * concealed[1, 3]


def test_a_gap_ends_in_the_noise_of_the_far_room_and_then_in_silence() -> None:
    encoder = Encoder(Coding(32_000))
    hiss = np.random.default_rng(3).normal(0, 90, 100 * FRAME_SAMPLES).astype(np.int16)
    playout, heard = Playout(0.02, Decoder()), []
    for number, frame in enumerate(np.split(hiss, 100)):
        playout.insert(number, encoder.encode(frame), number * FRAME)
        heard += [playout.pull(number * FRAME + part * 0.005, PULL) for part in range(4)]
    gap = [playout.pull(2.0 + tick * 0.005, PULL) for tick in range(600)]
    levels = [
        np.sqrt(np.mean(part.astype(float) ** 2)) for part in np.split(np.concatenate(gap), 30)
    ]
    assert min(levels[:3]) > 20, "no hole"
    assert max(levels) < 200
    assert levels[-1] == 0, "a dead line sounds dead"


@pytest.mark.parametrize("asleep", ["speaker", "listener"])
def test_a_suspended_computer_leaves_no_delay(asleep: str) -> None:
    """A listener's clock may stand still meanwhile, a speaker's numbers do."""
    trace = steady(300) + [
        (200.0 + number * FRAME, number + (0 if asleep == "speaker" else 180_000))
        for number in range(300, 700)
    ]
    run = Run(trace, 213.9)
    assert abs(run.statistics.buffer_ms - 20) < 12
    assert len(run.decoder.decoded) > 670


def test_silence_of_the_speaker_does_not_hold_anything() -> None:
    playout = Playout(0.02, TracingDecoder())
    for number in range(5000):
        playout.insert(number, packet(number), number * FRAME)
    assert len(playout.pull(100.0)) == FRAME_SAMPLES
    assert playout.statistics().received <= 512


def test_the_sound_does_not_follow_every_turn_of_the_path() -> None:
    """Each change of length costs quality, and a path is never twice the same."""
    jitter = random.Random(5)
    spread = [jitter.choice((0.015, 0.020, 0.025)) for _ in range(30)]  # another one each second
    trace = [
        (arrival + jitter.uniform(0, spread[number // 50]), number)
        for arrival, number in steady(1500)
    ]
    run = Run(trace, 29.9)
    assert run.statistics.late < 15
    assert run.statistics.stretched < 20
