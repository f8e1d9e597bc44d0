"""What a screen or command orders: one struct an action, each with its own answer.

Private keys never cross the socket.
"""

from typing import Annotated, Literal

import msgspec

Short = Annotated[str, msgspec.Meta(max_length=4096)]
CallId = Annotated[str, msgspec.Meta(pattern=r"\A([0-9a-f]{32})?\Z")]
""""" is the call in front."""

Protection = Literal["keyring", "passphrase", "plain"]
"""How a key is kept on this computer."""
Verdict = Literal["match", "differ", "undo"]
Form = Literal["digits", "words", "emoji", "in person"]
"""In which a code, or a fingerprint, is compared."""
PolicyAllows = Literal["disabled", "user_choice", "required"]
OwnChoice = Literal["off", "on", "require"]
RecordingOfMe = Literal["allow", "ask", "refuse"]
CaptionsOfMe = Literal["allow", "refuse"]
"""Of E2EE calls: what an organisation's policy says of them, and what an account's setting."""


class _Action(msgspec.Struct, frozen=True, tag_field="name", forbid_unknown_fields=True):
    pass


class CallAction(_Action, frozen=True, kw_only=True):
    """An order about one call.

    Attributes:
        call: its `CallView.id`, "" for the call in front. One that is over is answered with
            "wrong_state", one that is not known here with "not_found"; either changes nothing.
    """

    call: CallId = ""


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
    protection: Protection = "keyring"
    passphrase: Short = ""
    device: Short = ""


class Unlock(_Action, frozen=True, tag="unlock"):
    """Open a locked identity."""

    passphrase: Short


MOST_CALLED = 15
"""Other people in one call."""


class Call(_Action, frozen=True, tag="call"):
    """Place a call to an address, or to the one person whose name begins so.

    It is E2EE where that is possible. Where it is not, or several are called, it is a standard
    call, and may ask first (`CallView.question`, answered by `Consent`).

    Attributes:
        person: whom.
        others: who is rung beside this person.
        standard: the person wants a call that is not E2EE, and knows who hears it.
        all_join: of several all who answer are in the call; else the first who answers takes it,
            and it stops ringing at the others.
    """

    person: Short
    others: Annotated[tuple[Short, ...], msgspec.Meta(max_length=MOST_CALLED - 1)] = ()
    standard: bool = False
    all_join: bool = False


class Answer(CallAction, frozen=True, tag="answer"):
    """Answer the ringing call.

    Attributes:
        muted: with the microphone closed.
        front: what becomes of the call in front; "" where there is none.
    """

    muted: bool = False
    front: Literal["", "hold", "end"] = ""


class Decline(CallAction, frozen=True, tag="decline"):
    """Decline the ringing call."""


class Silence(CallAction, frozen=True, tag="silence"):
    """Let it ring without a sound here."""


class HangUp(CallAction, frozen=True, tag="hang_up"):
    """End or cancel the call; from who is asked before a transfer it goes back to who waits.

    Attributes:
        whole: end it for the person here in that case, too, as nobody stays who would go back.
    """

    whole: bool = False


class DismissCall(CallAction, frozen=True, tag="dismiss_call"):
    """Take an ended call off the screen; where that is done already, nothing is refused."""


class Mute(CallAction, frozen=True, tag="mute"):
    """Mute or open the microphone; None toggles."""

    on: bool | None = None


class Talk(CallAction, frozen=True, tag="talk"):
    """Open the microphone, or mute the call again in which that began; None toggles."""

    on: bool | None = None


class Hold(CallAction, frozen=True, tag="hold"):
    """Hold or resume; None toggles."""

    on: bool | None = None


class Swap(CallAction, frozen=True, tag="swap"):
    """Hold the call in front and speak in another one; "" is the one other that is held."""


class Consent(CallAction, frozen=True, tag="consent"):
    """Answer the question that a call asks (`CallView.question`), yes or no.

    Attributes:
        yes: what the person says; no also takes back what this side asked the other one.
        code: of the question that was shown; an answer to another one is not taken.
    """

    yes: bool
    code: Short


