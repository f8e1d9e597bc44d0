"""What members ask in and about standard calls, judged at the door, carried out and answered.

Who asks learns something of a call only where the own device is in it, or is asked to come; for
everybody else there is no such call. Then the door says whether such a thing may be done at all,
and the call whether it can be now.
"""

import contextlib
from collections.abc import Coroutine
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any

from tui_call.errors import LocalFault
from tui_call.reasons import GateReason
from tui_call.service.faults import DatabaseUnusable, Refused, TooMany, refusal
from tui_call.service.limits import TokenBuckets
from tui_call.service.session import ClientSession
from tui_call.service.standard_calls.acts import Asking, entry_of, event_of, people_named
from tui_call.service.standard_calls.bridge_rooms import BridgeRooms, OfferedLeg
from tui_call.service.standard_calls.door import CallDoor
from tui_call.service.standard_calls.exchange import CallExchange
from tui_call.service.standard_calls.judging import ActJudge
from tui_call.service.standard_calls.meanwhile import Meanwhile
from tui_call.service.standard_calls.tap_rooms import TapRooms
from tui_call.service.standard_calls.telling import CallTelling
from tui_call.service.standard_calls.told import UNKNOWN_SPEECH, parked_call, people_of
from tui_call.signaling.call_acts import (
    Act,
    AnswerAct,
    CaptionsAct,
    ChangingAct,
    DeclineAct,
    DescribeAct,
    HandOverAct,
    HangUpAct,
    MergeAct,
    NoteAct,
    ParkAct,
    PlaceAct,
    RecordAct,
    RetrieveAct,
    TranscribeAct,
)
from tui_call.signaling.messages import Failed
from tui_call.signaling.standard_calls import (
    ActAnswered,
    ActInCall,
    AskParked,
    CallNote,
    ParkedCalls,
)
from tui_call.standard_calls.effects import Step
from tui_call.standard_calls.events import Agrees, Places, Records, Transcribes
from tui_call.standard_calls.hearing import readers
from tui_call.standard_calls.keeping import Word
from tui_call.standard_calls.rules import ActRefusal
from tui_call.standard_calls.state import ParkedAt, StandardCall
from tui_call.tasks import Tasks

NO_BRIDGE = "N_BRIDGE"
NO_AUDIT = "N_AUDIT"
UNSAVED_END = "N_UNSAVED_END"
UNSAVED_REFUSAL = "N_UNSAVED_REFUSAL"
PEOPLE_OF_TOKEN = 4
"""People whom an act names, beside its own cost: each may be rung, and started for it."""

ACT_COST = 5
"""An act is saved and told to all of a call, up to sixteen people, and a leg takes milliseconds of
the bridge's processor. Nobody presses ten keys a second for long."""


def costs_act(_session: ClientSession, message: ActInCall) -> int:
    """Let an act cost what it makes the service do, and more by how many people it names.

    Nobody leaves a call again and again, and who wants to must not be held up. Who is in one may
    answer it again, which all are told.
    """
    if isinstance(message.act, DeclineAct | HangUpAct):
        return 1
    return ACT_COST + len(people_named(message.act)) // PEOPLE_OF_TOKEN


@dataclass(frozen=True, slots=True)
class _Outcome:
    """For which call an act was, and the code that says why it was not done, "" where it was.

    `slot` is where the call is parked, 0 for nowhere.
    """

    call: str
    refused: str = ""
    slot: int = 0


