"""What a screen or command and the engine say to each other: JSON lines, one struct a line.

A client sends `Hello` and gets `Hello` and a `Snapshot`; from then on the engine sends `Changed`
for each part of the snapshot that changes, `Meters` (at most 12 a second) and `Statistics` (one a
second). A `Command` carries an id and one `Action`; the engine answers `Ok` or `Error` with that
id. Private keys never cross this socket.

Texts in a snapshot that come from other people are cleaned by the engine before they are sent;
whoever shows them still treats them as text, never as markup.
"""

from typing import Annotated, Literal, TypeVar

import msgspec

from tui_call.errors import LocalFault
from tui_call.reasons import LEAVES_WORD

VERSION = 1
CLIENT_LINE_BYTES = 1_048_576
ENGINE_LINE_BYTES = 16 * 1_048_576
"""A snapshot holds the people of a whole organisation."""

_T = TypeVar("_T")

Short = Annotated[str, msgspec.Meta(max_length=4096)]
Presence = Literal["free", "busy", "away", "do_not_disturb", "offline"]
ErrorCode = Literal[
    "malformed", "version", "unknown_command", "wrong_state", "not_found", "not_allowed",
    "gate", "invalid", "unavailable", "failed",
]  # fmt: skip


class MalformedLine(LocalFault):
    """The line is not a message of this protocol."""


class _Message(msgspec.Struct, frozen=True, tag_field="type"):
    pass


class _View(msgspec.Struct, frozen=True):
    pass


# What a screen shows


class SentenceView(_View, frozen=True):
    """A row of sentences.txt, filled in: stable code, short label, sentence, "key Remedy".

    Attributes:
        why: the text of a second sentence, where one says what happened and another the cause.
    """

    code: str
    label: str
    text: str
    remedy: str = ""
    why: str = ""

    @property
    def whole(self) -> str:
        """What happened and why, as one line."""
        return f"{self.text} {self.why}" if self.why else self.text


class OwnDeviceView(_View, frozen=True):
    """A device of the person here, as the service lists it and as this engine knows it.

    Attributes:
        id: 32 hexadecimal digits.
        here: it is this one.
        holds_key: the account's key is on it, as far as this device knows.
        linked: this device has linked it and gives it credentials.
        since: Unix seconds of the linking, 0 where that is not known here.
    """

    id: str
    name: str
    online: bool = False
    here: bool = False
    holds_key: bool = False
    linked: bool = False
    since: float = 0


class MeView(_View, frozen=True):
    """Who uses this engine.

    Attributes:
        state: "new" before set-up, "locked" while the identity needs a passphrase, "ready".
        protection: how the identity is kept at rest.
        fingerprint: 30 digits of the own account, or "".
        device: the own device id.
        asks_keyring: the identity is locked while the system's keyring is being asked.
        holds_key: the account's key is on this device, which can link and remove others.
        devices: of this person, this one first.
    """

    state: Literal["new", "locked", "ready"]
    profile: str
    name: str = ""
    account: str = ""
    organisation: str = ""
    organisation_name: str = ""
    role: Literal["member", "admin", "auditor"] = "member"
    presence: Presence = "free"
    protection: Literal["", "keyring", "passphrase", "plain"] = ""
    fingerprint: str = ""
    device: str = ""
    stay: bool = False
    asks_keyring: bool = False
    holds_key: bool = False
    devices: tuple[OwnDeviceView, ...] = ()


class ServiceView(_View, frozen=True):
    """The link to the service; `problem` says what is wrong, None while all is well."""

    state: Literal["none", "starting", "connecting", "online", "away", "refused"]
    personal: bool = False
    address: str = ""
    problem: SentenceView | None = None


class EncryptionView(_View, frozen=True):
    """Whether E2EE calls are on for this person, why, and who decided.

    Attributes:
        on: an E2EE call is possible from here.
        status: part B of the sentences (ON_SELF, OFF_POLICY, …).
        decided_by: the sentence that names who decided.
        more: how many further reasons hold.
        policy: name of the policy that applies.
        policy_allows: what that policy says.
        require_compared: under it a call that nobody compares ends after two minutes.
        relay_only: under it sound goes only through a relay.
        account_setting: the setting that lives with the account.
        device_setting: `e2ee.calls` of this device; "follow" follows the account's.
        device_setting_source: where that value comes from, for example "client.toml".
    """

    on: bool
    status: SentenceView
    decided_by: SentenceView
    more: int = 0
    policy: str = ""
    policy_allows: Literal["disabled", "user_choice", "required"] = "disabled"
    require_compared: bool = False
    relay_only: bool = False
    account_setting: Literal["off", "on", "require"] = "off"
    device_setting: Literal["follow", "off", "on", "require"] = "follow"
    device_setting_source: str = "default"