class LeaveE2EE(CallAction, frozen=True, tag="leave_e2ee"):
    """Ask the other person to leave E2EE for a capability, by its name."""

    capability: Short


class GoE2EE(CallAction, frozen=True, tag="go_e2ee"):
    """Ask the only other person of a standard call to go on E2EE."""


class Add(CallAction, frozen=True, tag="add"):
    """Ring somebody into the call."""

    person: Short


class Merge(CallAction, frozen=True, tag="merge"):
    """Make one call of this one and another, "" for the only other one."""

    other: CallId = ""


class Transfer(CallAction, frozen=True, tag="transfer"):
    """Let somebody else take one's place in the call.

    Attributes:
        person: who.
        ask: speak with this person first; `CompleteTransfer` or `HangUp` then ends that.
    """

    person: Short
    ask: bool = False


class CompleteTransfer(CallAction, frozen=True, tag="complete_transfer"):
    """Leave the others with whom one asked first."""


class Park(CallAction, frozen=True, tag="park"):
    """Leave the others at a slot, where they hear music; `Ok.result` holds "slot"."""


class Retrieve(_Action, frozen=True, tag="retrieve"):
    """Take what is parked at a slot; `Ok.result` holds "call"."""

    slot: Annotated[int, msgspec.Meta(ge=1, le=9999)]


class ListParked(_Action, frozen=True, tag="list_parked"):
    """Ask what one may retrieve.

    `Ok.result` holds "parked": for each its "slot", "by", "people" and "rings_at" (Unix seconds).
    """


class RecordCall(CallAction, frozen=True, tag="record_call"):
    """Start recording the call, or stop it; `tracks`: a file of each person, too."""

    on: bool
    tracks: bool = False


class Transcribe(CallAction, frozen=True, tag="transcribe"):
    """Start the transcript of the call, or stop it."""

    on: bool


class AgreeToBeKept(CallAction, frozen=True, tag="agree_to_be_kept"):
    """Answer whether one may be in what is being recorded or transcribed; may be changed later."""

    on: bool


class ShowCaptions(CallAction, frozen=True, tag="show_captions"):
    """Have captions of the call here, as `Caption` lines, or have them no more."""

    on: bool


WhichKept = Literal["", "recording", "transcript"]
"""What is meant, "" for both."""


class ListKept(_Action, frozen=True, tag="list_kept"):
    """Ask for recordings and transcripts; `Ok.result` holds "kept" and "more".

    What is "kept" is a list of `signaling.kept.ListedKept`, with names as they are here.

    Attributes:
        kind: "" for both.
        before: only those that began before this time, Unix seconds; 0 for all.
    """

    kind: WhichKept = ""
    before: int = 0


class ExportKept(_Action, frozen=True, tag="export_kept"):
    """Fetch the files of a recording or transcript into a folder; `Ok.result` holds "files".

    Nothing half written stays behind. A file that is there already is not replaced; one that is the
    same is left. A transcript is written as text, too: "hh:mm:ss  name  words" of the call's time.

    Attributes:
        kept: its id, or the beginning of it that fits one alone.
        folder: an absolute path.
        kind: of which it is, "" for either.
    """

    kept: Short
    folder: Short
    kind: WhichKept = ""


class DeleteKept(_Action, frozen=True, tag="delete_kept"):
    """Delete a recording or transcript for everybody.

    Attributes:
        kept: as in `ExportKept`.
        kind: the same.
    """

    kept: Short
    kind: WhichKept = ""


class HandOver(CallAction, frozen=True, tag="hand_over"):
    """Ring at another own device, which takes this one's place when it answers.

    Attributes:
        device: its name or the beginning of its id, "" for the only other one that is online.
    """

    device: Short = ""


class Note(CallAction, frozen=True, tag="note"):
    """Send a note in the call."""

    text: Short


class Compare(CallAction, frozen=True, tag="compare"):
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

    verdict: Verdict
    how: Form = "digits"
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


class UseCapability(CallAction, frozen=True, tag="use_capability"):
    """Use a capability by name; one that is off answers `Error` "gate" with its sentence."""

    capability: Short


