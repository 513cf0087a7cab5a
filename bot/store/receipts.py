"""What became of messages, counted from the rows; and a person's word on those that need one."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.message import MessageKind
from bot.domain.model import Channel, MessageId
from bot.domain.receipt import Receipt, Trouble
from bot.domain.sending import CREATES
from bot.domain.transitions import FINAL
from bot.store.database import Database
from bot.store.lines import OPEN_STATES, channel_of, is_any
from bot.store.tables import announcements, channels, messages, posts

LATELY = timedelta(days=30)
MOST_SPANS = 2000
parked = and_(messages.c.state == "unknown", messages.c.retry_at.is_(None))


class SqlReceipts:
    """Keeps `bot.ports.Receipts`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def receipt(self, channel: Channel | None, now: datetime) -> Receipt:
        within = true() if channel is None else is_any([channel])
        async with self._database.read() as connection:
            counts = await _counts(connection, within)
            spans = await _spans(connection, within, now)
            return Receipt(
                **counts,
                troubles=tuple(_trouble(row) for row in await connection.execute(_troubles(within, 5))),
                lost=await _lost(connection, within),
                doubled=await _doubled(connection, within),
                from_published=tuple(row.sent_at - row.published for row in spans if row.published),
                from_seen=tuple(row.sent_at - row.first_seen for row in spans),
            )

    async def troubled(self, limit: int = 100) -> list[tuple[Channel, Trouble]]:
        """Return messages that need a person, newest first, of every channel."""
        async with self._database.read() as connection:
            rows = await connection.execute(_troubles(true(), limit))
            return [(channel_of(row), _trouble(row)) for row in rows]

    async def retry(self, message: MessageId, channel: Channel | None, now: datetime) -> bool:
        m = messages.c
        again = {"state": "pending", "why": "", "retry_at": None, "doubt_until": None, "plain": False, "due_at": now}
        return await self._decide(message, channel, or_(m.state == "dead", parked), again, "planned")

    async def drop(self, message: MessageId, channel: Channel | None, now: datetime) -> bool:
        m = messages.c
        dropped = {"state": "cancelled", "why": "dropped by a person", "settled_at": now}
        return await self._decide(message, channel, or_(m.state.in_(("dead", "pending")), parked), dropped, "cancelled")

    async def _decide(
        self,
        message: MessageId,
        channel: Channel | None,
        may: ColumnElement[bool],
        values: dict[str, Any],
        announced: str,
    ) -> bool:
        within = may if channel is None else and_(may, messages.c.channel_id.in_(_ids_of(channel)))
        return await decide(self._database, message, within, values, announced)


async def decide(
    database: Database, message: MessageId, may: ColumnElement[bool], values: Mapping[str, Any], announced: str
) -> bool:
    """Write a person's word on a message and on what it carries; False where the message is not one that *may*."""
    m, a = messages.c, announcements.c
    async with database.write() as connection:
        if (await connection.execute(update(messages).where(m.id == message, may).values(**values))).rowcount == 0:
            return False
        open_ = a.state.in_(("planned", "dead"))
        await connection.execute(update(announcements).where(a.message_id == message, open_).values(state=announced))
    return True


def _ids_of(channel: Channel) -> Select[tuple[int]]:
    return select(channels.c.id).where(is_any([channel]))


async def _counts(connection: AsyncConnection, within: ColumnElement[bool]) -> dict[str, Any]:
    m = messages.c
    waiting = and_(m.state.in_(OPEN_STATES), ~parked)
    statement = (
        select(
            func.count().filter(waiting).label("pending"),
            func.min(m.due_at).filter(waiting).label("oldest_unsent"),
            func.count().filter(m.state == "unknown").label("unknown"),
            func.count().filter(m.state == "dead").label("dead"),
            func.count().filter(m.state == "sent").label("sent"),
            func.min(m.created_at).label("since"),
        )
        .select_from(messages.join(channels))
        .where(within)
    )
    return dict((await connection.execute(statement)).one()._mapping)


def _troubles(within: ColumnElement[bool], limit: int) -> Any:
    m, a, p = messages.c, announcements.c, posts.c
    title = select(p.title).join(announcements, a.post_id == p.id).where(a.message_id == m.id).order_by(p.id).limit(1)
    return (
        select(messages, channels.c.platform, channels.c.workspace, channels.c.external_id)
        .add_columns(func.coalesce(title.scalar_subquery(), m.text).label("title"))
        .select_from(messages.join(channels))
        .where(within, or_(m.state == "dead", parked))
        .order_by(m.seq.desc())
        .limit(limit)
    )


def _trouble(row: Row[Any]) -> Trouble:
    return Trouble(message=MessageId(row.id), state=row.state, title=row.title, why=row.why)


async def _spans(connection: AsyncConnection, within: ColumnElement[bool], now: datetime) -> list[Any]:
    m, a, p = messages.c, announcements.c, posts.c
    statement = (
        select(m.settled_at.label("sent_at"), p.published, p.first_seen)
        .select_from(messages.join(channels).join(announcements, a.message_id == m.id).join(posts, p.id == a.post_id))
        .where(within, m.kind == MessageKind.POST, m.state == "sent", m.settled_at > now - LATELY)
        .order_by(m.seq.desc())
        .limit(MOST_SPANS)
    )
    return list((await connection.execute(statement)).all())


async def _lost(connection: AsyncConnection, within: ColumnElement[bool]) -> int:
    """Count announcements that still wait although their message ended, or is not there."""
    a, m = announcements.c, messages.c
    statement = (
        select(func.count())
        .select_from(announcements.join(channels).outerjoin(messages, m.id == a.message_id))
        .where(within, a.state == "planned", or_(m.id.is_(None), m.state.in_(FINAL)))
    )
    return int(await connection.scalar(statement) or 0)


async def _doubled(connection: AsyncConnection, within: ColumnElement[bool]) -> int:
    """Count references that more than one message of a channel was shown under."""
    m = messages.c
    shared = (
        select(m.channel_id, m.ref)
        .select_from(messages.join(channels))
        .where(within, m.state == "sent", m.ref.is_not(None), m.kind.in_(CREATES))
        .group_by(m.channel_id, m.ref)
        .having(func.count() > 1)
    )
    return int(await connection.scalar(select(func.count()).select_from(shared.subquery())) or 0)
