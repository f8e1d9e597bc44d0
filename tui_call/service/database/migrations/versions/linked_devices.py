"""Devices that another device of the account has linked."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Note who linked a device, and which device made an invite."""
    op.add_column("devices", sa.Column("linked_by", sa.String(32), nullable=True))
    op.add_column("invites", sa.Column("device", sa.String(32), nullable=True))


def downgrade() -> None:
    """Forget both."""
    op.drop_column("invites", "device")
    op.drop_column("devices", "linked_by")
