"""During a deploy a worker of the version before goes on beside a database that was brought to the next one."""

from datetime import timedelta

import pytest

from bot.domain.errors import SchemaTooNew
from bot.domain.sending import Settlement
from bot.store.database import Database
from bot.store.outbox import SqlOutbox
from bot.store.polls import SqlFeedQueue
from bot.store.schema import upgrade
from tests.clock import START
from tests.contracts.outbox import LEASE
from tests.seeds import NLP, Seeds

TABLES = ("feeds", "posts", "channels", "subscriptions", "announcements", "messages", "seen_keys")


async def bring_to_the_next_version(database: Database) -> None:
    """Do as migrations do: they only add."""
    async with database.write() as connection:
        for table in TABLES:
            await connection.exec_driver_sql(f"ALTER TABLE {table} ADD COLUMN newer TEXT")
        await connection.exec_driver_sql("UPDATE alembic_version SET version_num = '999'")


async def test_a_worker_that_runs_goes_on_and_one_that_starts_is_refused(database: Database) -> None:
    seeds, outbox, feeds = Seeds(database), SqlOutbox(database), SqlFeedQueue(database)
    await seeds.channel()
    await seeds.announce("One", "Two")
    message = (await outbox.claim([NLP], START, LEASE))[NLP]

    await bring_to_the_next_version(database)

    sent = Settlement(message=message.id, attempt=message.attempt, state="sent", ref="1")
    await outbox.settle([sent], START)
    assert (await outbox.claim([NLP], START + timedelta(seconds=2), LEASE))[NLP].announcements[0].post.title == "Two"
    claimed = await feeds.claim(START, timedelta(minutes=1), 10)
    assert claimed
    await feeds.release(claimed)
    with pytest.raises(SchemaTooNew):
        await upgrade(database)
