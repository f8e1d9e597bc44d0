"""Leaving E2EE: both people agree inside the call, then both go on through the bridge.

    asker                                       asked
    G_LEAVE_ASK, yes   ── LEAVE_ASK ─────────►  G_LEAVE_ASKED, yes
                                                begins the standard call, in which nothing rings
    comes into it      ◄─────────── LEAVE_YES   (only once the service has it)
                       ── LEAVE_YES ─────────►  is in it

The standard call has the id of the E2EE call. From the question on both microphones are silent
(`calls.leaving`), and they stay so until both are in the standard call; then the E2EE call is hung
up. Whatever goes wrong before both have said yes leaves the call as it was.
"""

import secrets
from dataclasses import dataclass, replace

from tui_call.calls.effects import LeaveAsked, LeaveOutcome, LeaveOver, LeaveRefused, MayLeave
from tui_call.calls.events import (
    NONCE_BYTES,
    LeaveEvent,
    PersonAgreesToLeave,
    PersonAsksToLeave,
    PersonRefusesToLeave,
    PersonTakesLeaveBack,
)
from tui_call.engine.account.configuration import Configuration
from tui_call.engine.account.rights import Rights
from tui_call.engine.calls.call_list import CallList
from tui_call.engine.calls.call_log import CallLog
from tui_call.engine.calls.call_state import CallState
from tui_call.engine.calls.focus import CallFocus
from tui_call.engine.calls.standard import BridgedCalls
from tui_call.engine.calls.standard_acts import StandardActs
from tui_call.engine.phrases import time_of_day
from tui_call.foreign_text import clean
from tui_call.permissions.explain import purpose_of
from tui_call.permissions.gate import Capability, Phase
from tui_call.reasons import EndReason
from tui_call.sentences import sentence
from tui_call.tasks import Tasks

LeaveReport = LeaveAsked | LeaveRefused | LeaveOver | MayLeave

_MOST_WORDS = 60
_OVER = {
    LeaveOutcome.REFUSED: "refused",
    LeaveOutcome.REFUSED_BY_PEER: "refused by peer",
    LeaveOutcome.TAKEN_BACK: "taken back",
    LeaveOutcome.UNANSWERED: "unanswered",
}


@dataclass(frozen=True, slots=True)
class _Question:
    """What is asked in a call: by the person here, or by the other one.

    Attributes:
        nonce: names it.
        capability: what for, as it is said to the other device.
        merge_with: the standard call with which it is merged once E2EE is left.
    """

    nonce: bytes
    capability: str
    merge_with: bytes = b""


