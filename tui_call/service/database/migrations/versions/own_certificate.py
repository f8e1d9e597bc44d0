"""The certificate that the service made for itself."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Note which certificate belongs to this database."""
    op.add_column("organisation", sa.Column("own_certificate_sha256", sa.LargeBinary(32)))


def downgrade() -> None:
    """Forget it."""
    op.drop_column("organisation", "own_certificate_sha256")
