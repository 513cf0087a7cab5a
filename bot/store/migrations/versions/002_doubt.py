"""A message says whether an attempt ended without an answer; the outbox index gives the head of line by itself."""

import sqlalchemy as sa
from alembic import op

revision = "002"
down_revision = "001"
branch_labels = None
depends_on = None

OPEN = sa.text("state IN ('pending', 'sending', 'unknown')")


def upgrade() -> None:
    op.add_column("announcements", sa.Column("topic", sa.Text(), nullable=True))
    op.add_column("messages", sa.Column("doubt_until", sa.BigInteger(), nullable=True))
    op.drop_index("ix_messages_open", "messages")
    op.create_index(
        "ix_messages_open",
        "messages",
        ["channel_id", "due_at", "seq"],
        unique=False,
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )
