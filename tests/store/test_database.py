import asyncio
from pathlib import Path

import pytest
from sqlalchemy import func, insert, inspect, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.errors import SchemaTooNew, StoreBusy
from bot.store.database import Database, database_url, open_database, sqlite_path
from bot.store.schema import current, head, upgrade
from bot.store.tables import meta, metadata


@pytest.mark.parametrize(
    ("typed", "used"),
    [
        ("sqlite:///data/tidings.db", "sqlite+aiosqlite:///data/tidings.db"),
        ("postgres://u:p@localhost/d", "postgresql+psycopg://u:***@localhost/d"),
        ("postgresql://u@db.example.org/d", "postgresql+psycopg://u@db.example.org/d?sslmode=require"),
        (
            "postgres://u@db.example.org/d?sslmode=disable",
            "postgresql+psycopg://u@db.example.org/d?sslmode=disable",
        ),
        (
            "postgres://u@db.example.org/d?sslrootcert=ca.pem",
            "postgresql+psycopg://u@db.example.org/d?sslmode=verify-full&sslrootcert=ca.pem",
        ),
        (
            "postgresql://postgres:@/postgres?host=/tmp/pg",
            "postgresql+psycopg://postgres:***@/postgres?host=/tmp/pg",
        ),
    ],
)
def test_what_an_operator_writes_becomes_a_url_for_our_drivers(typed: str, used: str) -> None:
    assert database_url(typed).render_as_string() == used.replace("/tmp/pg", "%2Ftmp%2Fpg")


def test_another_kind_of_database_is_refused() -> None:
    with pytest.raises(ValueError, match="must start with"):
        database_url("mysql://localhost/d")


def test_a_database_in_memory_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a file"):
        sqlite_path(database_url("sqlite://"))


async def test_the_migrations_make_the_tables_that_the_code_uses(database: Database) -> None:
    async with database.read() as connection:
        found = await connection.run_sync(
            lambda sync: {
                table: {column["name"] for column in inspect(sync).get_columns(table)}
                for table in inspect(sync).get_table_names()
            }
        )

    wanted = {table.name: {column.name for column in table.columns} for table in metadata.sorted_tables}
    assert {name: found.get(name) for name in wanted} == wanted
    assert await current(database) == head()


async def test_upgrading_twice_changes_nothing(database: Database) -> None:
    await upgrade(database)

    assert await current(database) == head()


async def test_a_newer_schema_is_refused_with_what_to_do(database: Database) -> None:
    async with database.write() as connection:
        await connection.exec_driver_sql("UPDATE alembic_version SET version_num = '999'")

    with pytest.raises(SchemaTooNew, match=r"schema 999.*newer version"):
        await upgrade(database)


async def test_an_error_rolls_the_whole_transaction_back(database: Database) -> None:
    with pytest.raises(RuntimeError, match="half-way"):
        async with database.write() as connection:
            await connection.execute(insert(meta).values(name="a", value="1"))
            raise RuntimeError("half-way")

    assert await _count(database) == 0


async def test_readers_see_only_what_is_committed(database: Database) -> None:
    async with database.write() as connection:
        await connection.execute(insert(meta).values(name="a", value="1"))

        assert await _count(database) == 0

    assert await _count(database) == 1


async def test_writers_take_turns(database: Database) -> None:
    async def add_one() -> None:
        async with database.write() as connection:
            await connection.execute(insert(meta).values(name=str(id(asyncio.current_task())), value=""))

    await asyncio.gather(*(add_one() for _ in range(20)))

    assert await _count(database) == 20


async def test_a_missing_file_and_its_folder_are_made(tmp_path: Path) -> None:
    async with open_database(f"sqlite:///{tmp_path}/new/tidings.db") as database:
        await upgrade(database)

    assert (tmp_path / "new" / "tidings.db").exists()


async def _count(database: Database) -> int:
    async def count(connection: AsyncConnection) -> int:
        return int((await connection.execute(select(func.count()).select_from(meta))).scalar_one())

    async with database.read() as connection:
        return await count(connection)


@pytest.mark.postgres
async def test_a_pool_that_is_used_up_is_a_wait_not_a_failure(postgres_url: str) -> None:
    async with open_database(postgres_url, pool_size=1, pool_timeout=0.05) as database, database.read():
        with pytest.raises(StoreBusy, match="in use"):
            async with database.read():
                pass
