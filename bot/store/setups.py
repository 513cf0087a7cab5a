"""What all workspaces follow, read as one value and changed by the verbs that commands use, too."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, assert_never

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.channels import ChannelOptions
from bot.domain.following import Ask, FoundFeed
from bot.domain.model import (
    Channel,
    FeedId,
    Follows,
    FollowsFeed,
    FollowsQuery,
    FollowsTopic,
    SubscriptionId,
    workspace_of,
)
from bot.domain.own_topics import OwnRules, rules_of
from bot.domain.setup import (
    Change,
    ChannelChange,
    ChannelSetup,
    Followed,
    PoolChange,
    Setup,
    Target,
    TopicChange,
    WorkspaceSetup,
    renamed,
)
from bot.store.batches import batches
from bot.store.channels import SqlChannels
from bot.store.database import Database
from bot.store.known_feeds import SqlFeeds, into_pool
from bot.store.lines import channel_of
from bot.store.options import read_options
from bot.store.own_topics import SqlOwnTopics
from bot.store.subscriptions import SqlSubscriptions, all_subscriptions, subscription_of
from bot.store.tables import channels, feed_workspaces, feeds, topics

#: Addresses in one statement.
_SOME = 500
#: An operator's file is bound by no limit that is there for chats.
_UNBOUND = 1_000_000
_REMATCHED = timedelta(days=30)
BY = "operator"


class SqlSetups:
    """The whole of what is followed."""

    def __init__(self, database: Database, start: ChannelOptions) -> None:
        """Take what a new channel starts with."""
        self._database = database
        self._start = start
        #: Of addresses with a secret, by the names they have in the database.
        self._real: dict[str, str] = {}

    async def load(self) -> Setup:
        """Return what the database holds, as it was at one moment."""
        async with self._database.read() as connection:
            pools = await _pools(connection)
            own = await _own_topics(connection)
            places = await _channels(connection)
        names = {*pools, *own, *places}
        return {
            name: WorkspaceSetup(
                feeds=frozenset(pools.get(name, ())), topics=own.get(name, {}), channels=places.get(name, {})
            )
            for name in names
        }

    def named(self, wanted: Setup) -> Setup:
        """Return *wanted* with addresses as the database names them. Raises UsageError for a secret without a key."""
        return renamed(wanted, self._name_of)

    def _name_of(self, url: str) -> str:
        seal = self._database.seal
        seal.check(url)
        name = seal.name_of(url)
        self._real[name] = url
        return name

    async def apply(self, wanted: Sequence[Change], now: datetime) -> None:
        """Make these changes, each whole or not at all; what is taken away goes last. Again after a break is safe."""
        ids = await self._know(_addresses(wanted), now)
        pools = [one for one in wanted if isinstance(one, PoolChange)]
        own = [one for one in wanted if isinstance(one, TopicChange)]
        for pool in pools:
            await self._add(pool, ids, now)
        for topic in own:
            await self._put(topic, now)
        for change in wanted:
            if isinstance(change, ChannelChange):
                await self._change(change, ids, now)
        for topic in own:
            await self._drop(topic, now)
        for pool in pools:
            await self._remove(pool, now)

    async def _know(self, urls: Iterable[str], now: datetime) -> Mapping[str, FeedId]:
        known: dict[str, FeedId] = {}
        for some in batches(sorted(set(urls)), _SOME):
            found = await SqlFeeds(self._database).know([FoundFeed(url=self._real.get(url, url)) for url in some], now)
            known |= {feed.url: feed.id for feed in found}
        return known

    async def _add(self, change: PoolChange, ids: Mapping[str, FeedId], now: datetime) -> None:
        for some in batches(change.added, _SOME):
            async with self._database.write() as connection:
                await into_pool(connection, change.workspace, [ids[url] for url in some], by=BY, now=now)

    async def _remove(self, change: PoolChange, now: datetime) -> None:
        for some in batches(change.removed, _SOME):
            async with self._database.read() as connection:
                found = (await connection.scalars(select(feeds.c.id).where(feeds.c.url.in_(some)))).all()
            await SqlFeeds(self._database).remove(change.workspace, [FeedId(feed) for feed in found], now)

    async def _put(self, change: TopicChange, now: datetime) -> None:
        if change.after is not None:
            own = SqlOwnTopics(self._database)
            await own.put(change.workspace, change.slug, change.after, by=BY, now=now, limit=_UNBOUND)
            await own.rematch(change.workspace, change.slug, now - _REMATCHED)

    async def _drop(self, change: TopicChange, now: datetime) -> None:
        if change.after is None:
            await SqlOwnTopics(self._database).delete(change.workspace, change.slug, by=BY, now=now)

    async def _change(self, change: ChannelChange, ids: Mapping[str, FeedId], now: datetime) -> None:
        if change.options or change.name is not None:
            options = change.options or change.options_before
            places = SqlChannels(self._database, self._start)
            await places.set_options(change.channel, options, now, change.name or "")
        following = SqlSubscriptions(self._database, self._start)
        if change.asked:
            asks = [_ask(one, ids) for one in change.asked]
            await following.subscribe(change.channel, asks, by=BY, now=now, limit=_UNBOUND)
        if change.removed:
            gone = await self._ids(change)
            await following.unsubscribe(change.channel, gone, now)

    async def _ids(self, change: ChannelChange) -> Sequence[SubscriptionId]:
        gone = {one.target for one in change.removed}
        async with self._database.read() as connection:
            rows = [row for row in await connection.execute(all_subscriptions()) if channel_of(row) == change.channel]
        return [SubscriptionId(row.id) for row in rows if _target(row) in gone]


def _addresses(wanted: Iterable[Change]) -> Iterable[str]:
    """The feeds that must be known: those that are added, and those that are followed."""
    for change in wanted:
        match change:
            case PoolChange(added=added):
                yield from added
            case ChannelChange(asked=asked):
                yield from (one.target[1] for one in asked if one.target[0] == "feed")
            case TopicChange():
                pass
            case _:
                assert_never(change)


def _ask(one: Followed, ids: Mapping[str, FeedId]) -> Ask:
    return Ask(
        follows=_follows(one.target, ids),
        mode=one.mode,
        strictness=one.strictness,
        filters=one.filters,
        mention=one.mention,
    )


def _follows(target: Target, ids: Mapping[str, FeedId]) -> Follows:
    kind, name = target
    if kind == "topic":
        return FollowsTopic(slug=name)
    return FollowsFeed(feed_id=ids[name]) if kind == "feed" else FollowsQuery(text=name)


async def _pools(connection: AsyncConnection) -> Mapping[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    joined = feed_workspaces.join(feeds, feeds.c.id == feed_workspaces.c.feed_id)
    rows = await connection.execute(select(feed_workspaces.c.workspace, feeds.c.url).select_from(joined))
    for workspace, url in rows:
        found[workspace].add(url)
    return found


async def _own_topics(connection: AsyncConnection) -> Mapping[str, Mapping[str, OwnRules]]:
    found: dict[str, dict[str, OwnRules]] = defaultdict(dict)
    for row in await connection.execute(select(topics)):
        found[row.workspace][row.slug] = rules_of(row.rules)
    return found


async def _channels(connection: AsyncConnection) -> Mapping[str, Mapping[Channel, ChannelSetup]]:
    followed: dict[Channel, dict[Target, Followed]] = defaultdict(dict)
    for row in await connection.execute(all_subscriptions()):
        one = subscription_of(row)
        target = _target(row)
        followed[one.channel][target] = Followed(
            target=target,
            mode=one.mode,
            strictness=one.strictness,
            filters=one.filters,
            mention=one.mention or "",
        )
    found: dict[str, dict[Channel, ChannelSetup]] = defaultdict(dict)
    for row in await connection.execute(select(channels)):
        channel = channel_of(row)
        found[workspace_of(channel)][channel] = ChannelSetup(
            name=row.name, options=read_options(row.options), subscriptions=followed.get(channel, {})
        )
    return found


def _target(row: Any) -> Target:
    return row.kind, row.url if row.kind == "feed" else row.target
