"""Which feeds there are, and in whose pool."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, case, delete, exists, false, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.errors import UsageError
from bot.domain.following import FeedCounts, FoundFeed, KnownFeed
from bot.domain.links import host_of, is_concealed
from bot.domain.model import SHARED, Channel, FeedId, workspace_of
from bot.domain.typed import as_url, folded
from bot.domain.unsaid import stored
from bot.domain.wishes import What
from bot.store.database import Database
from bot.store.feed_rows import place_of
from bot.store.outbox import is_any
from bot.store.seal import HIDDEN, Seal
from bot.store.tables import announcements, channels, feed_workspaces, feeds, posts, subscriptions
from bot.store.unwanted import cancel_unwanted
from bot.store.versions import bump

FIRST_INTERVAL = timedelta(hours=1)
NOBODY = stored("Nobody follows this feed any more.")


def seen_by(workspace: str, feed: ColumnElement[int]) -> ColumnElement[bool]:
    """The condition that *workspace* sees a feed: shared, or its own."""
    w = feed_workspaces.c
    return exists().where(w.feed_id == feed, w.workspace.in_([SHARED, workspace]))


def _in_pool(workspace: str) -> ColumnElement[bool]:
    w = feed_workspaces.c
    return exists().where(w.feed_id == feeds.c.id, w.workspace == workspace)


def _known(workspace: str) -> Select[Any]:
    number = select(func.count()).where(posts.c.feed_id == feeds.c.id).scalar_subquery()
    own = _in_pool(workspace) if workspace != SHARED else false()
    return select(feeds, own.label("own"), _in_pool(SHARED).label("shared"), number.label("posts"))


def _followed(channel: Channel) -> Select[Any]:
    following = subscriptions.join(channels, channels.c.id == subscriptions.c.channel_id)
    followed = (is_any([channel]), subscriptions.c.feed_id.is_not(None))
    return select(subscriptions.c.feed_id).select_from(following).where(*followed)


def _feed(row: Row[Any]) -> KnownFeed:
    return KnownFeed(
        id=FeedId(row.id),
        url=row.url,
        title=row.title,
        site=row.site,
        own=bool(row.own),
        shared=bool(row.shared),
        error=row.error,
        failures=row.failures,
        failing_since=row.failing_since,
        paused_why=row.paused_why,
        last_good_poll=row.last_good_poll,
        next_poll_at=row.next_poll_at,
        posts=row.posts,
    )


class SqlFeeds:
    """Keeps bot.ports.Feeds."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def is_new(self) -> bool:
        """Say whether there never was a feed: removed ones rest, and are not loaded again."""
        async with self._database.read() as connection:
            return await connection.scalar(select(feeds.c.id).limit(1)) is None

    async def counts(self, workspace: str) -> FeedCounts:
        f = feeds.c
        watched = f.paused_why.is_(None)
        waiting = and_(watched, f.last_good_poll.is_(None), f.failures == 0)
        statement = select(
            func.coalesce(func.sum(case((watched, 1), else_=0)), 0).label("watched"),
            func.coalesce(func.sum(case((_in_pool(workspace), 1), else_=0)), 0).label("own"),
            func.coalesce(func.sum(case((waiting, 1), else_=0)), 0).label("waiting"),
            func.coalesce(func.sum(case((and_(watched, f.failures > 0), 1), else_=0)), 0).label("failing"),
        ).where(seen_by(workspace, f.id))
        async with self._database.read() as connection:
            row = (await connection.execute(statement)).one()
        return FeedCounts(watched=row.watched, own=row.own, waiting=row.waiting, failing=row.failing)

    async def pool(self, workspace: str) -> Sequence[KnownFeed]:
        name = func.lower(func.coalesce(feeds.c.title, feeds.c.host))
        statement = _known(workspace).where(_in_pool(workspace)).order_by(name, feeds.c.id)
        async with self._database.read() as connection:
            return [_feed(row) for row in await connection.execute(statement)]

    async def followed(self, channel: Channel) -> Sequence[KnownFeed]:
        statement = _known(workspace_of(channel)).where(feeds.c.id.in_(_followed(channel))).order_by(feeds.c.id)
        async with self._database.read() as connection:
            return [_feed(row) for row in await connection.execute(statement)]

    async def ailing(
        self, workspace: str, channel: Channel | None, *, limit: int, offset: int = 0
    ) -> tuple[Sequence[KnownFeed], int]:
        f, here = feeds.c, _in_pool(workspace) if workspace != SHARED else false()
        if channel is not None:
            here = or_(here, f.id.in_(_followed(channel)))
        ill = or_(f.failures > 0, f.paused_why.is_not(None), f.error.is_not(None))
        wanted = and_(ill, or_(here, _in_pool(SHARED)))
        order = (case((here, 0), else_=1), f.failing_since.is_(None), f.failing_since, f.id)
        page = _known(workspace).where(wanted).order_by(*order).limit(limit).offset(offset)
        async with self._database.read() as connection:
            number = await connection.scalar(select(func.count()).select_from(feeds).where(wanted)) or 0
            return [_feed(row) for row in await connection.execute(page)], number

    async def find(self, workspace: str, text: str, limit: int = 25) -> Sequence[KnownFeed]:
        seen = _known(workspace).where(seen_by(workspace, feeds.c.id))
        async with self._database.read() as connection:
            for condition in (_is(text, self._database.seal), _contains(text)):
                rows = (await connection.execute(seen.where(condition).order_by(feeds.c.id).limit(limit))).all()
                if rows:
                    return [_feed(row) for row in rows]
        return []

    async def seen(self, workspace: str, urls: Collection[str]) -> Collection[str]:
        statement = select(feeds.c.url).where(feeds.c.url.in_(urls), seen_by(workspace, feeds.c.id))
        async with self._database.read() as connection:
            return set((await connection.execute(statement)).scalars())

    async def know(self, found: Sequence[FoundFeed], now: datetime) -> Sequence[KnownFeed]:
        seal = self._database.seal
        for feed in found:
            seal.check(feed.url)
        names = [seal.name_of(feed.url) for feed in found]
        fresh = [_new_row(feed, seal, now) for feed in found if not is_concealed(feed.url)]
        async with self._database.write() as connection:
            insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
            if fresh:
                await connection.execute(insert(feeds).on_conflict_do_nothing(index_elements=["url"]), fresh)
            rows_ = (await connection.execute(_known(SHARED).where(feeds.c.url.in_(names)))).all()
        by_name = {row.url: _feed(row) for row in rows_}
        if by_name.keys() != set(names):
            raise UsageError(HIDDEN)
        return [by_name[name] for name in names]

    def check(self, url: str) -> None:
        self._database.seal.check(url)

    async def add(
        self, workspace: str, feeds: Collection[FeedId], *, by: str, now: datetime, limit: int | None = None
    ) -> Collection[FeedId]:
        w = feed_workspaces.c
        async with self._database.write() as connection:
            seen = select(w.feed_id).where(w.feed_id.in_(feeds), w.workspace.in_([SHARED, workspace]))
            new = [feed for feed in feeds if feed not in set((await connection.execute(seen)).scalars())]
            await wake_feeds(connection, set(feeds) - set(new), now)
            if not new:
                return []
            have = await connection.scalar(select(func.count()).where(w.workspace == workspace)) or 0
            if limit is not None and have + len(new) > limit:
                raise UsageError(
                    "A workspace can have {limit} feeds of its own, and this one has {have}. "
                    "`/tidings feeds remove` makes room.",
                    limit=limit,
                    have=have,
                )
            await into_pool(connection, workspace, new, by=by, now=now)
        return new

    async def remove(self, workspace: str, feeds: Collection[FeedId], now: datetime) -> int:
        w = feed_workspaces.c
        async with self._database.write() as connection:
            out = delete(feed_workspaces).where(w.workspace == workspace, w.feed_id.in_(feeds)).returning(w.feed_id)
            gone = set((await connection.execute(out)).scalars())
            await _cancel_of(connection, workspace, gone, now)
            await rest_orphans(connection, gone)
            await bump(connection, What.FEEDS)
        return len(gone)


