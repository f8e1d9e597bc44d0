"""Several calls of one person: which is in front, which are held, who waits, and what crosses.

Theory of operation
===================
Here are the calls that a person knows of: those that were placed or answered (*on*), and those
whose caller has proven who it is and waits for an answer (*asking*). An invite that nobody has
proven yet is silent, and not here; neither is a call that is over.

One call is *in front*: the one on which the keys of the person act, and the only one that may
have microphone and speaker. Of the calls that are on, it is the one that was placed, answered or
swapped to last; without any, it is the one that asks for longest, which rings. So an asking call
rings if no call is on, and else it *waits*, quietly. At most `MOST_WAITING` do; the next one is
told that the person is busy.

All calls behind the one in front are held: whoever places, answers or swaps holds the one that was
in front. Only swapping takes a call off hold beside the person's own word for that call: when the
one in front ends, the next one comes to the front as it was, on hold. So at most one call is
heard, and a held one never is.

An order names its call, or means the one in front. What names a call that is over or unknown is
refused and changes nothing. Ending, holding and resuming a call without a name are refused for
`SETTLES_AFTER` seconds after another call has come to the front by itself, unless its person called
again: the key was pressed for the one before. So are answering and declining after another call
asks for longest.

Glare, and a peer who calls again (`rivals.py`), are judged against the calls with the same account
alone. The call that goes on takes the place of the one that it replaces. One that was given up for
another call asks again if that one comes to nothing.
"""

import math
from collections import deque
from dataclasses import dataclass, replace
from typing import assert_never

from tui_call.calls.concurrent_events import (
    MOST_ON,
    AnswerCall,
    AnswerWanted,
    Attendance,
    CallerProven,
    CallMoved,
    CallOver,
    CallPlaced,
    CallWaits,
    CameToFront,
    DeclineWanted,
    Effect,
    EndCall,
    EndWanted,
    Event,
    GiveUp,
    HoldCall,
    HoldWanted,
    OrderRefused,
    SwapWanted,
    Why,
)
from tui_call.calls.rivals import CallOn, Invited, OnProof, on_proof
from tui_call.reasons import EndReason

MOST_WAITING = 2
"""Callers that wait beside a call; one more is told that the person is busy."""

SETTLES_AFTER = 2.0
"""Seconds in which a person may not have seen yet that another call came to the front."""

MOST_PAST = 64
"""Ids of calls that are over by which an order that comes late is told so."""


@dataclass(frozen=True, slots=True)
class OnCall:
    """A call that was placed or answered here.

    Attributes:
        id: 16 bytes.
        account: who is at the other end.
        held: the person here holds it.
    """

    id: bytes
    account: str
    held: bool = False


