"""A poll that is killed at any step is made again, whole: nothing is lost and nothing repeated."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

import pytest

from bot.domain.model import FeedId
from bot.domain.polled import Claimed, Polled, Recorded, Remembered
from bot.polling.poller import Poller, PollSettings
from bot.store.database import Database
from bot.store.polls import SqlFeedQueue
from tests.clock import FakeClock
from tests.fakes.feed_server import Item, items, rss
from tests.polling.blogs import Bench, WantsAll, bench


class Stuck(SqlFeedQueue):
    """Stops for ever at one step of a poll: there the process dies."""

    def __init__(self, database: Database, step: str) -> None:
        super().__init__(database)
        self.step = step
        self.reached = asyncio.Event()

    async def _pass(self, step: str) -> None:
        if step == self.step:
            self.reached.set()
            await asyncio.Event().wait()

    async def claim(
        self, now: datetime, lease: timedelta, limit: int, *, not_since: datetime | None = None
    ) -> Sequence[Claimed]:
        claimed = await super().claim(now, lease, limit, not_since=not_since)
        await self._pass("claimed")
        return claimed

    async def remembered(
        self, feeds: Collection[FeedId], keys: Mapping[FeedId, Collection[bytes]], since: datetime
    ) -> Remembered:
        await self._pass("fetched and read")
        return await super().remembered(feeds, keys, since)

    async def record(self, polls: Sequence[Polled], version: int, now: datetime) -> Recorded | None:
        await self._pass("decided")
        recorded = await super().record(polls, version, now)
        await self._pass("committed")
        return recorded


async def kill(here: Bench, step: str) -> None:
    """Poll what is due, and die at *step*."""
    stuck = Stuck(here.database, step)
    poller = Poller(
        feeds=stuck,
        fetcher=here.fetcher,
        parser=here.parser,
        judge=WantsAll(),
        clock=here.clock,
        announced=_nobody_is_told,
        settings=PollSettings(look=0.02),
    )
    here.clock.pass_time(timedelta(days=1))
    polling = asyncio.create_task(poller.poll_due())
    async with asyncio.timeout(10):
        await stuck.reached.wait()
    polling.cancel()
    await asyncio.gather(polling, return_exceptions=True)


async def _nobody_is_told(_due: object) -> None:
    pass


@pytest.mark.parametrize("step", ["claimed", "fetched and read", "decided", "committed"])
async def test_what_a_killed_poll_found_is_announced_once_by_the_next(
    sqlite: Database, clock: FakeClock, step: str
) -> None:
    async with bench(sqlite, clock) as here:
        old = items(3, newest=clock.now())
        url = here.server.serve("/feed", rss(old))
        await here.add(url)
        await here.poll()
        here.server.serve("/feed", rss([Item("Fresh", "http://blog.example/fresh", "f", clock.now()), *old]))

        await kill(here, step)
        # Its validators were stored with its posts or not at all: else a 304 would hide them now.
        await here.poll()
        await here.poll()

        assert await here.titles(announced=True) == ["Fresh"]
        assert await here.announcements() == 1