async def into_pool(
    connection: AsyncConnection, workspace: str, feeds: Collection[FeedId], *, by: str, now: datetime
) -> None:
    """Put feeds into the pool of *workspace*, also those that it sees already because they are shared."""
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    rows = [{"feed_id": feed, "workspace": workspace, "added_by": by, "added_at": now} for feed in feeds]
    both = ["feed_id", "workspace"]
    await connection.execute(insert(feed_workspaces).on_conflict_do_nothing(index_elements=both), rows)
    await wake_feeds(connection, feeds, now)
    await bump(connection, What.FEEDS)


async def wake_feeds(connection: AsyncConnection, ids: Collection[int], now: datetime) -> None:
    """Poll those of these feeds that rested or were stopped, as new ones."""
    resting = (feeds.c.id.in_(ids), feeds.c.paused_why.is_not(None))
    await connection.execute(update(feeds).where(*resting).values(**_fresh(now)))


def _new_row(feed: FoundFeed, seal: Seal, now: datetime) -> dict[str, Any]:
    return {
        **place_of(feed.url, seal),
        "title": feed.title,
        "site": feed.site,
        "next_poll_at": now,
        "interval_s": int(FIRST_INTERVAL.total_seconds()),
        "added_at": now,
        # Until somebody wants it: what is only looked at is polled by nobody.
        "paused_why": NOBODY,
    }


