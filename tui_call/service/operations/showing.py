"""Rows of a change as administrators read them: names in place of ids, and no keys or hashes."""

from collections.abc import Mapping
from typing import cast

import msgspec

from tui_call.permissions.terms import PolicyKind, as_mapping, known_terms
from tui_call.service.database.records import (
    AccountRecord,
    DeviceRecord,
    GrantRecord,
    GroupRecord,
    MembershipRecord,
    PolicyRecord,
    Record,
    SettingRecord,
)
from tui_call.signaling.administration_rows import ChangedRow
from tui_call.signaling.operations import Row

Names = Mapping[str, str]
"""Names of groups and policies by id."""


def named_by_id(before: Record | None, after: Record | None) -> list[tuple[type[Record], str]]:
    """Return what has to be in `Names` to show a row."""
    return [
        named for record in (before, after) if record is not None for named in _named_by_id(record)
    ]


def _named_by_id(record: Record) -> list[tuple[type[Record], str]]:
    match record:
        case MembershipRecord():
            return [(GroupRecord, record.group_id)]
        case GrantRecord(to_kind="group"):
            return [(PolicyRecord, record.policy_id), (GroupRecord, record.subject)]
        case GrantRecord():
            return [(PolicyRecord, record.policy_id)]
        case _:
            return []


def shown_row(before: Record | None, after: Record | None, names: Names) -> ChangedRow:
    """Return a row as people read it."""
    record = before or after
    assert record is not None
    return ChangedRow(
        _TABLES[type(record)],
        _key(record, names),
        None if before is None else _fields(before, names),
        None if after is None else _fields(after, names),
    )


def shown_invite(account: str, before: str | None, after: str | None) -> ChangedRow:
    """Return an invite as people read it, of the JSON in the audit."""
    return ChangedRow(
        "invite",
        account,
        None if before is None else msgspec.json.decode(before),
        None if after is None else msgspec.json.decode(after),
    )


_TABLES: dict[type[Record], str] = {
    AccountRecord: "person",
    SettingRecord: "setting",
    GroupRecord: "group",
    MembershipRecord: "membership",
    PolicyRecord: "policy",
    GrantRecord: "grant",
    DeviceRecord: "device",
}


def _key(record: Record, names: Names) -> str:
    match record:
        case AccountRecord() | DeviceRecord():
            return record.id
        case SettingRecord():
            return record.account
        case GroupRecord() | PolicyRecord():
            return record.name
        case MembershipRecord():
            return f"{names[record.group_id]}: {record.account}"
        case GrantRecord():
            subject = subject_name(record, names)
            return f"{record.kind}, {record.to_kind} {subject}".rstrip()
        case _:
            raise TypeError(record)


def _fields(record: Record, names: Names) -> Row:
    match record:
        case AccountRecord():
            return {
                "name": record.name,
                "role": record.role,
                "disabled": record.disabled is not None,
                **_kept_by(record),
            }
        case SettingRecord():
            return {"e2ee_calls": record.e2ee_calls}
        case GroupRecord():
            return {"name": record.name, **_kept_by(record)}
        case MembershipRecord():
            return {
                "group": names[record.group_id],
                "account": record.account,
                "source": record.source,
            }
        case PolicyRecord():
            terms = as_mapping(known_terms(PolicyKind(record.kind), record.given))
            return cast("Row", {"name": record.name, "kind": record.kind, **terms})
        case GrantRecord():
            return {
                "policy": names[record.policy_id],
                "kind": record.kind,
                "to": record.to_kind,
                "subject": subject_name(record, names),
                "rank": record.rank,
            }
        case DeviceRecord():
            return {
                "account": record.account,
                "name": record.name,
                "revoked": record.revoked is not None,
            }
        case _:
            raise TypeError(record)


def _kept_by(record: AccountRecord | GroupRecord) -> Row:
    return {"source": record.source, "external_id": record.external_id or ""}


def subject_name(grant: GrantRecord, names: Names) -> str:
    """Return the account or the name of the group that something is granted to."""
    return names[grant.subject] if grant.to_kind == "group" else grant.subject
