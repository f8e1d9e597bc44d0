"""What goes on beside everything else in an engine, and fails in a way that nobody foresaw."""

import json
from pathlib import Path

import pytest

from tests.support.logs import logging_to
from tests.support.one_process import Resident, until

PRIVATE = "ada@home-3fk2"


async def fail() -> None:
    raise ValueError(PRIVATE)


@pytest.mark.parametrize("where", ["engine", "switchboard"])
async def test_it_leaves_a_line_that_says_where(ada: Resident, tmp_path: Path, where: str) -> None:
    log = tmp_path / "some.log"
    with logging_to(log):
        (ada.engine if where == "engine" else ada.engine.switchboard).spawn(fail())
        await until(lambda: log.exists() and "fail" in log.read_text())
    [line] = [json.loads(line) for line in log.read_text().splitlines()]
    assert (line["work"], line["error"]) == ("fail", "ValueError")
    assert line["traceback"][-1].startswith("engine/test_background.py:")
    assert PRIVATE not in log.read_text()
