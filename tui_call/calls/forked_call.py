"""A call with its legs: one for each device of the person called, of which one wins.

Theory of operation
===================
Each leg is a `OneToOneCall` of its own: ephemeral keys, nonce, commitment, offer, and in the end a
code. The legs share the call id, and whom they are for. A call that comes in has one leg, and ends
with it. Of a call that is placed the first leg whose ANSWER verifies wins:
the others are told that the person answered on another device, and nothing but the winner's keys
and code is used or shown.

All legs must present one identity key, because the person has one; a second key in the list of
devices is somebody else's device. The first answer that verifies fixes it, before its M3 goes out,
and the call ends at the first leg that shows another, before that leg learns who calls. It fixes
the epoch likewise: a device that was removed from the account shows a lower one, and is left out.

A leg that cannot be reached, fails or is refused ends alone while another lives. A decline is the
person's word and ends all of them. When no leg is left, a list says which of their ends is the
call's. A refusal is the last but silence: it counts only where every device that answered refused.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tui_call.calls.effects import Effect, Ended, StartMedia, StartRinging
from tui_call.calls.events import (
    AddressesChanged,
    CallBegins,
    CodesCompared,
    Event,
    HoldChanged,
    MuteChanged,
    PersonHangsUp,
    ServiceBack,
    TimePassed,
)
from tui_call.calls.introduction import KnownPeer
from tui_call.calls.one_to_one import OneToOneCall
from tui_call.calls.states import State
from tui_call.reasons import EndReason

MOST_LEGS = 4

TELLING = (
    EndReason.DECLINED,
    EndReason.BUSY,
    EndReason.DO_NOT_DISTURB,
    EndReason.NO_ANSWER,
    EndReason.NO_PATH,
    EndReason.HANDSHAKE_FAILED,
    EndReason.UNSIGNED_REFUSAL,
    EndReason.E2EE_OFF,
    EndReason.SILENT_PEER,
    EndReason.CROWDED,
    EndReason.TOO_MANY_CALLS,
    EndReason.OFFLINE,
)
"""Ends of single legs, the one that tells most of the person first.

