"""The room's messages are numbered by change, so that a page that was away reads on from where it was."""

import sqlalchemy as sa
from alembic import op

revision = "004"
down_revision = "003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("room_messages", sa.Column("change", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("room_messages", sa.Column("removed", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute("UPDATE room_messages SET change = seq")
    op.create_index(op.f("ix_room_messages_change"), "room_messages", ["change"], unique=True)
