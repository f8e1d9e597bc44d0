"""`python -m bench`: prints the product's figures beside those of a stock aiortc call.

Every figure is the median of some runs on this machine, in which both kinds of call take turns.
What must be is in the design's "Bars"; figures that cannot be measured yet are not printed.
"""

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bench.answering import answer_to_sound_ms
from bench.flood import lateness_under_flood
from bench.handshake import handshake_cpu_ms
from bench.hour import Hour, hours
from bench.ringing import round_trips_to_ringing
from bench.sound import make_speech, pesq_wide_band
from bench.stock_aiortc import speak_to_a_listener
from tui_call.transport.impairment import Impairment
from tui_call.voice.devices.files import read_wav

DEMO_WITHIN = 120.0


@dataclass(frozen=True, slots=True)
class Network:
    """What happens to datagrams: percent lost, and late by 0 to so many milliseconds."""

    loss: float = 0.0
    jitter: float = 0.0


CLEAN = Network()
LOSSES = {loss: Network(loss=loss) for loss in (5, 10, 20, 30)}
JITTERY = Network(jitter=60)
ANSWER_WITHIN_MS = {0: 250, 100: 700}
"""By milliseconds of round trip between the devices."""
PESQ_AT_LEAST = {0: 3.9, 5: 3.6, 10: 3.4, 20: 3.0, 30: 2.6}


@dataclass(frozen=True, slots=True)
class Figures:
    """One call, or the medians of several; None where there is nothing to tell."""

    delay: float | None
    delay_p99: float | None
    pesq: float | None
    set_up: float | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table.

    Attributes:
        at_most: whether `bar` is the highest allowed value, else the lowest.
    """

    what: str
    bar: float
    at_most: bool
    unit: str
    ours: float | None
    stock: float | None = None

    def __str__(self) -> str:
        assert self.ours is not None
        digits = 0 if self.bar == 0 or (self.unit == " ms" and self.bar >= 10) else 2
        met = self.ours <= self.bar if self.at_most else self.ours >= self.bar
        bar = f"{'≤' if self.at_most else '≥'} {self.bar:.{digits}f}{self.unit}"
        stock = "" if self.stock is None else f"{self.stock:.{digits}f}{self.unit}"
        ours = f"{self.ours:.{digits}f}{self.unit}"
        return f"{self.what:<40}{bar:>10}{ours:>12}{stock:>14}   {'' if met else 'not met'}"


def our_call(speech: Path, seconds: float, network: Network, directory: Path) -> Figures:
    """Let `tui-call demo` make a call."""
    command = [
        sys.executable, "-m", "tui_call", "demo", "--json", "--seconds", f"{seconds:g}",
        "--input", str(speech), "--output", str(directory),
        "--loss", f"{network.loss:g}", "--jitter", f"{network.jitter:g}",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=DEMO_WITHIN, check=False)
    if not done.stdout.startswith("{"):
        print(f"tui-call demo failed: {done.stderr.strip()}", file=sys.stderr)
        return Figures(None, None, None)
    report = json.loads(done.stdout)
    delay = report["mouth_to_ear_ms"]
    heard = read_wav(directory / "callee.wav")
    quality = pesq_wide_band(read_wav(speech), heard)
    return Figures(delay["median"], delay["p99"], quality, report["setup_ms"])


def stock_call(
    speech: Path, seconds: float, network: Network, directory: Path, seed: int
) -> Figures:
    """Make a call with aiortc's own parts."""
    said, heard = read_wav(speech), directory / "heard.wav"
    impairment = Impairment(network.loss / 100, network.jitter, seed)
    found = asyncio.run(speak_to_a_listener(said, seconds, impairment, heard))
    median, p99 = found.percentile(50), found.percentile(99)
    quality = pesq_wide_band(said, read_wav(heard))
    return Figures(_milliseconds(median), _milliseconds(p99), quality)


def medians(calls: Iterable[Figures]) -> Figures:
    """Return the median of each figure over the calls that have it."""
    columns = list(calls)
    return Figures(
        *(
            _median(value for call in columns if (value := getattr(call, name)) is not None)
            for name in ("delay", "delay_p99", "pesq", "set_up")
        )
    )


