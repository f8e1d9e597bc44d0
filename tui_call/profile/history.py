"""Past calls, newest first, and which missed ones were not looked at yet."""

from typing import Literal

import msgspec

from tui_call.identifiers import AccountId

MOST_CALLS = 1000
CUT_OFF = "G_CUT_OFF"
"""Stands for the reason of a call that is on; it stays where nobody was left to write its end."""


class PastCall(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One call that is over.

    Attributes:
        at: Unix seconds of its beginning.
        account: the other side.
        name: as it was known then; foreign text.
        direction: "missed" is an incoming one that was not answered.
        seconds: how long there was sound, 0 if none or if nobody was left to tell.
        end_reason: the value of an `EndReason`, or `CUT_OFF`.
        unseen: missed, and not looked at.
        by_peer: the other side ended it.
    """

    at: float
    account: AccountId
    name: str
    direction: Literal["outgoing", "incoming", "missed"]
    seconds: float
    end_reason: str
    unseen: bool = False
    by_peer: bool = False

    def is_of_call(self, other: "PastCall") -> bool:
        """Whether both are of one call."""
        return (self.at, self.account) == (other.at, other.account)


class History:
    """The newest `MOST_CALLS` calls. Changes are in memory until the profile saves."""

    def __init__(self, stored: tuple[PastCall, ...] = ()) -> None:
        self._calls = stored[:MOST_CALLS]

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
        self._calls = tuple(calls[:MOST_CALLS])

    def last_call(self, account: AccountId) -> float:
        """Return Unix seconds of the newest call with an account, 0 if none."""
        return next((call.at for call in self._calls if call.account == account), 0)

    def unseen_missed(self, account: AccountId) -> int:
        """Return how many missed calls of an account were not looked at."""
        return sum(call.unseen for call in self._calls if call.account == account)

    def forget(self, account: AccountId, at: float = 0) -> None:
        """Keep nothing of the call with an account that began `at`, or 0: of any with it."""
        self._calls = tuple(
            call for call in self._calls if call.account != account or at not in (0, call.at)
        )

    def mark_missed_seen(self) -> None:
        """Note that the missed calls were looked at."""
        self._calls = tuple(
            msgspec.structs.replace(call, unseen=False) if call.unseen else call
            for call in self._calls
        )
