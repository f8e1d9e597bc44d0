"""An organisation from its first line on, by the commands that somebody types."""

import re
from pathlib import Path

import pytest

from tests.support.engines import Home
from tests.support.serving import BEGIN_ACME, serving, words_after
from tui_call.cli.outcome import FAILED, REFUSED_INPUT

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

USAGE = 2
BEGIN = (*BEGIN_ACME, "FIRST ADMINISTRATOR")


async def test_an_organisation_begins_with_two_lines_and_the_second_makes_its_administrator(
    tmp_path: Path,
) -> None:
    async with Home(tmp_path) as home:
        async with serving(home, *BEGIN, "--public-address", "127.0.0.1") as begun:
            assert begun[0] == "Organisation acme (Acme). E2EE calls: disabled for everybody."
            words = words_after(begun[1], "First administrator, once")
            join = (*words, "--name", "Somebody", "--protection", "plain")
            said = await home.command("--profile", "first", *join)
            assert said.output.startswith("You are first.administrator@acme at Acme."), said
            assert (await home.attach("first")).snapshot.me.role == "admin"
            again = await home.command("--profile", "second", *join)
            assert (again.status, again.output) == (FAILED, "")
            assert "was used already" in again.errors
        port = re.search(r"//127\.0\.0\.1:(\d+)/", words[1])
        assert port is not None
        async with serving(home, "serve") as told:
            assert told == [
                f"Organisation acme (Acme) listens at 127.0.0.1:{port[1]}.",
                f"Invites lead to 127.0.0.1:{port[1]}.",
            ]
            running = await home.command("serve", "--new-administrator", "first.administrator@acme")
            assert (running.status, running.output) == (FAILED, "")
            assert "already runs" in running.errors
        async with serving(home, "serve", "--public-address", "Calls.Acme.example") as moved:
            assert moved[1] == f"Invites lead to calls.acme.example:{port[1]}."


async def test_who_lost_the_last_device_administers_again(tmp_path: Path) -> None:
    async with Home(tmp_path) as home:
        async with serving(home, *BEGIN, "--public-address", "calls.acme.example") as begun:
            assert "//calls.acme.example:" in begun[1]
        unknown = await home.command("serve", "--new-administrator", "first@acme")
        assert (unknown.status, unknown.output) == (REFUSED_INPUT, "")
        assert unknown.errors.startswith("tui-call: Nobody here has the address first@acme.")
        address = "first.administrator@acme"
        said = await home.command("serve", "--new-administrator", address)
        assert (said.status, said.errors) == (0, "")
        told = said.output.splitlines()
        assert told[0] == f"{address} administers from now on, by a new device."
        (_, link) = words_after(told[1], "Once")
        async with serving(home, "serve"):
            here = link.replace("calls.acme.example", "127.0.0.1")
            join = ("join", here, "--name", "First", "--protection", "plain")
            assert address in (await home.command("--profile", "first", *join)).output


async def test_what_is_done_to_a_store_ends_with_its_status(tmp_path: Path) -> None:
    file, damaged = tmp_path / "file", tmp_path / "home" / "state" / "service" / "service.db"
    store = ("admin", "store")
    async with Home(tmp_path / "home") as home:
        assert (await home.command(*store, "check")).status == REFUSED_INPUT
        async with serving(home, *BEGIN):
            said = await home.command(*store, "backup", str(file), "--json")
            assert said.json == {
                "file": str(file), "organisation": "acme", "name": "Acme", "people": 1,
            }  # fmt: skip
            assert (await home.command(*store, "backup", str(file))).status == REFUSED_INPUT
            runs = await home.command(*store, "restore", str(file), "--yes")
            assert (runs.status, runs.output) == (FAILED, "")
            assert "A service already runs" in runs.errors
        assert (await home.command(*store, "restore", str(file))).status == USAGE  # nobody to ask
        damaged.write_bytes(damaged.read_bytes()[:-40_000])
        for command in (("serve",), (*store, "check")):
            found = await home.command(*command)
            assert found.status == FAILED
            assert "admin store restore FILE" in found.errors + found.output
        said = await home.command(*store, "restore", str(file), "--yes", "--json")
        assert said.json["before"] == f"{damaged}.replaced-1"
        async with serving(home, "serve") as told:
            assert told[0].startswith("Organisation acme (Acme) listens at ")


async def test_what_cannot_begin_or_start_says_which_command_does(tmp_path: Path) -> None:
    async with Home(tmp_path) as home:
        nothing = await home.command("serve")
        assert (nothing.status, nothing.output) == (REFUSED_INPUT, "")
        assert re.search(r"no service in .* yet\. Use: tui-call serve --init$", nothing.errors)
        for wrong, sentence in (
            (("--organisation", "Acme Inc", "--admin", "Ada"), "An organisation's id: up to"),
            (("--organisation", "acme", "--admin", "\x1b"), "A name needs at least one"),
            (
                ("--organisation", "acme", "--admin", "Ada", "--public-address", "https://a"),
                "A public address is the name of a host",
            ),
        ):
            said = await home.command("serve", "--init", *wrong)
            assert (said.status, said.output) == (REFUSED_INPUT, "")
            assert said.errors.startswith(f"tui-call: {sentence}"), said.errors
        for unfinished in (
            ("--init",),
            ("--init", "--organisation", "acme"),
            ("--admin", "Ada"),
            ("--init", "--personal", "--organisation", "acme", "--admin", "Ada"),
        ):
            assert (await home.command("serve", *unfinished)).status == USAGE
        async with serving(home, *BEGIN):
            pass
        personal = await home.command("serve", "--personal")
        assert (personal.status, personal.output) == (REFUSED_INPUT, "")
        assert "is an organisation's" in personal.errors
        twice = await home.command(*BEGIN)
        assert (twice.status, twice.output) == (REFUSED_INPUT, "")
        assert re.search(r"a service in .* already\. Use: tui-call serve$", twice.errors)
