"""Administrators' commands where the service says nothing: they are told, by an exit status."""

from pathlib import Path

import pytest

from tests.support.engines import Home
from tests.support.serving import administered, saying_nothing
from tui_call.cli.outcome import FAILED

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

REPORT = ("admin", "report")


async def test_a_service_that_says_nothing_or_is_gone_is_told_to_be_away(tmp_path: Path) -> None:
    async with Home(tmp_path) as home:
        async with administered(home):
            said = await home.command(*REPORT)
            assert (said.status, said.errors) == (0, "")
            with saying_nothing(home):
                silent = await home.command(*REPORT)
            assert (silent.status, silent.output) == (FAILED, "")
            assert silent.errors.startswith("tui-call: The service cannot be reached.")
        gone = await home.command(*REPORT)
        assert (gone.status, gone.output) == (FAILED, "")
        assert gone.errors.startswith("tui-call: Service away.")
