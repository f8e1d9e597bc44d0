"""The handshake: M1, M2 and M3, or a refusal, as one machine a side and leg.

Theory of operation
===================
    caller                                              callee
    CallerHandshake(…)   ── M1 ──►   CalleeHandshake.respond, or refuse
    receive_respond      ◄── M2 ──   respond_message
    offer                ── M3 ──►   receive_offer
    session                          session

A machine processes one M2 (M3): the first that is well formed. If it does not verify, the leg is
over, all its secrets are gone, and whatever else arrives is UNEXPECTED. If it does, the same bytes
again raise DUPLICATE, to be answered with what is stored, and others CONFLICTING, to be dropped and
counted; both are `harmless`. For an M1 of a known call and leg, `is_same_invite` tells the same.
Messages are made once and stored: a repetition is the same bytes, and no key seals twice.

Secrets are taken from the `Entropy` in a fixed order. Caller: X25519 key 32, ML-KEM-768 seed 64,
n_A 32. Callee: X25519 key 32, n_B 32, encapsulation.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Self

from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from tui_call.e2ee import key_schedule, primitives
from tui_call.e2ee.credentials import Credential, LocalIdentity
from tui_call.e2ee.entropy import Entropy
from tui_call.e2ee.errors import FailureKind, ProtocolFailure
from tui_call.e2ee.handshake_side import HandshakeSide, HandshakeStage, check_epoch, peer_identity
from tui_call.e2ee.key_schedule import Agreement, Revelation
from tui_call.e2ee.messages import (
    Invite,
    MessageHeader,
    MessageType,
    RefusalReason,
    Refuse,
    Respond,
    offer_parts,
)
from tui_call.e2ee.sealed_parts import open_offer, open_respond, seal_offer, seal_respond
from tui_call.e2ee.session import PeerIdentity, Session
from tui_call.identifiers import AccountId

__all__ = [
    "CalleeHandshake", "CallerHandshake", "Offer", "PeerIdentity", "RefusalReason", "Session",
    "SignedRefusal", "refuse",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Offer:
    """What a verified M3 says: who calls, and how the caller's device can be reached.

    Attributes:
        peer: who calls.
        description: as the caller gave it; what it says is not the handshake's to know.
    """

    peer: PeerIdentity
    description: bytes


@dataclass(frozen=True, slots=True)
class SignedRefusal:
    """A refusal that is signed by the device that was called.

    It proves that `peer` said so. Whether `peer` is the person meant, only a key remembered from
    before can tell, and an epoch that is not lower: both are the caller's to check.
    """

    peer: PeerIdentity
    reason: RefusalReason


class CallerHandshake(HandshakeSide):
    """The side that calls: one leg, to one device of the callee's.

    Attributes:
        call_id: 16 bytes.
        leg: 0 to 3.
        invite: M1, made at once and stored.
    """

    _is_caller = True

    def __init__(
        self,
        identity: LocalIdentity,
        *,
        to_account: AccountId,
        to_device: bytes,
        call_id: bytes,
        leg: int,
        entropy: Entropy,
    ) -> None:
        """Make the keys of a leg and its M1.

        Args:
            identity: of this device.
            to_account: who is called.
            to_device: 16 bytes; only this device can answer this leg.
            call_id: 16 bytes, of all legs of the call.
            leg: 0 to 3.
            entropy: randomness, for this leg and its rekeys.
        """
        super().__init__(identity, MessageHeader(MessageType.M1, call_id, leg), entropy)
        agreement_private = X25519PrivateKey.from_private_bytes(entropy.random(32))
        encapsulation_private = MLKEM768PrivateKey.from_seed_bytes(entropy.random(64))
        self._ephemeral = (agreement_private, encapsulation_private)
        self._nonce = entropy.random(32)
        self._invite = self._make_invite(to_account, to_device)
        self.invite = self._invite.encode()
        self._stored_offer = b""

    def _make_invite(self, to_account: AccountId, to_device: bytes) -> Invite:
        agreement_key = self._ephemeral[0].public_key().public_bytes_raw()
        encapsulation_key = self._ephemeral[1].public_key().public_bytes_raw()
        credential = self._identity.credential
        return Invite(
            header=MessageHeader(MessageType.M1, self.call_id, self.leg),
            from_account=credential.account_id,
            to_account=to_account,
            to_device=to_device,
            agreement_key=agreement_key,
            encapsulation_key=encapsulation_key,
            commitment=key_schedule.commitment(
                self.call_id,
                self.leg,
                self._nonce,
                credential.encode(),
                agreement_key,
                encapsulation_key,
            ),
        )

    def receive_respond(
        self,
        message: bytes,
        wall: float,
        lowest_epoch: int = 0,
        *,
        pinned_key: bytes | None = None,
    ) -> PeerIdentity:
        """Verify M2 wholly: seal, credential, account, device, epoch, signature.

        Args:
            message: as it arrived.
            wall: Unix seconds.
            lowest_epoch: the highest epoch seen so far; a lower one is refused.
            pinned_key: the identity key for which that epoch was seen, None for any.

        Raises:
            ProtocolFailure: if it is not `harmless`, the leg is over.
        """
        respond = Respond.decode(message)
        self._expect_own(respond.header)
        with self._processing(message):
            agreed = self._agree(respond)
            response, signature = open_respond(agreed, respond)
            credential = Credential.decode(response.credential)
            credential.check(wall)
            self._check_callee(credential)
            check_epoch(credential, lowest_epoch, pinned_key)
            statement = key_schedule.respond_statement(
                agreed.transcript, response.credential, response.capabilities
            )
            primitives.verify(credential.device_key, signature, statement)
        self._peer = peer_identity(credential, int.from_bytes(response.capabilities, "big"))
        self._response = response
        self._agreed = agreed
        self._stage = HandshakeStage.VERIFIED
        return self._peer

    def is_same_respond(self, message: bytes) -> bool:
        """Tell whether this is the M2 that was processed, which `stored_offer` answers."""
        return message == self._processed

    def receive_refusal(self, message: bytes, wall: float) -> SignedRefusal:
        """Verify a REFUSE of this leg's M1; the leg stays as it is, whatever comes of it.

        Args:
            message: as it arrived.
            wall: Unix seconds.

        Raises:
            ProtocolFailure: always `harmless`; UNEXPECTED once an M2 was processed.
        """
        refusal = Refuse.decode(message)
        self._expect_own(refusal.header)
        if self._processed is not None:
            raise ProtocolFailure(FailureKind.UNEXPECTED)
        try:
            credential = Credential.decode(refusal.credential)
            credential.check(wall)
            self._check_callee(credential)
            statement = key_schedule.refusal_statement(
                self.invite, refusal.reason, refusal.credential
            )
            primitives.verify(credential.device_key, refusal.signature, statement)
        except ProtocolFailure as failure:
            raise ProtocolFailure(FailureKind.REFUSAL_INVALID) from failure
        return SignedRefusal(peer_identity(credential, credential.capabilities), refusal.reason)

    def offer(self, description: bytes) -> bytes:
        """Reveal who calls, and how to reach this device: make M3, once, after a verified M2.

        Args:
            description: opaque here, at most 16,043 bytes; ValueError when it is longer.

        Raises:
            RuntimeError: no M2 was verified, or M3 is made already; it is `stored_offer`.
        """
        if self._stage is not HandshakeStage.VERIFIED:
            raise RuntimeError("an offer is made once, after a verified answer to the invite")
        credential = self._identity.credential
        revealed = Revelation(
            self._nonce,
            credential.encode(),
            credential.capabilities.to_bytes(8, "big"),
            description,
        )
        agreed = self._agreed
        signature = self._identity.device_private.sign(
            key_schedule.offer_statement(
                key_schedule.offer_transcript(agreed, self._response, revealed)
            )
        )
        self._stored_offer = seal_offer(
            MessageHeader(MessageType.M3, self.call_id, self.leg), agreed, revealed, signature
        )
        self._establish(agreed, self._response, revealed, self._stored_offer, self._peer)
        return self._stored_offer

    @property
    def stored_offer(self) -> bytes:
        """M3, to be sent again; RuntimeError before it is made."""
        if not self._stored_offer:
            raise RuntimeError("no offer was made")
        return self._stored_offer

    def _agree(self, respond: Respond) -> Agreement:
        agreement_private, encapsulation_private = self._ephemeral
        del self._ephemeral
        with primitives.one_failure():
            kem_secret = encapsulation_private.decapsulate(respond.ciphertext)
        agreement_secret = primitives.agree(agreement_private, respond.agreement_key)
        transcript = key_schedule.hello_transcript(self._invite, respond)
        return key_schedule.agreement(transcript, kem_secret, agreement_secret)

    def _check_callee(self, credential: Credential) -> None:
        if credential.account_id != self._invite.to_account:
            raise ProtocolFailure(FailureKind.WRONG_ACCOUNT)
        if credential.device_id != self._invite.to_device:
            raise ProtocolFailure(FailureKind.WRONG_DEVICE)


class CalleeHandshake(HandshakeSide):
    """The side that is called, made by `respond` from an M1.

    Attributes:
        call_id: 16 bytes.
        leg: 0 to 3.
        claimed_account: who the invite says is calling; a claim until `receive_offer`.
        respond_message: M2, made at once and stored.
    """

    _is_caller = False

    def __init__(self, identity: LocalIdentity, invite: Invite, entropy: Entropy) -> None:
        """Make the keys of a leg and its M2; `respond` also checks whom the invite is for."""
        super().__init__(identity, invite.header, entropy)
        self.claimed_account = invite.from_account
        self._invite = invite
        agreement_private = X25519PrivateKey.from_private_bytes(entropy.random(32))
        nonce = entropy.random(32)
        with primitives.one_failure():
            ciphertext, kem_secret = entropy.encapsulate(invite.encapsulation_key)
        respond = Respond(
            header=MessageHeader(MessageType.M2, self.call_id, self.leg),
            agreement_key=agreement_private.public_key().public_bytes_raw(),
            ciphertext=ciphertext,
            nonce=nonce,
            sealed=b"",
        )
        self._agreed = key_schedule.agreement(
            key_schedule.hello_transcript(invite, respond),
            kem_secret,
            primitives.agree(agreement_private, invite.agreement_key),
        )
        self._response = seal_respond(identity, self._agreed, respond.header)
        self.respond_message = replace(respond, sealed=self._response.sealed).encode()

    @classmethod
    def respond(cls, identity: LocalIdentity, invite: bytes, entropy: Entropy) -> Self:
        """Answer an M1.

        Args:
            identity: of this device.
            invite: as it arrived.
            entropy: randomness, for this leg alone.

        Raises:
            ProtocolFailure: MALFORMED, WRONG_ACCOUNT, WRONG_DEVICE, or AUTHENTICATION for keys
                that cannot be agreed with. Nothing is to be answered then.
        """
        return cls(identity, _invite_for(identity, invite), entropy)

    def is_same_invite(self, message: bytes) -> bool:
        """Tell whether this is the M1 that `respond_message` answers."""
        return message == self._invite.encode()

    def receive_offer(
        self,
        message: bytes,
        wall: float,
        lowest_epoch: int = 0,
        *,
        pinned_key: bytes | None = None,
        check: Callable[[bytes], object] | None = None,
    ) -> Offer:
        """Verify M3 wholly: seal, credential, account, commitment, epoch, signature, description.

        Args:
            message: as it arrived.
            wall: Unix seconds.
            lowest_epoch: the highest epoch seen so far; a lower one is refused.
            pinned_key: the identity key for which that epoch was seen, None for any.
            check: raises ProtocolFailure for a description that cannot be used.

        Raises:
            ProtocolFailure: if it is not `harmless`, the leg is over.
        """
        header, sealed = offer_parts(message)
        self._expect_own(header)
        with self._processing(message):
            agreed = self._agreed
            del self._agreed
            revealed, signature = open_offer(header, agreed, sealed)
            credential = Credential.decode(revealed.credential)
            credential.check(wall)
            self._check_caller(credential, revealed)
            check_epoch(credential, lowest_epoch, pinned_key)
            transcript = key_schedule.offer_transcript(agreed, self._response, revealed)
            statement = key_schedule.offer_statement(transcript)
            primitives.verify(credential.device_key, signature, statement)
            if check is not None:
                check(revealed.description)
        peer = peer_identity(credential, int.from_bytes(revealed.capabilities, "big"))
        self._establish(agreed, self._response, revealed, message, peer)
        return Offer(peer, revealed.description)

    def _check_caller(self, credential: Credential, revealed: Revelation) -> None:
        if credential.account_id != self._invite.from_account:
            raise ProtocolFailure(FailureKind.WRONG_ACCOUNT)
        committed = key_schedule.commitment(
            self.call_id,
            self.leg,
            revealed.nonce,
            revealed.credential,
            self._invite.agreement_key,
            self._invite.encapsulation_key,
        )
        if committed != self._invite.commitment:
            raise ProtocolFailure(FailureKind.COMMITMENT)


def refuse(identity: LocalIdentity, invite: bytes, reason: RefusalReason) -> bytes:
    """Return a signed REFUSE in place of M2.

    Args:
        identity: of this device.
        invite: M1 as it arrived.
        reason: why this device takes no E2EE calls.

    Raises:
        ProtocolFailure: MALFORMED, WRONG_ACCOUNT or WRONG_DEVICE; nothing is to be answered then.
    """
    header = _invite_for(identity, invite).header
    credential = identity.credential.encode()
    statement = key_schedule.refusal_statement(invite, reason, credential)
    return Refuse(
        MessageHeader(MessageType.REFUSE, header.call_id, header.leg),
        reason,
        credential,
        identity.device_private.sign(statement),
    ).encode()


def _invite_for(identity: LocalIdentity, message: bytes) -> Invite:
    invite = Invite.decode(message)
    if invite.to_account != identity.credential.account_id:
        raise ProtocolFailure(FailureKind.WRONG_ACCOUNT)
    if invite.to_device != identity.credential.device_id:
        raise ProtocolFailure(FailureKind.WRONG_DEVICE)
    return invite
