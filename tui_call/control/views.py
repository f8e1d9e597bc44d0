"""What a screen shows: the snapshot and its parts, plain values made by the engine.

Texts that come from other people are cleaned by the engine before they are sent; whoever shows
them still treats them as text, never as markup.
"""

from collections.abc import Mapping
from typing import Annotated, Literal, get_args

import msgspec

from tui_call.control.actions import CaptionsOfMe, OwnChoice, PolicyAllows, RecordingOfMe
from tui_call.reasons import LEAVES_WORD
from tui_call.sentences import Sentence, text_of

Presence = Literal["free", "busy", "away", "do_not_disturb", "offline"]


class _View(msgspec.Struct, frozen=True):
    pass


SentenceView = Sentence
"""A sentence as it travels: its code, words filled in by the engine, and remedies by action id."""


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
        presence_until: Unix seconds at which the presence is "free" again, 0 for no such moment.
        protection: how the identity is kept at rest.
        fingerprint: 30 digits of the own account, or "".
        device: the own device id.
        asks_keyring: the identity is locked while the system's keyring is being asked.
        holds_key: the account's key is on this device, which can link and remove others.
        devices: of this person, this one first.
        recording_of_me, captions_of_me: settings of the account, as in `ChangeAccountSetting`;
            "standard.recording_of_me" and "standard.captions_of_me" of this device go before them.
    """

    state: Literal["new", "locked", "ready"]
    profile: str
    name: str = ""
    account: str = ""
    organisation: str = ""
    organisation_name: str = ""
    role: Literal["member", "admin", "auditor"] = "member"
    presence: Presence = "free"
    presence_until: float = 0
    protection: Literal["", "keyring", "passphrase", "plain"] = ""
    fingerprint: str = ""
    device: str = ""
    stay: bool = False
    asks_keyring: bool = False
    holds_key: bool = False
    devices: tuple[OwnDeviceView, ...] = ()
    recording_of_me: RecordingOfMe = "ask"
    captions_of_me: CaptionsOfMe = "allow"


class ServiceView(_View, frozen=True):
    """The link to the service.

    Attributes:
        problem: says what is wrong, None while all is well.
        more_people: the organisation has others than are among the people here.
        bridge: standard calls can be made through it.
    """

    state: Literal["none", "starting", "connecting", "online", "away", "refused"]
    personal: bool = False
    address: str = ""
    problem: SentenceView | None = None
    more_people: bool = False
    bridge: bool = False


class CallingView(_View, frozen=True):
    """The policy that applies to the person here in calls that are not E2EE.

    Attributes:
        policy: its name.
        decided_by: the sentence that names through what it applies.
        terms: what it says, by name.
    """

    policy: str
    decided_by: SentenceView
    terms: dict[str, bool | int | str] = {}


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
        calling: the calling policy, which rules E2EE out where it wants calls recorded; None where
            the service has told none.
    """

    on: bool
    status: SentenceView
    decided_by: SentenceView
    more: int = 0
    policy: str = ""
    policy_allows: PolicyAllows = "disabled"
    require_compared: bool = False
    relay_only: bool = False
    account_setting: OwnChoice = "off"
    device_setting: Literal["follow", "off", "on", "require"] = "follow"
    device_setting_source: str = "default"
    calling: CallingView | None = None


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
    """Something that happened, for the event list.

    Attributes:
        at: Unix seconds.
        number: counts what happened in the call, or the notices.
    """

    at: float
    sentence: SentenceView
    number: int = 0


class NoteView(_View, frozen=True):
    """A note sent in a call.

    Attributes:
        at: Unix seconds.
        number: counts the notes of the call.
        by: name of who wrote it, where it is not `mine`; "" for the other one of an E2EE call.
    """

    at: float
    mine: bool
    text: str
    number: int = 0
    by: str = ""


_MICROPHONE_WORDS = {
    "on": "MIC ON",
    "muted": "MUTED",
    "held": "ON HOLD",
    "none": "NO MIC",
    "off": "MIC OFF",
}


class KeptView(_View, frozen=True):
    """A recording or transcript that is being made of a call.

    Attributes:
        id: by which it is found later.
        by: name of who started it, "" where a rule did.
        since: Unix seconds.
        starting: nothing is kept yet.
        tracks: of a recording: a file of each person, too.
        mine: started by the person here, maybe before leaving the call and coming back.
    """

    id: str
    by: str
    since: float
    starting: bool = False
    tracks: bool = False
    mine: bool = False


