"""The posts that are stored, as lists for people."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, Subquery, and_, false, func, or_, select, union

from bot.domain.following import Interest
from bot.domain.message import Announcement
from bot.domain.model import AnnouncementId, FollowsFeed, FollowsQuery, FollowsTopic, Post, StoryId, Strictness
from bot.domain.previewing import Dated
from bot.domain.query_text import parse_query
from bot.domain.seen import Blog, Seen
from bot.store.announcements import post_of
from bot.store.archive import archive
from bot.store.columns import EPOCH
from bot.store.database import Database
from bot.store.filed import filed_for
from bot.store.known_feeds import seen_by
from bot.store.tables import feeds, post_topics, posts

#: Queries are asked of so many of the newest posts: some seconds of work at most.
MOST_LOOKED_AT = 5000
# A match is stored with the strictest level that it reaches.
REACHES = {
    Strictness.WIDE: tuple(Strictness),
    Strictness.NORMAL: (Strictness.NORMAL, Strictness.STRICT),
    Strictness.STRICT: (Strictness.STRICT,),
}


def matching(workspace: str, interests: Sequence[Interest] | None, queried: Sequence[str] = ()) -> Subquery:
    """Return the ids of posts that match any interest, or of all that *workspace* sees.

    *queried* are the posts that queries among the interests hold for: no statement can say that.
    """
    p, t = posts.c, post_topics.c
    if interests is None:
        return select(p.id, p.story, p.sort_at).where(seen_by(workspace, p.feed_id)).subquery()
    by_feed = [one.follows.feed_id for one in interests if isinstance(one.follows, FollowsFeed)]
    by_topic = or_(
        false(),
        *(
            and_(t.topic == one.follows.slug, t.strictness.in_(REACHES[one.strictness]))
            for one in interests
            if isinstance(one.follows, FollowsTopic)
        ),
    )
    of_topics = (
        select(p.id, p.story, p.sort_at)
        .select_from(post_topics.join(posts, p.id == t.post_id))
        .where(filed_for(workspace), by_topic, seen_by(workspace, p.feed_id))
    )
    others = select(p.id, p.story, p.sort_at).where(or_(p.feed_id.in_(by_feed), p.id.in_(queried)))
    return union(of_topics, others).subquery()


class SqlPosts:
    """Keeps bot.ports.Posts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def latest(
        self, workspace: str, interests: Sequence[Interest] | None, *, limit: int, offset: int = 0
    ) -> Sequence[Announcement]:
        queried = await self._queried(workspace, interests)
        statement = _newest(matching(workspace, interests, queried), limit, offset)
        async with self._database.read() as connection:
            rows = (await connection.execute(statement)).all()
            t = post_topics.c
            of_posts = (
                select(t.post_id, t.topic)
                .where(t.post_id.in_([row.post_id for row in rows]), filed_for(workspace))
                .where(t.strictness.in_(REACHES[Strictness.NORMAL]))
                .order_by(t.score.desc(), t.topic)
            )
            topics: dict[str, list[str]] = {}
            for post, topic in await connection.execute(of_posts):
                topics.setdefault(post, []).append(topic)
        return [_card(row, tuple(dict.fromkeys(topics.get(row.post_id, ())))) for row in rows]

    async def count(self, workspace: str, interests: Sequence[Interest] | None, since: datetime) -> int:
        matched = matching(workspace, interests, await self._queried(workspace, interests)).c
        statement = select(func.count(matched.story.distinct())).where(matched.sort_at >= since)
        async with self._database.read() as connection:
            return int(await connection.scalar(statement) or 0)

    async def dated(self, workspace: str, interests: Sequence[Interest], since: datetime) -> Sequence[Dated]:
        matched = matching(workspace, interests, await self._queried(workspace, interests)).c
        statement = (
            select(func.min(matched.sort_at), func.min(func.coalesce(feeds.c.title, feeds.c.host)))
            .select_from(posts.join(feeds).join(matched.id.table, matched.id == posts.c.id))
            .where(matched.sort_at >= since)
            .group_by(matched.story)
        )
        async with self._database.read() as connection:
            return sorted(Dated(at, blog) for at, blog in await connection.execute(statement))

    async def _queried(self, workspace: str, interests: Sequence[Interest] | None) -> list[str]:
        """Return which of the newest posts the queries hold for; the reading runs beside the loop."""
        asked = [one.follows.text for one in interests or () if isinstance(one.follows, FollowsQuery)]
        queries = [parse_query(text) for text in asked]
        if not queries:
            return []

        def held(page: Sequence[tuple[Post, Blog, datetime]]) -> list[str]:
            seen = [Seen(post, blog) for post, blog, _ in page]
            return [one.post.id for one in seen if any(query.holds(one) for query in queries)]

        found: list[str] = []
        looked = 0
        async for page in archive(self._database, workspace, EPOCH):
            found += await asyncio.to_thread(held, page)
            looked += len(page)
            if looked >= MOST_LOOKED_AT:
                break
        return found


def _newest(matched: Subquery, limit: int, offset: int) -> Select[Any]:
    m = matched.c
    number = func.row_number().over(partition_by=m.story, order_by=(m.sort_at.desc(), m.id)).label("number")
    ranked = select(m.id, m.sort_at, number).subquery()
    page = select(ranked.c.id).where(ranked.c.number == 1).order_by(ranked.c.sort_at.desc(), ranked.c.id)
    ids = page.limit(limit).offset(offset).subquery()
    shown = [column for column in posts.columns if column.name != "id"]
    return (
        select(posts.c.id.label("post_id"), *shown, feeds.c.title.label("blog"))
        .select_from(posts.join(ids, ids.c.id == posts.c.id).join(feeds, feeds.c.id == posts.c.feed_id))
        .order_by(posts.c.sort_at.desc(), posts.c.id)
    )


def _card(row: Any, topics: tuple[str, ...]) -> Announcement:
    return Announcement(
        # Not announced anywhere by being shown: it has no id that a menu could name.
        id=AnnouncementId(""),
        story=StoryId(row.story),
        post=post_of(row),
        blog=row.blog,
        topics=topics,
        topic=topics[0] if topics else None,
        views=row.views or None,
    )
