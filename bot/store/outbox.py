"""The outbox: claim the head of a channel's line, settle what became of it. Every write is fenced by the attempt."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    ScalarSelect,
    Select,
    Update,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.keys import message_key, publishing_of
from bot.domain.message import Announcement, Message, MessageKind
from bot.domain.model import Channel, MessageId, MessageRef
from bot.domain.sending import Hold, Settlement
from bot.domain.transitions import FINAL
from bot.domain.unsaid import stored
from bot.store.announcements import announcements_of
from bot.store.closing import close_where
from bot.store.columns import Time
from bot.store.database import Database
from bot.store.follow_ups import give_up_threads, plan_threads
from bot.store.lines import OPEN_STATES, channel_is_open, channel_of, ids_of, is_any, is_open
from bot.store.options import read_options
from bot.store.tables import announcements, channels, messages
from bot.store.tidying import tidy
from bot.store.upsert import insert_into

__all__ = ["OPEN_STATES", "SqlOutbox", "channel_of", "claim_heads", "is_any"]

heads = messages.alias("heads")
targets = messages.alias("targets")


def _head(now: datetime) -> ScalarSelect[int]:
    """The first of what is due in a channel. A parked unknown (no retry_at) does not hold the line."""
    h = heads.c
    parked = and_(h.state == "unknown", h.retry_at.is_(None))
    line = select(h.seq).where(h.channel_id == channels.c.id, is_open(h.state), h.due_at <= now, ~parked)
    return line.order_by(h.due_at, h.seq).limit(1).correlate(channels).scalar_subquery()


def _claimable(now: datetime) -> ColumnElement[bool]:
    m = messages.c
    flying = heads.alias("flying")
    in_flight = exists().where(
        flying.c.channel_id == channels.c.id,
        flying.c.state == bindparam("flying", "sending", literal_execute=True),
        flying.c.lease_until > now,
    )
    return and_(
        channel_is_open(now),
        ~in_flight,
        or_(
            and_(m.state == "pending", or_(m.retry_at.is_(None), m.retry_at <= now)),
            and_(m.state == "sending", m.lease_until <= now),
            and_(m.state == "unknown", m.retry_at <= now),
        ),
    )


class SqlOutbox:
    """Keeps bot.ports.Outbox's promises on SQLite and PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def due_channels(self, platforms: Collection[str], now: datetime, limit: int) -> Sequence[Channel]:
        statement = (
            select(channels.c.platform, channels.c.workspace, channels.c.external_id)
            .select_from(channels.join(messages, messages.c.seq == _head(now)))
            .where(channels.c.platform.in_(platforms), _claimable(now))
            .order_by(messages.c.due_at, messages.c.seq)
            .limit(limit)
        )
        async with self._database.read() as connection:
            return [channel_of(row) for row in await connection.execute(statement)]

    async def claim(self, channels: Collection[Channel], now: datetime, lease: timedelta) -> Mapping[Channel, Message]:
        if not channels:
            return {}
        until = now + lease
        async with self._database.write() as connection:
            rows = (await connection.execute(claim_heads(await ids_of(connection, channels), now))).all()
            if not rows:
                return {}
            await connection.execute(_take(now, until), {"taken": [row.seq for row in rows]})
            carriers = {row.target if row.kind == MessageKind.EDIT else row.id for row in rows}
            carried = await announcements_of(connection, carriers)
        return {channel_of(row): _message(row, carried, now, until) for row in rows}

    async def settle(self, settlements: Sequence[Settlement], now: datetime) -> None:
        if not settlements:
            return
        async with self._database.write() as connection:
            ordered = sorted(settlements, key=lambda settlement: settlement.message)
            await connection.execute(_settle(), [_values(settlement, now) for settlement in ordered])
            await _spread(connection, settlements, now)

    async def tidy(self, now: datetime, keep: timedelta) -> int:
        async with self._database.write() as connection:
            return await tidy(connection, now, keep)

    async def take_over(self, now: datetime, lag: timedelta) -> int:
        """Put what earlier owners, proven dead, were sending in doubt: look now, believe an absence after *lag*."""
        m = messages.c
        soon = now + lag
        statement = (
            update(messages)
            .where(m.state == bindparam("flying", "sending", literal_execute=True))
            .values(
                state="unknown",
                retry_at=now,
                doubt_until=case((m.lease_until < soon, m.lease_until), else_=literal(soon, Time)),
                why=stored("the process ended while sending"),
            )
        )
        async with self._database.write() as connection:
            return (await connection.execute(statement)).rowcount


def claim_heads(wanted: Collection[int], now: datetime) -> Select[Any]:
    """Return the statement that finds the head of each channel's line, locked where the database locks rows."""
    c = channels.c
    names = (c.platform, c.workspace, c.external_id, c.options)
    return (
        select(messages, *names, targets.c.ref.label("target_ref"))
        .select_from(channels.join(messages, messages.c.seq == _head(now)))
        .join(targets, targets.c.id == messages.c.target, isouter=True)
        .where(c.id.in_(wanted), _claimable(now))
        .with_for_update(of=messages, skip_locked=True)
    )


def _take(now: datetime, until: datetime) -> Update:
    m = messages.c
    return (
        update(messages)
        .where(m.seq.in_(bindparam("taken", expanding=True)))
        .values(
            state="sending",
            attempt=m.attempt + 1,
            lease_until=until,
            first_attempt_at=func.coalesce(m.first_attempt_at, literal(now, Time)),
            # A lease that ran out is an attempt without an answer; it outlasts every late arrival of its request.
            doubt_until=case((m.state == "sending", m.lease_until), else_=m.doubt_until),
            retry_at=None,
        )
    )