class CallRequests:
    """Answers members."""

    def __init__(
        self,
        exchange: CallExchange,
        telling: CallTelling,
        door: CallDoor,
        judge: ActJudge,
        rooms: BridgeRooms,
        taps: TapRooms,
        meanwhile: Meanwhile,
        limit: TokenBuckets,
    ) -> None:
        """Prepare.

        Args:
            exchange: runs the calls.
            telling: knows what people are called.
            door: says who may retrieve, and with which policies one comes into a call.
            judge: says what is not done, whatever the call is like.
            rooms: has the worker for a first call, and legs described.
            taps: has the tap for a call that must be recorded, and speech tried again.
            meanwhile: lets what changes while an act is judged and saved hold for it.
            limit: of an account, for what the audit keeps.
        """
        self._exchange = exchange
        self._telling = telling
        self._door = door
        self._judge = judge
        self._rooms = rooms
        self._taps = taps
        self._meanwhile = meanwhile
        self._limit = limit
        self._placing = Tasks()

    async def act(self, session: ClientSession, message: ActInCall) -> None:
        """Carry out an act, or say why not."""
        where = session.arrival.address
        asking = Asking(*session.address, where, message.call, message.act_id)
        if not self._is_ready(asking, message.act):
            # What a call needs takes a while to start, and the connection is read meanwhile.
            self._placing.spawn(self._answer_or_fail(session, asking, message))
        else:
            await self._answer(session, asking, message)

    async def ask_parked(self, session: ClientSession, message: AskParked) -> None:
        """Tell what a member may retrieve."""
        found = list[tuple[StandardCall, ParkedAt]]()
        for taken in await self._exchange.calls.taken_slots():
            known = await self._exchange.calls.find(taken.call)
            parked = known.call.parked if known is not None else None
            if known and parked and self._door.may_retrieve(session.account, parked):
                found.append((known.call, parked))
        names = await self._telling.names(set[str]().union(*(people_of(call) for call, _ in found)))
        told = (parked_call(call, parked, names) for call, parked in found)
        session.put(ParkedCalls(message.request, tuple(told)))

    async def close(self) -> None:
        """Place nothing more."""
        self._placing.cancel()
        await self._placing.wait()

    async def _answer_or_fail(
        self, session: ClientSession, asking: Asking, message: ActInCall
    ) -> None:
        try:
            await self._answer(session, asking, message)
        except (LocalFault, Refused) as fault:
            refused = fault if isinstance(fault, Refused) else refusal(fault)
            session.put(Failed(refused.code, str(refused), message.request))

    async def _answer(self, session: ClientSession, asking: Asking, message: ActInCall) -> None:
        if entry_of(asking, message.act) is not None and not self._limit.take(asking.account):
            raise TooMany
        with self._meanwhile.holds(asking.account):
            outcome = await self._outcome(asking, message.act)
        slot = outcome.slot if isinstance(message.act, ParkAct) and not outcome.refused else 0
        session.put(ActAnswered(message.request, outcome.call, outcome.refused, slot))
        if isinstance(message.act, CaptionsAct | TranscribeAct) and message.act.on:
            self._try_speech_again(outcome)
        if isinstance(message.act, DescribeAct) and not outcome.refused:
            leg, offer = message.act.leg, message.act.offer
            self._rooms.describe(OfferedLeg(session.address, outcome.call, leg, offer))

    def _try_speech_again(self, outcome: _Outcome) -> None:
        """Have a speech engine that stopped started anew, where somebody asks for what it does."""
        if self._telling.speech.fault and not outcome.refused:
            self._telling.speech = UNKNOWN_SPEECH
            self._taps.try_again()

    async def _outcome(self, asking: Asking, act: Act) -> _Outcome:
        before = self._exchange.calls.done_before(asking.account, asking.act_id)
        if before is not None and not isinstance(act, DescribeAct):
            return _Outcome(before.id, slot=_slot(before, asking))
        match act:
            case PlaceAct():
                return await self._place(asking, act)
            case RetrieveAct():
                return await self._retrieve(asking, act)
            case NoteAct():
                return await self._pass_on(asking, act)
            case _:
                return await self._act(asking, act)

    async def _place(self, asking: Asking, act: PlaceAct) -> _Outcome:
        if not asking.call:
            return _Outcome("", ActRefusal.UNKNOWN_CALL)
        if asking.account in act.to:
            return _Outcome(asking.call, ActRefusal.IN_THE_CALL)
        refused = await self._judge.closed(asking, act, self._telling.speech.fault)
        if refused:
            return _Outcome(asking.call, refused)
        async with self._rooms.worker() as worker, self._tap_for(asking, act) as keeps:
            if not worker or not keeps:
                why = GateReason.MUST_BE_RECORDED if worker else NO_BRIDGE
                return _Outcome(asking.call, why)
            word = await self._judge.word(asking, act)
            event = event_of(asking, act, worker, word, self._door.came_with(asking.account))
            assert isinstance(event, Places)
            placed = self._exchange.place(event, entry_of(asking, act))
            return await self._kept_or_not(asking, act, word, placed)

    def _is_ready(self, asking: Asking, act: Act) -> bool:
        """Tell whether all is there that a call needs, from an act on."""
        if isinstance(act, PlaceAct) and not self._rooms.there:
            return False
        ids = (asking.call, act.other if isinstance(act, MergeAct) else "")
        call, other = (known and known.call for known in map(self._exchange.calls.here, ids))
        return self._taps.tap != "" or not self._judge.begins_by_rule(asking, act, call, other)

    def _tap_for(
        self,
        asking: Asking,
        act: Act,
        call: StandardCall | None = None,
        other: StandardCall | None = None,
    ) -> AbstractAsyncContextManager[bool]:
        """Have the tap, where a call must be recorded from an act on; whether it is there now.

        The arguments are those of `ActJudge.closed`.
        """
        if self._judge.begins_by_rule(asking, act, call, other):
            return self._taps.ready()
        return contextlib.nullcontext(True)

    async def _retrieve(self, asking: Asking, act: RetrieveAct) -> _Outcome:
        known = await self._exchange.calls.find(asking.call)
        call, speech = known.call if known is not None else None, self._telling.speech.fault
        parked = call.parked if call is not None else None
        if parked is None or parked.slot != act.slot:
            return _Outcome("", ActRefusal.SLOT_EMPTY)
        if not self._door.may_retrieve(asking.account, parked):
            return _Outcome("", ActRefusal.SLOT_EMPTY)
        refused = await self._judge.closed(asking, act, speech, call)
        if refused:
            return _Outcome("", refused)
        async with self._tap_for(asking, act, call) as keeps:
            if not keeps:
                return _Outcome("", GateReason.MUST_BE_RECORDED)
            outcome = await self._take(asking, act, parked)
        # It was taken by somebody else just now, or is parked otherwise: that was not judged.
        gone = outcome.refused in (ActRefusal.UNKNOWN_CALL, ActRefusal.SLOT_EMPTY)
        return _Outcome("", ActRefusal.SLOT_EMPTY) if gone else outcome

    async def _pass_on(self, asking: Asking, act: NoteAct) -> _Outcome:
        """Give a note to whom it is for as the call is now; it changes nothing of it."""
        known = await self._exchange.calls.find(asking.call)
        writer = known.call.on_device(asking.account, asking.device) if known else None
        if known is None or writer is None:
            return _Outcome(asking.call, ActRefusal.UNKNOWN_CALL)
        to = readers(known.call, writer)
        sender = (asking.account, asking.device, writer.instance)
        self._telling.pass_on(CallNote(asking.call, asking.act_id, *sender, act.text), to)
        return _Outcome(asking.call, "" if to else ActRefusal.NOT_YET)

    async def _act(self, asking: Asking, act: ChangingAct) -> _Outcome:
        known = await self._exchange.calls.find(asking.call)
        if known is None or not _concerns(known.call, asking, act):
            return _Outcome(asking.call, ActRefusal.UNKNOWN_CALL)
        speech, other = self._telling.speech.fault, await self._other(asking, act)
        refused = await self._judge.closed(asking, act, speech, known.call, other)
        if refused:
            return _Outcome(asking.call, refused)
        if self._is_elsewhere(asking, act):
            return _Outcome(asking.call, ActRefusal.UNKNOWN_CALL)
        if isinstance(act, HandOverAct):
            act = self._judge.at_a_device_that_is_here(asking, act)
        async with self._tap_for(asking, act, known.call, other) as keeps:
            if not keeps:
                return _Outcome(asking.call, GateReason.MUST_BE_RECORDED)
            return await self._take(asking, act)

    async def _other(self, asking: Asking, act: Act) -> StandardCall | None:
        """Return the call that would be merged, where the device that asks is in it."""
        known = await self._exchange.calls.find(act.other) if isinstance(act, MergeAct) else None
        is_in = known is not None and known.call.on_device(asking.account, asking.device)
        return known.call if known is not None and is_in else None

    def _is_elsewhere(self, asking: Asking, act: Act) -> bool:
        """Tell whether an act offers a leg that is another call's."""
        call = self._exchange.calls.of_leg(act.leg) if isinstance(act, DescribeAct) else None
        return call is not None and call.id != asking.call

    async def _take(
        self, asking: Asking, act: ChangingAct, parked: ParkedAt | None = None
    ) -> _Outcome:
        other = act.other if isinstance(act, MergeAct) else ""
        word = await self._judge.word(asking, act)
        came_with = self._door.came_with(asking.account)
        group = self._door.park_group(asking.account)
        event = event_of(
            asking, act, word=word, came_with=came_with, park_group=group, parked=parked
        )
        entry = entry_of(asking, act)
        if isinstance(event, Records | Transcribes | Agrees) and not event.on:
            stopped = await self._exchange.stop(asking.call, event, entry)
            unsaved = UNSAVED_REFUSAL if isinstance(event, Agrees) else UNSAVED_END
            return _outcome(asking, stopped) if stopped else _Outcome(asking.call, unsaved)
        taken = self._exchange.take(asking.call, event, entry, other=other)
        return await self._kept_or_not(asking, act, word, taken)

    async def _kept_or_not(
        self, asking: Asking, act: Act, word: Word, work: Coroutine[Any, Any, Step]
    ) -> _Outcome:
        """Carry an act out; what audit and index cannot be told of is not kept."""
        try:
            return _outcome(asking, await work)
        except DatabaseUnusable:
            match act:
                case RecordAct(on=True) | TranscribeAct(on=True):
                    return _Outcome(asking.call, NO_AUDIT)
                case _ if word.by_rule:
                    return _Outcome(asking.call, GateReason.MUST_BE_RECORDED)
                case _:
                    raise


def _outcome(asking: Asking, step: Step) -> _Outcome:
    if step.call is None:
        return _Outcome(asking.call, step.refused)
    return _Outcome(step.call.id, step.refused, _slot(step.call, asking))


def _slot(call: StandardCall, asking: Asking) -> int:
    """Return where who asks has parked a call; for others it may be none of their business."""
    parked = call.parked
    return parked.slot if parked is not None and parked.by == asking.account else 0


def _concerns(call: StandardCall, asking: Asking, act: Act) -> bool:
    """Tell whether the device that asks is in a call, or may come into it."""
    if call.on_device(asking.account, asking.device) is not None:
        return True
    asked = call.asked_at(asking.account, asking.device) is not None
    return asked and isinstance(act, AnswerAct | DeclineAct)
