"""The handshake of one call, joined with what this device remembers of the account.

The handshake proves that account, device and keys belong together; whether the key is the one that
the account had before is judged here, and so is whose refusal counts.
"""

from dataclasses import dataclass

from tui_call.e2ee.allowance import Allowance
from tui_call.e2ee.description import read_description
from tui_call.e2ee.errors import ProtocolFailure
from tui_call.e2ee.handshake import (
    CalleeHandshake,
    CallerHandshake,
    Offer,
    PeerIdentity,
    RefusalReason,
    Session,
)
from tui_call.e2ee.messages import MessageType, peek

ANSWERED_AT_ONCE = 4
ANSWERED_A_SECOND = 2.0
"""How often a stored message goes out again; a peer repeats its own at growing intervals."""


@dataclass(frozen=True, slots=True)
class KnownPeer:
    """What this device remembered of the account before the call.

    Attributes:
        identity_key: the pinned IK, 32 bytes.
        epoch: the highest one seen under that key.
    """

    identity_key: bytes
    epoch: int


class Introduction:
    """One side's M1, M2 and M3, made once and stored.

    Attributes:
        is_caller: this side sends M1.
    """

    def __init__(
        self, handshake: CallerHandshake | CalleeHandshake, known: KnownPeer | None
    ) -> None:
        self.is_caller = isinstance(handshake, CallerHandshake)
        self._handshake = handshake
        self._lowest_epoch = known.epoch if known else 0
        self._pinned_key = known.identity_key if known else None
        self._expected_key: bytes | None = None
        self._offer: bytes | None = None
        self._abort: bytes | None = None
        self._answers = Allowance(ANSWERED_AT_ONCE, ANSWERED_A_SECOND)

    @property
    def first_message(self) -> bytes:
        """M1, or the M2 that answers it."""
        if isinstance(self._handshake, CallerHandshake):
            return self._handshake.invite
        return self._handshake.respond_message

    @property
    def session(self) -> Session:
        """The agreed keys; RuntimeError before M3 was made or verified."""
        return self._handshake.session

    def type_of(self, payload: bytes) -> MessageType | None:
        """Return the type of a message of this call and leg, None for any other bytes."""
        try:
            header = peek(payload)
        except ProtocolFailure:
            return None
        own = (self._handshake.call_id, self._handshake.leg)
        return header.type if (header.call_id, header.leg) == own else None

    def receive_respond(self, payload: bytes, wall: float) -> PeerIdentity:
        """Verify M2 at the caller; ProtocolFailure if it does not hold."""
        assert isinstance(self._handshake, CallerHandshake)
        return self._handshake.receive_respond(
            payload, wall, self._lowest_epoch, pinned_key=self._pinned_key or self._expected_key
        )

    def receive_offer(self, payload: bytes, wall: float) -> Offer:
        """Verify M3 at the callee; ProtocolFailure if it does not hold."""
        assert isinstance(self._handshake, CalleeHandshake)
        return self._handshake.receive_offer(
            payload,
            wall,
            self._lowest_epoch,
            pinned_key=self._pinned_key,
            check=read_description,
        )

    def receive_refusal(self, payload: bytes, wall: float) -> RefusalReason | None:
        """Verify a REFUSE at the caller; None where it is nobody's word.

        It counts only from the key that is pinned for the account, and not from an epoch that was
        already seen to be over. ProtocolFailure if the signature does not hold.
        """
        assert isinstance(self._handshake, CallerHandshake)
        refusal = self._handshake.receive_refusal(payload, wall)
        peer = refusal.peer
        pinned = peer.identity_key == self._pinned_key and peer.epoch >= self._lowest_epoch
        return refusal.reason if pinned else None

    def is_changed(self, peer: PeerIdentity) -> bool:
        """Tell whether another key is remembered for the account."""
        return self._pinned_key not in (None, peer.identity_key)

    def expect(self, shown: KnownPeer) -> None:
        """Take key and epoch that another leg of the call has shown; see `is_expected`."""
        self._expected_key = shown.identity_key
        self._lowest_epoch = max(self._lowest_epoch, shown.epoch)

    def is_expected(self, peer: PeerIdentity) -> bool:
        """Tell whether no other leg of the call has shown another key."""
        return self._expected_key in (None, peer.identity_key)

    def offer(self, sdp: str) -> bytes:
        """Make M3 at the caller, once, from a checked description."""
        assert isinstance(self._handshake, CallerHandshake)
        self._offer = self._handshake.offer(sdp.encode("ascii"))
        return self._offer

    def abort(self) -> bytes:
        """Give up before there are keys, and return the ABORT that says so."""
        self._abort = self._handshake.abort()
        return self._abort

    def forget(self) -> None:
        """Drop what is secret; nothing can be asked of the handshake afterwards."""
        self._handshake.forget()

    def stored_answer(self, message_type: MessageType, payload: bytes, now: float) -> bytes | None:
        """Return what answers a message that came again, as often as an honest peer repeats it.

        It is the same bytes as before; after `abort` the ABORT, which the other side has then not
        received.
        """
        answer = self._stored_answer(message_type, payload)
        return answer if answer and self._answers.take(now) else None

    def _stored_answer(self, message_type: MessageType, payload: bytes) -> bytes | None:
        handshake = self._handshake
        if self._abort is not None:
            return self._abort if message_type in (MessageType.M1, MessageType.M2) else None
        if isinstance(handshake, CalleeHandshake):
            return handshake.respond_message if handshake.is_same_invite(payload) else None
        return self._offer if handshake.is_same_respond(payload) else None
