"""What keeps the outbox in shape: pauses that are over, a backlog that becomes digests, queues nobody waits for."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.channels import ChannelState
from bot.domain.digesting import BACKLOG_AGE, BACKLOG_HEADING, DIGEST_SIZE
from bot.domain.keys import new_id
from bot.domain.message import MessageKind
from bot.store.ahead import bring_back
from bot.store.lines import channel_is_open, is_open
from bot.store.options import read_options
from bot.store.tables import announcements, channels, messages

#: Messages dealt with in one transaction, so that nobody waits long for the writer.
PAGE = 2500


async def end_pauses(connection: AsyncConnection, now: datetime) -> None:
    """Let channels whose pause is over be active again, by name and not only in effect."""
    c = channels.c
    over = and_(c.state == ChannelState.PAUSED.value, c.paused_until <= now)
    active = {"state": ChannelState.ACTIVE.value, "paused_until": None, "why": None, "state_since": now}
    await connection.execute(update(channels).where(over).values(**active))


async def cancel_old(connection: AsyncConnection, before: datetime, now: datetime) -> int:
    """Cancel what has waited since *before* in channels that are closed or paused."""
    m, c = messages.c, channels.c
    shut = select(c.id).where(c.state != ChannelState.ACTIVE.value)
    old = and_(is_open(m.state), m.state != "sending", m.due_at < before, m.channel_id.in_(shut))
    ids = list((await connection.execute(select(m.id).where(old).limit(PAGE))).scalars())
    if ids:
        cancelled = {"state": "cancelled", "why": "waited too long", "settled_at": now}
        await connection.execute(update(messages).where(m.id.in_(ids), m.state != "sending").values(**cancelled))
        planned = and_(announcements.c.message_id.in_(ids), announcements.c.state == "planned")
        await connection.execute(update(announcements).where(planned).values(state="cancelled"))
    return len(ids)


async def roll_up(connection: AsyncConnection, now: datetime) -> int:
    """Make digests of single posts that waited long, where a channel has more of them than its burst."""
    m, c = messages.c, channels.c
    waited = and_(
        is_open(m.state),
        m.state == "pending",
        m.kind == MessageKind.POST,
        # Once attempted, a message never changes: the chat may show it under its key.
        m.attempt == 0,
        # What goes into a digest's thread was in a digest.
        m.target.is_(None),
        m.due_at <= now - BACKLOG_AGE,
    )
    late = (
        select(m.channel_id, c.options)
        .select_from(messages.join(channels))
        .where(waited, channel_is_open(now))
        .group_by(m.channel_id, c.options if connection.dialect.name == "sqlite" else c.id)
        .having(func.count() > 1)
    )
    rolled = 0
    for channel, options in (await connection.execute(late)).all():
        chosen = read_options(options)
        ids = (
            select(m.seq, m.id, m.due_at)
            .where(waited, m.channel_id == channel)
            .order_by(m.due_at, m.seq)
            .limit(PAGE)
            .with_for_update(skip_locked=True)
        )
        rows = (await connection.execute(ids)).all()
        if len(rows) > chosen.burst:
            await _into_digests(connection, channel, rows, now, silent=chosen.silent != "off")
            rolled += len(rows)
        if rolled >= PAGE:
            break
    return rolled


async def _into_digests(
    connection: AsyncConnection, channel: int, rows: Sequence[Any], now: datetime, *, silent: bool
) -> None:
    m, a = messages.c, announcements.c
    carriers: dict[str, list[str]] = defaultdict(list)
    digests = []
    for start in range(0, len(rows), DIGEST_SIZE):
        page = rows[start : start + DIGEST_SIZE]
        digest = new_id()
        carriers[digest] = [row.id for row in page]
        digests.append(_digest_row(digest, channel, page[0].due_at, now, silent=silent))
    await connection.execute(insert(messages), digests)
    for digest, ids in carriers.items():
        await connection.execute(update(announcements).where(a.message_id.in_(ids)).values(message_id=digest))
    cancelled = {"state": "cancelled", "why": BACKLOG_HEADING, "settled_at": now}
    await connection.execute(update(messages).where(m.seq.in_([row.seq for row in rows])).values(**cancelled))


def _digest_row(digest: str, channel: int, due_at: datetime, now: datetime, *, silent: bool) -> dict[str, Any]:
    return {
        "id": digest,
        "channel_id": channel,
        "kind": MessageKind.DIGEST,
        "due_at": due_at,
        "text": BACKLOG_HEADING,
        "silent": silent,
        "created_at": now,
    }


async def tidy(connection: AsyncConnection, now: datetime, keep: timedelta) -> int:
    """Do all of it, a page at most; return how many messages changed, a clock that was set right aside."""
    await bring_back(connection, now)
    await end_pauses(connection, now)
    return await cancel_old(connection, now - keep, now) + await roll_up(connection, now)
