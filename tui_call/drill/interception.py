"""One call between two people, made into two calls with the intruder.

    caller ◄──── call, keys 1 ────► intruder ◄──── another call, keys 2 ────► callee
                 "I am the callee"            "I am the caller"

He knows no secret of theirs. He makes a credential for each account with keys of his own, which is
well-formed in every way: only a remembered key, or the code, shows that it is not the person's.
Both calls are ordinary calls of `calls`, `e2ee` and `transport`; each authentic frame of the one is
kept, and its sound sealed again for the other.
"""

import asyncio
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tui_call.calls.effects import Ended
from tui_call.calls.events import PersonAnswers, PersonHangsUp
from tui_call.calls.one_to_one import OneToOneCall
from tui_call.calls.path_monitor import PathEvent
from tui_call.calls.states import State
from tui_call.drill.tape import Tape
from tui_call.e2ee.credentials import LocalIdentity, issue_credential
from tui_call.e2ee.handshake import CalleeHandshake, CallerHandshake, PeerIdentity
from tui_call.e2ee.media import MediaFrame
from tui_call.e2ee.payload import Audio
from tui_call.engine.call import ActiveCall, Network
from tui_call.engine.entropy import SystemEntropy
from tui_call.engine.postbox import Postbox
from tui_call.identifiers import AccountId
from tui_call.signaling.messages import (
    Acknowledge,
    Acknowledged,
    ClientMessage,
    Deliver,
    Send,
    ServiceMessage,
)
from tui_call.voice.opus import Coding

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


class Tapped(ActiveCall):
    """The intruder's end of one of the two calls.

    Attributes:
        tape: what was heard in it.
        postbox: for what is said in it, in the name of `claimed`.
    """

    def __init__(
        self,
        machine: OneToOneCall,
        call_id: bytes,
        victim: Party,
        listener: "Interception",
        tape: Tape,
        postbox: Postbox,
    ) -> None:
        super().__init__(
            machine, call_id, victim.account, victim.device, Network, time.monotonic, listener
        )
        self.tape = tape
        self.postbox = postbox
        self._interception = listener

    def _authentic(self, path: int, frame: MediaFrame | None) -> None:
        super()._authentic(path, frame)
        if frame is None:
            return
        for block in frame.blocks:
            if isinstance(block, Audio):
                self.tape.keep(frame.number, block.packet, time.monotonic())
                self._interception.heard(self, block.packet)


class Interception:
    """Both calls, from the invite that was kept back; implements `CallListener`.

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
        self._calls = {call.id.hex(): call for call in (self.with_caller, self.with_callee)}
        self._confirm(invite, self.with_caller)
        self.with_caller.start()
        self.with_callee.start()

    def _tapped(
        self,
        handshake: CallerHandshake | CalleeHandshake,
        victim: Party,
        claimed: Party,
        tape_seconds: float,
    ) -> Tapped:
        postbox = Postbox(lambda message: self._say(victim, claimed, message))
        return Tapped(
            OneToOneCall(handshake, None),
            handshake.call_id,
            victim,
            self,
            Tape(tape_seconds),
            postbox,
        )

    def concerns(self, call: str) -> bool:
        """Tell whether a message with this call id belongs to one of the two calls."""
        return call in self._calls

    def take(self, message: Send) -> None:
        """Take a message that one of the two sent to the other."""
        call = self._calls[message.call]
        self._confirm(message, call)
        call.message(message.payload)

    def take_acknowledgement(self, message: Acknowledge) -> None:
        """Take the word of one of the two that something of his arrived."""
        call = self._calls[message.call]
        call.postbox.acknowledged(
            Acknowledged(message.call, message.sequence, call.account, call.device.hex())
        )

    def heard(self, call: Tapped, opus: bytes) -> None:
        """Seal the sound of one call again, for the other."""
        self._other(call).frame(opus)

    async def close(self) -> None:
        """Be gone."""
        for call in self._calls.values():
            await call.close()
            call.postbox.close()

    def _other(self, call: ActiveCall) -> Tapped:
        return self.with_callee if call is self.with_caller else self.with_caller

    def _confirm(self, message: Send, call: Tapped) -> None:
        """Acknowledge in the name of the device that the message was for."""
        receipt = Acknowledged(
            message.call, message.sequence, message.to_account, message.to_device
        )
        self._hand(_victim(call), receipt)

    def _say(self, victim: Party, claimed: Party, message: ClientMessage) -> bool:
        """Let a message of the intruder come from whom he pretends to be."""
        if isinstance(message, Send):
            sender = (claimed.account, claimed.device.hex())
            self._hand(victim, Deliver(message.call, message.sequence, *sender, message.payload))
        return True

    def _settle(self) -> None:
        """Answer the caller when the callee has answered; end one call when the other ended."""
        taken = self.with_callee.state in (State.CONNECTING, State.SECURE)
        if taken and self.with_caller.state is State.RINGING:
            self.with_caller.handle(PersonAnswers())
        for call in self._calls.values():
            # While keys are being agreed each of the two comes to a judgement of its own.
            over = self._other(call).state is State.ENDED
            if over and self.follows and call.state not in (State.ENDED, *_AGREEING):
                call.handle(PersonHangsUp())

    # What the calls report (CallListener)

    def send_message(self, call: ActiveCall, payload: bytes, *, repeat: bool) -> None:
        """Send signaling bytes to the victim of a call."""
        tapped = self._calls[call.id.hex()]
        tapped.postbox.send(call.id, call.account, call.device, payload, repeat=repeat)

    def call_changed(self, call: ActiveCall) -> None:  # noqa: ARG002
        """Let the other call follow, after all that is under way in this one."""
        asyncio.get_running_loop().call_soon(self._settle)

    def call_ended(self, call: ActiveCall, end: Ended) -> None:  # noqa: ARG002
        """Let the other call follow."""
        asyncio.get_running_loop().call_soon(self._settle)

    def peer_proven(self, call: ActiveCall, peer: PeerIdentity) -> None:
        """He knows whom he deceives."""

    def key_changed(self, call: ActiveCall, peer: PeerIdentity) -> None:
        """He remembers nobody's key."""

    def rings(self, call: ActiveCall) -> None:
        """He waits for the callee."""

    def media_starts(self, call: ActiveCall) -> None:
        """His sound is the other one's."""

    def tell(self, call: ActiveCall, code: str) -> None:
        """Muting and holding are left to the sound."""

    def leave_refused(self, call: ActiveCall, capability: str) -> None:
        """Nobody leaves E2EE in a drill."""

    def microphone_silent(self, call: ActiveCall) -> None:
        """There is no microphone in the middle."""

    def note_arrived(self, call: ActiveCall, text: str) -> None:
        """Notes are not passed on."""

    def path_changed(self, call: ActiveCall, event: PathEvent) -> None:
        """Both paths are on this computer."""

    def coding_changed(self, call: ActiveCall, coding: Coding) -> None:
        """He encodes nothing."""


def _victim(call: Tapped) -> Party:
    return Party(AccountId(call.account), call.device)
