"""A clock that ran ahead for a while leaves nothing that waits for years."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from bot.domain.channels import ChannelOptions
from bot.domain.keys import new_id
from bot.domain.message import MessageKind
from bot.domain.model import MessageId
from bot.domain.planning import PlannedMessage
from bot.store.database import Database
from bot.store.options import write_options
from bot.store.outbox import SqlOutbox
from bot.store.planned import channel_loads
from bot.store.polls import SqlFeedQueue
from bot.store.tables import channels, feeds, messages
from tests.clock import START
from tests.seeds import NLP, Seeds

AHEAD = START + timedelta(days=3650)
LEASE = timedelta(seconds=90)
KEEP = timedelta(days=30)


@pytest.fixture
async def seeds(database: Database) -> Seeds:
    seeds = Seeds(database)
    await seeds.channel()
    return seeds


async def due_at(database: Database) -> datetime:
    async with database.read() as connection:
        found: datetime | None = await connection.scalar(select(messages.c.due_at))
    assert found is not None
    return found


async def test_what_was_planned_held_or_claimed_ahead_goes_out_now(database: Database, seeds: Seeds) -> None:
    outbox = SqlOutbox(database)
    await seeds.announce("One", due_at=AHEAD, now=AHEAD)
    assert NLP in await outbox.claim([NLP], AHEAD, LEASE)
    await seeds.change(NLP, wait_until=AHEAD)

    await outbox.tidy(START, KEEP)

    assert await outbox.claim([NLP], START, LEASE) == {}
    later = START + timedelta(minutes=11)
    message = (await outbox.claim([NLP], later, LEASE))[NLP]
    # Whoever had it may have sent it: it is looked for first.
    assert (message.attempt, message.doubt_until) == (2, START + timedelta(minutes=10))


async def test_what_is_meant_for_later_stays(database: Database, seeds: Seeds) -> None:
    pause, weekly = START + timedelta(days=200), START + timedelta(days=7)
    await seeds.change(NLP, state="paused", paused_until=pause)
    await seeds.plan(PlannedMessage(id=MessageId(new_id()), channel=NLP, kind=MessageKind.DIGEST, due_at=weekly))

    await SqlOutbox(database).tidy(START, KEEP)

    assert await due_at(database) == weekly
    assert (await seeds.channel_row()).paused_until == pause


async def test_a_weekly_digest_of_that_time_comes_now(database: Database, seeds: Seeds) -> None:
    await seeds.plan(PlannedMessage(id=MessageId(new_id()), channel=NLP, kind=MessageKind.DIGEST, due_at=AHEAD))

    await SqlOutbox(database).tidy(START, KEEP)

    assert await due_at(database) == START


async def test_feeds_are_polled_again_within_a_quarter_of_an_hour(database: Database, seeds: Seeds) -> None:
    await seeds.feed()
    await seeds.feed()
    queue = SqlFeedQueue(database)
    async with database.write() as connection:
        await connection.execute(update(feeds).values(next_poll_at=AHEAD))
        await connection.execute(update(feeds).where(feeds.c.id == 1).values(lease_until=AHEAD))
    assert await queue.claim(START, LEASE, 10) == []

    await SqlOutbox(database).tidy(START, KEEP)

    assert len(await queue.claim(START + timedelta(minutes=15), LEASE, 10)) == 2


async def test_a_lease_of_that_time_holds_no_feed(database: Database, seeds: Seeds) -> None:
    await seeds.feed()
    queue = SqlFeedQueue(database)
    async with database.write() as connection:
        await connection.execute(update(feeds).values(lease_until=AHEAD, next_poll_at=START))
        await connection.execute(update(channels).values(wait_until=None))

    assert len(await queue.claim(START, LEASE, 10)) == 1


async def test_what_came_at_that_time_makes_no_burst_now(database: Database, seeds: Seeds) -> None:
    await seeds.change(NLP, options=write_options(ChannelOptions(budget=3)))
    await seeds.announce("One", due_at=AHEAD, now=AHEAD)

    async with database.write() as connection:
        then = (await channel_loads(connection, [NLP], [], AHEAD))[NLP]
        now = (await channel_loads(connection, [NLP], [], START))[NLP]

    assert [(load.recent, load.today) for load in (then, now)] == [(1, 1), (0, 0)]
