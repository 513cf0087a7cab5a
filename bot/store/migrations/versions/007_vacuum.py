"""Rows that change all day: room for the new version in their page, and vacuum before the garbage is a fifth."""

from alembic import op

revision = "007"
down_revision = "006"
branch_labels = None
depends_on = None

BUSY = "fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05"


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    for table in ("feeds", "channels", "messages"):
        op.execute(f"ALTER TABLE {table} SET ({BUSY})")
    for table in ("roles", "rates", "meta", "counts"):
        op.execute(f"ALTER TABLE {table} SET (fillfactor = 50)")
