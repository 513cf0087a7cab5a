import asyncio
import traceback
from pathlib import Path
from typing import Any

import pytest
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import func, insert, inspect, make_url, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.errors import BadDatabase, SchemaTooNew, StoreBusy
from bot.store.columns import metadata
from bot.store.database import Database, database_url, open_database, shared_url, sqlite_path
from bot.store.schema import current, head, upgrade
from bot.store.tables import meta
from bot.store.trouble import named
from tests.fakes.tcp_relay import Relay


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
        ("postgres://u@/d?host=db.example.org", "postgresql+psycopg://u@/d?host=db.example.org&sslmode=require"),
        (
            "postgresql://postgres:@/postgres?host=/tmp/pg",
            "postgresql+psycopg://postgres:***@/postgres?host=/tmp/pg",
        ),
    ],
)
def test_what_an_operator_writes_becomes_a_url_for_our_drivers(typed: str, used: str) -> None:
    assert database_url(typed).render_as_string() == used.replace("/tmp/pg", "%2Ftmp%2Fpg")


def test_libpq_gets_every_sign_percent_encoded_and_no_wait_without_end() -> None:
    found = conninfo_to_dict(shared_url("postgres://a b:c d+e%40@localhost/my%20db?options=-c%20search_path%3Dx") or "")

    assert (found["user"], found["password"], found["dbname"]) == ("a b", "c d+e@", "my db")
    assert found["options"] == "-c search_path=x"
    assert found["connect_timeout"] == "10"
    assert conninfo_to_dict(shared_url("postgres://localhost/d?connect_timeout=3") or "")["connect_timeout"] == "3"


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


@pytest.mark.parametrize(
    "typed",
    [
        "hunter22@@::/",
        "postgres://tid:hunter22@localhost:abc/db",
        "postgres://tid:bare@hunter22@localhost:5432/db",
        "postgres://tid:bare@hunter22/more@localhost:5432/db",
        "mysql://tid:hunter22@localhost/db",
        "hunter22",
        "",
    ],
)
def test_a_wrong_address_is_refused_in_a_sentence_without_the_password(typed: str) -> None:
    with pytest.raises(BadDatabase, match="DATABASE_URL") as refused:
        database_url(typed)

    trace = "".join(traceback.format_exception(refused.value)).replace(repr(typed), "")
    assert "hunter22" not in trace.replace('"hunter22', "")


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"database": "not-there"}, "does not exist"),
        ({"username": "nobody-here", "password": "hunter22"}, "does not exist"),
        ({"query": {"host": "nowhere.invalid", "password": "hunter22"}}, "resolve host"),
        ({"query": {"host": "127.0.0.1", "colour": "hunter22"}}, "invalid connection option"),
        ({"host": "127.0.0.1", "port": 99999, "query": {}, "password": "hunter22"}, "invalid port"),
    ],
    ids=["database", "user", "host", "option", "port"],
)
async def test_a_postgresql_that_cannot_be_used_is_named_without_the_password(
    postgres: str, change: dict[str, Any], said: str
) -> None:
    url = make_url(postgres).set(**change).render_as_string(hide_password=False)
    async with open_database(url) as database:
        with pytest.raises(BadDatabase, match=said) as refused:
            await upgrade(database)

    assert "hunter22" not in str(refused.value)


async def test_a_port_where_nobody_answers_is_worth_another_try() -> None:
    async with open_database("postgres://tid:hunter22@127.0.0.1:1/db") as database:
        with pytest.raises(StoreBusy, match=r"does not answer.*port 1 failed.*DATABASE_URL right") as refused:
            await upgrade(database)

    assert "hunter22" not in str(refused.value)


@pytest.mark.postgres
async def test_a_server_without_encryption_is_refused_with_what_to_write(postgres: str) -> None:
    async with Relay(postgres) as relay, open_database(f"{relay.url}?sslmode=require") as database:
        with pytest.raises(BadDatabase, match=r"not support SSL.*\?sslmode=disable"):
            await upgrade(database)


@pytest.mark.parametrize("said", ["sorry, too many clients already", 'too many connections for role "tidings"'])
def test_a_server_without_a_free_connection_is_waited_for_and_named(said: str) -> None:
    with pytest.raises(StoreBusy, match="no connection left"), named():
        raise OperationalError(None, None, Exception(f"connection failed: FATAL: {said}"))


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ('server certificate for "db" does not match host name "127.0.0.2"', "match host name"),
        ("something that nobody thought of", "nobody thought of"),
    ],
)
def test_what_goes_wrong_at_the_first_connection_is_a_sentence(said: str, meant: str) -> None:
    with pytest.raises(BadDatabase, match=meant), named():
        raise OperationalError(None, None, Exception(said))


async def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "notes.db").write_text("Dear diary, " * 500, encoding="utf-8")
    async with open_database(f"sqlite:///{tmp_path}/notes.db") as database:
        with pytest.raises(BadDatabase, match="not a database"):
            await upgrade(database)

    with pytest.raises(BadDatabase, match="cannot be made"):
        async with open_database(f"sqlite:///{tmp_path}/notes.db/tidings.db"):
            pass


async def test_a_database_that_can_only_be_read_is_waited_for(database: Database) -> None:
    only_read = "PRAGMA query_only=ON" if database.is_sqlite else "SET default_transaction_read_only = on"
    async with database.write() as connection:
        await connection.exec_driver_sql(only_read)
        if not database.is_sqlite:
            await connection.exec_driver_sql("SET TRANSACTION READ ONLY")
        with pytest.raises(StoreBusy, match="only be read"), named():
            await connection.execute(insert(meta).values(name="a", value="1"))
        await connection.rollback()