def _message(row: Row[Any], carried: Mapping[str, tuple[Announcement, ...]], now: datetime, until: datetime) -> Message:
    message = MessageId(row.id)
    return Message(
        id=message,
        key=message_key(message),
        channel=channel_of(row),
        kind=MessageKind(row.kind),
        announcements=carried.get(row.target if row.kind == MessageKind.EDIT else row.id, ()),
        text=row.text,
        target=None if row.target_ref is None else MessageRef(row.target_ref),
        mention=row.mention,
        silent=row.silent,
        plain=row.plain,
        attempt=row.attempt + 1,
        first_attempt_at=row.first_attempt_at or now,
        doubt_until=row.lease_until if row.state == "sending" else row.doubt_until,
        lease_until=until,
        due_at=row.due_at,
        options=read_options(row.options),
    )


def _settle() -> Update:
    m = messages.c
    return (
        update(messages)
        .where(m.id == bindparam("b_id"), m.attempt == bindparam("b_attempt"), m.state == "sending")
        .values(
            state=bindparam("b_state"),
            why=bindparam("b_why"),
            ref=bindparam("b_ref"),
            retry_at=bindparam("b_retry_at"),
            doubt_until=bindparam("b_doubt_until"),
            plain=bindparam("b_plain"),
            settled_at=bindparam("b_now"),
            lease_until=None,
        )
    )


def _values(settlement: Settlement, now: datetime) -> dict[str, Any]:
    return {
        "b_id": settlement.message,
        "b_attempt": settlement.attempt,
        "b_state": settlement.state,
        "b_why": settlement.why,
        "b_ref": settlement.ref,
        "b_retry_at": settlement.retry_at,
        "b_doubt_until": settlement.doubt_until,
        "b_plain": settlement.plain,
        "b_now": now,
    }


async def _spread(connection: AsyncConnection, settlements: Sequence[Settlement], now: datetime) -> None:
    """Carry what was settled over to announcements and channels; what the fence refused changes nothing."""
    m = messages.c
    attempts = {settlement.message: settlement.attempt for settlement in settlements}
    written = select(m.id, m.attempt, m.state, m.channel_id, m.target, m.text).where(
        m.id.in_(attempts), m.settled_at == now
    )
    rows = [row for row in await connection.execute(written) if attempts[row.id] == row.attempt]
    for state in FINAL:
        if carriers := [row.id for row in rows if row.state == state]:
            await connection.execute(
                update(announcements)
                .where(announcements.c.message_id.in_(carriers), announcements.c.state == "planned")
                .values(state=state, sent_at=now if state == "sent" else None)
            )
    if reached := sorted({row.channel_id for row in rows if row.state == "sent"}):
        await connection.execute(update(channels).where(channels.c.id.in_(reached)).values(last_sent_at=now))
    kept = {row.id for row in rows}
    for settlement in settlements:
        if settlement.message in kept and settlement.hold is not None:
            await _hold(connection, settlement.hold)
    wanted = {settlement.message for settlement in settlements if settlement.publish}
    await _publish(connection, [row for row in rows if row.state == "sent" and row.id in wanted], now)
    threaded = {settlement.message for settlement in settlements if settlement.threads}
    await plan_threads(connection, [row for row in rows if row.state == "sent" and row.id in threaded], now)
    refused = {settlement.message for settlement in settlements if settlement.unthreads}
    await give_up_threads(connection, sorted({row.target for row in rows if row.target and row.id in refused}), now)
    for row in rows:
        await _close(connection, row.channel_id, next(one for one in settlements if one.message == row.id), now)


async def _publish(connection: AsyncConnection, rows: Sequence[Any], now: datetime) -> None:
    """Put the second step of what was shown into the outbox."""
    steps = [
        {
            "id": publishing_of(row.id),
            "channel_id": row.channel_id,
            "kind": MessageKind.PUBLISH.value,
            "target": row.id,
            "due_at": now,
            "created_at": now,
        }
        for row in rows
    ]
    if steps:
        await connection.execute(insert_into(connection, messages).on_conflict_do_nothing(), steps)


def _within(channel: Channel, scope: str) -> ColumnElement[bool]:
    c = channels.c
    held = [c.platform == channel.platform]
    if scope != "platform":
        held.append(c.workspace == channel.workspace)
    if scope == "channel":
        held.append(c.external_id == channel.id)
    return and_(*held)


async def _hold(connection: AsyncConnection, hold: Hold) -> None:
    c = channels.c
    shorter = or_(c.wait_until.is_(None), c.wait_until < hold.until)
    await connection.execute(
        update(channels).where(_within(hold.channel, hold.scope), shorter).values(wait_until=hold.until)
    )


async def _close(connection: AsyncConnection, channel: int, settlement: Settlement, now: datetime) -> None:
    if settlement.closes is None:
        return
    c = channels.c
    where = c.id == channel
    if settlement.closes == "workspace":
        own = select(c.platform, c.workspace).where(c.id == channel).subquery()
        where = and_(
            c.platform == select(own.c.platform).scalar_subquery(),
            c.workspace == select(own.c.workspace).scalar_subquery(),
        )
    await close_where(connection, where, settlement.why, now, tell=settlement.closes == "channel")
