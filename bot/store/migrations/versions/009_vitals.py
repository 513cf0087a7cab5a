"""What operators look at is found without reading every announcement and message."""

import sqlalchemy as sa
from alembic import op

revision = "009"
down_revision = "008"
branch_labels = None
depends_on = None

DEAD = sa.text("state = 'dead'")


def upgrade() -> None:
    op.create_index(op.f("ix_announcements_created_at"), "announcements", ["created_at"])
    # An index of the few only: no message pays for it while it lives.
    op.create_index("ix_messages_dead", "messages", ["seq"], sqlite_where=DEAD, postgresql_where=DEAD)
