"""One call between two people, made into two calls with the intruder.

    caller ◄──── call, keys 1 ────► intruder ◄──── another call, keys 2 ────► callee
                 "I am the callee"            "I am the caller"

He knows no secret of theirs. He makes a credential for each account with keys of his own, which is
well-formed in every way: only a remembered key, or the code, shows that it is not the person's.
Both calls are ordinary calls of `calls`, `e2ee` and `transport`; each authentic frame of the one is
kept, and its sound sealed again for the other.
"""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tui_call.calls.effects import Ended, StateChanged
from tui_call.calls.events import PersonAnswers, PersonHangsUp
from tui_call.calls.one_to_one import OneToOneCall
from tui_call.calls.states import State
from tui_call.drill.tape import Tape
from tui_call.e2ee.credentials import LocalIdentity, issue_credential
from tui_call.e2ee.handshake import CalleeHandshake, CallerHandshake
from tui_call.e2ee.media import MediaFrame
from tui_call.engine.calls.clock import SystemClock
from tui_call.engine.calls.leg import Leg
from tui_call.engine.calls.reports import LegAddress, Report
from tui_call.engine.calls.runner import CallRunner
from tui_call.engine.calls.surroundings import OnDescribed, OnFailed, OnPacket, Surroundings
from tui_call.engine.entropy import SystemEntropy
from tui_call.engine.media.paths import Network, Paths
from tui_call.engine.service.postbox import Postbox
from tui_call.identifiers import AccountId
from tui_call.payload import Audio
from tui_call.signaling.messages import (
    Acknowledge,
    Acknowledged,
    ClientMessage,
    Deliver,
    Send,
    ServiceMessage,
)

CREDENTIAL_SECONDS = 86_400
_AGREEING = (State.WAIT_RESPOND, State.WAIT_ADDRESSES, State.WAIT_OFFER)


@dataclass(frozen=True, slots=True)
class Party:
    """A device that takes part in a call: whose it is, and its 16 bytes."""

    account: AccountId
    device: bytes


Hand = Callable[[Party, ServiceMessage], None]
"""Gives a message to a device, as the service does."""


def self_issued(claimed: Party, wall: float) -> LocalIdentity:
    """Return an identity for somebody else's account and device, with new keys.

    Args:
        claimed: who is pretended to be.
        wall: Unix seconds.
    """
    identity_private, device_private = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    credential = issue_credential(
        identity_private,
        device_key=device_private.public_key().public_bytes_raw(),
        device_id=claimed.device,
        epoch=0,
        not_before=int(wall),
        not_after=int(wall) + CREDENTIAL_SECONDS,
        account_id=claimed.account,
    )
    return LocalIdentity(credential, device_private)


@dataclass(frozen=True, slots=True)
class Tapped:
    """The intruder's end of one of the two calls.

    Attributes:
        call: with the victim.
        victim: who is at the other end.
        tape: what was heard in it.
        postbox: for what is said in it, in the name of somebody else.
    """

    call: CallRunner
    victim: Party
    tape: Tape
    postbox: Postbox

    @property
    def leg(self) -> Leg:
        """The one leg of the call."""
        return self.call.foremost


