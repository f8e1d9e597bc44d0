"""What an administrator asks of the service, and what comes back: JSON, carried unread by engines.

The body of `Administer` is one `Request` and that of `Administered` one `Answer`; the field `ask`
or `answer` tells which. A change is a list of operations that are carried out as a whole or not at
all. A list longer than a frame goes in parts into a draft, which belongs to the connection, and
what is long in an answer comes in pages: `after` is the last key of the page before, "" for the
first, and `next` is "" on the last.

Times are Unix seconds, 0 for never. Names are as stored: whoever shows them cleans them.
"""

from typing import Annotated, Literal

import msgspec

from tui_call.signaling.messages import MESSAGE_BYTES, MalformedMessage, Role, Time
from tui_call.signaling.policies import Epoch, GrantedTo

MOST_BODY = MESSAGE_BYTES - 4096
"""Bytes of a body: the rest of a frame is for what carries it."""
MOST_OPERATIONS = 500
"""In one part of a draft or one change."""
MOST_DRAFT = 100_000
"""Operations of a draft."""
MOST_LINKS = 100
"""Invites that one change makes, as their links come in one answer."""
PAGE = 100
"""Rows of a page, unless fewer are asked for."""

MOST_GROUPS = 256
"""Groups of a person that one operation names."""

Kind = Literal["encryption", "calling"]
Number = Annotated[int, msgspec.Meta(ge=-(2**53), le=2**53)]
"""Any store has room for it."""
Name = Annotated[str, msgspec.Meta(max_length=256, pattern=r"\A[^\0]*\Z")]
"""Without NUL: PostgreSQL has none, and what is kept otherwise than it came is not found again."""
Groups = Annotated[tuple[Name, ...], msgspec.Meta(max_length=MOST_GROUPS)]
Term = bool | int | str
Terms = Annotated[dict[Name, Term], msgspec.Meta(max_length=64)]
"""Fields of a policy by name, as in config/policies.toml."""
Row = dict[str, Term | None]


# Operations


class _Operation(msgspec.Struct, frozen=True, tag_field="do", kw_only=True):
    pass


class AddPerson(_Operation, frozen=True, tag="add_person"):
    """Add somebody who is not there yet, without devices.

    Attributes:
        address: `user@organisation`, or the user part alone.
        name: as others see it; "" makes one of the address.
    """

    address: Name
    name: Name = ""
    role: Role = "member"
    groups: Groups = ()


class PutPerson(_Operation, frozen=True, tag="put_person"):
    """Have somebody be as a file says: added, changed or left as is.

    Attributes:
        source: the feed that the row belongs to, "" for none.
        groups: all that the person is in, made where they are missing; None leaves them.
        role, external_id: None leaves it.
    """

    address: Name
    name: Name = ""
    role: Role | None = None
    groups: Groups | None = None
    external_id: Name | None = None
    source: Name = ""


class TakeMissing(_Operation, frozen=True, tag="take_missing"):
    """Disable or remove the people of a feed whom this change did not put; the last operation."""

    source: Name
    then: Literal["disable", "remove"]


class ChangeRole(_Operation, frozen=True, tag="change_role"):
    """Give another role."""

    account: Name
    role: Role


class DisablePerson(_Operation, frozen=True, tag="disable_person"):
    """Keep somebody out; everything of them stays."""

    account: Name


class EnablePerson(_Operation, frozen=True, tag="enable_person"):
    """Let a disabled person in again."""

    account: Name


class RemovePerson(_Operation, frozen=True, tag="remove_person"):
    """Remove somebody with devices, memberships and grants."""

    account: Name


class InvitePerson(_Operation, frozen=True, tag="invite_person"):
    """Make a link with which somebody enrols a device in place of all before."""

    account: Name


class RevokeDevice(_Operation, frozen=True, tag="revoke_device"):
    """Keep a device out for good."""

    device: Name


class NewGroup(_Operation, frozen=True, tag="new_group"):
    """Make a group."""

    name: Name


class RenameGroup(_Operation, frozen=True, tag="rename_group"):
    """Give a group another name."""

    name: Name
    new: Name


class RemoveGroup(_Operation, frozen=True, tag="remove_group"):
    """Remove a group that has no grant."""

    name: Name


class AddMember(_Operation, frozen=True, tag="add_member"):
    """Put somebody into a group."""

    group: Name
    account: Name


class DropMember(_Operation, frozen=True, tag="drop_member"):
    """Take somebody out of a group."""

    group: Name
    account: Name


class NewPolicy(_Operation, frozen=True, tag="new_policy"):
    """Make a policy; what `terms` leave out has its default."""

    name: Name
    kind: Kind
    terms: Terms


class SetPolicy(_Operation, frozen=True, tag="set_policy"):
    """Change terms of a policy."""

    name: Name
    terms: Terms


class RenamePolicy(_Operation, frozen=True, tag="rename_policy"):
    """Give a policy another name."""

    name: Name
    new: Name


class RemovePolicy(_Operation, frozen=True, tag="remove_policy"):
    """Remove a policy that is granted to nobody."""

    name: Name


class GrantPolicy(_Operation, frozen=True, tag="grant_policy"):
    """Let a policy apply; a grant of the same kind to the same subject is replaced.

    Attributes:
        subject: account or group, "" for the organisation.
        rank: of a group's grant among those of the kind, 1 is highest; None keeps the one there
            is, else appends. One beyond the end becomes the last.
    """

    policy: Name
    to: GrantedTo
    subject: Name = ""
    rank: Number | None = None


