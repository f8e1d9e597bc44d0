"""The owner of a standard call: tells the service what is wanted, and takes what comes of it.

The service decides, and tells the whole call after each change; of two that cross the one with the
higher sequence holds. So what is lost heals itself, and nothing here has to be undone.
"""

import asyncio
from collections.abc import Callable
from typing import Protocol

from tui_call.calls.effects import Ended
from tui_call.calls.path_monitor import PathDead, PathEvent
from tui_call.engine.calls.bridge_legs import BridgeLegs, BridgeSurroundings
from tui_call.engine.calls.call_state import CallState
from tui_call.engine.calls.ends import over_reason, reason_of
from tui_call.engine.calls.standard_acts import StandardActs
from tui_call.engine.calls.standard_facts import NOTHING_TOLD, StandardFacts
from tui_call.engine.calls.standard_news import over_sentence, told_sentences
from tui_call.engine.calls.standard_told import is_newer, kept_in, named_in, with_speech_of
from tui_call.foreign_text import clean
from tui_call.identifiers import AccountId
from tui_call.permissions.gate import Phase
from tui_call.reasons import EndReason
from tui_call.sentences import Sentence, sentence
from tui_call.signaling.call_acts import (
    MOST_NOTE_BYTES,
    Act,
    AnswerAct,
    DeclineAct,
    DescribeAct,
    HangUpAct,
    HoldAct,
    MuteAct,
    PlaceAct,
    RetrieveAct,
    TransferAct,
)
from tui_call.signaling.messages import CallChanged
from tui_call.signaling.standard_calls import CallNote
from tui_call.tasks import Tasks
from tui_call.voice.coding import Coding

LAST_WORDS_SECONDS = 1.0
"""How long an engine that ends waits for what the service has still to be told."""

Refuse = Callable[[Sentence], None]

_DECLINES = {EndReason.BUSY, EndReason.DO_NOT_DISTURB, EndReason.PEER_REQUIRES}


class StandardObserver(Protocol):
    """Watches standard calls."""

    def call_told(self, record: CallState, before: Phase) -> None:
        """The call is another one now; `before` is how far it was."""
        ...

    def with_others(self, record: CallState, account: AccountId) -> None:
        """The one with whom the call was is gone, and it goes on with somebody else."""
        ...

    def sound_begins(self, record: CallState) -> None:
        """People may speak."""
        ...

    def path_event(self, record: CallState, event: PathEvent) -> None:
        """The way to the bridge does otherwise."""
        ...

    def coding_changed(self, record: CallState, coding: Coding) -> None:
        """Frames should be encoded in another way from now on."""
        ...

    def call_ended(self, record: CallState, end: Ended, words: Sentence | None) -> None:
        """The call is over for the person here; `words` say why, where the reason does not."""
        ...


