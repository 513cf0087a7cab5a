"""Every bad server at once, and good ones beside them: polled, stored, told."""

import asyncio
import time

from bot.domain.model import SHARED
from bot.feeds.fetch import FetchLimits
from bot.store.database import Database
from bot.store.known_feeds import SqlFeeds
from tests.clock import FakeClock
from tests.fakes.feed_server import Answer, Request, items, rss
from tests.fakes.hostile_server import hostile_server
from tests.fakes.socket_guard import socket_guard
from tests.feeds.test_hostile import CASES
from tests.polling.blogs import bench

GOOD = 20


async def test_bad_servers_delay_nobody_and_each_says_what_is_wrong(sqlite: Database, clock: FakeClock) -> None:
    limits = FetchLimits(deadline=2.0, refusal=0.0)
    with socket_guard() as outside:
        async with hostile_server() as hostile, bench(sqlite, clock, limits=limits) as here:
            for name in ("gzip", "deflate", "double"):
                hostile.bomb(name)
            all_asked = asyncio.Event()

            def answer(request: Request) -> Answer:
                if len(here.server.asked) == GOOD:
                    all_asked.set()
                return Answer(rss(items(1, prefix=f"blog{request.path[1:]}")))

            good = [here.server.serve(f"/{n}", answer) for n in range(GOOD)]
            bad = [f"http://127.0.0.1:{hostile.port}/{case}" for case in CASES]
            await here.add(*bad, *good)
            start = time.perf_counter()

            polling = asyncio.create_task(here.poll())
            await asyncio.wait_for(all_asked.wait(), 10)
            waited = time.perf_counter() - start
            report = await polling
            ailing, number = await SqlFeeds(sqlite).ailing(SHARED, None, limit=100)

            assert waited < 2
            assert (report.changed, report.failed) == (GOOD, len(CASES))
            assert number == len(CASES)
            assert all((feed.error or "").endswith(".") for feed in ailing)
            assert len(await here.titles()) == GOOD
            assert hostile.canary == 0
    assert outside == []
