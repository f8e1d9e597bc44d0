"""Tickets by which a file is fetched: each once, soon, by the device that asked for it."""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from tui_call.signaling.kept import TICKET_SECONDS

MOST_OF_DEVICE = 32
"""Tickets of a device at a time: a file of each person, and pieces of them."""
_TICKET_BYTES = 32


@dataclass(frozen=True, slots=True)
class Claim:
    """What a ticket is good for.

    Attributes:
        device: who asked for it.
        kept: id of the recording or transcript.
        file: name of the file.
        until: by the clock of the tickets.
    """

    device: str
    kept: str
    file: str
    until: float


class Tickets:
    """Those that are out. Of a ticket only its SHA-256 is known here."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._out: dict[bytes, Claim] = {}

    def give(self, device: str, kept: str, file: str) -> str:
        """Return a new ticket; the oldest of a device that has many is good no more."""
        self._forget_late()
        own = [number for number, claim in self._out.items() if claim.device == device]
        for number in own[: max(0, len(own) + 1 - MOST_OF_DEVICE)]:
            del self._out[number]
        ticket = secrets.token_urlsafe(_TICKET_BYTES)
        until = self._clock() + TICKET_SECONDS
        self._out[_number(ticket)] = Claim(device, kept, file, until)
        return ticket

    def take(self, ticket: str) -> Claim | None:
        """Return what a ticket is good for, which it is no more from now on."""
        claim = self._out.pop(_number(ticket), None)
        return claim if claim is not None and claim.until > self._clock() else None

    def _forget_late(self) -> None:
        now = self._clock()
        for number, claim in list(self._out.items()):
            if claim.until > now:
                return
            del self._out[number]


def _number(ticket: str) -> bytes:
    return hashlib.sha256(ticket.encode(errors="replace")).digest()
