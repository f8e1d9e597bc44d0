"""What is announced of somebody while an act of theirs is judged and saved holds for it, too."""

import contextlib
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field

from tui_call.service.bus.bus import Hear
from tui_call.service.bus.traffic import Announcement, DevicePresence, PersonTouched, SettingTouched
from tui_call.service.standard_calls.policy_changes import PolicyChanges

_Touched = PersonTouched | SettingTouched


@dataclass(eq=False, slots=True)
class _UnderWay:
    """An act: who asks for it, and what was announced of them since, each once."""

    account: str
    news: dict[_Touched, None] = field(default_factory=dict[_Touched, None])


class Meanwhile:
    """Has what changes during an act heard again once it is done.

    Who comes into a call by an act is found in none before that is saved, so nothing would follow.
    """

    def __init__(self, changes: PolicyChanges, hears: Sequence[Hear]) -> None:
        """Prepare.

        Args:
            changes: follows policies.
            hears: take announcements, and look for whom they concern in the calls here.
        """
        self._changes = changes
        self._hears = hears
        self._under_way: list[_UnderWay] = []

    @contextlib.contextmanager
    def holds(self, account: str) -> Generator[None]:
        """Judge and save an act for which an account asks."""
        act = _UnderWay(account)
        self._under_way.append(act)
        try:
            with self._changes.followed():
                yield
        finally:
            self._under_way.remove(act)
            for news in act.news:
                for hear in self._hears:
                    hear(news)

    def hear(self, news: Announcement) -> None:
        """Keep what is announced of those for whom an act is under way."""
        if isinstance(news, DevicePresence):
            return
        for act in self._under_way:
            if act.account == news.account:
                act.news[news] = None
