"""A call with Echo from the command line: the own voice comes back, and the same code is there."""

import asyncio
import wave
from pathlib import Path

import pytest

from tests.support.engines import Street, until
from tui_call.voice.alignment import align
from tui_call.voice.devices.files import read_wav
from tui_call.voice.sound import SAMPLE_RATE
from tui_call.voice.speech_like import speech_like

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

SPOKEN_SECONDS = 4.0


async def test_echo_plays_back_what_it_heard_and_shows_the_same_code(
    street: Street, tmp_path: Path
) -> None:
    spoken, heard = tmp_path / "spoken.wav", tmp_path / "heard.wav"
    with wave.open(str(spoken), "wb") as file:
        file.setparams((1, 2, SAMPLE_RATE, 0, "NONE", ""))
        file.writeframes(speech_like(SPOKEN_SECONDS).astype("<i2").tobytes())
    calling = asyncio.create_task(
        street.home.command(
            "--profile", "cleo", "call", "echo", "--headless", "--seconds", "7", "--json",
            "--input", str(spoken), "--output", str(heard),
        )
    )  # fmt: skip
    await street.cleo.until(lambda one: one.phase == "active")
    keys = await street.home.command("--profile", "echo", "keys", "--json")
    said = await calling
    assert said.status == 0, said.errors
    assert said.json["kind"] == "e2ee"
    assert keys.json == said.json["code"]

    figures = said.json["statistics"]
    found = align(
        read_wav(spoken), read_wav(heard), figures["output_started"] - figures["input_started"]
    )
    assert found.heard
    median = found.percentile(50)
    assert median is not None
    assert 1.0 <= median <= 1.6

    # It ends by itself when nobody calls any more.
    await until(lambda: not street.home.numbers("engine", "echo"))


async def test_a_call_to_nobody_ends_in_one_sentence(street: Street) -> None:
    unknown, stranger = await asyncio.gather(
        street.home.command("--profile", "ben", "call", "nobody", "--headless"),
        street.home.command("--profile", "cleo", "call", "nobody@nowhere", "--headless"),
    )
    assert (unknown.status, unknown.output) == (1, "")
    assert unknown.errors == "tui-call: No such person: nobody. Check the address.\n"
    assert (stranger.status, stranger.errors) == (1, "")
    assert stranger.output.endswith("[R_NO_USER]\n")
