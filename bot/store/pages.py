"""Lists of posts: by topic, by blog, by words; each story once, newest first."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    and_,
    bindparam,
    column,
    exists,
    func,
    literal,
    literal_column,
    or_,
    select,
    table,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.message import Announcement
from bot.domain.model import SHARED, AnnouncementId, FeedId, StoryId
from bot.domain.pages import COUNTED, PAGE_SIZE, Blog, Found, Shown, Wanted
from bot.store.announcements import post_of
from bot.store.database import Database
from bot.store.filed import filed_for
from bot.store.known_feeds import seen_by
from bot.store.tables import feeds, post_topics, posts

#: A match that only a wide subscription wants is on no page.
SURE = ("normal", "strict")
MOST_MATCHED = 5
#: Blogs are offered from among this many of a topic's newest posts.
RECENT = 1000

# Made by a migration, on SQLite only; `post_words` is its FTS5 table.
numbers = table("post_numbers", column("number"), column("post_id"))
words = table("post_words", column("rowid"), column("post_words"))
# Lists show summaries; whole texts, which are many times as long, stay where they are.
COLUMNS = [literal("").label("text") if each.name == "text" else each for each in posts.columns if each.name != "id"]
# As the index has it, to the letter.
TSVECTOR: ColumnElement[Any] = literal_column("to_tsvector('simple', posts.title || ' ' || posts.summary)")


class SqlPages:
    """Keeps bot.web.shelf.Shelf's promises, and finds posts for `/tidings search`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, wanted: Wanted, page: int = 1, size: int = PAGE_SIZE, most: int = COUNTED) -> Found:
        """Return one page of a list, counted as far as *most*."""
        matching = _matching(wanted, sqlite=self._database.is_sqlite).limit(most)
        async with self._database.read() as connection:
            # All that are counted in one read, not a page and then a count: the reading is the same, and done once.
            ids = (await connection.scalars(matching)).all()
            order = ids[(page - 1) * size : page * size]
            shown = await _shown(connection, order, wanted)
        return Found(posts=tuple(shown[post] for post in order if post in shown), total=len(ids))

    async def recent_counts(self, since: datetime) -> Mapping[str, int]:
        """Return how many stories of shared feeds each built-in topic has had since then."""
        p, t = posts.c, post_topics.c
        statement = (
            select(t.topic, func.count(p.story.distinct()).label("stories"))
            .select_from(post_topics.join(posts, p.id == t.post_id))
            .where(t.workspace == SHARED, t.sort_at >= since, t.strictness.in_(SURE), seen_by(SHARED, p.feed_id))
            .group_by(t.topic)
        )
        async with self._database.read() as connection:
            return {row.topic: row.stories for row in await connection.execute(statement)}

    async def blogs(self, topic: str, limit: int) -> Sequence[Blog]:
        """Return the shared feeds that wrote most of a topic's newest posts, the busiest first."""
        recent = _matching(Wanted(topic=topic), sqlite=self._database.is_sqlite).limit(RECENT).subquery()
        f = feeds.c
        statement = (
            select(f.id, f.title, f.url, f.site, f.host, func.count().label("posts"))
            .select_from(recent.join(posts, posts.c.id == recent.c.id).join(feeds, f.id == posts.c.feed_id))
            .group_by(f.id, f.title, f.url, f.site, f.host)
            .order_by(func.count().desc(), f.id)
            .limit(limit)
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(statement)).all()
        return [Blog(feed=FeedId(row.id), name=row.title or row.host, url=row.url, site=row.site) for row in rows]

    async def url_of(self, post: str) -> str | None:
        """Return the address of a post we hold; None where there is none."""
        async with self._database.read() as connection:
            found = await connection.scalar(select(posts.c.url).where(posts.c.id == post))
        return None if found is None else str(found)

    async def count_views(self, clicks: Mapping[str, int]) -> None:
        """Add clicks to posts, in one statement for all of them."""
        p = posts.c
        added = update(posts).where(p.id == bindparam("b_post")).values(views=p.views + bindparam("b_clicks"))
        rows = [{"b_post": post, "b_clicks": number} for post, number in clicks.items()]
        async with self._database.write() as connection:
            await connection.execute(added, rows)


