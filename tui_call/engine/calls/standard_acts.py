"""What is asked of the service in standard calls, in the order in which it was wanted.

Each act has a number of its own, by which the service does it once, however often it is asked: so
it is asked again where the connection was lost before the answer came.
"""

import asyncio
import logging
import secrets
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tui_call.engine.calls.standard_facts import StandardFacts
from tui_call.engine.service.faults import (
    ServiceAway,
    ServiceFault,
    ServiceRefused,
    ServiceUnavailable,
    TooMany,
)
from tui_call.engine.service.membership import ServiceMembership
from tui_call.reasons import GateReason
from tui_call.sentences import Sentence, sentence
from tui_call.signaling.call_acts import (
    MOST_MEMBERS,
    Act,
    AddAct,
    AnswerAct,
    CancelConsultAct,
    ConsultAct,
    HandOverAct,
    JoinConsultedAct,
    MergeAct,
    OwnWord,
    ParkAct,
    PlaceAct,
    RetrieveAct,
    TransferAct,
)
from tui_call.signaling.messages import ActAnswered, ActInCall, AskParked, ParkedCalls
from tui_call.signaling.standard_calls import LOST_SECONDS, ParkedCall

ANSWERED_WITHIN = 20.0
"""Seconds: somebody's process may have to be started before it rings there."""

AGAIN_AFTER = 0.25
"""Seconds between looks whether the service is back."""

ASKED_FOR = float(2 * LOST_SECONDS)
"""Seconds for which an act is asked again; by then the service has let go of who was in a call."""

