"""`python -m bench`: prints the product's figures beside those of a stock aiortc call.

Every figure is the median of some runs on this machine, in which both kinds of call take turns.
What must be stands beside each. The figures of the calls are also written down, for
`python -m bench.pictures`.
"""

import argparse
import asyncio
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.answering import answer_to_sound_ms
from bench.bridge import worker_rows
from bench.bridge_delay import delay_rows
from bench.bridge_delay import measure as bridge_delay
from bench.bridge_hour import bridged_hour
from bench.bridge_moments import moment_rows
from bench.bridge_packets import bridge_packet_rows
from bench.bridge_sound import bridge_sound
from bench.calls import Figures, Network, medians, our_call, stock_call
from bench.captions import captions_rows
from bench.crowded import CALLS, calls_that_ring
from bench.flood import lateness_under_flood
from bench.handshake import handshake_cpu_ms
from bench.hour import hours
from bench.kept_kills import kill_rows
from bench.kept_kills import measure as measure_kills
from bench.lightness import lightness_rows, measure
from bench.pictures import write_figures
from bench.presence import PEOPLE, presence_cost
from bench.ringing import round_trips_to_ringing
from bench.screen import lateness_beside_a_screen
from bench.screen_cost import screen_cost
from bench.service import BACK, CLIENTS, TURN_SECONDS
from bench.service import measure as measure_service
from bench.table import (
    ALL,
    CLEAN,
    LOSSES,
    OUTAGE,
    Row,
    call_rows,
    heading,
    hour_rows,
    print_rows,
    screen_rows,
)
from bench.tap import measure as tap_cost
from bench.tap import tap_rows
from bench.tap_recording import recording_rows
from bench.told import told_rows
from bench.voices_cost import voices_rows
from tests.support.measured_sound import make_speech

ANSWER_WITHIN_MS = {0: 250, 100: 700}
"""By milliseconds of round trip between the devices."""
SCREEN_SECONDS = 10.0
OUTAGE_SECONDS = 16.0
"""Of a call with an outage in its eighth second."""

PACKET_SECONDS = 5.0
QUIET_END_SECONDS = 0.5

Measured = dict[Network, Figures]


def measure_calls(
    runs: int, seconds: float, networks: tuple[Network, ...]
) -> tuple[Measured, Measured]:
    """Return what our and stock calls are like over some networks; both speak the same."""
    ours: dict[Network, list[Figures]] = {network: [] for network in networks}
    stock: dict[Network, list[Figures]] = {network: [] for network in networks}
    with tempfile.TemporaryDirectory(prefix="tui-call-bench-") as name:
        directory = Path(name)
        for seed in range(runs):
            for network in networks:
                lasts = max(seconds, OUTAGE_SECONDS) if network == OUTAGE else seconds
                # Nothing is said in the end: a hang-up takes what is on its way then.
                voice, speech = make_speech(directory, lasts - QUIET_END_SECONDS)
                say(f"run {seed + 1} of {runs}, {voice}: {network}")
                for measured, call in ((ours, our_call), (stock, stock_call)):
                    measured[network].append(call(speech, lasts, network, directory, seed))
    return (
        {network: medians(calls) for network, calls in ours.items()},
        {network: medians(calls) for network, calls in stock.items()},
    )


def other_rows(runs: int, seconds: float) -> list[Row]:
    """Measure everything that is not compared with a stock call."""
    caller, callee = handshake_cpu_ms()
    say("calls over slow wires to the service")
    rows = [
        Row("handshake, processor time of the caller", 5, True, " ms", caller),
        Row("handshake, processor time of the callee", 5, True, " ms", callee),
        Row("invite to ringing, in round trips", 2, True, "", round_trips_to_ringing()),
    ]
    for round_trip_ms, bar in ANSWER_WITHIN_MS.items():
        what = f"answer to sound, {round_trip_ms} ms round trip"
        rows.append(Row(what, bar, True, " ms", answer_to_sound_ms(round_trip_ms)))
    say("calls to somebody whom members and strangers flood")
    ringing, longest = calls_that_ring()
    rows += [
        Row(f"under floods: of {CALLS} calls ring in 2 s", CALLS, False, "", ringing),
        Row("  call to ringing, the longest", 2, True, " s", longest),
    ]
    presence = presence_cost()
    rows += [
        Row(f"presence of one of {PEOPLE}: loop held", 1, True, " ms", presence.held_ms),
        Row("  sent to a screen", 1024, True, " B", presence.sent_bytes),
    ]
    say("calls without and with forged invites, and beside a screen that is drawn")
    late = lateness_under_flood(seconds, runs)
    drawn = lateness_beside_a_screen(seconds, runs)
    return [
        *rows,
        Row("1000 forged invites/s: later frames, p99", 5, True, " ms", late.flooded - late.quiet),
        Row("screen drawn 20 times/s: late, p99", 10, True, " ms", drawn),
    ]


def bridge_rows(runs: int) -> Iterator[Row]:
    """Measure calls through a bridge, row by row."""
    say("packets at a bridge, and through aiortc's own objects")
    yield from bridge_packet_rows(PACKET_SECONDS, runs)
    say("a bridge worker, and people who speak through it")
    yield from worker_rows(runs)
    yield from moment_rows()
    yield from delay_rows([bridge_delay() for _ in range(runs)])
    say("people of whom all is kept and read, and the same without it")
    yield from tap_rows([tap_cost() for _ in range(runs)])
    say("a voice through a bridge, and beside a direct call, in virtual time")
    yield from bridge_sound().rows
    yield from voices_rows()
    yield from bridged_hour().rows
    say("a tap that records eight people, and an hour of them, in virtual time")
    yield from recording_rows(runs)
    say("recorded calls in which a process is killed")
    yield from kill_rows(asyncio.run(measure_kills(runs)))
    say("four who speak at once, and the engine that recognises them")
    yield from captions_rows()


def say(what: str) -> None:
    """Tell those who wait."""
    print(what, file=sys.stderr)


def later_rows(runs: int, seconds: float) -> Iterator[Row]:
    """Measure all but the calls beside stock ones, row by row."""
    yield from other_rows(runs, seconds)
    say("the screen in terminals of its own, and bare Textual")
    yield from screen_rows(screen_cost(SCREEN_SECONDS, runs))
    say("a service, and 10,000 clients in other processes")
    yield from measure_service(CLIENTS, BACK, TURN_SECONDS)
    say("commands where a service grants something, says nothing or is gone, and calls by rule")
    yield from told_rows(runs)
    yield from bridge_rows(runs)
    say("hours in virtual time")
    yield from hour_rows(hours())
    say("engines without a call, and in one on sound devices")
    yield from lightness_rows([measure() for _ in range(runs)])


def main() -> int:
    """Measure and print; return an exit status."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=13.0, help="of each call")
    parser.add_argument("--quick", action="store_true", help="no loss, 10 %% loss; one run")
    options = parser.parse_args()
    runs = 1 if options.quick else options.runs
    networks = (CLEAN, LOSSES[10]) if options.quick else ALL
    ours, stock = measure_calls(runs, options.seconds, networks)
    print(f"Medians of {runs} runs of {options.seconds:g} s, {os.cpu_count()} cores\n\n{heading()}")
    status = print_rows(call_rows(ours, stock))
    if options.quick:
        return status
    write_figures(ours, stock)
    return max(status, print_rows(later_rows(runs, options.seconds)))


if __name__ == "__main__":
    sys.exit(main())