class MemberView(_View, frozen=True):
    """Somebody else in a call, and what is agreed with this one: keys are of call and member.

    Attributes:
        person: who it is, and how well the key is known.
        number: among the members of a standard call, by which `Meters.voices` names it; 0 in E2EE.
        state: "ringing" (asked to come), "joining" (no sound yet), "here", "lost" (its connection),
            "gone" (has left a call that waits at a slot).
        device: at which this member is, "" while that is not known.
        since: Unix seconds when this member came, 0 before.
        added_by: name of who added this member, "" for nobody.
        waits: this member hears music.
        apart: this member and the person here do not hear each other, as somebody is asked first.
        silent: muted there, or without a microphone.
        holding: this member holds the call.
        code: None before keys are agreed with this member.
        compare: the sentence that asks to compare, or says what it gave here or there.
        compare_by: Unix seconds at which the call ends unless it is compared, 0 if it does not.
        kept: "" where nothing is being kept; "asked" (has not answered, and is not kept), "kept",
            "refused".
        captions: this member shows captions.
        captioned: what this member says may be shown.
    """

    person: PersonView
    number: int = 0
    state: Literal["ringing", "joining", "here", "lost", "gone"] = "here"
    device: str = ""
    since: float = 0
    added_by: str = ""
    waits: bool = False
    apart: bool = False
    silent: bool = False
    holding: bool = False
    code: CodeView | None = None
    compare: SentenceView | None = None
    compare_by: float = 0
    kept: Literal["", "asked", "kept", "refused"] = ""
    captions: bool = False
    captioned: bool = True

    @property
    def account(self) -> str:
        """The address."""
        return self.person.account

    @property
    def name(self) -> str:
        """The name, the address where there is none."""
        return self.person.name or self.person.account


