"""A new path for a call that goes on: offered by the caller, numbered, taken when it is proven.

Theory of operation
===================
    caller                                              callee
    (a new path is wanted)     ◄── RECONNECT_ASK{n} ──  (a new path is wanted)
    addresses gathered         ── RECONNECT{n, offer} ─►  addresses gathered
    connects                   ◄─ RECONNECT{n, answer} ─  connects
    ═══════════ the same sealed packets on both paths, each frame played once ═══════════
    first authentic frame on n: n is the call's path; the one before closes 2 s later

A path is wanted by the person, after silence (both sides notice it at about the same time), and
when a device's own addresses changed, which does not wait for silence. Only the original caller
offers, so two sides that want one at once never cross: the callee's ask meets an offer under way.

Each try has a number of its own, one more than the last, and what names another number is stale. A
try that fails, or that brings no authentic frame in `TRY_SECONDS`, is given up; the next follows
after 0.5, 1, 2, then every 4 s, for `ALL_TRIES_SECONDS` in all. These waits count on from one path
to the next until a path has lasted for `SETTLED_SECONDS`, so that a way that breaks again and again
is not followed by a storm. New addresses make what was described with the old ones useless: such a
try is begun anew, at most every `WAITS[0]` seconds. A callee, whom each offer costs sockets, takes
`MOST_OFFERS` in the time of a try; an honest caller makes fewer.

The control channel repeats what gets lost, waits longer each time, and is read in order. So whoever
hears from the other side that a path is being made repeats at once what the other waits for, and
everything when the service is back.

The path in use stays as it is meanwhile; whether it still carries anything, and when silence ends
the call, is the path monitor's business (docs/protocol.md, "A new path").
"""

import math
from collections import deque
from dataclasses import dataclass
from typing import assert_never

from tui_call.calls.effects import (
    AcceptPathAnswer,
    ClosePath,
    Effect,
    PathTaken,
    PreparePathAnswer,
    PreparePathOffer,
)
from tui_call.calls.saying import Say
from tui_call.e2ee import control_channel as control
from tui_call.e2ee.errors import ProtocolFailure
from tui_call.e2ee.session import Session

