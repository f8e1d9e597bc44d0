"""`python -m bench.lightness`: what engines take without a call, and in one beside baresip's.

Two engines and their service run in a home of their own. Without a call it is counted how often a
second each wakes (voluntary context switches of all its threads) and what memory is its own (PSS:
what processes share is divided among them). Then the engines talk over devices of the audio rig,
and over the same devices at the same moment two of baresip talk, so that whatever else the computer
does is the same for both: an absolute share of a core would say nothing on a shared computer.

Another version is measured by turns with this one, by `--beside PYTHON`, an interpreter in which
that version and the same libraries are installed: a work tree of the commit, and a virtual
environment with a `.pth` file that names that tree and the libraries of this environment.
"""

import argparse
import contextlib
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.baresip import baresip_call, installed
from bench.processes import Usage, memory_mb, reading
from bench.table import Row, heading, print_rows
from tests.support.audio_rig import AudioRig
from tests.support.measured_sound import make_speech

WAKES_BAR, MEMORY_BAR_MB = 3, 50
"""A second, and megabytes, of an engine without a call."""

BARESIP_BAR = 2.1
"""An engine's processor time in a call, in those of baresip."""

IN_CALL_BAR_MB = 100

REST_SECONDS = 20.0
CALL_SECONDS = 30.0
_SETTLING_SECONDS = 8.0
_WARM_UP_SECONDS = 5.0
_STEP_WITHIN = 60.0
_LOOK_EVERY = 0.2
_PEOPLE = {"ada": "left", "grace": "right"}
"""Profiles, and the device of each."""


@dataclass(frozen=True, slots=True)
class Lightness:
    """What the dearer of two engines takes; None where it was not measured.

    Attributes:
        wakes: a second, without a call.
        memory_mb: PSS without a call.
        beside_baresip: processor time of both in a call, divided by that of two of baresip.
        in_call_mb: PSS in a call.
    """

    wakes: float | None
    memory_mb: float | None
    beside_baresip: float | None = None
    in_call_mb: float | None = None