class ConcurrentCalls:
    """All calls that the person knows of.

    Attributes:
        on: those that were placed or answered, the one in front first, then the one before it.
        asking: the ids of those that ask for an answer, the oldest first.
        past: the ids of those that were one or the other, the newest last.
    """

    def __init__(self) -> None:
        self.on: tuple[OnCall, ...] = ()
        self.asking: tuple[bytes, ...] = ()
        self.past: deque[bytes] = deque(maxlen=MOST_PAST)
        self._invited: dict[bytes, Invited] = {}  # of those that ask or were given up
        self._moved_at = -math.inf
        self._asks_since = -math.inf  # the one that asks for longest, if another one did before

    @property
    def ids(self) -> tuple[bytes, ...]:
        """All calls: the one in front, the others that are on, those that ask."""
        return (*(call.id for call in self.on), *self.asking)

    @property
    def front(self) -> bytes | None:
        """The call in front, None without one."""
        return self.ids[0] if self.ids else None

    @property
    def heard(self) -> bytes | None:
        """The call that may have microphone and speaker, None while there is none."""
        return self.on[0].id if self.on and not self.on[0].held else None

    @property
    def waiting(self) -> tuple[bytes, ...]:
        """The calls that ask beside others."""
        return self.asking if self.on else self.asking[1:]

    @property
    def _accounts_in_front(self) -> tuple[str, ...]:
        return tuple(self._accounts.values())[:1]

    @property
    def _accounts(self) -> dict[bytes, str]:
        """Who is at the other end of each."""
        asking = {call_id: self._invited[call_id].account for call_id in self.asking}
        return {call.id: call.account for call in self.on} | asking

    def just_came(self, now: float) -> bool:
        """Tell whether the person may not have seen yet which call came to the front by itself."""
        return now < self._moved_at + SETTLES_AFTER

    def with_account(self, account: str) -> tuple[bytes, ...]:
        """Return the calls with somebody."""
        return tuple(call_id for call_id, one in self._accounts.items() if one == account)

    def handle(self, event: Event, now: float) -> list[Effect]:
        """Take what happened, and return what is to be done, in order.

        Args:
            event: what happened.
            now: monotonic seconds.

        Raises:
            OrderRefused: the person cannot have that; nothing has changed.
        """
        before, accounts, asked = self.front, self._accounts, self.asking[:1]
        wanted = self._take(event, now)
        self.past.extend(call_id for call_id in accounts if call_id not in self.ids)
        if asked and self.asking and self._invited[self.asking[0]].account != accounts[asked[0]]:
            self._asks_since = now
        if self.front == before:
            return wanted
        others = before is not None and accounts[before] not in self._accounts_in_front
        by_itself = isinstance(event, CallOver) or (isinstance(event, CallerProven) and others)
        self._moved_at = now if by_itself else -math.inf
        return [*wanted, CameToFront(self.front)]

    def _take(self, event: Event, now: float) -> list[Effect]:
        match event:
            case CallPlaced(call_id, account, met):
                return self._place(OnCall(call_id, account), again=account in met)
            case CallerProven(invited, rivals, attendance):
                return self._proven(invited, rivals, attendance)
            case AnswerWanted(call_id, end, muted):
                return self._answer(self._asking(call_id, now), end=end, muted=muted)
            case DeclineWanted(call_id):
                return [EndCall(self._asking(call_id, now), EndReason.DECLINED)]
            case SwapWanted(call_id):
                return self._swap(self._behind(call_id, now))
            case HoldWanted(call_id, on):
                return self._hold(self._on(call_id, now), on)
            case EndWanted(call_id):
                return self._end(call_id, now)
            case CallOver(call_id, spoke, attendance):
                return self._over(call_id, attendance, spoke=spoke)
            case CallMoved():
                return self._move(event)
            case _:  # pragma: no cover
                assert_never(event)

    # Which call is meant

    def _known(self, call_id: bytes) -> bytes:
        if call_id not in self.ids:
            raise OrderRefused(Why.UNKNOWN)
        return call_id

    def _meant(self, call_id: bytes | None, now: float) -> bytes:
        """Return the call that is named, or the one in front if the person has seen it."""
        wanted = self.front if call_id is None else self._known(call_id)
        if wanted is None:
            raise OrderRefused(Why.NO_CALL)
        if call_id is None and self.just_came(now):
            raise OrderRefused(Why.JUST_CAME)
        return wanted

    def _asking(self, call_id: bytes | None, now: float) -> bytes:
        if call_id is None and self.asking:
            if now < self._asks_since + SETTLES_AFTER:
                raise OrderRefused(Why.OTHER_ASKS)
            return self.asking[0]
        if call_id is None or self._known(call_id) not in self.asking:
            raise OrderRefused(Why.NOT_ASKING)
        return call_id

    def _on(self, call_id: bytes | None, now: float) -> OnCall:
        wanted = self._meant(call_id, now)
        found = next((call for call in self.on if call.id == wanted), None)
        if found is None:
            raise OrderRefused(Why.NOT_ANSWERED)
        return found

    def _behind(self, call_id: bytes | None, now: float) -> OnCall:
        if call_id is not None:
            return self._on(call_id, now)
        others = self.on[1:]
        if len(others) != 1:
            raise OrderRefused(Why.SEVERAL if others else Why.NO_OTHER)
        return others[0]

    # What the person does

    def _place(self, call: OnCall, *, again: bool) -> list[Effect]:
        """Call somebody, with whom there is no call yet, beside those that are on."""
        if again or self.with_account(call.account):
            raise OrderRefused(Why.SAME_PERSON)
        if self.asking and not self.on:
            raise OrderRefused(Why.RINGS)
        return self._to_front(call)

    def _answer(self, call_id: bytes, *, end: bool, muted: bool) -> list[Effect]:
        call = OnCall(call_id, self._invited[call_id].account)
        ended = self.on[0] if end and self.on else None
        if ended is not None:
            self._remove(ended.id)
        put = self._to_front(call)
        self._stops_asking(call_id)
        first = [] if ended is None else [EndCall(ended.id, EndReason.HUNG_UP)]
        return [*first, *put, AnswerCall(call_id, muted)]

    def _swap(self, call: OnCall) -> list[Effect]:
        if call is self.on[0]:
            raise OrderRefused(Why.IN_FRONT)
        self._remove(call.id)
        return [*self._to_front(replace(call, held=False)), HoldCall(call.id, on=False)]

    def _hold(self, call: OnCall, on: bool | None) -> list[Effect]:
        """Hold or resume the call in front; one behind is resumed by swapping to it."""
        wanted = not call.held if on is None else on
        if call is not self.on[0]:
            return [] if wanted else self._swap(call)
        self.on = (replace(call, held=wanted), *self.on[1:])
        return [HoldCall(call.id, wanted)]

    def _end(self, call_id: bytes | None, now: float) -> list[Effect]:
        wanted = self._meant(call_id, now)
        asks = wanted in self.asking
        return [EndCall(wanted, EndReason.DECLINED if asks else EndReason.HUNG_UP)]

    # Calls that come in

    def _proven(
        self, invited: Invited, rivals: tuple[CallOn, ...], attendance: Attendance
    ) -> list[Effect]:
        """Let a call ask, unless another one with the same account decides it."""
        verdicts = {rival: on_proof(rival, invited) for rival in rivals}
        if OnProof.WAIT in verdicts.values():
            self._invited[invited.call_id] = invited
            return [GiveUp(invited.call_id)]
        if OnProof.BUSY in verdicts.values():
            return [EndCall(invited.call_id, EndReason.BUSY)]
        replaced = [rival for rival, verdict in verdicts.items() if verdict is not OnProof.BESIDE]
        if not replaced:
            return self._admit(invited, attendance)
        answered = [one for one in replaced if verdicts[one] is OnProof.ANSWER]
        if answered:
            return self._join(invited, answered[0])
        return self._take_place(invited, replaced, attendance)

    def _admit(self, invited: Invited, attendance: Attendance) -> list[Effect]:
        """Let a call ask that replaces none."""
        call_id = invited.call_id
        if attendance is Attendance.NOBODY:
            return [EndCall(call_id, EndReason.DO_NOT_DISTURB)]
        busy = len(self.waiting) >= MOST_WAITING or attendance is Attendance.ENGINE
        if self.ids and busy:
            return [EndCall(call_id, EndReason.BUSY)]
        return self._asks(invited, len(self.asking), attendance)

    def _asks(self, invited: Invited, place: int, attendance: Attendance) -> list[Effect]:
        call_id = invited.call_id
        self._invited[call_id] = invited
        self.asking = (*self.asking[:place], call_id, *self.asking[place:])
        if attendance is Attendance.ENGINE and not self.on:
            return self._answer(call_id, end=False, muted=False)
        return [] if self.front == call_id else [CallWaits(call_id)]

    def _take_place(
        self, invited: Invited, replaced: list[CallOn], attendance: Attendance
    ) -> list[Effect]:
        """Ask in place of calls with the same person."""
        places = [self.asking.index(one.call_id) for one in replaced if one.call_id in self.asking]
        done = [effect for one in replaced for effect in self._replace(one)]
        return [*done, *self._asks(invited, min(places, default=0), attendance)]

    def _join(self, invited: Invited, own: CallOn) -> list[Effect]:
        """Answer a call in place of the own one to the same person, in front or behind."""
        call = OnCall(invited.call_id, invited.account)
        self.on = tuple(
            replace(call, held=one.held) if one.id == own.call_id else one for one in self.on
        )
        held = [HoldCall(call.id, on=True)] if call.id != self.heard else []
        return [*self._replace(own), AnswerCall(call.id, instead_of=own.call_id), *held]

    def _replace(self, call: CallOn) -> list[Effect]:
        """End a call for another one with the same person; nobody misses one that only rang."""
        self._remove(call.call_id)
        if call.outgoing and not call.agreed:
            return [GiveUp(call.call_id), EndCall(call.call_id, EndReason.TAKEN)]
        return [EndCall(call.call_id, EndReason.REPLACED)]

    # What becomes of the others

    def _to_front(self, call: OnCall) -> list[Effect]:
        """Put a call in front of the others that are on, and hold the one that was there."""
        if len(self.on) >= MOST_ON:
            raise OrderRefused(Why.TOO_MANY)
        holds = [HoldCall(one.id, on=True) for one in self.on[:1] if not one.held]
        self.on = (call, *(replace(one, held=True) for one in self.on))
        return list(holds)

    def _stops_asking(self, call_id: bytes) -> None:
        self.asking = tuple(one for one in self.asking if one != call_id)
        self._invited.pop(call_id, None)

    def _remove(self, call_id: bytes) -> None:
        self.on = tuple(call for call in self.on if call.id != call_id)
        self._stops_asking(call_id)

    def _move(self, moved: CallMoved) -> list[Effect]:
        """Let a call that is on keep its place, with whomever it goes on."""
        self.on = tuple(
            replace(one, id=moved.becomes, account=moved.account) if one.id == moved.id else one
            for one in self.on
        )
        return []

    def _over(self, call_id: bytes, attendance: Attendance, *, spoke: bool) -> list[Effect]:
        """Forget a call; one that was given up for it asks again if it came to nothing."""
        account = self._accounts.get(call_id)
        self._remove(call_id)
        again = [
            one
            for one in self._invited.values()
            if one.account == account and one.call_id not in self.ids and not spoke
        ]
        return [effect for one in again for effect in self._asks_again(one, attendance)]

    def _asks_again(self, invited: Invited, attendance: Attendance) -> list[Effect]:
        del self._invited[invited.call_id]
        return [GiveUp(invited.call_id, on=False), *self._admit(invited, attendance)]