class Interception:
    """Both calls, from the invite that was kept back; implements `CallObserver`.

    Attributes:
        with_caller: the call in which he is the callee.
        with_callee: the call in which he is the caller.
        follows: he hangs up on the one when the other ended; not while both judge the codes.
    """

    def __init__(
        self, caller: Party, callee: Party, invite: Send, hand: Hand, tape_seconds: float
    ) -> None:
        """Answer the invite, and place a call of his own.

        Args:
            caller: whose invite it is.
            callee: for whom it was.
            invite: as the caller's engine sent it.
            hand: gives a message to a device.
            tape_seconds: how much of each voice is kept.

        Raises:
            ProtocolFailure: it is no invite that can be answered.
        """
        wall = time.time()
        self.follows = True
        self._hand = hand
        answering = CalleeHandshake.respond(
            self_issued(callee, wall), invite.payload, SystemEntropy()
        )
        calling = CallerHandshake(
            self_issued(caller, wall),
            to_account=callee.account,
            to_device=callee.device,
            call_id=secrets.token_bytes(16),
            leg=0,
            entropy=SystemEntropy(),
        )
        self.with_caller = self._tapped(answering, caller, callee, tape_seconds)
        self.with_callee = self._tapped(calling, callee, caller, tape_seconds)
        self._tapped_calls = {one.call.id: one for one in (self.with_caller, self.with_callee)}
        self._confirm(invite, self.with_caller)
        self.with_caller.call.begin()
        self.with_callee.call.begin()

    def _tapped(
        self,
        handshake: CallerHandshake | CalleeHandshake,
        victim: Party,
        claimed: Party,
        tape_seconds: float,
    ) -> Tapped:
        around = Surroundings(
            SystemClock(time.monotonic), _make_paths, self._send, self, self._heard
        )
        cores = {victim.device: OneToOneCall(handshake, None)}
        return Tapped(
            CallRunner(handshake.call_id, victim.account, cores, around),
            victim,
            Tape(tape_seconds),
            Postbox(lambda message: self._say(victim, claimed, message)),
        )

    def concerns(self, call: str) -> bool:
        """Tell whether a message with this call id belongs to one of the two calls."""
        return bytes.fromhex(call) in self._tapped_calls

    def take(self, message: Send) -> None:
        """Take a message that one of the two sent to the other."""
        tapped = self._tapped_calls[bytes.fromhex(message.call)]
        self._confirm(message, tapped)
        tapped.call.message(tapped.leg, message.payload)

    def take_acknowledgement(self, message: Acknowledge) -> None:
        """Take the word of one of the two that something of his arrived."""
        tapped = self._tapped_calls[bytes.fromhex(message.call)]
        victim = tapped.victim
        tapped.postbox.acknowledged(
            Acknowledged(message.call, message.sequence, victim.account, victim.device.hex())
        )

    async def close(self) -> None:
        """Be gone."""
        for tapped in self._tapped_calls.values():
            await tapped.call.close()
            tapped.postbox.close()

    def _other(self, tapped: Tapped) -> Tapped:
        return self.with_callee if tapped is self.with_caller else self.with_caller

    def _confirm(self, message: Send, tapped: Tapped) -> None:
        """Acknowledge in the name of the device that the message was for."""
        receipt = Acknowledged(
            message.call, message.sequence, message.to_account, message.to_device
        )
        self._hand(tapped.victim, receipt)

    def _say(self, victim: Party, claimed: Party, message: ClientMessage) -> bool:
        """Let a message of the intruder come from whom he pretends to be."""
        if isinstance(message, Send):
            sender = (claimed.account, claimed.device.hex())
            self._hand(victim, Deliver(message.call, message.sequence, *sender, message.payload))
        return True

    def _send(self, leg: LegAddress, payload: bytes, repeat: bool) -> None:
        postbox = self._tapped_calls[leg.call_id].postbox
        postbox.send(leg.call_id, leg.account, leg.device, payload, repeat=repeat)

    def _heard(self, leg: LegAddress, frame: MediaFrame) -> None:
        """Keep the sound of one call, and seal it again for the other."""
        tapped = self._tapped_calls[leg.call_id]
        for block in frame.blocks:
            if isinstance(block, Audio):
                tapped.tape.keep(frame.number, block.packet, time.monotonic())
                self._other(tapped).leg.frame(block.packet)

    # What the calls report (CallObserver)

    def leg_reports(self, leg: LegAddress, report: Report) -> None:  # noqa: ARG002
        """Answer the caller when the callee has answered; the rest is left to the sound."""
        if isinstance(report, StateChanged):
            self._settle()

    def call_ended(self, call_id: bytes, end: Ended) -> None:  # noqa: ARG002
        """Let the other call follow."""
        self._settle()

    def _settle(self) -> None:
        """Answer the caller when the callee has answered; end one call when the other ended."""
        taken = self.with_callee.leg.state in (State.CONNECTING, State.SECURE)
        if taken and self.with_caller.leg.state is State.RINGING:
            self.with_caller.call.post(PersonAnswers())
        for tapped in self._tapped_calls.values():
            # While keys are being agreed each of the two comes to a judgement of its own.
            over = self._other(tapped).leg.state is State.ENDED
            if over and self.follows and tapped.leg.state not in (State.ENDED, *_AGREEING):
                tapped.call.post(PersonHangsUp())


def _make_paths(
    leg: LegAddress, on_packet: OnPacket, on_described: OnDescribed, on_failed: OnFailed
) -> Paths:
    del leg  # both are on this computer
    return Paths(Network, on_packet, on_described, on_failed)
