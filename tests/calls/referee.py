"""Watches a call machine for what must hold at every step of every call."""

import math
from typing import assert_never

from tui_call.calls.course import LINGER
from tui_call.calls.effects import (
    AcceptAnswer,
    AcceptPathAnswer,
    ClosePath,
    Effect,
    Ended,
    KeyChanged,
    LeaveAsked,
    LeaveOver,
    LeaveRefused,
    MayLeave,
    MicrophoneSilent,
    NoteArrived,
    PathTaken,
    PeerCompared,
    PeerHeld,
    PeerMuted,
    PeerProven,
    PrepareAnswer,
    PrepareOffer,
    PreparePathAnswer,
    PreparePathOffer,
    ReceiveUnder,
    SendInMedia,
    SendMessage,
    SendUnder,
    StartMedia,
    StartRinging,
    StateChanged,
)
from tui_call.calls.one_to_one import OneToOneCall
from tui_call.calls.states import TRANSITIONS, State
from tui_call.e2ee.messages import MessageType, peek

_Leaving = MayLeave | MicrophoneSilent | LeaveAsked | LeaveOver | LeaveRefused


class Referee:
    """Holds one machine to the rules that every call keeps."""

    def __init__(self, machine: OneToOneCall) -> None:
        self._machine = machine
        self._state = machine.state
        self._bytes: dict[tuple[MessageType, bytes], bytes] = {}
        self.proven = False
        self.rang = 0
        self.media_started = 0
        self.silent = False
        self.left: MayLeave | None = None
        self.receives_under = self.sends_under = 0
        self.path = self.newest_path = 0
        self.closed: set[int] = set()
        self.end: Ended | None = None
        self._ended_at = math.inf

    def watch(self, effects: list[Effect], now: float) -> None:
        """Check what one event led to."""
        over = self.end is not None
        for effect in effects:
            assert not over or isinstance(effect, SendMessage), effect
            self._one(effect, now)
        assert self._machine.state is self._state
        assert (self._state is State.ENDED) == (self.end is not None)
        if now >= self._ended_at + LINGER:
            assert effects == []
        self._deadline(now)

    def _one(self, effect: Effect, now: float) -> None:
        machine = self._machine
        match effect:
            case StateChanged(state):
                assert state in TRANSITIONS[self._state].values()
                self._state = state
            case Ended():
                assert self._state is State.ENDED
                assert self.end is None
                self.end, self._ended_at = effect, now
            case SendMessage(payload):
                self._sent(payload)
            case PeerProven():
                assert machine.peer == effect.peer
                assert machine.session is not None
                self.proven = True
            case StartRinging():
                self.rang += 1
                assert self.proven
                assert self.rang == 1
                assert self._state is (State.WAIT_ANSWER if machine.is_caller else State.RINGING)
            case StartMedia(session):
                self.media_started += 1
                assert self.media_started == 1
                assert session is machine.session
            case NoteArrived():
                assert self._state is State.SECURE
            case SendInMedia():
                assert self.media_started
            case PeerHeld() | PeerMuted() | PeerCompared() | KeyChanged():
                pass
            case _:
                self._on_the_way(effect)

    def _on_the_way(self, effect: Effect) -> None:
        """Look at what may come about more than once: leaving E2EE, other keys, other paths."""
        match effect:
            case MayLeave() | MicrophoneSilent() | LeaveAsked() | LeaveOver() | LeaveRefused():
                self._leaving(effect)
            case ReceiveUnder(generation):
                assert generation == self.receives_under + 1
                self.receives_under = generation
            case SendUnder(generation):
                assert generation == self.sends_under + 1
                assert generation <= self.receives_under
                self.sends_under = generation
            case _:
                self._path(effect)

    def _leaving(self, effect: _Leaving) -> None:
        match effect:
            case MayLeave():
                assert self._state is State.SECURE
                assert self.silent
                assert self.left is None
                self.left = effect
            case MicrophoneSilent(on):
                assert self.left is None
                assert self.silent != on
                self.silent = on
            case LeaveAsked():
                assert self.silent
            case LeaveOver() | LeaveRefused():
                assert not self.silent
            case _:
                assert_never(effect)

    def _path(self, effect: Effect) -> None:
        machine = self._machine
        match effect:
            case AcceptAnswer():
                pass
            case PrepareOffer():
                assert machine.is_caller
            case PrepareAnswer():
                assert self._state is State.ANSWERING
            case PreparePathOffer(path) | PreparePathAnswer(path):
                assert machine.is_caller == isinstance(effect, PreparePathOffer)
                assert path > self.newest_path
                self.newest_path = path
            case AcceptPathAnswer(path):
                assert machine.is_caller
                assert path == self.newest_path
            case PathTaken(path):
                assert self.path < path <= self.newest_path
                self.path = path
            case ClosePath(path):
                assert path != self.path
                assert path not in self.closed
                self.closed.add(path)
            case _:
                raise AssertionError(effect)

    def _sent(self, payload: bytes) -> None:
        """Nothing is sealed twice: what was said before is said in the same bytes."""
        header = peek(payload)
        numbers = payload[21:29] if header.type is MessageType.CTL else b""
        assert self._bytes.setdefault((header.type, numbers), payload) == payload

    def _deadline(self, now: float) -> None:
        deadline = self._machine.next_deadline()
        if self._state is State.ENDED:
            assert deadline is None or deadline <= self._ended_at + LINGER
        elif self._state is not State.SECURE:
            assert deadline is not None
        assert deadline is None or now <= deadline + 60
