"""`tui-call drill mitm`: what a man in the middle looks like, and what stops him."""

import asyncio
import sys
from pathlib import Path
from typing import Any

import click

from tui_call.cli.drill_audiences import Lines, Nobody, OnScreen
from tui_call.cli.keys import code_json
from tui_call.cli.session import NotWritten, say, say_json
from tui_call.control import platform
from tui_call.control.views import SentenceView
from tui_call.drill.mitm import (
    Acquaintances,
    Audience,
    Outcome,
    Overheard,
    Strangers,
    perform,
    together,
)
from tui_call.drill.rehearsal import temporary_home
from tui_call.drill.stage import Voices, write_wav
from tui_call.logs import log_to
from tui_call.sentences import paragraph_of, sentence, text_of
from tui_call.voice.devices.sound_file import read_sound_file

DEFAULT_SECONDS = 8.0
RECORDING = "heard.wav"
SIDES = ("caller", "callee")


@click.group(help=paragraph_of("H_DRILL"))
def drill() -> None:
    """Practise what an attack looks like."""


@drill.command(help=paragraph_of("H_DRILL_MITM"))
@click.option("--seconds", type=click.FloatRange(2, 600), default=DEFAULT_SECONDS,
    help="How much of each voice the intruder keeps.",
)  # fmt: skip
@click.option(
    "--input", "source", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="WAV file that both people speak; without it a built-in signal.",
)  # fmt: skip
@click.option(
    "--output", "target", type=click.Path(file_okay=False, path_type=Path),
    help="Directory for heard.wav: what the intruder heard, one voice a channel.",
)  # fmt: skip
@click.option("--pinned", is_flag=True, help="Only the call of two who know each other's keys.")
@click.option("--json", "as_json", is_flag=True, help="One line of JSON.")
@click.pass_context
def mitm(
    context: click.Context,
    seconds: float,
    source: Path | None,
    target: Path | None,
    pinned: bool,
    as_json: bool,
) -> None:
    """Put a man in the middle of a call between two engines on this machine, and see him caught.

    Exit code 0 if the defence showed: two strangers get codes that differ, and a call between
    people who know each other's keys is refused before it rings.
    """
    voices = Voices.of(seconds, read_sound_file(source) if source else None)
    recording = _recording(target)
    linear = bool(context.find_root().params.get("linear"))
    with temporary_home() as home:
        log_to(home / "drill.log")
        if as_json:
            outcome = _run(voices, Nobody(), pinned)
        elif linear or not OnScreen.possible():
            outcome = _run(voices, Lines(), pinned)
        else:
            screen = OnScreen(lambda audience: perform(voices, audience, only_pinned=pinned))
            outcome = screen.run()
    if recording is not None and outcome.strangers is not None:
        _write(recording, outcome.strangers)
    if as_json:
        say_json(_report(outcome))
    else:
        if recording is not None and outcome.strangers is not None:
            say(text_of("V_TAPE", file=recording))
        say(sentence("D_OVER" if outcome.defended else "D_FAILED").text)
    sys.exit(0 if outcome.defended else 1)


def _recording(target: Path | None) -> Path | None:
    if target is None:
        return None
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise NotWritten(path=target, reason=error.strerror) from error
    return target.absolute() / RECORDING


def _write(recording: Path, act: Strangers) -> None:
    try:
        write_wav(recording, *together(act.heard))
    except OSError as error:
        raise NotWritten(path=recording, reason=error.strerror) from error


def _run(voices: Voices, audience: Audience, pinned: bool) -> Outcome:
    async def to_the_end() -> Outcome:
        performing = perform(voices, audience, only_pinned=pinned)
        acting = asyncio.create_task(performing)  # noqa: TID251 - waited for below

        def stop() -> None:
            if not acting.cancelling():  # a second time would cancel the cleaning up
                acting.cancel()

        loop = asyncio.get_running_loop()
        platform.stop_on_signals(loop, stop, hang_up="stops")
        return await acting

    try:
        return asyncio.run(to_the_end())
    except asyncio.CancelledError:
        raise click.Abort from None


def _report(outcome: Outcome) -> dict[str, Any]:
    first = outcome.strangers
    return {
        "drill": "mitm",
        "defended": outcome.defended,
        "strangers": _strangers_json(first) if first is not None else None,
        "acquaintances": _acquaintances_json(outcome.acquaintances),
    }


def _strangers_json(act: Strangers) -> dict[str, Any]:
    return {
        "defended": act.defended,
        **{
            side: {
                "code": code_json(code),
                "shield": _sentence_json(shield),
                "end": _sentence_json(end),
                "heard": _heard_json(heard),
            }
            for side, code, shield, end, heard in zip(
                SIDES, act.codes, act.shields, act.ends, act.heard, strict=True
            )
        },
    }


def _acquaintances_json(act: Acquaintances) -> dict[str, Any]:
    return {
        "defended": act.defended,
        "rang": act.rang,
        **{
            side: {"honest_code": code_json(code), "end": _sentence_json(end)}
            for side, code, end in zip(SIDES, act.codes, act.ends, strict=True)
        },
    }


def _heard_json(heard: Overheard) -> dict[str, Any]:
    delay = heard.found.percentile(50)
    return {
        "said_is_on_tape": heard.found.heard,
        "windows": heard.found.windows,
        "found": len(heard.found.delays),
        "delay_ms": None if delay is None else round(delay * 1000, 1),
    }


def _sentence_json(sentence: SentenceView) -> dict[str, str]:
    return {"code": sentence.code, "label": sentence.label, "text": sentence.whole}
