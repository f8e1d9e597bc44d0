"""Fresh keys in a call that goes on: who starts, when, and from when on each side uses them.

Theory of operation
===================
    caller                                                        callee
    fresh keys       ── REKEY1{g} under g-1 ──►   receives under g from here on
    receives and     ◄── REKEY2{g} under g-1 ──   (goes on sending under g-1)
    sends under g    ── REKEY_ACK{g} under g-1 ─► sends under g at the ACK,
                     ══ media under g ══════════► or at the first authentic frame of g

Only the caller starts: every interval, when the callee asks, after a new path, and when a side was
idle so long that it may seal nothing before. One rekey is under way at a time, and two are at least
`SHORTEST_INTERVAL` apart, at both ends: a REKEY1 that comes sooner waits at the callee, which keeps
one. The callee answers none before it may send under the one before, and none beyond the last
generation. The control channel repeats what gets lost, so a rekey waits for as long as the service
is away, and the sound goes on under the generation that is in use.

A message that is authentic and still no rekey (a key that cannot be agreed with, a number out of
turn) is left alone: the peer harms only its own call (docs/protocol.md, "Fresh keys").
"""

from tui_call.calls.effects import Effect, ReceiveUnder, SendUnder
from tui_call.calls.saying import Say
from tui_call.e2ee import control_channel as control
from tui_call.e2ee.errors import ProtocolFailure
from tui_call.e2ee.key_schedule import DirectionKeys, GenerationKeys
from tui_call.e2ee.media import LARGEST_GENERATION
from tui_call.e2ee.rekey import RekeyRequest, answer_rekey
from tui_call.e2ee.session import Session

REKEY_INTERVAL = 1800.0
SHORTEST_INTERVAL = 10.0

RekeyMessage = control.Rekey1 | control.Rekey2 | control.RekeyAck | control.RekeyAsk


class Rekeying:
    """The rekeys of one side of a call.

    Args:
        session: the call's keys.
        say: says a message to the peer.
        now: monotonic seconds; the first rekey is due an interval later.
        interval: seconds from one rekey to the next.
    """

    def __init__(
        self, session: Session, say: Say, now: float, interval: float = REKEY_INTERVAL
    ) -> None:
        self._session = session
        self._say = say
        self._interval = max(interval, SHORTEST_INTERVAL)
        self._due = now + self._interval
        self._not_before = now
        self._request: RekeyRequest | None = None
        self._asked = False
        self._next_sending: DirectionKeys | None = None
        self._early: control.Rekey1 | None = None

    def next_deadline(self) -> float | None:
        """Return when `time_passed` has something to do, None if never."""
        if self._early is not None:
            return self._not_before
        ready = self._session.is_caller and self._request is None
        return self._due if ready and self._session.generation < LARGEST_GENERATION else None

    def time_passed(self, now: float) -> list[Effect]:
        """Start a rekey that is due, or answer one that came too soon."""
        deadline = self.next_deadline()
        if deadline is None or now < deadline:
            return []
        if self._early is not None:
            early, self._early = self._early, None
            return self.received(early, now)
        self._request = RekeyRequest(self._session.generation + 1, self._session.entropy)
        self._not_before = now + SHORTEST_INTERVAL
        return self._say(self._request.message, now)

    def want(self, now: float) -> list[Effect]:
        """Have a rekey as soon as the rules allow; the callee asks for it, once at a time."""
        if self._session.is_caller:
            self._due = min(self._due, max(now, self._not_before))
            return self.time_passed(now)
        if self._asked:
            return []
        self._asked = True
        return self._say(control.RekeyAsk(), now)

    def received(self, message: RekeyMessage, now: float) -> list[Effect]:
        """Take what the peer says of a rekey; what is out of turn does nothing."""
        is_caller, generation = self._session.is_caller, self._session.generation
        try:
            match message:
                case control.Rekey1(number) if self._is_due(number) and now < self._not_before:
                    self._early = self._early or message
                    return []
                case control.Rekey1(number) if self._is_due(number):
                    return self._answer(message, now)
                case control.Rekey2(number) if self._request and number == generation + 1:
                    return self._finish(self._request, message, now)
                case control.RekeyAck(number) if number == generation:
                    return self._send_under_next()
                case control.RekeyAsk() if is_caller:
                    return self.want(now)
                case _:
                    return []
        except ProtocolFailure:
            return []

    def frame(self, generation: int) -> list[Effect]:
        """Take note of an authentic media frame of a generation."""
        return self._send_under_next() if generation == self._session.generation else []

    def _is_due(self, generation: int) -> bool:
        """Tell whether a REKEY1 of the peer is the next, the one before being acknowledged."""
        following = self._session.generation + 1
        finished = not self._session.is_caller and self._next_sending is None
        return finished and generation == following <= LARGEST_GENERATION

    def _answer(self, request: control.Rekey1, now: float) -> list[Effect]:
        answer, keys = answer_rekey(self._session, request, self._session.entropy)
        self._asked, self._not_before = False, now + SHORTEST_INTERVAL
        own = self._receive_under(keys)
        told = self._say(answer, now)
        self._next_sending = own
        return [ReceiveUnder(keys.generation, self._others(keys).media), *told]

    def _finish(self, request: RekeyRequest, answer: control.Rekey2, now: float) -> list[Effect]:
        keys = request.finish(self._session, answer)
        self._request = None
        self._due = max(self._not_before, now + self._interval)
        self._next_sending = self._receive_under(keys)
        told = self._say(control.RekeyAck(keys.generation), now)
        receive = ReceiveUnder(keys.generation, self._others(keys).media)
        return [receive, *told, *self._send_under_next()]

    def _receive_under(self, keys: GenerationKeys) -> DirectionKeys:
        """Accept the peer's control messages of a generation; return the own direction's keys."""
        own, others = self._session.directions(keys)
        self._session.control.install_receiving(others.control)
        return own

    def _others(self, keys: GenerationKeys) -> DirectionKeys:
        return self._session.directions(keys)[1]

    def _send_under_next(self) -> list[Effect]:
        keys, self._next_sending = self._next_sending, None
        if keys is None:
            return []
        self._session.control.start_sending(keys.control)
        return [SendUnder(keys.control.generation, keys.media)]
