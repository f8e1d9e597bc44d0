"""How two people agree that a call may go on without E2EE: LEAVE on the control channel.

Theory of operation
===================
A standard call lets others hear, so one side alone can never lead there, and neither can the
service: everything here is said on the sealed control channel.

    asker                                      asked
    person confirms   ── LEAVE_ASK nonce ──►   person is shown what for and who will hear
                      ◄── LEAVE_YES nonce ──   person agrees
    may leave         ── LEAVE_YES nonce ──►   may leave

Each side may leave when its own person has confirmed this very question and a LEAVE_YES with its
nonce, and with the same room, has come from the other. The asker's LEAVE_YES repeats the answer, so
that nobody leaves alone who agreed just as the question was taken back. From the question to the
answer the microphones of both are silent; whoever leaves stays silent in this call.

One question is open at a time. A further one of the peer is answered LEAVE_NO and changes nothing
of what the person looks at; a further one of the own person is not sent. Where both ask at once,
the caller's question counts: the caller leaves the other one out, and the callee gives its own up.
A yes that names another room than the one where this side would go is a no.
A LEAVE_YES with any nonce but that of the open question is answered LEAVE_NO, which brings a peer
that waits for the last word back. Nothing answers a LEAVE_NO. A nonce opens one question in a call.

A question lives `ASK_SECONDS` on either side, the last word may take `LAST_WORD_SECONDS`; then
LEAVE_NO is said and the call goes on as it was. For `QUIET_SECONDS` after the person said no to a
question of the peer, or the peer took it back, its questions are answered LEAVE_NO without asking.
"""

from dataclasses import dataclass
from enum import Enum, auto
from typing import assert_never

from tui_call.calls.effects import (
    Effect,
    LeaveAsked,
    LeaveOutcome,
    LeaveOver,
    LeaveRefused,
    MayLeave,
    MicrophoneSilent,
)
from tui_call.calls.events import (
    LeaveEvent,
    PersonAgreesToLeave,
    PersonAsksToLeave,
    PersonRefusesToLeave,
    PersonTakesLeaveBack,
)
from tui_call.calls.saying import Say
from tui_call.e2ee.control_messages import LeaveAsk, LeaveNo, LeaveYes

ASK_SECONDS = 30.0
LAST_WORD_SECONDS = 10.0
QUIET_SECONDS = 10.0

LeaveMessage = LeaveAsk | LeaveYes | LeaveNo


class LeavingStage(Enum):
    """How far the question is."""

    NONE = auto()
    ASKING = auto()
    ASKED = auto()
    AGREED = auto()
    LEFT = auto()


@dataclass(frozen=True, slots=True)
class _Question:
    nonce: bytes
    capability: str
    audience: str


