"""Signaling that arrives: numbered, and sent again until the other device acknowledges it.

The service may lose a message or deliver it twice; each is sent again after 400 ms, then after
1.5 times as long, up to 15 s, until the other device acknowledges it or the call no longer needs
it. What receives them is idempotent, so a second delivery does no harm.
"""

import math
from dataclasses import dataclass

FIRST_RETRY = 0.4
RETRY_FACTOR = 1.5
LONGEST_RETRY = 15.0


@dataclass(frozen=True, slots=True)
class Envelope:
    """A message on its way.

    Attributes:
        call: the call it belongs to.
        sequence: counts the messages of one sender in one call, from 0.
        account: the account it goes to.
        device: the device it goes to.
        payload: sealed bytes.
    """

    call: bytes
    sequence: int
    account: str
    device: bytes
    payload: bytes


@dataclass(slots=True)
class _Pending:
    envelope: Envelope
    due: float
    wait: float
    until: float


class Outbox:
    """The messages that this device sent and the other has not acknowledged."""

    def __init__(self) -> None:
        self._pending: dict[tuple[bytes, int], _Pending] = {}
        self._next: dict[bytes, int] = {}
        self._passing: dict[bytes, int] = {}  # how many of them were kept for a while only

    def number(self, call: bytes, account: str, device: bytes, payload: bytes) -> Envelope:
        """Number a message that is sent once: the control channel repeats its own."""
        sequence = self._next.get(call, 0)
        self._next[call] = sequence + 1
        return Envelope(call, sequence, account, device, payload)

    def keep(self, envelope: Envelope, now: float, seconds: float = math.inf) -> None:
        """Send a message again, which is transmitted now, until it is acknowledged.

        Args:
            envelope: the message.
            now: monotonic seconds.
            seconds: for how long; finite for a message of no call that could be forgotten: what
                was numbered goes with the last of them.
        """
        key = (envelope.call, envelope.sequence)
        if seconds < math.inf:
            self._passing[envelope.call] = self._passing.get(envelope.call, 0) + 1
        self._pending[key] = _Pending(envelope, now + FIRST_RETRY, FIRST_RETRY, now + seconds)

    def acknowledged(self, call: bytes, sequence: int, account: str, device: bytes) -> None:
        """Stop sending a message; an acknowledgement from another device counts for nothing."""
        pending = self._pending.get((call, sequence))
        if pending and (pending.envelope.account, pending.envelope.device) == (account, device):
            self._drop((call, sequence))

    def forget(self, call: bytes) -> None:
        """Stop sending anything of a call that is over."""
        for key in [key for key in self._pending if key[0] == call]:
            del self._pending[key]
        self._next.pop(call, None)
        self._passing.pop(call, None)

    def forget_device(self, call: bytes, device: bytes) -> None:
        """Stop sending to one device of a call that goes on with another."""
        for key, pending in list(self._pending.items()):
            if key[0] == call and pending.envelope.device == device:
                del self._pending[key]

    def due(self, now: float) -> list[Envelope]:
        """Return what has to be transmitted again now."""
        again: list[Envelope] = []
        for key, pending in list(self._pending.items()):
            if pending.until <= now:
                self._drop(key)
            elif pending.due <= now:
                pending.wait = min(pending.wait * RETRY_FACTOR, LONGEST_RETRY)
                pending.due = now + pending.wait
                again.append(pending.envelope)
        return again

    def next_deadline(self) -> float | None:
        """Return when `due` next has something, None if nothing is pending."""
        return min((pending.due for pending in self._pending.values()), default=None)

    def _drop(self, key: tuple[bytes, int]) -> None:
        """Keep a message no more, nor the count of a call of which there was nothing else."""
        del self._pending[key]
        call = key[0]
        # A call that goes on counts on: an acknowledgement that comes late must mean no other one.
        passing = self._passing.get(call) == self._next[call]
        if passing and not any(pending == call for pending, _ in self._pending):
            self.forget(call)
