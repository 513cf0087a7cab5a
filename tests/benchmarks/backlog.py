"""A day away, and every feed is due at once: `./run bench backlog [FEEDS]`.

The real poller, store and manners; the answers are made up in the process, each after some time, so that hosts may have
names and manners hold (they do not for the private addresses of the farm). Counts how every host was asked.
"""

import asyncio
import os
import random
import resource
import tempfile
import time
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import insert

from bot.domain.fetched import Body, Fetched, NotModified, Parsed, ParsedFeed, ParsedPost
from bot.domain.links import host_of
from bot.domain.model import Channel, Feed, Post
from bot.domain.polled import NOBODY, Judged
from bot.engine.clock import SystemClock
from bot.polling.poller import Poller
from bot.store.batches import batches, write_rows
from bot.store.columns import micros
from bot.store.database import Database, open_database
from bot.store.feed_rows import place_of
from bot.store.polls import SqlFeedQueue
from bot.store.schema import upgrade
from bot.store.tables import feed_workspaces, feeds

FEEDS = 100_000
#: Hosts that carry many blogs, and how many each.
LARGE, CROWD = 20, 100
CHANGED = 0.03
DAY = timedelta(days=1)
#: What a clock and a busy loop may blur.
BLUR = 0.05
_FEEDS, _VISIBLE = insert(feeds), insert(feed_workspaces)


class Hosts:
    """Answers for all hosts, and notes how each is asked."""

    def __init__(self) -> None:
        self._draw = random.Random(1)
        self._busy: Counter[str] = Counter()
        self._last: dict[str, float] = {}
        self.most_at_once = 0
        self.under_way = self.most_under_way = 0
        self.closest = float("inf")
        self.asked: Counter[str] = Counter()

    def is_inside(self, host: str) -> bool:
        return False

    async def fetch(
        self, url: str, *, etag: str | None = None, last_modified: str | None = None, readers: int = 0
    ) -> Fetched:
        host, now = host_of(url), time.monotonic()
        self.closest = min(self.closest, now - self._last.get(host, -1e9))
        self._last[host] = now
        self.asked[url] += 1
        self._busy[host] += 1
        self.under_way += 1
        self.most_at_once = max(self.most_at_once, self._busy[host])
        self.most_under_way = max(self.most_under_way, self.under_way)
        try:
            # One in a hundred takes seconds.
            await asyncio.sleep(5 if self._draw.random() < 0.01 else self._draw.uniform(0.02, 0.2))
        finally:
            self._busy[host] -= 1
            self.under_way -= 1
        if self._draw.random() < CHANGED:
            return Body(body=os.urandom(16), url=url, etag=f'"{time.time()}"')
        return NotModified()


class Reader:
    """Finds one new post in every body."""

    async def parse(self, body: Body, known: bytes = b"") -> Parsed:
        name = body.body.hex()
        text = " ".join(f"{name[at : at + 6]}" for at in range(24))
        post = ParsedPost(guid=name, url=f"{body.url}/{name}", title=f"Post {name}", summary=text, text=text)
        return ParsedFeed(posts=(post,), item_hashes=body.body[:8], window=1)


class Nobody:
    """Topics are measured by their own benchmark."""

    version = 0

    def judge(self, post: Post, feed: Feed, workspaces: Collection[str]) -> Judged:
        return NOBODY

    async def refresh(self) -> None: ...


async def seed(database: Database, count: int, now: datetime) -> None:
    """Store feeds that were last polled a day ago: some hosts carry a hundred, the others one to three."""
    empty: dict[str, Any] = {column.name: None for column in feeds.c}
    common = {
        **empty,
        "item_hashes": b"",
        "etag": '"1"',
        "next_poll_at": micros(now - DAY),
        "last_poll_at": micros(now - DAY),
        "last_good_poll": micros(now - DAY),
        "interval_s": 900,
        "failures": 0,
        "moved_times": 0,
        "added_at": micros(now - 400 * DAY),
    }
    async with database.write() as connection:
        for some in batches(range(1, count + 1), 2000):
            await write_rows(connection, _FEEDS, [{**common, "id": n, **place_of(_url(n))} for n in some])
            seen = [{"feed_id": n, "workspace": "", "added_by": "", "added_at": 0} for n in some]
            await write_rows(connection, _VISIBLE, seen)


def _url(number: int) -> str:
    host = number % LARGE if number <= LARGE * CROWD else LARGE + number * 2 // 3
    return f"https://blog-{host}.example/feed/{number}"


async def announced(due: Mapping[Channel, datetime]) -> None: ...


def _most_memory() -> int:
    """Return the most that was resident so far, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


async def run(folder: str, count: int) -> bool:
    now, hosts = datetime.now(UTC), Hosts()
    async with open_database(f"sqlite:///{folder}/backlog.db") as database:
        await upgrade(database)
        await seed(database, count, now)
        queue = SqlFeedQueue(database)
        poller = Poller(
            feeds=queue, fetcher=hosts, parser=Reader(), judge=Nobody(), clock=SystemClock(), announced=announced
        )
        before = _most_memory()
        cpu, wall = time.process_time(), time.monotonic()
        while len(hosts.asked) < count:
            await poller.poll_due()
            # What was put off for its host's sake is due again shortly; the program's tick comes every 5 s.
            await asyncio.sleep(1)
        cpu, wall = time.process_time() - cpu, time.monotonic() - wall
    again = sum(times - 1 for times in hosts.asked.values())
    print(f"{count:,} feeds due since yesterday: all polled after {wall:.0f} s, {count / wall:.0f} a second")
    put_off = f"{poller.report.deferred:,} put off for their host"
    print(f"{cpu / count * 1000:.2f} ms CPU a poll; {put_off}; {again} asked twice")
    print(f"memory {before} MiB before, {_most_memory()} MiB at most; {hosts.most_under_way} requests at once at most")
    print(f"one host: {hosts.most_at_once} requests at once, {hosts.closest:.2f} s between two at least", flush=True)
    return hosts.most_at_once <= 2 and hosts.closest >= 1 - BLUR and not again


def main(arguments: Sequence[str]) -> int:
    """Print how a backlog is worked off; 0 where no host was asked too often."""
    count = int(arguments[0]) if arguments else FEEDS
    with tempfile.TemporaryDirectory() as folder:
        return 0 if asyncio.run(run(folder, count)) else 1
