"""What two devices of one account say to each other: one layout, a fresh key for every message.

    version u8 = 1 | type u8 | thread 16 | nonce 32 | AES-256-GCM of 256 padded bytes, 272

The thread names the exchange and tells nothing else. A key comes from a secret of the two devices,
bound to the header, with the sender's fresh nonce in it, and to who talks to whom; so it seals one
message, and its AEAD nonce may be constant. Who says what is in `linking` and `renewal`.
"""

import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import Self

from tui_call.e2ee import primitives
from tui_call.e2ee.credentials import encode_account
from tui_call.e2ee.errors import FailureKind, ProtocolFailure
from tui_call.e2ee.key_schedule import expand
from tui_call.e2ee.messages import pad, unpad
from tui_call.identifiers import AccountId

SECRET_BYTES = 32
THREAD_BYTES = 16
NONCE_BYTES = 32
PADDING = (256,)

_VERSION = 1
_HEADER = struct.Struct(f">BB{THREAD_BYTES}s{NONCE_BYTES}s")
MESSAGE_BYTES = _HEADER.size + PADDING[0] + primitives.TAG_BYTES
_CONSTANT_NONCE = bytes(12)


class OwnMessage(IntEnum):
    """Types; none is one of a call's messages."""

    LINK_HELLO = 32
    LINK_ANSWER = 33
    CREDENTIAL_ASK = 34
    CREDENTIAL_GIVE = 35


_LABELS = {
    OwnMessage.LINK_HELLO: "link hello",
    OwnMessage.LINK_ANSWER: "link answer",
    OwnMessage.CREDENTIAL_ASK: "credential ask",
    OwnMessage.CREDENTIAL_GIVE: "credential give",
}


@dataclass(frozen=True, slots=True)
class Pair:
    """Two devices of an account.

    Attributes:
        account: whose they are.
        holder: id of the device that holds IK, 16 bytes.
        device: id of the linked device, 16 bytes.
    """

    account: AccountId
    holder: bytes
    device: bytes

    def encode(self) -> bytes:
        """Return the 96 bytes that keys and signatures are bound to."""
        return encode_account(self.account) + self.holder + self.device


@dataclass(frozen=True, slots=True)
class OwnHeader:
    """What stands before the sealed part.

    Attributes:
        type: what the message is.
        thread: 16 bytes.
        nonce: 32 bytes, random for each message.
    """

    type: OwnMessage
    thread: bytes
    nonce: bytes

    @property
    def label(self) -> str:
        """The label of key and signature."""
        return _LABELS[self.type]

    def encode(self) -> bytes:
        """Return the 50 bytes."""
        return _HEADER.pack(_VERSION, self.type, self.thread, self.nonce)

    @classmethod
    def of(cls, message: bytes) -> Self:
        """Read the header of a message; its length is checked too.

        Raises:
            ProtocolFailure: MALFORMED.
        """
        if len(message) != MESSAGE_BYTES:
            raise ProtocolFailure(FailureKind.MALFORMED)
        version, kind, thread, nonce = _HEADER.unpack_from(message)
        if version != _VERSION or kind not in list(OwnMessage):
            raise ProtocolFailure(FailureKind.MALFORMED)
        return cls(OwnMessage(kind), thread, nonce)


def seal_own(secret: bytes, header: OwnHeader, context: bytes, content: bytes) -> bytes:
    """Return a whole message.

    Args:
        secret: 32 bytes that the two devices share.
        header: with a nonce that no other message has.
        context: what the key is bound to beside the header.
        content: at most 252 bytes.
    """
    bound = header.encode()
    key = expand(secret, header.label, bound + context)
    return bound + primitives.seal(key, _CONSTANT_NONCE, pad(content, PADDING), bound)


def open_own(secret: bytes, header: OwnHeader, context: bytes, message: bytes) -> bytes:
    """Return the content of a message whose header was read by `OwnHeader.of`.

    Raises:
        ProtocolFailure: AUTHENTICATION or CONTENT.
    """
    bound = header.encode()
    key = expand(secret, header.label, bound + context)
    sealed = message[_HEADER.size :]
    return unpad(primitives.open_sealed(key, _CONSTANT_NONCE, sealed, bound), PADDING)
