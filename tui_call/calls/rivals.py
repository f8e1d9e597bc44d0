"""Two calls between the same two people: which one goes on.

Theory of operation
===================
Two people have one call with each other. When another comes, both ends must come to the same answer
without asking each other, on the way of messages that a service delays and reorders. Calls with
others do not matter here; `concurrent.py` says what becomes of a call beside those.

**Glare**: two people call each other at the same time. Of the two call ids, compared as unsigned
numbers, the lower one's call goes on. Who placed it does not answer the other's invite. Who placed
the higher one answers, but gives the own call up only when M3 has proven the other caller: an
invite alone must not end anything. Both wanted to speak, so nothing rings where the key was
remembered before either call; for a new key the person decides.

**Called again**: an engine that was killed in a call knows nothing of it any more, and its person
calls again while the other end still waits. A verified M3 of the same key from the same account
takes the place of a call that rings, of one whose path is dead, and of any with the same device,
which has told thereby that it is in no other. But only if its invite came after the other call had
begun: with the M3 of a call that was given up, held back, a service must not end the next one.

An invite proves nothing, so it decides little (`on_invite`); a verified M3 decides (`on_proof`).
"""

from dataclasses import dataclass
from enum import Enum, auto


@dataclass(frozen=True, slots=True)
class CallOn:
    """A call that the person has.

    Attributes:
        call_id: 16 bytes.
        account: with whom.
        outgoing: it was placed here.
        agreed: a person has answered it, here or there.
        identity_key: of the other end, b"" before it is proven.
        pinned_before: that key was remembered before this call.
        devices: those at the other end that cannot have forgotten this call without a restart:
            where it rings, and the one with which it was agreed or that placed it.
        path_lost: it was agreed, and nothing authentic arrives.
        order: counts all calls, in the order in which they began here.
    """

    call_id: bytes
    account: str
    outgoing: bool
    agreed: bool
    identity_key: bytes
    pinned_before: bool
    devices: frozenset[bytes]
    path_lost: bool
    order: int = 0


@dataclass(frozen=True, slots=True)
class Invited:
    """A call that comes in.

    Attributes:
        call_id: 16 bytes.
        account: from whom.
        device: from which device.
        identity_key: of the caller, b"" before M3 has proven it.
        pinned_before: that key was remembered before this call.
        forgot: when its invite came, the own call to the same person rang at this device.
        order: as in `CallOn`.
    """

    call_id: bytes
    account: str
    device: bytes
    identity_key: bytes = b""
    pinned_before: bool = False
    forgot: bool = False
    order: int = 1


class OnInvite(Enum):
    """What becomes of an invite. ANSWER: it gets an M2; IGNORE: nothing; END_BOTH: no call."""

    ANSWER = auto()
    IGNORE = auto()
    END_BOTH = auto()


class OnProof(Enum):
    """What becomes of a call whose caller was just proven.

    RING: the person is asked; the call that was on ends.
    ANSWER: it is answered at once in place of the own call, which ends.
    WAIT: the call that was on goes on, and the other end gives this one up.
    BESIDE: neither takes the place of the other.
    BUSY: it shows another key than the call that was on, and is told that the person is busy.
    """

    RING = auto()
    ANSWER = auto()
    WAIT = auto()
    BESIDE = auto()
    BUSY = auto()


def on_invite(on: CallOn | None, invited: Invited) -> OnInvite:
    """Decide whether an invite is answered beside the call that is on."""
    if on is None or not _crosses(on, invited):
        return OnInvite.ANSWER
    if on.call_id == invited.call_id:
        return OnInvite.END_BOTH
    goes_on = on.call_id < invited.call_id and not has_forgotten(on, invited)
    return OnInvite.IGNORE if goes_on else OnInvite.ANSWER


def has_forgotten(on: CallOn | None, invited: Invited) -> bool:
    """Tell whether an invite comes from a device where the own call rings: it was restarted."""
    return on is not None and _crosses(on, invited) and invited.device in on.devices


def on_proof(on: CallOn, invited: Invited) -> OnProof:
    """Decide what a verified M3 does to a call that is on."""
    if on.account != invited.account:
        return OnProof.BESIDE
    if on.identity_key not in (b"", invited.identity_key):
        return OnProof.BUSY
    if _crosses(on, invited):
        if on.call_id < invited.call_id and not invited.forgot:
            return OnProof.WAIT
        pinned = on.pinned_before and invited.pinned_before
        return OnProof.ANSWER if pinned else OnProof.RING
    if invited.order < on.order:
        return OnProof.WAIT
    over = not on.agreed or on.path_lost or invited.device in on.devices
    return OnProof.RING if over else OnProof.BESIDE


def _crosses(on: CallOn, invited: Invited) -> bool:
    return on.outgoing and not on.agreed and on.account == invited.account
