"""Addresses of feeds with a password in them, encrypted; the program seals them at its next start with a key."""

import sqlalchemy as sa
from alembic import op

revision = "014"
down_revision = "013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("feeds", sa.Column("sealed", sa.LargeBinary(), nullable=True))
