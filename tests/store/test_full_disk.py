"""A disk that is full: what is sent is still written down, polls wait, and nothing is lost once there is room."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import insert, text

from bot.domain.errors import StoreBusy
from bot.domain.sending import Settlement
from bot.store.database import Database
from bot.store.outbox import SqlOutbox
from bot.store.tables import meta
from tests.clock import FakeClock
from tests.fakes.feed_server import Item, items, rss
from tests.polling.blogs import HERE, Bench, bench


async def limit(database: Database, pages: int | None) -> None:
    """Let the file have so many pages at most, None: as many as it has now."""
    async with database.write() as connection:
        full = int(await connection.scalar(text("PRAGMA page_count")) or 0)
        await connection.execute(text(f"PRAGMA max_page_count = {pages or full}"))


async def fill(database: Database) -> None:
    """Use up what is left in the pages there are."""
    await limit(database, None)
    with pytest.raises(StoreBusy, match="disk is full"):
        for number in range(10_000):
            async with database.write() as connection:
                await connection.execute(insert(meta).values(name=f"ballast {number}", value="x" * 1000))


async def news(here: Bench, clock: FakeClock, *titles: str) -> None:
    """Let the blog have written these, beside what it had."""
    fresh = [Item(one, f"http://blog.example/{one}", one, clock.now(), text=f"{one} " * 2000) for one in titles]
    here.server.serve("/feed", rss([*fresh, *items(3)]))


async def polled_while_full(here: Bench, clock: FakeClock) -> None:
    """Poll, with the recorder's patience passing at once."""
    polling = asyncio.create_task(here.poll())
    while not polling.done():
        await asyncio.sleep(0.01)
        if clock.next_wake:
            clock.pass_time(10)
    await polling


async def test_a_full_disk_stops_polls_and_not_the_marking_and_loses_nothing(
    sqlite: Database, clock: FakeClock
) -> None:
    outbox = SqlOutbox(sqlite)
    async with bench(sqlite, clock) as here:
        await here.add(here.server.serve("/feed", rss(items(3))))
        await here.poll()
        await news(here, clock, "Before")
        await here.poll()
        await fill(sqlite)
        claimed = (await outbox.claim([HERE], clock.now(), timedelta(seconds=90)))[HERE]
        await news(here, clock, "Meanwhile", "Before")

        await polled_while_full(here, clock)
        await outbox.settle([Settlement(message=claimed.id, attempt=1, state="sent", ref="r1")], clock.now())

        assert await here.titles(announced=True) == ["Before"]
        assert await outbox.claim([HERE], clock.now(), timedelta(seconds=90)) == {}
        await limit(sqlite, 1_000_000)
        await here.poll()
        assert await here.titles(announced=True) == ["Before", "Meanwhile"]
        assert await here.announcements() == 2
