"""What travels on the bus: plain data, which any of its gateways can read."""

from typing import NamedTuple

import msgspec

from tui_call.signaling.messages import (
    Acknowledged,
    CallNote,
    Deliver,
    FailureCode,
    ServiceMessage,
)
from tui_call.signaling.vocabulary import Presence


class Address(NamedTuple):
    """Where something is for: a device of an account, or with "" all that are connected."""

    account: str
    device: str = ""


class _Traffic(msgspec.Struct, frozen=True, tag_field="type"):
    pass


# For devices, beside the messages that their clients get as they are


class Posted(_Traffic, frozen=True, tag="posted"):
    """What another device sent; `paid` lets the receiver reply at no cost."""

    message: Deliver | Acknowledged | CallNote
    paid: bool = False


class LoggedIn(_Traffic, frozen=True, tag="logged_in"):
    """The device has logged in at this time: what came before is replaced."""

    login: float


class TurnOut(_Traffic, frozen=True, tag="turn_out"):
    """The device is to be told so and its connection ended.

    Attributes:
        disabled_by: name of the organisation that keeps the person out, where that is why.
    """

    code: FailureCode
    disabled_by: str = ""


class CallsWait(_Traffic, frozen=True, tag="calls_wait"):
    """Missed calls of the account are in the store."""


BusMessage = ServiceMessage | Posted | LoggedIn | TurnOut | CallsWait


# For all gateways


class DevicePresence(_Traffic, frozen=True, tag="device_presence"):
    """What a device says of its person, or that it is gone.

    Attributes:
        login: when it logged in, Unix seconds by the store's clock.
        number: grows with each that is told since; of two, the later counts.
        presence: None where the connection is over.
        goodbye: the client said so itself; without it, it may be back in a moment.
    """

    account: str
    device: str
    login: float
    number: int
    presence: Presence | None
    goodbye: bool = False


class PersonTouched(_Traffic, frozen=True, tag="person_touched"):
    """Somebody's name or devices are others in the store, or the person is new there."""

    account: str
    joined: bool = False


class SettingTouched(_Traffic, frozen=True, tag="setting_touched"):
    """What somebody says of the own calls is otherwise in the store."""

    account: str


Announcement = DevicePresence | PersonTouched | SettingTouched
Traffic = BusMessage | Announcement

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Traffic)


def encode(traffic: Traffic) -> bytes:
    """Return what crosses from one gateway to another."""
    return _encoder.encode(traffic)


def decode(data: bytes) -> Traffic:
    """Parse it; raises `msgspec.DecodeError`."""
    return _decoder.decode(data)
