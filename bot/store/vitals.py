"""What an operator asks: how many, how late, what is stuck."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Boolean, ColumnElement, and_, case, func, literal_column, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.links import without_secrets
from bot.domain.model import Channel, MessageId
from bot.domain.vitals import HOURS, Ailing, Silent, Stuck, Vitals, by_hour, delay_of
from bot.store.database import Database
from bot.store.lines import is_open
from bot.store.receipts import decide
from bot.store.tables import announcements, channels, feeds, messages, posts, subscriptions

#: A feed may be this late before it counts as overdue: ticks and politeness take their time.
LATE = timedelta(minutes=5)
# Spelled out, not bound: only then do both databases see that their small indexes of such messages will do.
DEAD: ColumnElement[bool] = literal_column("messages.state = 'dead'", Boolean)
UNKNOWN: ColumnElement[bool] = literal_column("messages.state = 'unknown'", Boolean)


class SqlVitals:
    """Keeps bot.web.admin.Ward's promises."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(self, now: datetime) -> Vitals:
        """Return the numbers."""
        async with self._database.read() as connection:
            shown = await _shown_since(connection, now - timedelta(hours=HOURS))
            last_hour = [sent - created for created, sent in shown if sent >= now - timedelta(hours=1)]
            # Not what only an operator can move, nor what a paused channel keeps: neither is late.
            flows = messages.join(channels, channels.c.id == messages.c.channel_id)
            due = (
                select(func.min(messages.c.due_at))
                .select_from(flows)
                .where(is_open(messages.c.state), messages.c.due_at <= now, ~_is_stuck(), channels.c.state == "active")
            )
            day = select(func.count()).where(posts.c.sort_at >= now - timedelta(days=1))
            overdue = select(func.count()).where(feeds.c.next_poll_at < now - LATE, feeds.c.paused_why.is_(None))
            return Vitals(
                feeds=await _feeds(connection),
                feeds_overdue=int(await connection.scalar(overdue) or 0),
                posts_last_day=int(await connection.scalar(day) or 0),
                channels=await _channels(connection),
                subscriptions=int(await connection.scalar(select(func.count()).select_from(subscriptions)) or 0),
                queue=await _queue(connection),
                oldest_due=await connection.scalar(due),
                delay=delay_of(last_hour),
                hours=by_hour([sent for _, sent in shown], now),
            )

    async def ailing(self, limit: int) -> Sequence[Ailing]:
        """Return the feeds that fail or are paused, the longest failing first."""
        f = feeds.c
        unwell = or_(f.failures > 0, f.paused_why.is_not(None))
        statement = select(feeds).where(unwell).order_by(f.failing_since, f.id).limit(limit)
        async with self._database.read() as connection:
            return [_ailing(row) for row in await connection.execute(statement)]

    async def silent(self, limit: int) -> Sequence[Silent]:
        """Return the channels that are paused or closed."""
        c = channels.c
        statement = select(channels).where(c.state != "active").order_by(c.state_since.desc(), c.id).limit(limit)
        async with self._database.read() as connection:
            return [
                Silent(channel=_channel(row), name=row.name, state=row.state, why=row.why or "")
                for row in await connection.execute(statement)
            ]

    async def stuck(self, limit: int) -> Sequence[Stuck]:
        """Return the messages that only an operator can move, the newest first."""
        m, a = messages.c, announcements.c
        title = (
            select(func.min(posts.c.title))
            .select_from(announcements.join(posts, posts.c.id == a.post_id))
            .where(a.message_id == m.id)
            .scalar_subquery()
        )
        statement = (
            select(m.id, m.state, m.why, m.text, m.attempt, m.created_at, m.settled_at, title.label("title"))
            .add_columns(channels.c.platform, channels.c.workspace, channels.c.external_id)
            .select_from(messages.join(channels, channels.c.id == m.channel_id))
            .where(_is_stuck())
            .order_by(m.seq.desc())
            .limit(limit)
        )
        async with self._database.read() as connection:
            return [_stuck(row) for row in await connection.execute(statement)]

    async def retry(self, message: MessageId) -> bool:
        """Let a stuck message be sent again, whatever became of it; False where it is stuck no longer."""
        values = {"state": "pending", "retry_at": None, "doubt_until": None, "plain": False, "settled_at": None}
        return await decide(self._database, message, _is_stuck(), values, "planned")

    async def drop(self, message: MessageId, now: datetime) -> bool:
        """Give a stuck message up; False where it is stuck no longer."""
        values = {"state": "cancelled", "retry_at": None, "settled_at": now}
        return await decide(self._database, message, _is_stuck(), values, "cancelled")


def _is_stuck() -> ColumnElement[bool]:
    return or_(DEAD, and_(UNKNOWN, messages.c.retry_at.is_(None)))


async def _shown_since(connection: AsyncConnection, since: datetime) -> Sequence[tuple[datetime, datetime]]:
    a = announcements.c
    statement = select(a.created_at, a.sent_at).where(a.created_at >= since, a.state == "sent", a.sent_at >= since)
    return [(row.created_at, row.sent_at) for row in await connection.execute(statement)]


async def _feeds(connection: AsyncConnection) -> Mapping[str, int]:
    f = feeds.c
    health = case(
        (f.paused_why.is_not(None), "paused"),
        (f.failures > 0, "failing"),
        (f.last_good_poll.is_(None), "waiting"),
        else_="ok",
    ).label("health")
    rows = await connection.execute(select(health, func.count().label("feeds")).group_by(health))
    return dict.fromkeys(("ok", "waiting", "failing", "paused"), 0) | {row.health: row.feeds for row in rows}


async def _channels(connection: AsyncConnection) -> Mapping[tuple[str, str], int]:
    c = channels.c
    rows = await connection.execute(select(c.platform, c.state, func.count().label("n")).group_by(c.platform, c.state))
    return {(row.platform, row.state): row.n for row in rows}


async def _queue(connection: AsyncConnection) -> Mapping[str, int]:
    m = messages.c
    counted = select(m.state, func.count().label("n")).group_by(m.state)
    found: dict[str, int] = {}
    for condition in (is_open(m.state), DEAD):
        found |= {row.state: row.n for row in await connection.execute(counted.where(condition))}
    return dict.fromkeys(("pending", "sending", "unknown", "dead"), 0) | found


def _channel(row: Any) -> Channel:
    return Channel(platform=row.platform, workspace=row.workspace, id=row.external_id)


def _ailing(row: Any) -> Ailing:
    paused = row.paused_why is not None
    return Ailing(
        id=row.id,
        name=row.title or row.host,
        url=without_secrets(row.url),
        why=row.paused_why or row.error or "",
        paused=paused,
        failures=row.failures,
        next_poll_at=None if paused else row.next_poll_at,
    )


def _stuck(row: Any) -> Stuck:
    return Stuck(
        id=MessageId(row.id),
        channel=_channel(row),
        state=row.state,
        why=row.why,
        title=row.title or row.text,
        attempt=row.attempt,
        since=row.settled_at or row.created_at,
    )
