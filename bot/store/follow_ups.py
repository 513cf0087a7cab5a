"""What comes after a message: an edit where what it shows has changed; the posts of a digest, in its thread."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, exists, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.channels import ChannelOptions
from bot.domain.keys import new_id
from bot.domain.message import MessageKind
from bot.domain.model import Channel
from bot.domain.revising import shows_also_at
from bot.store.lines import channel_of
from bot.store.options import read_options
from bot.store.tables import announcements, channels, feed_workspaces, feeds, messages, posts

#: A message is edited for a day, and at most so often.
EDITED_FOR = timedelta(days=1)
MOST_EDITS = 3

edits = messages.alias("edits")
others = posts.alias("others")


async def plan_also_at(
    connection: AsyncConnection, stories: Collection[str], now: datetime
) -> Mapping[Channel, datetime]:
    """Edit messages of the last day about *stories* that another blog, which the channel may see, has brought since."""
    if not stories:
        return {}
    which = and_(posts.c.story.in_(stories), _seen_elsewhere_since(messages.c.settled_at))
    return await _plan_edits(connection, which, now, shows_also_at)


async def plan_edits_of(
    connection: AsyncConnection, changed: Collection[str], now: datetime
) -> Mapping[Channel, datetime]:
    """Edit messages of the last day that show one of the posts *changed*. Digests stay as they are."""
    return await _plan_edits(connection, posts.c.id.in_(changed), now) if changed else {}


async def _plan_edits(
    connection: AsyncConnection,
    which: ColumnElement[bool],
    now: datetime,
    shows: Callable[[ChannelOptions], bool] = lambda _: True,
) -> Mapping[Channel, datetime]:
    c, m, a, p = channels.c, messages.c, announcements.c, posts.c
    statement = (
        select(m.id, m.channel_id, c.platform, c.workspace, c.external_id)
        .select_from(posts.join(announcements, a.post_id == p.id).join(messages, m.id == a.message_id))
        .join(channels, c.id == m.channel_id)
        .where(
            which,
            a.state == "sent",
            m.kind == MessageKind.POST,
            m.settled_at > now - EDITED_FOR,
            _may_be_edited(),
        )
        .distinct()
    )
    rows = (await connection.execute(statement)).all()
    # Apart: PostgreSQL tells no two JSON values distinct.
    chosen = select(c.id, c.options).where(c.id.in_({row.channel_id for row in rows}))
    showing = (
        {row.id for row in await connection.execute(chosen) if shows(read_options(row.options))} if rows else set()
    )
    rows = [row for row in rows if row.channel_id in showing]
    if rows:
        await connection.execute(insert(messages), [_row(MessageKind.EDIT, r.id, r.channel_id, now) for r in rows])
    return {channel_of(row): now for row in rows}


def _seen_elsewhere_since(sent: ColumnElement[datetime]) -> ColumnElement[bool]:
    o, w, c = others.c, feed_workspaces.c, channels.c
    return exists().where(
        o.story == posts.c.story,
        o.feed_id != posts.c.feed_id,
        o.first_seen >= sent,
        feeds.c.id == o.feed_id,
        feeds.c.title.is_not(None),
        w.feed_id == o.feed_id,
        or_(w.workspace == "", w.workspace == c.platform + ":" + c.workspace),
    )


def _may_be_edited() -> ColumnElement[bool]:
    e = edits.c
    ours = and_(e.target == messages.c.id, e.kind == MessageKind.EDIT)
    # One that nobody has tried yet shows what is true when it is claimed.
    waits = exists().where(ours, e.state == "pending", e.attempt == 0)
    return and_(~waits, select(func.count()).select_from(edits).where(ours).scalar_subquery() < MOST_EDITS)


async def plan_threads(connection: AsyncConnection, digests: Sequence[Any], now: datetime) -> None:
    """Let each post of *digests*, just sent, follow in their threads; from now on that message carries it."""
    if not digests:
        return
    a, p = announcements.c, posts.c
    digest_of = {row.id: row for row in digests}
    statement = (
        select(a.id, a.message_id)
        .select_from(announcements.join(posts))
        .where(a.message_id.in_(digest_of), a.state == "sent")
        .order_by(p.sort_at, a.id)
    )
    rows = [
        (carried, _row(MessageKind.POST, digest, digest_of[digest].channel_id, now) | {"text": digest_of[digest].text})
        for carried, digest in await connection.execute(statement)
    ]
    if rows:
        await connection.execute(insert(messages), [row for _, row in rows])
        moved = update(announcements).where(a.id == bindparam("carried")).values(message_id=bindparam("carrier"))
        await connection.execute(moved, [{"carried": carried, "carrier": row["id"]} for carried, row in rows])


async def give_up_threads(connection: AsyncConnection, digests: Sequence[str], now: datetime) -> None:
    """Cancel what waits for the threads of *digests*, which take nothing: their lists carry those posts again."""
    a, m = announcements.c, messages.c
    for digest in digests:
        waiting = select(m.id).where(m.target == digest, m.kind == MessageKind.POST, m.state == "pending")
        given_up = (await connection.scalars(waiting)).all()
        await connection.execute(update(announcements).where(a.message_id.in_(given_up)).values(message_id=digest))
        cancelled = {"state": "cancelled", "why": "the digest's thread takes no posts", "settled_at": now}
        await connection.execute(update(messages).where(m.id.in_(given_up)).values(**cancelled))


def _row(kind: MessageKind, target: str, channel: int, now: datetime) -> dict[str, Any]:
    return {
        "id": new_id(),
        "channel_id": channel,
        "kind": kind,
        "due_at": now,
        "target": target,
        "silent": True,
        "created_at": now,
    }