_BY_RULE = frozenset({GateReason.MUST_BE_RECORDED, GateReason.BY_RULE})
"""Why something is refused for a rule that records calls, the own one or somebody else's."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _NotDone:
    """Why something was not done.

    Attributes:
        words: for the person.
        refused: the service said so; else it may be done all the same.
    """

    words: Sentence
    refused: bool = False


class StandardActs:
    """Asks for acts; each method returns why it was not done, None where it was."""

    def __init__(
        self,
        membership: ServiceMembership,
        word: Callable[[], OwnWord],
        recording_rule: Callable[[], str],
        facts_of: Callable[[bytes], StandardFacts | None],
    ) -> None:
        """Ask in the name of the person here.

        Args:
            membership: reaches the service.
            word: what the person says of being kept and captioned, as it is now.
            recording_rule: the name of the person's own policy that records calls, "" for none.
            facts_of: returns what is known of a standard call; of one that is over, nothing.
        """
        self._membership = membership
        self.word = word
        self._recording_rule = recording_rule
        self._facts_of = facts_of
        self._turns: defaultdict[bytes, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._waiting: Counter[bytes] = Counter()

    async def add(self, call: bytes, people: Sequence[str]) -> Sentence | None:
        """Ring further people into a call."""
        return await self.ask(call, AddAct(tuple(people)))

    async def merge(self, call: bytes, other: bytes) -> Sentence | None:
        """Bring the people of another call into this one."""
        return await self.ask(call, MergeAct(other.hex()))

    async def transfer(self, call: bytes, to: str) -> Sentence | None:
        """Let somebody else take one's place."""
        return await self.ask(call, TransferAct(to))

    async def consult(self, call: bytes, to: str) -> Sentence | None:
        """Speak with somebody first, apart from the others."""
        return await self.ask(call, ConsultAct(to))

    async def join_consulted(self, call: bytes) -> Sentence | None:
        """Leave the others with whom one asked first."""
        return await self.ask(call, JoinConsultedAct())

    async def cancel_consult(self, call: bytes) -> Sentence | None:
        """Come back to the others."""
        return await self.ask(call, CancelConsultAct())

    async def park(self, call: bytes) -> int | Sentence:
        """Leave the others at a slot, and return it."""
        answer = await self._in_turn(call, ParkAct())
        return answer.words if isinstance(answer, _NotDone) else answer.slot

    async def hand_over(self, call: bytes, device: str) -> Sentence | None:
        """Ring at another own device, by its id."""
        return await self.ask(call, HandOverAct(device))

    async def parked(self) -> tuple[ParkedCall, ...]:
        """Return what may be retrieved, by slot.

        Raises:
            ServiceFault: the service is away, or refused.
        """
        answer = await self._membership.request(AskParked)
        if not isinstance(answer, ParkedCalls):
            raise ServiceFault
        return answer.calls

    async def ask(self, call: bytes, act: Act) -> Sentence | None:
        """Ask for an act when those before it in this call are answered."""
        answer = await self._in_turn(call, act)
        return answer.words if isinstance(answer, _NotDone) else None

    async def _in_turn(self, call: bytes, act: Act) -> ActAnswered | _NotDone:
        self._waiting[call] += 1
        try:
            async with self._turns[call]:
                facts = self._facts_of(call)
                if facts is None:
                    return await self._answer(call, act)
                return await self._noted(facts, call, act)
        finally:
            self._waiting[call] -= 1
            if not self._waiting[call]:
                del self._waiting[call], self._turns[call]

    async def _noted(self, facts: StandardFacts, call: bytes, act: Act) -> ActAnswered | _NotDone:
        """Ask for an act as the last one of a call; one that is refused ends nothing later."""
        facts.last_act, before = act, facts.last_act
        answer = await self._answer(call, act)
        refused = isinstance(answer, _NotDone) and answer.refused
        if refused and facts.last_act is act:  # the call may be a part of another one by now
            facts.last_act = before
        return answer

    async def ask_at_once(self, call: bytes, act: Act) -> Sentence | None:
        """Ask for an act that need not wait for others."""
        answer = await self._answer(call, act)
        return answer.words if isinstance(answer, _NotDone) else None

    async def _answer(self, call: bytes, act: Act) -> ActAnswered | _NotDone:
        """Ask for an act, again as long as the service is away; return why it was not done."""
        act_id = secrets.token_hex(16)
        loop = asyncio.get_running_loop()
        until = loop.time() + ASKED_FOR
        while True:
            try:
                answer = await self._membership.request(
                    lambda number: ActInCall(number, act_id, act, call.hex()), ANSWERED_WITHIN
                )
            except ServiceFault as fault:
                if loop.time() > until or not _passes(fault, act):
                    return _NotDone(fault.sentence, isinstance(fault, ServiceRefused))
                await asyncio.sleep(AGAIN_AFTER)
            else:
                return self._done(answer, act)

    def _done(self, answer: object, act: Act) -> ActAnswered | _NotDone:
        if not isinstance(answer, ActAnswered):
            return _NotDone(ServiceFault().sentence)
        if answer.refused:
            log.info("not done", {"act": type(act).__name__, "code": answer.refused})
            words = refusal(answer.refused, act, own_rule=self._recording_rule())
            return _NotDone(words, refused=True)
        return answer


def _passes(fault: ServiceFault, act: Act) -> bool:
    """Tell whether an act is asked for again: who answers waits until that can be saved, too."""
    if isinstance(act, AnswerAct):
        return isinstance(fault, ServiceAway | ServiceUnavailable | TooMany)
    return isinstance(fault, ServiceAway)


def refusal(code: str, act: Act, *, own_rule: str = "") -> Sentence:
    """Return the sentence of a code of the service; one of another version says the plainest.

    Args:
        code: of the sentence.
        act: what was refused.
        own_rule: the name of the policy by which the calls of the person here are recorded; where
            it is "", that of somebody who is meant is in the way, whose name is not told.
    """
    slot = act.slot if isinstance(act, RetrieveAct) else ""
    match act:
        case PlaceAct(to=people) | AddAct(people=people):
            to = people[0]
            whose = "other side sees" if len(people) == 1 else "caller"
        case TransferAct(to=to) | ConsultAct(to=to):
            whose = "other side sees"
        case _:
            to = whose = ""
    fields = {"n": MOST_MEMBERS, "slot": slot, "who": "you", "peer": to, "addr": to}
    fields["policy"] = own_rule
    by_rule = ("own" if own_rule else whose,) if code in _BY_RULE else ()
    for audience in (*by_rule, "caller", ""):
        try:
            return sentence(code, audience, **fields)
        except KeyError:
            continue
    return ServiceFault().sentence
