"""Closing a channel that the chat closed to us, and telling a person of it, in one transaction."""

from datetime import datetime

from sqlalchemy import ColumnElement, exists, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.channels import ChannelState
from bot.domain.closing import TOLD_FOR, channel_of_person, closing_notice
from bot.domain.keys import new_id
from bot.domain.message import MessageKind
from bot.domain.model import Channel
from bot.store.lines import channel_of, is_any
from bot.store.tables import channels, messages, subscriptions
from bot.store.upsert import insert_into


async def close_where(
    connection: AsyncConnection, where: ColumnElement[bool], why: str, now: datetime, *, tell: bool
) -> None:
    """Close channels, their queues kept; *tell* the person who subscribed last in each that was open."""
    c = channels.c
    found = await connection.execute(select(channels).where(where, c.state != ChannelState.CLOSED.value))
    rows = found.all()
    closed = {"state": ChannelState.CLOSED.value, "why": why, "state_since": now}
    await connection.execute(update(channels).where(where, c.state != ChannelState.CLOSED.value).values(closed))
    for row in rows if tell else ():
        by = select(subscriptions.c.created_by).where(subscriptions.c.channel_id == row.id)
        newest = by.order_by(subscriptions.c.created_at.desc(), subscriptions.c.id.desc()).limit(1)
        person = channel_of_person(channel_of(row), await connection.scalar(newest) or "")
        if person is not None:
            await _tell(connection, person, closing_notice(row.name, why), now)


async def _tell(connection: AsyncConnection, person: Channel, text: str, now: datetime) -> None:
    place = {"platform": person.platform, "workspace": person.workspace, "external_id": person.id}
    new = insert_into(connection, channels).values(**place, created_at=now)
    await connection.execute(new.on_conflict_do_nothing(index_elements=list(place)))
    channel = (await connection.scalars(select(channels.c.id).where(is_any([person])))).one()
    m = messages.c
    told = select(exists().where(m.channel_id == channel, m.text == text, m.created_at > now - TOLD_FOR))
    if not await connection.scalar(told):
        notice = {"id": new_id(), "channel_id": channel, "kind": MessageKind.NOTICE.value, "text": text}
        await connection.execute(messages.insert().values(**notice, due_at=now, created_at=now))
