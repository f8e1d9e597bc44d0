"""Files in place of devices that cannot be used, before a call and in it."""

import asyncio
import os
import resource
from pathlib import Path

import pytest

from tests.support.engines import Street, a_call

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


@pytest.fixture(params=["no folder", "a folder", "pipe", "device", "name", "text"])
def unusable(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, Path]:
    """Return an option, and a file that is nothing for it."""
    path = tmp_path / "x.wav"
    match request.param:
        case "no folder":
            return "--output", tmp_path / "none" / "x.wav"
        case "a folder":
            return "--output", Path("/proc")
        case "pipe":
            os.mkfifo(path)
            return "--output", path
        case "device":
            return "--output", Path("/dev/full")
        case "name":
            return "--output", Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.wav"))
        case _:
            path.write_text("This is no sound.")
            return "--input", path


async def test_a_file_that_cannot_be_used_is_told_and_no_call_is_made(
    street: Street, unusable: tuple[str, Path]
) -> None:
    option, path = unusable
    before = street.ada.snapshot.history
    said = await street.home.command(
        "--profile", "ada", "call", "ben", "--headless", option, str(path)
    )
    assert said.status in (1, 2)
    assert str(path.parent) in said.errors
    assert "Traceback" not in said.errors
    assert said.output == ""
    assert street.ada.snapshot.history == before
    async with a_call(street.ada, street.ben):
        await street.ada.hears_more()


async def test_a_disk_that_fills_up_is_told_everywhere_and_the_call_keeps_its_sound(
    street: Street, tmp_path: Path
) -> None:
    heard = tmp_path / "heard.wav"
    calling = asyncio.create_task(
        street.home.command(
            "--profile", "cleo", "call", "echo", "--headless", "--seconds", "8", "--json",
            "--output", str(heard),
        )
    )  # fmt: skip
    await street.cleo.until(lambda one: one.phase == "active")
    [engine] = street.home.numbers("engine", "cleo")
    limits = resource.prlimit(engine, resource.RLIMIT_FSIZE)
    resource.prlimit(engine, resource.RLIMIT_FSIZE, (100_000, limits[1]))
    await street.cleo.until(lambda one: "G_FILE" in one.events)
    resource.prlimit(engine, resource.RLIMIT_FSIZE, limits)
    await street.cleo.hears_more()
    said = await calling
    assert said.status == 1
    assert said.json["spoke"]
    assert said.json["problem"]["code"] == "G_FILE"
    assert "heard.wav" in said.json["problem"]["text"]
    assert "traceback" not in (said.errors + street.cleo.log).casefold()
