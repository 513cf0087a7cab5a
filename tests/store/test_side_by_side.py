"""Two workers on one PostgreSQL store posts at the same moment."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine, Sequence
from typing import Any, TypeVar

import pytest
from sqlalchemy import select, text

from bot.domain.identity import Fate
from bot.domain.polled import Claimed
from bot.store.database import Database, open_database
from bot.store.polls import SqlFeedQueue
from bot.store.tables import announcements, channels, posts, stories
from bot.store.versions import bump
from tests.clock import START
from tests.store.polled import LEASE, WORDS, add, add_channel, brought, count

T = TypeVar("T")
pytestmark = pytest.mark.postgres


@pytest.fixture
async def workers(postgres_url: str) -> AsyncIterator[tuple[Database, Database]]:
    """Two processes' connections to one database."""
    async with open_database(postgres_url) as one, open_database(postgres_url) as two:
        yield one, two


@contextlib.asynccontextmanager
async def held_up(database: Database, recording: Coroutine[Any, Any, T]) -> AsyncIterator[asyncio.Task[T]]:
    """Keep *recording* in the middle of its transaction, with its posts written, for the length of the block."""
    waiting = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
    async with database.write() as connection:
        await connection.execute(select(channels.c.id).with_for_update())
        task = asyncio.create_task(recording)
        async with asyncio.timeout(20):
            while not await connection.scalar(waiting):  # noqa: ASYNC110 - the server is waited for
                await asyncio.sleep(0.01)
        yield task


async def claim_all(database: Database, *urls: str) -> Sequence[Claimed]:
    await add(database, *urls)
    await add_channel(database)
    return await SqlFeedQueue(database).claim(START, LEASE, len(urls))


async def test_what_another_stored_meanwhile_is_joined(workers: tuple[Database, Database]) -> None:
    slow, quick = map(SqlFeedQueue, workers)
    one, two = await claim_all(workers[0], "https://a.example/", "https://b.example/")
    mine = brought(one, "The same title", text=WORDS)
    theirs = brought(two, "The same title", text=WORDS, fate=Fate.KNOWN)

    async with held_up(workers[1], slow.record([mine], 0, START)) as recording:
        await quick.record([theirs], 0, START)
    recorded = await recording

    assert recorded is not None
    assert recorded.posts == 1
    assert [await count(workers[0], table) for table in (posts, stories, announcements)] == [2, 1, 1]


async def test_a_story_that_was_no_match_until_another_joined_it_is_joined(workers: tuple[Database, Database]) -> None:
    slow, quick = map(SqlFeedQueue, workers)
    one, two, three = await claim_all(workers[0], "https://a.example/", "https://b.example/", "https://c.example/")
    partly = " ".join([*WORDS.split()[:40], *(f"other{number}" for number in range(60))])
    older = brought(three, "Of something else", text=partly, fate=Fate.KNOWN, url="https://x.example/same")
    await slow.record([older], 0, START)
    mine = brought(one, "The same title", text=WORDS)
    theirs = brought(two, "The same title", text=WORDS, fate=Fate.KNOWN, url="https://x.example/same")

    async with held_up(workers[1], slow.record([mine], 0, START)) as recording:
        await quick.record([theirs], 0, START)
    await recording

    assert [await count(workers[0], table) for table in (posts, stories)] == [3, 1]


async def test_what_is_wanted_since_the_poll_began_is_decided_anew(workers: tuple[Database, Database]) -> None:
    (one,) = await claim_all(workers[0], "https://a.example/")

    poll = SqlFeedQueue(workers[0]).record([brought(one, "One")], 0, START)
    async with held_up(workers[1], poll) as recording, workers[1].write() as connection:
        await bump(connection)

    assert await recording is None
    assert await count(workers[0], posts) == 0


async def test_articles_that_come_to_both_at_once_are_one_story_each(workers: tuple[Database, Database]) -> None:
    queues = [SqlFeedQueue(worker) for worker in workers]
    await add(workers[0], *(f"https://{number}.example/" for number in range(60)))
    claimed = await queues[0].claim(START, LEASE, 60)
    words = [" ".join(f"w{article}x{number}" for number in range(100)) for article in range(30)]
    polls = [brought(one, f"Article {n // 2} it is", text=words[n // 2]) for n, one in enumerate(claimed)]

    for start in range(0, 60, 6):
        batches = [polls[start + turn : start + 6 : 2] for turn in (0, 1)]
        await asyncio.gather(*(queue.record(batch, 0, START) for queue, batch in zip(queues, batches, strict=True)))

    assert [await count(workers[0], table) for table in (posts, stories)] == [60, 30]
