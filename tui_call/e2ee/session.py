"""What a completed handshake leaves: who the peer is, and the keys of the call."""

from dataclasses import dataclass, field

from tui_call.e2ee.control_channel import ControlChannel
from tui_call.e2ee.entropy import Entropy
from tui_call.e2ee.key_schedule import Chain, DirectionKeys, GenerationKeys, next_generation
from tui_call.identifiers import AccountId


@dataclass(frozen=True, slots=True)
class PeerIdentity:
    """Who the other device has proven to be.

    Attributes:
        account_id: as called, or as the invite claimed.
        identity_key: IK, 32 bytes; what a contact is remembered by.
        device_id: 16 bytes.
        device_key: DK, 32 bytes.
        epoch: of the credential; the highest one seen is to be kept per account and identity key.
        capabilities: what the device said in this handshake, 64 bits, bit 0 this protocol.
    """

    account_id: AccountId
    identity_key: bytes
    device_id: bytes
    device_key: bytes
    epoch: int
    capabilities: int


@dataclass(slots=True, eq=False)
class Session:
    """The keys of a call and what they are for. Never printed, never stored.

    Attributes:
        is_caller: this side sent M1.
        call_id: 16 bytes.
        leg: 0 to 3.
        peer: who is at the other end.
        security_code_secret: `sas`, 32 bytes, of which the code that people compare is made; it
            stays that of generation 0.
        send_key: SFrame base key of generation 0 towards the peer, 32 bytes.
        receive_key: SFrame base key of generation 0 from the peer, 32 bytes.
        control: the channel for everything else.
        entropy: randomness for the rekeys of this call.
    """

    is_caller: bool
    call_id: bytes
    leg: int
    peer: PeerIdentity
    security_code_secret: bytes = field(repr=False)
    send_key: bytes = field(repr=False)
    receive_key: bytes = field(repr=False)
    control: ControlChannel = field(repr=False)
    entropy: Entropy = field(repr=False)
    _chain: Chain = field(repr=False)

    @classmethod
    def begin(
        cls,
        keys: GenerationKeys,
        security_code_secret: bytes,
        *,
        is_caller: bool,
        call_id: bytes,
        leg: int,
        peer: PeerIdentity,
        entropy: Entropy,
    ) -> "Session":
        """Make the session of one side from the keys of generation 0."""
        own, others = keys.directions(is_caller=is_caller)
        return cls(
            is_caller=is_caller,
            call_id=call_id,
            leg=leg,
            peer=peer,
            security_code_secret=security_code_secret,
            send_key=own.media,
            receive_key=others.media,
            control=ControlChannel(call_id, leg, sending=own.control, receiving=others.control),
            entropy=entropy,
            _chain=keys.chain,
        )

    @property
    def generation(self) -> int:
        """The newest generation whose keys were derived."""
        return self._chain.generation

    def directions(self, keys: GenerationKeys) -> tuple[DirectionKeys, DirectionKeys]:
        """Return the keys of this side's direction, and of the peer's."""
        return keys.directions(is_caller=self.is_caller)

    def forget_media_keys(self) -> None:
        """Drop the base keys once media sealing has them.

        It gives its keys up step by step, so that what was said before a leak stays closed; a copy
        kept here would undo that. Afterwards `send_key` and `receive_key` do not exist.
        """
        del self.send_key
        del self.receive_key

    def next_generation(
        self, request: bytes, answer: bytes, kem_secret: bytes, agreement_secret: bytes
    ) -> GenerationKeys:
        """Step to the next generation and give up the secret of the last.

        Args:
            request: REKEY1 as `control_messages.encode_control` gives it.
            answer: REKEY2 likewise.
            kem_secret: the new ML-KEM shared secret.
            agreement_secret: the new X25519 shared secret.

        Returns:
            Its keys, to be installed in `control` and in media sealing when each is due.
        """
        keys = next_generation(self._chain, request, answer, kem_secret, agreement_secret)
        self._chain = keys.chain
        return keys
