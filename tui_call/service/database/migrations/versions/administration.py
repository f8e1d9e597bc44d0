"""Groups, policies of two kinds with grants, people of feeds, the rows of changes, the epoch."""

import json
import secrets

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# PostgreSQL's INTEGER ends in 2038.
SECONDS = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIMES = {
    "organisation": ("created",),
    "accounts": ("created",),
    "devices": ("created", "revoked"),
    "invites": ("created", "expires", "used"),
    "missed_calls": ("time",),
    "audit": ("time",),
}


def upgrade() -> None:
    """Keep all there is; the one policy becomes the organisation's of each kind."""
    _widen_times()
    _groups()
    _accounts()
    _policies()
    _audit()


def _widen_times() -> None:
    if op.get_bind().dialect.name == "sqlite":
        return
    for table, columns in TIMES.items():
        for column in columns:
            op.alter_column(table, column, type_=SECONDS)


def _groups() -> None:
    op.create_table(
        "groups",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("created", SECONDS, nullable=False),
        sa.Column("source", sa.String(64), server_default="", nullable=False),
        sa.Column("external_id", sa.String(256), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_groups"),
        sa.UniqueConstraint("name", name="uq_groups_name"),
    )
    op.create_table(
        "memberships",
        sa.Column("group_id", sa.String(32), nullable=False),
        sa.Column("account", sa.String(64), nullable=False),
        sa.Column("source", sa.String(64), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["group_id"], ["groups.id"], name="fk_memberships_group_id"),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name="fk_memberships_account"),
        sa.PrimaryKeyConstraint("group_id", "account", name="pk_memberships"),
    )
    op.create_index("ix_memberships_account", "memberships", ["account"])


def _accounts() -> None:
    for column in (
        sa.Column("disabled", SECONDS, nullable=True),
        sa.Column("last_seen", SECONDS, nullable=True),
        sa.Column("client_version", sa.String(64), server_default="", nullable=False),
        sa.Column("source", sa.String(64), server_default="", nullable=False),
        sa.Column("external_id", sa.String(256), nullable=True),
    ):
        op.add_column("accounts", column)
    op.create_index("ix_accounts_search_text", "accounts", ["search_text"])


def _policies() -> None:
    before = op.get_bind().execute(
        sa.text(
            "SELECT organisation.created, e2ee_calls, require_compared, relay_only,"
            " compliance_recording FROM organisation JOIN policies ON policies.name = policy"
        )
    )
    row = before.mappings().one_or_none()
    # Where a column refers to a table, that table cannot go.
    with op.batch_alter_table("organisation") as organisation:
        organisation.drop_constraint("fk_organisation_policy", type_="foreignkey")
        organisation.drop_column("policy")
        organisation.add_column(sa.Column("timeline", SECONDS, server_default="0", nullable=False))
        organisation.add_column(sa.Column("epoch", SECONDS, server_default="0", nullable=False))
    op.drop_table("policies")
    policies, grants = _make_policies(), _make_grants()
    if row is None:
        return
    switches = ("require_compared", "relay_only")
    encryption = {"e2ee_calls": row["e2ee_calls"], **{name: bool(row[name]) for name in switches}}
    calling = {"compliance_recording": bool(row["compliance_recording"])}
    for kind, name, terms in (
        ("encryption", "organisation", encryption),
        ("calling", "calls", calling),
    ):
        policy, grant = secrets.token_hex(16), secrets.token_hex(16)
        op.execute(
            policies.insert().values(
                id=policy, name=name, kind=kind, terms=json.dumps(terms), created=row["created"]
            )
        )
        op.execute(
            grants.insert().values(
                id=grant, kind=kind, to_kind="organisation", subject="", policy_id=policy, rank=0
            )
        )


def _make_policies() -> sa.Table:
    return op.create_table(
        "policies",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("terms", sa.Text(), nullable=False),
        sa.Column("created", SECONDS, nullable=False),
        sa.CheckConstraint("kind IN ('encryption', 'calling')", name="kind"),
        sa.PrimaryKeyConstraint("id", name="pk_policies"),
        sa.UniqueConstraint("name", name="uq_policies_name"),
    )


def _make_grants() -> sa.Table:
    grants = op.create_table(
        "grants",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("to_kind", sa.String(16), nullable=False),
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("policy_id", sa.String(32), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('encryption', 'calling')", name="kind"),
        sa.CheckConstraint("to_kind IN ('user', 'group', 'organisation')", name="to_kind"),
        sa.ForeignKeyConstraint(["policy_id"], ["policies.id"], name="fk_grants_policy_id"),
        sa.PrimaryKeyConstraint("id", name="pk_grants"),
        sa.UniqueConstraint("kind", "to_kind", "subject", name="uq_grants_kind"),
    )
    op.create_index("ix_grants_policy_id", "grants", ["policy_id"])
    return grants


def _audit() -> None:
    op.add_column("audit", sa.Column("device", sa.String(32), server_default="", nullable=False))
    op.add_column("audit", sa.Column("address", sa.String(64), server_default="", nullable=False))
    op.create_table(
        "audit_rows",
        sa.Column("change", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("table_name", sa.String(32), nullable=False),
        sa.Column("key", sa.String(160), nullable=False),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("after", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["change"], ["audit.id"], name="fk_audit_rows_change"),
        sa.PrimaryKeyConstraint("change", "number", name="pk_audit_rows"),
    )
    op.create_index("ix_audit_rows_key", "audit_rows", ["key"])


def downgrade() -> None:
    """There is no way back: the tables before cannot hold what these do. Restore a backup."""
    raise NotImplementedError
