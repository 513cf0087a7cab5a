"""Rows that a clock wrote which ran ahead and was set right again: nothing waits for its years to pass."""

from datetime import datetime, timedelta

from sqlalchemy import BigInteger, and_, literal, or_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.message import MessageKind
from bot.store.columns import micros
from bot.store.lines import is_open
from bot.store.tables import channels, feeds, messages

#: No back-off, lease or wait that a chat asks for is longer; nor is a feed left alone for three.
_DAY = timedelta(days=1, hours=1)
_FEEDS = timedelta(days=3)
#: A weekly digest is the latest that is planned.
_DIGESTS = timedelta(days=9)
#: Whoever sent it may still be at it.
_LEASE = timedelta(minutes=10)
#: Feeds come back over a quarter of an hour, not at once.
_SPREAD = 900


async def bring_back(connection: AsyncConnection, now: datetime) -> None:
    """Take back times that lie further ahead than any rule of ours puts them."""
    c, f, m = channels.c, feeds.c, messages.c
    await connection.execute(update(channels).where(c.wait_until > now + _DAY).values(wait_until=None))
    far = f.next_poll_at > now + _FEEDS
    spread = (f.id % _SPREAD) * 1_000_000
    await connection.execute(
        update(feeds).where(far).values(next_poll_at=literal(micros(now), BigInteger) + spread, lease_until=None)
    )
    late = or_(
        and_(m.kind == MessageKind.DIGEST, m.due_at > now + _DIGESTS),
        and_(m.kind != MessageKind.DIGEST, m.due_at > now + _DAY),
    )
    for column, after, where in (
        (m.due_at, now, late),
        (m.retry_at, now, m.retry_at > now + _DAY),
        (m.lease_until, now + _LEASE, m.lease_until > now + _DAY),
        (m.doubt_until, now + _LEASE, m.doubt_until > now + _DAY),
    ):
        await connection.execute(update(messages).where(is_open(m.state), where).values({column: after}))