class PersonView(_View, frozen=True):
    """One row of People.

    Attributes:
        standing: how well the key is known; "new" when never called.
        standing_when: Unix seconds of the comparison or first sight, 0 if none.
        fingerprint: the 60 digits for comparing in person, or "" while no key is known.
        offered_fingerprint: the same of a new key that waits to be accepted, or "".
        held_back: further calls that came with a new key and did not ring.
        undo_until: Unix seconds until which the last match can be undone, 0 if none can.
        e2ee: short sentence on calls with them ("⛨ E2EE compared", …).
        last_call: Unix seconds, 0 if never.
        missed: unseen missed calls.
    """

    account: str
    name: str
    presence: Presence
    standing: Literal["new", "seen_before", "compared", "changed", "differed"] = "new"
    standing_when: float = 0
    compared_how: str = ""
    fingerprint: str = ""
    offered_fingerprint: str = ""
    held_back: int = 0
    undo_until: float = 0
    e2ee: SentenceView | None = None
    last_call: float = 0
    missed: int = 0
    contact: bool = True
    blocked: bool = False
    devices: tuple[str, ...] = ()


class CodeView(_View, frozen=True):
    """The code that both people compare; equal at both ends when nobody is between.

    Attributes:
        digits: 20 digits in 5 groups of 4, separated by spaces.
        caller: this side placed the call and reads the first three groups.
        emoji: 7 pairs of symbol and English name.
        words: 6 words.
    """

    digits: str
    caller: bool
    emoji: tuple[tuple[str, str], ...]
    words: tuple[str, ...]


class CapabilityView(_View, frozen=True):
    """One thing that a call may do, on or off with its own reason.

    Attributes:
        name: "mute", "hold", "keys", "devices", "notes", "figures", "record", "captions",
            "transcript", "transfer", "consult", "park", "merge", "add", "hand_over".
        key: id of the key binding (`call.record`); the screen knows which key that is.
        on: it works now.
        short: at most 24 cells beside "off".
        reason: the full sentence, None when on.
        decided_by: who decided, None when on.
    """

    name: str
    label: str
    on: bool
    short: str = ""
    reason: SentenceView | None = None
    decided_by: SentenceView | None = None


class EventView(_View, frozen=True):
    """Something that happened, for the event list."""

    at: float
    sentence: SentenceView


class NoteView(_View, frozen=True):
    """A note sent in a call."""

    at: float
    mine: bool
    text: str


_MICROPHONE_WORDS = {
    "on": "MIC ON",
    "muted": "MUTED",
    "held": "ON HOLD",
    "none": "NO MIC",
    "off": "MIC OFF",
}


class CallView(_View, frozen=True):
    """The call on this engine, or the last one until it is dismissed.

    Attributes:
        phase: "setup" (no keys yet), "ringing", "connecting", "active", "ended".
        ringing_here: this side is the one that may answer.
        silenced: it rings without a sound here, since the person wants it so.
        started: Unix seconds when the first sound was authentic, 0 before.
        ended: Unix seconds, 0 while it lasts.
        shield: part A of the sentences.
        kind: "e2ee"; standard calls do not exist yet.
        microphone: what becomes of it: "on", "muted", "held" (not sent, since either side holds or
            is asked to leave E2EE), "none" (no device), "off" (not open).
        muted: whether the person muted it, whatever becomes of it.
        peer_silent: the other side muted or has no microphone.
        end_reason: the sentence of the end, None before; its `why` says soon after whether word
            was left, where it is.
        compare: the sentence that asks to compare, or says what it gave here or there.
        undo_until: Unix seconds until which a match can be undone, else 0.
        compare_by: Unix seconds at which the call ends unless it is compared, 0 if it does not.
        quality: one word.
        path: for example "direct/UDP", "" before there is one.
    """

    id: str
    direction: Literal["outgoing", "incoming"]
    phase: Literal["setup", "ringing", "connecting", "active", "ended"]
    peer: PersonView
    shield: SentenceView
    kind: Literal["e2ee"] = "e2ee"
    ringing_here: bool = False
    silenced: bool = False
    started: float = 0
    ended: float = 0
    microphone: Literal["on", "muted", "held", "none", "off"] = "off"
    muted: bool = False
    speaker: Literal["on", "none"] = "on"
    on_hold: bool = False
    peer_on_hold: bool = False
    peer_silent: bool = False
    code: CodeView | None = None
    compare: SentenceView | None = None
    undo_until: float = 0
    compare_by: float = 0
    capabilities: tuple[CapabilityView, ...] = ()
    events: tuple[EventView, ...] = ()
    notes: tuple[NoteView, ...] = ()
    quality: Literal["", "good", "fair", "poor", "lost"] = ""
    path: str = ""
    end_reason: SentenceView | None = None

    @property
    def microphone_word(self) -> str:
        """What screens and commands say of the microphone."""
        return _MICROPHONE_WORDS[self.microphone]

    @property
    def is_told(self) -> bool:
        """Whether it is over, and all is said of its end."""
        reason = self.end_reason
        waits = reason is not None and not reason.why and reason.code in LEAVES_WORD
        return self.phase == "ended" and not (waits and self.direction == "outgoing")


