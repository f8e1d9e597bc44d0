"""Words that messages between engine and service have in common."""

from typing import Annotated, Literal

import msgspec

Time = Annotated[int, msgspec.Meta(ge=0, le=2**33)]
"""Unix seconds, until the year 2242: what every calendar and every file here can hold."""

MOST_RELAY_SERVERS = 8
MOST_WATCHED = 400
"""People whom one connection chooses to be told about."""
MOST_DEVICES = 4
"""Devices of one account."""
LINK_LIFE_SECONDS = 600
"""How long another device may follow a link."""
MOST_CREDENTIAL = 512
MOST_SPOKEN = 4000
"""Characters of an utterance; twelve seconds of the quickest speech have less than a tenth."""
ServerUrl = Annotated[str, msgspec.Meta(max_length=300)]

Presence = Literal["free", "busy", "away", "do_not_disturb", "offline"]
EncryptionSetting = Literal["off", "on", "require"]
RecordingWord = Literal["allow", "ask", "refuse"]
"""What a person says of being recorded and transcribed in standard calls."""
CaptionsWord = Literal["allow", "refuse"]
"""The same of being captioned."""
Role = Literal["member", "admin", "auditor"]
FailureCode = Literal[
    "malformed",
    "version",
    "invite_unknown",
    "invite_used",
    "invite_expired",
    "too_many_devices",
    "name_taken",
    "name_invalid",
    "login_refused",
    "clock",
    "device_revoked",
    "replaced",
    "not_allowed",
    "rate",
    "too_large",
    "store",
    "unavailable",
    "unknown_kept",
    "kept_away",
    "kept_running",
    "kept_not_allowed",
]
"""Why the service did not do something; `messages.Failed` says more of some."""


class SignalingMessage(msgspec.Struct, frozen=True, tag_field="type", forbid_unknown_fields=False):
    """What all messages are: JSON objects, whose `type` tells which; unknown fields are ignored."""


class Device(msgspec.Struct, frozen=True):
    """A device as the directory lists it: a hint, never a proof."""

    id: str
    name: str
    online: bool


class Person(msgspec.Struct, frozen=True):
    """A person of the directory."""

    account: str
    name: str
    presence: Presence
    devices: tuple[Device, ...] = ()
