"""`tui-call demo`: a call between two real engines on this machine, measured from its sound.

A service and two engines run as processes of their own in a temporary home, with WAV files in
place of devices. The codes are read from each engine's control socket; the delay is what
cross-correlation finds between what was said and what was heard, both on the monotonic clock that
all processes of a machine share.
"""

import asyncio
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import numpy as np

from tui_call.cli.keys import code_json
from tui_call.cli.session import (
    NotWritten,
    path_for_engine,
    say,
    say_json,
    wait_until,
)
from tui_call.control.actions import Answer, Call, HangUp, SetUp, UseFiles
from tui_call.control.client import EngineClient
from tui_call.control.lines import Statistics
from tui_call.control.views import CodeView
from tui_call.drill.rehearsal import (
    STEP_WITHIN,
    RehearsalFailed,
    engines,
    phase,
    reach,
    rings,
    temporary_home,
)
from tui_call.sentences import paragraph_of, text_of
from tui_call.tui.plain import current_call
from tui_call.voice.alignment import Alignment, align
from tui_call.voice.devices.files import BUILT_IN_SECONDS
from tui_call.voice.devices.sound_file import read_sound_file
from tui_call.voice.samples import Samples
from tui_call.voice.sound import SAMPLE_RATE
from tui_call.voice.speech_like import speech_like

DEFAULT_SECONDS = 8.0
SETTLED_SECONDS = 5.0
"""How long a call may take to learn what its path is like."""
SIDES = ("caller", "callee")


@dataclass(frozen=True, slots=True)
class _Result:
    codes: dict[str, CodeView]
    statistics: dict[str, Statistics]
    concealed_settled: int


@click.command(help=paragraph_of("H_DEMO"))
@click.option("--seconds", type=click.FloatRange(2, 3600), help="How long the call lasts.")
@click.option(
    "--input", "source",
    type=click.Path(exists=True, dir_okay=False, path_type=Path, resolve_path=True),
    help="WAV file that both sides speak; without it a built-in signal.",
)  # fmt: skip
@click.option(
    "--output", "target", type=click.Path(file_okay=False, path_type=Path),
    help="Directory for caller.wav and callee.wav: what each side heard.",
)  # fmt: skip
@click.option("--loss", type=click.FloatRange(0, 90), default=0.0, help="Lost datagrams, percent.")
@click.option("--jitter", type=click.FloatRange(0, 1000), default=0.0, help="Jitter, 0 to MS.")
@click.option("--burst", type=click.IntRange(1, 50), default=1, help="How many in a row are lost.")
@click.option("--outage", type=click.FloatRange(0, 5000), default=0.0, help="Held up once, for MS.")
@click.option("--seed", type=int, default=0, help="Another one loses and delays other datagrams.")
@click.option("--json", "as_json", is_flag=True, help="One line of JSON.")
def demo(
    seconds: float | None,
    source: Path | None,
    target: Path | None,
    loss: float,
    jitter: float,
    burst: int,
    outage: float,
    seed: int,
    as_json: bool,
) -> None:
    """Place an E2EE call between two engines on this machine and measure it."""
    samples = read_sound_file(source) if source else None
    lasts = seconds or (len(samples) / SAMPLE_RATE if samples is not None else DEFAULT_SECONDS)
    with _directory(target) as directory, temporary_home():
        network = {"--loss": loss, "--jitter": jitter, "--burst": burst, "--outage": outage}
        network["--seed"] = seed
        engine_arguments = tuple(str(part) for option in network.items() for part in option)
        result = asyncio.run(_call(lasts, source, directory, engine_arguments))
        report = _report(result, _said(samples, lasts), directory)
    say_json(report) if as_json else _print(report)
    same = report["caller"] == report["callee"]
    sys.exit(0 if same and report["heard"] else 1)


@contextmanager
def _directory(target: Path | None) -> Generator[Path]:
    if target is None:
        with tempfile.TemporaryDirectory(prefix="tui-call-demo-") as directory:
            yield Path(directory)
        return
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise NotWritten(path=target, reason=error.strerror) from error
    yield target.absolute()


