"""What is kept of standard calls, and what people say of being kept and captioned."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

COUNT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WORDS = {"recording_of_me": ("ask", "allow", "refuse"), "captions_of_me": ("allow", "refuse")}


def upgrade() -> None:
    """Make the tables; nobody has said anything yet, which is the first of each word."""
    for column, words in WORDS.items():
        allowed = ", ".join(f"'{word}'" for word in words)
        # SQLite takes a constraint only together with its column.
        op.execute(
            f"ALTER TABLE account_settings ADD COLUMN {column} VARCHAR(16)"
            f" DEFAULT '{words[0]}' NOT NULL"
            f" CONSTRAINT ck_account_settings_{column} CHECK ({column} IN ({allowed}))"
        )
    _kept()
    _parts()
    _people()


def _kept() -> None:
    op.create_table(
        "kept",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("call", sa.String(32), nullable=False),
        sa.Column("home", sa.String(32), nullable=False),
        sa.Column("started_by", sa.String(64), nullable=False),
        sa.Column("by_rule", sa.Boolean(), nullable=False),
        sa.Column("keep_days", sa.Integer(), nullable=False),
        sa.Column("began", COUNT, nullable=False),
        sa.Column("ended", COUNT, nullable=True),
        sa.Column("removed", COUNT, nullable=True),
        sa.CheckConstraint("kind IN ('recording', 'transcript')", name="kind"),
        sa.PrimaryKeyConstraint("id", name="pk_kept"),
    )
    op.create_index("ix_kept_began", "kept", ["began"])
    op.create_index("ix_kept_home", "kept", ["home"])


def _parts() -> None:
    op.create_table(
        "kept_parts",
        sa.Column("kept", sa.String(32), nullable=False),
        sa.Column("part", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("fence", COUNT, nullable=False),
        sa.Column("began", COUNT, nullable=False),
        sa.Column("closed", COUNT, nullable=True),
        sa.Column("seconds", sa.Float(), server_default="0", nullable=False),
        sa.Column("why", sa.String(40), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["kept"], ["kept.id"], name="fk_kept_parts_kept"),
        sa.PrimaryKeyConstraint("kept", "part", name="pk_kept_parts"),
    )
    op.create_table(
        "kept_files",
        sa.Column("kept", sa.String(32), nullable=False),
        sa.Column("name", sa.String(48), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("person", sa.Integer(), nullable=False),
        sa.Column("size", COUNT, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(["kept"], ["kept.id"], name="fk_kept_files_kept"),
        sa.PrimaryKeyConstraint("kept", "name", name="pk_kept_files"),
    )


def _people() -> None:
    op.create_table(
        "kept_people",
        sa.Column("kept", sa.String(32), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("came", COUNT, autoincrement=False, nullable=False),
        sa.Column("account", sa.String(64), nullable=False),
        sa.Column("went", COUNT, nullable=True),
        sa.ForeignKeyConstraint(["kept"], ["kept.id"], name="fk_kept_people_kept"),
        sa.PrimaryKeyConstraint("kept", "number", "came", name="pk_kept_people"),
    )
    op.create_index("ix_kept_people_account", "kept_people", ["account"])


def downgrade() -> None:
    """Forget what is kept; the files stay."""
    for table in ("kept_people", "kept_files", "kept_parts", "kept"):
        op.drop_table(table)
    for column in WORDS:
        op.drop_column("account_settings", column)
