"""Workspaces that removed the bot: remembered from that day on, and after a grace period what was theirs goes."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Row, and_, delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.database import Database
from bot.store.known_feeds import rest_orphans
from bot.store.platform_tables import departures, installations
from bot.store.tables import (
    announcements,
    audit,
    channels,
    feed_workspaces,
    messages,
    mutes,
    post_topics,
    subscriptions,
    topics,
)
from bot.store.upsert import insert_into
from bot.store.versions import bump

PAGE = 1000


async def note_departure(connection: AsyncConnection, platform: str, workspace: str, now: datetime) -> None:
    """Remember that a workspace removed us; told again, the first time counts."""
    gone = insert_into(connection, departures).values(platform=platform, workspace=workspace, at=now)
    await connection.execute(gone.on_conflict_do_nothing())


async def note_return(connection: AsyncConnection, platform: str, workspace: str) -> None:
    """Forget a departure."""
    await connection.execute(delete(departures).where(_is(platform, workspace)))


async def purge(database: Database, before: datetime, pause: Callable[[], Awaitable[None]]) -> int:
    """Delete what belongs to workspaces that left before then; return how many they were. Safe to interrupt."""
    async with database.read() as connection:
        left = (await connection.execute(select(departures).where(departures.c.at < before))).all()
    for one in left:
        await _purge_one(database, one, before, pause)
    return len(left)


class SqlDepartures:
    """Keeps bot.ports.Departures' promises on SQLite and PostgreSQL."""

    def __init__(self, database: Database, pause: Callable[[], Awaitable[None]]) -> None:
        """*pause* lets others at the database between two pages."""
        self._database = database
        self._pause = pause

    async def channels(self, workspace: str) -> int:
        platform, _, name = workspace.partition(":")
        theirs = select(func.count()).where(channels.c.platform == platform, channels.c.workspace == name)
        async with self._database.read() as connection:
            return int(await connection.scalar(theirs) or 0)

    async def forget(self, workspace: str, now: datetime) -> None:
        platform, _, name = workspace.partition(":")
        async with self._database.write() as connection:
            # Noted first, so that retention ends what a crash breaks off.
            await note_return(connection, platform, name)
            await note_departure(connection, platform, name, now)
        async with self._database.read() as connection:
            row = (await connection.execute(select(departures).where(_is(platform, name)))).one()
        await _purge_one(self._database, row, now + timedelta(seconds=1), self._pause)


async def _purge_one(
    database: Database, one: Row[tuple[str, str, datetime]], before: datetime, pause: Callable[[], Awaitable[None]]
) -> None:
    # The outbox first, a page at a time: with the channel it would go in one long breath.
    for ids in (messages.c.seq, announcements.c.id):
        while await _page(database, one, ids, before) == PAGE:
            await pause()
    await _rest(database, one, before)


async def _page(
    database: Database, left: Row[tuple[str, str, datetime]], ids: ColumnElement[object], before: datetime
) -> int:
    table = ids.table
    theirs = and_(channels.c.platform == left.platform, channels.c.workspace == left.workspace)
    page = select(ids).where(table.c.channel_id.in_(select(channels.c.id).where(theirs, _still_gone(left, before))))
    async with database.write() as connection:
        return (await connection.execute(delete(table).where(ids.in_(page.limit(PAGE))))).rowcount


async def _rest(database: Database, left: Row[tuple[str, str, datetime]], before: datetime) -> None:
    name = f"{left.platform}:{left.workspace}"
    async with database.write() as connection:
        if not (await connection.execute(select(departures).where(_still_gone(left, before)))).first():
            return  # It came back meanwhile.
        channel = select(channels.c.id).where(
            channels.c.platform == left.platform, channels.c.workspace == left.workspace
        )
        pool = select(feed_workspaces.c.feed_id).where(feed_workspaces.c.workspace == name)
        followed = select(subscriptions.c.feed_id).where(
            subscriptions.c.channel_id.in_(channel), subscriptions.c.feed_id.is_not(None)
        )
        feeds = set(await connection.scalars(pool)) | set(await connection.scalars(followed))
        for table in (feed_workspaces, post_topics, topics, audit):
            await connection.execute(delete(table).where(table.c.workspace == name))
        # Subscriptions, votes, tunings and buttons go with their channel.
        for table in (mutes, channels, installations, departures):
            theirs = and_(table.c.platform == left.platform, table.c.workspace == left.workspace)
            await connection.execute(delete(table).where(theirs))
        await rest_orphans(connection, feeds)
        await bump(connection)


def _is(platform: str, workspace: str) -> ColumnElement[bool]:
    return and_(departures.c.platform == platform, departures.c.workspace == workspace)


def _still_gone(left: Row[tuple[str, str, datetime]], before: datetime) -> ColumnElement[bool]:
    found = select(departures.c.at).where(_is(left.platform, left.workspace), departures.c.at < before)
    return found.exists()
