"""Behind a PgBouncer in transaction mode a connection is another at each transaction: the same promises hold."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import pytest
from sqlalchemy import make_url

from bot.engine.distributed import DistributedEngine
from bot.engine.schema import upgrade as upgrade_queue
from bot.store.database import Database, open_database
from bot.store.outbox import SqlOutbox
from bot.store.polls import SqlFeedQueue
from bot.store.roles import SqlRoles
from bot.store.schema import upgrade
from tests.clock import START, FakeClock
from tests.contracts.engine import AnyEngine, EngineContract
from tests.contracts.outbox import OutboxContract
from tests.contracts.roles import RolesContract
from tests.databases import SECRET_KEY, postgres_database
from tests.engine.test_distributed import settled
from tests.pgbouncer import pgbouncer
from tests.seeds import Seeds

pytestmark = [pytest.mark.postgres, pytest.mark.pgbouncer]


@pytest.fixture(scope="module")
def bouncer(postgres: str) -> Iterator[str]:
    with pgbouncer(postgres) as url:
        yield url


@pytest.fixture
def through(postgres_url: str, bouncer: str) -> str:
    """This test's database, reached through the PgBouncer."""
    name = make_url(postgres_url).database
    return make_url(bouncer).set(database=name).render_as_string(hide_password=False)


@pytest.fixture
async def database(through: str) -> AsyncIterator[Database]:
    async with open_database(through, prepared=False, secret_key=SECRET_KEY) as database:
        yield database


@pytest.fixture
def seeds(database: Database) -> Seeds:
    return Seeds(database)


class TestSqlOutbox(OutboxContract):
    @pytest.fixture
    def outbox(self, database: Database) -> SqlOutbox:
        return SqlOutbox(database)


class TestSqlRoles(RolesContract):
    @pytest.fixture
    def roles(self, database: Database) -> SqlRoles:
        return SqlRoles(database)


class TestDistributedEngine(EngineContract):
    @pytest.fixture
    async def engine(self, clock: FakeClock, through: str) -> AsyncIterator[DistributedEngine]:
        async with DistributedEngine(through, clock, listen=False) as engine:
            engine.start()
            yield engine

    async def idle(self, engine: AnyEngine) -> None:
        assert isinstance(engine, DistributedEngine)
        await settled(engine)


async def test_a_statement_run_often_is_not_prepared(database: Database, seeds: Seeds) -> None:
    """psycopg prepares what it has run five times, and the next transaction's server would not know it."""
    await seeds.feed()
    queue = SqlFeedQueue(database)
    for turn in range(12):
        claimed = await queue.claim(START + timedelta(seconds=turn), timedelta(minutes=1), 10)
        assert len(claimed) == 1
        await queue.release(claimed)


async def test_an_empty_database_is_migrated_through_it(postgres: str, bouncer: str) -> None:
    with postgres_database(postgres, empty=True) as url:
        name = make_url(url).database
        through = make_url(bouncer).set(database=name).render_as_string(hide_password=False)
        async with open_database(through, prepared=False, secret_key=SECRET_KEY) as database:
            await upgrade(database)
            await upgrade_queue(through)
            await upgrade_queue(through)

            assert await SqlFeedQueue(database).next_due() is None