class TakeGrant(_Operation, frozen=True, tag="take_grant"):
    """Take a grant away from a person or group; "" as kind is the only one there is."""

    to: GrantedTo
    subject: Name
    kind: Kind | Literal[""] = ""


class Revert(_Operation, frozen=True, tag="revert"):
    """Make the opposite of an earlier change; alone in its change."""

    change: Number


Operation = (
    AddPerson
    | PutPerson
    | TakeMissing
    | ChangeRole
    | DisablePerson
    | EnablePerson
    | RemovePerson
    | InvitePerson
    | RevokeDevice
    | NewGroup
    | RenameGroup
    | RemoveGroup
    | AddMember
    | DropMember
    | NewPolicy
    | SetPolicy
    | RenamePolicy
    | RemovePolicy
    | GrantPolicy
    | TakeGrant
    | Revert
)


class PolicyCheck(msgspec.Struct, frozen=True, tag="policy"):
    """After the change this person's policy says so, for example `{"e2ee_calls": "required"}`."""

    user: Name
    terms: Terms


class CallCheck(msgspec.Struct, frozen=True, tag="call"):
    """After the change an E2EE call between the two is allowed by policy, or is not."""

    call: tuple[Name, Name]
    allowed: bool


Check = PolicyCheck | CallCheck


# Requests that change


class _Request(msgspec.Struct, frozen=True, tag_field="ask", kw_only=True):
    pass


class ExtendDraft(_Request, frozen=True, tag="extend_draft"):
    """Add a part to the draft of this name; another name begins a new one."""

    draft: Name
    operations: Annotated[tuple[Operation, ...], msgspec.Meta(max_length=MOST_OPERATIONS)]


class Change(_Request, frozen=True, tag="change"):
    """Carry out operations, those of a draft first; or only tell what they would do.

    Attributes:
        draft: name of the draft, "" for none. It is spent by a change, not by a what-if.
        what_if: carry out, tell and undo.
        expected_epoch: refuse as stale where the store is at another; None takes any.
        removals: how many people this may disable or remove where that is more than 20.
        checks: what has to hold afterwards, or nothing is done.
    """

    operations: Annotated[tuple[Operation, ...], msgspec.Meta(max_length=MOST_OPERATIONS)] = ()
    draft: Name = ""
    what_if: bool = False
    expected_epoch: Epoch | None = None
    removals: Number | None = None
    checks: tuple[Check, ...] = ()


class MoreOfOutcome(_Request, frozen=True, tag="more_of_outcome"):
    """Ask for further rows and effects of the latest `ChangeOutcome` on this connection."""

    rows: Number
    """How many rows are known."""
    effects: Number


# Requests that read


class FindPeople(_Request, frozen=True, tag="find_people"):
    """List people by address whose name or address holds a text."""

    text: Name = ""
    group: Name = ""
    after: Name = ""
    most: Number = PAGE


class ShowPerson(_Request, frozen=True, tag="show_person"):
    """Ask for one person with devices and grants."""

    account: Name


class FindGroups(_Request, frozen=True, tag="find_groups"):
    """List groups by name."""

    text: Name = ""
    after: Name = ""
    most: Number = PAGE


class FindDevices(_Request, frozen=True, tag="find_devices"):
    """List devices by account and id."""

    account: Name = ""
    after: Name = ""
    most: Number = PAGE


class FindPolicies(_Request, frozen=True, tag="find_policies"):
    """List all policies by name, with their grants."""

    text: Name = ""
    after: Name = ""
    most: Number = PAGE


class FindConcerned(_Request, frozen=True, tag="find_concerned"):
    """List the people to whom a policy applies."""

    policy: Name
    after: Name = ""
    most: Number = PAGE


class Explain(_Request, frozen=True, tag="explain"):
    """Ask which rules were tried for a person, and what a call to another would be."""

    account: Name
    other: Name = ""


class FindChanges(_Request, frozen=True, tag="find_changes"):
    """List changes, the newest first; `after` is a number as text."""

    actor: Name = ""
    subject: Name = ""
    since: Time = 0
    after: Name = ""
    most: Number = PAGE


class ShowChange(_Request, frozen=True, tag="show_change"):
    """Ask for the rows of a change before and after; `after` is how many are known, as text."""

    change: Number
    after: Name = ""


class AskReport(_Request, frozen=True, tag="ask_report"):
    """Ask for a line a policy: to how many it applies, and how far it has come."""


ChangingRequest = ExtendDraft | Change
ReadingRequest = (
    MoreOfOutcome
    | FindPeople
    | ShowPerson
    | FindGroups
    | FindDevices
    | FindPolicies
    | FindConcerned
    | Explain
    | FindChanges
    | ShowChange
    | AskReport
)
Request = ChangingRequest | ReadingRequest

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Request)


def encode(request: Request) -> msgspec.Raw:
    """Return the body of `Administer`."""
    return msgspec.Raw(_encoder.encode(request))


def decode(body: bytes | msgspec.Raw) -> Request:
    """Parse the body of `Administer`.

    Raises:
        MalformedMessage: too long, no JSON, an unknown request, a missing field, a wrong type.
    """
    data = bytes(body)
    if len(data) > MOST_BODY:
        raise MalformedMessage("long", n=MOST_BODY)
    try:
        return _decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedMessage("why", reason=error) from error
