"""What the service answers an administrator: the bodies of `Administered`, JSON.

Rows are what the command line and the Admin screen show. See `administration` for pages, times and
names.
"""

from typing import Literal

import msgspec

from tui_call.signaling.administration import Epoch, GrantedTo, Kind, Row, Term, Terms
from tui_call.signaling.messages import EncryptionSetting, MalformedMessage, Role, Time


class _Answer(msgspec.Struct, frozen=True, tag_field="answer", kw_only=True):
    pass


# Of changes


class ChangedRow(msgspec.Struct, frozen=True):
    """A row before and after a change; None where there was or is none.

    Attributes:
        table: "person", "setting", "group", "membership", "policy", "grant", "device" or "invite".
        key: account, name, device or what else names it to people.
    """

    table: str
    key: str
    before: Row | None
    after: Row | None


class Applied(msgspec.Struct, frozen=True):
    """The policy of a kind that applies to somebody, and why.

    Attributes:
        value: what it says of E2EE calls; "" for a calling policy.
    """

    policy: str
    source: GrantedTo
    group: str = ""
    rank: int = 0
    value: str = ""


class Effect(msgspec.Struct, frozen=True):
    """Somebody whose effective policy of a kind is another one afterwards."""

    account: str
    kind: Kind
    before: Applied | None
    after: Applied | None


class KeptOwn(msgspec.Struct, frozen=True):
    """Somebody of a group that was granted a policy, to whom another one goes on applying."""

    account: str
    policy: str


class IssuedLink(msgspec.Struct, frozen=True):
    """An invite for somebody; shown once, kept nowhere."""

    account: str
    link: str
    expires: Time


class ChangeOutcome(_Answer, frozen=True, tag="outcome"):
    """What a change did, or would do.

    Attributes:
        change: its number in the audit, 0 where nothing was changed.
        epoch: of the store afterwards; of a what-if, the one it was tried at.
        rows: the first of `all_rows`; further ones by `MoreOfOutcome`.
        effects: the first of `all_effects`.
        kept: people of a granted group who keep their own, the first of `all_kept`.
        moved_down: grants whose rank became a lower one.
        notes: sentences, for example of a rank beyond the end.
    """

    change: int
    epoch: Epoch
    rows: tuple[ChangedRow, ...] = ()
    all_rows: int = 0
    effects: tuple[Effect, ...] = ()
    all_effects: int = 0
    kept: tuple[KeptOwn, ...] = ()
    all_kept: int = 0
    moved_down: int = 0
    links: tuple[IssuedLink, ...] = ()
    notes: tuple[str, ...] = ()


class DraftExtended(_Answer, frozen=True, tag="draft_extended"):
    """How many operations the draft has now."""

    operations: int


class Problem(msgspec.Struct, frozen=True):
    """What is wrong.

    Attributes:
        code: of the sentence.
        text: the sentence.
        operation: index of the operation in draft and change together, -1 where it is of none.
    """

    code: str
    text: str
    operation: int = -1


class NotDone(_Answer, frozen=True, tag="not_done"):
    """Nothing was done.

    Attributes:
        why: "input" is refused for what was asked, "not_allowed" for the role, "stale" because
            the store has changed, "unavailable" because it cannot be reached.
        problems: at most 20.
        epoch: of the store, where it is known.
    """

    why: Literal["input", "not_allowed", "stale", "unavailable"]
    problems: tuple[Problem, ...]
    all_problems: int = 0
    epoch: Epoch | None = None


# Of questions


class GrantRow(msgspec.Struct, frozen=True):
    """To whom a policy is granted; `people` is to how many it applies by this grant."""

    policy: str
    kind: Kind
    to: GrantedTo
    subject: str = ""
    rank: int = 0
    people: int = 0


class PersonRow(msgspec.Struct, frozen=True):
    """Somebody, as administrators see it.

    Attributes:
        source: the feed that keeps the row, "" by hand.
        devices: how many.
        last_seen: when a device was last connected, 0 for never.
        client: the version that it said it was.
    """

    account: str
    name: str
    role: Role
    disabled: bool = False
    source: str = ""
    external_id: str = ""
    groups: tuple[str, ...] = ()
    devices: int = 0
    last_seen: Time = 0
    client: str = ""
    e2ee_calls: str = ""
    """Of the encryption policy that applies."""


class DeviceRow(msgspec.Struct, frozen=True):
    """A device; `revoked` is when, 0 where it is not."""

    device: str
    account: str
    name: str
    enrolled: Time
    revoked: Time = 0
    online: bool = False


class GroupRow(msgspec.Struct, frozen=True):
    """A group."""

    name: str
    people: int
    source: str = ""
    external_id: str = ""
    grants: tuple[GrantRow, ...] = ()


class PolicyRow(msgspec.Struct, frozen=True):
    """A policy with all its terms.

    Attributes:
        grants: the organisation's, those of groups by rank, then the first of those of people.
        people: to how many it applies.
        all_grants: how many there are; each person with one is among the `ConcernedRow`s.
    """

    name: str
    kind: Kind
    terms: Terms
    grants: tuple[GrantRow, ...] = ()
    people: int = 0
    all_grants: int = 0


