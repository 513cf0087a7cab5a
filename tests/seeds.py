"""Rows that tests of the outbox start from: a channel, a feed with posts, messages planned for them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, update

from bot.domain.channels import ChannelOptions
from bot.domain.keys import new_id
from bot.domain.message import MessageKind
from bot.domain.model import AnnouncementId, Channel, MessageId, PostId, StoryId
from bot.domain.planning import PlannedAnnouncement, PlannedMessage
from bot.store.database import Database
from bot.store.options import write_options
from bot.store.planned import add_planned
from bot.store.tables import announcements, channels, feed_workspaces, feeds, messages, post_topics, posts, stories
from tests.clock import START

NLP = Channel(platform="room", workspace="demo", id="nlp")
RUST = Channel(platform="room", workspace="demo", id="rust")


class Seeds:
    """Puts rows into a database the way the program does, with as little said as possible."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def channel(self, channel: Channel = NLP, options: ChannelOptions | None = None) -> Channel:
        row = {"platform": channel.platform, "workspace": channel.workspace, "external_id": channel.id}
        chosen = write_options(options or ChannelOptions())
        async with self.database.write() as connection:
            await connection.execute(insert(channels).values(**row, created_at=START, options=chosen))
        return channel

    async def change(self, channel: Channel, **values: Any) -> None:
        async with self.database.write() as connection:
            await connection.execute(update(channels).where(channels.c.external_id == channel.id).values(**values))

    async def feed(self, title: str | None = "A blog", workspace: str = "") -> int:
        async with self.database.write() as connection:
            url = f"https://{new_id()}.example/feed"
            row = {"url": url, "host": "h", "shard": 0, "title": title, "next_poll_at": START, "interval_s": 3600}
            result = await connection.execute(insert(feeds).values(**row, added_at=START))
            feed = int(result.inserted_primary_key[0])  # type: ignore[index]
            await connection.execute(insert(feed_workspaces).values(feed_id=feed, workspace=workspace, added_at=START))
        return feed

    async def posts(self, titles: Sequence[str], feed: int | None = None, story: str | None = None) -> list[PostId]:
        """Store posts, each with a story of its own unless one is named, and return their ids."""
        feed = await self.feed() if feed is None else feed
        ids = [new_id() for _ in titles]
        async with self.database.write() as connection:
            if story is None:
                await connection.execute(insert(stories), [{"id": one, "created_at": START} for one in ids])
            await connection.execute(
                insert(posts),
                [
                    _post(one, title, feed, story or one) | {"sort_at": START + timedelta(seconds=number)}
                    for number, (one, title) in enumerate(zip(ids, titles, strict=True))
                ],
            )
        return [PostId(one) for one in ids]

    async def topic(
        self, found: Sequence[PostId], topic: str = "nlp", strictness: str = "normal", workspace: str = ""
    ) -> None:
        """Say that posts have a topic."""
        async with self.database.write() as connection:
            for number, post in enumerate(found):
                row = {"post_id": post, "workspace": workspace, "topic": topic, "score": 5.0, "strictness": strictness}
                sort_at = START + timedelta(seconds=number)
                values = {**row, "evidence": [], "revision": "1", "sort_at": sort_at}
                await connection.execute(insert(post_topics).values(**values))

    async def plan(self, *planned: PlannedMessage, now: datetime = START) -> None:
        async with self.database.write() as connection:
            await add_planned(connection, planned, now)

    async def announce(
        self, *titles: str, channel: Channel = NLP, due_at: datetime = START, now: datetime = START
    ) -> list[MessageId]:
        """Store one post for each title and plan a message of its own for it."""
        found = await self.posts(titles)
        planned = [planned_post(post, channel=channel, due_at=due_at) for post in found]
        await self.plan(*planned, now=now)
        return [message.id for message in planned]

    async def states(self) -> dict[str, str]:
        """Return the state of every message by what it carries: its posts' titles, else its text."""
        a, p, m = announcements.c, posts.c, messages.c
        statement = (
            select(m.seq, m.text, m.state, p.title)
            .select_from(messages.outerjoin(announcements, a.message_id == m.id).outerjoin(posts, p.id == a.post_id))
            .order_by(m.seq)
        )
        async with self.database.read() as connection:
            rows = (await connection.execute(statement)).all()
        names: dict[int, list[str]] = {}
        states = {row.seq: row.state for row in rows}
        for row in rows:
            names.setdefault(row.seq, []).append(row.title or row.text)
        return {" + ".join(sorted(names[seq])): states[seq] for seq in states}

    async def column(self, name: str, message: str) -> Any:
        async with self.database.read() as connection:
            return (await connection.execute(select(messages.c[name]).where(messages.c.id == message))).scalar_one()

    async def channel_row(self, channel: Channel = NLP) -> Any:
        async with self.database.read() as connection:
            return (await connection.execute(select(channels).where(channels.c.external_id == channel.id))).one()


def _post(post: str, title: str, feed: int, story: str) -> dict[str, Any]:
    return {
        "id": post,
        "feed_id": feed,
        "story": story,
        "title": title,
        "url": f"https://blog.example/{post}",
        "summary": f"About {title}.",
        "text": f"About {title}.",
        "first_seen": START,
        "categories": [],
        "announced": True,
    }


def planned_post(post: PostId, *, channel: Channel = NLP, due_at: datetime = START) -> PlannedMessage:
    """Plan a message for one post whose story has the post's id."""
    return PlannedMessage(
        id=MessageId(new_id()),
        channel=channel,
        kind=MessageKind.POST,
        due_at=due_at,
        announcements=(planned_announcement(post),),
    )


def planned_announcement(post: PostId) -> PlannedAnnouncement:
    return PlannedAnnouncement(
        id=AnnouncementId(new_id()),
        story=StoryId(post),
        post=post,
        topics=("Natural language processing",),
        topic="nlp",
        score=1.0,
    )
