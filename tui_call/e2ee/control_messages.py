"""What two devices say to each other once they have keys: one frozen value a tag.

On the wire a message is its tag and its fields; at most one field has no fixed length, and it is
the last. The form is canonical: what does not encode to the bytes it was read from is malformed.
Text here comes from a peer and is not cleaned. A value that a message cannot hold is a ValueError
when it is made; a description that breaks the rules, a `ProtocolFailure`.
"""

import struct
from dataclasses import astuple, dataclass
from enum import IntEnum
from typing import ClassVar, Self

from tui_call.e2ee.description import check_description
from tui_call.e2ee.errors import FailureKind, ProtocolFailure

MOST_NOTE_BYTES = 2000
MOST_NAME_BYTES = 256
# What fits beside length, ack, tag, path and role in the largest message.
MOST_DESCRIPTION_BYTES = 8192 - 4 - 4 - 1 - 3


class ReconnectRole(IntEnum):
    """Which of the two descriptions a RECONNECT carries."""

    OFFER = 0
    ANSWER = 1


@dataclass(frozen=True, slots=True)
class _Fixed:
    """A message whose fields all have one length."""

    tag: ClassVar[int]
    layout: ClassVar = struct.Struct("")

    def fields(self) -> bytes:
        """Return the fields as bytes."""
        return self.layout.pack(*astuple(self))

    @classmethod
    def parse(cls, fields: bytes) -> Self:
        """Read what `fields` wrote; struct.error or ValueError for anything else."""
        return cls(*cls.layout.unpack(fields))


@dataclass(frozen=True, slots=True)
class Ringing(_Fixed):
    """RINGING: the callee's person is being rung."""

    tag = 1


@dataclass(frozen=True, slots=True)
class Answer:
    """ANSWER: the callee takes the call; `sdp` answers the offer of M3."""

    sdp: str

    tag: ClassVar = 2

    def __post_init__(self) -> None:
        check_description(self.sdp, MOST_DESCRIPTION_BYTES)

    def fields(self) -> bytes:
        """Return the fields as bytes."""
        return self.sdp.encode("ascii")

    @classmethod
    def parse(cls, fields: bytes) -> Self:
        """Read what `fields` wrote; ValueError or ProtocolFailure for anything else."""
        return cls(fields.decode("ascii"))


@dataclass(frozen=True, slots=True)
class Decline(_Fixed):
    """DECLINE: the callee does not take the call; `reason` is a code of the call logic, 0-255."""

    reason: int

    tag = 3
    layout = struct.Struct(">B")


@dataclass(frozen=True, slots=True)
class HangUp(_Fixed):
    """HANGUP: the call, or this leg of it, is over; `reason` as in DECLINE."""

    reason: int

    tag = 4
    layout = struct.Struct(">B")


@dataclass(frozen=True, slots=True)
class Hold(_Fixed):
    """HOLD: the sender holds or resumes the call."""

    on: bool

    tag = 5
    layout = struct.Struct(">?")


@dataclass(frozen=True, slots=True)
class Muted(_Fixed):
    """MUTED: the sender's microphone is off or on."""

    on: bool

    tag = 6
    layout = struct.Struct(">?")


@dataclass(frozen=True, slots=True)
class Note:
    """NOTE: text of at most 2000 bytes in UTF-8."""

    text: str

    tag: ClassVar = 7

    def __post_init__(self) -> None:
        _check_length(self.text, MOST_NOTE_BYTES)

    def fields(self) -> bytes:
        """Return the fields as bytes."""
        return self.text.encode()

    @classmethod
    def parse(cls, fields: bytes) -> Self:
        """Read what `fields` wrote; ValueError for anything else."""
        return cls(fields.decode())


@dataclass(frozen=True, slots=True)
class LeaveAsk:
    """LEAVE_ASK: may the call go on without E2EE?

    Attributes:
        nonce: 16 bytes, which the answer repeats.
        capability: what it is needed for, a name of at most 255 bytes.
        audience: who will hear, at most 256 bytes.
    """

    nonce: bytes
    capability: str
    audience: str

    tag: ClassVar = 8
    layout: ClassVar = struct.Struct(">16sB")

    def __post_init__(self) -> None:
        _check_length(self.capability, MOST_NAME_BYTES - 1)
        _check_length(self.audience, MOST_NAME_BYTES)

    def fields(self) -> bytes:
        """Return the fields as bytes."""
        name = self.capability.encode()
        return self.layout.pack(self.nonce, len(name)) + name + self.audience.encode()

    @classmethod
    def parse(cls, fields: bytes) -> Self:
        """Read what `fields` wrote; struct.error or ValueError for anything else."""
        nonce, length = cls.layout.unpack_from(fields)
        texts = fields[cls.layout.size :]
        return cls(nonce, texts[:length].decode(), texts[length:].decode())


