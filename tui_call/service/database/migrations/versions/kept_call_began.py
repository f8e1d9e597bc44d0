"""When the call began of which something is kept: the times in a transcript count from there."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

COUNT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add it; of calls of before the audit says when they were placed."""
    op.add_column("kept", sa.Column("call_began", COUNT, nullable=True))
    op.execute(
        "UPDATE kept SET call_began = (SELECT MIN(audit.time) FROM audit"
        " WHERE audit.action = 'call.place' AND audit.subject = kept.call)"
    )


def downgrade() -> None:
    """Forget it."""
    op.drop_column("kept", "call_began")
