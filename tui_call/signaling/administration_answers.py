"""What the service answers an administrator: the bodies of `Administered`, JSON.

See `administration` for pages, times and names, `administration_rows` for what lists consist of.
"""

from typing import Literal

import msgspec

from tui_call.signaling.administration_rows import (
    CallExplained,
    ChangedRow,
    ChangeRow,
    ConcernedRow,
    DeviceRow,
    Effect,
    GrantRow,
    GroupRow,
    IssuedLink,
    KeptOwn,
    KindExplained,
    PersonRow,
    PolicyRow,
    ReportRow,
)
from tui_call.signaling.messages import MalformedMessage
from tui_call.signaling.policies import Epoch
from tui_call.signaling.vocabulary import EncryptionSetting


class _Answer(msgspec.Struct, frozen=True, tag_field="answer", kw_only=True):
    pass


# Of changes


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

    @property
    def differs(self) -> bool:
        """Whether anything is, or would be, another than before."""
        return bool(self.rows)


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


class ChangesFound(_Answer, frozen=True, tag="changes_found"):
    """A page of changes."""

    changes: tuple[ChangeRow, ...]
    next: str = ""


class ChangeShown(_Answer, frozen=True, tag="change_shown"):
    """A page of a change's rows."""

    change: ChangeRow
    rows: tuple[ChangedRow, ...]
    next: str = ""


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
