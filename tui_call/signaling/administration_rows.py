"""Rows of what the service answers an administrator, as command line and Admin screen show them.

Times are Unix seconds, 0 for never. Names are as stored: whoever shows them cleans them.
"""

from typing import Literal

import msgspec

from tui_call.signaling.operations import Kind, Row, Term, Terms
from tui_call.signaling.policies import GrantedTo
from tui_call.signaling.vocabulary import Role, Time


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
    """What a call from the person to another would be, as far as the service knows.

    Attributes:
        allowed: it would be E2EE.
        code: of the reason why it would not, "" where it would.
        at: the account whose side the reason is on.
        why: what decided there, for example "organisation: disabled".
        standard: where it would not be E2EE, it would be standard instead of refused.
    """

    other: str
    allowed: bool
    code: str = ""
    at: str = ""
    why: str = ""
    standard: bool = False


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


class ReportRow(msgspec.Struct, frozen=True):
    """How far an encryption policy has come: numbers of people to whom it applies."""

    policy: str
    value: Term
    people: int
    turned_on: int
    client_too_old: int
    never_seen: int
