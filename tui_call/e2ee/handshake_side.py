"""What both machines of the handshake do alike: one message in, the leg over when it fails."""

from collections.abc import Generator
from contextlib import contextmanager
from enum import Enum, auto
from typing import ClassVar

from tui_call.e2ee import key_schedule
from tui_call.e2ee.credentials import Credential, LocalIdentity
from tui_call.e2ee.entropy import Entropy
from tui_call.e2ee.errors import FailureKind, ProtocolFailure
from tui_call.e2ee.key_schedule import Agreement, Response, Revelation
from tui_call.e2ee.messages import MessageHeader, encode_abort
from tui_call.e2ee.session import PeerIdentity, Session


class HandshakeStage(Enum):
    """Where a leg stands: VERIFIED is between M2 and M3 at the caller."""

    WAITING = auto()
    VERIFIED = auto()
    ESTABLISHED = auto()
    ENDED = auto()


class HandshakeSide:
    """One leg of a call at one side, and the stage that it has reached."""

    _is_caller: ClassVar[bool]
    # The attributes that hold secrets; they exist only while they are needed.
    _SECRETS: ClassVar = ("_ephemeral", "_nonce", "_agreed")

    def __init__(self, identity: LocalIdentity, header: MessageHeader, entropy: Entropy) -> None:
        self.call_id = header.call_id
        self.leg = header.leg
        self._identity = identity
        self._entropy = entropy
        self._stage = HandshakeStage.WAITING
        self._processed: bytes | None = None
        self._session: Session | None = None

    @property
    def session(self) -> Session:
        """The result; RuntimeError before there is one."""
        if self._session is None:
            raise RuntimeError("the handshake is not complete")
        return self._session

    def abort(self) -> bytes:
        """End the leg, drop its secrets and return an ABORT for the other side."""
        self._end()
        return encode_abort(self.call_id, self.leg)

    def forget(self) -> None:
        """End the leg, and drop its secrets and its session."""
        self._end()
        self._session = None

    def _expect_own(self, header: MessageHeader) -> None:
        own = (header.call_id, header.leg) == (self.call_id, self.leg)
        if not own or self._stage is HandshakeStage.ENDED:
            raise ProtocolFailure(FailureKind.UNEXPECTED)

    @contextmanager
    def _processing(self, message: bytes) -> Generator[None]:
        """Let one message in, the first; the leg ends if it fails."""
        if self._processed is not None:
            same = message == self._processed
            raise ProtocolFailure(FailureKind.DUPLICATE if same else FailureKind.CONFLICTING)
        self._processed = message
        try:
            yield
        except ProtocolFailure:
            self._end()
            raise

    def _establish(
        self,
        agreed: Agreement,
        response: Response,
        revealed: Revelation,
        offer: bytes,
        peer: PeerIdentity,
    ) -> None:
        """Derive the session from what both sides now know, and drop what it was derived from."""
        transcript = key_schedule.final_transcript(
            key_schedule.offer_transcript(agreed, response, revealed), offer
        )
        self._session = Session.begin(
            key_schedule.first_generation(agreed.secret, transcript),
            key_schedule.code_secret(agreed, response, revealed),
            is_caller=self._is_caller,
            call_id=self.call_id,
            leg=self.leg,
            peer=peer,
            entropy=self._entropy,
        )
        self._stage = HandshakeStage.ESTABLISHED
        self._drop_secrets()

    def _end(self) -> None:
        self._stage = HandshakeStage.ENDED
        self._drop_secrets()

    def _drop_secrets(self) -> None:
        for name in self._SECRETS:
            vars(self).pop(name, None)


def check_epoch(credential: Credential, lowest_epoch: int, pinned_key: bytes | None) -> None:
    """Refuse a credential from before the last removal of a device.

    Raises:
        ProtocolFailure: EPOCH_LOWERED.
    """
    concerned = pinned_key is None or pinned_key == credential.identity_key
    if concerned and credential.epoch < lowest_epoch:
        raise ProtocolFailure(FailureKind.EPOCH_LOWERED)


def peer_identity(credential: Credential, capabilities: int) -> PeerIdentity:
    """Return who a verified credential and the device's own word say that the peer is."""
    return PeerIdentity(
        account_id=credential.account_id,
        identity_key=credential.identity_key,
        device_id=credential.device_id,
        device_key=credential.device_key,
        epoch=credential.epoch,
        capabilities=capabilities,
    )