class CallView(_View, frozen=True):
    """A call on this engine, or one that is over until it is dismissed.

    Attributes:
        was: ids of calls here that go on in this one: merged into it, or replaced by it; and those
            that it had itself before.
        members: the others in it; one in an E2EE call.
        place: among the calls: the one in front has microphone and speaker; one that is held waits
            for a swap, one that is waiting for an answer. One that is over is in front where there
            is no other call.
        position: among the calls as they are listed, 0 for the first.
        phase: "setup" (no keys yet), "ringing", "connecting", "active", "ended".
        ringing_here: this side is the one that may answer.
        silenced: it rings without a sound here, since the person wants it so.
        began: Unix seconds.
        started: Unix seconds when the first sound was authentic, 0 before.
        ended: Unix seconds, 0 while it lasts.
        shield: part A of the sentences, for the member whose key is known least.
        kind: "e2ee", or "standard", which the bridge can hear.
        why_standard: why it is not E2EE, None where it is.
        question: what the person is asked, answered by `Consent`; `asks` says that it is the person
            here who asks the other one, and waits.
        transfer: says to whom the call is being passed, or whom the person asks first; None
            without one. `consulting`: the second, and `CompleteTransfer` would end it.
        slot: where the call is parked, 0 for nowhere.
        places_left: how many more people may come.
        microphone: what becomes of it: "on", "muted", "held" (not sent, since either side holds or
            is asked to leave E2EE), "none" (no device), "off" (not open).
        muted: whether the person muted it, whatever becomes of it.
        recording, transcript: what is being kept of it, None for nothing.
        own_kept: as `MemberView.kept`, of the person here; "asked" waits for `AgreeToBeKept`.
        captions: they are shown here.
        captions_fault: why there are none, None where there are or could be.
        captions_language: of the speech engine, for example "en"; "" where that is not known.
        captions_loading: its model is being loaded; what is said meanwhile comes afterwards.
        end_reason: the sentence of the end, None before; its `why` says soon after whether word
            was left, where it is.
        quality: one word.
        path: for example "direct/UDP", "" before there is one.
    """

    id: str
    direction: Literal["outgoing", "incoming"]
    phase: Literal["setup", "ringing", "connecting", "active", "ended"]
    members: Annotated[tuple[MemberView, ...], msgspec.Meta(min_length=1)]
    shield: SentenceView
    place: Literal["front", "held", "waiting", "over"] = "front"
    position: int = 0
    kind: Literal["e2ee", "standard"] = "e2ee"
    why_standard: SentenceView | None = None
    question: SentenceView | None = None
    asks: bool = False
    transfer: SentenceView | None = None
    consulting: bool = False
    slot: int = 0
    places_left: int = 0
    ringing_here: bool = False
    silenced: bool = False
    began: float = 0
    started: float = 0
    ended: float = 0
    microphone: Literal["on", "muted", "held", "none", "off"] = "off"
    muted: bool = False
    speaker: Literal["on", "none"] = "on"
    on_hold: bool = False
    capabilities: tuple[CapabilityView, ...] = ()
    events: tuple[EventView, ...] = ()
    notes: tuple[NoteView, ...] = ()
    quality: Literal["", "good", "fair", "poor", "lost"] = ""
    path: str = ""
    end_reason: SentenceView | None = None
    recording: KeptView | None = None
    transcript: KeptView | None = None
    own_kept: Literal["", "asked", "kept", "refused"] = ""
    captions: bool = False
    captions_fault: SentenceView | None = None
    captions_language: str = ""
    captions_loading: bool = False
    was: tuple[str, ...] = ()

    @property
    def member(self) -> MemberView:
        """The other one of a call of two."""
        return self.members[0]

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
        speaks, listens: what stands in for microphone and speaker where sound is not of devices,
            for example "file hello.wav"; else "".
    """

    available: tuple[DeviceView, ...] = ()
    microphone: str = ""
    speaker: str = ""
    ring_device: str = ""
    hearing_yourself: bool = False
    problem: SentenceView | None = None
    speaks: str = ""
    listens: str = ""

    @property
    def microphone_shown(self) -> str:
        """What screens say of where sound comes from."""
        return self.speaks or self.microphone or text_of("T_DEFAULT_DEVICE", "microphone")

    @property
    def speaker_shown(self) -> str:
        """What screens say of where sound goes."""
        return self.listens or self.speaker or text_of("T_DEFAULT_DEVICE", "speaker")


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


class ParkedView(_View, frozen=True):
    """A call that the person here may retrieve.

    Attributes:
        slot: where it is parked.
        by: name of who parked it.
        people: who waits in it.
        rings_at: Unix seconds at which it rings back at who parked it.
    """

    slot: int
    by: str
    people: tuple[str, ...]
    rings_at: float = 0


def parked_calls(result: Mapping[str, object]) -> list[ParkedView]:
    """Return what `Ok.result` of `ListParked` holds."""
    return msgspec.convert(result.get("parked", ()), list[ParkedView])


class PastMemberView(_View, frozen=True):
    """Who was in a past call, as they were called then."""

    account: str
    name: str


class HistoryView(_View, frozen=True):
    """One past call, with the others in it.

    Attributes:
        direction: "missed" was not answered, "retrieved" was taken from where it was parked,
            "moved" came from another own device.
        kept: what was kept of it.
    """

    at: float
    members: Annotated[tuple[PastMemberView, ...], msgspec.Meta(min_length=1)]
    direction: Literal["outgoing", "incoming", "missed", "retrieved", "moved"]
    seconds: float
    end_reason: SentenceView
    kept: tuple[Literal["recording", "transcript"], ...] = ()

    @property
    def member(self) -> PastMemberView:
        """The other one of a call of two."""
        return self.members[0]


class Snapshot(_View, frozen=True):
    """All that a screen shows; deltas (`control.deltas`) keep it up to date.

    Attributes:
        people: who is online first, then by name.
        calls: by position; the first is in front.
    """

    me: MeView
    service: ServiceView
    encryption: EncryptionView
    people: tuple[PersonView, ...] = ()
    calls: tuple[CallView, ...] = ()
    devices: DevicesView = DevicesView()
    settings: tuple[SettingView, ...] = ()
    history: tuple[HistoryView, ...] = ()
    notices: tuple[EventView, ...] = ()

    @property
    def front(self) -> CallView | None:
        """The call in front, None without one."""
        return self.calls[0] if self.calls else None


Part = Literal[
    "me", "service", "encryption", "people", "calls", "devices", "settings", "history", "notices"
]
PARTS: tuple[Part, ...] = get_args(Part)
