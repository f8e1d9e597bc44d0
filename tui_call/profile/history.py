"""Past calls, newest first, and which missed ones were not looked at yet."""

from collections import Counter
from collections.abc import Iterable
from itertools import islice
from typing import Literal

import msgspec

from tui_call.identifiers import AccountId

KindOfKept = Literal["recording", "transcript"]
MOST_CALLS = 1000
CUT_OFF = "G_CUT_OFF"
"""Stands for the reason of a call that is on; it stays where nobody was left to write its end."""


class PastMember(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who was in a call.

    Attributes:
        account: the address.
        name: as it was known then; foreign text.
    """

    account: AccountId
    name: str


class PastCall(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One call that is over.

    Attributes:
        at: Unix seconds of its beginning.
        direction: "missed" is an incoming one that was not answered, "retrieved" one that was
            taken from where it was parked, "moved" one that came from another own device.
        seconds: how long there was sound, 0 if none or if nobody was left to tell.
        end_reason: the value of an `EndReason`, or `CUT_OFF`.
        members: the others in it, at least one.
        unseen: missed, and not looked at.
        by_peer: the other side ended it.
        kept: what was kept of it.
        last: with whom it was when it ended, "" for the first of `members`.
        account: the one member, in files from before there could be more; moved to `members`.
        name: likewise.
    """

    at: float
    direction: Literal["outgoing", "incoming", "missed", "retrieved", "moved"]
    seconds: float
    end_reason: str
    members: tuple[PastMember, ...] = ()
    unseen: bool = False
    by_peer: bool = False
    kept: tuple[KindOfKept, ...] = ()
    last: AccountId = AccountId("")
    account: AccountId = AccountId("")
    name: str = ""

    def __post_init__(self) -> None:
        """Take what an older file says.

        Raises:
            ValueError: it names nobody.
        """
        if self.account:
            before = PastMember(self.account, self.name)
            msgspec.structs.force_setattr(self, "members", (before, *self.members))
            msgspec.structs.force_setattr(self, "account", AccountId(""))
            msgspec.structs.force_setattr(self, "name", "")
        if not self.members:
            raise ValueError("a call with nobody")

    @property
    def member(self) -> PastMember:
        """The other one of a call of two."""
        return self.members[0]

    @property
    def accounts(self) -> tuple[AccountId, ...]:
        """The addresses of all who were in it."""
        return tuple(one.account for one in self.members)

    @property
    def peer(self) -> PastMember:
        """Who is named in how it ended."""
        return next((one for one in self.members if one.account == self.last), self.member)

    def was_with(self, account: AccountId) -> bool:
        """Whether somebody was in it."""
        return any(member.account == account for member in self.members)

    def is_of_call(self, other: "PastCall") -> bool:
        """Whether both are of one call."""
        return (self.at, self.member.account) == (other.at, other.member.account)


class History:
    """The newest `MOST_CALLS` calls. Changes are in memory until the profile saves."""

    def __init__(self, stored: tuple[PastCall, ...] = ()) -> None:
        self._keep(stored)

    @property
    def calls(self) -> tuple[PastCall, ...]:
        """All of them, newest first."""
        return self._calls

    def add(self, call: PastCall) -> None:
        """Put a call in its place by time, instead of what was written when it began.

        The oldest goes when there are too many.
        """
        others = (past for past in self._calls if not call.is_of_call(past))
        calls = sorted((call, *others), key=lambda past: past.at, reverse=True)
        self._keep(calls)

    def last_call(self, account: AccountId) -> float:
        """Return Unix seconds of the newest call with an account, 0 if none."""
        return self._last.get(account, 0)

    def unseen_missed(self, account: AccountId) -> int:
        """Return how many missed calls of an account were not looked at."""
        return self._unseen.get(account, 0)

    def forget(self, account: AccountId, at: float = 0) -> set[AccountId]:
        """Keep nothing of the call with an account that began `at`, or 0: of any with it.

        Returns:
            That account, and who else was in such a call.
        """
        gone = {call for call in self._calls if call.was_with(account) and at in (0, call.at)}
        self._keep(call for call in self._calls if call not in gone)
        return {account, *(one for call in gone for one in call.accounts)}

    def mark_missed_seen(self) -> None:
        """Note that the missed calls were looked at."""
        self._keep(
            msgspec.structs.replace(call, unseen=False) if call.unseen else call
            for call in self._calls
        )

    def _keep(self, calls: Iterable[PastCall]) -> None:
        """Keep the newest of calls that are in order, and what is asked of each account."""
        self._calls = tuple(islice(calls, MOST_CALLS))
        self._last: dict[AccountId, float] = {}
        self._unseen: Counter[AccountId] = Counter()
        for call in self._calls:
            for member in call.members:
                self._last.setdefault(member.account, call.at)
                self._unseen[member.account] += call.unseen