class Leaving:
    """One side of the question whether E2EE is left.

    Args:
        say: seals a message for the peer; returns what sends it.
        is_caller: this side placed the call, so its question counts where two cross.
        allowed: the rules of the call allow it to be left.
        room: where this side would go, and nowhere else; "" is anywhere.
    """

    def __init__(
        self,
        say: Say,
        *,
        is_caller: bool,
        allowed: bool,
        room: str = "",
    ) -> None:
        self.stage = LeavingStage.NONE
        self._say = say
        self._is_caller = is_caller
        self._allowed = allowed
        self._only_room = room
        self._question = _Question(b"", "", "")
        self._room = ""
        self._until = 0.0
        self._quiet_until = float("-inf")
        self._used: set[bytes] = set()
        self._refused = False

    def next_deadline(self) -> float | None:
        """Return when the open question is over, None while there is none."""
        return None if self.stage in (LeavingStage.NONE, LeavingStage.LEFT) else self._until

    def time_passed(self, now: float) -> list[Effect]:
        """Give up a question that lasted too long."""
        deadline = self.next_deadline()
        if deadline is None or now < deadline:
            return []
        return [*self._no(now), *self._close(LeaveOutcome.UNANSWERED)]

    def handle(self, event: LeaveEvent, now: float) -> list[Effect]:
        """Take what the person here decided; what does not fit the open question is ignored."""
        match event:
            case PersonAsksToLeave():
                return self._ask(event, now)
            case PersonTakesLeaveBack():
                if self.stage not in (LeavingStage.ASKING, LeavingStage.AGREED):
                    return []
                return [*self._no(now), *self._close(LeaveOutcome.TAKEN_BACK)]
            case PersonAgreesToLeave(nonce, room):
                return self._agree(room, now) if self._is_asked(nonce) else []
            case PersonRefusesToLeave(nonce):
                if not self._is_asked(nonce):
                    return []
                self._quiet_until = now + QUIET_SECONDS
                return [*self._no(now), *self._close(LeaveOutcome.REFUSED)]
            case _:  # pragma: no cover
                assert_never(event)

    def received(self, message: LeaveMessage, now: float) -> list[Effect]:
        """Take what the peer says."""
        match message:
            case LeaveAsk():
                return self._asked(message, now)
            case LeaveYes(nonce, room):
                return self._agreed(nonce, room, now)
            case LeaveNo(nonce):
                return self._refused_by_peer(now) if self._is_open(nonce) else []
            case _:  # pragma: no cover
                assert_never(message)

    # The question

    def _ask(self, event: PersonAsksToLeave, now: float) -> list[Effect]:
        if not self._allowed or self.stage is not LeavingStage.NONE or event.nonce in self._used:
            return []
        self._open(
            LeavingStage.ASKING, _Question(event.nonce, event.capability, event.audience), now
        )
        ask = LeaveAsk(event.nonce, event.capability, event.audience)
        return [MicrophoneSilent(True), *self._say(ask, now)]

    def _asked(self, ask: LeaveAsk, now: float) -> list[Effect]:
        if not self._allowed:
            told: list[Effect] = [] if self._refused else [LeaveRefused(ask.capability)]
            self._refused = True
            return [*self._say(LeaveNo(ask.nonce), now), *told]
        crossing = self.stage is LeavingStage.ASKING and ask.nonce not in self._used
        if crossing and self._is_caller:
            return []
        if self._is_open(ask.nonce):
            return []
        quiet = now < self._quiet_until and not crossing
        if not crossing and (
            self.stage is not LeavingStage.NONE or ask.nonce in self._used or quiet
        ):
            return self._say(LeaveNo(ask.nonce), now)
        self._open(LeavingStage.ASKED, _Question(ask.nonce, ask.capability, ask.audience), now)
        silent: list[Effect] = [] if crossing else [MicrophoneSilent(True)]
        return [*silent, LeaveAsked(ask.nonce, ask.capability, ask.audience)]

    # The answers

    def _agree(self, room: str, now: float) -> list[Effect]:
        self.stage, self._room, self._until = LeavingStage.AGREED, room, now + LAST_WORD_SECONDS
        return self._say(LeaveYes(self._question.nonce, room), now)

    def _agreed(self, nonce: bytes, room: str, now: float) -> list[Effect]:
        if nonce != self._question.nonce or self.stage is LeavingStage.NONE:
            return self._say(LeaveNo(nonce), now)
        match self.stage:
            case LeavingStage.ASKING if room != (self._only_room or room):
                return [*self._no(now), *self._refused_by_peer(now)]
            case LeavingStage.ASKING:
                return [*self._say(LeaveYes(nonce, room), now), self._leave(room)]
            case LeavingStage.AGREED if room == self._room:
                return [self._leave(room)]
            case LeavingStage.AGREED:
                return [*self._no(now), *self._refused_by_peer(now)]
            case LeavingStage.ASKED | LeavingStage.LEFT:
                return []  # before the own person has decided, and after
            case _ as stage:  # pragma: no cover
                assert_never(stage)

    def _leave(self, room: str) -> Effect:
        self.stage = LeavingStage.LEFT
        return MayLeave(self._question.capability, self._question.audience, room)

    # Inside

    def _open(self, stage: LeavingStage, question: _Question, now: float) -> None:
        self.stage, self._question, self._until = stage, question, now + ASK_SECONDS
        self._used.add(question.nonce)

    def _close(self, outcome: LeaveOutcome) -> list[Effect]:
        self.stage = LeavingStage.NONE
        return [MicrophoneSilent(False), LeaveOver(outcome)]

    def _refused_by_peer(self, now: float) -> list[Effect]:
        if self.stage is not LeavingStage.ASKING:
            self._quiet_until = now + QUIET_SECONDS
        return self._close(LeaveOutcome.REFUSED_BY_PEER)

    def _no(self, now: float) -> list[Effect]:
        return self._say(LeaveNo(self._question.nonce), now)

    def _is_open(self, nonce: bytes) -> bool:
        waiting = self.stage not in (LeavingStage.NONE, LeavingStage.LEFT)
        return waiting and nonce == self._question.nonce

    def _is_asked(self, nonce: bytes) -> bool:
        return self.stage is LeavingStage.ASKED and nonce == self._question.nonce
