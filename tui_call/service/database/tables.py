"""The tables. A change here needs a migration; a test compares the two.

Accounts are addresses (`ada@home-3fk2`), devices are 32 hexadecimal digits, times are Unix seconds.
"""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

policies = Table(
    "policies",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("e2ee_calls", String(16), nullable=False),
    Column("require_compared", Boolean, nullable=False),
    Column("relay_only", Boolean, nullable=False),
    Column("compliance_recording", Boolean, nullable=False),
    CheckConstraint("e2ee_calls IN ('disabled', 'user_choice', 'required')", name="e2ee_calls"),
)

# One row; `policy` applies to everybody for whom nothing more specific does. The certificate is
# the one that the service made for itself, NULL before.
organisation = Table(
    "organisation",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name", String(64), nullable=False),
    Column("policy", String(64), ForeignKey("policies.name"), nullable=False),
    Column("created", Integer, nullable=False),
    Column("own_certificate_sha256", LargeBinary(32), nullable=True),
)

# `search_text` is casefolded by Python, as SQLite's own lower() knows only ASCII.
accounts = Table(
    "accounts",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("name", String(64), nullable=False),
    Column("search_text", String(256), nullable=False),
    Column("role", String(16), nullable=False),
    Column("on_demand", Boolean, nullable=False),
    Column("created", Integer, nullable=False),
    CheckConstraint("role IN ('member', 'admin', 'auditor')", name="role"),
)

account_settings = Table(
    "account_settings",
    metadata,
    Column("account", String(64), ForeignKey("accounts.id"), primary_key=True),
    Column("e2ee_calls", String(16), nullable=False),
    CheckConstraint("e2ee_calls IN ('off', 'on', 'require')", name="e2ee_calls"),
)

devices = Table(
    "devices",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("account", String(64), ForeignKey("accounts.id"), nullable=False),
    Column("name", String(64), nullable=False),
    Column("login_key", LargeBinary(32), nullable=False),
    Column("created", Integer, nullable=False),
    Column("revoked", Integer, nullable=True),
    Column("linked_by", String(32), nullable=True),
    Index(None, "account"),
)

# `account` is set where an invite enrols a device of an account that exists. With `device`, the
# device that made it, the new one is added to the account's; else it replaces them.
invites = Table(
    "invites",
    metadata,
    Column("code_sha256", LargeBinary(32), primary_key=True),
    Column("account", String(64), ForeignKey("accounts.id"), nullable=True),
    Column("created_by", String(64), ForeignKey("accounts.id"), nullable=True),
    Column("created", Integer, nullable=False),
    Column("expires", Integer, nullable=False),
    Column("used", Integer, nullable=True),
    Column("used_by", String(32), ForeignKey("devices.id"), nullable=True),
    Column("device", String(32), nullable=True),
)

missed_calls = Table(
    "missed_calls",
    metadata,
    Column("to_account", String(64), ForeignKey("accounts.id"), primary_key=True),
    Column("from_account", String(64), ForeignKey("accounts.id"), primary_key=True),
    Column("call", String(32), primary_key=True),
    Column("time", Integer, nullable=False),
)

# No foreign keys: what was done stays readable when its subject is gone. `actor` is an account,
# or "" for the service itself.
audit = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("time", Integer, nullable=False),
    Column("actor", String(64), nullable=False),
    Column("action", String(32), nullable=False),
    Column("subject", String(64), nullable=False),
    Column("detail", String(256), nullable=False),
)
