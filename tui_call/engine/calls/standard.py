"""Standard calls: placed and taken here, each made known to the service, which decides of them.

Whether a call that is not E2EE may be at all is asked in one place, `permissions.standard`, at both
ends, and before anything else happens.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tui_call.engine.account.own_account import OwnAccount
from tui_call.engine.calls.call_list import CallList
from tui_call.engine.calls.call_state import CallState
from tui_call.engine.calls.callers import Callers
from tui_call.engine.calls.manager import CallManager
from tui_call.engine.calls.standard_acts import StandardActs
from tui_call.engine.calls.standard_call import StandardCallOwner
from tui_call.engine.calls.standard_consent import Judged, StandardConsent, told_of
from tui_call.engine.calls.standard_facts import StandardFacts
from tui_call.engine.calls.standard_owners import StandardOwners
from tui_call.engine.calls.standard_told import (
    asked_of,
    caller_of,
    is_of_people,
    others_of,
    people_at,
)
from tui_call.engine.directory import KnownPeople
from tui_call.engine.phrases import denied_sentence
from tui_call.identifiers import AccountId
from tui_call.permissions.admission import CallSide, Denied, PeerEncryption
from tui_call.reasons import EndReason, GateReason
from tui_call.sentences import Sentence, sentence
from tui_call.signaling.call_acts import (
    Act,
    CancelConsultAct,
    DeclineAct,
    HangUpAct,
    MergeAct,
    PlaceAct,
    RetrieveAct,
)
from tui_call.signaling.messages import CallChanged, LegDescribed
from tui_call.signaling.standard_calls import CallMember, CallNote, ParkedCall
from tui_call.tasks import Tasks


@dataclass(frozen=True, slots=True)
class _Begins:
    """How a call begins here, and with whom the person has to agree to it."""

    act: PlaceAct | RetrieveAct
    people: tuple[str, ...]


class BridgedCalls:
    """Makes them, and hands each what the service tells of it."""

    def __init__(
        self,
        calls: CallList,
        manager: CallManager,
        owners: StandardOwners,
        acts: StandardActs,
        account: OwnAccount,
        people: KnownPeople,
        callers: Callers,
        tasks: Tasks,
    ) -> None:
        self._calls = calls
        self._manager = manager
        self._owners = owners
        self._acts = acts
        self._account = account
        self._people = people
        self._callers = callers
        self._to_begin: dict[bytes, _Begins] = {}  # calls that wait for the person's consent
        self._rooms: dict[bytes, StandardFacts] = {}  # begun for E2EE calls that may be left
        self._consent = StandardConsent(account, people)
        self._tasks = tasks

    # Placing

    def place(
        self,
        record: CallState,
        to: Sequence[AccountId],
        peer: PeerEncryption | None = None,
        *,
        asked_for: bool = False,
        all_join: bool = False,
    ) -> Denied | None:
        """Put a standard call in front, and ask where the person has to agree.

        Args:
            record: of the call, which may be in front already.
            to: whom; the first is the record's.
            peer: why the other end cannot have it E2EE, None where nothing is known.
            asked_for: the person wants it so, and knows who hears it.
            all_join: of several all who answer are in it; else the first takes it.

        Returns:
            Why it cannot be, where nothing was done.
        """
        judged = self._consent.judge(record.own, to, peer, CallSide.CALLER)
        if isinstance(judged, Denied):
            return judged
        if record.id not in self._calls.records:
            self._manager.place(record)
        alone = len(to) == 1
        why = judged.why if alone else sentence(GateReason.MORE_THAN_TWO)
        facts = self._owners.facts(why)
        facts.names |= {one: self._people.name_of(one) for one in to}
        self._owners.own(record, facts)
        act = PlaceAct(
            tuple(to),
            facts.instance,
            first_takes=not (alone or all_join),
            why=judged.reason if alone else "",
            why_of=(self._account.address if judged.own else record.account) if alone else "",
            word=self._acts.word(),
        )
        asks = judged.asks or not asked_for
        question = replace(judged.words, why=why.text) if asks else None
        self._begin(record, _Begins(act, act.to), question)
        return None

    def retrieve(self, parked: ParkedCall) -> Sentence | None:
        """Put a parked call in front and take it, with a question first where one is needed.

        Returns:
            Why it cannot be, where nothing was done.
        """
        call_id, people = bytes.fromhex(parked.call), people_at(parked)
        rings = self._calls.records.get(call_id)
        if rings is not None and rings.rings_here:  # it has just rung back
            if rings.question is None:
                self._manager.answer(call_id)
            return rings.question
        if not people or self._is_on(call_id):
            return sentence("N_SLOT_EMPTY", slot=parked.at.slot)
        record = self._owners.state(call_id, people[0], "incoming")
        judged = self._consent.judge(record.own, people, None, CallSide.CALLER)
        if isinstance(judged, Denied):
            return denied_sentence(judged, record.own, self._consent.names(record.account))
        self._forget_last_time(call_id)
        self._manager.place(record)
        why = judged.why if judged.off else sentence(GateReason.BY_BRIDGE)
        facts = self._owners.facts(why)
        facts.came = "retrieved"
        record.answered = facts.retrieving = True
        self._owners.own(record, facts)
        act = RetrieveAct(parked.at.slot, facts.instance, self._acts.word())
        asks = judged.asks and not self._consent.has_agreed(call_id, people)
        question = replace(judged.words, why=why.text) if asks else None
        self._begin(record, _Begins(act, tuple(people)), question)
        return None

    def _begin(self, record: CallState, begins: _Begins, question: Sentence | None = None) -> None:
        """Ask the service for a call, as soon as the person has agreed to it."""
        record.question = question
        if question is not None:
            self._to_begin[record.id] = begins
            return
        self._consent.agree(record.id, begins.people)
        owner = self._owners.get(record.id)
        assert owner is not None, "it was made before"
        owner.place(begins.act)

    async def open_room(self, record: CallState) -> Sentence | None:
        """Begin the standard call that an E2EE call may become, in which nothing rings.

        Returns:
            Why the service has not begun it, None where it has.
        """
        facts = self._owners.facts(None)
        self._rooms[record.id] = facts
        to, word = (record.account,), self._acts.word()
        act = PlaceAct(to, facts.instance, ring=False, why=GateReason.LEFT, word=word)
        words = await self._acts.ask(record.id, act)
        if words is not None:
            self._rooms.pop(record.id, None)
        return words

    def close_room(self, record: CallState) -> None:
        """Give up the standard call that was begun for an E2EE call which goes on."""
        if self._rooms.pop(record.id, None) is not None:
            self._say(record.id, HangUpAct())

    def leave_e2ee(self, record: CallState, why: Sentence) -> None:
        """Go on as the standard call to which both people have agreed.

        Args:
            record: of the E2EE call, which is hung up once both are in the other one.
            why: says why it is not E2EE any more.
        """
        opened = self._rooms.pop(record.id, None)
        facts = opened or self._owners.facts(why)
        facts.why, facts.silent = why, True
        facts.names[record.account] = record.name
        owner = self._owners.own(record, facts, leaves=True)
        self._consent.agree(owner.id, [record.account])
        if opened is not None:
            owner.opened()
        else:
            owner.answer()

    def consent(self, record: CallState, *, yes: bool) -> None:
        """Take what the person says to the question of a call."""
        owner, begins = self._owners.get(record.id), self._to_begin.pop(record.id, None)
        record.question = None
        if not yes:
            declines = record.direction == "incoming"
            self._manager.end(record, EndReason.DECLINED if declines else EndReason.HUNG_UP)
        elif begins is not None:
            self._begin(record, begins)
        else:
            if owner is not None:
                self._consent.agree(record.id, owner.people)
            self._manager.answer(record.id)

    def come_back(self, record: CallState) -> None:
        """Go back to those who wait, from whom the person speaks with before a transfer."""
        self._say(record.id, CancelConsultAct())

    # What the service tells

    def changed(self, told: CallChanged) -> None:
        """Take a call as it is now: one that is on, one that rings here, one that was taken."""
        if not self._account.ready or not is_of_people(told):
            return
        self._forget_what_is_over()
        call_id = bytes.fromhex(told.call)
        known, mine = self._owners.get(call_id), self._owners.with_instance(told)
        if mine is not None and mine is not known:
            if not self._is_on(call_id):
                self._move(mine, call_id, told)
        elif known is not None and not known.record.ended:
            self._take(known, told)
        elif call_id in self._rooms:
            self._rooms[call_id].told = told
        elif not (told.over or self._is_on(call_id)):
            self._new(call_id, told)

    def _is_on(self, call_id: bytes) -> bool:
        """Tell whether an id is that of a call which a service's word cannot make another one.

        That is an E2EE call, whose id the service knows, and a standard one that was taken.
        """
        record = self._calls.records.get(call_id)
        return (
            record is not None
            and not record.ended
            and (record.standard is None or not record.rings_here)
        )

    def leg_described(self, message: LegDescribed) -> None:
        """Take the bridge's answer to the offer of a leg."""
        owner = self._owners.get(bytes.fromhex(message.call))
        if owner is not None:
            owner.leg_described(message.leg, message.answer)

    def note_arrived(self, note: CallNote) -> None:
        """Take a note of somebody else in a call."""
        owner = self._owners.get(bytes.fromhex(note.call))
        if owner is not None:
            owner.note_arrived(note)

    def _new(self, call_id: bytes, told: CallChanged) -> None:
        asked = asked_of(told, self._account.address, self._owners.device)
        if asked is not None:
            self._rings(call_id, asked, told)
        elif self._owners.get(call_id) is None and self._was_in(told):
            self._say(call_id, HangUpAct())

    def _was_in(self, told: CallChanged) -> bool:
        """Tell whether a device is in a call of which it knows nothing: its engine was killed."""
        return any(one.device == self._owners.device and one.instance for one in told.members)

    def _rings(self, call_id: bytes, asked: CallMember, told: CallChanged) -> None:
        """Let a call ring, if it may be, with the question that it needs."""
        caller = caller_of(told, asked)
        if caller is None or not self._callers.may_ring(caller):
            return
        record = self._owners.state(call_id, caller, "incoming")
        others = others_of(told, self._account.address) or [caller]
        others.sort(key=lambda one: one != caller)
        peer = told_of(told, caller)
        judged = self._consent.judge(record.own, others, peer, CallSide.CALLEE)
        if isinstance(judged, Denied):
            self._decline(record, judged)
            return
        self._forget_last_time(call_id)
        self._calls.add(record)
        self._consent.told(call_id, told.began)
        why = judged.why if judged.off else self._why_it_comes(judged, asked, told)
        words = replace(judged.words, why=why.text)
        owner = self._owners.own(record, self._owners.facts(why))
        if judged.asks and not self._consent.has_agreed(call_id, others):
            record.question = words
        else:
            record.tell(words)
        owner.take(told)
        self._manager.proven(record)

    def _why_it_comes(self, judged: Judged, asked: CallMember, told: CallChanged) -> Sentence:
        """Return why a call is not E2EE that comes with E2EE on at both ends: how it comes."""
        who = self._people.name_of(AccountId(asked.added_by)) if asked.added_by else ""
        asks_first = told.transfer is not None and told.transfer.asks_first
        match asked.why_rings:
            case "park_back" if told.parked is not None:
                return sentence(GateReason.BY_BRIDGE, "park_back", slot=told.parked.slot)
            case "transfer" | "transfer_back":
                return sentence(GateReason.BY_BRIDGE, asked.why_rings, who=who)
            case _ if asks_first:
                return sentence(GateReason.BY_BRIDGE, "asks first", who=who)
            case why_rings:
                more = not told.why or why_rings == "add"
                return sentence(GateReason.MORE_THAN_TWO) if more else judged.why

    def _forget_last_time(self, call_id: bytes) -> None:
        """Keep nothing of a call of an id that is over, and comes back."""
        before = self._calls.records.get(call_id)
        if before is not None:
            self._manager.forget(before)

    def _decline(self, record: CallState, denied: Denied) -> None:
        """Say to the service that no such call is taken here, and to the person that one came."""
        self._say(record.id, DeclineAct(EndReason.PEER_REQUIRES))
        words = denied_sentence(denied, record.own, self._consent.names(record.account))
        self._callers.tell(record.account, words)

    def _say(self, call_id: bytes, act: Act) -> None:
        """Ask for an act in a call that nobody owns here."""

        async def ask() -> None:
            await self._acts.ask(call_id, act)

        self._tasks.spawn(ask())

    def _take(self, owner: StandardCallOwner, told: CallChanged) -> None:
        """Let a call be as it is told, where it is of the people to whom the person agreed.

        One that is retrieved is of those who waited, as the service said before.
        """
        self._consent.told(owner.id, told.began)
        facts, others = owner.record.standard, others_of(told, self._account.address)
        is_in = any(one.instance == owner.instance for one in told.members)
        retrieved = facts is not None and facts.retrieving and is_in
        if retrieved and not self._consent.has_agreed(owner.id, others):
            owner.end(EndReason.HUNG_UP, sentence("N_PARKED_OTHERS"))
            return
        if told.over == EndReason.REPLACED:
            self._merged(owner.record)
        owner.take(told)

    def _merged(self, record: CallState) -> None:
        """Know a call by the one into which it was merged here; the service does not name that."""
        merging = MergeAct(record.id.hex())
        for into in self._calls.on:
            if into.standard is not None and into.standard.last_act == merging:
                into.goes_on_from(record)

    def _move(self, owner: StandardCallOwner, call_id: bytes, told: CallChanged) -> None:
        """Go on under the id of the call with which it was merged, or with which it crossed."""
        rang = self._owners.get(call_id)
        if rang is not None:
            rang.give_way()
        self._owners.rename(owner, call_id)
        self._manager.move(owner.record, call_id, owner.record.account)
        owner.renamed()
        owner.take(told)

    def _forget_what_is_over(self) -> None:
        for call_id in self._owners.forget_what_is_over():
            self._to_begin.pop(call_id, None)
