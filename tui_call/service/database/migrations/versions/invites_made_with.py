"""The device with which an administrator made an invite."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Note it; of invites of before it is not known, so nobody comes in by them any more."""
    op.add_column("invites", sa.Column("made_with", sa.String(32), nullable=True))


def downgrade() -> None:
    """Forget it."""
    op.drop_column("invites", "made_with")
