"""Bring a database to this program's schema, once, whoever comes first."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from bot.domain.errors import SchemaTooNew
from bot.store.database import Database

MIGRATIONS = Path(__file__).parent / "migrations"
# Any number will do; it must only be ours and never change.
LOCK = 0x71D1_465


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def head() -> str:
    """Return the newest revision this program knows."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


def _current(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _upgrade(connection: Connection, revision: str) -> None:
    if connection.dialect.name == "postgresql":
        # Transaction-level, so that it also works behind PgBouncer and frees itself.
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
    current = _current(connection)
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if current is not None and current not in known:
        raise SchemaTooNew(
            f"This database was made by a newer Tidings (schema {current}; this one knows up to {head()}). "
            "Start the newer version, or restore a backup made before the upgrade."
        )
    if current != revision:
        command.upgrade(_config(connection), revision)


async def upgrade(database: Database, revision: str = "head") -> None:
    """Run the migrations that are missing, in one transaction. Raises SchemaTooNew."""
    async with database.write() as connection:
        await connection.run_sync(_upgrade, head() if revision == "head" else revision)


async def current(database: Database) -> str | None:
    """Return the database's revision; None where it is empty."""
    async with database.read() as connection:
        return await connection.run_sync(_current)
