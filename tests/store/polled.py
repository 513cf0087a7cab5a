"""Feeds that are due, and polls of them that brought posts: for tests of what the store does with them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import func, insert, select

from bot.domain.identity import Fate
from bot.domain.keys import new_id
from bot.domain.model import Channel, Each, Post, PostId, SubscriptionId, Taker, Want
from bot.domain.polled import Claimed, Judged, NewPost, Polled
from bot.domain.story import face
from bot.store.database import Database
from bot.store.feed_rows import place_of
from bot.store.polls import SqlFeedQueue
from bot.store.tables import channels, feed_workspaces, feeds, subscriptions
from tests.clock import START

LEASE = timedelta(minutes=5)
HERE = Channel(platform="room", workspace="demo", id="nlp")
WORDS = " ".join(f"word{number}" for number in range(100))


async def add(database: Database, *urls: str, workspace: str = "") -> None:
    async with database.write() as connection:
        for url in urls:
            row = {**place_of(url), "next_poll_at": START, "interval_s": 3600, "added_at": START}
            feed = (await connection.execute(insert(feeds).values(row).returning(feeds.c.id))).scalar_one()
            seen = {"feed_id": feed, "workspace": workspace, "added_at": START}
            await connection.execute(insert(feed_workspaces).values(seen))


async def add_channel(database: Database, feed: int | None = None) -> None:
    async with database.write() as connection:
        row = {"platform": "room", "workspace": "demo", "external_id": "nlp", "created_at": START}
        channel = (await connection.execute(insert(channels).values(row).returning(channels.c.id))).scalar_one()
        if feed is not None:
            wanted = {"channel_id": channel, "kind": "feed", "target": str(feed), "feed_id": feed, "mode": {}}
            made = {"created_by": "U1", "created_at": START}
            await connection.execute(insert(subscriptions).values(wanted | made))


async def count(database: Database, table: object) -> int:
    async with database.read() as connection:
        return (await connection.execute(select(func.count()).select_from(table))).scalar_one()  # type: ignore[arg-type]


def brought(
    claimed: Claimed, *titles: str, url: str | None = None, fate: Fate = Fate.ANNOUNCE, text: str = ""
) -> Polled:
    """A poll that found posts of these titles, which one channel wants; *text* is compared with other posts."""
    want = Want(Taker(HERE, SubscriptionId(1), Each()), topics=("NLP",), score=5.0)
    new = []
    for title in titles:
        link = url or f"https://blog.example/{claimed.feed.id}/{title}"
        post = Post(
            id=PostId(new_id()),
            feed_id=claimed.feed.id,
            title=title,
            url=link,
            summary="",
            text=text or f"{title} {WORDS}",
            published=START,
            first_seen=START,
        )
        seen = face(claimed.feed.id, link, title, text or title * 9)
        new.append(NewPost(post=post, fate=fate, face=seen, judged=Judged(wants=(want,))))
    keys = frozenset(f"k{claimed.feed.id}{title}".encode() for title in titles)
    after = replace(claimed.feed, etag='"1"', last_good_poll=START, next_poll_at=START + timedelta(hours=1))
    return Polled(token=claimed.token, feed=after, posts=tuple(new), keys=keys)


async def claim(database: Database, limit: int = 10) -> Sequence[Claimed]:
    return await SqlFeedQueue(database).claim(START, LEASE, limit)
