"""A database of any age reaches today's schema, with everything that was in it."""

import datetime
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, Table, func, insert, select
from sqlalchemy.types import TypeEngine

from bot.store.database import Database, open_database
from bot.store.every_table import metadata
from bot.store.schema import MIGRATIONS, current, head, upgrade
from tests.databases import postgres_database

REVISIONS = [script.revision for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions()][::-1]
#: Alembic's and the engine's own, and what triggers keep.
NOT_OURS = ("alembic_version", "procrastinate_", "post_words", "post_numbers")
#: An index over an expression, which SQLite does not have; a constraint that is a trigger on PostgreSQL.
ONE_DATABASE_ONLY = {"ix_posts_words", "fk_story_shingles_story"}


@pytest.fixture
def empty_postgres(postgres: str) -> Iterator[str]:
    with postgres_database(postgres, empty=True) as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
async def empty(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """A database without any table."""
    on_postgres = request.param == "postgres"
    url = request.getfixturevalue("empty_postgres") if on_postgres else f"sqlite:///{tmp_path}/old.db"
    async with open_database(url, synchronous="OFF") as database:
        yield database


def _any_value(kind: TypeEngine[Any]) -> object:
    """Return some value that a column of *kind* takes; the same everywhere, so that references hold."""
    if hasattr(kind, "none_as_null"):
        return {}
    python_type = kind.python_type
    values: dict[type, object] = {int: 1, float: 1.0, str: "x", bytes: b"x", bool: True}
    return values.get(python_type, datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC))


def _tables(connection: Connection) -> list[Table]:
    found = MetaData()
    found.reflect(connection, only=lambda name, _: not name.startswith(NOT_OURS))
    return found.sorted_tables


def fill(connection: Connection) -> None:
    """See that each table holds a row: an added column without a default fails on tables that do, and only there."""
    counts = _count(connection)
    for table in _tables(connection):
        if counts[table.name]:
            continue
        row = {column.name: _any_value(column.type) for column in table.columns if column.computed is None}
        connection.execute(insert(table).values(row))


def _count(connection: Connection) -> dict[str, int]:
    return {
        table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
        for table in _tables(connection)
    }


def _differences(connection: Connection) -> list[object]:
    def is_ours(_object: object, name: str | None, kind: str, _reflected: bool, _other: object) -> bool:
        return name in metadata.tables if kind == "table" else name not in ONE_DATABASE_ONLY

    context = MigrationContext.configure(connection, opts={"include_object": is_ours})
    return list(compare_metadata(context, metadata))


async def test_from_every_revision_to_the_next_all_rows_are_kept(empty: Database) -> None:
    for revision in REVISIONS:
        before = await _counted(empty)
        await upgrade(empty, revision)
        after = await _counted(empty)
        assert {name: after.get(name) for name in before} == before, revision
        async with empty.write() as connection:
            await connection.run_sync(fill)

    async with empty.read() as connection:
        assert await connection.run_sync(_differences) == []


async def test_from_the_first_revision_to_the_last_at_once(empty: Database) -> None:
    await upgrade(empty, REVISIONS[0])
    async with empty.write() as connection:
        await connection.run_sync(fill)
    before = await _counted(empty)

    await upgrade(empty)

    after = await _counted(empty)
    assert {name: after.get(name) for name in before} == before
    assert await current(empty) == head()


async def _counted(database: Database) -> dict[str, int]:
    async with database.read() as connection:
        return await connection.run_sync(_count)


async def test_a_migration_that_fails_leaves_the_database_as_it_was(empty: Database) -> None:
    async with empty.write() as connection:
        await connection.exec_driver_sql("CREATE TABLE votes (in_the_way INTEGER)")

    with pytest.raises(Exception, match="votes"):
        await upgrade(empty)

    assert set(await _counted(empty)) == {"votes"}
    async with empty.write() as connection:
        await connection.exec_driver_sql("DROP TABLE votes")
    await upgrade(empty)
    assert await current(empty) == head()
