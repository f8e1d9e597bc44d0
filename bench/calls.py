"""Calls between two processes over a bad network: ours, and stock ones with the same fate."""

import asyncio
import json
import statistics
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path

from bench.stock_aiortc import speak_to_a_listener
from tests.support.measured_sound import pesq_wide_band
from tui_call.transport.impairment import BEFORE_OUTAGE, Impairment
from tui_call.voice.alignment import WINDOW_SECONDS
from tui_call.voice.devices.sound_file import read_sound_file
from tui_call.voice.sound import FRAME_SECONDS

DEMO_WITHIN = 120.0
_CALLER_SEED = len("caller")
"""What an engine adds to the seed, by the name of its profile."""

_OUTAGE_AT = BEFORE_OUTAGE * FRAME_SECONDS
_UNSURE_SECONDS = 0.5
"""By which the first sample is said before or after the first datagram is sent."""
_AFTER_SECONDS = 5.0
_LISTEN_SECONDS = 1.0

OverTime = tuple[tuple[float, float], ...]
"""Seconds from the beginning, and the delay of what was said then in milliseconds."""


@dataclass(frozen=True, slots=True)
class Network:
    """What happens to datagrams.

    Attributes:
        loss: percent lost.
        jitter: late by 0 to so many milliseconds.
        burst: how many are lost in a row.
        outage: held up once, for so many milliseconds.
    """

    loss: float = 0.0
    jitter: float = 0.0
    burst: int = 1
    outage: float = 0.0


@dataclass(frozen=True, slots=True)
class Figures:
    """One call, or the medians of several; None where there is nothing to tell.

    Attributes:
        delay: from mouth to ear, in milliseconds.
        concealed: frames that were made up after the call had settled, in both directions.
        left_by_outage: delay 5 s after an outage less that before it, in milliseconds.
        over_time: of one call.
    """

    delay: float | None = None
    delay_p99: float | None = None
    pesq: float | None = None
    set_up: float | None = None
    concealed: float | None = None
    left_by_outage: float | None = None
    over_time: OverTime = ()


def our_call(speech: Path, seconds: float, network: Network, directory: Path, seed: int) -> Figures:
    """Let `tui-call demo` make a call."""
    command = [
        sys.executable, "-m", "tui_call", "demo", "--json", "--seconds", f"{seconds:g}",
        "--input", str(speech), "--output", str(directory), "--seed", str(seed),
        "--loss", f"{network.loss:g}", "--jitter", f"{network.jitter:g}",
        "--burst", str(network.burst), "--outage", f"{network.outage:g}",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=DEMO_WITHIN, check=False)
    if not done.stdout.startswith("{"):
        print(f"tui-call demo failed: {done.stderr.strip()}", file=sys.stderr)
        return Figures()
    report = json.loads(done.stdout)
    delay = report["mouth_to_ear_ms"]
    over_time = tuple((start, late) for start, late in report["delay_over_time_ms"])
    return Figures(
        delay=delay["median"],
        delay_p99=delay["p99"],
        pesq=pesq_wide_band(read_sound_file(speech), read_sound_file(directory / "callee.wav")),
        set_up=report["setup_ms"],
        concealed=report["frames"]["concealed_settled"],
        left_by_outage=left_by_outage(network, over_time),
        over_time=over_time,
    )


def stock_call(
    speech: Path, seconds: float, network: Network, directory: Path, seed: int
) -> Figures:
    """Make a call with aiortc's own parts, whose datagrams have the fates that ours have."""
    said, heard = read_sound_file(speech), directory / "heard.wav"
    impairment = Impairment(
        network.loss / 100, network.jitter, seed + _CALLER_SEED, network.burst, network.outage
    )
    found = asyncio.run(speak_to_a_listener(said, seconds, impairment, heard))
    late = [delay * 1000 for delay in found.delays]
    over_time = tuple(zip(found.starts, late, strict=True))
    return Figures(
        delay=_milliseconds(found.percentile(50)),
        delay_p99=_milliseconds(found.percentile(99)),
        pesq=pesq_wide_band(said, read_sound_file(heard)),
        left_by_outage=left_by_outage(network, over_time),
        over_time=over_time,
    )


def left_by_outage(network: Network, over_time: OverTime) -> float | None:
    """Return by how many milliseconds the delay is longer 5 s after an outage than before it."""
    until = _OUTAGE_AT - WINDOW_SECONDS - _UNSURE_SECONDS
    again = _OUTAGE_AT + network.outage / 1000 + _AFTER_SECONDS
    before = _median_between(over_time, until - _LISTEN_SECONDS, until)
    after = _median_between(over_time, again, again + _LISTEN_SECONDS)
    return after - before if network.outage and before and after else None


def medians(calls: Iterable[Figures]) -> Figures:
    """Return the median of each figure over the calls that have it, and one call's course."""
    columns = list(calls)
    numbers = {
        field.name: _median(
            value for call in columns if (value := getattr(call, field.name)) is not None
        )
        for field in fields(Figures)
        if field.name != "over_time"
    }
    return Figures(**numbers, over_time=columns[-1].over_time if columns else ())


def _median_between(over_time: OverTime, first: float, last: float) -> float | None:
    return _median(late for start, late in over_time if first <= start <= last)


def _milliseconds(seconds: float | None) -> float | None:
    return None if seconds is None else seconds * 1000


def _median(values: Iterable[float]) -> float | None:
    found = list(values)
    return statistics.median(found) if found else None
