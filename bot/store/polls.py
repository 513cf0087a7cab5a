"""The queue of feeds by when they are due, and what polls need to read. What they write is in ingest.py."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, Update, and_, bindparam, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.keys import new_id
from bot.domain.model import FeedId
from bot.domain.polled import Claimed, Polled, Recorded, Remembered
from bot.store.batches import batches, known_pairs, write_rows
from bot.store.database import Database
from bot.store.feed_rows import feed_of
from bot.store.ingest import Ingest
from bot.store.seal import LOCKED, Locked
from bot.store.tables import feed_workspaces, feeds, posts, seen_keys, subscriptions

#: Feeds in one statement: SQLite takes 32,766 parameters.
_SOME = 2000
#: Posts that a feed's rhythm is told by.
_DATES = 10
_LOCKED_FOR = timedelta(hours=1)


#: The compiled statement binds NULL as it binds all else.
_FREE = {"lease_until": None, "lease_token": None}
_RELEASE = (
    update(feeds).where(feeds.c.id == bindparam("feed"), feeds.c.lease_token == bindparam("token")).values(**_FREE)
)


class SqlFeedQueue:
    """Keeps bot.ports.FeedQueue's promises on SQLite and PostgreSQL."""

    def __init__(
        self,
        database: Database,
        *,
        default_zone: str = "UTC",
        shards: Collection[int] | None = None,
        owner: str = "",
    ) -> None:
        """*owner* names this process in its claims, so that others can free them when it has died."""
        self._database = database
        self._owner = owner
        self._ingest = Ingest(database, default_zone)
        #: The shards this process polls; None: all.
        self.shards = shards

    def assign(self, shards: frozenset[int]) -> None:
        """Poll these shards from now on; what is claimed already is finished."""
        self.shards = shards

    async def claim(
        self, now: datetime, lease: timedelta, limit: int, *, not_since: datetime | None = None
    ) -> Sequence[Claimed]:
        return await self._claim(self._due(now, not_since).limit(limit), now, lease)

    async def claim_one(self, feed: FeedId, now: datetime, lease: timedelta) -> Claimed | None:
        free = or_(feeds.c.lease_until.is_(None), feeds.c.lease_until < now)
        wanted = select(feeds.c.id).where(feeds.c.id == feed, feeds.c.paused_why.is_(None), free)
        claimed = await self._claim(wanted.with_for_update(skip_locked=True), now, lease)
        return claimed[0] if claimed else None

    async def _claim(self, wanted: Select[Any], now: datetime, lease: timedelta) -> Sequence[Claimed]:
        token = f"{self._owner}.{new_id()}"
        readers = (
            select(func.count())
            .where(subscriptions.c.feed_id == feeds.c.id)
            .scalar_subquery()
            .correlate(feeds)
            .label("readers")
        )
        statement = (
            update(feeds)
            .where(feeds.c.id.in_(wanted.scalar_subquery()))
            .values(lease_until=now + lease, lease_token=token)
            .returning(*feeds.c, readers)
        )
        async with self._database.write() as connection:
            rows = (await connection.execute(statement)).all()
            claimed, locked = self._read(rows, token)
            if locked:
                await connection.execute(_put_off(locked, now))
        return sorted(claimed, key=lambda one: one.feed.next_poll_at)

    def _read(self, rows: Sequence[Row[Any]], token: str) -> tuple[list[Claimed], list[int]]:
        """Return what was claimed, and the ids of feeds whose address cannot be opened with our key."""
        claimed, locked = [], []
        for row in rows:
            try:
                feed = feed_of(row, self._database.seal)
            except Locked:
                locked.append(row.id)
            else:
                claimed.append(Claimed(feed=feed, host=row.host, token=token, readers=row.readers))
        return claimed, locked

    def _due(self, now: datetime, not_since: datetime | None) -> Select[Any]:
        # A lease of a day was written by a clock that ran ahead.
        ahead = now + timedelta(days=1)
        free = or_(feeds.c.lease_until.is_(None), feeds.c.lease_until < now, feeds.c.lease_until > ahead)
        wanted = feeds.c.next_poll_at <= now
        if not_since is not None:
            wanted = or_(feeds.c.last_poll_at.is_(None), feeds.c.last_poll_at < not_since)
        due = and_(wanted, feeds.c.paused_why.is_(None), free)
        if self.shards is not None:
            due = and_(due, feeds.c.shard.in_(self.shards))
        # Whatever another process is claiming just now is passed over (PostgreSQL).
        return select(feeds.c.id).where(due).order_by(feeds.c.next_poll_at).with_for_update(skip_locked=True)

    async def release(self, claimed: Collection[Claimed]) -> None:
        async with self._database.write() as connection:
            await write_rows(
                connection, _RELEASE, [{"feed": one.feed.id, "token": one.token, **_FREE} for one in claimed]
            )

    async def free(self, owner: str | None = None) -> int:
        """Give back what *owner* (None: anybody) had claimed before it died; return how many feeds that were."""
        token = feeds.c.lease_token
        theirs = token.is_not(None) if owner is None else token.startswith(f"{owner}.", autoescape=True)
        gone = update(feeds).where(theirs).values(lease_until=None, lease_token=None)
        async with self._database.write() as connection:
            return (await connection.execute(gone)).rowcount

    async def next_due(self) -> datetime | None:
        """Return when the first feed is due that nobody polls now; None where there is none."""
        statement = select(func.min(feeds.c.next_poll_at)).where(
            feeds.c.paused_why.is_(None), feeds.c.lease_until.is_(None)
        )
        async with self._database.read() as connection:
            due: datetime | None = await connection.scalar(statement)
            return due

    async def remembered(
        self, feeds: Collection[FeedId], keys: Mapping[FeedId, Collection[bytes]], since: datetime
    ) -> Remembered:
        if not feeds:
            return Remembered()
        async with self._database.read() as connection:
            return Remembered(
                seen=await _seen(connection, keys),
                workspaces=await _workspaces(connection, feeds),
                dates=await _dates(connection, keys, since),
            )

    async def record(self, polls: Sequence[Polled], version: int, now: datetime) -> Recorded | None:
        return await self._ingest.record(polls, version, now)


