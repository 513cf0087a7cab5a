"""What every test may ask for. `database` comes twice: once on SQLite, once on PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bot.store.database import Database, open_database
from tests.clock import FakeClock
from tests.databases import SECRET_KEY, make_template, postgres_database, postgres_server, sqlite_database
from tests.programs import (  # noqa: F401 - pytest finds them here
    pytest_collection_modifyitems,
    pytest_terminal_summary,
    pytest_testnodedown,
)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a server with the migrated template in it, one for the whole run."""
    with postgres_server() as url:
        # In a thread: the fixture may be asked for while a loop runs here.
        with ThreadPoolExecutor(1) as thread:
            thread.submit(asyncio.run, make_template(url)).result()
        yield url


@pytest.fixture
def postgres_url(postgres: str) -> Iterator[str]:
    """A migrated PostgreSQL database of this test's own."""
    with postgres_database(postgres) as url:
        yield url


@pytest.fixture
async def sqlite(tmp_path: Path) -> AsyncIterator[Database]:
    """A migrated SQLite database of this test's own: for tests of what stands above the store."""
    async with sqlite_database(tmp_path) as database:
        yield database


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """A migrated database: every store test runs on both kinds."""
    if request.param == "sqlite":
        async with sqlite_database(tmp_path) as database:
            yield database
        return
    async with open_database(request.getfixturevalue("postgres_url"), secret_key=SECRET_KEY) as database:
        yield database
