"""Many blogs on one host: asked one after the other, and nobody else waits for them."""

import asyncio
import random
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from sqlalchemy import insert

from bot.domain.fetched import Fetched, NotModified
from bot.domain.links import host_of
from bot.domain.model import Channel
from bot.feeds.parsing import ParserPool
from bot.polling.politeness import Manners, Politeness
from bot.polling.poller import Poller, PollSettings
from bot.store.database import Database
from bot.store.feed_rows import place_of
from bot.store.polls import SqlFeedQueue
from bot.store.tables import feeds
from tests.clock import START, FakeClock
from tests.polling.blogs import WantsAll

SECOND = timedelta(seconds=1)


class Web:
    """Keeps bot.ports.Fetcher: nothing ever changes; remembers when who was asked."""

    def __init__(self, clock: FakeClock, inside: str = "") -> None:
        self._clock = clock
        self._inside = inside
        self.asked: dict[str, list[datetime]] = {}

    async def fetch(
        self, url: str, *, etag: str | None = None, last_modified: str | None = None, readers: int = 0
    ) -> Fetched:
        self.asked.setdefault(host_of(url), []).append(self._clock.now())
        return NotModified()

    def is_inside(self, host: str) -> bool:
        return host == self._inside


async def announced(due: Mapping[Channel, datetime]) -> None:
    """Nobody follows anything here."""


async def poller_of(database: Database, clock: FakeClock, web: Web, urls: Sequence[str], at_once: int = 100) -> Poller:
    """Return what polls *urls*, all due now."""
    async with database.write() as connection:
        rows = [{**place_of(url), "next_poll_at": START, "interval_s": 3600, "added_at": START} for url in urls]
        await connection.execute(insert(feeds), rows)
    return Poller(
        feeds=SqlFeedQueue(database),
        fetcher=web,
        parser=ParserPool(1),
        judge=WantsAll(),
        clock=clock,
        announced=announced,
        settings=PollSettings(look=0.01, at_once=at_once),
        chance=random.Random(1),
    )


async def poll_all(database: Database, clock: FakeClock, web: Web, urls: Sequence[str]) -> None:
    """Poll until each of *urls* was asked."""
    poller = await poller_of(database, clock, web, urls)
    while sum(map(len, web.asked.values())) < len(urls):
        polling = asyncio.create_task(poller.poll_due())
        while not polling.done():
            if wake := clock.next_wake:
                clock.pass_time(wake - clock.now())
            await asyncio.sleep(0.002)
        await polling
        clock.pass_time(SECOND)


async def test_the_blogs_of_one_host_are_asked_a_second_apart_and_others_at_once(
    sqlite: Database, clock: FakeClock
) -> None:
    web = Web(clock)

    await poll_all(sqlite, clock, web, [*(f"https://many.example/{n}" for n in range(8)), "https://one.example/feed"])

    times = web.asked["many.example"]
    assert all(later - earlier >= SECOND for earlier, later in pairwise(times))
    assert web.asked["one.example"][0] - START <= SECOND


async def test_a_wait_for_a_host_takes_no_place_from_others(sqlite: Database, clock: FakeClock) -> None:
    web = Web(clock)
    urls = [*(f"https://many.example/{n}" for n in range(2)), "https://one.example/feed"]
    poller = await poller_of(sqlite, clock, web, urls, at_once=1)

    polling = asyncio.create_task(poller.poll_due())
    async with asyncio.timeout(20):
        # Time stands still: who waits for its host waits on.
        while not (clock.next_wake and "one.example" in web.asked):  # noqa: ASYNC110 - the poller is waited for
            await asyncio.sleep(0.002)
    polling.cancel()
    await asyncio.gather(polling, return_exceptions=True)

    assert web.asked == {"many.example": [START], "one.example": [START]}


async def test_a_host_inside_an_allowed_network_needs_no_politeness(sqlite: Database, clock: FakeClock) -> None:
    web = Web(clock, inside="wiki.internal")

    await poll_all(sqlite, clock, web, [f"https://wiki.internal/{n}" for n in range(8)])

    assert web.asked["wiki.internal"] == [START] * 8


def test_a_request_that_went_out_late_moves_the_next() -> None:
    politeness, late = Politeness(Manners()), timedelta(milliseconds=300)
    first, second = politeness.reserve("h", START), politeness.reserve("h", START)
    assert first is not None
    assert second is not None
    politeness.begin("h", first + late)

    assert politeness.wait("h", second, second) == late
    assert politeness.wait("h", second, second + late) <= timedelta(0)
    assert politeness.wait("other", second, second) == timedelta(0)


def test_a_hundred_blogs_of_one_host_are_all_asked_soon_though_most_are_put_off() -> None:
    """Each comes back when it was told to; none is put off by a moment that was promised to another."""
    manners = Manners()
    politeness, now = Politeness(manners), START
    waiting = dict.fromkeys(range(100), START)
    starts: list[datetime] = []
    while waiting and now < START + timedelta(minutes=10):
        for blog in [blog for blog, at in waiting.items() if at <= now]:
            start = politeness.reserve("h", now)
            if start is None:
                waiting[blog] = politeness.free_at("h", now)
            else:
                starts.append(start)
                del waiting[blog]
                politeness.done("h", start)
        now += SECOND

    assert not waiting
    assert all(later - earlier >= manners.spacing for earlier, later in pairwise(starts))
    assert starts[-1] - START <= timedelta(seconds=150)