class ConcernedRow(msgspec.Struct, frozen=True):
    """Somebody to whom a policy applies, and through what."""

    account: str
    source: GrantedTo
    group: str = ""
    rank: int = 0


class RuleRow(msgspec.Struct, frozen=True):
    """A rule that was tried.

    Attributes:
        to: what it is granted to.
        rank: of a group's grant, else 0.
        group: its name, else "".
        policy: "" where none is granted.
    """

    to: GrantedTo
    rank: int
    group: str
    policy: str
    result: Literal["none", "applies", "not_reached"]


class KindExplained(msgspec.Struct, frozen=True):
    """How a kind of policy was decided; `terms` are those of the one that applies."""

    kind: Kind
    rules: tuple[RuleRow, ...]
    applied: Applied
    terms: Terms


class CallExplained(msgspec.Struct, frozen=True):
    """What an E2EE call from the person to another would be, as far as the service knows.

    Attributes:
        allowed: it would be E2EE.
        code: of the reason, "" where it is allowed.
        at: the account whose side the reason is on.
        why: what decided there, for example "organisation: disabled".
    """

    other: str
    allowed: bool
    code: str = ""
    at: str = ""
    why: str = ""


class PeopleFound(_Answer, frozen=True, tag="people_found"):
    """A page of people; `all` is how many there are."""

    people: tuple[PersonRow, ...]
    next: str = ""
    all: int = 0


class PersonShown(_Answer, frozen=True, tag="person_shown"):
    """One person."""

    person: PersonRow
    setting: EncryptionSetting
    devices: tuple[DeviceRow, ...]
    grants: tuple[GrantRow, ...]


class GroupsFound(_Answer, frozen=True, tag="groups_found"):
    """A page of groups."""

    groups: tuple[GroupRow, ...]
    next: str = ""
    all: int = 0


class DevicesFound(_Answer, frozen=True, tag="devices_found"):
    """A page of devices."""

    devices: tuple[DeviceRow, ...]
    next: str = ""
    all: int = 0


class PoliciesFound(_Answer, frozen=True, tag="policies_found"):
    """A page of policies, and the epoch at which they were so."""

    policies: tuple[PolicyRow, ...]
    epoch: Epoch
    next: str = ""
    all: int = 0


class ConcernedFound(_Answer, frozen=True, tag="concerned_found"):
    """A page of the people to whom a policy applies."""

    people: tuple[ConcernedRow, ...]
    next: str = ""
    all: int = 0


class Explained(_Answer, frozen=True, tag="explained"):
    """What applies to a person, and what a call would be.

    Attributes:
        client_too_old: the version that the person's device claimed is below `min_client`.
    """

    account: str
    kinds: tuple[KindExplained, ...]
    setting: EncryptionSetting
    client: str = ""
    client_too_old: bool = False
    call: CallExplained | None = None


class ChangeRow(msgspec.Struct, frozen=True):
    """A change in the audit.

    Attributes:
        actor: account, "" for the service itself.
        address: from which network address.
        action: for example "policy.grant", or "change" where it did several things.
        subject: the first row's key.
        rows: how many.
    """

    change: int
    time: Time
    actor: str
    device: str
    address: str
    action: str
    subject: str
    detail: str
    rows: int


class ChangesFound(_Answer, frozen=True, tag="changes_found"):
    """A page of changes."""

    changes: tuple[ChangeRow, ...]
    next: str = ""


class ChangeShown(_Answer, frozen=True, tag="change_shown"):
    """A page of a change's rows."""

    change: ChangeRow
    rows: tuple[ChangedRow, ...]
    next: str = ""


class ReportRow(msgspec.Struct, frozen=True):
    """How far an encryption policy has come: numbers of people to whom it applies."""

    policy: str
    value: Term
    people: int
    turned_on: int
    client_too_old: int
    never_seen: int


class Reported(_Answer, frozen=True, tag="reported"):
    """A row a policy."""

    rows: tuple[ReportRow, ...]


Answer = (
    ChangeOutcome
    | DraftExtended
    | NotDone
    | PeopleFound
    | PersonShown
    | GroupsFound
    | DevicesFound
    | PoliciesFound
    | ConcernedFound
    | Explained
    | ChangesFound
    | ChangeShown
    | Reported
)

_encoder = msgspec.json.Encoder()


def encode_answer(answer: Answer) -> msgspec.Raw:
    """Return the body of `Administered`."""
    return msgspec.Raw(_encoder.encode(answer))


def answer_of(body: object) -> Answer:
    """Return what the body of `Administered` says, as the engine passes it on: plain data.

    Raises:
        MalformedMessage: it is none.
    """
    try:
        return msgspec.convert(body, Answer)
    except msgspec.ValidationError as error:
        raise MalformedMessage("why", reason=error) from error
