"""Rows of announcements, posts and feeds as the values that renderers show."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Row, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.message import Announcement
from bot.domain.model import AnnouncementId, FeedId, Post, PostId, StoryId
from bot.store.tables import announcements, channels, feed_workspaces, feeds, posts

SHOWN = ("planned", "sent")


def post_of(row: Row[Any]) -> Post:
    """Return the post of a row that has all columns of `posts`."""
    return Post(
        id=PostId(row.post_id),
        feed_id=FeedId(row.feed_id),
        title=row.title,
        url=row.url,
        summary=row.summary,
        text=row.text,
        author=row.author,
        published=row.published,
        first_seen=row.first_seen,
        categories=tuple(row.categories),
        image=row.image,
        language=row.language,
    )


async def announcements_of(
    connection: AsyncConnection, carriers: Collection[str]
) -> Mapping[str, tuple[Announcement, ...]]:
    """Return what each message (by its id) carries, oldest post first; two statements whatever their number."""
    if not carriers:
        return {}
    rows = (await connection.execute(_carried(carriers))).all()
    others = await _also_at(connection, {row.story for row in rows})
    carried: dict[str, list[Announcement]] = defaultdict(list)
    for row in rows:
        seen = others.get(row.story, [])
        names = [name for name, feed, where in seen if feed != row.feed_id and where in {"", row.scope}]
        carried[row.message_id].append(_announcement(row, tuple(dict.fromkeys(names))))
    return {message: tuple(found) for message, found in carried.items()}


def _carried(carriers: Collection[str]) -> Any:
    a, p = announcements.c, posts.c
    shown = [column for column in posts.columns if column.name not in {"id", "story"}]
    return (
        select(a.id, a.story, a.post_id, a.message_id, a.topics, a.topic, a.score, *shown, feeds.c.title.label("blog"))
        .add_columns((channels.c.platform + ":" + channels.c.workspace).label("scope"))
        .select_from(announcements.join(posts).join(feeds).join(channels, channels.c.id == a.channel_id))
        .where(a.message_id.in_(carriers), a.state.in_(SHOWN))
        .order_by(p.sort_at, a.id)
    )


def _announcement(row: Row[Any], also_at: tuple[str, ...]) -> Announcement:
    return Announcement(
        id=AnnouncementId(row.id),
        story=StoryId(row.story),
        post=post_of(row),
        blog=row.blog,
        topics=tuple(row.topics),
        topic=row.topic,
        score=row.score,
        also_at=also_at,
        views=row.views,
    )


async def _also_at(connection: AsyncConnection, stories: Collection[str]) -> dict[str, list[tuple[str, int, str]]]:
    """Return (blog, feed, workspace that sees it) of every post of the stories that more than one feed brought."""
    shared = select(posts.c.story).where(posts.c.story.in_(stories)).group_by(posts.c.story)
    several = shared.having(func.count(posts.c.feed_id.distinct()) > 1)
    statement = (
        select(posts.c.story, feeds.c.title, feeds.c.id, feed_workspaces.c.workspace)
        .select_from(posts.join(feeds).join(feed_workspaces, feed_workspaces.c.feed_id == feeds.c.id))
        .where(posts.c.story.in_(several), or_(feeds.c.title.is_not(None), feeds.c.title != ""))
        .order_by(posts.c.first_seen, feeds.c.id)
    )
    found: dict[str, list[tuple[str, int, str]]] = defaultdict(list)
    for story, title, feed, workspace in await connection.execute(statement):
        if title:
            found[story].append((title, feed, workspace))
    return found