def _fresh(now: datetime) -> dict[str, Any]:
    """Return what makes a feed that rested start anew: its next poll only marks posts as known."""
    cleared = ("paused_why", "error", "failing_since", "reported_at", "last_good_poll", "etag", "last_modified")
    return {**dict.fromkeys(cleared), "body_hash": None, "failures": 0, "next_poll_at": now}


def _is(text: str, seal: Seal) -> ColumnElement[bool]:
    f = feeds.c
    bare = (as_url(text) or text).rstrip("/")
    addresses = [seal.name_of(address) for address in (text, bare, f"{bare}/")]
    # A person types `simonwillison.net`, the row says https://simonwillison.net/atom/everything/.
    return or_(
        f.url.in_(addresses),
        f.site.in_(addresses),
        _folded(f.title) == folded(text),
        f.host == host_of(bare) if bare.count("/") == 2 else false(),
    )


def _folded(title: ColumnElement[Any]) -> ColumnElement[str]:
    return func.replace(func.replace(func.lower(title), "’", "'"), "‘", "'")


def _contains(text: str) -> ColumnElement[bool]:
    f = feeds.c
    return or_(
        _folded(f.title).contains(folded(text), autoescape=True),
        f.url.contains(text.lower(), autoescape=True),
    )


async def _cancel_of(connection: AsyncConnection, workspace: str, gone: Collection[int], now: datetime) -> None:
    """Cancel what channels would get of feeds they see no longer, save those that follow the very feed."""
    a, c, s = announcements.c, channels.c, subscriptions.c
    whose = (c.platform + ":" + c.workspace) == workspace if workspace != SHARED else c.id.is_not(None)
    topics_only = (
        select(a.channel_id, s.id)
        .select_from(
            announcements.join(posts, posts.c.id == a.post_id)
            .join(channels, c.id == a.channel_id)
            .join(subscriptions, s.channel_id == c.id)
        )
        .where(posts.c.feed_id.in_(gone), a.state == "planned", s.kind != "feed", whose)
        .where(~seen_by_channel(posts.c.feed_id))
    )
    by_channel: dict[int, set[int]] = {}
    for channel, subscription in await connection.execute(topics_only):
        by_channel.setdefault(channel, set()).add(subscription)
    await cancel_unwanted(connection, by_channel, now, feeds=gone)


def seen_by_channel(feed: ColumnElement[int]) -> ColumnElement[bool]:
    """The condition that the workspace of a row of `channels` sees a feed."""
    w, c = feed_workspaces.c, channels.c
    return exists().where(w.feed_id == feed, w.workspace.in_([SHARED, c.platform + ":" + c.workspace]))


async def rest_orphans(connection: AsyncConnection, among: Collection[int]) -> None:
    """Poll no longer what is in nobody's pool and followed by nobody."""
    f = feeds.c
    pooled = exists().where(feed_workspaces.c.feed_id == f.id)
    followed = exists().where(subscriptions.c.feed_id == f.id)
    orphan = (f.id.in_(among), f.paused_why.is_(None), ~pooled, ~followed)
    await connection.execute(update(feeds).where(*orphan).values(paused_why=NOBODY))
