"""What the messages of standard calls promise is what the calls do."""

import re
from pathlib import Path
from typing import get_args

from tui_call.signaling import standard_calls as messages
from tui_call.standard_calls import state


def test_engines_reckon_with_the_limits_of_the_calls() -> None:
    assert messages.MOST_MEMBERS == state.MOST_MEMBERS
    assert messages.LOST_SECONDS == state.LOST_SECONDS


def test_news_are_those_of_the_calls_and_of_the_page() -> None:
    codes = get_args(messages.NewsCode)
    assert set(get_args(state.What)) == set(codes)
    page = (Path(__file__).parents[2] / "docs" / "protocol.md").read_text(encoding="utf-8")
    table = re.search(r"^\| news \|.*\n\|[-|]+\n((?:\|.*\n)+)", page, re.MULTILINE)
    assert table is not None
    published = [row.split("|")[1] for row in table[1].splitlines()]
    assert sorted(code for cell in published for code in cell.strip().split(", ")) == sorted(codes)