def _matching(wanted: Wanted, *, sqlite: bool) -> Select[Any]:
    """Return the ids in their order: of several posts of one story, the one that came first.

    What is joined first decides how much is read: the words where there are any, else the blog, else the topic.
    """
    p, t = posts.c, post_topics.c
    source: FromClause = posts
    conditions = [seen_by(wanted.workspace, p.feed_id), _is_first(wanted.workspace)]
    order = [p.sort_at.desc(), p.id]
    if wanted.topic is not None:
        of_topic = and_(t.workspace == SHARED, t.topic == wanted.topic, t.strictness.in_(SURE), t.post_id == p.id)
        if wanted.words or wanted.feed is not None:
            conditions.append(exists().where(of_topic))
        else:
            source, order = post_topics.join(posts, p.id == t.post_id), [t.sort_at.desc(), p.id]
            conditions.append(of_topic)
    if wanted.feed is not None:
        conditions.append(p.feed_id == wanted.feed)
    if wanted.words and sqlite:
        source = words.join(numbers, words.c.rowid == numbers.c.number).join(posts, numbers.c.post_id == p.id)
        # Quoted, a word is a word to FTS5, whatever it means in its query language.
        conditions.append(words.c.post_words.op("MATCH")(" ".join(f'"{word}"' for word in wanted.words)))
        # Its own order, and nearly by date: sorting by date would read every match before showing the first.
        # Nothing beside it, for then SQLite would sort after all.
        order = [words.c.rowid.desc()]
    elif wanted.words:
        conditions.append(TSVECTOR.op("@@")(func.plainto_tsquery("simple", " ".join(wanted.words))))
    return select(p.id).select_from(source).where(*conditions).order_by(*order)


def _is_first(workspace: str) -> ColumnElement[bool]:
    """The condition that no post of the same story, in a feed that *workspace* sees, came earlier."""
    other = posts.alias("other")
    p, o = posts.c, other.c
    earlier = or_(o.sort_at < p.sort_at, and_(o.sort_at == p.sort_at, o.id < p.id))
    return ~exists().where(o.story == p.story, earlier, seen_by(workspace, o.feed_id))


async def _shown(connection: AsyncConnection, ids: Collection[str], wanted: Wanted) -> Mapping[str, Shown]:
    statement = (
        select(posts.c.id.label("post_id"), *COLUMNS, feeds.c.title.label("blog"))
        .select_from(posts.join(feeds, feeds.c.id == posts.c.feed_id))
        .where(posts.c.id.in_(ids))
    )
    rows: Sequence[Any] = (await connection.execute(statement)).all()
    also_at = await _also_at(connection, rows, wanted.workspace)
    t = post_topics.c
    found = select(t.post_id, t.topic, t.evidence).where(
        t.post_id.in_(ids), filed_for(wanted.workspace), t.strictness.in_(SURE)
    )
    topics: dict[str, list[Any]] = defaultdict(list)
    for row in await connection.execute(found.order_by(t.score.desc(), t.topic)):
        topics[row.post_id].append(row)
    return {row.post_id: _one(row, topics[row.post_id], also_at.get(row.story, ()), wanted.topic) for row in rows}


def _one(row: Any, topics: Sequence[Any], also_at: Sequence[str], topic: str | None) -> Shown:
    names = tuple(dict.fromkeys(each.topic for each in topics))
    evidence: Sequence[Any] = next((each.evidence for each in topics if each.topic == topic), [])
    matched = tuple(dict.fromkeys(str(term) for term, _where, points in evidence if points > 0))[:MOST_MATCHED]
    card = Announcement(
        id=AnnouncementId(""),
        story=StoryId(row.story),
        post=post_of(row),
        blog=row.blog,
        topics=names,
        topic=topic,
        also_at=tuple(dict.fromkeys(name for name in also_at if name != row.blog)),
        views=row.views or None,
    )
    return Shown(card=card, matched=matched)


async def _also_at(connection: AsyncConnection, rows: Sequence[Any], workspace: str) -> Mapping[str, list[str]]:
    own = {row.post_id for row in rows}
    statement = (
        select(posts.c.story, posts.c.id, feeds.c.title)
        .select_from(posts.join(feeds, feeds.c.id == posts.c.feed_id))
        .where(posts.c.story.in_({row.story for row in rows}), seen_by(workspace, posts.c.feed_id))
        .order_by(posts.c.first_seen, posts.c.id)
    )
    found: dict[str, list[str]] = defaultdict(list)
    for story, post, title in await connection.execute(statement):
        if post not in own and title:
            found[story].append(title)
    return found
