"""Standard calls, and the slots at which they are parked."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

COUNT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables; there are no such calls yet."""
    op.create_table(
        "standard_calls",
        sa.Column("call", sa.String(32), nullable=False),
        sa.Column("home", sa.String(32), nullable=False),
        sa.Column("fence", COUNT, nullable=False),
        sa.Column("sequence", COUNT, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("call", name="pk_standard_calls"),
    )
    op.create_index("ix_standard_calls_home", "standard_calls", ["home"])
    op.create_table(
        "park_slots",
        sa.Column("slot", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("call", sa.String(32), nullable=False),
        sa.Column("account", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(["call"], ["standard_calls.call"], name="fk_park_slots_call"),
        sa.PrimaryKeyConstraint("slot", name="pk_park_slots"),
        sa.UniqueConstraint("call", name="uq_park_slots_call"),
    )


def downgrade() -> None:
    """Forget all calls."""
    op.drop_table("park_slots")
    op.drop_table("standard_calls")
