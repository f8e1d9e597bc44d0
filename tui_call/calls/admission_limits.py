"""How many invites are answered and how much is told of them: counts, with the time passed in.

An invite (M1) proves nothing, and answering one costs a key agreement, a half-open call and a try
of whoever would like to guess a code. So few are answered: some a minute to one account, some to
all, a small number at a time. Answers and places are kept for people who are known here, and
nothing is evicted early, so that a crowd of strangers can neither use all of them up nor push a
handshake out that has begun. The same holds for what the person is told of invites that did not
ring: a sentence is worth nothing in a flood.

docs/protocol.md, "Limits on invites".
"""

import math
from collections import OrderedDict, deque
from collections.abc import Collection
from dataclasses import dataclass

MINUTE = 60.0
MOST_A_MINUTE = 30
MOST_A_MINUTE_OF_ONE = 6

MOST_HALF_OPEN = 16

KEPT_FOR_KNOWN = 8
"""Of the answers of a minute, and of the places of handshakes, that strangers do not get."""

MOST_CALL_IDS = 1024

ABANDONED_WITHIN = 600.0
ABANDONED_TOLD_AT = 3

TOLD_EVERY = 3600.0
MOST_STRANGERS_TOLD = 8


@dataclass(frozen=True, slots=True)
class Caller:
    """Who an invite says is calling, as the service and the invite agree.

    Attributes:
        account: its id.
        known: a contact, or somebody whose key is remembered.
    """

    account: str
    known: bool


class AdmissionLimits:
    """Who may get an answer to an invite now. Times are monotonic and never fall."""

    def __init__(self) -> None:
        self._answered: deque[tuple[float, Caller]] = deque()
        self._call_ids: OrderedDict[bytes, None] = OrderedDict()
        self._abandoned: deque[float] = deque()
        self._abandoned_told = -math.inf

    def has_seen(self, call_id: bytes) -> bool:
        """Tell whether an invite of this call got an M2, so that none is answered again.

        The newest `MOST_CALL_IDS` are remembered; asking counts as use.
        """
        if call_id not in self._call_ids:
            return False
        self._call_ids.move_to_end(call_id)
        return True

    def admit(
        self, call_id: bytes, caller: Caller, half_open: Collection[Caller], now: float
    ) -> bool:
        """Decide whether an invite gets an M2, and count it if so.

        Args:
            call_id: 16 bytes.
            caller: who calls.
            half_open: whose handshakes wait for M3 now.
            now: monotonic seconds.
        """
        if self.has_seen(call_id) or not _has_room(caller, half_open):
            return False
        if not self.take_answer(caller, now):
            return False
        self._call_ids[call_id] = None
        if len(self._call_ids) > MOST_CALL_IDS:
            self._call_ids.popitem(last=False)
        return True

    def take_answer(self, caller: Caller, now: float) -> bool:
        """Decide whether an invite gets any answer, M2 or REFUSE, and count it if so."""
        while self._answered and self._answered[0][0] <= now - MINUTE:
            self._answered.popleft()
        answered = [other for _, other in self._answered]
        of_one = sum(other.account == caller.account for other in answered)
        if of_one >= MOST_A_MINUTE_OF_ONE or not _has_share(caller, answered, MOST_A_MINUTE):
            return False
        self._answered.append((now, caller))
        return True

    def abandoned(self, now: float) -> int:
        """Count an invite that got an M2 and no valid M3.

        Returns:
            How many there were within `ABANDONED_WITHIN` if the person is to be told now, else 0:
            they are not so many, or the person was told within `TOLD_EVERY`.
        """
        while self._abandoned and self._abandoned[0] <= now - ABANDONED_WITHIN:
            self._abandoned.popleft()
        self._abandoned.append(now)
        few = len(self._abandoned) < ABANDONED_TOLD_AT
        if few or now < self._abandoned_told + TOLD_EVERY:
            return 0
        self._abandoned_told = now
        return len(self._abandoned)


class NoticeLimits:
    """Which notices of invites that did not ring reach the person. Times are monotonic."""

    def __init__(self) -> None:
        self._told: OrderedDict[tuple[str, str], float] = OrderedDict()
        self._strangers: dict[str, float] = {}

    def may_tell(self, code: str, caller: Caller, now: float) -> bool:
        """Decide whether a sentence about a caller is shown, and count it if so.

        One sentence about one account is shown once in `TOLD_EVERY`, and sentences about no more
        than `MOST_STRANGERS_TOLD` accounts that are not known here.
        """
        while self._told and next(iter(self._told.values())) <= now - TOLD_EVERY:
            self._told.popitem(last=False)
        self._strangers = {
            account: at for account, at in self._strangers.items() if at > now - TOLD_EVERY
        }
        if (code, caller.account) in self._told:
            return False
        if not caller.known and caller.account not in self._strangers:
            if len(self._strangers) >= MOST_STRANGERS_TOLD:
                return False
            self._strangers[caller.account] = now
        self._told[code, caller.account] = now
        return True


def _has_room(caller: Caller, half_open: Collection[Caller]) -> bool:
    """One handshake of an account at a time, and for strangers no more than half of the places."""
    if any(other.account == caller.account for other in half_open):
        return False
    return _has_share(caller, half_open, MOST_HALF_OPEN)


def _has_share(caller: Caller, others: Collection[Caller], most: int) -> bool:
    """Tell whether one more fits, where strangers leave `KEPT_FOR_KNOWN` to those who are known."""
    strangers = sum(not other.known for other in others)
    return len(others) < most and (caller.known or strangers < most - KEPT_FOR_KNOWN)