def _put_off(locked: Collection[int], now: datetime) -> Update:
    f = feeds.c
    since = func.coalesce(f.failing_since, bindparam("since", now, f.failing_since.type))
    values = {"error": LOCKED, "failures": f.failures + 1, "failing_since": since, "next_poll_at": now + _LOCKED_FOR}
    return update(feeds).where(f.id.in_(locked)).values(**values, **_FREE)


async def _seen(
    connection: AsyncConnection, keys: Mapping[FeedId, Collection[bytes]]
) -> Mapping[FeedId, frozenset[bytes]]:
    found: dict[FeedId, set[bytes]] = defaultdict(set)
    pairs = [(feed, key) for feed, offered in keys.items() for key in offered]
    for feed, key in await known_pairs(connection, seen_keys.c.feed_id, seen_keys.c.key, pairs):
        found[FeedId(feed)].add(bytes(key))
    return {feed: frozenset(known) for feed, known in found.items()}


async def _workspaces(connection: AsyncConnection, ids: Collection[FeedId]) -> Mapping[FeedId, frozenset[str]]:
    table = feed_workspaces.c
    found: dict[FeedId, set[str]] = defaultdict(set)
    for some in batches(ids, _SOME):
        statement = select(table.feed_id, table.workspace).where(table.feed_id.in_(some))
        for feed, workspace in await connection.execute(statement):
            found[FeedId(feed)].add(workspace)
    return {feed: frozenset(names) for feed, names in found.items()}


async def _dates(
    connection: AsyncConnection, ids: Collection[FeedId], since: datetime
) -> Mapping[FeedId, Sequence[datetime]]:
    number = func.row_number().over(partition_by=posts.c.feed_id, order_by=posts.c.sort_at.desc())
    recent = select(posts.c.feed_id, posts.c.sort_at, number.label("number"))
    found: dict[FeedId, list[datetime]] = defaultdict(list)
    for some in batches(ids, _SOME):
        newest = recent.where(posts.c.feed_id.in_(some), posts.c.sort_at >= since).subquery()
        statement = select(newest.c.feed_id, newest.c.sort_at).where(newest.c.number <= _DATES)
        for feed, date in await connection.execute(statement):
            found[FeedId(feed)].append(date)
    return found
