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
from tui_call.signaling.account_messages import (
    InviteCreated,
    NameChanged,
    RoleChanged,
    SettingChanged,
    Welcome,
)
from tui_call.signaling.client_messages import (
    Acknowledge,
    AcknowledgeMissedCall,
    Administer,
    AskEpoch,
    AskForRelays,
    ChangeName,
    ChangePolicy,
    ChangeSetting,
    CreateInvite,
    Enrol,
    Hello,
    LeaveMissedCall,
    LinkDevice,
    ListPeople,
    Login,
    Lookup,
    RemoveDevice,
    Send,
    SetPresence,
    WatchPeople,
)
from tui_call.signaling.kept import AskForFile, DeleteKept, FileTicket, KeptList, ListKept
from tui_call.signaling.policies import CallPolicy, Epoch, Policy
from tui_call.signaling.standard_calls import (
    ActAnswered,
    ActInCall,
    AskParked,
    CallChanged,
    CallNote,
    CaptionSpoken,
    LegDescribed,
    ParkedCalls,
)
from tui_call.signaling.vocabulary import (
    MOST_CREDENTIAL,
    MOST_RELAY_SERVERS,
    FailureCode,
    Person,
    ServerUrl,
    SignalingMessage,
    Time,
)

_T = TypeVar("_T")

VERSION = 1
MESSAGE_BYTES = 65_536
LOGIN_CONTEXT = b"tui-call/login/1\0"


class MalformedMessage(RemoteFault):
    """The message is not one of this protocol."""


class UnknownMessage(MalformedMessage):
    """It may be one of a later version of this protocol."""


class Challenge(SignalingMessage, frozen=True, tag="challenge"):
    """Answer to `Hello`: what a login has to sign."""

    version: int
    organisation: str
    organisation_name: str
    nonce: bytes


class Deliver(SignalingMessage, frozen=True, tag="deliver"):
    """Sealed bytes from a device."""

    call: str
    sequence: int
    from_account: str
    from_device: str
    payload: bytes


class Acknowledged(SignalingMessage, frozen=True, tag="acknowledged"):
    """The other device has what was sent."""

    call: str
    sequence: int
    from_account: str
    from_device: str


UndeliverableReason = Literal["offline", "unknown", "rate", "crowded"]


class Undeliverable(SignalingMessage, frozen=True, tag="undeliverable"):
    """What was sent cannot reach the device now.

    "rate": the sender sent too much; "crowded": too much of it waits for the receiver.
    """

    call: str
    sequence: int
    to_account: str
    to_device: str
    reason: UndeliverableReason


class People(SignalingMessage, frozen=True, tag="people"):
    """Answer to `Lookup` (none or one person) and `ListPeople` (a page, without devices).

    Attributes:
        more: there are others behind these.
    """

    request: int
    people: tuple[Person, ...]
    more: bool = False


class PersonChanged(SignalingMessage, frozen=True, tag="person_changed"):
    """A person's presence, name or devices changed, or somebody joined.

    It is told of people whom `Lookup` showed on this connection or `WatchPeople` chose. Where
    `ListPeople` showed everybody of a small organisation, they are chosen, and who joins is too.
    """

    person: Person


class PeopleChanged(SignalingMessage, frozen=True, tag="people_changed"):
    """What `PersonChanged` says, of several people at once."""

    people: tuple[Person, ...]


class PolicyChanged(SignalingMessage, frozen=True, tag="policy_changed"):
    """Other policies apply from now on; `calling` and `epoch` as in `Welcome`."""

    policy: Policy
    calling: CallPolicy | None = None
    epoch: Epoch = Epoch()


class CurrentEpoch(SignalingMessage, frozen=True, tag="current_epoch"):
    """Answer to `AskEpoch`.

    Attributes:
        epoch: of the policies by which the service tells people theirs.
        age: seconds since it last saw in its store that they are current.
    """

    request: int
    epoch: Epoch
    age: float


class Relays(SignalingMessage, frozen=True, tag="relays"):
    """Answer to `AskForRelays`: servers as in RFC 7064 and RFC 7065, and what TURN servers ask for.

    The credential holds for so many seconds; both are "" where no server is a TURN server.
    """

    request: int
    servers: Annotated[tuple[ServerUrl, ...], msgspec.Meta(max_length=MOST_RELAY_SERVERS)]
    username: Annotated[str, msgspec.Meta(max_length=MOST_CREDENTIAL)]
    credential: Annotated[str, msgspec.Meta(max_length=MOST_CREDENTIAL)]
    seconds: Annotated[int, msgspec.Meta(ge=1, le=86_400)]


class MissedCall(SignalingMessage, frozen=True, tag="missed_call"):
    """Somebody tried to call; the service says so, nothing proves it."""

    call: str
    from_account: str
    name: str
    time: Time


class Administered(SignalingMessage, frozen=True, tag="administered"):
    """Answer to `Administer`; the body is an `Answer` of `administration_answers`."""

    request: int
    body: msgspec.Raw


class Done(SignalingMessage, frozen=True, tag="done"):
    """Answer to a request that has nothing to return."""

    request: int


class Failed(SignalingMessage, frozen=True, tag="failed"):
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
    | ActInCall
    | AskParked
    | ListKept
    | AskForFile
    | DeleteKept
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
    | ActAnswered
    | CallChanged
    | CallNote
    | CaptionSpoken
    | LegDescribed
    | ParkedCalls
    | KeptList
    | FileTicket
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
