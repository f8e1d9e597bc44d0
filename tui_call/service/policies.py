"""Which policies apply to whom: the book in memory, and who is told when it is another one.

The store is looked at after each change made here, and each second for those made elsewhere. Where
it cannot be reached the book goes on as it was. Of another book only those are told to whom other
policies apply.
"""

import asyncio
import logging
from collections.abc import Callable, Collection
from typing import Any

from tui_call.errors import LocalFault
from tui_call.permissions.book import Book, Grant
from tui_call.permissions.evaluation import applying
from tui_call.permissions.policies import CallingPolicy, EncryptionPolicy, PolicySource
from tui_call.permissions.terms import CallingTerms, EncryptionTerms, PolicyKind, as_mapping
from tui_call.service.database import Books
from tui_call.service.session import ClientSession
from tui_call.signaling.messages import AskEpoch, CurrentEpoch, PolicyChanged
from tui_call.signaling.policies import CallPolicy, Epoch, Policy
from tui_call.tasks import Tasks

Applied = tuple[EncryptionPolicy, CallingPolicy]

LOOK_SECONDS = 1.0
"""Between looks at the store's epoch."""
_PART = 50
"""People between two moments for others: some milliseconds, with what is written to them then."""

log = logging.getLogger(__name__)


class CurrentPolicies:
    """What applies to each person, as the store had it at most a second ago.

    Attributes:
        epoch: of the book.
    """

    def __init__(
        self,
        books: Books,
        book: Book,
        epoch: Epoch,
        clock: Callable[[], float],
        connected: Callable[[], Collection[str]],
        tell: Callable[[str, PolicyChanged], None],
    ) -> None:
        """Begin with a book.

        Args:
            books: where newer ones are read.
            book: as it is now.
            epoch: of that book.
            clock: monotonic seconds.
            connected: returns the accounts of those who are to be told of changes.
            tell: tells all devices of an account.
        """
        self.epoch = epoch
        self._books = books
        self._book = book
        self._clock = clock
        self._connected = connected
        self._tell = tell
        self._seen_at = clock()
        self._away = False
        self._looking = asyncio.Lock()
        self._followers: list[Callable[[], None]] = []
        self._tasks = Tasks()

    @classmethod
    async def open(
        cls,
        books: Books,
        clock: Callable[[], float],
        connected: Callable[[], Collection[str]],
        tell: Callable[[str, PolicyChanged], None],
    ) -> "CurrentPolicies":
        """Read the book, and begin; `__init__` says what is what.

        Raises:
            DatabaseUnusable: the store cannot be read.
        """
        book, epoch = await books.read()
        return cls(books, book, epoch, clock, connected, tell)

    def after_each(self, follow: Callable[[], None]) -> None:
        """Let somebody know each time that the book is another one."""
        self._followers.append(follow)

    def of(self, account: str) -> PolicyChanged:
        """Return what applies to a person now, as engines are told."""
        policy, calling = told_policies(self._book, account)
        return PolicyChanged(policy, calling, self.epoch)

    @property
    def for_everybody(self) -> str:
        """The name of the encryption policy of those to whom nothing else is granted."""
        grant = self._book.grant(PolicyKind.ENCRYPTION, PolicySource.ORGANISATION, "")
        assert grant is not None
        return grant.policy

    def oldest_client(self, account: str) -> str:
        """Return the oldest version that the person may log in with, "" for any."""
        terms = _terms(self._book, applying(self._book, account, PolicyKind.ENCRYPTION))
        assert isinstance(terms, EncryptionTerms)
        return terms.min_client

    def applied(self, account: str) -> Applied:
        """Return what applies to a person now, as the gate takes it."""
        encryption, calling = _grants(self._book, account)
        terms, call_terms = _terms(self._book, encryption), _terms(self._book, calling)
        assert isinstance(terms, EncryptionTerms)
        assert isinstance(call_terms, CallingTerms)
        return (
            EncryptionPolicy(
                encryption.policy,
                encryption.to,
                terms.e2ee_calls,
                _group(encryption),
                encryption.rank,
                terms.require_compared,
                terms.relay_only,
                terms.min_client,
            ),
            CallingPolicy(calling.policy, calling.to, call_terms, _group(calling), calling.rank),
        )

    def is_in(self, group: str, account: str) -> bool:
        """Tell whether a person is in a group, given by its name."""
        return account in self._book.members_of(group)

    async def answer(self, session: ClientSession, request: AskEpoch) -> None:
        """Say how new the book is, after what it says where the client has an older one."""
        if request.known < self.epoch:
            session.put(self.of(session.account))
        age = max(0.0, self._clock() - self._seen_at)
        session.put(CurrentEpoch(request.request, self.epoch, age))

    async def look(self) -> None:
        """Look whether the store has moved on; take its book, and tell whom it concerns.

        Once begun it goes on also where whoever waits for it gives up.
        """
        await self._tasks.finish(self._look())

    def follow(self) -> None:
        """Look again and again, until `close`."""
        self._tasks.spawn(self._follow())

    async def close(self) -> None:
        """Look no more."""
        self._tasks.cancel()
        await self._tasks.wait()

    async def _follow(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            await self._look()

    async def _look(self) -> None:
        async with self._looking:
            try:
                moved = await self._books.epoch() != self.epoch
                book, epoch = await self._books.read() if moved else (self._book, self.epoch)
            except LocalFault as fault:
                if not self._away:
                    log.warning("policies go on as they were", {"fault": type(fault).__name__})
                self._away = True
                return
            before, self._book, self.epoch = self._book, book, epoch
            self._seen_at, self._away = self._clock(), False
            if moved:
                for follow in self._followers:
                    follow()
                await self._tell_changes(_Told(before), _Told(book), epoch)

    async def _tell_changes(self, before: "_Told", now: "_Told", epoch: Epoch) -> None:
        for number, account in enumerate(self._connected(), 1):
            policies = now.of(account)
            if policies != before.of(account):
                self._tell(account, PolicyChanged(*policies, epoch))
            if not number % _PART:
                await asyncio.sleep(0)


class _Told:
    """What people are told by a book, made once for all to whom the same grants apply."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._made: dict[tuple[Grant, Grant], tuple[Policy, CallPolicy]] = {}

    def of(self, account: str) -> tuple[Policy, CallPolicy]:
        grants = _grants(self._book, account)
        made = self._made.get(grants)
        if made is None:
            made = self._made[grants] = _made_of(self._book, *grants)
        return made


def told_policies(book: Book, account: str) -> tuple[Policy, CallPolicy]:
    """Return what a person's engine is told by a book."""
    return _made_of(book, *_grants(book, account))


def _grants(book: Book, account: str) -> tuple[Grant, Grant]:
    encryption = applying(book, account, PolicyKind.ENCRYPTION)
    return encryption, applying(book, account, PolicyKind.CALLING)


def _made_of(book: Book, encryption: Grant, calling: Grant) -> tuple[Policy, CallPolicy]:
    recorded = _terms(book, calling)
    assert isinstance(recorded, CallingTerms)
    policy: dict[str, Any] = {**_origin(encryption), **as_mapping(_terms(book, encryption))}
    policy["compliance_recording"] = recorded.compliance_recording
    what_calls_may: dict[str, Any] = {**_origin(calling), **as_mapping(recorded)}
    return Policy(**policy), CallPolicy(**what_calls_may)


def _terms(book: Book, grant: Grant) -> EncryptionTerms | CallingTerms:
    return book.policy(grant.policy).terms


def _group(grant: Grant) -> str:
    return grant.subject if grant.to is PolicySource.GROUP else ""


def _origin(grant: Grant) -> dict[str, str | int]:
    return {
        "name": grant.policy,
        "source": grant.to.value,
        "group": _group(grant),
        "rank": grant.rank,
    }
