"""The tables. A change here needs a migration; a test compares the two.

Accounts are addresses (`ada@home-3fk2`), devices and ids are 32 hexadecimal digits, times are Unix
seconds. `source` is the feed that keeps a row, "" where people do.
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy import Text as LongText

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
    }
)

# A number that does not end in 2038.
Count = BigInteger().with_variant(Integer(), "sqlite")
Seconds = Count


class Text(TypeDecorator[str]):
    """Text without NUL, which PostgreSQL neither keeps nor looks for."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Have another character for each NUL."""
        return value and value.replace("\0", "\N{REPLACEMENT CHARACTER}")


def _kept_by_a_feed() -> tuple[Column[Any], ...]:
    return (
        Column("source", Text(64), nullable=False, server_default=""),
        Column("external_id", Text(256), nullable=True),
    )


policies = Table(
    "policies",
    metadata,
    Column("id", Text(32), primary_key=True),
    Column("name", Text(64), nullable=False),
    Column("kind", Text(16), nullable=False),
    Column("terms", LongText, nullable=False),  # JSON; what it leaves out has its default
    Column("created", Seconds, nullable=False),
    UniqueConstraint("name"),
    CheckConstraint("kind IN ('encryption', 'calling')", name="kind"),
)

# `subject` is an account, the id of a group or "" for the organisation; only groups have ranks.
grants = Table(
    "grants",
    metadata,
    Column("id", Text(32), primary_key=True),
    Column("kind", Text(16), nullable=False),
    Column("to_kind", Text(16), nullable=False),
    Column("subject", Text(64), nullable=False),
    Column("policy_id", Text(32), ForeignKey("policies.id"), nullable=False),
    Column("rank", Integer, nullable=False),
    UniqueConstraint("kind", "to_kind", "subject"),
    CheckConstraint("kind IN ('encryption', 'calling')", name="kind"),
    CheckConstraint("to_kind IN ('user', 'group', 'organisation')", name="to_kind"),
    Index(None, "policy_id"),
)

# One row. `epoch` grows in the transaction of each change of what administrators decide; of two
# epochs, the one with the later timeline is newer. The SHA-256 is of the key of the certificate
# that the service made for itself, in older stores of that certificate, NULL before.
organisation = Table(
    "organisation",
    metadata,
    Column("id", Text(32), primary_key=True),
    Column("name", Text(64), nullable=False),
    Column("created", Seconds, nullable=False),
    Column("own_certificate_sha256", LargeBinary(32), nullable=True),
    Column("timeline", Count, nullable=False, server_default="0"),
    Column("epoch", Count, nullable=False, server_default="0"),
)

# `search_text` is casefolded by Python, as SQLite's own lower() knows only ASCII. `disabled` is
# since when somebody is kept out, `last_seen` and `client_version` are of their latest login.
accounts = Table(
    "accounts",
    metadata,
    Column("id", Text(64), primary_key=True),
    Column("name", Text(64), nullable=False),
    Column("search_text", Text(256), nullable=False),
    Column("role", Text(16), nullable=False),
    Column("on_demand", Boolean, nullable=False),
    Column("created", Seconds, nullable=False),
    Column("disabled", Seconds, nullable=True),
    Column("last_seen", Seconds, nullable=True),
    Column("client_version", Text(64), nullable=False, server_default=""),
    *_kept_by_a_feed(),
    Index(None, "search_text"),
    CheckConstraint("role IN ('member', 'admin', 'auditor')", name="role"),
)
# Whom every list and count of people means: all but the accounts that the service itself starts.
of_people = accounts.c.on_demand.is_(False)

groups = Table(
    "groups",
    metadata,
    Column("id", Text(32), primary_key=True),
    Column("name", Text(64), nullable=False),
    Column("created", Seconds, nullable=False),
    *_kept_by_a_feed(),
    UniqueConstraint("name"),
)

memberships = Table(
    "memberships",
    metadata,
    Column("group_id", Text(32), ForeignKey("groups.id"), primary_key=True),
    Column("account", Text(64), ForeignKey("accounts.id"), primary_key=True),
    Column("source", Text(64), nullable=False, server_default=""),
    Index(None, "account"),
)

account_settings = Table(
    "account_settings",
    metadata,
    Column("account", Text(64), ForeignKey("accounts.id"), primary_key=True),
    Column("e2ee_calls", Text(16), nullable=False),
    Column("recording_of_me", Text(16), nullable=False, server_default="ask"),
    Column("captions_of_me", Text(16), nullable=False, server_default="allow"),
    CheckConstraint("e2ee_calls IN ('off', 'on', 'require')", name="e2ee_calls"),
    CheckConstraint("recording_of_me IN ('allow', 'ask', 'refuse')", name="recording_of_me"),
    CheckConstraint("captions_of_me IN ('allow', 'refuse')", name="captions_of_me"),
)

devices = Table(
    "devices",
    metadata,
    Column("id", Text(32), primary_key=True),
    Column("account", Text(64), ForeignKey("accounts.id"), nullable=False),
    Column("name", Text(64), nullable=False),
    Column("login_key", LargeBinary(32), nullable=False),
    Column("created", Seconds, nullable=False),
    Column("revoked", Seconds, nullable=True),
    Column("linked_by", Text(32), nullable=True),
    Index(None, "account"),
)

