"""What other policies and settings mean for calls that are on.

What was begun ends where the policy of who began it does not allow it any more, what a person's
policy or setting says of being kept and captioned holds at once, and a rule that comes has the call
recorded, or ends it.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Generator

from tui_call.errors import LocalFault
from tui_call.service.bus.traffic import Announcement, SettingTouched
from tui_call.service.database import Accounts
from tui_call.service.standard_calls.door import CallDoor
from tui_call.service.standard_calls.exchange import CallExchange
from tui_call.service.standard_calls.unsaved_reports import AWAY_SECONDS
from tui_call.standard_calls.events import (
    CannotBeRecorded,
    KeepingForbidden,
    Report,
    WordChanged,
)
from tui_call.standard_calls.state import Member, StandardCall
from tui_call.tasks import Tasks

UNCAPTIONED = "G_POLICY_UNCAPTIONED"
"""Why somebody is captioned no more whose policy says so."""

log = logging.getLogger(__name__)


class PolicyChanges:
    """Follows what policies and settings say of those who are in calls here.

    Attributes:
        unfollowed: calls in which that is not so yet, and since when, seconds of the loop.
    """

    def __init__(
        self,
        exchange: CallExchange,
        door: CallDoor,
        accounts: Accounts,
        why_full: Callable[[], Awaitable[str]],
    ) -> None:
        """Prepare.

        Args:
            exchange: runs the calls.
            door: knows the policies.
            accounts: have the settings.
            why_full: says why nothing more may be kept, "" where it may.
        """
        self.unfollowed: dict[str, float] = {}
        self._exchange = exchange
        self._door = door
        self._accounts = accounts
        self._why_full = why_full
        self._changed = asyncio.Event()
        self._changes = 0
        self._tasks = Tasks()

    def open(self) -> None:
        """Look at all calls now, and after each change."""
        self.look()
        self._tasks.spawn(self._follow())

    def look(self) -> None:
        """Look at all calls soon, after policies have changed."""
        self._changes += 1
        now = asyncio.get_running_loop().time()
        self.unfollowed = {one.call.id: now for one in self._exchange.calls} | self.unfollowed
        self._changed.set()

    @contextlib.contextmanager
    def followed(self) -> Generator[None]:
        """Judge an act by what policies and settings say, and save it.

        Who is not in the call yet, and what is not begun in it, is not found by a look at it, so
        what changes meanwhile is looked at again; and what is being looked at just now as well, as
        the act may bring people into another call.
        """
        before, looks = self._changes, bool(self.unfollowed)
        try:
            yield
        finally:
            if looks or self._changes != before:
                self.look()

    def hear(self, news: Announcement) -> None:
        """Look at them as well where somebody who is in one has changed a setting."""
        if isinstance(news, SettingTouched) and self._exchange.calls.of_account(news.account):
            self.look()

    async def close(self) -> None:
        """Look no more."""
        self._tasks.cancel()
        await self._tasks.wait()

    async def _follow(self) -> None:
        """Look when there is something new, and again where it could not be carried out."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            changes = self._changes
            stuck = [call for call in tuple(self.unfollowed) if not await self._look_at(call)]
            if self._changes == changes:
                self.unfollowed = {call: self.unfollowed[call] for call in stuck}
            if stuck:
                self._changed.set()
                await asyncio.sleep(AWAY_SECONDS)

    async def _look_at(self, call: str) -> bool:
        """Carry out what follows for a call; tell whether all of it could be, or is as soon as."""
        try:
            words = await self._words(call)
            followed = all([await self._exchange.report(call, report) for report in words])
        except LocalFault as fault:
            log.error("words are not looked at", {"fault": type(fault).__name__})
            followed = False
        except Exception as error:  # of one call, which keeps no other from being looked at
            self._tasks.on_failure("words", error)
            followed = False
        # What is begun by rule is nobody's, so it is asked last whose policy forbids what.
        for forbidden in self._forbidden(call):
            await self._exchange.insist(call, forbidden)
        return followed

    async def _words(self, call: str) -> list[Report]:
        """Return what of the words in a call is otherwise now."""
        known, found = self._exchange.calls.here(call), list[Report]()
        for member in known.call.inside if known is not None else ():
            changed = await self._word(member)
            if changed is None:
                continue
            begins = changed.word.by_rule and known is not None and not known.call.by_rule
            if begins and await self._why_full():
                return [CannotBeRecorded()]
            found.append(changed)
        return found

    async def _word(self, member: Member) -> WordChanged | None:
        login = await self._accounts.login(member.device)
        word = self._door.word_now(login, member.word) if login is not None else member.word
        if word == member.word:
            return None
        forbidden = not self._door.may_keep(member.account, "captions")
        why = UNCAPTIONED if forbidden else ""
        return WordChanged(member.account, member.device, word, why, before=member.word)

    def _forbidden(self, call: str) -> list[KeepingForbidden]:
        """Return what was begun in a call and is not allowed any more."""
        known = self._exchange.calls.here(call)
        begun = _begun(known.call) if known is not None else []
        return [one for one in begun if not self._door.may_keep(one.account, one.what)]


def _begun(call: StandardCall) -> list[KeepingForbidden]:
    kept = [KeepingForbidden(one.by, what) for what, one in call.kept if not one.by_rule]
    return kept + [KeepingForbidden(one.account, "captions") for one in call.inside if one.captions]
