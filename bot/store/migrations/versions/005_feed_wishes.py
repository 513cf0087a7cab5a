"""Keep what a feed asks of pollers: ttl, skipHours, skipDays."""

import sqlalchemy as sa
from alembic import op

revision = "005"
down_revision = "004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("feeds", sa.Column("wishes", sa.Text(), nullable=True))
