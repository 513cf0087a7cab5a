"""Inside the transaction that stores posts: what channels already carry, and adding planned messages to the outbox."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Insert, Row, and_, func, insert, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.channels import ChannelState, ChannelStatus
from bot.domain.message import MessageKind
from bot.domain.model import Channel, MessageId, StoryId
from bot.domain.planning import ChannelLoad, OpenDigest, PlannedAnnouncement, PlannedMessage
from bot.domain.schedules import local_midnight
from bot.store.lines import ids_of
from bot.store.options import read_options
from bot.store.outbox import channel_of
from bot.store.tables import announcements, channels, messages

BURST_WINDOW = timedelta(minutes=10)
#: What lies further ahead was written by a clock that ran ahead, and counts for nothing.
SKEW = timedelta(hours=1)
_CAME = ("kind", "due_at", "made_at")


def status_of(row: Row[Any]) -> ChannelStatus:
    """Return the status of a row of `channels`."""
    return ChannelStatus(
        channel=channel_of(row),
        name=row.name,
        state=ChannelState(row.state),
        why=row.why,
        paused_until=row.paused_until,
        options=read_options(row.options),
    )


async def channel_loads(
    connection: AsyncConnection,
    wanted: Collection[Channel],
    stories: Collection[StoryId],
    now: datetime,
    default_zone: str = "UTC",
) -> Mapping[Channel, ChannelLoad]:
    """Return what each known channel has to carry; on PostgreSQL nobody else plans for them until the commit."""
    if not wanted:
        return {}
    ids = await ids_of(connection, wanted)
    found = select(channels).where(channels.c.id.in_(ids)).order_by(channels.c.id).with_for_update(key_share=True)
    statuses = {row.id: status_of(row) for row in await connection.execute(found)}
    recent = await _recent(connection, statuses, now)
    today = await _today(connection, statuses, now, default_zone)
    digests = await _open_digests(connection, statuses)
    known = await _known(connection, statuses, stories)
    return {
        status.channel: ChannelLoad(
            status=status,
            recent=recent[channel],
            today=today[channel],
            open_digests=digests[channel],
            known=frozenset(known[channel]),
        )
        for channel, status in statuses.items()
    }


async def _recent(connection: AsyncConnection, ids: Collection[int], now: datetime) -> Counter[int]:
    """Count what came in the burst window as single posts, or in a digest that went out at once."""
    a, m = announcements.c, messages.c
    statement = (
        select(a.channel_id, func.count())
        .select_from(announcements.join(messages, m.id == a.message_id))
        .where(a.channel_id.in_(ids), a.created_at > now - BURST_WINDOW, a.created_at < now + SKEW)
        .where(or_(m.kind == MessageKind.POST, and_(m.kind == MessageKind.DIGEST, m.due_at <= m.created_at)))
        .group_by(a.channel_id)
    )
    return Counter(dict((await connection.execute(statement)).all()))


async def _today(
    connection: AsyncConnection, statuses: Mapping[int, ChannelStatus], now: datetime, zone: str
) -> Counter[int]:
    """Count what went out at once since local midnight, alone or in a burst, for channels with a budget only."""
    since = {
        channel: local_midnight(now, status.options.zone or zone)
        for channel, status in statuses.items()
        if status.options.budget is not None
    }
    if not since:
        return Counter()
    a, m = announcements.c, messages.c
    # What stands in a digest's thread came when the digest did.
    digests = messages.alias("digests")
    d = digests.c
    came = (func.coalesce(d.kind, m.kind), func.coalesce(d.due_at, m.due_at), func.coalesce(d.created_at, m.created_at))
    statement = (
        select(a.channel_id, a.created_at, *(column.label(n) for column, n in zip(came, _CAME, strict=True)))
        .select_from(announcements.join(messages, m.id == a.message_id).outerjoin(digests, d.id == m.target))
        .where(a.channel_id.in_(since), a.created_at >= min(since.values()), a.created_at < now + SKEW)
    )
    rows = await connection.execute(statement)
    return Counter(row.channel_id for row in rows if row.created_at >= since[row.channel_id] and _at_once(row))


def _at_once(row: Row[Any]) -> bool:
    """Say whether a message came as soon as its posts did: else a burst a day would be a budget of its own."""
    return bool(row.kind == MessageKind.POST or row.due_at - row.made_at <= BURST_WINDOW)


async def _open_digests(connection: AsyncConnection, ids: Collection[int]) -> dict[int, dict[datetime, OpenDigest]]:
    """Return digests that nobody has claimed yet: once attempted, a message never changes."""
    m, a = messages.c, announcements.c
    size = select(func.count()).where(a.message_id == m.id, a.state == "planned").scalar_subquery()
    statement = (
        select(m.channel_id, m.due_at, m.id, size)
        .where(m.channel_id.in_(ids), m.kind == MessageKind.DIGEST, m.state == "pending", m.attempt == 0)
        .order_by(m.seq)
        .with_for_update(of=messages)
    )
    found: dict[int, dict[datetime, OpenDigest]] = defaultdict(dict)
    for channel, due_at, message, count in await connection.execute(statement):
        found[channel][due_at] = OpenDigest(message=MessageId(message), size=count)
    return found


async def _known(
    connection: AsyncConnection, ids: Collection[int], stories: Collection[StoryId]
) -> dict[int, set[StoryId]]:
    a = announcements.c
    statement = select(a.channel_id, a.story).where(a.channel_id.in_(ids), a.story.in_(stories))
    found: dict[int, set[StoryId]] = defaultdict(set)
    for channel, story in await connection.execute(statement):
        found[channel].add(StoryId(story))
    return found


async def add_planned(
    connection: AsyncConnection, planned: Sequence[PlannedMessage], now: datetime
) -> Mapping[Channel, datetime]:
    """Put messages and their announcements into the outbox; return when each channel has the first of them due.

    Safe to repeat: a story a channel already has is left out, and a message left empty by that is not added.
    """
    if not planned:
        return {}
    known = select(channels).where(channels.c.id.in_(await ids_of(connection, (one.channel for one in planned))))
    ids = {channel_of(row): row.id for row in await connection.execute(known)}
    wanted = [message for message in planned if message.channel in ids]
    carried = await _add_announcements(connection, wanted, ids, now)
    full = [message for message in wanted if message.id in carried or not message.announcements]
    rows = [_message_row(message, ids[message.channel], now) for message in full if not message.joins]
    if rows:
        await connection.execute(insert(messages), rows)
    return _first_due(full)


async def _add_announcements(
    connection: AsyncConnection, planned: Iterable[PlannedMessage], ids: Mapping[Channel, int], now: datetime
) -> set[str]:
    rows = [
        _announcement_row(announcement, message, ids[message.channel], now)
        for message in planned
        for announcement in message.announcements
    ]
    if not rows:
        return set()
    added = await connection.execute(_insert_new(connection).returning(announcements.c.message_id), rows)
    return set(added.scalars())


def _insert_new(connection: AsyncConnection) -> Insert:
    unique = ["channel_id", "story"]
    if connection.dialect.name == "sqlite":
        return sqlite.insert(announcements).on_conflict_do_nothing(index_elements=unique)
    return postgresql.insert(announcements).on_conflict_do_nothing(index_elements=unique)


def _announcement_row(
    announcement: PlannedAnnouncement, message: PlannedMessage, channel: int, now: datetime
) -> dict[str, Any]:
    return {
        "id": announcement.id,
        "channel_id": channel,
        "story": announcement.story,
        "post_id": announcement.post,
        "message_id": message.id,
        "topics": list(announcement.topics),
        "topic": announcement.topic,
        "subscriptions": list(announcement.subscriptions),
        "score": announcement.score,
        "created_at": now,
    }


def _message_row(message: PlannedMessage, channel: int, now: datetime) -> dict[str, Any]:
    return {
        "id": message.id,
        "channel_id": channel,
        "kind": message.kind,
        "due_at": message.due_at,
        "text": message.text,
        "target": message.target,
        "mention": message.mention,
        "silent": message.silent,
        "created_at": now,
    }


def _first_due(added: Iterable[PlannedMessage]) -> dict[Channel, datetime]:
    due: dict[Channel, datetime] = {}
    for message in added:
        due[message.channel] = min(message.due_at, due.get(message.channel, message.due_at))
    return due
