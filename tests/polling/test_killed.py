"""A poll that is killed at any step is made again, whole: nothing is lost and nothing repeated."""

import asyncio
from datetime import timedelta

import pytest

from bot.polling.poller import Poller, PollSettings
from bot.store.database import Database
from tests.clock import FakeClock
from tests.fakes.feed_server import Item, items, rss
from tests.polling.blogs import Bench, WantsAll, bench
from tests.polling.stuck import STEPS, Stuck


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


@pytest.mark.parametrize("step", STEPS)
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
