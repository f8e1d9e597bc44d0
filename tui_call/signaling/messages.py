"""Messages between an engine and the service: JSON, one struct a WebSocket text frame.

The client speaks `ClientMessage`, the service `ServiceMessage`; the field `type` tells which.
A connection begins with `Hello` and `Challenge`, then `Enrol` (once, with an invite code) or
`Login`, answered by `Welcome`. Requests carry a number that their one answer repeats. `Send` and
`Deliver` carry sealed bytes (base64 in JSON), which the service cannot read.

Bytes are base64 in JSON; ids of calls and devices are 32 hexadecimal digits; times are Unix
seconds. A frame is at most `MESSAGE_BYTES` long.
"""

from typing import Annotated, Literal, TypeVar, get_args

import msgspec

from tui_call.errors import RemoteFault
from tui_call.signaling.pins import Pins
from tui_call.signaling.policies import CallPolicy, E2EECalls, Epoch, Policy

_T = TypeVar("_T")

VERSION = 1
MESSAGE_BYTES = 65_536
LOGIN_CONTEXT = b"tui-call/login/1\0"

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
ServerUrl = Annotated[str, msgspec.Meta(max_length=300)]

Presence = Literal["free", "busy", "away", "do_not_disturb", "offline"]
EncryptionSetting = Literal["off", "on", "require"]
Role = Literal["member", "admin", "auditor"]


class MalformedMessage(RemoteFault):
    """The message is not one of this protocol."""


class UnknownMessage(MalformedMessage):
    """It may be one of a later version of this protocol."""


class _Message(msgspec.Struct, frozen=True, tag_field="type", forbid_unknown_fields=False):
    pass


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


# From the engine


class Hello(_Message, frozen=True, tag="hello"):
    """First words of a client."""

    version: int
    client: str


class Enrol(_Message, frozen=True, tag="enrol"):
    """Spend a one-time invite: make an account and this device's login key known."""

    code: str
    user: str
    name: str
    device: str
    device_name: str
    login_key: bytes


class Login(_Message, frozen=True, tag="login"):
    """Prove the login key: Ed25519 over `login_statement`."""

    account: str
    device: str
    time: int
    signature: bytes


class Send(_Message, frozen=True, tag="send"):
    """Sealed bytes for one device of an account; retried until `Acknowledged` or given up."""

    call: str
    sequence: int
    to_account: str
    to_device: str
    payload: bytes


class Acknowledge(_Message, frozen=True, tag="acknowledge"):
    """The delivered message has arrived here; travels back to its sender."""

    call: str
    sequence: int
    to_account: str
    to_device: str


class Lookup(_Message, frozen=True, tag="lookup"):
    """Ask for one person and the devices; wakes an account that is started when it is called."""

    request: int
    account: str


class ListPeople(_Message, frozen=True, tag="list_people"):
    """Ask for the people of the organisation whose name or address holds a text, by name.

    Attributes:
        text: what to look for, "" for everybody.
        after: the account of the last one on the page before, "" for the first page.
        most: of a page; 200 at most.
    """

    request: int
    text: str = ""
    after: str = ""
    most: int = 200


class WatchPeople(_Message, frozen=True, tag="watch_people"):
    """Be told of these people, now and as they change, in place of those chosen before.

    `PersonChanged` or `PeopleChanged` comes of those who are new among them, before `Done`.
    """

    request: int
    accounts: Annotated[tuple[str, ...], msgspec.Meta(max_length=MOST_WATCHED)]


class SetPresence(_Message, frozen=True, tag="set_presence"):
    """Tell the own presence."""

    presence: Presence


class ChangeSetting(_Message, frozen=True, tag="change_setting"):
    """Change the own account's setting of E2EE calls."""

    request: int
    e2ee_calls: EncryptionSetting


class ChangeName(_Message, frozen=True, tag="change_name"):
    """Change how the own account is called; its address stays."""

    request: int
    name: str


class ChangePolicy(_Message, frozen=True, tag="change_policy"):
    """Change the organisation's encryption policy; administrators only. None leaves it as it is."""

    request: int
    e2ee_calls: E2EECalls | None = None
    require_compared: bool | None = None
    relay_only: bool | None = None


class AskEpoch(_Message, frozen=True, tag="ask_epoch"):
    """Ask how new the service's policies are; where they are newer, they come as `PolicyChanged`.

    Attributes:
        known: of the policies that the engine has.
    """

    request: int
    known: Epoch = Epoch()


class CreateInvite(_Message, frozen=True, tag="create_invite"):
    """Ask for a one-time invite for a new person."""

    request: int


class LinkDevice(_Message, frozen=True, tag="link_device"):
    """Ask for a one-time invite for one more device of the own account, answered as `CreateInvite`.

    Only a device that was not linked by another one may ask.
    """

    request: int