class StandardCallOwner:
    """One standard call of this device.

    Attributes:
        record: what is known of it.
        voice: its sound.
    """

    def __init__(
        self,
        record: CallState,
        facts: StandardFacts,
        acts: StandardActs,
        around: BridgeSurroundings,
        observer: StandardObserver,
        name_of: Callable[[str, str], str],
    ) -> None:
        """Own a call that has not begun.

        Args:
            record: of the call.
            facts: those of the record.
            acts: asks the service.
            around: what the legs of all calls have in common.
            observer: watches.
            name_of: says how an account is called here, by its address and what the service says.
        """
        self.record = record
        self._tasks = Tasks(around.on_failure)
        self._asking = Tasks(around.on_failure)
        self.voice = BridgeLegs(lambda: record.id, around, self._describe, self, self._tasks)
        self._facts = facts
        self._acts = acts
        self._observer = observer
        self._name_of = name_of
        self._speaks = False
        self._is_in = asyncio.Event()

    @property
    def id(self) -> bytes:
        """16 bytes."""
        return self.record.id

    @property
    def account(self) -> str:
        """Who was called, or called."""
        return self.record.account

    @property
    def instance(self) -> str:
        """By which this device is in the call."""
        return self._facts.instance

    @property
    def people(self) -> list[str]:
        """The accounts of the others who are in it or asked to come."""
        return [one.account for one in self._facts.others]

    @property
    def over(self) -> bool:
        """Whether nothing more has to be said about it, and no leg is open."""
        return bool(self.record.ended) and not self._asking.running and not self._tasks.running

    # What the person does

    def place(self, act: PlaceAct | RetrieveAct) -> None:
        """Begin the call, or take it from where it is parked; meanwhile make the first leg."""
        self.voice.begin()
        self._ask(act, self._not_placed)
        self._facts.placed = True
        self._say_how_it_is()

    def answer(self) -> None:
        """Take the call, which rings here or is expected."""
        before = self.record.phase
        self._facts.take()
        self.record.question = None
        self.voice.begin()
        self._ask(AnswerAct(self._facts.instance, self._acts.word()), self._not_taken)
        self._say_how_it_is()
        self._told(before)

    def opened(self) -> None:
        """Be in the call, which the service has begun already."""
        before = self.record.phase
        self._facts.placed = True
        self.voice.begin()
        self._say_how_it_is()
        self._told(before)

    def _say_how_it_is(self) -> None:
        """Tell what the person chose before the service knew of this end."""
        if self.record.muted:
            self._ask(MuteAct(on=True))
        if self.record.on_hold:
            self._ask(HoldAct(on=True))

    def end(self, reason: EndReason, words: Sentence | None = None) -> None:
        """End, cancel or decline it; the person here is free at once.

        Args:
            reason: why.
            words: say why, where the reason does not.
        """
        if self.record.ended:
            return
        if self.record.rings_here:
            self._ask(DeclineAct(reason if reason in _DECLINES else EndReason.DECLINED))
        elif self._begun:
            self._ask(HangUpAct())
        self._end(reason, words=words)

    def give_way(self) -> None:
        """Let another call go on under the id of this one, of which nothing is shown any more."""
        if not self.record.ended:
            self.record.given_up = True
            self._end(EndReason.DECLINED)

    def hold(self, on: bool) -> None:
        """Tell that the person here holds it, or does no more."""
        if self._begun:
            self._ask(HoldAct(on))

    def mute(self, on: bool) -> None:
        """Tell that the microphone is closed, or open."""
        if self._begun:
            self._ask(MuteAct(on))

    @property
    def _begun(self) -> bool:
        return self._facts.placed or self._facts.taken

    def find_new_path(self) -> None:
        """Make another leg; the call goes on meanwhile."""
        self.voice.renew()

    def addresses_changed(self) -> None:
        """Make a leg from the addresses of now."""
        self.voice.renew()

    def hide_addresses(self) -> None:
        """Leave legs that tell this computer's addresses, for those through a relay."""
        self.voice.hide_addresses()

    def service_back(self) -> None:
        """Come back into the call, as the service may think that this device is gone."""
        if self._facts.own is not None and not self.record.ended:
            self._ask(AnswerAct(self._facts.instance, self._acts.word()), self._not_taken)

    async def close(self) -> None:
        """Close every leg, once the service knows what it has to."""
        await self._asking.wait(LAST_WORDS_SECONDS)
        self._asking.cancel()
        self._tasks.cancel()
        await self.voice.close()

    # What the service tells

    def take(self, told: CallChanged) -> None:
        """Take the call as it is now; whether speech is recognised may be all that is new of it."""
        known = self._facts.told
        if told.over:
            self._over(told)
        elif is_newer(told, known) and not self.record.ended:
            self._take(told)
        elif told.sequence >= known.sequence and not self.record.ended:
            self._facts.told = with_speech_of(told, known)
            self._observer.call_told(self.record, self.record.phase)

    def renamed(self) -> None:
        """Go on as a part of another call, which counts its changes anew."""
        self._facts.told, self._facts.last_act = NOTHING_TOLD, None

    def leg_described(self, leg: str, answer: str) -> None:
        """Take the bridge's answer to an offer."""
        self.voice.described(leg, answer)

    def note_arrived(self, note: CallNote) -> None:
        """Show what somebody else in the call wrote; what is asked for again comes twice."""
        record, text = self.record, clean(note.text, MOST_NOTE_BYTES)
        is_in = self._facts.own is not None and not record.ended
        known = any(one.act == note.note for one in record.notes)
        if not is_in or known or not text or note.from_account == self._facts.account:
            return
        named = self._facts.names.get(note.from_account)
        name = named or clean(self._name_of(note.from_account, ""))
        record.note(text, mine=False, by=name, act=note.note)
        record.tell(sentence("G_NOTE", peer=name))
        self._observer.call_told(record, record.phase)

    def _over(self, told: CallChanged) -> None:
        if told.sequence < self._facts.told.sequence or self.record.ended:
            return
        for words in told_sentences(told, self._facts):
            self.record.tell(words)
        by_peer = told.over_by not in ("", self._facts.account)
        reason = over_reason(told.over, self.record)
        # Its people are in another call of the person here, which tells of it.
        self.record.given_up |= reason is EndReason.REPLACED
        act = self._facts.last_act
        who = act.to if isinstance(act, TransferAct) else told.over_by
        if who not in ("", self._facts.account):
            self._facts.names.setdefault(who, self._name_of(who, ""))
        words = over_sentence(act, self._facts, told)
        if words is not None and not by_peer:
            waits = told.parked is not None
            reason = EndReason.PARKED if waits else EndReason.PASSED_ON
            self._facts.had_before |= waits and self.record.rings_here
        self._end(reason, by_peer=by_peer, words=words)

    def _take(self, told: CallChanged) -> None:
        facts, before = self._facts, self.record.phase
        apart, was_in, facts.told = facts.apart, facts.own is not None, told
        facts.met |= {one.account for one in told.members}
        self.record.was_kept |= kept_in(told)
        for account, name in named_in(told).items():
            if account != facts.account and (name or account not in facts.names):
                facts.names[account] = self._name_of(account, name)
        self._follow_people()
        comes = facts.own is not None and not was_in
        for words in told_sentences(told, facts, comes=comes, apart=apart):
            self.record.tell(words)
        if facts.own is None and (was_in or not facts.taken) and facts.asked is None:
            self._gone(was_in=was_in)
            return
        facts.had_before = facts.asked is not None and facts.asked.why_rings == "hand_over"
        facts.taken = facts.taken and facts.own is None
        if facts.own is not None:
            facts.placed, facts.retrieving = True, False
            self._is_in.set()
            self.voice.carried_by(told.worker)
        self._told(before)

    def _follow_people(self) -> None:
        """Know the call by who is in it now, whoever called."""
        others = [one.account for one in self._facts.others if one.account != self._facts.account]
        if not others:
            return
        if self.record.account not in others:
            self._observer.with_others(self.record, AccountId(others[0]))
        others.sort(key=lambda one: one != self.record.account)
        self.record.name = self._facts.names_of(list(dict.fromkeys(others)))

    def _gone(self, *, was_in: bool) -> None:
        """Leave a call that rings here no more, or in which this device is no more."""
        elsewhere = any(one.account == self._facts.account for one in self._facts.told.members)
        if elsewhere:
            self._end(EndReason.TAKEN, by_peer=True)
        else:
            self._end(EndReason.HUNG_UP if was_in else EndReason.CANCELLED, by_peer=True)

    def _told(self, before: Phase) -> None:
        """Let people speak as soon as somebody is there, and tell of the call as it is now."""
        phase, record = self.record.phase, self.record
        if phase is Phase.ACTIVE and not record.started:
            record.started = record.wall()
        self._facts.spoke = self._facts.spoke or phase is Phase.ACTIVE
        began = phase in (Phase.CONNECTING, Phase.ACTIVE) and self.voice.media is not None
        if began and not self._speaks:
            self._speaks = True
            self._observer.sound_begins(record)
        self._observer.call_told(record, before)

    # What the legs tell

    def media_begins(self) -> None:
        """Open the sound while the first leg is made."""
        self._told(self.record.phase)

    def leg_works(self) -> None:
        """Take note that sound goes both ways."""
        before = self.record.phase
        self._facts.connected, self._facts.path = True, self.voice.path
        self._facts.quality = self.voice.quality
        self._told(before)

    def path_event(self, event: PathEvent) -> None:
        """Take note of how the way to the bridge does."""
        self._facts.quality = self.voice.quality
        if isinstance(event, PathDead):
            self.end(EndReason.CONNECTION_LOST)
        else:
            self._observer.path_event(self.record, event)

    def coding_changed(self, coding: Coding) -> None:
        """Encode in another way."""
        self._observer.coding_changed(self.record, coding)

    # Asking

    def _ask(self, act: Act, refused: Refuse | None = None) -> None:
        self._asking.spawn(self._asked(act, refused))

    async def _asked(self, act: Act, refused: Refuse | None) -> None:
        words = await self._acts.ask(self.id, act)
        if words is not None and refused is not None and not self.record.ended:
            refused(words)

    async def _describe(self, leg: str, offer: str) -> Sentence | None:
        await self._is_in.wait()  # before, the service knows nobody whose leg it could be
        if self.record.ended:
            return None
        act = DescribeAct(self._facts.instance, leg, offer)
        return await self._acts.ask_at_once(self.id, act)

    def _not_placed(self, words: Sentence) -> None:
        self._end(reason_of(words, EndReason.NO_SERVICE), words=words)

    def _not_taken(self, words: Sentence) -> None:
        """End it where somebody hung up, or took it elsewhere, just before."""
        if self._facts.own is None or words.code == "N_UNKNOWN_CALL":
            reason = EndReason.HUNG_UP if self.record.started else EndReason.CANCELLED
            self._end(reason, by_peer=True)

    def _end(
        self, reason: EndReason, *, by_peer: bool = False, words: Sentence | None = None
    ) -> None:
        if not self.record.ended:
            self._observer.call_ended(self.record, Ended(reason, by_peer=by_peer), words)
            self._is_in.set()
            self._tasks.spawn(self.voice.close())
