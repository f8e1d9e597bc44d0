"""The measuring itself: what it finds in sound that was made for it, and which lines it prints."""

import asyncio

import numpy as np
import pytest

from bench.calls import Figures, left_by_outage, medians
from bench.slow_wire import slow_wire
from bench.stock_aiortc import Ear
from bench.table import CLEAN, JITTERY, LOSSES, OUTAGE, Row, call_rows, print_rows
from tests.support.measured_sound import pesq_wide_band
from tui_call.voice.sound import SAMPLE_RATE
from tui_call.voice.speech_like import speech_like

FRAME = np.ones(960, np.int16)


def test_an_ear_hears_silence_where_nothing_comes_and_waits_its_turn() -> None:
    ear = Ear()
    for now in (7.0, 7.01, 7.1):
        ear.hear(FRAME, now)

    assert ear.started == 7.0
    heard = [bool(ear.heard[sample]) for sample in (0, 1919, 1920, 4799, 4800, 5759)]
    assert heard == [True, True, False, False, True, True]
    assert len(ear.heard) == 5760


def test_quality_does_not_depend_on_when_recording_began() -> None:
    said = speech_like(9)
    second = np.zeros(SAMPLE_RATE, np.int16)
    scores = [
        pesq_wide_band(said, heard)
        for heard in (said, np.concatenate((second, said)), said[SAMPLE_RATE:])
    ]

    assert all(score is not None and score > 4.5 for score in scores)


def test_quality_falls_with_noise_and_needs_sound() -> None:
    said = speech_like(9)
    noise = np.random.default_rng(1).normal(0, 600, len(said)).astype(np.int16)
    noisy = pesq_wide_band(said, said + noise)

    assert noisy is not None
    assert noisy < 3
    assert pesq_wide_band(said, np.zeros(100, np.int16)) is None


def test_medians_leave_out_what_a_call_could_not_tell() -> None:
    calls = [Figures(40, 50, None), Figures(60, 70, 3.0), Figures(45, None, 4.0)]

    assert medians(calls) == Figures(45, 60, 3.5, None)
    assert medians([]) == Figures()


def test_what_an_outage_left_is_measured_five_seconds_later() -> None:
    course = [(n / 10, 40.0 if n < 65 else 240.0 if n < 121 else 52.0) for n in range(140)]
    assert left_by_outage(OUTAGE, tuple(course)) == 12
    assert left_by_outage(CLEAN, tuple(course)) is None
    assert left_by_outage(OUTAGE, tuple(course[:100])) is None


def test_every_network_that_was_measured_has_its_lines() -> None:
    good = Figures(40, 50, 4.0, 90, concealed=0)
    stock, ten = Figures(130, 131, 2.0), LOSSES[10]
    printed = call_rows(
        {CLEAN: good, ten: good, JITTERY: good}, {CLEAN: stock, ten: stock, JITTERY: stock}
    )
    assert [row.what for row in printed] == [
        "mouth to ear, median",
        "mouth to ear, p99",
        "set-up, call to keys and path",
        "PESQ wide band, 0 % loss",
        "PESQ wide band, 10 % loss",
        "10 % loss: part of stock's delay",
        "10 % loss: PESQ above stock's",
        "jitter 0-60 ms: mouth to ear",
        "jitter 0-60 ms: frames made up",
        "jitter 0-60 ms: PESQ wide band",
    ]
    assert all(row.met for row in printed)


def test_what_could_not_be_measured_is_not_met() -> None:
    lines = [str(row) for row in call_rows({CLEAN: Figures()}, {CLEAN: Figures()})]
    assert all("no figure" in line and line.endswith("not met") for line in lines)


def test_a_line_says_when_the_bar_is_not_met() -> None:
    assert str(Row("delay", 45, True, " ms", 46, 130.4)).split() == (
        ["delay", "≤", "45", "ms", "46", "ms", "130", "ms", "not", "met"]
    )
    assert "not met" in str(Row("PESQ", 3.9, False, "", 3.89))
    assert "not met" not in str(Row("PESQ", 3.9, False, "", 3.9))


def test_a_table_with_a_line_that_is_not_met_ends_with_a_failure(
    capsys: pytest.CaptureFixture[str],
) -> None:
    good, bad = Row("delay", 45, True, " ms", 44), Row("delay", 45, True, " ms", None)
    assert (print_rows([good, good]), print_rows([bad, good])) == (0, 1)
    assert len(capsys.readouterr().out.splitlines()) == 4


async def test_a_slow_wire_passes_everything_on_in_order_and_later() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write((await reader.readexactly(13)).upper())
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1")
    async with slow_wire(*server.sockets[0].getsockname(), delay=0.01) as wire:
        reader, writer = await asyncio.open_connection("127.0.0.1", wire.port)
        for word in (b"one ", b"two ", b"three"):
            writer.write(word)
            await writer.drain()
        assert await reader.read() == b"ONE TWO THREE"
        writer.close()
    server.close()
    assert sum(one.size for one in wire.passed if not one.inbound) == 13
    assert sum(one.size for one in wire.passed if one.inbound) == 13
    assert all(one.went - one.came >= 0.01 for one in wire.passed)