TRY_SECONDS = 5.0
ALL_TRIES_SECONDS = 30.0
WAITS = (0.5, 1.0, 2.0, 4.0)
SETTLED_SECONDS = 10.0
OLD_PATH_SECONDS = 2.0
MOST_OFFERS = 16
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

    def __init__(self, session: Session, say: Say) -> None:
        self.path = 0
        """The number of the path in use."""
        self._session = session
        self._say = say
        self._newest = 0
        self._try: _Try | None = None
        self._asked = 0
        self._offers: deque[float] = deque(maxlen=MOST_OFFERS)
        self._tries = 0
        self._begun = -math.inf
        self._taken = -math.inf
        self._next_try: float | None = None
        self._give_up = 0.0
        self._closing: dict[int, float] = {}

    def next_deadline(self) -> float | None:
        """Return when `time_passed` has something to do, None if never."""
        until = self._try.until if self._try else None
        deadlines = (until, self._next_try, *self._closing.values())
        return min((at for at in deadlines if at is not None), default=None)

    def want(self, now: float) -> list[Effect]:
        """Have a new path: the caller tries, the callee asks for a try; once until it is there.

        A row of tries that goes on for another reason goes on for longer.
        """
        self._give_up = now + ALL_TRIES_SECONDS
        if self._try is not None or self._next_try is not None or self._waits_for_offer:
            return []
        if now >= self._taken + SETTLED_SECONDS:
            self._tries = 0
        return self._begin_after(self._wait, now)

    def addresses_changed(self, now: float) -> list[Effect]:
        """Have a new path from the addresses of now; what was described before is given up."""
        return [*self._drop(), *self._look_anew(now)]

    def service_back(self, now: float) -> list[Effect]:
        """Go on at once with what could not be said; the control channel repeats the rest."""
        if self._try is not None:
            return []
        if self._next_try is not None:
            return self._begin_after(WAITS[0], now)
        return self._ask(now) if self._waits_for_offer else []

    def time_passed(self, now: float) -> list[Effect]:
        """Close old paths, give a try up, begin the next."""
        effects: list[Effect] = []
        for path in [path for path, at in self._closing.items() if now >= at]:
            del self._closing[path]
            effects.append(ClosePath(path))
        if self._try is not None and now >= self._try.until:
            effects += self._abandon(now)
        if self._next_try is not None and now >= self._next_try:
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
            return self._abandon(now)
        self._try.offered = True
        return self._say(message, now)

    def failed(self, path: int, now: float) -> list[Effect]:
        """Take note that the transport cannot make a path."""
        if self._try is None or self._try.path != path:
            return []
        return self._abandon(now)

    def received(self, message: PathMessage, now: float) -> list[Effect]:
        """Take what the peer says of a new path; what is stale makes none."""
        self._session.control.hurry_oldest(now)
        match message:
            case control.ReconnectAsk(path):
                return self._asked_for(path, now) if self._session.is_caller else []
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
        self.path, self._try, self._taken = path, None, now
        return [PathTaken(path)]

    # The callee

    @property
    def _waits_for_offer(self) -> bool:
        return self._asked > self._newest

    def _ask(self, now: float) -> list[Effect]:
        self._asked, self._begun = self._newest + 1, now
        return self._say(control.ReconnectAsk(self._asked), now)

    def _offered(self, path: int, sdp: str, now: float) -> list[Effect]:
        if self._session.is_caller or path <= self._newest or self._too_many_offers(now):
            return []
        self._offers.append(now)
        replaced = self._drop()
        self._make(path, now)
        return [*replaced, PreparePathAnswer(path, sdp)]

    def _too_many_offers(self, now: float) -> bool:
        return len(self._offers) == MOST_OFFERS and now < self._offers[0] + TRY_SECONDS

    # The caller

    def _asked_for(self, path: int, now: float) -> list[Effect]:
        """Take the callee's ask; one for a number under way says that it waits for that.

        A callee knows no number whose offer never went out, so it may ask for one that came to
        nothing long ago.
        """
        if path > self._newest:
            return [*self._drop(), *self._look_anew(now)]
        if self._next_try is not None:
            return self._begin_after(WAITS[0], now)
        return self._look_anew(now) if self._try is None and path > self.path else []

    def _look_anew(self, now: float) -> list[Effect]:
        """Begin a row of tries with what was learnt just now, which failures before do not tell."""
        self._give_up = now + ALL_TRIES_SECONDS
        return self._begin_after(WAITS[0], now)

    def _answered(self, path: int, sdp: str) -> list[Effect]:
        if not self._session.is_caller or self._try is None or self._try.path != path:
            return []
        if not self._try.offered:
            return []
        self._try.offered = False  # one answer counts
        return [AcceptPathAnswer(path, sdp)]

    # Both

    @property
    def _wait(self) -> float:
        """Seconds from the beginning of the last try to the next, in a row of its length."""
        return WAITS[min(self._tries, len(WAITS)) - 1] if self._tries else 0.0

    def _begin_after(self, wait: float, now: float) -> list[Effect]:
        """Begin a try so many seconds after the last one began, now if they are over."""
        self._next_try = max(now, self._begun + wait)
        return self._begin(now) if self._next_try <= now else []

    def _begin(self, now: float) -> list[Effect]:
        self._next_try = None
        if self._newest == LAST_PATH:
            return []
        if not self._session.is_caller:
            return self._ask(now)
        self._make(self._newest + 1, now)
        return [PreparePathOffer(self._newest)]

    def _make(self, path: int, now: float) -> None:
        self._newest, self._begun = path, now
        self._tries += 1
        self._try = _Try(path, now + TRY_SECONDS)

    def _abandon(self, now: float) -> list[Effect]:
        """Give the try up that failed; the caller's next one follows."""
        if self._session.is_caller:
            following = now + self._wait
            self._next_try = following if following < self._give_up else None
        return self._close_try()

    def _drop(self) -> list[Effect]:
        """Give up what is being made, for something newer."""
        self._next_try = None
        return self._close_try()

    def _close_try(self) -> list[Effect]:
        given_up, self._try = self._try, None
        return [ClosePath(given_up.path)] if given_up else []
