"""What the store takes for a poll, in batches of 100 as the poller hands them over: `./run bench store [FEEDS]`.

CPU of the process, the thread of SQLite included, without fetching and parsing.
"""

import asyncio
import os
import random
import tempfile
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.domain.identity import Fate
from bot.domain.keys import new_id
from bot.domain.model import Feed, Post, PostId
from bot.domain.polled import Claimed, NewPost, Polled
from bot.domain.story import face
from bot.store.database import Database, open_database
from bot.store.feed_rows import place_of
from bot.store.polls import SqlFeedQueue
from bot.store.schema import upgrade
from bot.store.tables import feed_workspaces, feeds

FEEDS = 20_000
KEYS = 50
BATCH = 100
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
            keys = [(n, os.urandom(12), 0) for n in some for _ in range(KEYS)]
            await connection.exec_driver_sql("INSERT INTO seen_keys VALUES (?, ?, ?)", keys)


def news(claimed: Claimed, now: datetime) -> Polled:
    """Return a poll that brought one post of a hundred words."""
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
    new = NewPost(post=post, fate=Fate.ANNOUNCE, face=face(post.feed_id, post.url, post.title, post.text))
    keys = frozenset(os.urandom(12) for _ in range(4))
    return Polled(token=claimed.token, feed=_later(claimed, now), posts=(new,), keys=keys)


def quiet(claimed: Claimed, now: datetime) -> Polled:
    """Return a poll that brought nothing."""
    return Polled(token=claimed.token, feed=_later(claimed, now), changed=False)


def _later(claimed: Claimed, now: datetime) -> Feed:
    return replace(claimed.feed, next_poll_at=now + HOUR, interval=HOUR, last_good_poll=now)


class Measured:
    """CPU by what was done."""

    def __init__(self) -> None:
        self._cpu: dict[str, list[float]] = defaultdict(list)

    async def __call__(self, name: str, work: Callable[[], Awaitable[object]]) -> None:
        start = time.process_time()
        await work()
        self._cpu[name].append(time.process_time() - start)

    def show(self) -> None:
        for name, seconds in self._cpu.items():
            print(f"{name:22} {sum(seconds) / len(seconds) / BATCH * 1000:7.3f} ms CPU a poll")


async def run(folder: str, count: int) -> None:
    now = datetime.now(UTC)
    measured = Measured()
    async with open_database(f"sqlite:///{folder}/store.db") as database:
        await upgrade(database)
        await seed(database, count, now)
        queue = SqlFeedQueue(database)
        for make, name in ((quiet, "record, nothing new"), (news, "record, one new post")) * ROUNDS:
            claimed: list[Claimed] = []

            async def claim(into: list[Claimed] = claimed) -> None:
                into.extend(await queue.claim(now, LEASE, BATCH))

            await measured("claim", claim)
            polls = [make(one, now) for one in claimed]
            if make is news:
                keys = {poll.feed.id: poll.keys | {os.urandom(12) for _ in range(4)} for poll in polls}
                await measured("remembered, 8 keys", lambda k=keys: queue.remembered(list(k), k, now - HOUR))  # type: ignore[misc]
            await measured(name, lambda p=polls: queue.record(p, 0, now))  # type: ignore[misc]
    measured.show()


def main(arguments: Sequence[str]) -> int:
    """Print CPU by what is done."""
    count = int(arguments[0]) if arguments else FEEDS
    print(f"{count:,} feeds, {count * KEYS:,} keys, batches of {BATCH}")
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(run(folder, count))
    return 0