# `account` is set where an invite enrols a device of an account that exists. With `device`, the
# device that made it, the new one is added to the account's; else it replaces them. `made_with` is
# the administrator's device that made another one, NULL where it is not known.
invites = Table(
    "invites",
    metadata,
    Column("code_sha256", LargeBinary(32), primary_key=True),
    Column("account", Text(64), ForeignKey("accounts.id"), nullable=True),
    Column("created_by", Text(64), ForeignKey("accounts.id"), nullable=True),
    Column("created", Seconds, nullable=False),
    Column("expires", Seconds, nullable=False),
    Column("used", Seconds, nullable=True),
    Column("used_by", Text(32), ForeignKey("devices.id"), nullable=True),
    Column("device", Text(32), nullable=True),
    Column("made_with", Text(32), nullable=True),
)

missed_calls = Table(
    "missed_calls",
    metadata,
    Column("to_account", Text(64), ForeignKey("accounts.id"), primary_key=True),
    Column("from_account", Text(64), ForeignKey("accounts.id"), primary_key=True),
    Column("call", Text(32), primary_key=True),
    Column("time", Seconds, nullable=False),
)

# Calls through the bridge, whole, as JSON. `home` names the service that runs one, `fence` grows
# when another takes it over, `sequence` with each change.
standard_calls = Table(
    "standard_calls",
    metadata,
    Column("call", Text(32), primary_key=True),
    Column("home", Text(32), nullable=False),
    Column("fence", Count, nullable=False),
    Column("sequence", Count, nullable=False),
    Column("state", LongText, nullable=False),
    Index(None, "home"),
)

# `account` parked the call, and its policy says who may retrieve it; it may be gone by then.
park_slots = Table(
    "park_slots",
    metadata,
    Column("slot", Integer, primary_key=True, autoincrement=False),
    Column("call", Text(32), ForeignKey("standard_calls.call"), nullable=False),
    Column("account", Text(64), nullable=False),
    UniqueConstraint("call"),
)

# What is kept of standard calls: its files lie on the disk of the service `home`. `started_by` is
# an account that may be gone by now, "" where a rule started it; `ended` is NULL while it goes on.
# `keep_days` is what the calling policies of those in the call say when they come, 0 for ever.
# `call_began` is NULL where nobody knows it any more, as of a call of an earlier version.
# What is `removed` is nobody's any more, and its row is gone as soon as its files are.
kept = Table(
    "kept",
    metadata,
    Column("id", Text(32), primary_key=True),
    Column("kind", Text(16), nullable=False),
    Column("call", Text(32), nullable=False),
    Column("home", Text(32), nullable=False),
    Column("started_by", Text(64), nullable=False),
    Column("by_rule", Boolean, nullable=False),
    Column("keep_days", Integer, nullable=False),
    Column("began", Seconds, nullable=False),
    Column("ended", Seconds, nullable=True),
    Column("removed", Seconds, nullable=True),
    Column("call_began", Seconds, nullable=True),
    CheckConstraint("kind IN ('recording', 'transcript')", name="kind"),
    Index(None, "began"),
    Index(None, "home"),
)

# `closed` is NULL until its files are; `why` is "" where that was in good order.
kept_parts = Table(
    "kept_parts",
    metadata,
    Column("kept", Text(32), ForeignKey("kept.id"), primary_key=True),
    Column("part", Integer, primary_key=True, autoincrement=False),
    Column("fence", Count, nullable=False),
    Column("began", Seconds, nullable=False),
    Column("closed", Seconds, nullable=True),
    Column("seconds", Float, nullable=False, server_default="0"),
    Column("why", Text(40), nullable=False, server_default=""),
)

# `person` is the number of who is in it, 0 for all.
kept_files = Table(
    "kept_files",
    metadata,
    Column("kept", Text(32), ForeignKey("kept.id"), primary_key=True),
    Column("name", Text(48), primary_key=True),
    Column("part", Integer, nullable=False),
    Column("person", Integer, nullable=False),
    Column("size", Count, nullable=False),
    Column("sha256", Text(64), nullable=False),
)

# Who was in the call while it was kept, a row each time; `went` is NULL while somebody is in it.
kept_people = Table(
    "kept_people",
    metadata,
    Column("kept", Text(32), ForeignKey("kept.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("came", Seconds, primary_key=True, autoincrement=False),
    Column("account", Text(64), nullable=False),
    Column("went", Seconds, nullable=True),
    Index(None, "account"),
)

# What was done stays readable when its subject is gone, so nothing here refers to other tables.
# `actor` is an account, or "" for the service itself; `address` is where the actor's device was.
audit = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("time", Seconds, nullable=False),
    Column("actor", Text(64), nullable=False),
    Column("action", Text(32), nullable=False),
    Column("subject", Text(64), nullable=False),
    Column("detail", Text(256), nullable=False),
    Column("device", Text(32), nullable=False, server_default=""),
    Column("address", Text(64), nullable=False, server_default=""),
    Index(None, "subject"),
)

# The rows of a change before and after, JSON; NULL where there was or is none.
audit_rows = Table(
    "audit_rows",
    metadata,
    Column("change", Integer, ForeignKey("audit.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("table_name", Text(32), nullable=False),
    Column("key", Text(160), nullable=False),
    Column("before", LongText, nullable=True),
    Column("after", LongText, nullable=True),
    Index(None, "key"),
)