What a person or a device said comes before what failed, and that before silence. A refusal without
a known signature comes before a signed one: with it among them, not every device refused.
"""

_PROGRESS = (
    State.ENDED,
    State.WAIT_RESPOND,
    State.WAIT_ADDRESSES,
    State.WAIT_ANSWER,
    State.WAIT_OFFER,
    State.RINGING,
    State.ANSWERING,
    State.CONNECTING,
    State.SECURE,
)


@dataclass(frozen=True, slots=True)
class LegEffect:
    """What one leg wants done; its `Ended` is the end of that leg alone."""

    leg: int
    effect: Effect


@dataclass(frozen=True, slots=True)
class LegEvent:
    """What happened to one leg: a message, its path, its sound."""

    leg: int
    event: Event


CallEvent = LegEvent | Event
CallEffect = LegEffect | Ended


class ForkedCall:
    """The legs of one call, judged together.

    Attributes:
        winner: the number of the leg that was answered, None before.
        ringing: the legs whose devices have said that they ring, ended or not.
    """

    def __init__(self, legs: Mapping[int, OneToOneCall]) -> None:
        """Join legs whose handshakes have begun, and that have said nothing yet.

        Args:
            legs: by number, 0 to 3; of one call id and account.
        """
        self._legs = dict(sorted(legs.items()))
        self._ends: dict[int, Ended] = {}
        self._shown: KnownPeer | None = None
        self._over = False
        self.winner: int | None = None
        self.ringing: set[int] = set()

    @property
    def foremost(self) -> int:
        """The leg that stands for the call: the winner, else one that has got furthest."""
        if self.winner is not None:
            return self.winner
        return max(self._legs, key=lambda leg: _PROGRESS.index(self._legs[leg].state))

    def next_deadline(self) -> float | None:
        """Return the monotonic time at which `TimePassed` has to come, None if never."""
        deadlines = (leg.next_deadline() for leg in self._legs.values())
        return min((at for at in deadlines if at is not None), default=None)

    def handle(self, event: CallEvent, now: float) -> list[CallEffect]:
        """Take what happened to a leg, or to the call.

        What the person or this computer does before the answer is for all legs, and the rest for
        the one that stands for the call.
        """
        match event:
            case LegEvent(number, of_leg):
                return self._feed(number, of_leg, now)
            case PersonHangsUp(reason):
                return self._end(Ended(reason, by_peer=False), now)
            case (
                CallBegins()
                | MuteChanged()
                | HoldChanged()
                | CodesCompared()
                | AddressesChanged()
                | ServiceBack()
                | TimePassed()
            ):
                return [effect for leg in self._legs for effect in self._feed(leg, event, now)]
            case _:
                return self._feed(self.foremost, event, now)

    def _feed(self, number: int, event: Event, now: float) -> list[CallEffect]:
        """Let a leg take an event, and judge what came of it.

        A leg may win and end at once: an ANSWER that got lost comes after the HANGUP that follows
        it, and both are taken then.
        """
        wanted = self._legs[number].handle(event, now)
        done = self._tagged(number, wanted)
        for effect in wanted:
            match effect:
                case StartMedia():
                    self.winner = number
                    others = [leg for leg in self._legs if leg != number]
                    done += self._hang_up(others, EndReason.TAKEN, now)
                case Ended():
                    return [*done, *self._leg_ended(number, effect, now)]
                case _:
                    continue
        return [*done, *self._compare(number, now)]

    def _tagged(self, number: int, effects: Iterable[Effect]) -> list[CallEffect]:
        """Return a leg's effects; the legs together ring once."""
        done: list[CallEffect] = []
        for effect in effects:
            if isinstance(effect, StartRinging):
                self.ringing.add(number)
                if len(self.ringing) > 1:
                    continue
            if isinstance(effect, Ended):
                self._ends[number] = effect
            done.append(LegEffect(number, effect))
        return done

    # One person behind all legs

    def _compare(self, number: int, now: float) -> list[CallEffect]:
        """Fix key and epoch for the other legs as soon as a leg has shown them."""
        peer = self._legs[number].peer
        if peer is None or (self._shown is not None and peer.epoch <= self._shown.epoch):
            return []
        self._shown = KnownPeer(peer.identity_key, peer.epoch)
        removed: list[int] = []
        for other, leg in self._legs.items():
            leg.expect(self._shown)
            if leg.peer is not None and leg.peer.epoch < peer.epoch:
                removed.append(other)
        return self._hang_up(removed, EndReason.HANDSHAKE_FAILED, now)

    def _shows_another_key(self, number: int) -> bool:
        peer, shown = self._legs[number].peer, self._shown
        return peer is not None and shown is not None and peer.identity_key != shown.identity_key

    # The end

    def _leg_ended(self, number: int, ended: Ended, now: float) -> list[CallEffect]:
        """End the call with a leg that it cannot outlive, or that was the last."""
        key_changed = ended.reason is EndReason.KEY_CHANGED or self._shows_another_key(number)
        declined = ended.reason is EndReason.DECLINED
        if number == self.winner or len(self._legs) == 1 or key_changed or declined:
            return self._end(ended, now)
        if len(self._ends) < len(self._legs):
            return []
        return self._end(min(self._ends.values(), key=_telling), now)

    def _end(self, ended: Ended, now: float) -> list[CallEffect]:
        if self._over:
            return []
        self._over = True
        return [*self._hang_up(self._legs, ended.reason, now), ended]

    def _hang_up(self, legs: Iterable[int], reason: EndReason, now: float) -> list[CallEffect]:
        """End legs; those that are over say nothing more to it."""
        done: list[CallEffect] = []
        for number in legs:
            done += self._tagged(number, self._legs[number].handle(PersonHangsUp(reason), now))
        return done


def _telling(ended: Ended) -> int:
    return TELLING.index(ended.reason)