async def _call(
    lasts: float, source: Path | None, directory: Path, arguments: tuple[str, ...]
) -> _Result:
    async with engines(*SIDES, arguments=arguments) as (caller, callee):
        for side, client in zip(SIDES, (caller, callee), strict=True):
            await client.command(SetUp(side.title(), e2ee=True, protection="plain"))
            spoken = path_for_engine(source) if source else ""
            await client.command(UseFiles(spoken, str(directory / f"{side}.wav")))
        for client in (caller, callee):
            await reach(client, lambda at: at.snapshot.service.state == "online", "service")
        await caller.command(Call(callee.snapshot.me.account))
        await reach(callee, rings, "ringing")
        await callee.command(Answer())
        for client in (caller, callee):
            await reach(client, phase("active"), "the call")
        await _stay(caller, min(lasts, SETTLED_SECONDS))
        concealed = await _concealed(caller, callee)
        await _stay(caller, lasts - SETTLED_SECONDS)
        concealed = await _concealed(caller, callee) - concealed
        codes = {side: _code(at) for side, at in zip(SIDES, (caller, callee), strict=True)}
        await caller.command(HangUp())
        for client in (caller, callee):
            await reach(client, _over, "the end")
        statistics = {"caller": caller.statistics, "callee": callee.statistics}
        found = {side: figures for side, figures in statistics.items() if figures}
        return _Result(codes, found, concealed)


async def _concealed(*clients: EngineClient) -> int:
    """Return how many frames were made up so far, on both sides."""
    total = 0
    for client in clients:
        await reach(client, lambda at: at.statistics is not None, "figures")
        total += client.statistics.frames_concealed if client.statistics else 0
    return total


async def _stay(client: EngineClient, seconds: float) -> None:
    """Let the call last; raise if it ends before."""
    if seconds > 0 and await wait_until(client, _over, seconds):
        call = client.snapshot.front
        raise RehearsalFailed((call and call.end_reason) or "ended")


def _over(client: EngineClient) -> bool:
    return current_call(client.snapshot) is None


def _code(client: EngineClient) -> CodeView:
    call = client.snapshot.front
    if call is None or call.member.code is None:
        raise RehearsalFailed("no code")
    return call.member.code


def _said(samples: Samples | None, seconds: float) -> Samples:
    """Return what each side spoke; the built-in signal is spoken again and again."""
    if samples is not None:
        return samples
    repeats = int((seconds + STEP_WITHIN) // BUILT_IN_SECONDS) + 1
    return np.tile(speech_like(BUILT_IN_SECONDS), repeats)


def _report(result: _Result, said: Samples, directory: Path) -> dict[str, Any]:
    caller, callee = result.statistics["caller"], result.statistics["callee"]
    forward = _alignment(said, directory / "callee.wav", caller, callee)
    backward = _alignment(said, directory / "caller.wav", callee, caller)
    delays = np.array(forward.delays + backward.delays) * 1000
    found = delays.size > 0
    return {
        "kind": "e2ee",
        "caller": code_json(result.codes["caller"]),
        "callee": code_json(result.codes["callee"]),
        "setup_ms": round(caller.setup_ms, 1),
        "mouth_to_ear_ms": {
            "median": round(float(np.median(delays)), 1) if found else None,
            "p99": round(float(np.percentile(delays, 99)), 1) if found else None,
        },
        "delay_over_time_ms": [
            [round(start, 1), round(delay * 1000, 1)]
            for start, delay in zip(forward.starts, forward.delays, strict=True)
        ],
        "packet_sizes": sorted({*caller.packet_sizes, *callee.packet_sizes}),
        "frames": {
            "sent": caller.frames_sent + callee.frames_sent,
            "lost": caller.frames_lost + callee.frames_lost,
            "concealed": caller.frames_concealed + callee.frames_concealed,
            "concealed_settled": result.concealed_settled,
        },
        "heard": forward.heard and backward.heard,
    }


def _alignment(said: Samples, heard: Path, speaker: Statistics, listener: Statistics) -> Alignment:
    return align(said, read_sound_file(heard), listener.output_started - speaker.input_started)


def _print(report: dict[str, Any]) -> None:
    delay, frames = report["mouth_to_ear_ms"], report["frames"]
    for side in SIDES:
        say(f"{side}'s code   {report[side]['digits']}   {' '.join(report[side]['words'])}")
    same = report["caller"] == report["callee"]
    say(text_of("V_CODES", "same" if same else "differ"))
    say(f"set-up         {report['setup_ms']} ms")
    say(f"mouth to ear   median {delay['median']} ms, p99 {delay['p99']} ms")
    say(f"packets        {', '.join(map(str, report['packet_sizes']))} bytes")
    say(
        f"frames         {frames['sent']} sent, {frames['lost']} lost, "
        f"{frames['concealed']} made up"
    )
    say(text_of("V_SOUND", "heard" if report["heard"] else "not heard"))