class RemoveDevice(_Message, frozen=True, tag="remove_device"):
    """Revoke a device: the one that asks, or one that was linked by it."""

    request: int
    device: str


class AskForRelays(_Message, frozen=True, tag="ask_for_relays"):
    """Ask for the organisation's STUN and TURN servers, with fresh credentials."""

    request: int


class LeaveMissedCall(_Message, frozen=True, tag="leave_missed_call"):
    """Leave word that this account tried to call; answered by `Done` once it is kept."""

    request: int
    call: str
    to_account: str


class AcknowledgeMissedCall(_Message, frozen=True, tag="acknowledge_missed_call"):
    """A `MissedCall` has arrived here; until then each login brings it again."""

    call: str
    from_account: str


class Administer(_Message, frozen=True, tag="administer"):
    """Ask as an administrator; the body is a `Request` of `administration`, carried unread."""

    request: int
    body: msgspec.Raw


# From the service


class Challenge(_Message, frozen=True, tag="challenge"):
    """Answer to `Hello`: what a login has to sign."""

    version: int
    organisation: str
    organisation_name: str
    nonce: bytes


class Welcome(_Message, frozen=True, tag="welcome"):
    """Enrolled or logged in: who one is here and what applies.

    Attributes:
        pins: of the keys by which the service is known from now on, more than one while it
            changes its key; () from services whose certificate is pinned.
        calling: None from a service that knows no calling policies.
        epoch: of both policies.
        personal: the service is somebody's own, and its owner may decide for all of it.
    """

    account: str
    name: str
    role: Role
    policy: Policy
    setting: EncryptionSetting
    time: Time
    pins: Pins = ()
    calling: CallPolicy | None = None
    epoch: Epoch = Epoch()
    personal: bool = False


class Deliver(_Message, frozen=True, tag="deliver"):
    """Sealed bytes from a device."""

    call: str
    sequence: int
    from_account: str
    from_device: str
    payload: bytes


class Acknowledged(_Message, frozen=True, tag="acknowledged"):
    """The other device has what was sent."""

    call: str
    sequence: int
    from_account: str
    from_device: str


UndeliverableReason = Literal["offline", "unknown", "rate", "crowded"]


class Undeliverable(_Message, frozen=True, tag="undeliverable"):
    """What was sent cannot reach the device now.

    "rate": the sender sent too much; "crowded": too much of it waits for the receiver.
    """

    call: str
    sequence: int
    to_account: str
    to_device: str
    reason: UndeliverableReason


class People(_Message, frozen=True, tag="people"):
    """Answer to `Lookup` (none or one person) and `ListPeople` (a page, without devices).

    Attributes:
        more: there are others behind these.
    """

    request: int
    people: tuple[Person, ...]
    more: bool = False


class PersonChanged(_Message, frozen=True, tag="person_changed"):
    """A person's presence, name or devices changed, or somebody joined.

    It is told of people whom `Lookup` showed on this connection or `WatchPeople` chose. Where
    `ListPeople` showed everybody of a small organisation, they are chosen, and who joins is too.
    """

    person: Person


class PeopleChanged(_Message, frozen=True, tag="people_changed"):
    """What `PersonChanged` says, of several people at once."""

    people: tuple[Person, ...]


class PolicyChanged(_Message, frozen=True, tag="policy_changed"):
    """Other policies apply from now on; `calling` and `epoch` as in `Welcome`."""

    policy: Policy
    calling: CallPolicy | None = None
    epoch: Epoch = Epoch()


class CurrentEpoch(_Message, frozen=True, tag="current_epoch"):
    """Answer to `AskEpoch`.

    Attributes:
        epoch: of the policies by which the service tells people theirs.
        age: seconds since it last saw in its store that they are current.
    """

    request: int
    epoch: Epoch
    age: float


class SettingChanged(_Message, frozen=True, tag="setting_changed"):
    """The account's setting, changed here or on another device."""

    setting: EncryptionSetting


class NameChanged(_Message, frozen=True, tag="name_changed"):
    """The own account is called otherwise from now on."""

    name: str


class RoleChanged(_Message, frozen=True, tag="role_changed"):
    """The own account has another role from now on."""

    role: Role


class InviteCreated(_Message, frozen=True, tag="invite_created"):
    """Answer to `CreateInvite` or `LinkDevice`: the link with code and pin, and when it expires.

    Attributes:
        opened: for it the service began to listen to other computers.
    """

    request: int
    link: str
    expires: Time
    opened: bool = False


