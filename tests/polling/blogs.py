"""A bench for polling: a database, a feed server, the real fetcher and parser, and a judge that wants everything."""

import contextlib
import ipaddress
import random
from collections.abc import AsyncIterator, Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, select

from bot.domain.model import Channel, Feed, Post, SubscriptionId, Taker, Want
from bot.domain.model import Each as EachMode
from bot.domain.polled import Judged
from bot.feeds.fetch import FetchLimits, HttpFetcher
from bot.feeds.guard import Guard
from bot.feeds.parsing import ParserPool
from bot.polling.poller import Poller, PollReport, PollSettings
from bot.store.database import Database
from bot.store.feed_rows import place_of
from bot.store.polls import SqlFeedQueue
from bot.store.tables import announcements, channels, feed_workspaces, feeds, posts
from tests.clock import FakeClock
from tests.fakes.feed_server import FeedServer

HERE = Channel(platform="room", workspace="demo", id="nlp")


class WantsAll:
    """A judge by which one channel wants every post."""

    def __init__(self, version: int = 0) -> None:
        self.version = version
        self.refreshed = 0
        #: What `refresh` finds.
        self.newest = version

    def judge(self, post: Post, feed: Feed, workspaces: Collection[str]) -> Judged:
        want = Want(Taker(HERE, SubscriptionId(1), EachMode()), topics=("NLP",), score=5.0)
        return Judged(wants=(want,))

    async def refresh(self) -> None:
        self.refreshed += 1
        self.version = self.newest


class Bench:
    """What a polling test holds in its hands."""

    def __init__(self, database: Database, server: FeedServer, poller: Poller, clock: FakeClock) -> None:
        self.database = database
        self.server = server
        self.poller = poller
        self.clock = clock
        self.due: dict[Channel, datetime] = {}
        self.fetcher: HttpFetcher
        self.parser: ParserPool

    async def add(self, *urls: str) -> None:
        """Store feeds that are due now, seen by everybody."""
        async with self.database.write() as connection:
            for url in urls:
                row = {
                    **place_of(url),
                    "next_poll_at": self.clock.now(),
                    "interval_s": 3600,
                    "added_at": self.clock.now(),
                }
                feed = (await connection.execute(insert(feeds).values(row).returning(feeds.c.id))).scalar_one()
                await connection.execute(
                    insert(feed_workspaces).values(feed_id=feed, workspace="", added_at=self.clock.now())
                )

    async def poll(self, after: timedelta = timedelta(days=1)) -> PollReport:
        """Let time pass and poll all that is due by then."""
        self.clock.pass_time(after)
        return await self.poller.poll_due()

    async def feed(self, url: str) -> Mapping[str, Any]:
        async with self.database.read() as connection:
            return (await connection.execute(select(feeds).where(feeds.c.url == url))).one()._asdict()

    async def titles(self, *, announced: bool | None = None) -> list[str]:
        """The titles of the posts stored, newest last."""
        statement = select(posts.c.title).order_by(posts.c.sort_at, posts.c.title)
        if announced is not None:
            statement = statement.where(posts.c.announced == announced)
        async with self.database.read() as connection:
            return list((await connection.scalars(statement)).all())

    async def announcements(self) -> int:
        async with self.database.read() as connection:
            return (await connection.execute(select(func.count()).select_from(announcements))).scalar_one()


@contextlib.asynccontextmanager
async def bench(
    database: Database, clock: FakeClock, *, judge: WantsAll | None = None, limits: FetchLimits | None = None
) -> AsyncIterator[Bench]:
    """Give a bench over *database*; its one channel is active and wants everything."""
    async with database.write() as connection:
        await connection.execute(
            insert(channels).values(platform="room", workspace="demo", external_id="nlp", created_at=clock.now())
        )
    guard = Guard(inside=(ipaddress.ip_network("127.0.0.0/8"),))
    due: dict[Channel, datetime] = {}

    async def announced(found: Mapping[Channel, datetime]) -> None:
        due.update(found)

    async with (
        FeedServer() as server,
        HttpFetcher(guard, user_agent="Tidings/0 (+https://tidings.example)", limits=limits) as fetcher,
        ParserPool(1) as parser,
    ):
        poller = Poller(
            feeds=SqlFeedQueue(database),
            fetcher=fetcher,
            parser=parser,
            judge=judge or WantsAll(),
            clock=clock,
            announced=announced,
            settings=PollSettings(look=0.02),
            chance=random.Random(1),
        )
        made = Bench(database, server, poller, clock)
        made.due = due
        made.fetcher, made.parser = fetcher, parser
        yield made
