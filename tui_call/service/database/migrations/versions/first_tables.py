"""First tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables up."""
    _policies_and_organisation()
    _accounts()
    _devices_and_invites()
    _missed_calls()
    _audit()


def _policies_and_organisation() -> None:
    op.create_table(
        "policies",
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("e2ee_calls", sa.String(16), nullable=False),
        sa.Column("require_compared", sa.Boolean(), nullable=False),
        sa.Column("relay_only", sa.Boolean(), nullable=False),
        sa.Column("compliance_recording", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "e2ee_calls IN ('disabled', 'user_choice', 'required')", name="e2ee_calls"
        ),
        sa.PrimaryKeyConstraint("name", name="pk_policies"),
    )
    op.create_table(
        "organisation",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("policy", sa.String(64), nullable=False),
        sa.Column("created", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["policy"], ["policies.name"], name="fk_organisation_policy"),
        sa.PrimaryKeyConstraint("id", name="pk_organisation"),
    )


def _accounts() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("search_text", sa.String(256), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("on_demand", sa.Boolean(), nullable=False),
        sa.Column("created", sa.Integer(), nullable=False),
        sa.CheckConstraint("role IN ('member', 'admin', 'auditor')", name="role"),
        sa.PrimaryKeyConstraint("id", name="pk_accounts"),
    )
    op.create_table(
        "account_settings",
        sa.Column("account", sa.String(64), nullable=False),
        sa.Column("e2ee_calls", sa.String(16), nullable=False),
        sa.CheckConstraint("e2ee_calls IN ('off', 'on', 'require')", name="e2ee_calls"),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name="fk_account_settings_account"),
        sa.PrimaryKeyConstraint("account", name="pk_account_settings"),
    )


def _devices_and_invites() -> None:
    op.create_table(
        "devices",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("account", sa.String(64), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("login_key", sa.LargeBinary(32), nullable=False),
        sa.Column("created", sa.Integer(), nullable=False),
        sa.Column("revoked", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name="fk_devices_account"),
        sa.PrimaryKeyConstraint("id", name="pk_devices"),
    )
    op.create_index("ix_devices_account", "devices", ["account"])
    op.create_table(
        "invites",
        sa.Column("code_sha256", sa.LargeBinary(32), nullable=False),
        sa.Column("account", sa.String(64), nullable=True),
        sa.Column("created_by", sa.String(64), nullable=True),
        sa.Column("created", sa.Integer(), nullable=False),
        sa.Column("expires", sa.Integer(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=True),
        sa.Column("used_by", sa.String(32), nullable=True),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name="fk_invites_account"),
        sa.ForeignKeyConstraint(["created_by"], ["accounts.id"], name="fk_invites_created_by"),
        sa.ForeignKeyConstraint(["used_by"], ["devices.id"], name="fk_invites_used_by"),
        sa.PrimaryKeyConstraint("code_sha256", name="pk_invites"),
    )


def _missed_calls() -> None:
    op.create_table(
        "missed_calls",
        sa.Column("to_account", sa.String(64), nullable=False),
        sa.Column("from_account", sa.String(64), nullable=False),
        sa.Column("call", sa.String(32), nullable=False),
        sa.Column("time", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["from_account"], ["accounts.id"], name="fk_missed_calls_from_account"
        ),
        sa.ForeignKeyConstraint(["to_account"], ["accounts.id"], name="fk_missed_calls_to_account"),
        sa.PrimaryKeyConstraint("to_account", "from_account", "call", name="pk_missed_calls"),
    )


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("time", sa.Integer(), nullable=False),
        sa.Column("actor", sa.String(64), nullable=False),
        sa.Column("action", sa.String(32), nullable=False),
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("detail", sa.String(256), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
    )


def downgrade() -> None:
    """Take them away."""
    for table in (
        "audit", "missed_calls", "invites", "devices", "account_settings", "accounts",
        "organisation", "policies",
    ):  # fmt: skip
        op.drop_table(table)
