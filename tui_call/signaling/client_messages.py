"""What an engine says to the service; see `messages`."""

from typing import Annotated

import msgspec

from tui_call.signaling.policies import E2EECalls, Epoch
from tui_call.signaling.vocabulary import (
    MOST_WATCHED,
    CaptionsWord,
    EncryptionSetting,
    Presence,
    RecordingWord,
    SignalingMessage,
)


class Hello(SignalingMessage, frozen=True, tag="hello"):
    """First words of a client."""

    version: int
    client: str


class Enrol(SignalingMessage, frozen=True, tag="enrol"):
    """Spend a one-time invite: make an account and this device's login key known."""

    code: str
    user: str
    name: str
    device: str
    device_name: str
    login_key: bytes


class Login(SignalingMessage, frozen=True, tag="login"):
    """Prove the login key: Ed25519 over `login_statement`."""

    account: str
    device: str
    time: int
    signature: bytes


class Send(SignalingMessage, frozen=True, tag="send"):
    """Sealed bytes for one device of an account; retried until `Acknowledged` or given up."""

    call: str
    sequence: int
    to_account: str
    to_device: str
    payload: bytes


class Acknowledge(SignalingMessage, frozen=True, tag="acknowledge"):
    """The delivered message has arrived here; travels back to its sender."""

    call: str
    sequence: int
    to_account: str
    to_device: str


class Lookup(SignalingMessage, frozen=True, tag="lookup"):
    """Ask for one person and the devices; wakes an account that is started when it is called."""

    request: int
    account: str


class ListPeople(SignalingMessage, frozen=True, tag="list_people"):
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


class WatchPeople(SignalingMessage, frozen=True, tag="watch_people"):
    """Be told of these people, now and as they change, in place of those chosen before.

    `PersonChanged` or `PeopleChanged` comes of those who are new among them, before `Done`.
    """

    request: int
    accounts: Annotated[tuple[str, ...], msgspec.Meta(max_length=MOST_WATCHED)]


class SetPresence(SignalingMessage, frozen=True, tag="set_presence"):
    """Tell the own presence."""

    presence: Presence


class ChangeSetting(SignalingMessage, frozen=True, tag="change_setting"):
    """Change what is given of the own account's settings; None leaves one as it is.

    Attributes:
        e2ee_calls: of E2EE calls.
        recording_of_me: what is said of being recorded and transcribed in standard calls.
        captions_of_me: the same of being captioned.
    """

    request: int
    e2ee_calls: EncryptionSetting | None = None
    recording_of_me: RecordingWord | None = None
    captions_of_me: CaptionsWord | None = None


class ChangeName(SignalingMessage, frozen=True, tag="change_name"):
    """Change how the own account is called; its address stays."""

    request: int
    name: str


class ChangePolicy(SignalingMessage, frozen=True, tag="change_policy"):
    """Change the organisation's encryption policy; administrators only. None leaves it as it is."""

    request: int
    e2ee_calls: E2EECalls | None = None
    require_compared: bool | None = None
    relay_only: bool | None = None


class AskEpoch(SignalingMessage, frozen=True, tag="ask_epoch"):
    """Ask how new the service's policies are; where they are newer, they come as `PolicyChanged`.

    Attributes:
        known: of the policies that the engine has.
    """

    request: int
    known: Epoch = Epoch()


class CreateInvite(SignalingMessage, frozen=True, tag="create_invite"):
    """Ask for a one-time invite for a new person."""

    request: int


class LinkDevice(SignalingMessage, frozen=True, tag="link_device"):
    """Ask for a one-time invite for one more device of the own account, answered as `CreateInvite`.

    Only a device that was not linked by another one may ask.
    """

    request: int


class RemoveDevice(SignalingMessage, frozen=True, tag="remove_device"):
    """Revoke a device: the one that asks, or one that was linked by it."""

    request: int
    device: str


class AskForRelays(SignalingMessage, frozen=True, tag="ask_for_relays"):
    """Ask for the organisation's STUN and TURN servers, with fresh credentials."""

    request: int


class LeaveMissedCall(SignalingMessage, frozen=True, tag="leave_missed_call"):
    """Leave word that this account tried to call; answered by `Done` once it is kept."""

    request: int
    call: str
    to_account: str


class AcknowledgeMissedCall(SignalingMessage, frozen=True, tag="acknowledge_missed_call"):
    """A `MissedCall` has arrived here; until then each login brings it again."""

    call: str
    from_account: str


class Administer(SignalingMessage, frozen=True, tag="administer"):
    """Ask as an administrator; the body is a `Request` of `administration`, carried unread."""

    request: int
    body: msgspec.Raw
