"""What a person is told of a service that is away: each reason once, until it is back."""

from typing import Any, cast

import pytest

from tui_call.control.views import SentenceView
from tui_call.engine.news.link_news import MOST_REASONS, LinkNews
from tui_call.engine.service.link_state import LinkState
from tui_call.engine.service.membership import PersonalServiceAway


class Around:
    """All that the news reach; the membership of a personal service that does not start."""

    def __init__(self) -> None:
        self.start_fault: PersonalServiceAway | None = None
        self.told: list[str] = []

    @property
    def problem(self) -> SentenceView | None:
        return self.start_fault.sentence if self.start_fault else None

    def add(self, sentence: SentenceView) -> None:
        self.told.append(sentence.text)

    def fail(self, reason: str) -> str:
        self.start_fault = PersonalServiceAway("why", reason=reason)
        return str(self.start_fault)

    def ignore(self, *_: object) -> None:
        """Nothing is looked at here."""

    tell = go_offline = show = ignore


@pytest.fixture
def around() -> Around:
    return Around()


@pytest.fixture
def news(around: Around) -> LinkNews:
    part = cast("Any", around)
    return LinkNews(part, part, part, part, part)


def test_a_second_reason_is_told_too_and_none_twice(around: Around, news: LinkNews) -> None:
    news.link_changed(LinkState.AWAY)
    assert around.told == []  # it may come back before anybody needs to know
    reasons = [around.fail("another one starts."), around.fail("service.db is missing.")]
    around.fail("another one starts.")
    for reason in ("another one starts.", "service.db is missing.", "another one starts."):
        around.fail(reason)
        news.link_changed(LinkState.AWAY)
    assert around.told == reasons
    news.link_changed(LinkState.ONLINE)
    news.link_changed(LinkState.AWAY)
    assert around.told == [*reasons, reasons[0]]


def test_reasons_without_end_are_not_all_told(around: Around, news: LinkNews) -> None:
    for number in range(2 * MOST_REASONS):
        around.fail(f"port {number} is taken.")
        news.link_changed(LinkState.AWAY)
    assert len(around.told) == MOST_REASONS
