"""What the service says to somebody of the own account: a part of `messages`."""

from tui_call.signaling.pins import Pins
from tui_call.signaling.policies import CallPolicy, Epoch, Policy
from tui_call.signaling.vocabulary import (
    CaptionsWord,
    EncryptionSetting,
    RecordingWord,
    Role,
    SignalingMessage,
    Time,
)


class Welcome(SignalingMessage, frozen=True, tag="welcome"):
    """Enrolled or logged in: who one is here and what applies.

    Attributes:
        pins: of the keys by which the service is known from now on, more than one while it
            changes its key; () from services whose certificate is pinned.
        calling: None from a service that knows no calling policies.
        epoch: of both policies.
        personal: the service is somebody's own, and its owner may decide for all of it.
        bridge: standard calls can be made here.
        recording_of_me, captions_of_me: of the account, as in `ChangeSetting`.
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
    bridge: bool = False
    recording_of_me: RecordingWord = "ask"
    captions_of_me: CaptionsWord = "allow"


class SettingChanged(SignalingMessage, frozen=True, tag="setting_changed"):
    """The account's settings, changed here or on another device; as in `ChangeSetting`."""

    setting: EncryptionSetting
    recording_of_me: RecordingWord = "ask"
    captions_of_me: CaptionsWord = "allow"


class NameChanged(SignalingMessage, frozen=True, tag="name_changed"):
    """The own account is called otherwise from now on."""

    name: str


class RoleChanged(SignalingMessage, frozen=True, tag="role_changed"):
    """The own account has another role from now on."""

    role: Role


class InviteCreated(SignalingMessage, frozen=True, tag="invite_created"):
    """Answer to `CreateInvite` or `LinkDevice`: the link with code and pin, and when it expires.

    Attributes:
        opened: for it the service began to listen to other computers.
    """

    request: int
    link: str
    expires: Time
    opened: bool = False