@dataclass(frozen=True, slots=True)
class LeaveYes:
    """LEAVE_YES: the person agrees; `room` of at most 256 bytes names where both go."""

    nonce: bytes
    room: str

    tag: ClassVar = 9
    layout: ClassVar = struct.Struct(">16s")

    def __post_init__(self) -> None:
        _check_length(self.room, MOST_NAME_BYTES)

    def fields(self) -> bytes:
        """Return the fields as bytes."""
        return self.layout.pack(self.nonce) + self.room.encode()

    @classmethod
    def parse(cls, fields: bytes) -> Self:
        """Read what `fields` wrote; struct.error or ValueError for anything else."""
        (nonce,) = cls.layout.unpack_from(fields)
        return cls(nonce, fields[cls.layout.size :].decode())


@dataclass(frozen=True, slots=True)
class LeaveNo(_Fixed):
    """LEAVE_NO: the person does not agree; the call stays as it is."""

    nonce: bytes

    tag = 10
    layout = struct.Struct(">16s")


@dataclass(frozen=True, slots=True)
class Reconnect:
    """RECONNECT: a new path with its own addresses and certificate.

    Attributes:
        path: one more than the last path's number; the answer repeats it.
        role: the caller offers, the callee answers.
        sdp: the description.
    """

    path: int
    role: ReconnectRole
    sdp: str

    tag: ClassVar = 11
    layout: ClassVar = struct.Struct(">HB")

    def __post_init__(self) -> None:
        check_description(self.sdp, MOST_DESCRIPTION_BYTES)

    def fields(self) -> bytes:
        """Return the fields as bytes."""
        return self.layout.pack(self.path, self.role) + self.sdp.encode("ascii")

    @classmethod
    def parse(cls, fields: bytes) -> Self:
        """Read what `fields` wrote; struct.error, ValueError or ProtocolFailure otherwise."""
        path, role = cls.layout.unpack_from(fields)
        return cls(path, ReconnectRole(role), fields[cls.layout.size :].decode("ascii"))


@dataclass(frozen=True, slots=True)
class ReconnectAsk(_Fixed):
    """RECONNECT_ASK: the callee asks the caller to offer this path."""

    path: int

    tag = 12
    layout = struct.Struct(">H")


@dataclass(frozen=True, slots=True)
class Rekey1(_Fixed):
    """REKEY1: the caller's fresh keys, X25519 32 bytes and ML-KEM-768 1184 bytes."""

    generation: int
    agreement_key: bytes
    encapsulation_key: bytes

    tag = 13
    layout = struct.Struct(">I32s1184s")


@dataclass(frozen=True, slots=True)
class Rekey2(_Fixed):
    """REKEY2: the callee's fresh X25519 key, 32 bytes, and ML-KEM ciphertext, 1088 bytes."""

    generation: int
    agreement_key: bytes
    ciphertext: bytes

    tag = 14
    layout = struct.Struct(">I32s1088s")


@dataclass(frozen=True, slots=True)
class RekeyAck(_Fixed):
    """REKEY_ACK: the caller has installed the generation."""

    generation: int

    tag = 15
    layout = struct.Struct(">I")


@dataclass(frozen=True, slots=True)
class RekeyAsk(_Fixed):
    """REKEY_ASK: the callee asks the caller to start a rekey."""

    tag = 16


@dataclass(frozen=True, slots=True)
class Compared(_Fixed):
    """COMPARED: the sender's person says that the codes are the same, or takes that back."""

    on: bool

    tag = 32
    layout = struct.Struct(">?")


ControlMessage = (
    Ringing
    | Answer
    | Decline
    | HangUp
    | Hold
    | Muted
    | Note
    | LeaveAsk
    | LeaveYes
    | LeaveNo
    | Reconnect
    | ReconnectAsk
    | Rekey1
    | Rekey2
    | RekeyAck
    | RekeyAsk
    | Compared
)

_TAGS: dict[int, type[ControlMessage]] = {
    kind.tag: kind
    for kind in (
        Ringing, Answer, Decline, HangUp, Hold, Muted, Note, LeaveAsk, LeaveYes, LeaveNo,
        Reconnect, ReconnectAsk, Rekey1, Rekey2, RekeyAck, RekeyAsk, Compared,
    )
}  # fmt: skip


def encode_control(message: ControlMessage) -> bytes:
    """Return tag and fields; of REKEY1 and REKEY2 this is also what the transcript covers."""
    return bytes([message.tag]) + message.fields()


def decode_control(data: bytes) -> ControlMessage | None:
    """Return the message of a tag and its fields, None if the tag is not known.

    Raises:
        ProtocolFailure: CONTENT or BAD_DESCRIPTION.
    """
    kind = _TAGS.get(data[0]) if data else None
    if kind is None:
        return None
    try:
        message = kind.parse(data[1:])
    except (struct.error, ValueError) as error:
        raise ProtocolFailure(FailureKind.CONTENT) from error
    if encode_control(message) != data:
        raise ProtocolFailure(FailureKind.CONTENT)
    return message


def _check_length(text: str, most: int) -> None:
    if len(text.encode()) > most:
        raise ValueError(f"longer than {most} bytes")
