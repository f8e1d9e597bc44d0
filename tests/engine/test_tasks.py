"""What goes on beside everything else in an engine, and fails in a way that nobody foresaw."""

import json
from pathlib import Path

from tests.support.logs import logging_to
from tests.support.one_process import until
from tui_call.engine.tasks import Tasks

PRIVATE = "ada@home-3fk2"


async def fail() -> None:
    raise ValueError(PRIVATE)


async def test_what_nobody_foresaw_leaves_a_line_that_says_where(tmp_path: Path) -> None:
    log = tmp_path / "some.log"
    with logging_to(log):
        Tasks().spawn(fail())
        await until(lambda: log.exists() and "fail" in log.read_text())
    [line] = [json.loads(line) for line in log.read_text().splitlines()]
    assert (line["work"], line["error"]) == ("fail", "ValueError")
    assert line["traceback"][-1].startswith("engine/test_tasks.py:")
    assert PRIVATE not in log.read_text()
