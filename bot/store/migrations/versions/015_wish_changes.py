"""What each version changed of what is wished, so that an index held in memory takes in only that."""

import sqlalchemy as sa
from alembic import op

revision = "015"
down_revision = "014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "wish_changes",
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("subscription", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("version", "what", "subscription", name=op.f("pk_wish_changes")),
    )