class FindPeople(_Action, frozen=True, tag="find_people"):
    """Ask the service for people whose name or address holds a text; people then has them too.

    `Ok.result` holds the addresses that were "found", and whether there are "more".
    """

    text: Short = ""


class ShowPeople(_Action, frozen=True, tag="show_people"):
    """Tell whose rows are shown now, so that their presence is told as it changes."""

    accounts: Annotated[tuple[Short, ...], msgspec.Meta(max_length=400)]


class AddContact(_Action, frozen=True, tag="add_contact"):
    """Keep an address among the contacts, unless the own service says that nobody has it."""

    account: Short
    person: Short = ""


class Block(_Action, frozen=True, tag="block"):
    """Block or unblock an account."""

    account: Short
    on: bool = True


class Forget(_Action, frozen=True, tag="forget"):
    """Take somebody off the contacts and out of the history, or one past call out of it.

    How well the key is known stays, and whether they are blocked: who comes with another key must
    not pass for somebody new.

    Attributes:
        account: with whom.
        at: `HistoryView.at` of the one call, 0 for all of them and the contact.
    """

    account: Short
    at: float = 0


class SetPresence(_Action, frozen=True, tag="set_presence"):
    """Change the own presence.

    Attributes:
        presence: what others see.
        until: Unix seconds at which it is "free" again, 0 for no such moment.
    """

    presence: Literal["free", "away", "do_not_disturb"]
    until: float = 0


class ChangeSetting(_Action, frozen=True, tag="change_setting"):
    """Write a config key into client.toml; None goes back to the default."""

    key: Short
    value: Short | None


class ChangeAccountSetting(_Action, frozen=True, tag="change_account_setting"):
    """Change the account's settings, which all devices follow; None leaves one as it is.

    Attributes:
        e2ee_calls: of E2EE calls.
        recording_of_me: whether the person is recorded and transcribed in standard calls.
        captions_of_me: the same of captions.
    """

    e2ee_calls: OwnChoice | None = None
    recording_of_me: RecordingOfMe | None = None
    captions_of_me: CaptionsOfMe | None = None


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

    e2ee_calls: PolicyAllows | None = None
    require_compared: bool | None = None
    relay_only: bool | None = None


class Administer(_Action, frozen=True, tag="administer"):
    """Ask the service as an administrator or auditor; a long change may take half a minute.

    `Ok.result` holds the answer under "body".

    Attributes:
        body: a `Request` of `signaling.administration`, which the engine passes on unread.
    """

    body: msgspec.Raw


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


MOST_HEARD_SECONDS = 30.0
"""After which the engine lets nobody hear themselves any more."""


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
    protection: Protection = "keyring"
    new_passphrase: Short = ""


class Join(_Action, frozen=True, tag="join"):
    """Join another service by its invite link.

    Attributes:
        e2ee: turn the new account's E2EE calls on or off; None keeps what the person had.
    """

    link: Short
    e2ee: bool | None = None


class FindNewPath(CallAction, frozen=True, tag="find_new_path"):
    """Let the call look for another way through the network; it goes on meanwhile."""


class MarkMissedSeen(_Action, frozen=True, tag="mark_missed_seen"):
    """The missed calls were looked at."""


class Stop(_Action, frozen=True, tag="stop"):
    """End the engine; a call is hung up first."""


Action = (
    SetUp | Unlock | Call | Answer | Decline | Silence | HangUp | DismissCall | Mute | Talk | Hold
    | Swap | Note | Compare | AcceptKey | UseCapability | FindPeople | ShowPeople | AddContact
    | Block | SetPresence | ChangeSetting | ChangeAccountSetting | ChangeName | ChangePolicy
    | Administer | ChooseDevice | UseFiles | ListenToMicrophone | HearYourself | LookForDevices
    | AskRelays | CreateInvite | Join | FindNewPath | MarkMissedSeen | Stop | LinkDevice
    | ListDevices | RemoveDevice | Export | Restore | Forget | Consent | LeaveE2EE | GoE2EE | Add
    | Merge | Transfer | CompleteTransfer | Park | Retrieve | ListParked | HandOver | RecordCall
    | Transcribe | AgreeToBeKept | ShowCaptions | ListKept | ExportKept | DeleteKept
)  # fmt: skip
