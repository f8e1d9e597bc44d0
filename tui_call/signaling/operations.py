"""What a change of the organisation consists of: operations, and what has to hold after them."""

from typing import Annotated, Literal

import msgspec

from tui_call.signaling.policies import GrantedTo
from tui_call.signaling.vocabulary import Role

GROUPS_ARE_SEPARATED_BY = ";|"
"""In files of people, so that no name has one of them."""
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