class DeviceView(_View, frozen=True):
    """A sound device by name."""

    name: str
    input: bool
    output: bool


class DevicesView(_View, frozen=True):
    """Sound devices, the chosen ones, and the problem where there is one.

    Attributes:
        hearing_yourself: what the microphone gives is played, as others would hear it.
    """

    available: tuple[DeviceView, ...] = ()
    microphone: str = ""
    speaker: str = ""
    ring_device: str = ""
    hearing_yourself: bool = False
    problem: SentenceView | None = None


class SettingView(_View, frozen=True):
    """One key of the config.

    Attributes:
        key: "section.key".
        help: one line.
        kind: how it is edited; "choice" has `choices`.
        source: "default", "system file", "client.toml", "environment", "flag", "account".
        limited_by: sentence that says what narrows it, None if nothing does.
    """

    key: str
    help: str
    kind: Literal["choice", "text", "number", "switch", "keys"]
    value: str
    default: str
    source: str
    choices: tuple[str, ...] = ()
    limited_by: SentenceView | None = None


class HistoryView(_View, frozen=True):
    """One past call."""

    at: float
    account: str
    name: str
    direction: Literal["outgoing", "incoming", "missed"]
    seconds: float
    end_reason: SentenceView


class Snapshot(_View, frozen=True):
    """All that a screen shows; each field is a part that `Changed` replaces as a whole."""

    me: MeView
    service: ServiceView
    encryption: EncryptionView
    people: tuple[PersonView, ...] = ()
    call: CallView | None = None
    devices: DevicesView = DevicesView()
    settings: tuple[SettingView, ...] = ()
    history: tuple[HistoryView, ...] = ()
    notices: tuple[EventView, ...] = ()


Part = Literal[
    "me", "service", "encryption", "people", "call", "devices", "settings", "history", "notices"
]


# Actions


class _Action(msgspec.Struct, frozen=True, tag_field="name", forbid_unknown_fields=True):
    pass


class SetUp(_Action, frozen=True, tag="set_up"):
    """First use: the person's name, whether E2EE calls are on, and how the identity is kept.

    `invite` joins somebody's service instead of starting a personal one. A device link in its place
    makes this a further device of an account; name and choice are then the account's. `passphrase`
    is needed with protection "passphrase"; it is used once and not kept. `device` is how the
    person's other devices see this one, "" for the name of the computer.
    """

    person: Short
    e2ee: bool
    invite: Short = ""
    protection: Literal["keyring", "passphrase", "plain"] = "keyring"
    passphrase: Short = ""
    device: Short = ""


class Unlock(_Action, frozen=True, tag="unlock"):
    """Open a locked identity."""

    passphrase: Short


class Call(_Action, frozen=True, tag="call"):
    """Place an E2EE call to an address, or to the one person whose name begins so."""

    person: Short


class Answer(_Action, frozen=True, tag="answer"):
    """Answer the ringing call."""

    muted: bool = False


class Decline(_Action, frozen=True, tag="decline"):
    """Decline the ringing call."""


class Silence(_Action, frozen=True, tag="silence"):
    """Let it ring without a sound here."""


