"""What channels follow."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Row, Select, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.channels import ChannelOptions
from bot.domain.errors import UsageError
from bot.domain.following import Ask, Subscribed
from bot.domain.model import (
    Channel,
    FeedId,
    Follows,
    FollowsFeed,
    FollowsQuery,
    FollowsTopic,
    Mode,
    Strictness,
    Subscription,
    SubscriptionId,
)
from bot.domain.wishes import What
from bot.store.channels import channel_row
from bot.store.database import Database
from bot.store.known_feeds import rest_orphans, wake_feeds
from bot.store.options import read_mode, write_mode
from bot.store.outbox import channel_of, is_any
from bot.store.tables import channels, feeds, subscriptions
from bot.store.unwanted import cancel_unwanted
from bot.store.versions import bump


def all_subscriptions() -> Select[Any]:
    """The statement for rows that `subscription_of` reads."""
    shown = [channels.c.platform, channels.c.workspace, channels.c.external_id]
    joined = subscriptions.join(channels).outerjoin(feeds, feeds.c.id == subscriptions.c.feed_id)
    return (
        select(subscriptions, *shown, feeds.c.title.label("blog"), feeds.c.url)
        .select_from(joined)
        .order_by(subscriptions.c.id)
    )


def subscription_of(row: Row[Any]) -> Subscription:
    """Return the subscription of a row of `all_subscriptions`."""
    return subscription_with(row, read_mode(row.mode), tuple(row.filters))


def subscription_with(row: Row[Any], mode: Mode, filters: tuple[str, ...]) -> Subscription:
    """Return the subscription of a row whose JSON was read already."""
    return Subscription(
        id=SubscriptionId(row.id),
        channel=channel_of(row),
        follows=_follows(row),
        mode=mode,
        strictness=Strictness(row.strictness),
        filters=filters,
        mention=row.mention,
        created_by=row.created_by,
        created_at=row.created_at,
    )


def _follows(row: Row[Any]) -> Follows:
    if row.kind == "topic":
        return FollowsTopic(slug=row.target)
    if row.kind == "query":
        return FollowsQuery(text=row.target)
    return FollowsFeed(feed_id=FeedId(row.feed_id), label=row.blog or urlsplit(row.url).hostname or row.url)


def target_of(follows: Follows) -> Mapping[str, Any]:
    """Return the columns that say what is followed."""
    match follows:
        case FollowsTopic(slug=slug):
            return {"kind": "topic", "target": slug, "feed_id": None}
        case FollowsQuery(text=text):
            return {"kind": "query", "target": text, "feed_id": None}
        case FollowsFeed(feed_id=feed):
            return {"kind": "feed", "target": str(feed), "feed_id": feed}


class SqlSubscriptions:
    """Keeps bot.ports.Subscriptions."""

    def __init__(self, database: Database, options: ChannelOptions | None = None) -> None:
        """Take what a new channel starts with."""
        self._database = database
        self._options = options

    async def of_channel(self, channel: Channel) -> Sequence[Subscription]:
        async with self._database.read() as connection:
            return await _of_channel(connection, channel)

    async def all(self) -> Sequence[Subscription]:
        """Return every subscription there is."""
        async with self._database.read() as connection:
            return [subscription_of(row) for row in await connection.execute(all_subscriptions())]

    async def subscribe(
        self, channel: Channel, asks: Sequence[Ask], *, by: str, now: datetime, limit: int, channel_name: str = ""
    ) -> Sequence[Subscribed]:
        async with self._database.write() as connection:
            row = await channel_row(connection, channel, now, name=channel_name, options=self._options)
            known = {_key(found.follows): found for found in await _of_channel(connection, channel)}
            new = {_key(ask.follows) for ask in asks} - known.keys()
            if len(known) + len(new) > limit:
                raise UsageError(
                    "A channel can have {limit} subscriptions, and this one has {have}. "
                    "`/unsubscribe` shows which ones could go.",
                    limit=limit,
                    have=len(known),
                )
            for ask in asks:
                if before := known.get(_key(ask.follows)):
                    await _change(connection, ask, before)
                else:
                    await connection.execute(insert(subscriptions).values(**_new(ask, row, by, now)))
            feeds_followed = [ask.follows.feed_id for ask in asks if isinstance(ask.follows, FollowsFeed)]
            await wake_feeds(connection, feeds_followed, now)
            after = {_key(found.follows): found for found in await _of_channel(connection, channel)}
            await bump(connection, What.SUBSCRIPTIONS, {after[_key(ask.follows)].id for ask in asks})
            return [
                Subscribed(subscription=after[_key(ask.follows)], before=known.get(_key(ask.follows))) for ask in asks
            ]

    async def unsubscribe(self, channel: Channel, ids: Collection[SubscriptionId], now: datetime) -> int:
        async with self._database.write() as connection:
            row = await channel_row(connection, channel, now)
            s = subscriptions.c
            removed = delete(subscriptions).where(s.channel_id == row, s.id.in_(ids)).returning(s.id, s.feed_id)
            gone = (await connection.execute(removed)).all()
            await rest_orphans(connection, {found.feed_id for found in gone if found.feed_id is not None})
            ended = {found.id for found in gone}
            await bump(connection, What.SUBSCRIPTIONS, ended)
            return await cancel_unwanted(connection, {row: ended}, now)


async def _of_channel(connection: AsyncConnection, channel: Channel) -> list[Subscription]:
    return [subscription_of(row) for row in await connection.execute(all_subscriptions().where(is_any([channel])))]


def _key(follows: Follows) -> tuple[str, str]:
    columns = target_of(follows)
    return columns["kind"], columns["target"]


def _new(ask: Ask, channel: int, by: str, now: datetime) -> dict[str, Any]:
    return {
        **target_of(ask.follows),
        "channel_id": channel,
        "mode": write_mode(ask.mode) if ask.mode else {},
        "strictness": ask.strictness or Strictness.NORMAL,
        "filters": list(ask.filters or ()),
        "mention": ask.mention or None,
        "created_by": by,
        "created_at": now,
    }


async def _change(connection: AsyncConnection, ask: Ask, before: Subscription) -> None:
    changed = {
        "mode": write_mode(ask.mode or before.mode),
        "strictness": ask.strictness or before.strictness,
        "filters": list(before.filters if ask.filters is None else ask.filters),
        "mention": (before.mention if ask.mention is None else ask.mention) or None,
    }
    await connection.execute(update(subscriptions).where(subscriptions.c.id == before.id).values(**changed))
