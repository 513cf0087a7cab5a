"""What is old goes, a page at a time, so that no poll and no send waits long for its turn to write."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Delete, Select, Update, and_, delete, exists, func, select, tuple_, update

from bot.domain.story import WINDOW
from bot.store.database import Database
from bot.store.departures import purge
from bot.store.platform_tables import oauth_states, rates, roles
from bot.store.tables import actions, announcements, audit, feeds, messages, posts, seen_keys, stories, story_shingles

PAGE = 1000
FEEDS = 500
#: Posts of a feed have up to three keys; what stands in a feed now is among its newest ones.
KEYS_PER_POST = 3
LEAST_POSTS = 100
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """How long what is stored stays."""

    texts: timedelta = timedelta(days=90)
    #: Posts nobody was sent, and what became of the others.
    posts: timedelta = timedelta(days=400)
    seen_keys: timedelta = timedelta(days=400)
    #: What belongs to a workspace that removed the bot.
    departed: timedelta = timedelta(days=30)


Change = Delete | Update


class SqlRetention:
    """Deletes what is older than *keeping* says. Safe to repeat, to interrupt, and to run twice at once."""

    def __init__(self, database: Database, keeping: Keeping, pause: Callable[[], Awaitable[None]]) -> None:
        """*pause* is awaited between pages: others write then."""
        self._database = database
        self._keeping = keeping
        self._pause = pause

    async def clean(self, now: datetime) -> Mapping[str, int]:
        """Return how many rows of each kind went."""
        gone = {name: await self._in_pages(change) for name, change in _changes(self._keeping, now).items()}
        gone["seen keys"] = await self._forget_keys(now - self._keeping.seen_keys)
        gone["workspaces"] = await purge(self._database, now - self._keeping.departed, self._pause)
        if self._database.is_sqlite:
            async with self._database.write() as connection:
                await connection.exec_driver_sql("PRAGMA optimize")
        return {name: count for name, count in gone.items() if count}

    async def _in_pages(self, change: Change) -> int:
        total = 0
        while True:
            async with self._database.write() as connection:
                count = (await connection.execute(change)).rowcount
            total += count
            if count < PAGE:
                return total
            await self._pause()

    async def _forget_keys(self, before: datetime) -> int:
        async with self._database.read() as connection:
            last = (await connection.execute(select(func.max(feeds.c.id)))).scalar() or 0
        total = 0
        for first in range(0, last + 1, FEEDS):
            total += await self._in_pages(_old_keys(before, first))
            await self._pause()
        return total


def _changes(keeping: Keeping, now: datetime) -> Mapping[str, Change]:
    """In the order of their dependence: a post goes before its story, an announcement before its post."""
    old = now - keeping.posts
    settled = and_(announcements.c.state != "planned", announcements.c.created_at < old)
    sent_to_nobody = ~exists().where(announcements.c.post_id == posts.c.id)
    orphaned = and_(
        ~exists().where(posts.c.story == stories.c.id), ~exists().where(announcements.c.story == stories.c.id)
    )
    blanked = and_(posts.c.text != "", posts.c.sort_at < now - keeping.texts)
    return {
        "texts": update(posts).where(posts.c.id.in_(_page([posts.c.id], blanked))).values(text=""),
        "announcements": _delete([announcements.c.id], settled),
        "messages": _delete([messages.c.seq], messages.c.settled_at < old),
        "posts": _delete([posts.c.id], and_(posts.c.first_seen < old, sent_to_nobody)),
        "stories": _delete([stories.c.id], and_(stories.c.created_at < now - DAY, orphaned)),
        "shingles": _delete(
            [story_shingles.c.shingle, story_shingles.c.story],
            exists().where(stories.c.id == story_shingles.c.story, stories.c.created_at < now - 2 * WINDOW),
        ),
        "audit": _delete([audit.c.id], audit.c.at < old),
        "actions": _delete([actions.c.id], actions.c.created_at < old),
        "states": _delete([oauth_states.c.state], oauth_states.c.expires_at < now),
        "rates": _delete([rates.c.name], rates.c.free_at < now - DAY),
        "roles": _delete([roles.c.name], roles.c.until < now - DAY),
    }


def _page(keys: Sequence[ColumnElement[object]], condition: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    return select(*keys).where(condition).limit(PAGE)


def _delete(keys: Sequence[ColumnElement[object]], condition: ColumnElement[bool]) -> Delete:
    table = keys[0].table
    found = _page(keys, condition)
    return delete(table).where(keys[0].in_(found) if len(keys) == 1 else tuple_(*keys).in_(found))


def _old_keys(before: datetime, first: int) -> Delete:
    """Delete old keys of the feeds from *first* on, never those of posts that may still stand in the feed.

    A poll touches only what changed, so that an old key may well belong to the feed of today: as many of the newest
    as the feed has items stay, whatever their age.
    """
    k, f = seen_keys.c, feeds.c
    place = func.row_number().over(partition_by=k.feed_id, order_by=(k.seen_at.desc(), k.key)).label("place")
    standing = (func.length(f.item_hashes) / 8 + LEAST_POSTS) * KEYS_PER_POST
    ranked = (
        select(k.feed_id, k.key, k.seen_at, place, standing.label("standing"))
        .join(feeds)
        .where(k.feed_id >= first, k.feed_id < first + FEEDS)
        .subquery()
    )
    r = ranked.c
    old = select(r.feed_id, r.key).where(r.place > r.standing, r.seen_at < before).limit(PAGE)
    return delete(seen_keys).where(tuple_(k.feed_id, k.key).in_(old))
