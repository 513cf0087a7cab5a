"""What is in flight in a channel is found without reading its history."""

import sqlalchemy as sa
from alembic import op

revision = "003"
down_revision = "002"
branch_labels = None
depends_on = None

FLYING = sa.text("state = 'sending'")


def upgrade() -> None:
    op.create_index(
        "ix_messages_flying",
        "messages",
        ["channel_id"],
        unique=False,
        sqlite_where=FLYING,
        postgresql_where=FLYING,
    )
