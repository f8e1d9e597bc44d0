"""How much one device and one address may ask of the service: token buckets, and who pays."""

from collections.abc import Callable
from dataclasses import dataclass

MOST_BUCKETS = 20_000
REPLIES_TO_EACH = 2
"""The acknowledgement of a message, and one that answers it."""
MOST_REPLIES = 400
MOST_CORRESPONDENTS = 256


@dataclass(frozen=True, slots=True)
class Rate:
    """A limit.

    Attributes:
        burst: tokens of a rested bucket.
        per_second: tokens that come back in a second.
    """

    burst: float
    per_second: float


# A call is set up in about ten messages, and a control channel sends a few a second.
DEVICE = Rate(burst=200, per_second=50)
# What a message costs beside its own token: one for so many bytes. A description is 6 or 22 KB.
BYTES_OF_TOKEN = 4096
# What looking through all people costs; a client does so once, after its login.
SEARCH_COST = 10
# A login is a connection, a request and two messages. An office logs in from one address: those of
# it that are under way at a time, and as many that fail.
ADDRESS = Rate(burst=1200, per_second=60)
# Changes of an account that the audit keeps: a person who tries a setting to and fro is let.
CHANGES = Rate(burst=20, per_second=1 / 30)
# Calls that an account places, what it does in them that the audit keeps, and word that it leaves.
CALLS = Rate(burst=60, per_second=1 / 2)
# A login costs its address nothing in the end, so that it is the device that pays for many.
LOGINS = Rate(burst=30, per_second=1 / 2)
# Lines of one kind in the log that others cause: who comes, who goes, an error of one class.
LOGGED = Rate(burst=20, per_second=0.1)
# What a refused login, a refused invite or a malformed message costs beside its own token.
FAILURE_COST = 20


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of a service.

    Attributes:
        device: messages of a device.
        address: what an address does before a login.
        changes: what an account changes of itself.
        calls: what an account does in standard calls that the audit keeps, and word that it leaves.
        logins: of a device.
        unfinished: connections without a login at a time, which take memory for TLS.
        unfinished_of_address: those of one address.
        waiting_seconds: until one that waits unread for its turn is turned away.
    """

    device: Rate = DEVICE
    address: Rate = ADDRESS
    changes: Rate = CHANGES
    calls: Rate = CALLS
    logins: Rate = LOGINS
    unfinished: int = 512
    unfinished_of_address: int = 256
    waiting_seconds: float = 60.0


@dataclass(slots=True)
class _Bucket:
    tokens: float
    filled: float


class TokenBuckets:
    """One bucket a key; a bucket that is full again is forgotten when there are many."""

    def __init__(self, rate: Rate, clock: Callable[[], float], most: int = MOST_BUCKETS) -> None:
        self._rate = rate
        self._clock = clock
        self._most = most
        self._buckets: dict[str, _Bucket] = {}

    def __len__(self) -> int:
        return len(self._buckets)

    def take(self, key: str, cost: float = 1) -> bool:
        """Take tokens; False, and nothing taken, where there are too few."""
        now = self._clock()
        bucket = self._buckets.get(key)
        if bucket is None:
            self._make_room(now)
            bucket = self._buckets[key] = _Bucket(self._rate.burst, now)
        self._fill(bucket, now)
        if bucket.tokens < cost:
            return False
        bucket.tokens -= cost
        return True

    def punish(self, key: str, cost: float) -> None:
        """Take tokens, as far as there are any, for something that should not happen often."""
        if not self.take(key, cost):
            self._buckets[key].tokens = 0

    def give_back(self, key: str, tokens: float) -> None:
        """Return tokens that were taken for something that turned out well."""
        bucket = self._buckets.get(key)
        if bucket is not None:
            bucket.tokens = min(self._rate.burst, bucket.tokens + tokens)

    def _fill(self, bucket: _Bucket, now: float) -> None:
        gained = (now - bucket.filled) * self._rate.per_second
        bucket.tokens = min(self._rate.burst, bucket.tokens + gained)
        bucket.filled = now

    def _make_room(self, now: float) -> None:
        if len(self._buckets) < self._most:
            return
        for key, bucket in list(self._buckets.items()):
            self._fill(bucket, now)
            if bucket.tokens >= self._rate.burst:
                del self._buckets[key]
        while len(self._buckets) >= self._most:
            del self._buckets[next(iter(self._buckets))]


class Replies:
    """What a device may send to others at no cost, because they have paid for it.

    Each message that somebody paid for may be acknowledged and answered by its receiver. An answer
    that cost nothing lets nobody answer at no cost.
    """

    __slots__ = ("_left",)

    def __init__(self) -> None:
        self._left: dict[str, int] = {}

    def grant(self, device: str) -> None:
        """Let a message of a device be replied to."""
        left = self._left.pop(device, 0)
        self._left[device] = min(left + REPLIES_TO_EACH, MOST_REPLIES)
        if len(self._left) > MOST_CORRESPONDENTS:
            del self._left[next(iter(self._left))]

    def spend(self, device: str) -> bool:
        """Take one reply to a device; False where none is left."""
        left = self._left.pop(device, 0)
        if left > 1:
            self._left[device] = left - 1
        return left > 0
