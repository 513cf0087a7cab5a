"""What a workspace follows and how it goes, in three reads."""

from typing import Any

from sqlalchemy import ColumnElement, Row, and_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.channels import ChannelState
from bot.domain.links import without_secrets
from bot.domain.model import Channel, SubscriptionId
from bot.domain.overview import Announced, Failing, Followed, Overview
from bot.store.announcements import announcements_of
from bot.store.database import Database
from bot.store.tables import announcements, channels, feed_workspaces, feeds, messages, subscriptions

_FOLLOWED = 50
_FAILING = 10
_ANNOUNCED = 10


class SqlOverview:
    """Reads overviews; what it says may be a moment old."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_workspace(self, platform: str, workspace: str) -> Overview:
        """Return at most 50 subscriptions, 10 failing feeds and 10 announcements."""
        here = and_(channels.c.platform == platform, channels.c.workspace == workspace)
        async with self._database.read() as connection:
            return Overview(
                followed=await _followed(connection, here),
                failing=await _failing(connection, f"{platform}:{workspace}"),
                announced=await _announced(connection, here),
            )


async def _followed(connection: AsyncConnection, here: ColumnElement[bool]) -> tuple[Followed, ...]:
    found = (
        select(subscriptions.c.id, subscriptions.c.kind, subscriptions.c.target, feeds.c.title, feeds.c.url, channels)
        .join(channels, channels.c.id == subscriptions.c.channel_id)
        .outerjoin(feeds, feeds.c.id == subscriptions.c.feed_id)
        .where(here)
        .order_by(channels.c.name, subscriptions.c.id)
        .limit(_FOLLOWED)
    )
    return tuple(_one_followed(row) for row in await connection.execute(found))


def _one_followed(row: Row[Any]) -> Followed:
    names = {"feed": row.url, "query": f"query:{row.target}"}
    flows = row.state == ChannelState.ACTIVE.value
    return Followed(
        id=SubscriptionId(row.id),
        channel=Channel(platform=row.platform, workspace=row.workspace, id=row.external_id),
        channel_name=row.name,
        name=names.get(row.kind) or row.target,
        why_not=None if flows else row.why or "Paused.",
    )


async def _failing(connection: AsyncConnection, workspace: str) -> tuple[Failing, ...]:
    found = (
        select(feeds.c.title, feeds.c.url, feeds.c.error)
        .join(feed_workspaces, feed_workspaces.c.feed_id == feeds.c.id)
        .where(feed_workspaces.c.workspace == workspace, feeds.c.error.is_not(None), feeds.c.failures > 0)
        .order_by(feeds.c.failing_since)
        .limit(_FAILING)
    )
    rows = await connection.execute(found)
    shown = [(row, without_secrets(row.url)) for row in rows]
    return tuple(Failing(name=row.title or url, url=url, error=row.error) for row, url in shown)


async def _announced(connection: AsyncConnection, here: ColumnElement[bool]) -> tuple[Announced, ...]:
    found = (
        select(announcements.c.id, announcements.c.message_id, announcements.c.sent_at, channels)
        .join(channels, channels.c.id == announcements.c.channel_id)
        .join(messages, messages.c.id == announcements.c.message_id)
        .where(here, announcements.c.state == "sent", announcements.c.sent_at.is_not(None))
        .order_by(announcements.c.sent_at.desc())
        .limit(_ANNOUNCED)
    )
    rows = (await connection.execute(found)).all()
    carried = await announcements_of(connection, {row.message_id for row in rows})
    shown = {each.id: each for together in carried.values() for each in together}
    return tuple(
        Announced(
            channel=Channel(platform=row.platform, workspace=row.workspace, id=row.external_id),
            announcement=shown[row.id],
            sent_at=row.sent_at,
        )
        for row in rows
        if row.id in shown
    )
