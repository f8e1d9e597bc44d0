"""How the connection to the service stands, and when it is tried again after it failed.

What the service refuses is final only where no time mends it: a device that was removed, and one
that is in use elsewhere, which would otherwise turn the other out again and again.
"""

import random
from collections.abc import Callable
from enum import StrEnum

from tui_call.engine.service.faults import (
    AccountDisabled,
    ClientTooOld,
    ClockDiffers,
    DeviceRevoked,
    LoggedInElsewhere,
    LoginRefused,
    OldClient,
    ServiceFault,
    ServiceUnavailable,
    StoreUnusable,
    TooMany,
    WrongCertificate,
)

FIRST_WAIT = 0.5
LONGEST_WAIT = 5.0
WAIT_FACTOR = 1.6
SELDOM = 60.0
"""Seconds between tries where somebody has to change the service or this program first."""


class LinkState(StrEnum):
    """How the connection stands; the last two are final."""

    CONNECTING = "connecting"
    ONLINE = "online"
    AWAY = "away"
    BUSY = "busy"
    WRONG_CERTIFICATE = "wrong_certificate"
    CLOCK_DIFFERS = "clock_differs"
    REFUSED = "refused"
    DISABLED = "disabled"
    OLD_CLIENT = "old_client"
    REVOKED = "revoked"
    REPLACED = "replaced"

    @property
    def sentence(self) -> str:
        """Code of the sentence for a person, "" where the fault's own words are it."""
        return _SENTENCES.get(self, "")

    @property
    def is_refusal(self) -> bool:
        """Whether the service is there, and there is no coming in."""
        return self not in (LinkState.CONNECTING, LinkState.ONLINE, LinkState.AWAY)

    @property
    def needs_invite(self) -> bool:
        """Whether the service knows this device no more, so that another invite is of use."""
        return self in _NEED_INVITE

    @property
    def is_final(self) -> bool:
        """Whether nothing is tried any more."""
        return self in _FINAL

    @property
    def longest_wait(self) -> float:
        """Most seconds until the next try."""
        return SELDOM if self in _SELDOM_TRIED else LONGEST_WAIT


_SENTENCES = {
    LinkState.AWAY: "G_SERVICE",
    LinkState.WRONG_CERTIFICATE: "G_SERVICE_CERT",
    LinkState.CLOCK_DIFFERS: "G_CLOCK",
    LinkState.REVOKED: "R_REVOKED",
}
_FINAL = frozenset({LinkState.REVOKED, LinkState.REPLACED})
_NEED_INVITE = frozenset({LinkState.REFUSED, LinkState.REVOKED})
_SELDOM_TRIED = frozenset({LinkState.REFUSED, LinkState.DISABLED, LinkState.OLD_CLIENT})
_AFTER: dict[type[ServiceFault], LinkState] = {
    WrongCertificate: LinkState.WRONG_CERTIFICATE,
    TooMany: LinkState.BUSY,
    ServiceUnavailable: LinkState.BUSY,
    StoreUnusable: LinkState.BUSY,
    ClockDiffers: LinkState.CLOCK_DIFFERS,
    LoginRefused: LinkState.REFUSED,
    AccountDisabled: LinkState.DISABLED,
    OldClient: LinkState.OLD_CLIENT,
    ClientTooOld: LinkState.OLD_CLIENT,
    DeviceRevoked: LinkState.REVOKED,
    LoggedInElsewhere: LinkState.REPLACED,
}


def state_after(fault: ServiceFault) -> LinkState:
    """Return how the connection stands after a fault ended it."""
    return _AFTER.get(type(fault), LinkState.AWAY)


class Backoff:
    """How long to wait before the next try: longer each time, and not in step with others."""

    def __init__(self, jitter: Callable[[], float] = random.random) -> None:
        self._jitter = jitter
        self._wait = FIRST_WAIT

    def next(self, longest: float) -> float:
        """Return seconds to wait: half to all of 0.5 s at first, growing to the longest."""
        most = min(longest, self._wait)
        self._wait = most * WAIT_FACTOR
        return most * (0.5 + self._jitter() / 2)

    def reset(self) -> None:
        """Begin anew, after a connection that lasted."""
        self._wait = FIRST_WAIT
