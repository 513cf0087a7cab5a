"""What the store takes for a poll, in batches as the poller hands them over: `./run bench store [FEEDS] [postgres]`.

CPU of the process, the thread of SQLite included, and that of the PostgreSQL server; without fetching and parsing.
"""

import asyncio
import os
import random
import tempfile
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

from bot.domain.identity import Fate
from bot.domain.keys import new_id
from bot.domain.model import Feed, Post, PostId
from bot.domain.polled import Claimed, NewPost, Polled
from bot.domain.story import face
from bot.store.columns import micros
from bot.store.database import Database, open_database
from bot.store.feed_rows import place_of
from bot.store.polls import SqlFeedQueue
from bot.store.schema import upgrade
from bot.store.tables import feed_workspaces, feeds
from tests.benchmarks._scene import store_keys
from tests.benchmarks._server import Server
from tests.databases import execute, postgres_server, with_name

FEEDS = 20_000
KEYS = 50
ROUNDS = 10
LEASE = timedelta(minutes=5)
HOUR = timedelta(hours=1)


async def seed(database: Database, count: int, now: datetime) -> None:
    """Store feeds that were polled before, each with the keys of fifty posts."""
    common = {"next_poll_at": now, "interval_s": 3600, "added_at": now, "last_good_poll": now}
    async with database.write() as connection:
        for at in range(1, count + 1, 500):
            some = range(at, min(at + 500, count + 1))
            rows = [{"id": n, **place_of(f"https://blog-{n}.example/feed"), **common} for n in some]
            await connection.execute(feeds.insert(), rows)
            seen = [{"feed_id": n, "workspace": "", "added_at": now} for n in some]
            await connection.execute(feed_workspaces.insert(), seen)
    await store_keys(database, ((n, os.urandom(12), micros(now)) for n in range(1, count + 1) for _ in range(KEYS)))
    async with database.write() as connection:
        await connection.exec_driver_sql("ANALYZE")


def news(claimed: Claimed, now: datetime) -> Polled:
    """Return a poll that brought one post."""
    return _brought(claimed, now, 1, Fate.ANNOUNCE)


def first(claimed: Claimed, now: datetime) -> Polled:
    """Return the first poll of a feed of twenty posts."""
    return _brought(claimed, now, 20, Fate.KNOWN)


def _brought(claimed: Claimed, now: datetime, count: int, fate: Fate) -> Polled:
    posts = tuple(_post(claimed, now, fate) for _ in range(count))
    keys = frozenset(os.urandom(12) for _ in range(4 * count))
    return Polled(token=claimed.token, feed=_later(claimed, now), posts=posts, keys=keys)


def _post(claimed: Claimed, now: datetime, fate: Fate) -> NewPost:
    """Return one of a hundred words."""
    text = " ".join(f"word{random.getrandbits(24)}" for _ in range(100))
    number = random.getrandbits(32)
    post = Post(
        id=PostId(new_id()),
        feed_id=claimed.feed.id,
        title=f"Post {number}",
        url=f"https://blog.example/{number}",
        summary=text[:300],
        text=text,
        first_seen=now,
    )
    return NewPost(post=post, fate=fate, face=face(post.feed_id, post.url, post.title, post.text))


def quiet(claimed: Claimed, now: datetime) -> Polled:
    """Return a poll that brought nothing."""
    return Polled(token=claimed.token, feed=_later(claimed, now), changed=False)


def _later(claimed: Claimed, now: datetime) -> Feed:
    return replace(claimed.feed, next_poll_at=now + HOUR, interval=HOUR, last_good_poll=now)


class Measured:
    """CPU by what was done, here and in the server."""

    def __init__(self, server: Server | None) -> None:
        self._server = server
        self._used: dict[str, list[tuple[float, float, float, int]]] = defaultdict(list)

    async def __call__(self, name: str, count: int, work: Callable[[], Awaitable[object]]) -> None:
        before = self._now()
        await work()
        cpu, server, wall = (after - then for after, then in zip(self._now(), before, strict=True))
        self._used[name].append((cpu, server, wall, count))

    def _now(self) -> tuple[float, float, float]:
        return time.process_time(), self._server.cpu_seconds() if self._server else 0.0, time.perf_counter()

    def show(self) -> None:
        for name, rounds in self._used.items():
            cpu, server, wall, count = map(sum, zip(*rounds, strict=True))
            there = f"  {server / count * 1000:7.3f} ms in the server" if self._server else ""
            print(
                f"{name:24} {cpu / count * 1000:7.3f} ms CPU a poll{there}  {wall / count * 1000:7.3f} ms by the clock"
            )


#: What is recorded, what it is called, and how many feeds at once: the recorder takes 200 posts into a transaction.
KINDS: list[tuple[Callable[[Claimed, datetime], Polled], str, int]] = [
    (quiet, "record, nothing new", 100),
    (news, "record, one new post", 100),
    (first, "record, a first poll of 20", 10),
]


async def run(url: str, count: int) -> None:
    now = datetime.now(UTC)
    async with open_database(url) as database:
        await upgrade(database)
        await seed(database, count, now)
        server = None if database.is_sqlite else Server(url)
        measured, queue = Measured(server), SqlFeedQueue(database)
        for make, name, size in KINDS * ROUNDS:
            claimed: list[Claimed] = []

            async def claim(into: list[Claimed] = claimed, size: int = size) -> None:
                into.extend(await queue.claim(now, LEASE, size))

            await measured("claim", size, claim)
            polls = [make(one, now) for one in claimed]
            if make is news:
                keys = {poll.feed.id: poll.keys | {os.urandom(12) for _ in range(4)} for poll in polls}
                await measured("remembered, 8 keys", size, partial(queue.remembered, list(keys), keys, now - HOUR))
            await measured(name, size, partial(queue.record, polls, 0, now))
        if server:
            server.close()
    measured.show()


def main(arguments: Sequence[str]) -> int:
    """Print CPU by what is done."""
    sizes = [int(one) for one in arguments if one.isdigit()]
    count = sizes[0] if sizes else FEEDS
    print(f"{count:,} feeds, {count * KEYS:,} keys")
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        url = f"sqlite:///{folder}/store.db"
        if "postgres" in arguments:
            server = stack.enter_context(postgres_server())
            execute(server, "CREATE DATABASE bench")
            url = with_name(server, "bench")
        asyncio.run(run(url, count))
    return 0
