"""A new path for a call that goes on: offered by the caller, numbered, taken when it is proven.

Theory of operation
===================
    caller                                              callee
    (a new path is wanted)     ◄── RECONNECT_ASK{n} ──  (a new path is wanted)
    addresses gathered         ── RECONNECT{n, offer} ─►  addresses gathered
    connects                   ◄─ RECONNECT{n, answer} ─  connects
    ═══════════ the same sealed packets on both paths, each frame played once ═══════════
    first authentic frame on n: n is the call's path; the one before closes 2 s later

Only the original caller offers, so that two offers never cross. Each try has a number of its own,
one more than the last, and what names another number is stale. A try that fails, or that brings no
authentic frame in `TRY_SECONDS`, is given up; the next follows after 0.5, 1, 2, then every 4 s,
for `ALL_TRIES_SECONDS` in all. The path in use stays as it is meanwhile; whether it still carries
anything, and when silence ends the call, is the path monitor's business (e2ee.md, "Reconnection").
"""

from dataclasses import dataclass
from typing import assert_never

from tui_call.calls.events import (
    Effect,
    SendMessage,
)
from tui_call.calls.upkeep_events import (
    AcceptPathAnswer,
    ClosePath,
    PathTaken,
    PreparePathAnswer,
    PreparePathOffer,
)
from tui_call.e2ee import control_channel as control
from tui_call.e2ee.errors import ProtocolFailure
from tui_call.e2ee.session import Session

TRY_SECONDS = 5.0
ALL_TRIES_SECONDS = 30.0
WAITS = (0.5, 1.0, 2.0, 4.0)
OLD_PATH_SECONDS = 2.0
LAST_PATH = 2**16 - 1

PathMessage = control.Reconnect | control.ReconnectAsk


@dataclass(slots=True)
class _Try:
    """A path that is being made.

    Attributes:
        path: its number.
        until: when it is given up.
        offered: at the caller, the offer is out and the answer is due.
    """

    path: int
    until: float
    offered: bool = False


class Reconnecting:
    """The paths of one side of a call; path 0 is the one that the call began on."""

    def __init__(self, session: Session) -> None:
        self.path = 0
        """The number of the path in use."""
        self._session = session
        self._newest = 0
        self._try: _Try | None = None
        self._asked = 0
        self._tries = 0
        self._next_try: float | None = None
        self._give_up = 0.0
        self._closing: dict[int, float] = {}

    def next_deadline(self) -> float | None:
        """Return when `time_passed` has something to do, None if never."""
        until = self._try.until if self._try else None
        deadlines = (until, self._next_try, *self._closing.values())
        return min((at for at in deadlines if at is not None), default=None)

    def want(self, now: float) -> list[Effect]:
        """Have a new path: the caller tries, the callee asks for a try."""
        if not self._session.is_caller:
            return self._ask(now)
        if self._try is not None or self._next_try is not None:
            return []
        self._tries, self._give_up = 0, now + ALL_TRIES_SECONDS
        return self._begin(now)

    def time_passed(self, now: float) -> list[Effect]:
        """Close old paths, give a try up, begin the next."""
        effects: list[Effect] = []
        for path in [path for path, at in self._closing.items() if now >= at]:
            del self._closing[path]
            effects.append(ClosePath(path))
        if self._try is not None and now >= self._try.until:
            effects += self._abandon(self._try, now)
        if self._next_try is not None and now >= self._next_try:
            self._next_try = None
            effects += self._begin(now)
        return effects

    def described(self, path: int, sdp: str, now: float) -> list[Effect]:
        """Send the own description of a path; one of a path that was given up is not needed."""
        if self._try is None or self._try.path != path:
            return []
        is_caller = self._session.is_caller
        role = control.ReconnectRole.OFFER if is_caller else control.ReconnectRole.ANSWER
        try:
            message = control.Reconnect(path, role, sdp)
        except ProtocolFailure:
            return self._abandon(self._try, now)
        self._try.offered = True
        return [self._say(message, now)]

    def failed(self, path: int, now: float) -> list[Effect]:
        """Take note that the transport cannot make a path."""
        if self._try is None or self._try.path != path:
            return []
        return self._abandon(self._try, now)

    def received(self, message: PathMessage, now: float) -> list[Effect]:
        """Take what the peer says of a new path; what is stale does nothing."""
        match message:
            case control.ReconnectAsk(path):
                fresh = self._session.is_caller and path > self._newest
                return self.want(now) if fresh else []
            case control.Reconnect(path, role, sdp):
                is_offer = role is control.ReconnectRole.OFFER
                return self._offered(path, sdp, now) if is_offer else self._answered(path, sdp)
            case _:  # pragma: no cover
                assert_never(message)

    def frame(self, path: int, now: float) -> list[Effect]:
        """Take note of an authentic media frame on a path."""
        if self._try is None or self._try.path != path:
            return []
        self._closing[self.path] = now + OLD_PATH_SECONDS
        self.path, self._try = path, None
        return [PathTaken(path)]

    def _ask(self, now: float) -> list[Effect]:
        path = self._newest + 1
        if path in (self._asked, LAST_PATH + 1) or self._try is not None:
            return []
        self._asked = path
        return [self._say(control.ReconnectAsk(path), now)]

    def _begin(self, now: float) -> list[Effect]:
        if self._newest == LAST_PATH:
            return []
        self._newest += 1
        self._tries += 1
        self._try = _Try(self._newest, now + TRY_SECONDS)
        return [PreparePathOffer(self._newest)]

    def _offered(self, path: int, sdp: str, now: float) -> list[Effect]:
        if self._session.is_caller or path <= self._newest:
            return []
        replaced: list[Effect] = [ClosePath(self._try.path)] if self._try else []
        self._newest = path
        self._try = _Try(path, now + TRY_SECONDS)
        return [*replaced, PreparePathAnswer(path, sdp)]

    def _answered(self, path: int, sdp: str) -> list[Effect]:
        if not self._session.is_caller or self._try is None or self._try.path != path:
            return []
        if not self._try.offered:
            return []
        self._try.offered = False  # one answer counts
        return [AcceptPathAnswer(path, sdp)]

    def _abandon(self, given_up: _Try, now: float) -> list[Effect]:
        self._try = None
        if self._session.is_caller:
            following = now + WAITS[min(self._tries, len(WAITS)) - 1]
            self._next_try = following if following < self._give_up else None
        return [ClosePath(given_up.path)]

    def _say(self, message: control.ControlMessage, now: float) -> SendMessage:
        return SendMessage(self._session.control.seal(message, now), repeat=False)
