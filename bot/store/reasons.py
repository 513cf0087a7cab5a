"""What is known of one post and one channel: why it came, or did not."""

import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.explaining import Came, Case
from bot.domain.links import canonical_url
from bot.domain.message import Announcement, MessageKind
from bot.domain.model import (
    AnnouncementId,
    Channel,
    Evidence,
    Match,
    MessageRef,
    Strictness,
    SubscriptionId,
    workspace_of,
)
from bot.domain.seen import Blog
from bot.store.announcements import announcements_of, post_of
from bot.store.database import Database
from bot.store.filed import filed_for
from bot.store.known_feeds import seen_by
from bot.store.outbox import is_any
from bot.store.tables import announcements, channels, feed_workspaces, feeds, messages, post_topics, posts

_ID = re.compile(r"[0-9a-f]{32}")


class SqlReasons:
    """Keeps bot.ports.Reasons."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def newest(self, channel: Channel) -> Case | None:
        a = announcements.c
        statement = (
            select(a.post_id)
            .select_from(announcements.join(channels, channels.c.id == a.channel_id))
            .where(is_any([channel]), a.state == "sent")
            .order_by(a.sent_at.desc())
            .limit(1)
        )
        async with self._database.read() as connection:
            post = await connection.scalar(statement)
            return await _case(connection, posts.c.id == post, channel) if post else None

    async def announced(self, announcement: AnnouncementId, channel: Channel) -> Case | None:
        if not _ID.fullmatch(announcement):
            return None
        a = announcements.c
        statement = (
            select(a.post_id)
            .select_from(announcements.join(channels, channels.c.id == a.channel_id))
            .where(is_any([channel]), a.id == announcement)
        )
        async with self._database.read() as connection:
            post = await connection.scalar(statement)
            return await _case(connection, posts.c.id == post, channel) if post else None

    async def carried(self, channel: Channel, ref: MessageRef) -> Announcement | None:
        m = messages.c
        statement = (
            select(m.id)
            .select_from(messages.join(channels, channels.c.id == m.channel_id))
            .where(is_any([channel]), m.ref == ref, m.kind == MessageKind.POST)
        )
        async with self._database.read() as connection:
            message: str | None = await connection.scalar(statement)
            carried = (await announcements_of(connection, [message] if message else [])).values()
        return next((one for (one, *_) in carried), None)

    async def linked(self, url: str, channel: Channel) -> Case | None:
        bare = url.rstrip("/")
        spellings = {
            url,
            bare,
            f"{bare}/",
            bare.replace("https://", "http://", 1),
            bare.replace("http://", "https://", 1),
        }
        async with self._database.read() as connection:
            case = await _case(connection, posts.c.url.in_(spellings), channel)
            if case is not None:
                return case
            # Links are shared with what trackers hang on them: look among the posts of that host and path.
            path = url.partition("?")[0].rstrip("/")
            near = select(posts.c.id, posts.c.url).where(posts.c.url.startswith(path, autoescape=True)).limit(50)
            for row in await connection.execute(near):
                if canonical_url(row.url) == canonical_url(url):
                    return await _case(connection, posts.c.id == row.id, channel)
        return None


async def _case(connection: AsyncConnection, which: ColumnElement[bool], channel: Channel) -> Case | None:
    workspace = workspace_of(channel)
    shown = [column for column in posts.columns if column.name != "id"]
    statement = (
        select(posts.c.id.label("post_id"), *shown, feeds.c.title.label("blog"), feeds.c.host)
        .select_from(posts.join(feeds))
        .where(which, seen_by(workspace, posts.c.feed_id))
        .order_by(posts.c.sort_at.desc())
        .limit(1)
    )
    row: Any = (await connection.execute(statement)).one_or_none()
    if row is None:
        return None
    pools = select(feed_workspaces.c.workspace).where(feed_workspaces.c.feed_id == row.feed_id)
    workspaces = frozenset((await connection.scalars(pools)).all())
    matches = await _matches(connection, row.post_id, workspace)
    return Case(
        post=post_of(row),
        blog=Blog(id=row.feed_id, host=row.host, title=row.blog or "", workspaces=workspaces | {workspace}),
        known_before=not row.announced,
        matches=tuple(match for match, _ in matches),
        revisions={match.topic: revision for match, revision in matches},
        came=await _came(connection, row.story, channel),
    )


async def _matches(connection: AsyncConnection, post: str, workspace: str) -> Sequence[tuple[Match, str]]:
    """Return the topics a post has, each with the revision of the rules that said so."""
    t = post_topics.c
    statement = select(post_topics).where(t.post_id == post, filed_for(workspace)).order_by(t.score.desc(), t.topic)
    return [(_match(row), row.revision) for row in await connection.execute(statement)]


def _match(row: Row[Any]) -> Match:
    return Match(
        topic=row.topic,
        score=row.score,
        evidence=tuple(Evidence(term, where, points) for term, where, points in row.evidence),
        strictness=Strictness(row.strictness),
    )


async def _came(connection: AsyncConnection, story: str, channel: Channel) -> Came | None:
    a = announcements.c
    statement = (
        select(announcements)
        .select_from(announcements.join(channels, channels.c.id == a.channel_id))
        .where(a.story == story, is_any([channel]))
    )
    row: Row[Any] | None = (await connection.execute(statement)).one_or_none()
    if row is None:
        return None
    wanted: Sequence[int] = row.subscriptions
    return Came(
        state=row.state,
        created_at=row.created_at,
        sent_at=row.sent_at,
        removed_by=row.removed_by,
        subscriptions=tuple(map(SubscriptionId, wanted)),
    )
