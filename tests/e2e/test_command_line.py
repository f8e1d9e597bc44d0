"""Calls from the command line: Echo gives the own voice back, people answer, join, and give up."""

import asyncio
import os
import re
import signal
import socket
import sys
import wave
from pathlib import Path

import pytest

from tests.support.engines import Home, Street, a_call, said_by, until
from tests.support.sealing_spy import WATCHED_PROCESS
from tui_call.control.actions import Call
from tui_call.sentences import sentence
from tui_call.signaling.service_file import read_running_service
from tui_call.voice.alignment import align
from tui_call.voice.devices.delay_line import DEFAULT_DELAY
from tui_call.voice.devices.sound_file import read_sound_file
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
        read_sound_file(spoken),
        read_sound_file(heard),
        figures["output_started"] - figures["input_started"],
    )
    assert found.heard
    median = found.percentile(50)
    assert median is not None
    assert median >= DEFAULT_DELAY

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


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_call_is_answered_and_given_up_from_the_command_line(
    street: Street, number: signal.Signals
) -> None:
    ada, ben = street.ada, street.ben
    answering = await street.home.begin("--profile", "ben", "answer", "--headless", "--json")
    calling = await street.home.begin("--profile", "ada", "call", "ben", "--headless")
    for person in (ada, ben):
        await person.until(lambda one: one.phase == "active")
    await ben.hears_more()
    calling.send_signal(number)  # ctrl+c hangs up, and so does what ends a script
    given_up, answered = await asyncio.gather(said_by(calling), said_by(answering))
    assert given_up.status == 1
    assert "Traceback" not in given_up.errors
    assert answered.status == 0
    assert answered.json["spoke"]
    assert answered.json["end"]["text"].endswith("Ada hung up.")
    assert ada.phase == "ended"


async def test_files_are_for_the_call_that_they_were_named_for(
    street: Street, tmp_path: Path
) -> None:
    spoken, heard = tmp_path / "spoken.wav", tmp_path / "heard.wav"
    with wave.open(str(spoken), "wb") as file:
        file.setparams((1, 2, SAMPLE_RATE, 0, "NONE", ""))
        file.writeframes(bytes(2 * SAMPLE_RATE))
    files = ("--headless", "--input", str(spoken), "--output", str(heard))
    nobody = await street.home.command("--profile", "ben", "answer", *files, "--wait", "0.1")
    assert (nobody.status, nobody.output) == (1, "")
    assert nobody.errors.startswith("tui-call: Nobody called. ")
    unknown = await street.home.command("--profile", "ben", "call", "nobody", *files)
    assert unknown.status == 1
    written = heard.stat().st_size if heard.exists() else 0
    async with a_call(street.ada, street.ben):
        await street.ben.hears_more()
    assert (heard.stat().st_size if heard.exists() else 0) == written


async def test_nothing_comes_from_where_the_person_happens_to_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark, here = tmp_path / "ran", tmp_path / "here"
    here.mkdir()
    for module in ("json", "cryptography", "msgspec", "aiohttp", "sqlalchemy", "av"):
        (here / f"{module}.py").write_text(f"open({str(mark)!r}, 'w')\n")
    monkeypatch.chdir(here)
    modules = os.pathsep.join(["", ".", WATCHED_PROCESS["PYTHONPATH"]])
    async with Home(tmp_path / "home", PYTHONPATH=modules) as home:
        ada = await home.person("ada")
        await ada.order(Call("echo"))
        await ada.until(lambda one: one.phase == "active")
        assert len(home.processes) == 3, "an engine, the service and Echo"
        for process in home.processes:
            assert Path(f"/proc/{process}/cwd").readlink() == Path("/")
    assert not mark.exists()


async def test_no_process_with_keys_leaves_them_in_a_core_dump(street: Street) -> None:
    assert street.home.numbers("engine")
    assert street.home.numbers("serve")
    for process in street.home.processes:
        of_process = Path(f"/proc/{process}")
        assert int((of_process / "coredump_filter").read_text(), 16) == 0
        limits = (of_process / "limits").read_text()
        assert re.search(r"^Max core file size +0 +0 ", limits, re.MULTILINE)


async def test_what_a_process_with_keys_starts_leaves_none_either() -> None:
    program = (
        "import subprocess; from tui_call.control import platform; "
        "platform.keep_memory_out_of_core_dumps(); "
        "subprocess.run(['cat', '/proc/self/coredump_filter'])"
    )
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, stdout=asyncio.subprocess.PIPE
    )
    told, _ = await child.communicate()
    assert int(told, 16) == 0


async def test_a_personal_service_is_for_this_computer_until_the_first_invite_and_says_so(
    tmp_path: Path,
) -> None:
    everywhere = {"TUI_CALL_SERVICE__LISTEN": "0.0.0.0"}
    async with Home(tmp_path, **everywhere) as home:
        ada, ben = await home.person("ada"), await home.person("ben")
        async with a_call(ada, ben):
            assert not listens_elsewhere(home)
        for opened in (True, False):
            said = await home.command("--profile", "ada", "invite", "--no-qr")
            assert (sentence("G_OPENED").text in said.output) == opened
            assert listens_elsewhere(home)
        assert ada.notices.count("G_OPENED") == 1


def listens_elsewhere(home: Home) -> bool:
    """Tell whether the personal service is at another address of this computer, too."""
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.2", read_running_service(home.service_directory).port))
        except OSError:
            return True
    return False


async def test_an_invite_lets_one_person_in(street: Street) -> None:
    invited = await street.home.command("--profile", "ada", "invite", "--no-qr")
    link = invited.output.splitlines()[0]
    join = ("join", link, "--protection", "plain")
    first = await street.home.command("--profile", "dan", *join, "--name", "Dan")
    assert first.output.startswith(f"You are dan@{street.ada.snapshot.me.organisation} at ")
    second = await street.home.command("--profile", "eve", *join, "--name", "Eve")
    assert (second.status, second.output) == (1, "")
    assert second.errors.startswith("tui-call: This invite was used already.")
    await street.ada.until(lambda one: any(known.name == "Dan" for known in one.snapshot.people))
    assert all(known.name != "Eve" for known in street.ada.snapshot.people)
    address = first.output.split()[2]
    renamed = await street.home.command("--profile", "dan", "name", "Daniel\u202e  Dent")
    assert renamed.output == f"Daniel Dent ({address})\n"
    await street.ada.until(
        lambda one: any(
            (known.name, known.account) == ("Daniel Dent", address) for known in one.snapshot.people
        )
    )