class HangUp(_Action, frozen=True, tag="hang_up"):
    """End or cancel the call."""


class DismissCall(_Action, frozen=True, tag="dismiss_call"):
    """Take an ended call off the screen."""


class Mute(_Action, frozen=True, tag="mute"):
    """Mute or open the microphone; None toggles."""

    on: bool | None = None


class Hold(_Action, frozen=True, tag="hold"):
    """Hold or resume; None toggles."""

    on: bool | None = None


class Note(_Action, frozen=True, tag="note"):
    """Send a note in the call."""

    text: Short


class Compare(_Action, frozen=True, tag="compare"):
    """Say what comparing the code gave; "undo" takes a match back within 10 s.

    With an account it is that person's fingerprint that was compared, in person.

    Attributes:
        verdict: what people found.
        how: in which form.
        account: whose key, "" for the code of the call.
        fingerprint: with an account, the `PersonView.fingerprint` that was shown.
        code: without one, `CodeView.digits` of the code that was shown, in whatever form; a match
            or difference of another code than that of the call is not taken.
    """

    verdict: Literal["match", "differ", "undo"]
    how: Literal["digits", "emoji", "words", "in person"] = "digits"
    account: Short = ""
    fingerprint: Short = ""
    code: Short = ""


class AcceptKey(_Action, frozen=True, tag="accept_key"):
    """Accept the new key of a person whose key changed.

    Attributes:
        account: whose key.
        fingerprint: the `PersonView.offered_fingerprint` that was shown; another key than that
            is not accepted.
    """

    account: Short
    fingerprint: Short


class UseCapability(_Action, frozen=True, tag="use_capability"):
    """Use a capability by name; one that is off answers `Error` "gate" with its sentence."""

    capability: Short


class AddContact(_Action, frozen=True, tag="add_contact"):
    """Keep an address among the contacts."""

    account: Short
    person: Short = ""


class Block(_Action, frozen=True, tag="block"):
    """Block or unblock an account."""

    account: Short
    on: bool = True


class SetPresence(_Action, frozen=True, tag="set_presence"):
    """Change the own presence."""

    presence: Literal["free", "away", "do_not_disturb"]


class ChangeSetting(_Action, frozen=True, tag="change_setting"):
    """Write a config key into client.toml; None goes back to the default."""

    key: Short
    value: Short | None


class ChangeAccountSetting(_Action, frozen=True, tag="change_account_setting"):
    """Change the account's setting of E2EE calls, which all devices follow."""

    e2ee_calls: Literal["off", "on", "require"]


class ChangeName(_Action, frozen=True, tag="change_name"):
    """Change the name that others see; the address stays, because keys are bound to it.

    Answered with `name` as they see it.
    """

    person: Short


class ChangePolicy(_Action, frozen=True, tag="change_policy"):
    """Change the organisation's encryption policy; administrators only.

    Attributes:
        e2ee_calls: whether E2EE calls are possible, a choice or the only kind.
        require_compared: a call that nobody compares ends after two minutes.
        relay_only: sound goes only through a relay. None leaves each as it is.
    """

    e2ee_calls: Literal["disabled", "user_choice", "required"] | None = None
    require_compared: bool | None = None
    relay_only: bool | None = None


class ChooseDevice(_Action, frozen=True, tag="choose_device"):
    """Use another device, also in a call; "" is the system's default, or rings at the speaker."""

    kind: Literal["microphone", "speaker", "ring_device"]
    device: Short


class UseFiles(_Action, frozen=True, tag="use_files"):
    """Sound from and to files until the end of the next call; absolute paths, "" for none.

    Without an input a built-in signal is spoken. With neither, devices are used again, and the
    result has `code` and `text` of what went wrong with the files of the last call, if anything.
    """

    input: Short = ""
    output: Short = ""


class ListenToMicrophone(_Action, frozen=True, tag="listen_to_microphone"):
    """Open the microphone for its meter only, outside a call; nothing is sent."""

    on: bool


class HearYourself(_Action, frozen=True, tag="hear_yourself"):
    """Play what the microphone gives half a second later, as others would hear it; not in a call.

    Ends by itself after half a minute.
    """

    on: bool


class LookForDevices(_Action, frozen=True, tag="look_for_devices"):
    """Ask the system which sound devices there are now; `Snapshot.devices` shows them."""


