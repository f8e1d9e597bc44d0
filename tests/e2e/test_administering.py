"""Administrators' commands where the service says nothing: told soon, by an exit status."""

import asyncio
import os
import signal
from pathlib import Path

import pytest

from tests.e2e.test_beginning import BEGIN, serving, words_after
from tests.support.engines import Home, Said
from tui_call.cli.outcome import FAILED

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

TOLD_WITHIN = 5.0


async def report(home: Home) -> tuple[Said, float]:
    """Ask for a report; return what was said, and after how many seconds."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    return await home.command("admin", "report"), loop.time() - began


async def test_a_service_that_says_nothing_is_told_to_be_away_within_five_seconds(
    tmp_path: Path,
) -> None:
    async with Home(tmp_path) as home:
        async with serving(home, *BEGIN, "--public-address", "127.0.0.1") as begun:
            join = words_after(begun[1], "First administrator, once")
            await home.command(*join, "--name", "Ada", "--protection", "plain")
            said, _ = await report(home)
            assert (said.status, said.errors) == (0, "")
            (service,) = home.numbers("serve", "--init")
            os.kill(service, signal.SIGSTOP)
            silent, seconds = await report(home)
            os.kill(service, signal.SIGCONT)
            assert (silent.status, silent.output) == (FAILED, "")
            assert silent.errors.startswith("tui-call: The service cannot be reached.")
            assert seconds < TOLD_WITHIN
        gone, seconds = await report(home)
        assert (gone.status, gone.output) == (FAILED, "")
        assert gone.errors.startswith("tui-call: Service away.")
        assert seconds < TOLD_WITHIN
