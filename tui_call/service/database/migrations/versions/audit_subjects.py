"""What was done to somebody or something is found in the audit by its subject."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the index."""
    op.create_index("ix_audit_subject", "audit", ["subject"])


def downgrade() -> None:
    """Forget it."""
    op.drop_index("ix_audit_subject", "audit")
