"""Cancelling what waits in the outbox and no subscription wants any longer."""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.message import MessageKind
from bot.store.tables import announcements, messages, posts


async def cancel_unwanted(
    connection: AsyncConnection,
    gone: Mapping[int, Collection[int]],
    now: datetime,
    *,
    feeds: Collection[int] | None = None,
    only: Collection[str] | None = None,
    why: str = "unsubscribed",
) -> int:
    """Cancel what only the *gone* subscriptions of each channel wanted (of *feeds* or *only* these posts).

    Returns how many announcements that were.
    """
    a, m = announcements.c, messages.c
    # A digest that was attempted keeps its content: the chat may show it already under the same key.
    open_ = or_(m.kind == MessageKind.POST, m.attempt == 0)
    waiting = (
        select(a.id, a.channel_id, a.subscriptions, m.id.label("message"))
        .select_from(announcements.join(messages, m.id == a.message_id))
        .where(a.channel_id.in_(gone), a.state == "planned", m.state == "pending", open_)
        .with_for_update(of=[announcements, messages])
    )
    if feeds is not None:
        waiting = waiting.where(exists().where(posts.c.id == a.post_id, posts.c.feed_id.in_(feeds)))
    if only is not None:
        waiting = waiting.where(a.post_id.in_(only))
    unwanted: list[str] = []
    touched: set[str] = set()
    for row in (await connection.execute(waiting)).all():
        left = [wanted for wanted in row.subscriptions if wanted not in gone[row.channel_id]]
        if row.subscriptions and not left:
            unwanted.append(row.id)
            touched.add(row.message)
        elif left != row.subscriptions:
            await connection.execute(update(announcements).where(a.id == row.id).values(subscriptions=left))
    await connection.execute(update(announcements).where(a.id.in_(unwanted)).values(state="cancelled"))
    carries = exists().where(a.message_id == m.id, a.state == "planned")
    cancelled = {"state": "cancelled", "why": why, "settled_at": now}
    await connection.execute(update(messages).where(m.id.in_(touched), ~carries).values(**cancelled))
    return len(unwanted)