class Relays(_Message, frozen=True, tag="relays"):
    """Answer to `AskForRelays`: servers as in RFC 7064 and RFC 7065, and what TURN servers ask for.

    The credential holds for so many seconds; both are "" where no server is a TURN server.
    """

    request: int
    servers: Annotated[tuple[ServerUrl, ...], msgspec.Meta(max_length=MOST_RELAY_SERVERS)]
    username: Annotated[str, msgspec.Meta(max_length=MOST_CREDENTIAL)]
    credential: Annotated[str, msgspec.Meta(max_length=MOST_CREDENTIAL)]
    seconds: Annotated[int, msgspec.Meta(ge=1, le=86_400)]


class MissedCall(_Message, frozen=True, tag="missed_call"):
    """Somebody tried to call; the service says so, nothing proves it."""

    call: str
    from_account: str
    name: str
    time: Time


class Administered(_Message, frozen=True, tag="administered"):
    """Answer to `Administer`; the body is an `Answer` of `administration_answers`."""

    request: int
    body: msgspec.Raw


class Done(_Message, frozen=True, tag="done"):
    """Answer to a request that has nothing to return."""

    request: int


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
]


class Failed(_Message, frozen=True, tag="failed"):
    """A request, login or message was refused; `request` is 0 where it answers none.

    "replaced": another connection logged in as this device; this one ends. "clock": the time of a
    login is more than 120 s from `time`, the service's own. "version": of the protocol, or the
    client's own is below `min_client`. "login_refused" with `disabled_by`: the organisation of this
    name keeps the person out.
    """

    code: FailureCode
    detail: str
    request: int = 0
    time: Time = 0
    min_client: str = ""
    disabled_by: str = ""


ClientMessage = (
    Hello
    | Enrol
    | Login
    | Send
    | Acknowledge
    | Lookup
    | ListPeople
    | WatchPeople
    | SetPresence
    | ChangeSetting
    | ChangeName
    | ChangePolicy
    | AskEpoch
    | CreateInvite
    | LinkDevice
    | RemoveDevice
    | AskForRelays
    | LeaveMissedCall
    | AcknowledgeMissedCall
    | Administer
)
ServiceMessage = (
    Challenge
    | Welcome
    | Deliver
    | Acknowledged
    | Undeliverable
    | People
    | PersonChanged
    | PeopleChanged
    | PolicyChanged
    | CurrentEpoch
    | SettingChanged
    | NameChanged
    | RoleChanged
    | InviteCreated
    | Relays
    | MissedCall
    | Administered
    | Done
    | Failed
)


class _Head(msgspec.Struct, frozen=True):
    type: str


_SERVICE_TYPES = {kind.__struct_config__.tag for kind in get_args(ServiceMessage)}

_encoder = msgspec.json.Encoder()
_head_decoder = msgspec.json.Decoder(_Head)
_client_decoder = msgspec.json.Decoder(ClientMessage)
_service_decoder = msgspec.json.Decoder(ServiceMessage)


def encode(message: ClientMessage | ServiceMessage) -> str:
    """Return the text frame of a message."""
    return _encoder.encode(message).decode()


def decode_client(frame: str | bytes) -> ClientMessage:
    """Parse what a client sent.

    Raises:
        MalformedMessage: too long, no JSON, unknown type, missing field or wrong type of one.
    """
    return _decode(_client_decoder, frame)


def decode_service(frame: str | bytes) -> ServiceMessage:
    """Parse what the service sent.

    Raises:
        UnknownMessage: a later service may say such a thing; it is to be ignored.
        MalformedMessage: as `decode_client`.
    """
    try:
        return _decode(_service_decoder, frame)
    except MalformedMessage as error:
        if _is_unknown(frame):
            raise UnknownMessage from error
        raise


def _is_unknown(frame: str | bytes) -> bool:
    """Tell whether a frame is a message of a type that is not known here."""
    try:
        return _head_decoder.decode(frame).type not in _SERVICE_TYPES
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False


def _decode(decoder: "msgspec.json.Decoder[_T]", frame: str | bytes) -> _T:
    if len(frame) > MESSAGE_BYTES:
        raise MalformedMessage("long", n=MESSAGE_BYTES)
    try:
        return decoder.decode(frame)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedMessage("why", reason=error) from error


def login_statement(organisation: str, nonce: bytes, pin: bytes, device: str, time: int) -> bytes:
    """Return the bytes that a login signs: the context, then each part with its u32 length.

    Args:
        organisation: id.
        nonce: of the challenge.
        pin: by which the client knows the service (see `pins`).
        device: id.
        time: Unix seconds.
    """
    parts = (
        organisation.encode(),
        nonce,
        pin,
        device.encode(),
        time.to_bytes(8, "big"),
    )
    return LOGIN_CONTEXT + b"".join(len(part).to_bytes(4, "big") + part for part in parts)
