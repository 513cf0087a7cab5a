"""The edits of a message are found by their target."""

import sqlalchemy as sa
from alembic import op

revision = "011"
down_revision = "010"
branch_labels = None
depends_on = None

SET = sa.text("target IS NOT NULL")


def upgrade() -> None:
    op.create_index(
        "ix_messages_target",
        "messages",
        ["target"],
        unique=False,
        sqlite_where=SET,
        postgresql_where=SET,
    )