def rows(ours: dict[Network, Figures], stock: dict[Network, Figures]) -> list[Row]:
    """Return the lines for what was measured."""
    clean, stock_clean = ours[CLEAN], stock[CLEAN]
    table = [
        Row("mouth to ear, median", 45, True, " ms", clean.delay, stock_clean.delay),
        Row("mouth to ear, p99", 60, True, " ms", clean.delay_p99, stock_clean.delay_p99),
        Row("set-up, call to keys and path", 500, True, " ms", clean.set_up),
    ]
    for network in (CLEAN, *LOSSES.values()):
        if network in ours:
            bar = PESQ_AT_LEAST[round(network.loss)]
            what = f"PESQ wide band, {network.loss:.0f} % loss"
            table.append(Row(what, bar, False, "", ours[network].pesq, stock[network].pesq))
    if (ten := LOSSES[10]) in ours:
        table += _against_stock(ours[ten], stock[ten])
    if JITTERY in ours:
        bad, stock_bad = ours[JITTERY], stock[JITTERY]
        table += [
            Row("mouth to ear, jitter 0-60 ms", 110, True, " ms", bad.delay, stock_bad.delay),
            Row("PESQ wide band, jitter 0-60 ms", 3.4, False, "", bad.pesq, stock_bad.pesq),
        ]
    return [row for row in table if row.ours is not None]


def hour_rows(calls: list[Hour]) -> list[Row]:
    """Return the lines for hours in virtual time, by the worst of them."""
    clicks = max(len(call.clicks) for call in calls)
    grew = max(call.delay_grew for call in calls)
    return [
        Row("an hour, 2 % loss, 11 paths more: clicks", 0, True, "", clicks),
        Row("  delay at its end against its beginning", 20, True, " ms", grew * 1000),
    ]


def _against_stock(ours: Figures, stock: Figures) -> list[Row]:
    ratio = ours.delay / stock.delay if ours.delay and stock.delay else None
    gain = ours.pesq - stock.pesq if ours.pesq and stock.pesq else None
    return [
        Row("10 % loss: part of stock's delay", 1 / 3, True, "", ratio, None),
        Row("10 % loss: PESQ above stock's", 1.0, False, "", gain, None),
    ]


def _milliseconds(seconds: float | None) -> float | None:
    return None if seconds is None else seconds * 1000


def _median(values: Iterable[float]) -> float | None:
    found = list(values)
    return statistics.median(found) if found else None


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=13.0, help="of each call")
    parser.add_argument("--quick", action="store_true", help="no loss, 10 %% loss; one run")
    options = parser.parse_args()
    networks = [CLEAN, LOSSES[10]] if options.quick else [CLEAN, *LOSSES.values(), JITTERY]
    runs = 1 if options.quick else options.runs
    ours: dict[Network, list[Figures]] = {network: [] for network in networks}
    stock: dict[Network, list[Figures]] = {network: [] for network in networks}
    with tempfile.TemporaryDirectory(prefix="tui-call-bench-") as name:
        directory = Path(name)
        voice, speech = make_speech(directory, options.seconds)
        for run in range(runs):
            for network in networks:
                print(f"run {run + 1} of {runs}: {network}", file=sys.stderr)
                ours[network].append(our_call(speech, options.seconds, network, directory))
                stock[network].append(
                    stock_call(speech, options.seconds, network, directory, seed=10 * run)
                )
        print("calls without and with forged invites", file=sys.stderr)
        late = lateness_under_flood(options.seconds, runs)
    print("calls over slow wires to the service", file=sys.stderr)
    round_trips = round_trips_to_ringing()
    print(
        f"Medians of {runs} runs of {options.seconds:g} s, {voice}, {os.cpu_count()} cores\n\n"
        f"{'':<40}{'must be':>10}{'tui-call':>12}{'stock aiortc':>14}"
    )
    for row in rows(
        {network: medians(calls) for network, calls in ours.items()},
        {network: medians(calls) for network, calls in stock.items()},
    ):
        print(row)
    caller, callee = handshake_cpu_ms()
    print(Row("handshake, processor time of the caller", 5, True, " ms", caller))
    print(Row("handshake, processor time of the callee", 5, True, " ms", callee))
    print(Row("invite to ringing, in round trips", 2, True, "", round_trips))
    for round_trip_ms, bar in ANSWER_WITHIN_MS.items():
        what = f"answer to sound, {round_trip_ms} ms round trip"
        print(Row(what, bar, True, " ms", answer_to_sound_ms(round_trip_ms)))
    more = late.flooded - late.quiet
    print(Row("1000 forged invites/s: later frames, p99", 5, True, " ms", more))
    print("hours in virtual time", file=sys.stderr)
    for row in hour_rows(hours()):
        print(row)


if __name__ == "__main__":
    main()
