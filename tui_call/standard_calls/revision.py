"""A call while one event changes it, and the effects that this has so far."""

from dataclasses import dataclass, replace

from tui_call.reasons import EndReason
from tui_call.standard_calls.effects import (
    Effect,
    EndLeg,
    LeaveWord,
    Ring,
    Step,
    Tell,
    TellOver,
)
from tui_call.standard_calls.state import (
    ActDone,
    Happening,
    Member,
    RetiredNumber,
    StandardCall,
    What,
    WhyRings,
)

NUMBERS = 254
RETIRED_SECONDS = 10.0
ACTS_OF_ACCOUNT = 8
ACTS = 160
"""How much of what was done is remembered: of one account, and of all."""

_NEWS: dict[str, What] = {
    EndReason.DECLINED: "declined",
    EndReason.BUSY: "busy",
    EndReason.DO_NOT_DISTURB: "busy",
    EndReason.PEER_REQUIRES: "only_e2ee",
    EndReason.OFFLINE: "offline",
    EndReason.NO_ANSWER: "no_answer",
}
_LEAVES_WORD = (EndReason.NO_ANSWER, EndReason.OFFLINE)
_RINGS_FOR_A_CALL: tuple[WhyRings, ...] = ("", "add", "transfer", "transfer_back")


@dataclass(frozen=True, slots=True)
class MemberEnd:
    """Why somebody is no longer in the call or asked to come, and who did it."""

    why: EndReason
    by: str


class Revision:
    """The next value of a call in the making.

    Attributes:
        call: as it is so far.
        now: Unix seconds.
        effects: so far.
        news: what happened.
        endings: of the accounts that this event took out, the last one last.
        left: members who had answered and went.
    """

    def __init__(self, call: StandardCall, now: float) -> None:
        self._before = call
        self.call = call
        self.now = now
        self.effects: list[Effect] = []
        self.news: list[Happening] = []
        self.endings: dict[str, MemberEnd] = {}
        self.left: list[Member] = []

    def happened(
        self,
        what: What,
        who: str = "",
        whom: str = "",
        *,
        slot: int = 0,
        device: str = "",
        why: str = "",
        seconds: float = 0.0,
    ) -> None:
        """Tell something with the next value."""
        self.news.append(Happening(what, who, whom, slot, device, why, seconds))

    def put(self, member: Member) -> None:
        """Take a member as it is now, by its number; a new one is the last."""
        members = self.call.members
        if all(one.number != member.number for one in members):
            members = (*members, member)
        members = tuple(member if one.number == member.number else one for one in members)
        self.call = replace(self.call, members=members)

    def ring(
        self,
        account: str,
        added_by: str,
        why_rings: WhyRings = "",
        *,
        why: str = "",
        device: str = "",
        side: int = 0,
    ) -> None:
        """Ask somebody to come."""
        asked = Member(
            free_number(self.call, self.now),
            account,
            device,
            side=side,
            added_by=added_by,
            why_rings=why_rings,
            why=why,
        )
        self.put(replace(asked, until=self.now + asked.asked_for))
        self.effects.append(Ring(account, device))

    def drop(self, member: Member, why: EndReason, by: str = "", *, told: str = "") -> None:
        """Take somebody out.

        Args:
            member: who.
            why: what the others are told.
            by: the account that did it.
            told: what this one is told, where that is something else.
        """
        members = tuple(one for one in self.call.members if one.number != member.number)
        self.call = replace(self.call, members=members)
        self.endings.pop(member.account, None)
        self.endings[member.account] = MemberEnd(why, by)
        if member.is_in:
            self.left.append(member)
            self.retire(member.number)
        elif why in _NEWS:
            seconds = member.asked_for if why is EndReason.NO_ANSWER else 0.0
            self.happened(_NEWS[why], member.account, seconds=seconds)
        self.effects += (EndLeg(leg.id) for leg in member.legs)
        device = member.device if any(self.call.of_account(member.account)) else ""
        self.effects.append(TellOver(member.account, told or why, by, device))
        rang = member.state == "ringing" and member.why_rings in _RINGS_FOR_A_CALL
        if rang and why in _LEAVES_WORD:
            self.leave_word(member.account, member.added_by)

    def retire(self, number: int) -> None:
        """Let nobody else have a number for a while."""
        kept = tuple(one for one in self.call.retired if one.free_at > self.now)
        gone = RetiredNumber(number, self.now + RETIRED_SECONDS)
        self.call = replace(self.call, retired=(*kept, gone))

    def leave_word(self, account: str, caller: str) -> None:
        """Keep a missed call, of who waits where the caller itself has left."""
        inside = [member.account for member in self.call.inside]
        if caller not in inside and inside:
            caller = inside[0]
        self.effects.append(LeaveWord(account, caller))

    def step(self, done: ActDone | None) -> Step:
        """Return the call as it is now, with a higher sequence where anything is different.

        Args:
            done: what was asked for, to be remembered; None for a report, and without an id.
        """
        call = self.call
        if done is not None:
            call = replace(call, acts=_remembered(call.acts, done))
        effects = [effect for effect in self.effects if not _is_untrue(effect, call)]
        if self.news or _as_told(call) != _as_told(self._before):
            call = replace(call, news=tuple(self.news))
            if call.members:
                effects.insert(0, Tell())
        if call == self._before:
            return Step(self._before)
        return Step(replace(call, sequence=self._before.sequence + 1), tuple(effects))


def free_number(call: StandardCall, now: float) -> int:
    """Return a number for somebody new.

    Numbers are given in a circle that begins where the call's id says, so two calls that become
    one have seldom given the same. One that was just free comes last.
    """
    used = {member.number for member in call.members}
    free_at = {one.number: one.free_at for one in call.retired if one.free_at > now}
    start = int(call.id[:8], 16)
    circle = ((start + place) % NUMBERS + 1 for place in range(NUMBERS))
    return min((one for one in circle if one not in used), key=lambda one: free_at.get(one, 0.0))


def _remembered(acts: tuple[ActDone, ...], done: ActDone) -> tuple[ActDone, ...]:
    others = [act for act in acts if act.account != done.account]
    own = [act for act in acts if act.account == done.account]
    return (*others, *own[1 - ACTS_OF_ACCOUNT :], done)[-ACTS:]


def _is_untrue(effect: Effect, call: StandardCall) -> bool:
    """Tell whether an effect says what the rest of the step has taken back.

    That the call is over for somebody who was asked again since, or rings where nobody is asked.
    """
    if isinstance(effect, Ring):
        return effect.account not in {member.account for member in call.asked}
    return isinstance(effect, TellOver) and not effect.device and effect.account in call.accounts


def _as_told(call: StandardCall) -> StandardCall:
    """Return what people are told of a call: not its legs, timers and numbers that are gone."""
    return replace(
        call,
        members=tuple(replace(member, legs=(), until=None) for member in call.members),
        acts=(),
        retired=(),
        people=(),
        refused=(),
        tap="",
        news=(),
        sequence=0,
    )
