"""What administrators decide, a struct a row: read, kept before and after a change, put back.

As JSON a record is what `audit_rows` holds, so that it can be made of that again. Times are Unix
seconds.
"""

from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Row, Table

from tui_call.service.database import tables
from tui_call.signaling.operations import (
    Kind,
    Term,
)
from tui_call.signaling.policies import GrantedTo
from tui_call.signaling.vocabulary import CaptionsWord, EncryptionSetting, RecordingWord, Role


class Record(msgspec.Struct, frozen=True):
    """A row of one of `STORED`."""


class AccountRecord(Record, frozen=True):
    """Somebody; `disabled` is since when."""

    id: str
    name: str
    search_text: str
    role: Role
    on_demand: bool
    created: int
    disabled: int | None = None
    last_seen: int | None = None
    client_version: str = ""
    source: str = ""
    external_id: str | None = None

    @property
    def administers(self) -> bool:
        """Whether this is an administrator who may log in."""
        return self.role == "admin" and self.disabled is None


class SettingRecord(Record, frozen=True):
    """What somebody chose."""

    account: str
    e2ee_calls: EncryptionSetting
    recording_of_me: RecordingWord = "ask"
    captions_of_me: CaptionsWord = "allow"


class DeviceRecord(Record, frozen=True):
    """A device; `revoked` is since when."""

    id: str
    account: str
    name: str
    login_key: bytes
    created: int
    revoked: int | None = None
    linked_by: str | None = None


class GroupRecord(Record, frozen=True):
    """A group."""

    id: str
    name: str
    created: int
    source: str = ""
    external_id: str | None = None


class MembershipRecord(Record, frozen=True):
    """Somebody's place in a group."""

    group_id: str
    account: str
    source: str = ""


class PolicyRecord(Record, frozen=True):
    """A policy; `terms` are JSON, and what they leave out has its default."""

    id: str
    name: str
    kind: Kind
    terms: str
    created: int

    @property
    def given(self) -> dict[str, Term]:
        """The terms by name."""
        terms: dict[str, Term] = msgspec.json.decode(self.terms)
        return terms

    @property
    def park_group(self) -> str:
        """The name of the group that may take parked calls, "" for none."""
        return str(self.given.get("park_group", ""))


class GrantRecord(Record, frozen=True):
    """To whom a policy applies: an account, the id of a group, or "" for the organisation."""

    id: str
    kind: Kind
    to_kind: GrantedTo
    subject: str
    policy_id: str
    rank: int


R = TypeVar("R", bound=Record)


@dataclass(frozen=True, slots=True)
class Stored:
    """How a kind of record is stored.

    Attributes:
        key: the columns of the primary key.
        got_by: the column by which single rows are read.
        looked_up: further columns by which rows are read.
        moving: columns that change by themselves: of no change, and in no revert's way.
    """

    table: Table
    key: tuple[str, ...]
    got_by: str
    looked_up: tuple[str, ...] = ()
    moving: frozenset[str] = frozenset()


# In the order in which rows are added, as later ones refer to earlier ones.
STORED: dict[type[Record], Stored] = {
    AccountRecord: Stored(
        tables.accounts,
        ("id",),
        "id",
        ("role", "source"),
        frozenset({"last_seen", "client_version"}),
    ),
    SettingRecord: Stored(
        tables.account_settings,
        ("account",),
        "account",
        moving=frozenset({"e2ee_calls", "recording_of_me", "captions_of_me"}),
    ),
    DeviceRecord: Stored(tables.devices, ("id",), "id", ("account",)),
    GroupRecord: Stored(tables.groups, ("id",), "id", ("name",)),
    MembershipRecord: Stored(tables.memberships, ("group_id", "account"), "account", ("group_id",)),
    PolicyRecord: Stored(tables.policies, ("id",), "id", ("name",)),
    GrantRecord: Stored(tables.grants, ("id",), "id", ("subject", "policy_id", "to_kind")),
}
BY_TABLE = {stored.table.name: kind for kind, stored in STORED.items()}


def key_of(record: Record) -> tuple[str, ...]:
    """Return the primary key of a record."""
    return tuple(getattr(record, column) for column in STORED[type(record)].key)


def of_row(kind: type[R], row: Row[Any]) -> R:
    """Return a record of a row with all columns of its table."""
    return kind(*(getattr(row, column) for column in kind.__struct_fields__))


def as_row(record: Record) -> dict[str, Any]:
    """Return the columns of a record as they are stored."""
    return msgspec.structs.asdict(record)


def of_json(table: str, text: str | None) -> Record | None:
    """Return a record as `audit_rows` kept it, None for what was or is not."""
    return None if text is None else msgspec.json.decode(text, type=BY_TABLE[table])


def same(one: Record | None, other: Record | None) -> bool:
    """Tell whether two are equal in all that administrators decide."""
    if one is None or other is None or type(one) is not type(other):
        return one is other
    moving = STORED[type(one)].moving
    return all(
        getattr(one, column) == getattr(other, column)
        for column in one.__struct_fields__
        if column not in moving
    )