class LeavingE2EE:
    """Asks both people, and takes the call over to the bridge when both agree."""

    def __init__(
        self,
        calls: CallList,
        standard: BridgedCalls,
        acts: StandardActs,
        rights: Rights,
        configuration: Configuration,
        call_log: CallLog,
        focus: CallFocus,
        tasks: Tasks,
    ) -> None:
        self._calls = calls
        self._standard = standard
        self._acts = acts
        self._rights = rights
        self._configuration = configuration
        self._log = call_log
        self._focus = focus
        self._tasks = tasks
        self._asked: dict[bytes, _Question] = {}

    # What people say

    def ask(
        self, record: CallState, capability: Capability, *, merge_with: CallState | None = None
    ) -> None:
        """Let the person confirm what is asked, and who would hear."""
        other = merge_with.id if merge_with is not None else b""
        self._asked[record.id] = _Question(secrets.token_bytes(NONCE_BYTES), capability, other)
        if merge_with is None:
            cap = purpose_of(capability)
            record.question = sentence("G_LEAVE_ASK", peer=record.name, cap=cap)
        else:
            record.question = sentence("G_MERGE_MIX", peer=record.name)
        self._log.show()

    def consent(self, record: CallState, *, yes: bool) -> bool:
        """Take the answer to a question of leaving E2EE; False where another one was asked."""
        code = record.question.code if record.question is not None else ""
        question = self._asked.get(record.id)
        if question is None:
            return False
        match code:
            case "G_LEAVE_ASK" | "G_MERGE_MIX":
                self._confirm(record, question) if yes else self._forget(record)
            case "G_LEAVE_WAIT":
                if not yes:
                    self._post(record, PersonTakesLeaveBack())
            case "G_LEAVE_ASKED" if yes:
                self._agree(record, question)
            case "G_LEAVE_ASKED":
                self._post(record, PersonRefusesToLeave(question.nonce))
            case _:
                return False
        self._log.show()
        return True

    def _confirm(self, record: CallState, question: _Question) -> None:
        which = "on hold" if record.on_hold else ""
        record.question, record.asks = sentence("G_LEAVE_WAIT", which, peer=record.name), True
        self._post(
            record,
            PersonAsksToLeave(question.nonce, question.capability, self._audience),
        )

    def _agree(self, record: CallState, question: _Question) -> None:
        """Begin the standard call, and say yes once the service has it."""
        record.question = None

        async def agree() -> None:
            words = await self._standard.open_room(record)
            still = self._asked.get(record.id) is question and not record.ended
            if words is None and still:
                self._post(record, PersonAgreesToLeave(question.nonce, record.id.hex()))
                return
            self._standard.close_room(record)
            if words is not None and still:
                record.tell(words)
                self._post(record, PersonRefusesToLeave(question.nonce))

        self._tasks.spawn(agree())

    @property
    def _audience(self) -> str:
        """Who will hear, as the other person is told."""
        return sentence("G_AUDIENCE", org=self._rights.organisation).text

    # What the call reports

    def report(self, record: CallState, report: LeaveReport) -> None:
        """Take what came of a question, or a question of the other person."""
        match report:
            case LeaveAsked(nonce, capability, audience):
                self._is_asked(record, _Question(nonce, capability), audience)
            case LeaveRefused(capability):
                cap = _purpose(capability)
                record.tell(sentence("G_LEAVE_REFUSED", peer=record.name, cap=cap))
            case LeaveOver(outcome):
                self._standard.close_room(record)
                self._forget(record)
                held = ", on hold" if record.on_hold else ""
                record.tell(sentence("G_LEAVE_NO", f"{_OVER[outcome]}{held}", peer=record.name))
            case MayLeave(capability):
                self._leave(record, _purpose(capability))
        self._focus.set_microphone()
        self._log.show()

    def _is_asked(self, record: CallState, question: _Question, audience: str) -> None:
        self._asked[record.id], record.asks = question, False
        cap = _purpose(question.capability)
        words = sentence("G_LEAVE_ASKED", peer=record.name, cap=cap)
        who = sentence("G_WILL_HEAR", who=clean(audience, _MOST_WORDS), peer=record.name)
        record.question = replace(words, why=who.text)
        if self._configuration.current.engine.answer == "everything":
            self.consent(record, yes=True)

    def _leave(self, record: CallState, purpose: str) -> None:
        """Go on through the bridge; the E2EE call says its last words meanwhile."""
        question = self._asked.get(record.id)
        if question is None or not question.merge_with:
            self._forget(record)
        record.question, record.asks, record.code = None, False, None
        record.tell(sentence("G_LEFT", org=self._rights.organisation))
        why = sentence("Y_LEFT", time=time_of_day(record.wall()), cap=purpose)
        self._standard.leave_e2ee(record, why)

    def told(self, record: CallState) -> None:
        """Hang the E2EE call up that was left, once both are in the standard one."""
        runner = self._calls.runner(record)
        if runner is None or record.standard is None:
            return
        if record.ended or record.phase is Phase.ACTIVE:
            runner.end(EndReason.HUNG_UP)
            question = self._asked.pop(record.id, None)
            if question is not None and question.merge_with and not record.ended:
                self._tasks.spawn(self._merge(record, question.merge_with))

    async def _merge(self, record: CallState, other: bytes) -> None:
        """Merge with the call in which that was wanted; say in both why it cannot be."""
        words = await self._acts.merge(other, record.id)
        if words is not None:
            record.tell(words)
            if (wanted_in := self._calls.records.get(other)) is not None:
                wanted_in.tell(words)
            self._log.show()

    def ended(self, record: CallState) -> bool:
        """Take note that an E2EE call is over; False where it was not left for a standard one."""
        if record.standard is None:
            self._standard.close_room(record)
            self._asked.pop(record.id, None)
            return False
        runner = self._calls.runner(record)
        if runner is not None:
            self._focus.leave_behind(runner.voice)
        return True

    # Inside

    def _forget(self, record: CallState) -> None:
        self._asked.pop(record.id, None)
        record.question, record.asks = None, False

    def _post(self, record: CallState, event: LeaveEvent) -> None:
        runner = self._calls.runner(record)
        if runner is not None and record.standard is None:
            runner.post(event)


def _purpose(capability: str) -> str:
    """Return what E2EE is left for, in words; what is not known here is said as it came."""
    known = [one for one in Capability if one == capability]
    return purpose_of(known[0]) if known else clean(capability, _MOST_WORDS)
