"""The bytes of handshake and control messages: header, fixed layouts, padding.

Integers are big-endian. A layout has one length, or one of a few; anything else is malformed, so
that no byte of a message goes unseen by the hashes over it. Messages that are unsealed here are
public: their fields are claims until the handshake has verified them.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar, Self

from tui_call.e2ee.credentials import CREDENTIAL_BYTES, decode_account, encode_account
from tui_call.e2ee.errors import FailureKind, ProtocolFailure
from tui_call.e2ee.primitives import TAG_BYTES
from tui_call.identifiers import AccountId

HEADER_BYTES = 21
HIGHEST_LEG = 3
RESPOND_PADDING = (768,)
OFFER_PADDING = (4096, 8192, 16_384)
CONTROL_PADDING = (256, 1024, 4096, 8192)
CONTROL_PREFIX_BYTES = HEADER_BYTES + 8

_VERSION = 1
_SUITE = 1
_FLAG_E2EE = 1
_ABORT_CODE = b"\0"
_HEADER = struct.Struct(">BBH16sB")
_LENGTH_BYTES = 4


class MessageType(IntEnum):
    """The second byte of a message."""

    M1 = 1
    M2 = 2
    M3 = 3
    CTL = 4
    REFUSE = 5
    ABORT = 6


class RefusalReason(IntEnum):
    """Why a device takes no E2EE calls."""

    POLICY = 1
    SETTING = 2
    VERSION = 3
    COMPLIANCE = 4


@dataclass(frozen=True, slots=True)
class MessageHeader:
    """The first 21 bytes of every message.

    Attributes:
        type: which layout follows.
        call_id: 16 bytes.
        leg: 0 to 3, which of the callee's devices; every answer repeats it.
    """

    type: MessageType
    call_id: bytes
    leg: int

    def encode(self) -> bytes:
        """Return the 21 bytes."""
        return _HEADER.pack(_VERSION, self.type, _SUITE, self.call_id, self.leg)


@dataclass(frozen=True, slots=True)
class Invite:
    """M1, caller to callee, public.

    Attributes:
        from_account: who claims to call; proven by M3.
        to_account: who is called.
        to_device: 16 bytes, which device of theirs.
        agreement_key: x_A, X25519, 32 bytes.
        encapsulation_key: ek_A, ML-KEM-768, 1184 bytes.
        commitment: com, 32 bytes.
    """

    header: MessageHeader
    from_account: AccountId
    to_account: AccountId
    to_device: bytes
    agreement_key: bytes
    encapsulation_key: bytes
    commitment: bytes

    layout: ClassVar = struct.Struct(">64s64s16sH32s1184s32s")

    def encode(self) -> bytes:
        """Return the 1415 bytes."""
        return self.header.encode() + self.layout.pack(
            encode_account(self.from_account),
            encode_account(self.to_account),
            self.to_device,
            _FLAG_E2EE,
            self.agreement_key,
            self.encapsulation_key,
            self.commitment,
        )

    @classmethod
    def decode(cls, message: bytes) -> Self:
        """Parse an M1.

        Raises:
            ProtocolFailure: MALFORMED; also for a flag that is reserved, or without E2EE.
        """
        header = _expect(message, MessageType.M1)
        sender, receiver, device, flags, *keys = cls.layout.unpack_from(message, HEADER_BYTES)
        if flags != _FLAG_E2EE:
            raise ProtocolFailure(FailureKind.MALFORMED)
        try:
            accounts = decode_account(sender), decode_account(receiver)
        except ValueError as error:
            raise ProtocolFailure(FailureKind.MALFORMED) from error
        return cls(header, *accounts, device, *keys)


@dataclass(frozen=True, slots=True)
class Respond:
    """M2, callee to caller.

    Attributes:
        agreement_key: x_B, X25519, 32 bytes.
        ciphertext: ct, ML-KEM-768, 1088 bytes.
        nonce: n_B, 32 bytes.
        sealed: e2, 784 bytes: credential, capabilities and signature under k_r.
    """

    header: MessageHeader
    agreement_key: bytes
    ciphertext: bytes
    nonce: bytes
    sealed: bytes

    layout: ClassVar = struct.Struct(f">32s1088s32s{RESPOND_PADDING[0] + TAG_BYTES}s")

    def encode(self) -> bytes:
        """Return the 1957 bytes."""
        return self.open_part() + self.sealed

    def open_part(self) -> bytes:
        """Return M2 without e2, which is what th2 covers."""
        return self.header.encode() + self.agreement_key + self.ciphertext + self.nonce

    @classmethod
    def decode(cls, message: bytes) -> Self:
        """Parse an M2.

        Raises:
            ProtocolFailure: MALFORMED.
        """
        header = _expect(message, MessageType.M2)
        return cls(header, *cls.layout.unpack_from(message, HEADER_BYTES))


@dataclass(frozen=True, slots=True)
class Refuse:
    """REFUSE, in place of M2.

    Attributes:
        reason: why.
        credential: cred_B, 233 bytes.
        signature: 64 bytes, by DK_B.
    """

    header: MessageHeader
    reason: RefusalReason
    credential: bytes
    signature: bytes

    layout: ClassVar = struct.Struct(f">B{CREDENTIAL_BYTES}s64s")

    def encode(self) -> bytes:
        """Return the 319 bytes."""
        return self.header.encode() + self.layout.pack(self.reason, self.credential, self.signature)

    @classmethod
    def decode(cls, message: bytes) -> Self:
        """Parse a REFUSE.

        Raises:
            ProtocolFailure: MALFORMED; also for a reason that is not known.
        """
        header = _expect(message, MessageType.REFUSE)
        reason, credential, signature = cls.layout.unpack_from(message, HEADER_BYTES)
        try:
            return cls(header, RefusalReason(reason), credential, signature)
        except ValueError as error:
            raise ProtocolFailure(FailureKind.MALFORMED) from error


def encode_abort(call_id: bytes, leg: int) -> bytes:
    """Return an ABORT: 22 bytes that anybody can make, and that claim no reason."""
    return MessageHeader(MessageType.ABORT, call_id, leg).encode() + _ABORT_CODE


def offer_parts(message: bytes) -> tuple[MessageHeader, bytes]:
    """Split an M3 into header and e3.

    Raises:
        ProtocolFailure: MALFORMED.
    """
    return _expect(message, MessageType.M3), message[HEADER_BYTES:]


# What may follow the header, in bytes.
_BODY_LENGTHS: dict[MessageType, frozenset[int]] = {
    MessageType.M1: frozenset({Invite.layout.size}),
    MessageType.M2: frozenset({Respond.layout.size}),
    MessageType.M3: frozenset(size + TAG_BYTES for size in OFFER_PADDING),
    MessageType.CTL: frozenset(
        CONTROL_PREFIX_BYTES - HEADER_BYTES + size + TAG_BYTES for size in CONTROL_PADDING
    ),
    MessageType.REFUSE: frozenset({Refuse.layout.size}),
    MessageType.ABORT: frozenset({len(_ABORT_CODE)}),
}


def peek(message: bytes) -> MessageHeader:
    """Read the header, so that the message finds its call; checks what needs no key.

    Raises:
        ProtocolFailure: MALFORMED: unknown version, suite, type or leg, a length that the type
            does not have, or an ABORT with a code.
    """
    try:
        version, number, suite, call_id, leg = _HEADER.unpack_from(message)
        header = MessageHeader(MessageType(number), call_id, leg)
    except (struct.error, ValueError) as error:
        raise ProtocolFailure(FailureKind.MALFORMED) from error
    body = message[HEADER_BYTES:]
    well_formed = (
        (version, suite) == (_VERSION, _SUITE)
        and leg <= HIGHEST_LEG
        and len(body) in _BODY_LENGTHS[header.type]
        and (header.type is not MessageType.ABORT or body == _ABORT_CODE)
    )
    if not well_formed:
        raise ProtocolFailure(FailureKind.MALFORMED)
    return header


def _expect(message: bytes, message_type: MessageType) -> MessageHeader:
    header = peek(message)
    if header.type is not message_type:
        raise ProtocolFailure(FailureKind.MALFORMED)
    return header


def pad(data: bytes, sizes: Sequence[int]) -> bytes:
    """Return `u32 length, data, zeros` in the smallest of the sizes that holds it.

    Raises:
        ValueError: it fits none.
    """
    needed = _LENGTH_BYTES + len(data)
    size = next((size for size in sizes if needed <= size), None)
    if size is None:
        raise ValueError(f"{len(data)} bytes are more than the message holds")
    return (len(data).to_bytes(_LENGTH_BYTES, "big") + data).ljust(size, b"\0")


def unpad(padded: bytes, sizes: Sequence[int]) -> bytes:
    """Return the data that `pad` padded to one of the sizes.

    Raises:
        ProtocolFailure: CONTENT: the length leaves the message, a smaller size would have done,
            or the padding is not zero.
    """
    length = int.from_bytes(padded[:_LENGTH_BYTES], "big")
    data = padded[_LENGTH_BYTES : _LENGTH_BYTES + length]
    if _LENGTH_BYTES + length > max(sizes) or pad(data, sizes) != padded:
        raise ProtocolFailure(FailureKind.CONTENT)
    return data