class Program:
    """An installation of tui-call, by its interpreter, in a home of its own."""

    def __init__(self, python: str, environment: Mapping[str, str]) -> None:
        self._command = [python, "-I", "-m", "tui_call"]
        self._environment = dict(environment)

    def begin(self, *arguments: str, **settings: str) -> subprocess.Popen[bytes]:
        """Start a command."""
        return subprocess.Popen(
            [*self._command, *arguments],
            env=self._environment | settings,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def status(self, profile: str) -> dict[str, object]:
        """Return what `status --json` says, nothing while no engine answers."""
        command = [*self._command, "--profile", profile, "status", "--json"]
        said = subprocess.run(command, env=self._environment, capture_output=True, check=False)
        return json.loads(said.stdout) if said.stdout.startswith(b"{") else {}

    def wait(self, profile: str, condition: Callable[[dict[str, object]], bool]) -> None:
        """Wait until the status is such."""
        deadline = time.monotonic() + _STEP_WITHIN
        while not condition(self.status(profile)):
            if time.monotonic() > deadline:
                raise RuntimeError(f"{profile}: {self.status(profile)}")
            time.sleep(_LOOK_EVERY)


@contextlib.contextmanager
def two_at_rest(python: str, environment: Mapping[str, str]) -> Iterator[tuple[Program, list[int]]]:
    """Run two engines that can call each other; give the program and their process numbers."""
    with tempfile.TemporaryDirectory(prefix="tui-call-light-", ignore_cleanup_errors=True) as home:
        settings = {
            "TUI_CALL_HOME": home,
            "TUI_CALL_SERVICE__LISTEN": "127.0.0.1",
            "TUI_CALL_SERVICE__IDLE_END_S": "1",
            "TUI_CALL_ENGINE__ANSWER": "always",
            "TUI_CALL_ENGINE__STAY": "true",
        }
        program = Program(python, {**environment, **settings})
        engines: list[subprocess.Popen[bytes]] = []
        try:
            for profile, device in _PEOPLE.items():
                engines.append(
                    program.begin(
                        "--profile", profile, "engine", "--name", profile.title(),
                        TUI_CALL_AUDIO__MICROPHONE=device, TUI_CALL_AUDIO__SPEAKER=device,
                    )
                )  # fmt: skip
                program.wait(profile, _ready)
            yield program, [engine.pid for engine in engines]
        finally:
            for engine in engines:
                engine.terminate()
                engine.wait()


def measure(python: str = sys.executable, *, in_call: bool = True) -> Lightness:
    """Measure an installation."""
    with AudioRig(tuple(_PEOPLE.values())) as rig, two_at_rest(python, rig.environment) as engines:
        program, pids = engines
        time.sleep(_SETTLING_SECONDS)
        used = _used(pids, REST_SECONDS)
        wakes, memory = max(use.wakes for use in used), max(map(memory_mb, pids))
        if not in_call or not installed():
            return Lightness(wakes, memory)
        ratio, in_call_mb = _beside_baresip(program, pids, rig)
        return Lightness(wakes, memory, ratio, in_call_mb)


def _beside_baresip(program: Program, pids: list[int], rig: AudioRig) -> tuple[float, float]:
    with tempfile.TemporaryDirectory(prefix="tui-call-baresip-") as name:
        _, speech = make_speech(Path(name), CALL_SECONDS + 4 * _WARM_UP_SECONDS)
        caller, called = _PEOPLE
        call = program.begin("--profile", caller, "call", called.title(), "--headless")
        try:
            for profile in _PEOPLE:
                program.wait(profile, _talks)
            with (
                baresip_call(tuple(_PEOPLE.values()), rig.environment, Path(name)) as phones,
                contextlib.ExitStack() as speaking,
            ):
                for device in _PEOPLE.values():
                    mouth = speaking.enter_context(rig.begin_to_say(device, speech))
                    speaking.callback(mouth.terminate)
                time.sleep(_WARM_UP_SECONDS)
                used = _used([*pids, *phones], CALL_SECONDS)
                ours, theirs = used[: len(pids)], used[len(pids) :]
                ratio = sum(use.cpu for use in ours) / sum(use.cpu for use in theirs)
                return ratio, max(map(memory_mb, pids))
        finally:
            call.terminate()
            call.wait()


def _used(pids: list[int], seconds: float) -> list[Usage]:
    before = [reading(pid) for pid in pids]
    time.sleep(seconds)
    return [reading(pid).since(earlier) for pid, earlier in zip(pids, before, strict=True)]


def _ready(status: dict[str, object]) -> bool:
    encryption = status.get("encryption")
    return isinstance(encryption, dict) and bool(encryption.get("on"))


def _talks(status: dict[str, object]) -> bool:
    calls = status.get("calls") or [status.get("call")]
    call = calls[0] if isinstance(calls, list) and calls else None
    return isinstance(call, dict) and call.get("phase") == "active"


def lightness_rows(ours: list[Lightness], others: list[Lightness] | None = None) -> list[Row]:
    """Return the lines, by the medians of some measurements."""

    def row(what: str, bar: float, unit: str, pick: Callable[[Lightness], float | None]) -> Row:
        return Row(what, bar, True, unit, _median(ours, pick), _median(others or [], pick))

    return [
        row("engine without a call: wakes a second", WAKES_BAR, "", lambda at: at.wakes),
        row("  memory (PSS)", MEMORY_BAR_MB, " MB", lambda at: at.memory_mb),
        row("engine in a call: times baresip's", BARESIP_BAR, "", lambda at: at.beside_baresip),
        row("  memory (PSS)", IN_CALL_BAR_MB, " MB", lambda at: at.in_call_mb),
    ]


def _median(measured: list[Lightness], pick: Callable[[Lightness], float | None]) -> float | None:
    figures = [figure for one in measured if (figure := pick(one)) is not None]
    return statistics.median(figures) if figures else None


def main() -> int:
    """Measure and print; return an exit status."""
    parser = argparse.ArgumentParser(prog="python -m bench.lightness", description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--beside", metavar="PYTHON", help="of another version")
    options = parser.parse_args()
    ours: list[Lightness] = []
    others: list[Lightness] = []
    for _ in range(options.runs):
        ours.append(measure())
        print(f"this version: {ours[-1]}", file=sys.stderr)
        if options.beside:
            others.append(measure(options.beside))
            print(f"the other one: {others[-1]}", file=sys.stderr)
    print(heading("beside"))
    status = print_rows(lightness_rows(ours, others))
    if not installed():
        print("(baresip is not installed: install it to compare a call with one of it)")
    return status


if __name__ == "__main__":
    sys.exit(main())