class AskRelays(_Action, frozen=True, tag="ask_relays"):
    """Ask the STUN and TURN servers that the service names, as a call would.

    `Ok.result` holds how many were "named" and how many gave an "answer".
    """


class CreateInvite(_Action, frozen=True, tag="create_invite"):
    """Make a one-time invite; `Ok.result` holds "link" and "expires" (Unix seconds)."""


class LinkDevice(_Action, frozen=True, tag="link_device"):
    """Make a link for one more device; `Ok.result` holds "link" and "expires" (Unix seconds)."""


class ListDevices(_Action, frozen=True, tag="list_devices"):
    """Ask the service for the own devices; `MeView.devices` is fresh before the answer comes."""


class RemoveDevice(_Action, frozen=True, tag="remove_device"):
    """Remove a device that this one has linked, by its name or the beginning of its id.

    `Ok.result` holds "id", "name", and "told": 1 if the service has revoked it already.
    """

    device: Short


class Export(_Action, frozen=True, tag="export"):
    """Write everything of this profile into one sealed file, at an absolute path."""

    path: Short
    passphrase: Short
    force: bool = False


class Restore(_Action, frozen=True, tag="restore"):
    """Fill a new profile from an exported file; `protection` and `new_passphrase` as in `SetUp`."""

    path: Short
    passphrase: Short
    protection: Literal["keyring", "passphrase", "plain"] = "keyring"
    new_passphrase: Short = ""


class Join(_Action, frozen=True, tag="join"):
    """Join another service by its invite link.

    Attributes:
        e2ee: turn the new account's E2EE calls on or off; None keeps what the person had.
    """

    link: Short
    e2ee: bool | None = None


class FindNewPath(_Action, frozen=True, tag="find_new_path"):
    """Let the call look for another way through the network; it goes on meanwhile."""


class MarkMissedSeen(_Action, frozen=True, tag="mark_missed_seen"):
    """The missed calls were looked at."""


class Stop(_Action, frozen=True, tag="stop"):
    """End the engine; a call is hung up first."""


Action = (
    SetUp | Unlock | Call | Answer | Decline | Silence | HangUp | DismissCall | Mute | Hold | Note
    | Compare | AcceptKey | UseCapability | AddContact | Block | SetPresence | ChangeSetting
    | ChangeAccountSetting | ChangeName | ChangePolicy | ChooseDevice | UseFiles
    | ListenToMicrophone | HearYourself | LookForDevices | AskRelays
    | CreateInvite | Join | FindNewPath | MarkMissedSeen | Stop | LinkDevice | ListDevices
    | RemoveDevice | Export | Restore
)  # fmt: skip


# Lines


class ClientHello(_Message, frozen=True, tag="hello"):
    """First line of a client, with facts that only it knows.

    Attributes:
        client: "tui", "cli", …; only "tui" counts as a screen that keeps an engine running.
        columns: width of the terminal, 0 if there is none.
        rows: its height.
    """

    version: int
    client: Short
    columns: int = 0
    rows: int = 0


class Command(_Message, frozen=True, tag="command"):
    """One action; `id` is chosen by the client and repeated in the answer."""

    id: int
    action: Action


class Ping(_Message, frozen=True, tag="ping"):
    """Asks for a `Pong` with the same number."""

    number: int


class EngineHello(_Message, frozen=True, tag="hello"):
    """First line of an engine."""

    version: int
    engine: str
    process: int


class SnapshotMessage(_Message, frozen=True, tag="snapshot"):
    """The whole state; `sequence` counts on in `Changed`."""

    sequence: int
    snapshot: Snapshot


class Changed(_Message, frozen=True, tag="changed"):
    """One part of the snapshot has this new value."""

    sequence: int
    part: Part
    value: msgspec.Raw


class Meters(_Message, frozen=True, tag="meters"):
    """Levels in dBFS (-100 is silence), and whether each side speaks now."""

    microphone: float
    speaker: float
    speaking: bool = False
    peer_speaking: bool = False


