"""Procrastinate's own tables, made and brought up to date beside ours."""

from pathlib import Path

import psycopg
from procrastinate.schema import SchemaManager

from bot.domain.errors import StoreBusy

# Any number will do; it must only be ours, never change, and not be the one of bot/store/schema.py.
LOCK = 0x71D1_466
FIND = "SELECT obj_description(to_regclass('procrastinate_jobs'), 'pg_class'), to_regclass('procrastinate_jobs')"


def migrations() -> list[Path]:
    """Return Procrastinate's numbered scripts, in order."""
    return sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"))


def missing(newest_applied: str | None, scripts: list[Path]) -> list[Path]:
    """Return the scripts that a database still needs; *newest_applied* is the mark it carries."""
    return [script for script in scripts if newest_applied is None or script.name > newest_applied]


async def upgrade(url: str) -> None:
    """Make Procrastinate's tables, or run the scripts that came with a newer release; once, whoever comes first.

    The newest script applied is written as a comment on its main table: its own command knows no versions.
    Raises StoreBusy where the database is away, full, without a free connection or only to be read.
    """
    try:
        async with await psycopg.AsyncConnection.connect(url, prepare_threshold=None) as connection:
            await _upgrade(connection)
    except (psycopg.OperationalError, psycopg.errors.ReadOnlySqlTransaction) as error:
        raise away(error) from error


def away(error: psycopg.Error) -> StoreBusy:
    """Return what to say of a database that the engine cannot use for now."""
    return StoreBusy(f"The database cannot be used for now: {' '.join(str(error).split())}")


async def _upgrade(connection: psycopg.AsyncConnection) -> None:
    await connection.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
    mark, table = await (await connection.execute(FIND)).fetchone() or (None, None)
    scripts = migrations()
    if mark == scripts[-1].name:
        return  # nothing is written: whoever runs the bot need not own the tables
    if table is None:
        await connection.execute(SchemaManager.get_schema())
    else:
        for script in missing(mark, scripts):
            await connection.execute(script.read_bytes())
    await connection.execute(psycopg.sql.SQL("COMMENT ON TABLE procrastinate_jobs IS {}").format(scripts[-1].name))
