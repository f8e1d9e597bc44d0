"""What the tap and its speech engine say to each other through a pipe, and how that is written.

Both ways: `length u32 | MessagePack`. The engine has a process of its own because it may hang,
crash or answer anything; so what it answers is bounded where it arrives.
"""

import struct
from typing import Annotated

import msgspec

MOST_BYTES = 65_536
LENGTH = struct.Struct(">I")


class _Message(msgspec.Struct, frozen=True, array_like=True, tag=True):
    pass


class SpeakerFrame(_Message, frozen=True):
    """What a member sent; the attributes are those of `MemberFrame`.

    Attributes:
        speaker: number that the tap gave to who it is.
    """

    speaker: int
    number: int
    arrival: float
    packet: bytes
    copies: tuple[tuple[int, bytes], ...] = ()


class Leave(_Message, frozen=True):
    """A speaker is heard no more; what was being said is over."""

    speaker: int


class EngineCheck(_Message, frozen=True):
    """Wants an `EngineAlive`."""


class Ready(_Message, frozen=True):
    """The model is loaded."""

    language: str


class CannotBegin(_Message, frozen=True):
    """The engine cannot begin, for N_ENGINE or N_ENGINE_MODEL; its process ends."""

    code: str


class Understood(_Message, frozen=True):
    """What a speaker says, as `Heard` has it."""

    speaker: int
    text: Annotated[str, msgspec.Meta(max_length=16_384)]
    stable: int
    began: float
    ended: float
    final: bool


class Left(_Message, frozen=True):
    """All that a speaker said who left has been told."""

    speaker: int


class EngineAlive(_Message, frozen=True):
    """The engine is at work."""


ToEngine = SpeakerFrame | Leave | EngineCheck
FromEngine = Ready | CannotBegin | Understood | Left | EngineAlive

_encoder = msgspec.msgpack.Encoder()
to_engine_decoder = msgspec.msgpack.Decoder(ToEngine)
from_engine_decoder = msgspec.msgpack.Decoder(FromEngine)


def encode(message: ToEngine | FromEngine) -> bytes:
    """Return a message as it stands in the pipe."""
    body = _encoder.encode(message)
    return LENGTH.pack(len(body)) + body