class Statistics(_Message, frozen=True, tag="statistics"):
    """Figures of the call since its start; `loss` and `concealed` are shares of frames, 0 to 1.

    Attributes:
        call: the call's number, as in `CallView`.
        delay_ms: mouth to ear as far as this side knows it: half the round trip, jitter buffer
            and devices.
        frames_recovered: those of the lost ones that were played from a copy or by FEC.
        wanted_ms: what the jitter buffer aims at for the quickest frame.
        sending_bitrate: of the sound in one frame, bits a second.
        sending_copies: how many frames earlier the copies are that travel with each frame.
        generation: how many times fresh keys were agreed since the handshake.
        path_number: of the path in use; each that was tried has one.
        path_changes: how many times the call took another path.
        packet_sizes: distinct sizes of sealed packets sent, in bytes.
        setup_ms: from the command to call, or from the answer, to the first authentic frame.
        input_started: monotonic seconds of the first sample read from a file, else 0.
        output_started: monotonic seconds of the first sample written to a file, else 0.
    """

    call: str = ""
    delay_ms: float = 0
    round_trip_ms: float = 0
    jitter_ms: float = 0
    loss: float = 0
    concealed: float = 0
    buffer_ms: float = 0
    frames_sent: int = 0
    frames_received: int = 0
    frames_lost: int = 0
    frames_concealed: int = 0
    frames_recovered: int = 0
    wanted_ms: float = 0
    sending_bitrate: int = 0
    sending_copies: tuple[int, ...] = ()
    foreign_dropped: int = 0
    replayed_dropped: int = 0
    datagrams_filtered: int = 0
    generation: int = 0
    path_number: int = 0
    path_changes: int = 0
    packet_sizes: tuple[int, ...] = ()
    setup_ms: float = 0
    input_started: float = 0
    output_started: float = 0


class Ok(_Message, frozen=True, tag="ok"):
    """The command was carried out."""

    id: int
    result: dict[str, str | int | float] = {}


class Error(_Message, frozen=True, tag="error"):
    """The command was not carried out: `detail` says why in a sentence, with its code if any."""

    id: int
    code: ErrorCode
    detail: str
    sentence: SentenceView | None = None


class Pong(_Message, frozen=True, tag="pong"):
    """Answer to `Ping`."""

    number: int


class Farewell(_Message, frozen=True, tag="farewell"):
    """The engine ends because it was told to, and hung up before; no line follows."""


ClientLine = ClientHello | Command | Ping
EngineLine = (
    EngineHello | SnapshotMessage | Changed | Meters | Statistics | Ok | Error | Pong | Farewell
)


class _Numbered(msgspec.Struct, frozen=True):
    id: int = 0


_encoder = msgspec.json.Encoder()
_numbered_decoder = msgspec.json.Decoder(_Numbered)
_client_decoder = msgspec.json.Decoder(ClientLine)
_engine_decoder = msgspec.json.Decoder(EngineLine)
_part_decoders = {
    field.name: msgspec.json.Decoder(field.type) for field in msgspec.structs.fields(Snapshot)
}


def encode(message: ClientLine | EngineLine) -> bytes:
    """Return the line of a message, with its line end."""
    return _encoder.encode(message) + b"\n"


def decode_client(line: bytes) -> ClientLine:
    """Parse a client's line.

    Raises:
        MalformedLine: too long, no JSON, unknown type, missing field or wrong type of one.
    """
    return _decode(_client_decoder, line, CLIENT_LINE_BYTES)


def command_number(line: bytes) -> int:
    """Return the id of a command whose line is malformed otherwise, 0 where there is none."""
    try:
        return _numbered_decoder.decode(line).id
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return 0


def decode_engine(line: bytes) -> EngineLine:
    """Parse an engine's line; raises as `decode_client`."""
    return _decode(_engine_decoder, line, ENGINE_LINE_BYTES)


def changed(sequence: int, part: Part, value: object) -> Changed:
    """Return the delta that replaces one part of the snapshot."""
    return Changed(sequence, part, msgspec.Raw(_encoder.encode(value)))


def apply(snapshot: Snapshot, delta: Changed) -> Snapshot:
    """Return the snapshot with one part replaced.

    Raises:
        MalformedLine: the value is not of that part's type.
    """
    value = _decode(_part_decoders[delta.part], bytes(delta.value), ENGINE_LINE_BYTES)
    return msgspec.structs.replace(snapshot, **{delta.part: value})


def _decode(decoder: "msgspec.json.Decoder[_T]", line: bytes, most: int) -> _T:
    if len(line) > most:
        raise MalformedLine(f"The line is longer than {most} bytes.")
    try:
        return decoder.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedLine(f"The line is malformed: {error}") from error
