from collections.abc import Iterable
from typing import Any

import pytest
from textual.css import parse
from textual.css.model import RuleSet

from tests.support.fake_engine import ready
from tests.tui.conftest import Start


async def test_no_style_is_parsed_twice_whichever_screens_are_shown(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    parsed: list[tuple[str, Any]] = []
    really_parse = parse.parse

    def watched(
        scope: str, css: str, *source: Any, tie_breaker: int, **more: Any
    ) -> Iterable[RuleSet]:
        parsed.append((css, tie_breaker))
        return really_parse(scope, css, *source, tie_breaker=tie_breaker, **more)

    monkeypatch.setattr("textual.css.stylesheet.parse", watched)
    async with start(ready(), "2", "3", "4", "1"):
        assert parsed
        assert len(parsed) == len(set(parsed))
