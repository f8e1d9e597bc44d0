"""What a peer, or whoever is in between, can do wrong: one exception, a closed list of kinds."""

from enum import StrEnum

from tui_call.errors import RemoteFault


class FailureKind(StrEnum):
    """What was wrong with a message.

    Attributes:
        MALFORMED: not a message of this protocol, by its public bytes.
        UNEXPECTED: well formed, but for another call or leg, or too early, or too late.
        DUPLICATE: the bytes that were processed before; the stored answer is to be sent again.
        CONFLICTING: other bytes in the place of a message that was processed before.
        REFUSAL_INVALID: a REFUSE that does not verify; `__cause__` tells why.
        AUTHENTICATION: a seal, signature, key or key agreement was refused by a primitive.
        CONTENT: authentic, but what was sealed has not the form that it should have.
        COMMITMENT: M3 reveals something else than M1 committed to.
        CREDENTIAL_INVALID: form, signature, keys or life of a credential.
        CREDENTIAL_EXPIRED: the credential's time is over.
        CREDENTIAL_EARLY: the credential's time has not begun.
        EPOCH_LOWERED: a credential from before the last removal of a device.
        WRONG_ACCOUNT: the credential, or the invite, is another account's.
        WRONG_DEVICE: the credential, or the invite, is another device's.
        BAD_DESCRIPTION: the SDP breaks the rules of `description`.
    """

    MALFORMED = "malformed"
    UNEXPECTED = "unexpected"
    DUPLICATE = "duplicate"
    CONFLICTING = "conflicting"
    REFUSAL_INVALID = "refusal_invalid"
    AUTHENTICATION = "authentication"
    CONTENT = "content"
    COMMITMENT = "commitment"
    CREDENTIAL_INVALID = "credential_invalid"
    CREDENTIAL_EXPIRED = "credential_expired"
    CREDENTIAL_EARLY = "credential_early"
    EPOCH_LOWERED = "epoch_lowered"
    WRONG_ACCOUNT = "wrong_account"
    WRONG_DEVICE = "wrong_device"
    BAD_DESCRIPTION = "bad_description"


_HARMLESS = frozenset(
    {
        FailureKind.MALFORMED,
        FailureKind.UNEXPECTED,
        FailureKind.DUPLICATE,
        FailureKind.CONFLICTING,
        FailureKind.REFUSAL_INVALID,
    }
)


class ProtocolFailure(RemoteFault):
    """The keys could not be agreed: a message was not what it should have been."""

    def __init__(self, kind: FailureKind) -> None:
        super().__init__()
        self.kind = kind

    def __repr__(self) -> str:
        return f"ProtocolFailure({self.kind.value})"

    @property
    def harmless(self) -> bool:
        """Whether the message is merely dropped and counted: the leg stands where it stood."""
        return self.kind in _HARMLESS
